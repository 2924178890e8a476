"""Figures of areas adjusted for mix, on the axes of published figures.

Belongs here: looking adjusted figures up. Does not belong here: the adjustment (``statistics.casemix``,
``marts.adjusted``), what may be shown of it (``publication.adjusted``), the comparison (``publication_comparisons``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assets.figure_axes import Axes, Places, find, spelled
from assets.statistics.intervals import Floats
from expectations.model import ALL


@dataclass(frozen=True)
class AdjustedFigures:
    """Adjusted estimate and its standard error, one element per figure asked for; NaN where there is none."""

    estimate: Floats
    se: Floats


def adjusted_figures(axes: Axes, table: pa.Table, places: Places) -> AdjustedFigures:
    """Adjusted figures at places.

    Args:
        axes: Of the contract and its reference tables.
        table: Rows of ``marts.adjusted``: totals of leaf areas.
        places: Where they are wanted.

    Returns:
        One element per place.
    """
    nothing = np.full(len(places.area), np.nan)
    if not table.num_rows:
        return AdjustedFigures(nothing, nothing)
    zeros = np.zeros(table.num_rows, dtype=np.int64)
    for name, value in (("level", axes.survey.leaf.code), ("target_group", ALL), ("channel", ALL)):
        if name not in table.column_names:
            table = table.append_column(name, spelled([value], zeros))
    keys = axes.pack(axes.places(table))
    order = np.argsort(keys, kind="stable")
    at = find(keys[order], axes.pack(places))
    estimate, se = (table[name].to_numpy().astype(np.float64)[order] for name in ("adjusted", "adjusted_se"))
    return AdjustedFigures(np.where(at >= 0, estimate[at], np.nan), np.where(at >= 0, se[at], np.nan))
