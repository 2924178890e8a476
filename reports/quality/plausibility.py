"""Months of deliveries beside what the months before lead one to expect, in words.

Belongs here: naming what was compared, and how numbers and ranges are written. Does not belong here: the ranges
themselves, which are published.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.model import Survey
from reports.inputs import ReportData, day, integer, number, text
from reports.quality.frames import rows_of
from reports.words import DASH, Words


@dataclass(frozen=True)
class Warned:
    """A number that lies outside what was to be expected."""

    delivery_id: str
    file: str
    source: str
    date: dt.date
    month: str
    what: str
    observed: str
    expected: str
    higher: bool | None  # None: the number is too small to show, and lower than expected


@dataclass(frozen=True)
class Compared:
    """How a source's month was compared."""

    numbers: int
    warnings: tuple[Warned, ...]
    history: int  # months before it that the longest series had
    short: bool  # nothing could be compared


@dataclass(frozen=True)
class Plausibility:
    """All comparisons of a release."""

    by_delivery: Mapping[str, Compared]
    newest: tuple[Warned, ...]  # of the newest month of every source
    earlier: tuple[Warned, ...]

    @property
    def short_everywhere(self) -> bool:
        """Nowhere enough months to compare with."""
        return bool(self.by_delivery) and all(found.short for found in self.by_delivery.values())


def plausibility(data: ReportData, words: Words) -> Plausibility:
    """What stands in ``publication.delivery_profile``, newest month first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(data.profile):
        found.setdefault(text(row["delivery_id"]), []).append(row)
    names = _names(data, words)
    by_delivery = {delivery: _compared(rows, names, words) for delivery, rows in found.items()}
    warned = sorted(
        (warning for compared in by_delivery.values() for warning in compared.warnings),
        key=lambda w: (-w.date.toordinal(), w.source),
    )
    last: dict[str, dt.date] = {}
    for row in rows_of(data.profile):
        last[text(row["source"])] = max(day(row["month"]), last.get(text(row["source"]), dt.date.min))
    return Plausibility(
        by_delivery,
        tuple(w for w in warned if w.date == last[w.source]),
        tuple(w for w in warned if w.date < last[w.source]),
    )


def _compared(rows: list[dict[str, Any]], names: Mapping[tuple[str, str], str], words: Words) -> Compared:
    return Compared(
        numbers=sum(number(row["expected_low"]) is not None for row in rows),
        warnings=tuple(_warned(row, names, words) for row in rows if bool(row["warning"])),
        history=max(integer(row["history_months"]) or 0 for row in rows),
        short=all(number(row["expected_low"]) is None for row in rows),
    )


def _warned(row: dict[str, Any], names: Mapping[tuple[str, str], str], words: Words) -> Warned:
    measure, category = text(row["measure"]), text(row["category"])
    observed, high = number(row["observed"]), number(row["expected_high"])
    fallback = f"{words.text(f'quality.measure_{measure}')} {category}"
    return Warned(
        delivery_id=text(row["delivery_id"]),
        file=text(row["last_file"]),
        source=text(row["source"]),
        date=day(row["month"]),
        month=words.month(day(row["month"])),
        what=names.get((measure, category), fallback),
        observed=words.text("quality.few") if observed is None else written(observed, measure, words),
        expected=expected_words(number(row["expected_low"]), high, measure, words),
        higher=None if observed is None else high is not None and observed > high,
    )


def written(value: float, measure: str, words: Words) -> str:
    """A number of rows, or a share with one decimal."""
    return words.integer(round(value)) if measure == "rows" else f"{words.decimal(100 * value)}%"


def expected_words(low: float | None, high: float | None, measure: str, words: Words) -> str:
    """``7.800 tot 9.400``: rounded outwards, so that no number seems to lie both in and outside its range."""
    if low is None or high is None:
        return DASH
    if measure == "rows":
        return words.text("quality.from_to", low=words.integer(math.floor(low)), high=words.integer(math.ceil(high)))
    ends = (words.decimal(math.floor(1000 * low) / 10), words.decimal(math.ceil(1000 * high) / 10))
    return words.text("quality.from_to", low=f"{ends[0]}%", high=f"{ends[1]}%")


def _names(data: ReportData, words: Words) -> dict[tuple[str, str], str]:
    """What every number is called, by measure and category."""
    survey: Survey = data.survey
    labels: dict[str, dict[str, str]] = {
        "channel": {c.code: c.label for c in survey.channels},
        "target_group": {g.code: g.label for g in survey.target_groups},
        "item": {i.id: i.label for i in survey.items},
        "area": {code: text(row["area_name"]) for (_, code), row in data.current_areas.items()},
    }
    named = {
        (measure, code): words.text(f"quality.measure_{measure}_of", label=label)
        for measure, found in labels.items()
        for code, label in found.items()
    }
    plain = ("rows", "quarantined", "unallocated", "left_out", "flagged")
    return named | {(measure, "all"): words.text(f"quality.measure_{measure}") for measure in plain}
