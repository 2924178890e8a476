"""Published figures as arrays, for the tables that are made from them.

Belongs here: looking figures up by their place, with nothing of a figure that is not shown. Does not belong here: which
figures are compared (``publication_subjects``), what comes out (``publication_comparisons`` and its kind).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.figure_axes import Axes, find
from assets.publication_tables import sums_of
from assets.statistics import intervals
from assets.statistics.comparison import Figures
from assets.statistics.intervals import Bools, Floats, Integers, Sums

SHOWN = ("published", "indicative")


@dataclass(frozen=True)
class Published:
    """Rows of ``publication.estimates`` as arrays, sorted by key. ``df`` is NaN where no cells were given."""

    keys: Integers
    figure_id: NDArray[np.object_]
    status: NDArray[np.object_]
    n: Floats
    n_eff: Floats
    estimate: Floats
    se: Floats
    reliability: Floats
    df: Floats
    shown: Bools

    def column(self, name: str, at: Integers) -> Floats:
        """One number of the figures at positions; NaN for position -1 or where the figure is not shown."""
        if not len(self.keys):
            return np.full(len(at), np.nan)
        values: Floats = getattr(self, name)
        return np.where((at >= 0) & self.shown[at], values[at], np.nan)

    def figures(self, at: Integers) -> Figures:
        """Figures at positions; NaN for position -1 or where the figure is not shown."""
        return Figures(self.column("estimate", at), self.column("se", at), self.column("df", at))

    def ids(self, at: Integers) -> pa.Array:
        """Figure ids at positions, NULL for position -1."""
        if not len(self.keys):
            return pa.nulls(len(at), pa.string())
        return pa.array(self.figure_id[np.maximum(at, 0)], pa.string(), mask=at < 0)


@dataclass(frozen=True)
class Cells:
    """Rows of ``marts.window_cells`` as arrays, sorted by key."""

    keys: Integers
    sums: Sums

    def at(self, keys: Integers) -> tuple[Sums, Bools]:
        """Sums of the cells with these keys, and which of them there are; all zero where there is none."""
        where = find(self.keys, keys)
        known = where >= 0
        if not len(self.keys):
            return Sums(*(np.zeros(len(keys)) for _ in Sums.__dataclass_fields__)), known
        found = self.sums.take(np.maximum(where, 0))
        return Sums(*(np.where(known, getattr(found, name), 0.0) for name in Sums.__dataclass_fields__)), known


def in_periods(table: pa.Table, axes: Axes, wanted: Iterable[int]) -> pa.Table:
    """Rows of a table in some periods (positions on the period axis)."""
    keep = pc.field("window") == ""
    for position in wanted:
        when = axes.periods[position]
        keep |= (pc.field("window") == when.window) & (pc.field("period_start") == pa.scalar(when.start))
    return table.filter(keep)


def cells_of(axes: Axes, window_cells: pa.Table) -> Cells:
    """Rows of ``marts.window_cells`` as arrays."""
    keys = axes.pack(axes.places(window_cells))
    order = np.argsort(keys, kind="stable")
    return Cells(keys[order], sums_of(window_cells).take(order))


def published_figures(axes: Axes, table: pa.Table, cells: Cells | None = None) -> Published:
    """Rows of ``publication.estimates`` as arrays.

    Args:
        axes: Of the contract and its reference tables.
        table: Rows of ``publication.estimates``.
        cells: Of the same periods: the degrees of freedom of a figure are not published.
    """
    keys = axes.pack(axes.places(table))
    order = np.argsort(keys, kind="stable")
    ordered = table.take(pa.array(order))
    values = {
        name: ordered.column(name).cast(pa.float64()).to_numpy().astype(np.float64)
        for name in ("n", "n_eff", "estimate", "se", "reliability")
    }
    df = np.full(len(keys), np.nan)
    if cells is not None:
        sums, known = cells.at(keys[order])
        df = np.where(known, intervals.degrees_of_freedom(sums), np.nan)
    status = np.array(ordered.column("status").to_pylist(), dtype=object)
    return Published(
        keys=keys[order],
        figure_id=np.array(ordered.column("figure_id").to_pylist(), dtype=object),
        status=status,
        **values,
        df=df,
        shown=np.isin(status, SHOWN),
    )
