"""The periods of a control chart: as short as the answers of an area allow, and none shares an answer with another.

Belongs here: which periods the chart of an area has, and the half-years, which no other table has. Does not belong
here: limits and rules (``statistics.xmr``), the table of signals (``publication_signals``).

An area whose level publishes months has months; elsewhere quarters. Where one of them had fewer than ``minimum_n``
answers in the reporting year, the next longer period is taken: quarter, half-year, year. The reporting year is the last
calendar year that has closed, so that the periods of a chart stay the same for a year.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np

from assets.figure_axes import NOWHERE, Axes, Places
from assets.publication_figures import Cells
from assets.statistics import gates, intervals
from assets.statistics.intervals import Bools, Floats, Integers, Sums
from expectations.model import Level

MONTH, QUARTER, HALF_YEAR, YEAR = "month", "quarter", "half_year", "year"
MADE_OF = {MONTH: "month", QUARTER: "quarter", HALF_YEAR: "quarter", YEAR: "four_quarters"}
FIRST_MONTHS = {MONTH: range(1, 13), QUARTER: (1, 4, 7, 10), HALF_YEAR: (1, 7), YEAR: (1,)}


@dataclass(frozen=True)
class Atoms:
    """Closed periods of one length, oldest first.

    Attributes:
        kind: month, quarter, half_year or year.
        starts: First days.
        ends: Last days.
        period: Position on the period axis; of a half-year that of its first quarter.
        second: Of a half-year the position of its second quarter; -1 elsewhere.
    """

    kind: str
    starts: tuple[dt.date, ...]
    ends: tuple[dt.date, ...]
    period: Integers
    second: Integers

    def between(self, first: dt.date, last: dt.date) -> Atoms:
        """Those that lie within two days."""
        days = zip(self.starts, self.ends, strict=True)
        at = [position for position, (start, end) in enumerate(days) if first <= start and end <= last]
        starts, ends = (tuple(days[position] for position in at) for days in (self.starts, self.ends))
        return Atoms(self.kind, starts, ends, self.period[at], self.second[at])


@dataclass(frozen=True)
class HalfYears:
    """Figures of half-years, areas x half-years; NaN where a figure may not be shown."""

    estimate: Floats
    n_eff: Floats


def atoms(axes: Axes, kind: str) -> Atoms:
    """All closed periods of a length. A half-year is there when both of its quarters have closed."""
    found = []
    for position, when in enumerate(axes.periods):
        if when.window != MADE_OF[kind] or when.start.month not in FIRST_MONTHS[kind]:
            continue
        second, end = NOWHERE, when.end
        if kind == HALF_YEAR:
            second = axes.period_position("quarter", when.start.replace(month=when.start.month + 3))
            if second == NOWHERE:
                continue
            end = axes.periods[second].end
        found.append((when.start, end, position, second))
    starts, ends, period, second_quarter = zip(*sorted(found), strict=True) if found else ((), (), (), ())
    positions = (np.array(axis, dtype=np.int64) for axis in (period, second_quarter))
    return Atoms(kind, starts, ends, *positions)


def kinds_of(axes: Axes, cells: Cells, measures: list[int]) -> list[str]:
    """Which periods each area has, in the order of the axis; "" for an area whose level publishes none.

    Args:
        axes: Of the contract and its reference tables.
        cells: Sums of months and quarters.
        measures: The smallest number of answers to any of these counts.
    """
    found = [""] * len(axes.areas)
    ladders = [_ladder(level) for level in axes.survey.levels]
    start, end = _reporting_year(axes)
    of_year = {kind: atoms(axes, kind).between(start, end) for kind in MADE_OF}
    for position, ladder in enumerate(ladders):
        areas = np.flatnonzero(axes.level_of_area == position)
        still_open = np.ones(len(areas), dtype=np.bool_)
        for kind in ladder:
            enough = _enough(axes, cells, measures, areas, of_year[kind])
            last = kind == ladder[-1]
            for area in areas[still_open & (enough | last)].tolist():
                found[area] = kind
            still_open &= ~enough
    return found


def half_years(axes: Axes, cells: Cells, areas: Integers, measure: int, when: Atoms) -> HalfYears:
    """Figures of half-years, under the same gates as every published figure, and under one more.

    A half-year is shown only if no hidden quarter follows from it: not from its own two quarters, and not from the two
    quarters that a published four-quarter window has besides it. Such a pair is safe when both quarters are large
    enough or empty, or both too small to be shown and together large enough.

    Args:
        axes: Of the contract and its reference tables.
        cells: Sums of quarters.
        areas: Positions of areas.
        measure: Position of the measure.
        when: The half-years.
    """
    first, second = (_sums(axes, cells, areas, measure, quarter) for quarter in (when.period, when.second))
    sums = Sums(**{f.name: getattr(first, f.name) + getattr(second, f.name) for f in fields(Sums)})
    count = len(areas) * len(when.period)
    places = Places(*(np.full(count, value, dtype=np.int64) for value in (0, 0, 0, measure, 0)))
    scales, limits = axes.scales(places), axes.survey.thresholds
    found = intervals.estimate(sums, scales, np.full(count, np.nan), limits.confidence)
    alike = ~scales.is_proportion & gates.alike(found.estimate, sums.n, scales)
    status, _ = gates.judge(found, sums.n, scales, alike, limits)
    shown = (gates.shown(status) & _safe(axes, cells, areas, measure, when)).reshape(len(areas), -1)
    return HalfYears(*(np.where(shown, v.reshape(shown.shape), np.nan) for v in (found.estimate, found.n_eff)))


def _ladder(level: Level) -> list[str]:
    """Lengths a level can have, shortest first."""
    return [kind for kind, window in MADE_OF.items() if window in level.windows]


def _reporting_year(axes: Axes) -> tuple[dt.date, dt.date]:
    """First and last day of the last calendar year that has closed; of all there is where none has."""
    quarters = [p for p in axes.periods if p.window == "quarter"] or axes.periods
    closed = {p.start for p in quarters}
    years = [day.year for day in closed if all(dt.date(day.year, month, 1) in closed for month in (1, 4, 7, 10))]
    if years:
        return dt.date(max(years), 1, 1), dt.date(max(years), 12, 31)
    return min(closed, default=dt.date.min), max((p.end for p in quarters), default=dt.date.max)


def _enough(axes: Axes, cells: Cells, measures: list[int], areas: Integers, when: Atoms) -> Bools:
    """Areas with enough answers in every period; never where there is no period."""
    result = np.full(len(areas), bool(when.starts) and bool(measures))
    for measure in measures if when.starts else []:
        n = _sums(axes, cells, areas, measure, when.period).n + _sums(axes, cells, areas, measure, when.second).n
        result &= (n.reshape(len(areas), -1) >= axes.survey.thresholds.minimum_n).all(axis=1)
    return result


def _sums(axes: Axes, cells: Cells, areas: Integers, measure: int, periods: Integers) -> Sums:
    """Sums of totals, areas x periods as one row after the other; zero for period -1."""
    area, period = (axis.ravel() for axis in np.meshgrid(areas, periods, indexing="ij"))
    zeros = np.zeros(len(area), dtype=np.int64)
    keys = axes.pack(Places(area, zeros, zeros, np.full(len(area), measure, dtype=np.int64), np.maximum(period, 0)))
    found, _ = cells.at(keys)
    return Sums(**{f.name: np.where(period >= 0, getattr(found, f.name), 0.0) for f in fields(Sums)})


def _safe(axes: Axes, cells: Cells, areas: Integers, measure: int, when: Atoms) -> Bools:
    """Half-years from which no hidden quarter follows; areas x half-years as one row after the other."""
    safe = np.ones((len(areas), len(when.starts)), dtype=np.bool_)
    windows = {p.start for p in axes.periods if p.window == "four_quarters"}
    least = axes.survey.thresholds.minimum_n

    def quarter(start: dt.date, steps: int) -> tuple[dt.date, int]:
        month = start.year * 12 + start.month - 1 + 3 * steps
        day = dt.date(month // 12, month % 12 + 1, 1)
        return day, axes.period_position("quarter", day)

    # Two quarters that may not be told apart: of the half-year itself, and what each window has besides it.
    for before, pair in ((None, (0, 1)), (2, (-2, -1)), (1, (-1, 2)), (0, (2, 3))):
        for column, start in enumerate(when.starts):
            if before is not None and quarter(start, -before)[0] not in windows:
                continue
            a, b = (
                _sums(axes, cells, areas, measure, np.array([quarter(start, step)[1]], dtype=np.int64)).n
                for step in pair
            )
            safe[:, column] &= _pair(a, b, least)
    return safe.ravel()


def _pair(a: Floats, b: Floats, least: int) -> Bools:
    """Two numbers of answers whose sum may stand beside what is published of each."""
    small_a, small_b = ((n > 0) & (n < least) for n in (a, b))
    sum_small = (a + b > 0) & (a + b < least)
    one_is_told: Bools = (small_a & (b >= least)) | (small_b & (a >= least))
    return ~sum_small & ~one_is_told
