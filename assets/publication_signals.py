"""``publication.signals``: control charts of the headline and the mark of every area.

Belongs here: the series, their charts, and the verdict on the newest point. Does not belong here: which periods a chart
has (``publication_atoms``), limits and rules (``statistics.xmr``).

Everything in a row follows from figures that are shown: a period without one is no point of the chart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import NOWHERE, Axes, Places, find
from assets.method_breaks import MethodBreaks
from assets.publication_atoms import HALF_YEAR, MADE_OF, Atoms, atoms, half_years, kinds_of
from assets.publication_figures import Published, cells_of, published_figures
from assets.publication_subjects import leading_measures
from assets.statistics import xmr
from assets.statistics.intervals import Bools, Floats, Integers
from expectations.model import ALL

MOST_UNEQUAL = 0.25
"""A percentage whose number of answers differs more than this from the mean of its series has limits of its own per
point (Montgomery, Introduction to Statistical Quality Control, ch. 7)."""
XMR, LANEY = "xmr", "laney"
IMPROVEMENT, DETERIORATION, ORDINARY = "improvement", "deterioration", "ordinary"
TOO_FEW_POINTS, NOT_SHOWN = "too_few_points", "not_shown"
SCHEMA = pa.schema(
    [
        ("level", pa.string()),
        ("area_code", pa.string()),
        ("item", pa.string()),
        ("measure", pa.string()),
        ("atom", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("figure_id", pa.string()),
        ("part", pa.int32()),
        ("estimate", pa.float64()),
        ("centre", pa.float64()),
        ("limit_low", pa.float64()),
        ("limit_high", pa.float64()),
        ("chart", pa.string()),
        ("trial", pa.bool_()),
        ("signal", pa.string()),
        ("verdict", pa.string()),
    ]
)


@dataclass(frozen=True)
class Series:
    """Points of one chart in order of time; NaN where a figure is not shown."""

    estimate: Floats
    n_eff: Floats
    part: Integers


@dataclass(frozen=True)
class Charted:
    """What the chart says of each point; NaN and "" where there is no figure."""

    limits: xmr.Limits
    signal: xmr.Labels
    trial: Bools
    chart: list[str | None]


def signals(axes: Axes, published: pa.Table, window_cells: pa.Table, breaks: pa.Table | None = None) -> pa.Table:
    """Charts of every current area and leading measure.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        window_cells: ``marts.window_cells``: numbers of answers, and the sums of half-years.
        breaks: ``publication.breaks``; None where nothing ever changed.

    Returns:
        One row per point, in the order of areas, measures and time.
    """
    measures = leading_measures(axes)
    totals = (pc.field("channel") == ALL) & (pc.field("target_group") == ALL)
    totals &= pc.field("item").isin(sorted({axes.measures[measure].item for measure in measures}))
    cells = cells_of(axes, window_cells.filter(totals))
    figures = published_figures(axes, published.filter(totals))
    changes = MethodBreaks(axes, breaks)
    kinds = kinds_of(axes, cells, measures)
    charts: dict[tuple[int, int], list[dict[str, object]]] = {}
    for kind in MADE_OF:
        areas = np.array([area for area, found in enumerate(kinds) if found == kind], dtype=np.int64)
        when = atoms(axes, kind)
        if not len(areas) or not when.starts:
            continue
        for measure in measures:
            dates = changes.dates(measure)
            part = np.array([sum(date <= start for date in dates) for start in when.starts], dtype=np.int64)
            mixed = [any(s < date <= e for date in dates) for s, e in zip(when.starts, when.ends, strict=True)]
            estimate, n_eff, ids = _points(axes, figures, areas, measure, when)
            if kind == HALF_YEAR:
                made = half_years(axes, cells, areas, measure, when)
                estimate, n_eff = (np.where(mixed, np.nan, values) for values in (made.estimate, made.n_eff))
            for row, area in enumerate(areas.tolist()):
                series = Series(estimate[row], n_eff[row], part)
                charts[area, measure] = _rows(axes, area, measure, when, series, ids[row])
    rows = [row for _, chart in sorted(charts.items()) for row in chart]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def chart(series: Series, *, is_proportion: bool) -> Charted:
    """Limits and signals of a series; each part of it stands on its own.

    Args:
        series: The points.
        is_proportion: Whether limits may follow the number of answers.
    """
    count = len(series.estimate)
    lines = [np.full(count, np.nan) for _ in range(3)]
    signal = np.full(count, "", dtype=object)
    kind: list[str | None] = [None] * count
    known = ~np.isnan(series.estimate)
    points = np.bincount(series.part[known], minlength=int(series.part.max(initial=0)) + 1)
    for part in xmr.by_segment(series.part):
        at = part[known[part]]
        if not len(at):
            continue
        values, n_eff = series.estimate[at], series.n_eff[at]
        by_laney = is_proportion and _unequal(n_eff)
        limits = xmr.laney(values, n_eff) if by_laney else xmr.xmr(values)
        for line, found in zip(lines, (limits.centre, limits.lower, limits.upper), strict=True):
            line[at] = found
        signal[at] = xmr.rules(values, limits)
        for position in at.tolist():
            kind[position] = LANEY if by_laney else XMR
    trial: Bools = points[series.part] < xmr.FEWEST_FOR_VERDICT
    return Charted(xmr.Limits(*lines), signal.astype(np.str_), trial, kind)


def verdict(charted: Charted, *, higher_is_better: bool) -> str:
    """What may be said of the newest point. It is judged only if it has a figure, and thirteen points make its part."""
    newest = str(charted.signal[-1])
    if not newest:
        return NOT_SHOWN
    if charted.trial[-1]:
        return TOO_FEW_POINTS
    if newest in xmr.HIGH:
        return IMPROVEMENT if higher_is_better else DETERIORATION
    if newest in xmr.LOW:
        return DETERIORATION if higher_is_better else IMPROVEMENT
    return ORDINARY


def _unequal(n_eff: Floats) -> bool:
    return bool(np.any(np.abs(n_eff - n_eff.mean()) > MOST_UNEQUAL * n_eff.mean()))


def _points(
    axes: Axes, figures: Published, areas: Integers, measure: int, when: Atoms
) -> tuple[Floats, Floats, list[list[str | None]]]:
    """Published figures, areas x periods: estimate, effective number, figure id (none of half-years)."""
    shape = (len(areas), len(when.period))
    area, period = (axis.ravel() for axis in np.meshgrid(areas, when.period, indexing="ij"))
    zeros = np.zeros(len(area), dtype=np.int64)
    at = find(figures.keys, axes.pack(Places(area, zeros, zeros, np.full_like(zeros, measure), period)))
    if when.kind == HALF_YEAR:
        at = np.full_like(at, NOWHERE)
    ids: list[str | None] = figures.ids(at).to_pylist()
    rows = [ids[start : start + shape[1]] for start in range(0, len(ids), shape[1])]
    return figures.column("estimate", at).reshape(shape), figures.column("n_eff", at).reshape(shape), rows


def _rows(  # noqa: PLR0917
    axes: Axes, area: int, measure: int, when: Atoms, series: Series, figure_ids: list[str | None]
) -> list[dict[str, object]]:
    where, what = axes.areas[area], axes.measures[measure]
    charted = chart(series, is_proportion=what.is_proportion)
    better = axes.survey.item(what.item).polarity != "negative"
    lines = (series.estimate, charted.limits.centre, charted.limits.lower, charted.limits.upper)
    rows: list[dict[str, object]] = []
    for position, (start, end) in enumerate(zip(when.starts, when.ends, strict=True)):
        newest = position == len(when.starts) - 1
        numbers = [None if np.isnan(line[position]) else float(line[position]) for line in lines]
        rows.append(
            {
                "level": axes.levels[where.level],
                "area_code": where.code,
                "item": what.item,
                "measure": what.name,
                "atom": when.kind,
                "period_start": start,
                "period_end": end,
                "figure_id": figure_ids[position],
                "part": int(series.part[position]) + 1,
                **dict(zip(("estimate", "centre", "limit_low", "limit_high"), numbers, strict=True)),
                "chart": charted.chart[position],
                "trial": bool(charted.trial[position]),
                "signal": str(charted.signal[position]),
                "verdict": verdict(charted, higher_is_better=better) if newest else "",
            }
        )
    return rows
