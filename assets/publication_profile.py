"""``publication.delivery_profile``: each month of a source beside what the months before lead one to expect.

Belongs here: which numbers are looked at, the months they are compared with, and leaving out what rests on few rows.
Does not belong here: the range itself (``statistics.expected_range``), counting (``sql/marts/delivery_counts.sql``).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from assets.small_counts import hide_small
from assets.statistics.expected_range import Expected, expected_count, expected_share
from expectations.model import ALL, Item, Survey

BASES = {
    "rows": "rows",
    "quarantined": "rows",
    "channel": "contacts",
    "target_group": "contacts",
    "area": "contacts",
    "unallocated": "contacts",
    "left_out": "contacts",
    "item": "responses",
    "flagged": "responses",
}
"""Every published measure, in the order of the page, and the measure that counts what it is a part of."""
MIXES = ("channel", "target_group", "area")
"""Measures whose categories make up the whole, so that one hidden share would follow from the rest."""
ACCOUNTS = ("rows", "quarantined")
"""Measures that stand in the account of every file anyway: never hidden."""
SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("month", pa.date32()),
        ("delivery_id", pa.string()),
        ("last_file", pa.string()),
        ("measure", pa.string()),
        ("category", pa.string()),
        ("observed", pa.float64()),
        ("expected_low", pa.float64()),
        ("expected_high", pa.float64()),
        ("history_months", pa.int32()),
        ("status", pa.string()),
        ("warning", pa.bool_()),
    ]
)
Counts = Mapping[str, int]
Month = Mapping[str, Counts]
"""Of one source and month: measure -> category -> rows."""


@dataclass(frozen=True)
class _Series:
    """One number of a source: rows of every month, oldest first, and what they are a part of."""

    months: Sequence[dt.date]
    counted: Sequence[int]
    base: Sequence[int]

    def before(self, position: int, longest: int) -> tuple[Sequence[int], Sequence[int]]:
        """Counts and bases of the months before this one, of at most so many."""
        first = max(0, position - longest)
        return self.counted[first:position], self.base[first:position]


def delivery_profile(survey: Survey, deliveries: pa.Table, counts: pa.Table) -> pa.Table:
    """Every number of every source and month, with its expected range.

    Args:
        survey: The contract.
        deliveries: ``publication.deliveries``.
        counts: ``marts.delivery_counts``.

    Returns:
        Rows in the order of source, month, measure and category.
    """
    newest, months = _by_month(survey, deliveries, counts)
    rows: list[dict[str, Any]] = []
    for source in sorted({name for name, _ in months}):
        own = {month: found for (name, month), found in sorted(months.items()) if name == source}
        for measure, category, series in _series(survey, own):
            for position, month in enumerate(series.months):
                delivery_id, file_name = newest[source, month]
                rows.append(
                    {
                        "source": source,
                        "month": month,
                        "delivery_id": delivery_id,
                        "last_file": file_name,
                        "measure": measure,
                        "category": category,
                        **_compared(survey, own[month], series, measure=measure, category=category, position=position),
                    }
                )
    order = list(BASES)
    rows.sort(key=lambda row: (row["source"], row["month"], order.index(row["measure"]), row["category"]))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _by_month(
    survey: Survey, deliveries: pa.Table, counts: pa.Table
) -> tuple[dict[tuple[str, dt.date], tuple[str, str]], dict[tuple[str, dt.date], dict[str, dict[str, int]]]]:
    """The newest file and the added-up counts of every source and month."""
    taken = [row for row in deliveries.to_pylist() if row["status"] == "taken" and row["month"] is not None]
    place = {row["delivery_id"]: (row["source"], row["month"]) for row in taken}
    newest = {
        (row["source"], row["month"]): (row["delivery_id"], row["file_name"])
        for row in sorted(taken, key=lambda row: row["sequence"])
    }
    area = f"area.{survey.levels[1].code}" if len(survey.levels) > 1 else ""
    added: dict[tuple[str, dt.date], dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in counts.to_pylist():
        measure = "area" if row["measure"] == area else row["measure"]
        if row["delivery_id"] not in place:
            continue
        found = added[place[row["delivery_id"]]][measure]
        found[row["category"]] = found.get(row["category"], 0) + int(row["counted"])
    return newest, dict(added)


def _series(survey: Survey, months: Mapping[dt.date, Month]) -> Iterator[tuple[str, str, _Series]]:
    """Every number of one source; months without anything it could be a part of are left out."""
    items = {item.id: item for item in survey.items if survey.scale_of(item).kind != "open"}
    for measure, base in BASES.items():
        categories = sorted({c for month in months.values() for c in month.get(measure, {})})
        if measure in {"unallocated", "left_out", "flagged", "quarantined"}:
            categories = [ALL]
        for category in categories:
            if measure == "item" and category not in items:
                continue
            asked = [
                (month, found)
                for month, found in months.items()
                if found.get(base, {}).get(ALL, 0) > 0 and (measure != "item" or _asked_in(items[category], month))
            ]
            if asked:
                yield (
                    measure,
                    category,
                    _Series(
                        [month for month, _ in asked],
                        [found.get(measure, {}).get(category, 0) for _, found in asked],
                        [found[base][ALL] for _, found in asked],
                    ),
                )


def _asked_in(item: Item, month: dt.date) -> bool:
    """Whether the item was in the questionnaire all month."""
    return item.first_wave <= month and (item.last_wave is None or month < item.last_wave)


def _compared(
    survey: Survey, month: Month, series: _Series, *, measure: str, category: str, position: int
) -> dict[str, Any]:
    """Number, range and verdict of one month."""
    settings, least = survey.plausibility, survey.thresholds.minimum_n
    counted, base = series.counted[position], series.base[position]
    history, bases = series.before(position, settings.history_months)
    if measure == "rows":
        observed, unit = float(counted), 1.0
        expected = expected_count(history, settings)
    else:
        observed, unit = counted / base, float(base)
        expected = expected_share(history, bases, base, settings)
    row: dict[str, Any] = {"history_months": len(history), "observed": observed, "status": "published"}
    outside = expected is not None and not expected.low <= observed <= expected.high
    if _hidden(measure, category, month.get(measure, {}), base, least):
        row |= {"observed": None, "status": "hidden"}
        # A small number may be said to be lower than expected, where anything small is; more would tell what it is.
        telling = expected is not None and expected.low * unit >= least
        outside, expected = outside and telling, expected if telling else None
    elif expected is None:
        row["status"] = "short_history"
    return row | _ends(expected) | {"warning": outside}


def _ends(expected: Expected | None) -> dict[str, float | None]:
    return {
        "expected_low": None if expected is None else expected.low,
        "expected_high": None if expected is None else expected.high,
    }


def _hidden(measure: str, category: str, counts: Counts, base: int, least: int) -> bool:
    """Whether the number rests on so few rows that it is left out."""
    if measure in ACCOUNTS:
        return False
    if measure in MIXES:
        names = sorted(counts)
        values = [counts[name] for name in names]
        rest = base - sum(values)  # of areas: contacts without a known one
        hidden = hide_small([*values, rest] if rest > 0 else values, least).hidden
        return category in names and hidden[names.index(category)]
    counted = counts.get(category, 0)
    return any(hide_small([counted, base - counted], least).hidden)
