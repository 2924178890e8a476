"""Published tables about deliveries and fieldwork: marks per file, rows held back, invitations and answers.

Belongs here: leaving out small counts and values of persons, in a fixed order of rows. Does not belong here: counting
(``sql/``), expected ranges (``publication_profile``), pages.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from assets.small_counts import hide_small
from expectations.model import ALL, Survey

MARKS = {"excluded": ("excluded", "answers_excluded"), "flagged": ("flagged",)}
"""Kind of mark -> the measures of ``marts.delivery_counts`` that count it."""
FLAG = "response."
"""Flags are rules with this in front of their code."""
MARK_SCHEMA = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("file_name", pa.string()),
        ("mark_kind", pa.string()),
        ("code", pa.string()),
        ("label", pa.string()),
        ("reason", pa.string()),
        ("rows", pa.int64()),
        ("status", pa.string()),
    ]
)
ROW_KEYS = ("delivery_id", "file_name", "row_number", "rule_id", "column_name", "reason", "remedy")
FIELDWORK_KEYS = ("window", "period_start", "period_end", "closed", "dimension", "category")
WINDOWS = ("month", "quarter", "four_quarters")
DIMENSIONS = (ALL, "channel", "invitation_mode")


def delivery_marks(
    survey: Survey, deliveries: pa.Table, counts: pa.Table, exclusions: pa.Table, rules: pa.Table
) -> pa.Table:
    """``publication.delivery_marks``: rows that are left out or pointed at, per file and reason, without small counts.

    Args:
        survey: The contract.
        deliveries: ``publication.deliveries``.
        counts: ``marts.delivery_counts``.
        exclusions: ``reference.exclusions``, with the texts of what is left out.
        rules: ``reference.rules``, with the texts of flags.

    Returns:
        Per file and kind of mark the reasons, and the total as ``all``.
    """
    names = {row["delivery_id"]: row["file_name"] for row in deliveries.to_pylist() if row["status"] == "taken"}
    texts = {("excluded", row["excluded_by"]): (row["label"], row["reason"]) for row in exclusions.to_pylist()}
    texts |= {
        ("flagged", row["rule_id"].removeprefix(FLAG)): (None, row["reason"])
        for row in rules.to_pylist()
        if row["rule_id"].startswith(FLAG)
    }
    measures = {measure: kind for kind, found in MARKS.items() for measure in found}
    added: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in counts.to_pylist():
        kind = measures.get(row["measure"])
        if kind is not None and row["delivery_id"] in names:
            codes = added[row["delivery_id"], kind]
            codes[row["category"]] = codes.get(row["category"], 0) + int(row["counted"])
    rows: list[dict[str, Any]] = []
    for (delivery_id, kind), codes in sorted(added.items(), key=lambda entry: (names[entry[0][0]], *entry[0])):
        reasons = sorted(code for code in codes if code != ALL)
        small = hide_small([codes[code] for code in reasons], survey.thresholds.minimum_n)
        total = codes.get(ALL, sum(codes[code] for code in reasons))  # of flags: rows, as a row may have several
        few = 0 < total < survey.thresholds.minimum_n
        shown = [(code, codes[code], gone) for code, gone in zip(reasons, small.hidden, strict=True)]
        for code, number, gone in [(ALL, total, small.total or few), *shown]:
            label, reason = texts.get((kind, code), (None, None))
            rows.append(
                {
                    "delivery_id": delivery_id,
                    "file_name": names[delivery_id],
                    "mark_kind": kind,
                    "code": code,
                    "label": label,
                    "reason": reason,
                    "rows": None if gone else number,
                    "status": "hidden" if gone else "published",
                }
            )
    return pa.Table.from_pylist(rows, schema=MARK_SCHEMA)


def held_back_rows(survey: Survey, quarantine: pa.Table) -> pa.Table:
    """``publication.quarantine``: rows held back, with a value only where many rows of its column share it.

    Args:
        survey: The contract.
        quarantine: ``staging.quarantine``.

    Returns:
        One row per row and rule, by file, row and rule.
    """
    frame = pd.DataFrame(quarantine.select([*ROW_KEYS, "value"]).to_pydict())
    # a combined row stands in quarantine twice, as a contact and as a response
    frame = frame.drop_duplicates(["delivery_id", "row_number", "rule_id"])
    sharing = frame.drop_duplicates(["delivery_id", "row_number", "column_name", "value"])
    rows = sharing.groupby(["column_name", "value"]).size().rename("sharing")
    frame = frame.join(rows, on=["column_name", "value"])
    shared = frame["sharing"].fillna(0) >= survey.thresholds.minimum_n
    frame["spelling"] = frame["value"].where(shared, None)
    frame = frame.sort_values(["file_name", "delivery_id", "row_number", "rule_id"], kind="stable")
    schema = pa.schema([quarantine.schema.field(name) for name in ROW_KEYS] + [pa.field("spelling", pa.string())])
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def fieldwork(survey: Survey, windows: pa.Table) -> pa.Table:
    """``publication.fieldwork``: invitations and answers, and the days they took, without small counts.

    A row is hidden where contacts, invitations or answers are few, and another with it where it would follow from the
    total. A small number of contacts left out goes together with the contacts it would follow from; a mean goes where
    it rests on few.

    Args:
        survey: The contract.
        windows: ``marts.fieldwork_windows``.

    Returns:
        Rows by period, characteristic and category.
    """
    frame = windows.to_pandas()
    for name, order in (("window", WINDOWS), ("dimension", DIMENSIONS)):
        frame[name] = pd.Categorical(frame[name], categories=order, ordered=True)
    frame = frame.sort_values(["window", "period_start", "dimension", "category"], kind="stable").reset_index(drop=True)
    least = survey.thresholds.minimum_n
    hidden = pd.Series(data=False, index=frame.index)
    for _, group in frame.groupby(["window", "period_start", "dimension"], observed=True, sort=False):
        for name in ("contacts", "invited", "responses"):
            hidden.loc[group.index] |= np.array(hide_small([int(n) for n in group[name]], least).hidden)
    few_excluded = (frame["excluded"] > 0) & (frame["excluded"] < least)
    shown = {
        "contacts": frame["contacts"].where(~hidden & ~few_excluded),
        "excluded": frame["excluded"].where(~hidden & ~few_excluded),
        "invited": frame["invited"].where(~hidden),
        "responses": frame["responses"].where(~hidden),
        "unanswered": (frame["invited"] - frame["responses"]).where(~hidden),
    }
    means = {
        "response_rate": (frame["responses"] / frame["invited"]).where(~hidden & (frame["invited"] > 0)),
        "lead_days_mean": (frame["lead_days"] / frame["lead_n"]).where(~hidden & (frame["lead_n"] >= least)),
        "answer_days_mean": (frame["answer_days"] / frame["answer_n"]).where(~hidden & (frame["answer_n"] >= least)),
    }
    keys = {name: pa.array(frame[name].astype(object), windows.schema.field(name).type) for name in FIELDWORK_KEYS}
    return pa.table(
        {
            **keys,
            **{name: pa.array(values.astype("Int64"), pa.int64()) for name, values in shown.items()},
            **{name: pa.array(values, pa.float64(), from_pandas=True) for name, values in means.items()},
            "status": pa.array(["hidden" if gone else "published" for gone in hidden], pa.string()),
        }
    )
