"""What breaks of the method do to figures: which mix before and after, and which have no comparable year earlier.

Belongs here: holding the rows of ``publication.breaks`` against the places of figures. Does not belong here: which
breaks there are (``publication_breaks``), the status of a figure (``statistics.gates``).

A figure over a period in which the method changed adds up answers to two different questions, so it is not shown; four
quarters start again after a break, as they do for a new area. The quarters after it are shown at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from assets.figure_axes import NOWHERE, Axes, Places
from assets.statistics.intervals import Bools
from expectations.lineage import depends_on
from expectations.model import ALL

BREAK = "break"


class MethodBreaks:
    """The breaks of a release on the axes of its figures."""

    def __init__(self, axes: Axes, table: pa.Table | None) -> None:
        """Without a table nothing ever changed."""
        rows = [] if table is None else [row for row in table.to_pylist() if row["status"] == BREAK]
        self._axes = axes
        self._dates = [row["break_date"] for row in rows]
        lineage = [depends_on(axes.survey, measure.item) | {ALL} for measure in axes.measures]
        self._affected = np.array([[row["item"] in items for items in lineage] for row in rows], dtype=np.bool_)

    def inside(self, places: Places) -> Bools:
        """Figures over a period in which the method changed: its first day was measured in another way."""

        def mixed(date: dt.date, period: int) -> bool:
            when = self._axes.periods[period]
            return when.start < date <= when.end

        return self._any(places, mixed)

    def within_a_year(self, places: Places) -> Bools:
        """Figures that were not, or not wholly, measured in the same way a year earlier."""

        def crossed(date: dt.date, period: int) -> bool:
            earlier = self._axes.year_earlier(period)
            return earlier != NOWHERE and self._axes.periods[earlier].start < date <= self._axes.periods[period].end

        return self._any(places, crossed)

    def dates(self, measure: int) -> list[dt.date]:
        """Days on which a measure (its position on the axis) began to be measured in another way, oldest first."""
        found = zip(self._dates, self._affected, strict=True)
        return sorted({date for date, affected in found if affected[measure]})

    def _any(self, places: Places, holds: Callable[[dt.date, int], bool]) -> Bools:
        broken = np.zeros(len(places.measure), dtype=np.bool_)
        for date, affected in zip(self._dates, self._affected, strict=True):
            touched = np.array([holds(date, period) for period in range(len(self._axes.periods))], dtype=np.bool_)
            broken |= affected[places.measure] & touched[places.period]
        return broken
