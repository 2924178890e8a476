"""Which parts of the service come first in an area, as a publication table: importance beside performance.

Belongs here: which drivers an area is held against, its own figures beside them, and the quarter of the matrix each
item falls in. Does not belong here: the drivers (``publication_drivers``), sentences.

Importance is the share of an item in what goes together with the overall opinion, of the area itself or of the nearest
area above it that has enough answers; performance is the area's own published figure. An item is in a quarter only when
both intervals are clear of the line that divides it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import NOWHERE, Axes, Places, find, spelled
from assets.publication_drivers import MEAN
from assets.publication_figures import SHOWN, in_periods
from assets.publication_tables import numbers
from assets.statistics.intervals import Floats, Integers

POSITIVE = "positive"
OUTCOMES = ("not_shown", "first", "keep", "later", "enough", "unclear")
"""Important and low, important and high, unimportant and low, unimportant and high."""


@dataclass(frozen=True)
class _Drivers:
    """Rows of ``publication.drivers`` for one area and route."""

    items: list[str]
    share: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class _Figures:
    """Published figures at places, NaN where not shown."""

    estimate: Floats
    low: Floats
    high: Floats


def priorities(axes: Axes, published: pa.Table, drivers: pa.Table) -> pa.Table:
    """``publication.priorities``: every area, in the newest headline window of its level.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        drivers: ``publication.drivers``.

    Returns:
        A row per area, route and item for which the area or one above it has drivers.
    """
    known = _by_area(axes, drivers)
    latest = [axes.latest(level.headline_window) for level in axes.survey.levels]
    figures = in_periods(published, axes, [period for period in latest if period != NOWHERE])
    parts = []
    for route in sorted({route for _, route in known}):
        for area in range(len(axes.areas)):
            source = _nearest(axes, area, route, known)
            if source is not None and latest[axes.areas[area].level] != NOWHERE:
                parts.append((area, route, source))
    return _table(axes, figures, latest, known, parts)


def _by_area(axes: Axes, drivers: pa.Table) -> dict[tuple[int, str], _Drivers]:
    position = {(axes.levels[area.level], area.code): n for n, area in enumerate(axes.areas)}
    rows: dict[tuple[int, str], list[dict[str, object]]] = {}
    for row in drivers.to_pylist():
        rows.setdefault((position[row["level"], row["area_code"]], row["route"]), []).append(row)
    return {
        key: _Drivers(
            [str(row["item"]) for row in found],
            *(
                np.array([row[name] for row in found], dtype=np.float64)
                for name in ("share", "share_low", "share_high")
            ),
        )
        for key, found in rows.items()
    }


def _nearest(axes: Axes, area: int, route: str, known: dict[tuple[int, str], _Drivers]) -> int | None:
    """The area itself or the nearest above it that has drivers on a route."""
    here = area
    while here != NOWHERE and (here, route) not in known:
        here = int(axes.parent_of_area[here])
    return here if here != NOWHERE else None


def _table(
    axes: Axes,
    published: pa.Table,
    latest: list[int],
    known: dict[tuple[int, str], _Drivers],
    parts: list[tuple[int, str, int]],
) -> pa.Table:
    """All areas at once: each item of the drivers that hold for an area, with the area's figure and the nation's."""
    held = [known[source, route] for _, route, source in parts]
    size = [len(drivers.items) for drivers in held]
    part = np.repeat(np.arange(len(parts)), size)
    item_measure = {item: _measure_of(axes, item) for drivers in held for item in drivers.items}
    measure = np.array([item_measure[item] for drivers in held for item in drivers.items], dtype=np.int64)
    area, source = (np.array([p[k] for p in parts], dtype=np.int64)[part] for k in (0, 2))
    share, low, high = (
        np.concatenate([np.empty(0), *(getattr(d, name) for d in held)]) for name in ("share", "low", "high")
    )
    period = np.array(latest, dtype=np.int64)[axes.level_of_area[area]]
    zeros = np.zeros_like(area)
    places = Places(area, zeros, zeros, measure, period)
    own = _figures(axes, published, places)
    whole = _figures(axes, published, Places(zeros, zeros, zeros, measure, np.full_like(area, latest[0])))
    share_line = 1 / np.array(size, dtype=np.float64)[part]
    estimate_line = _line(axes, whole.estimate, measure, part)
    important = np.select([low > share_line, high < share_line], [1, -1], 0)
    good = np.select([own.low > estimate_line, own.high < estimate_line], [1, -1], 0)
    clear = (important != 0) & (good != 0)
    conditions = [np.isnan(own.estimate), ~clear, important > 0, good < 0]
    outcome = np.select(conditions, [0, 5, np.where(good < 0, 1, 2), 3], 4)
    columns = axes.columns(places)
    drawn_from = axes.columns(Places(source, zeros, zeros, measure, period))
    return pa.table(
        {
            "figure_id": pa.array(axes.figure_ids(places), pa.string()),
            "level": columns["level"],
            "area_code": columns["area_code"],
            "route": pa.array([parts[p][1] for p in part.tolist()], pa.string()),
            **{name: columns[name] for name in ("item", "measure", "window", "period_start", "period_end")},
            "driver_level": drawn_from["level"],
            "driver_area_code": drawn_from["area_code"],
            "share": numbers(share),
            "share_low": numbers(low),
            "share_high": numbers(high),
            "share_line": numbers(share_line),
            "estimate": numbers(own.estimate),
            "ci_low": numbers(own.low),
            "ci_high": numbers(own.high),
            "reference_estimate": numbers(whole.estimate),
            "estimate_line": numbers(estimate_line),
            "outcome": spelled(OUTCOMES, outcome.astype(np.int64)),
        }
    )


def _measure_of(axes: Axes, item: str) -> int:
    """The share of good answers, or the mean where the scale has none."""
    found = {m.name: position for position, m in enumerate(axes.measures) if m.item == item}
    return found.get(POSITIVE, found[MEAN])


def _figures(axes: Axes, published: pa.Table, places: Places) -> _Figures:
    rows = published.filter(pc.is_in(published.column("status"), value_set=pa.array(SHOWN)))
    keys = axes.pack(axes.places(rows))
    order = np.argsort(keys, kind="stable")
    at = find(keys[order], axes.pack(places))
    row = order[at] if len(order) else at
    numbers_of = (rows.column(name).to_numpy() for name in ("estimate", "ci_low", "ci_high"))
    return _Figures(*(np.where(at >= 0, v[row], np.nan) if len(v) else np.full(len(at), np.nan) for v in numbers_of))


def _line(axes: Axes, national: Floats, measure: Integers, part: Integers) -> Floats:
    """National mean over the items of an area's matrix that are the same kind of number on the same scale."""
    kinds = np.array([(m.is_proportion, m.lowest, m.highest) for m in axes.measures], dtype=np.float64)
    _, kind = np.unique(kinds, axis=0, return_inverse=True)
    _, group = np.unique(np.stack([part, kind.reshape(-1)[measure]]), axis=1, return_inverse=True)
    group = group.reshape(-1)
    known = ~np.isnan(national)
    count = np.bincount(group, weights=known)
    total = np.bincount(group, weights=np.where(known, national, 0.0))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)[group]
