"""The quality page: what came in, what became of it, and what was checked; for a reader who does not program.

Belongs here: arranging the published accounts. Does not belong here: counting rows or running checks (the tables did),
and no value of any person: reasons carry rule and remedy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Any

import pandas as pd

from expectations.model import ALL, Survey
from reports.inputs import ReportData, Responses, day, integer, text
from reports.page import Page, link, make_page
from reports.words import DASH, Words

PATH = "quality/index.html"
PARTS = ("accepted", "superseded", "quarantined", "erased")


@dataclass(frozen=True)
class Account:
    """What became of the rows of one file."""

    file: str
    month: str
    kind: str
    read: int
    parts: tuple[int, ...]

    @property
    def adds_up(self) -> bool:
        """Every row counted exactly once."""
        return self.read == sum(self.parts)


def quality_page(data: ReportData) -> Page:
    """The quality page of a release."""
    words = Words(data.survey.language)
    accounts = _accounts(data.deliveries, words)
    totals = tuple(sum(account.parts[position] for account in accounts) for position in range(len(PARTS)))
    read = sum(account.read for account in accounts)
    return make_page(
        "quality.html",
        data,
        path=PATH,
        title=words.text("quality.title"),
        subtitle=words.text("quality.subtitle"),
        index=link(PATH, "index.html"),
        accounts=accounts,
        parts=PARTS,
        totals=totals,
        read=read,
        accepted_share=words.decimal(floor(totals[0] / read * 1000) / 10)
        if read
        else "",  # never 100 when one is missing
        wrong=words.listing([account.file for account in accounts if not account.adds_up]),
        refused=_refused(data.deliveries, words),
        reasons=_reasons(data.quality),
        checks=_checks(data.checks),
        coverage=_coverage(data, words),
        response=_response(data, words),
        thresholds=_thresholds(data.survey, words),
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _accounts(deliveries: pd.DataFrame, words: Words) -> list[Account]:
    """Files that were read, in order of month and name."""
    found = []
    for row in _rows(deliveries):
        if text(row["status"]) != "taken":
            continue
        parts = tuple(integer(row[f"rows_{part}"]) or 0 for part in PARTS)
        month = day(row["month"]) if text(row["month"]) not in ("", "NaT") else None
        kind = words.text(f"quality.kind_{text(row['kind'])}")
        found.append(
            (
                (str(month), text(row["file_name"])),
                Account(
                    file=text(row["file_name"]),
                    month=words.month(month) if month is not None else DASH,
                    kind=kind,
                    read=integer(row["rows_read"]) or 0,
                    parts=parts,
                ),
            )
        )
    return [account for _, account in sorted(found, key=lambda pair: pair[0])]


def _refused(deliveries: pd.DataFrame, words: Words) -> list[dict[str, str]]:
    """Files that were refused whole, or had been read before."""
    found = []
    for row in sorted(_rows(deliveries), key=lambda row: text(row["file_name"])):
        status = text(row["status"])
        if status == "taken":
            continue
        repeated = status == "repeat"
        found.append(
            {
                "file": text(row["file_name"]),
                "message": words.text("quality.repeat") if repeated else text(row["message"]),
                "remedy": "" if repeated else text(row.get("remedy")),
            }
        )
    return found


def _reasons(quality: pd.DataFrame) -> list[dict[str, Any]]:
    """Reasons for setting rows apart, most frequent first."""
    found: dict[str, dict[str, Any]] = {}
    for row in _rows(quality):
        entry = found.setdefault(
            text(row["rule_id"]),
            {"reason": text(row["reason"]), "remedy": text(row["remedy"]), "rows": 0, "files": set()},
        )
        entry["rows"] += integer(row["rows"]) or 0
        entry["files"].add(text(row["file_name"]))
    ordered = sorted(found.items(), key=lambda item: (-item[1]["rows"], item[0]))
    return [{**entry, "files": len(entry["files"])} for _, entry in ordered]


def _checks(checks: pd.DataFrame) -> dict[str, Any]:
    """Counts per outcome, and the checks that did not pass."""
    counts = {"passed": 0, "warned": 0, "failed": 0}
    open_checks = []
    for row in _rows(checks):
        outcome = "passed" if bool(row["passed"]) else "failed" if text(row["severity"]) == "contract" else "warned"
        counts[outcome] += 1
        if outcome != "passed":
            open_checks.append(
                {
                    "table": text(row["table_name"]),
                    "check": text(row["check"]),
                    "outcome": outcome,
                    "failed": integer(row["failed_expectations"]) or 0,
                    "evaluated": integer(row["evaluated"]) or 0,
                }
            )
    return {"counts": counts, "open": open_checks, "total": sum(counts.values())}


def _coverage(data: ReportData, words: Words) -> str:
    """Contacts without a known area, in the newest headline period of the whole."""
    period, frame = data.top.period, data.coverage
    if period is None or frame is None or frame.empty:
        return words.text("quality.coverage_unknown")
    rows = [
        row
        for row in _rows(frame)
        if (text(row["level"]), text(row["window"])) == (data.survey.top.code, period.window)
        and day(row["period_start"]) == period.start
    ]
    count, total = (integer(rows[0]["unallocated"]), integer(rows[0]["contacts"])) if rows else (None, None)
    if count is None or total is None:
        return words.text("quality.coverage_unknown")
    if count == 0:
        return words.text("quality.coverage_none")
    leaf = data.survey.leaf.label
    return words.text("quality.coverage", count=words.integer(count), total=words.integer(total), leaf=leaf)


def _response(data: ReportData, words: Words) -> list[tuple[str, tuple[str, ...]]]:
    """Response of the whole, in all and per class of channel."""
    labels = {cls.code: cls.label for cls in data.survey.channel_classes}
    found = [(words.text("quality.everyone"), row) for row in data.top.responses(ALL)]
    found += [(labels.get(row.category, row.category), row) for row in data.top.responses("channel_class")]
    return [(label, _numbers(row, words)) for label, row in found]


def _numbers(row: Responses, words: Words) -> tuple[str, ...]:
    counts = (row.contacts, row.excluded, row.invited, row.responses)
    rate = DASH if row.response_rate is None else words.percent(row.response_rate)
    return (*(DASH if count is None else words.integer(count) for count in counts), rate)


def _thresholds(survey: Survey, words: Words) -> list[tuple[str, str]]:
    found = survey.thresholds
    names = ("minimum_n", "mean_indicative_below", "compare_means_from", "percentage_from", "caution_below")
    rows = [(words.text(f"quality.{name}"), words.integer(getattr(found, name))) for name in names]
    points = words.text("units.percentage_points", value=words.hundred(found.relevant_difference))
    return [*rows, (words.text("quality.relevant_difference"), points)]
