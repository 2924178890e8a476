"""What disclosure control decides about a cell, and looking it up for a figure.

Belongs here: the decisions and windows as codes, and reading ``marts.disclosure``. Does not belong here: deciding
(``decide``), what a decision does to a figure (``statistics.gates``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.figure_axes import Axes, Places, find
from assets.statistics.intervals import Bools, Integers

TABLE = "marts.disclosure"
Codes = NDArray[np.int8]
PUBLISHED, PRIMARY, SECONDARY, AREA_CHANGED = range(4)
DECISIONS = ("published", "primary", "secondary", "area_changed")
OPEN = -1
"""Nothing was decided yet."""
MONTH, QUARTER, HALF_YEAR, FOUR_QUARTERS = "month", "quarter", "half_year", "four_quarters"
WINDOWS = (MONTH, QUARTER, HALF_YEAR, FOUR_QUARTERS)


def decisions_at(axes: Axes, table: pa.Table, places: Places, told: Bools) -> Codes:
    """Decision about the cell of each figure.

    Args:
        axes: Of the contract and its reference tables.
        table: Rows of ``marts.disclosure``.
        places: Of the figures.
        told: Figures with answers: about these there must be a decision.

    Raises:
        ValueError: A figure with answers has no decision; it would be shown unjudged.
    """
    known = table.filter(pc.field("window").isin([period for period in WINDOWS if period != HALF_YEAR]))
    first = {
        item: axes.measures[m].name for m in np.unique(axes.first_measure).tolist() for item in [axes.measures[m].item]
    }
    measure = pc.dictionary_encode(known.column("item")).combine_chunks()
    names = pa.array([first[item] for item in measure.dictionary.to_pylist()], pa.string())
    keys = axes.pack(axes.places(known.append_column("measure", names.take(measure.indices))))
    order = np.argsort(keys, kind="stable")
    codes = pc.index_in(known.column("decision"), value_set=pa.array(DECISIONS)).to_numpy().astype(np.int8)[order]
    wanted = Places(places.area, places.group, places.channel, axes.first_measure[places.measure], places.period)
    at = find(keys[order], axes.pack(wanted))
    missing = int((told & (at < 0)).sum())
    if missing:
        raise ValueError(f"{missing} figures have no decision in {TABLE}: rebuild it together with marts.window_cells")
    found: Codes = np.where(at >= 0, codes[at] if len(codes) else np.int8(PUBLISHED), np.int8(PUBLISHED)).astype(
        np.int8
    )
    return found


def half_years_stand(
    axes: Axes, table: pa.Table | None, areas: Integers, item: str, starts: Sequence[dt.date]
) -> Bools:
    """Which half-years of an item may stand, areas x half-years; one that was not judged does not.

    Args:
        axes: Of the contract and its reference tables.
        table: Rows of ``marts.disclosure``; None: none was judged.
        areas: Positions of areas.
        item: The item.
        starts: First days.
    """
    if table is None:
        return np.zeros((len(areas), len(starts)), dtype=np.bool_)
    told = table.filter(
        (pc.field("window") == HALF_YEAR) & (pc.field("item") == item) & (pc.field("decision") == DECISIONS[PUBLISHED])
    )
    columns = (told.column(name).to_pylist() for name in ("level", "area_code", "period_start"))
    known = set(zip(*columns, strict=True))
    places = [(axes.levels[axes.areas[a].level], axes.areas[a].code) for a in areas.tolist()]
    return np.array([[(*place, start) in known for start in starts] for place in places], dtype=np.bool_)
