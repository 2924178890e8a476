"""The columns of ``publication.estimates`` that help small areas: at equal mix, and shrunken.

Belongs here: which figures make a family, what is known of an area beforehand, which of the results may be shown.
Does not belong here: the formulas (``statistics.small_area``, ``statistics.casemix``), the other columns
(``publication_tables``), which figure speaks for an area (``publication_rungs``).

Both are for totals of leaf areas only. A family is one measure in one period over all leaf areas. What is known of an
area beforehand is the area of the second level it belongs to and the share of every class of channel in its contacts;
where there are too few areas for that, the shares only, or nothing. A shrunken estimate is shown from ``minimum_n``
answers on, also where the figure itself is too uncertain to show: for those it is made. It rests on the answers of all
areas, and neither the weight of the own answers nor the prediction is published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from assets.figure_axes import Axes, Places
from assets.publication_adjusted_figures import adjusted_figures
from assets.statistics import gates, intervals, small_area
from assets.statistics.gates import Codes
from assets.statistics.intervals import Bools, Floats, Integers, Sums

WINDOWS = ("quarter", "four_quarters")
AREAS_PER_COVARIATE = 3
"""Areas that every covariate needs; with fewer, a simpler set of covariates is used."""
SECOND_LEVEL = 1


@dataclass(frozen=True)
class SmallAreas:
    """One element per figure of ``publication.estimates``; NaN where there is nothing to show."""

    adjusted: Floats
    shrunken: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Judged:
    """What may be shown of every figure; ``mixed``: its method changed within the period."""

    status: Codes
    mixed: Bools


def small_areas(  # noqa: PLR0917 - figures, what the gates said, and the tables that are looked up
    axes: Axes, places: Places, sums: Sums, judged: Judged, adjusted: pa.Table | None, response_counts: pa.Table | None
) -> SmallAreas:
    """Adjusted and shrunken figures of leaf areas.

    Args:
        axes: Of the contract and its reference tables.
        places: Where every figure stands.
        sums: What it is made of.
        judged: What may be shown of it.
        adjusted: ``marts.adjusted``; None: nothing is adjusted.
        response_counts: ``marts.response_counts``, for the contacts per class of channel; None: they are not known.
    """
    scales = axes.scales(places)
    within = np.isin(places.period, [number for number, when in enumerate(axes.periods) if when.window in WINDOWS])
    leaf = axes.level_of_area[places.area] == len(axes.levels) - 1
    total = leaf & within & (places.group == 0) & (places.channel == 0)
    at_equal_mix = np.full(len(total), np.nan)
    if adjusted is not None:
        at_equal_mix[total] = adjusted_figures(axes, adjusted, places.take(total)).estimate
    shown = total & gates.shown(judged.status)
    found = _shrunken(axes, places, sums, total & (sums.n > 0) & ~judged.mixed, response_counts)
    allowed = total & gates.countable(judged.status) & (sums.n >= axes.survey.thresholds.minimum_n) & ~judged.mixed
    return SmallAreas(
        adjusted=gates.only_where(shown, np.clip(at_equal_mix, scales.lowest, scales.highest)),
        **{
            name: gates.only_where(allowed, np.clip(values, scales.lowest, scales.highest))
            for name, values in zip(("shrunken", "low", "high"), found, strict=True)
        },
    )


def _shrunken(
    axes: Axes, places: Places, sums: Sums, usable: Bools, response_counts: pa.Table | None
) -> tuple[Floats, Floats, Floats]:
    """Shrunken estimates with their interval, one element per figure."""
    estimate, low, high = (np.full(len(usable), np.nan) for _ in range(3))
    leaves = np.flatnonzero(axes.level_of_area == len(axes.levels) - 1)
    column = np.searchsorted(leaves, places.area)
    quantile = float(stats.norm.ppf(0.5 + axes.survey.thresholds.confidence / 2))
    for period in np.unique(places.period[usable]).tolist():
        index = np.flatnonzero(usable & (places.period == period))
        row, at = places.measure[index], column[index]
        shape = (len(axes.measures), len(leaves))
        y, se, n, kish = (np.full(shape, np.nan) for _ in range(4))
        here = sums.take(index)
        for target, values in (
            (y, intervals.mean(here)), (se, intervals.taylor_se(here)), (n, here.n), (kish, intervals.kish(here))
        ):  # fmt: skip
            target[row, at] = values
        variance = small_area.sampling_variance(se, np.nan_to_num(n), kish)
        present = np.unique(at)
        x = _covariates(axes, leaves[present], period, response_counts)
        found = small_area.fay_herriot(y[:, present], variance[:, present], x)
        half = quantile * np.sqrt(found.mse)
        place = np.searchsorted(present, at)
        estimate[index] = found.estimate[row, place]
        low[index], high[index] = (found.estimate - half)[row, place], (found.estimate + half)[row, place]
    return estimate, low, high


def _covariates(axes: Axes, areas: Integers, period: int, response_counts: pa.Table | None) -> Floats:
    """What is known beforehand of each area: areas x covariates, the richest set that so many areas can bear."""
    constant = np.ones((len(areas), 1))
    shares = constant
    if response_counts is not None:
        shares = np.column_stack([constant, _shares(axes, areas, period, response_counts)])
    sets = [constant, shares]
    if len(axes.levels) > SECOND_LEVEL + 1:
        sets.append(np.column_stack([shares, _second_level(axes, areas)]))
    for x in reversed(sets):
        if len(areas) >= AREAS_PER_COVARIATE * int(np.linalg.matrix_rank(x)):
            return x
    return constant


def _second_level(axes: Axes, areas: Integers) -> Floats:
    """For every area of the second level, whether each area belongs to it."""
    ancestor = areas
    while (axes.level_of_area[ancestor] > SECOND_LEVEL).any():
        ancestor = np.where(axes.level_of_area[ancestor] > SECOND_LEVEL, axes.parent_of_area[ancestor], ancestor)
    belongs: Floats = (ancestor[:, None] == np.unique(ancestor)[None, :]).astype(np.float64)
    return belongs


def _shares(axes: Axes, areas: Integers, period: int, response_counts: pa.Table) -> Floats:
    """Share of every class of channel but the last in the contacts of each area; 0 without contacts."""
    when, classes = axes.periods[period], [c.code for c in axes.survey.channel_classes]
    rows = response_counts.filter(
        (pc.field("level") == axes.survey.leaf.code)
        & (pc.field("window") == when.window)
        & (pc.field("period_start") == pa.scalar(when.start))
        & (pc.field("dimension") == "channel_class")
    )
    codes = [axes.areas[area].code for area in areas.tolist()]
    at, kind = (
        pc.fill_null(pc.index_in(rows.column(name), value_set=pa.array(values, pa.string())), -1).to_numpy()
        for name, values in (("area_code", codes), ("category", classes))
    )
    contacts = np.zeros((len(codes), len(classes)))
    known = (at >= 0) & (kind >= 0)
    contacts[at[known], kind[known]] = rows.column("contacts").to_numpy()[known]
    total = np.broadcast_to(contacts.sum(axis=1)[:, None], contacts.shape)
    shares: Floats = np.nan_to_num(intervals.divide(contacts, total))[:, :-1]
    return shares
