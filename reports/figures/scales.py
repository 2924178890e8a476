"""Axes of values: where they begin and end, and what stands at their ticks.

Belongs here: ranges and tick texts for percentages and means. Does not belong here: how an axis looks (``theme``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from expectations.model import Survey
from reports.words import Words, half_up


@dataclass(frozen=True)
class ValueScale:
    """A range with ticks for one measure."""

    lower: float
    upper: float
    ticks: tuple[float, ...]

    def labels(self, words: Words, measure: str) -> list[str]:
        """Tick texts in the language of the page."""
        if measure == "mean":
            whole = all(tick == int(tick) for tick in self.ticks)
            return [words.decimal(tick, 0 if whole else 1) for tick in self.ticks]
        return [words.percent(tick) for tick in self.ticks]


def rounded(value: float, measure: str) -> float:
    """A value as precise as it is printed: a picture must not tell more than the text."""
    return half_up(value, 1) if measure == "mean" else half_up(value, 2)


def bounds(survey: Survey, item_id: str, measure: str) -> tuple[float, float]:
    """The ends of the answer scale: 0 to 1 for shares."""
    if measure != "mean":
        return 0.0, 1.0
    base = next((derived.of for derived in survey.derived_items if derived.id == item_id), item_id)
    scale = survey.scale_of(survey.item(base))
    points = [point.value for point in scale.points if point.value is not None]
    lower = scale.minimum if scale.minimum is not None else min(points, default=0)
    upper = scale.maximum if scale.maximum is not None else max(points, default=1)
    return float(lower), float(upper)


def _stepped(lower: float, upper: float, step: float) -> ValueScale:
    first, last = round(lower / step), round(upper / step)
    return ValueScale(lower, upper, tuple(round(k * step, 10) for k in range(first, last + 1)))


def row_scale(values: Iterable[float], limits: tuple[float, float], measure: str) -> ValueScale:
    """For rows of dots: to the upper end of the answer scale, from a quarter of it that shows everything."""
    low = min(values, default=limits[0])
    if measure == "mean":
        lower = max(limits[0], min(math.floor(low - 0.2), limits[1] - 2))
        return _stepped(lower, limits[1], 1.0)
    lower = max(0.0, min(math.floor(low / 0.25) * 0.25, 0.5))
    return _stepped(lower, 1.0, 0.25)


def close_scale(
    values: Iterable[float], limits: tuple[float, float], measure: str, *, most_ticks: int = 7
) -> ValueScale:
    """Close around the values, on round numbers: for a line or one row of dots."""
    found = list(values) or list(limits)
    unit = 0.05 if measure != "mean" else 0.5
    steps = (unit, 2 * unit, 4 * unit, 5 * unit)
    for step in steps:
        lower = max(limits[0], math.floor(round(min(found) / step, 6)) * step)
        upper = min(limits[1], math.ceil(round(max(found) / step, 6)) * step)
        if upper - lower < 2 * step:
            lower, upper = max(limits[0], lower - step), min(limits[1], upper + step)
        if (upper - lower) / step <= most_ticks - 1 or step == steps[-1]:
            first, last = math.ceil(round(lower / step, 6)), math.floor(round(upper / step, 6))
            return ValueScale(lower, upper, tuple(round(k * step, 10) for k in range(first, last + 1)))
    raise AssertionError("unreachable: the last step always returns")
