"""What may be said about the whole: verdicts on a year's change and on how areas differ.

Belongs here: which outcome of the published comparisons allows which words, and the counts those words need.
Does not belong here: computing a comparison (``assets.statistics``), the words (``texts``), layout (``national_page``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from expectations.model import ALL, DerivedItem, Item, Survey
from reports.inputs import AreaView, Comparison, Estimate, Period, ReportData, number, text

Verdict = Literal["better", "worse", "maybe_better", "maybe_worse", "same", "unknown"]
SIGNS: dict[Verdict, str] = {"better": "▲", "worse": "▼"}
_OUTCOMES: dict[str, Verdict] = {
    "higher": "better",
    "lower": "worse",
    "maybe_higher": "maybe_better",
    "maybe_lower": "maybe_worse",
    "equal": "same",
    "no_difference": "same",
}
_MIRROR: dict[Verdict, Verdict] = {
    "better": "worse",
    "worse": "better",
    "maybe_better": "maybe_worse",
    "maybe_worse": "maybe_better",
}


def verdict(comparison: Comparison | None, *, higher_is_better: bool = True) -> Verdict:
    """The verdict an outcome allows; without a comparison there is none."""
    found = _OUTCOMES.get(comparison.outcome, "unknown") if comparison is not None else "unknown"
    return found if higher_is_better else _MIRROR.get(found, found)


def leading_measure(survey: Survey, item_id: str) -> str:
    """The measure an item speaks through: percentage (very) satisfied, or the mean of a mark."""
    return "mean" if survey.scale_of(survey.item(item_id)).kind == "mark" else "positive"


@dataclass(frozen=True)
class Change:
    """One part of the service now and a year earlier."""

    item: Item
    now: Estimate
    comparison: Comparison | None
    verdict: Verdict


def changes(area: AreaView) -> tuple[Change, ...]:
    """The headline and every part of the service that has a figure, in the order of the questionnaire."""
    survey = area.data.survey
    items = [item for item in survey.items if item.id == survey.headline_item or item.part_of_service]
    found = []
    for item in items:
        measure = leading_measure(survey, item.id)
        now = area.estimate(item.id, measure)
        if now is None or not now.shown:
            continue
        comparison = area.comparison(item.id, measure, "year_earlier")
        better = item.polarity != "negative"
        found.append(Change(item, now, comparison, verdict(comparison, higher_is_better=better)))
    return tuple(found)


@dataclass(frozen=True)
class LeafPoint:
    """One area of the lowest level without its name: what a dot needs."""

    parent: str  # code of the area directly below the top, "" when there is none
    n: int | None
    value: float
    verdict: Verdict


@dataclass(frozen=True)
class Leaves:
    """How the areas of the lowest level lie around the whole."""

    total: int  # areas that exist
    points: tuple[LeafPoint, ...]  # those with a percentage of their own
    verdicts: Counter[Verdict]
    adjusted: bool = False  # whether verdicts are about figures adjusted for mix

    @property
    def deviating(self) -> int:
        """Areas that truly differ, as far as the rule can tell."""
        return self.verdicts["better"] + self.verdicts["worse"]

    @property
    def compared(self) -> int:
        """Areas that could be compared at all."""
        return sum(self.verdicts.values()) - self.verdicts["unknown"]


def leaves(data: ReportData) -> Leaves:
    """The lowest level in its newest headline period; names are left behind here."""
    survey = data.survey
    level = survey.leaf
    period = data.leading_period(level)
    codes = [code for name, code in data.current_areas if name == level.code]
    if period is None or level.code == survey.top.code:
        return Leaves(len(codes), (), Counter())
    measure = leading_measure(survey, survey.headline_item)
    compared = [row for row in _totals(data.comparisons, data, measure, period) if row["against"] == "nation"]
    outcomes = {text(row["area_code"]): _OUTCOMES.get(text(row["outcome"]), "unknown") for row in compared}
    adjusted = any(text(row["basis"]) == "adjusted" for row in compared)
    verdicts: Counter[Verdict] = Counter(outcomes.get(code, "unknown") for code in codes)
    points = []
    for row in _totals(data.estimates, data, measure, period):
        code, value = text(row["area_code"]), number(row["estimate"])
        if value is None or (level.code, code) not in data.current_areas:
            continue
        count = number(row["n"])
        points.append(
            LeafPoint(
                parent=_second_level(data, code),
                n=None if count is None else int(count),
                value=value,
                verdict=outcomes.get(code, "unknown"),
            )
        )
    # In order of number and value: the order of the frame would give the names away.
    points.sort(key=lambda point: (point.n or 0, point.value, point.parent))
    return Leaves(len(codes), tuple(points), verdicts, adjusted)


def rungs(data: ReportData) -> dict[str, int]:
    """How many areas of the lowest level speak with a percentage, with a mean only, or through the area above."""
    level, survey = data.survey.leaf, data.survey
    codes = {code for name, code in data.current_areas if name == level.code}
    period = data.leading_period(level)
    if period is None:
        return {"share": 0, "mean": 0, "above": len(codes)}
    headline = leading_measure(survey, survey.headline_item)
    share = _with_figure(_totals(data.estimates, data, headline, period)) & codes
    marks = _totals(data.estimates, data, "mean", period, item=survey.mark_item or survey.headline_item)
    mean = (_with_figure(marks) & codes) - share
    return {"share": len(share), "mean": len(mean), "above": len(codes) - len(share) - len(mean)}


def _with_figure(rows: list[dict[str, object]]) -> set[str]:
    return {text(row["area_code"]) for row in rows if number(row["estimate"]) is not None}


def _totals(
    frame: pd.DataFrame, data: ReportData, measure: str, period: Period, *, item: str | None = None
) -> list[dict[str, object]]:
    wanted = {
        "level": data.survey.leaf.code,
        "item": item or data.survey.headline_item,
        "measure": measure,
        "window": period.window,
        "target_group": ALL,
        "channel": ALL,
    }
    if frame.empty:
        return []
    mask = pd.Series(data=True, index=frame.index)
    for name, value in wanted.items():
        mask &= frame[name] == value
    found = frame[mask]
    starts = pd.to_datetime(found["period_start"])
    rows = found[starts == pd.Timestamp(period.start)].to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _second_level(data: ReportData, leaf_code: str) -> str:
    """Code of the area directly below the top that a leaf belongs to."""
    levels = data.survey.levels
    code = leaf_code
    for level in reversed(levels[2:]):
        code = text(data.current_areas.get((level.code, code), {}).get("parent_code"))
    return code


def apart(estimates: Iterable[Estimate]) -> tuple[Estimate, Estimate] | None:
    """The lowest and the highest figure, only when their ranges lie apart: stricter than a test of the two."""
    shown = [found for found in estimates if found.shown and found.low is not None and found.high is not None]
    if len(shown) < 2:
        return None
    lowest = min(shown, key=lambda found: found.value or 0.0)
    highest = max(shown, key=lambda found: found.value or 0.0)
    assert lowest.high is not None
    assert highest.low is not None
    return (lowest, highest) if lowest.high < highest.low else None


def feedback_pairs(survey: Survey) -> tuple[DerivedItem, ...]:
    """Satisfaction of those who heard something back and those who did not."""
    return tuple(item for item in survey.derived_items if item.where.item == survey.feedback_item)


def referrals(survey: Survey) -> tuple[tuple[Item, Item], ...]:
    """Pairs of questions: a nominal one, and the nominal one asked of those it routes."""
    pairs = []
    for item in survey.items:
        if item.asked_when is None or survey.scale_of(item).kind != "nominal":
            continue
        first = next((other for other in survey.items if other.id == item.asked_when.item), None)
        if first is not None and survey.scale_of(first).kind == "nominal":
            pairs.append((first, item))
    return tuple(pairs)
