"""``publication.rungs``: which figure speaks for every leaf area, so that no area is left without one.

Belongs here: the steps of the ladder, as data, and which of them each area stands on. Does not belong here: the figures
themselves (``publication_tables``, ``publication_small_areas``), pages and sentences.

An area speaks with its own figure as long as there is one: of the quarter, of four quarters, and where those are not
there yet, of the quarter with a caution. Where its own answers are too few for that, fewer than may be told or measured
in two ways, the area right above it speaks, unless that is the whole; where that one has no figure either, its own
shrunken estimate; and after that any area above.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import Area, Axes
from assets.publication_figures import in_periods
from assets.statistics import intervals
from expectations.model import ALL

SHOWN = ("published", "indicative")
QUARTER, FOUR_QUARTERS = "quarter", "four_quarters"
NONE, PARENT, SHRUNKEN = "none", "parent", "shrunken"
EVERY_LEVEL = 99
Row = Mapping[str, Any]
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("level", "area_code", "item", "measure", "rung", "figure_id")]
    + [(name, pa.string()) for name in ("figure_level", "figure_area_code", "window")]
    + [("period_start", pa.date32()), ("period_end", pa.date32())]
    + [(name, pa.float64()) for name in ("estimate", "ci_low", "ci_high", "width", "quarter_width")]
    + [("reason", pa.string())]
)


@dataclass(frozen=True)
class Step:
    """One step of the ladder.

    Attributes:
        rung: Name.
        window: Of the figure.
        statuses: Which a figure must have; none where a shrunken estimate is asked for.
        highest: So many levels above the area the figure may stand: 0 is the area itself.
    """

    rung: str
    window: str
    statuses: tuple[str, ...]
    highest: int = 0


LADDER = (
    Step(QUARTER, QUARTER, ("published",)),
    Step(FOUR_QUARTERS, FOUR_QUARTERS, SHOWN),
    Step(QUARTER, QUARTER, SHOWN),
    Step(PARENT, FOUR_QUARTERS, SHOWN, highest=1),
    Step(SHRUNKEN, FOUR_QUARTERS, ()),
    Step(SHRUNKEN, QUARTER, ()),
    Step(PARENT, FOUR_QUARTERS, SHOWN, highest=EVERY_LEVEL),
    Step(PARENT, QUARTER, SHOWN, highest=EVERY_LEVEL),
)
"""Best first. With four quarters published, the quarter with a caution is never reached."""


def rungs(axes: Axes, published: pa.Table) -> pa.Table:
    """``publication.rungs``: one row per leaf area, about the headline.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.

    Returns:
        The rows in the order of the areas; none where no quarter has closed.
    """
    newest = [axes.latest(window) for window in (QUARTER, FOUR_QUARTERS)]
    if newest[0] < 0 or not axes.measures:
        return SCHEMA.empty_table()
    item, measure = _headline(axes)
    rows = in_periods(published, axes, [period for period in newest if period >= 0]).filter(
        (pc.field("item") == item)
        & (pc.field("measure") == measure)
        & (pc.field("channel") == ALL)
        & (pc.field("target_group") == ALL)
    )
    figures = {(row["level"], row["area_code"], row["window"]): row for row in rows.to_pylist()}
    leaves = [area for area in axes.areas if area.level == len(axes.levels) - 1]
    return pa.Table.from_pylist([_row(axes, figures, area, item, measure) for area in leaves], schema=SCHEMA)


def _headline(axes: Axes) -> tuple[str, str]:
    """Item and measure of the headline: the mean of a mark, otherwise the share that is satisfied."""
    item = axes.survey.headline_item
    measures = [measure.name for measure in axes.measures if measure.item == item]
    is_mark = axes.survey.scale_of(axes.survey.item(item)).kind == "mark"
    return item, "positive" if "positive" in measures and not is_mark else measures[0]


def _row(axes: Axes, figures: Mapping[tuple[str, str, str], Row], area: Area, item: str, measure: str) -> Row:
    """The step one area stands on."""
    level = axes.levels[area.level]
    step, figure = next(_within_reach(axes, figures, area), (None, None))
    quarter = figures.get((level, area.code, QUARTER))
    top = figures.get((axes.levels[0], axes.areas[0].code, QUARTER))
    row: dict[str, Any] = {
        "level": level,
        "area_code": area.code,
        "item": item,
        "measure": measure,
        "rung": NONE if step is None else step.rung,
        "quarter_width": None if quarter is None else _width(axes, quarter, top),
        "reason": _reason(step, quarter, figures.get((level, area.code, FOUR_QUARTERS))),
    }
    if step is None or figure is None:
        return row
    names = ("estimate", "ci_low", "ci_high")
    if step.rung == SHRUNKEN:
        names = ("estimate_shrunken", "shrunken_low", "shrunken_high")
    estimate, low, high = (figure[name] for name in names)
    return row | {
        "figure_id": figure["figure_id"],
        "figure_level": figure["level"],
        "figure_area_code": figure["area_code"],
        **{name: figure[name] for name in ("window", "period_start", "period_end")},
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "width": high - low,
    }


def _within_reach(axes: Axes, figures: Mapping[tuple[str, str, str], Row], area: Area) -> Iterator[tuple[Step, Row]]:
    """Steps an area may stand on with their figures, best first; of a step above the nearest area comes first."""
    for step in LADDER:
        for place in _places(axes, area, step.highest):
            figure = figures.get((axes.levels[place.level], place.code, step.window))
            if figure is not None and _serves(step, figure):
                yield step, figure


def _serves(step: Step, figure: Row) -> bool:
    if step.rung == SHRUNKEN:
        return figure["estimate_shrunken"] is not None
    return figure["status"] in step.statuses and figure["ci_low"] is not None


def _places(axes: Axes, area: Area, highest: int) -> Iterator[Area]:
    """The area itself, or the areas above it up to so many levels, nearest first; the whole only as a last resort."""
    if highest == 0:
        yield area
    above = area.parent
    for _ in range(highest):
        if above < 0 or (axes.areas[above].parent < 0 and highest < EVERY_LEVEL):
            return
        yield axes.areas[above]
        above = axes.areas[above].parent


def _reason(step: Step | None, quarter: Row | None, longer: Row | None) -> str:
    """By which rule the area does not stand one step higher; empty on the first one."""
    if step is LADDER[0]:
        return ""
    decided = quarter if step is LADDER[1] or longer is None else longer
    return "no_answers" if decided is None else str(decided["reason"])


def _width(axes: Axes, quarter: Row, top: Row | None) -> float | None:
    """Width of the interval of the own newest quarter.

    Where that is not shown: the width that so many answers give if they differ as in the whole. It follows from
    published numbers only, and there is none where the number of answers may not stand.
    """
    if quarter["ci_low"] is not None:
        return float(quarter["ci_high"] - quarter["ci_low"])
    if top is None or top["estimate"] is None or quarter["n"] is None or quarter["n"] < 2:
        return None
    n = np.array([float(quarter["n"])])
    quantile = intervals.t_quantile(n - 1, axes.survey.thresholds.confidence)
    if quarter["measure"] != "mean":
        low, high = intervals.wilson(np.array([float(top["estimate"])]), n, quantile)
        return float((high - low)[0])
    spread = float(top["se"]) * math.sqrt(float(top["n_eff"]))
    return float(2 * quantile[0] * spread / math.sqrt(n[0]))
