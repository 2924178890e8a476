"""Comparable areas as a publication table.

Belongs here: who is comparable (from the register) and what is told about them. Does not belong here: the distance and
the summary (``statistics.peers``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import Axes, Places, find
from assets.publication_figures import Published, in_periods, published_figures
from assets.statistics import peers as statistics
from assets.statistics.intervals import Floats, Integers

SCHEMA = pa.schema(
    [
        ("area_code", pa.string()),
        ("item", pa.string()),
        ("measure", pa.string()),
        ("window", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("peer_count", pa.int64()),
        ("peer_mean", pa.float64()),
        ("peer_q25", pa.float64()),
        ("peer_q75", pa.float64()),
        ("positions", pa.list_(pa.float64())),
    ]
)


def peers(axes: Axes, published: pa.Table, response_counts: pa.Table) -> pa.Table:
    """``publication.peers``: what comparable leaf areas score, without telling which area is where.

    Comparable are the areas nearest in number of contacts (log) and in mix of channel classes: what an area does not
    choose.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        response_counts: ``marts.response_counts``.

    Returns:
        A row per leaf area and measure for which at least eight comparable areas have a published figure, in the newest
        period of the leaf's headline window.
    """
    latest = axes.latest(axes.survey.leaf.headline_window)
    if latest < 0:
        return SCHEMA.empty_table()
    area_positions, features = _features(axes, response_counts, latest)
    neighbours = statistics.nearest(features)
    figures = published_figures(axes, in_periods(published, axes, [latest]))
    values = _values(axes, figures, area_positions, latest)
    when = axes.periods[latest]
    rows = []
    for row, area in enumerate(area_positions.tolist()):
        for position, measure in enumerate(axes.measures):
            others = values[neighbours[row], position]
            summary = statistics.summarise(others, ~np.isnan(others), measure.is_proportion)
            if summary is None:
                continue
            rows.append(
                {
                    "area_code": axes.areas[area].code,
                    "item": measure.item,
                    "measure": measure.name,
                    "window": when.window,
                    "period_start": when.start,
                    "period_end": when.end,
                    "peer_count": summary.count,
                    "peer_mean": summary.mean,
                    "peer_q25": summary.q25,
                    "peer_q75": summary.q75,
                    "positions": list(summary.positions),
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _values(axes: Axes, figures: Published, area_positions: Integers, period: int) -> Floats:
    """Published totals, one row per area and one column per measure; NaN where not published."""
    count = len(axes.measures)
    area = np.repeat(area_positions, count)
    measure = np.tile(np.arange(count, dtype=np.int64), len(area_positions))
    zeros = np.zeros_like(area)
    at = find(figures.keys, axes.pack(Places(area, zeros, zeros, measure, zeros + period)))
    return figures.column("estimate", at).reshape(len(area_positions), count)


def _features(axes: Axes, response_counts: pa.Table, period: int) -> tuple[Integers, Floats]:
    """Leaf areas with contacts in a period, with log contacts and the share of every channel class but the last."""
    when = axes.periods[period]
    rows = response_counts.filter(
        (pc.field("level") == axes.survey.leaf.code)
        & (pc.field("window") == when.window)
        & (pc.field("period_start") == pa.scalar(when.start))
        & (pc.field("dimension") == "channel_class")
    ).to_pylist()
    classes = [channel_class.code for channel_class in axes.survey.channel_classes]
    contacts = {(row["area_code"], row["category"]): int(row["contacts"]) for row in rows}
    totals: dict[str, int] = {}
    for (area_code, _), number in contacts.items():
        totals[area_code] = totals.get(area_code, 0) + number
    leaf = len(axes.levels) - 1
    positions, features = [], []
    for position, area in enumerate(axes.areas):
        total = totals.get(area.code, 0) if area.level == leaf else 0
        if total:
            shares = [contacts.get((area.code, code), 0) / total for code in classes[:-1]]
            positions.append(position)
            features.append([float(np.log(total)), *shares])
    return np.array(positions, dtype=np.int64), np.array(features, dtype=np.float64)
