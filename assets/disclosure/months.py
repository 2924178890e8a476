"""Months: published for a whole quarter or not at all, and never so that a month of one area follows. Half-years.

Belongs here: which months of a quarter and which half-years may stand. Does not belong here: quarters and
longer windows (``decide``).

Months are told of totals only, so nothing but the total of a quarter and the months of areas beside each other can be
held against them. The months of an area and item stand if each of them does for itself and the quarter stands. What the
areas of a level leave of the area above is a group of people like any other: if it is one area, or few people, the
months of the area above do not stand.

A half-year stands where both of its quarters do: then it tells nothing new. With a hidden quarter in it, every window
that moves on by a quarter would have to be held against it, and a chart is not worth a headline.
"""

from __future__ import annotations

import numpy as np

from assets.disclosure.cells import Cells
from assets.disclosure.decisions import HALF_YEAR, MONTH, PRIMARY, PUBLISHED, QUARTER, SECONDARY, WINDOWS, Codes
from assets.figure_axes import Axes
from assets.statistics.intervals import Bools, Integers


def decide_months(axes: Axes, found: Cells, decision: Codes) -> Codes:
    """Decisions with those about months filled in.

    Args:
        axes: Of the contract and its reference tables.
        found: The cells.
        decision: Of each cell; those of quarters have been made.
    """
    result = decision.copy()
    months = np.flatnonzero(found.window == WINDOWS.index(MONTH))
    if not len(months):
        return result
    small = (found.n[months] < axes.survey.thresholds.minimum_n) | found.alike[months]
    keys = np.column_stack([found.area[months], found.item[months], found.last[months]])
    families, at = np.unique(keys, axis=0, return_inverse=True)
    at = at.ravel()
    stands = ~np.bincount(at, weights=small, minlength=len(families)).astype(np.bool_)
    stands &= _quarter_stands(found, decision, families)
    level = axes.level_of_area[families[:, 0]]
    for position in reversed(range(level.max() if len(level) else 0)):  # from below: the level above must know
        stands = _above(axes, found, months, at, families, stands, level, position)
    result[months] = np.where(small, PRIMARY, np.where(stands[at], PUBLISHED, SECONDARY))
    return result


def decide_half_years(found: Cells, decision: Codes) -> Codes:
    """Decisions with those about half-years filled in: as their quarters.

    Args:
        found: The cells.
        decision: Of each cell; those of quarters have been made.
    """
    result = decision.copy()
    quarters = np.flatnonzero((found.window == WINDOWS.index(QUARTER)) & (found.channel == 0) & (found.group == 0))
    hidden = quarters[decision[quarters] != PUBLISHED]
    gone = np.column_stack([found.area[hidden], found.item[hidden], found.first[hidden] // 2])
    halves = np.flatnonzero(found.window == WINDOWS.index(HALF_YEAR))
    own = np.column_stack([found.area[halves], found.item[halves], found.first[halves] // 2])
    result[halves] = np.where(found.alike[halves], PRIMARY, np.where(_among(own, gone), SECONDARY, PUBLISHED))
    return result


def _quarter_stands(found: Cells, decision: Codes, families: Integers) -> Bools:
    """Whether the total of the quarter is published; where no quarter is ever told, nothing forbids its months."""
    quarters = np.flatnonzero(
        (found.window == WINDOWS.index(QUARTER)) & (found.channel == 0) & (found.group == 0) & (decision != PUBLISHED)
    )
    hidden = np.column_stack([found.area[quarters], found.item[quarters], found.last[quarters]])
    return ~_among(families, hidden)


def _above(  # noqa: PLR0917
    axes: Axes,
    found: Cells,
    months: Integers,
    at: Integers,
    families: Integers,
    stands: Bools,
    level: Integers,
    above: int,
) -> Bools:
    """Holds the months of a level against those of the level below it."""
    result = stands.copy()
    below = np.flatnonzero(level == above + 1)
    if not len(below):
        return result
    parent = axes.parent_of_area[families[below, 0]]
    parents = np.column_stack([parent, families[below, 1:]])
    for family in np.flatnonzero((level == above) & stands).tolist():
        children = below[(parents == families[family]).all(axis=1)]
        mine = months[at == family]
        rest = {int(start): int(n) for start, n in zip(found.start[mine], found.n[mine], strict=True)}
        for child in children[stands[children]].tolist():
            theirs = months[at == child]
            for start, n in zip(found.start[theirs].tolist(), found.n[theirs].tolist(), strict=True):
                rest[start] -= n
        hidden = int((~stands[children]).sum())
        left = sum(rest.values())
        placed = sum(int(found.n[months[at == child]].sum()) for child in children[~stands[children]].tolist())
        one = hidden == 1 and placed == left
        few = any(0 < n < axes.survey.thresholds.minimum_n for n in rest.values())
        result[family] = not (one or few)
    return result


def _among(rows: Integers, others: Integers) -> Bools:
    if not len(others):
        return np.zeros(len(rows), dtype=np.bool_)
    _, at = np.unique(np.concatenate([others, rows]), axis=0, return_inverse=True)
    at = at.ravel()
    found: Bools = np.isin(at[len(others) :], at[: len(others)])
    return found
