"""``publication.adjusted``: leaf areas at equal mix, in the newest headline window and the one a year before.

Belongs here: what of ``marts.adjusted`` may be shown, with its interval. Does not belong here: the adjustment
(``adjusted``, ``statistics.casemix``), comparisons of adjusted figures.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import NOWHERE, Axes, find
from assets.publication_figures import cells_of, in_periods, published_figures
from assets.publication_tables import numbers
from assets.statistics import intervals
from assets.statistics.intervals import Floats
from expectations.model import ALL

PLACE = ("level", "area_code", "item", "measure", "window", "period_start", "period_end")
LOOKED_UP = ("adjusted", "adjusted_se", "mix_effect", "expected_for_mix", "standardised")


def adjusted_table(axes: Axes, published: pa.Table, window_cells: pa.Table, adjusted: pa.Table) -> pa.Table:
    """``publication.adjusted``.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        window_cells: ``marts.window_cells``, for degrees of freedom.
        adjusted: ``marts.adjusted``.

    Returns:
        A row per leaf area and measure in those windows, in the order of the estimates, with numbers where the figure
        itself is shown. Shares and bounds never leave their scale.
    """
    latest = axes.latest(axes.survey.leaf.headline_window)
    periods = [p for p in (latest, axes.year_earlier(latest) if latest >= 0 else NOWHERE) if p >= 0]
    cells = cells_of(axes, in_periods(window_cells, axes, periods))
    rows = in_periods(published, axes, periods).filter(
        (pc.field("level") == axes.survey.leaf.code) & (pc.field("channel") == ALL) & (pc.field("target_group") == ALL)
    )
    figures = published_figures(axes, rows, cells)
    places = axes.unpack(figures.keys)
    scales = axes.scales(places)
    found = _looked_up(axes, in_periods(adjusted, axes, periods), figures.keys)
    estimate = np.clip(found["adjusted"], scales.lowest, scales.highest)
    low, high = _interval(axes, estimate, found["adjusted_se"], figures.n, figures.df, scales)
    columns = axes.columns(places)
    at = np.arange(len(figures.keys), dtype=np.int64)
    return pa.table(
        {
            "figure_id": figures.ids(at),
            **{name: columns[name] for name in PLACE},
            "estimate": numbers(figures.column("estimate", at)),
            "estimate_adjusted": numbers(estimate, figures.shown),
            "adjusted_se": numbers(found["adjusted_se"], figures.shown),
            "adjusted_low": numbers(low, figures.shown),
            "adjusted_high": numbers(high, figures.shown),
            "mix_effect": numbers(found["mix_effect"], figures.shown),
            "expected_for_mix": numbers(
                np.clip(found["expected_for_mix"], scales.lowest, scales.highest), figures.shown
            ),
            "standardised": numbers(found["standardised"], figures.shown),
            "status": pa.array(figures.status.tolist(), pa.string()),
        }
    )


def _looked_up(axes: Axes, adjusted: pa.Table, keys: intervals.Integers) -> dict[str, Floats]:
    """Columns of ``marts.adjusted`` at places; NaN where there is no row."""
    count = adjusted.num_rows
    for name, value in (("level", axes.survey.leaf.code), ("target_group", ALL), ("channel", ALL)):
        adjusted = adjusted.append_column(name, pa.array([value] * count, pa.string()))
    own = axes.pack(axes.places(adjusted))
    order = np.argsort(own, kind="stable")
    at = find(own[order], keys)
    found = {}
    for name in LOOKED_UP:
        values = np.append(adjusted.column(name).to_numpy().astype(np.float64)[order], np.nan)
        found[name] = values[at]  # position -1 is the NaN at the end
    return found


def _interval(  # noqa: PLR0917 - what an interval is made of
    axes: Axes, estimate: Floats, se: Floats, n: Floats, df: Floats, scales: intervals.Measures
) -> tuple[Floats, Floats]:
    """Wilson interval of shares, with the effective number that the standard error implies; t interval of means."""
    quantile = intervals.t_quantile(df, axes.survey.thresholds.confidence)
    implied = intervals.divide(estimate * (1 - estimate), np.where(se > 0, se, np.nan) ** 2)
    share = np.where(scales.is_proportion, estimate, 0.5)
    low, high = intervals.wilson(share, np.minimum(np.nan_to_num(n), implied), quantile)
    half = quantile * se
    return (
        np.where(scales.is_proportion, low, np.maximum(estimate - half, scales.lowest)),
        np.where(scales.is_proportion, high, np.minimum(estimate + half, scales.highest)),
    )
