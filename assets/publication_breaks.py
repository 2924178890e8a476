"""``publication.breaks``: since when something is measured in another way, declared or found, in words for readers.

Belongs here: which finding a declaration takes the place of, the texts, and the asset that reads what the guard looks
at. Does not belong here: finding changes (``break_guard``, ``question_changes``, ``question_history``), what may not be
compared because of them (``method_breaks``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import dagster as dg
import pyarrow as pa

from assets.break_guard import Found, fieldwork_changes
from assets.code_version import code_version
from assets.progress import announce
from assets.question_changes import delivered, question_changes
from assets.question_history import HistoryError, contract_changes, remembered
from assets.resources import House
from assets.specs import Materialized, materialized, table_asset
from assets.tables import name_of
from expectations.model import ALL, Break, Survey, Table
from reports.words import Words

BREAKS = "publication.breaks"
DELIVERIES = "raw.deliveries"
FIELDWORK = "marts.fieldwork"
DECLARED = "declared"
BREAK, ODD_MONTH, SAME_MEANING = "break", "odd_month", "same_meaning"
ONE_CHANGE = dt.timedelta(days=92)
"""Within a quarter a finding and a declaration of the same cause, or two findings of it, are one and the same change:
what the contract, the files and the fieldwork show of it can lie some weeks apart."""
SCHEMA = pa.schema(
    [
        ("break_date", pa.date32()),
        ("item", pa.string()),
        ("cause", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
    ]
)


def breaks(survey: Survey, found: Iterable[Found]) -> pa.Table:
    """Declared breaks, and what was found and not declared, oldest first.

    Args:
        survey: The contract.
        found: Findings of the guard.

    Returns:
        Rows of ``publication.breaks``. Only those with status ``break`` keep figures apart.
    """
    words = Words(survey.language)
    rows = [
        {
            "break_date": declared.date,
            "item": item,
            "cause": DECLARED,
            "status": SAME_MEANING if declared.same_meaning else BREAK,
            "reason": declared.reason.strip().rstrip("."),
        }
        for declared in survey.breaks
        for item in (declared.items or (ALL,))
    ]
    rows += [
        {
            "break_date": one.date,
            "item": one.item,
            "cause": one.cause,
            "status": ODD_MONTH if one.odd else BREAK,
            "reason": _reason(survey, words, one),
        }
        for one in found
        if not any(takes_the_place(declared, one) for declared in survey.breaks)
    ]
    place = {ALL: -1} | {item.id: position for position, item in enumerate(survey.items)}
    rows.sort(key=lambda row: (row["break_date"], place.get(str(row["item"]), len(place)), str(row["cause"])))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def takes_the_place(declared: Break, found: Found) -> bool:
    """Whether a declaration is about this finding (see ``Break``)."""
    if found.item == ALL and declared.items:
        return False
    if declared.items and found.item not in declared.items:
        return False
    if declared.cause not in (None, found.cause):
        return False
    if (declared.date.year, declared.date.month) == (found.date.year, found.date.month):
        return True
    names_it = declared.cause is not None or (bool(declared.items) and found.cause in ("wording", "scale"))
    return names_it and abs(declared.date - found.date) <= ONE_CHANGE


def witnessed(asked: Sequence[Found], contract: Iterable[Found]) -> list[Found]:
    """Changes of questions: what the files carry, and what the contract says where the files say nothing of it."""
    seen = [one for one in asked if not one.odd]
    return [*asked, *(one for one in contract if not any(_same_change(one, other) for other in seen))]


def breaks_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """``publication.breaks``; it is also where the home remembers what the contract asks."""

    @table_asset(survey, table, (DELIVERIES, FIELDWORK))
    def build(house: House) -> Materialized:
        announce(name_of(table))
        contract, warehouse = house.contract, house.warehouse
        files = delivered(
            warehouse.read(
                f"select source, kind, format, month, status, shape_json from {DELIVERIES} order by sequence"
            ).to_pylist()
        )
        months = [file.month for file in files]
        try:
            states = remembered(house.root, contract, max(months, default=None))
        except HistoryError as damaged:
            raise dg.Failure(description=str(damaged), allow_retries=False) from None
        frame = breaks(
            contract,
            [
                *witnessed(question_changes(contract, files), contract_changes(states, months)),
                *fieldwork_changes(contract.break_guard, warehouse.read(f"select * from {FIELDWORK}")),
            ],
        )
        result = warehouse.build_frame(table, frame, contract, code_version(frame.to_pylist()))
        return materialized(warehouse, contract, table, result)

    return build


def _same_change(one: Found, other: Found) -> bool:
    alike = (one.item, one.cause) == (other.item, other.cause)
    return alike and abs(one.date - other.date) <= ONE_CHANGE


def _reason(survey: Survey, words: Words, one: Found) -> str:
    if one.odd:
        return words.text(f"breaks.odd.{one.cause}")
    if one.before is None or one.after is None:
        return words.text(f"breaks.reason.{one.cause}")
    if one.cause == "lead_time":
        key = "lead_time_later" if one.after > one.before else "lead_time_earlier"
        before, after = (words.decimal(number, 0) for number in (one.before, one.after))
        return words.text(f"breaks.reason.{key}", before=before, after=after)
    before, after = words.percent(one.before), words.percent(one.after)
    if one.cause == "sampling":
        key = "sampling_more" if one.after > one.before else "sampling_fewer"
        return words.text(f"breaks.reason.{key}", before=before, after=after)
    return words.text("breaks.reason.mode", mode=_mode_label(survey, one.about), before=before, after=after)


def _mode_label(survey: Survey, code: str) -> str:
    listed = survey.code_lists.get("invitation_mode")
    labels: Sequence[tuple[str, str]] = [(entry.code, entry.label) for entry in listed.codes] if listed else []
    return dict(labels).get(code, code)
