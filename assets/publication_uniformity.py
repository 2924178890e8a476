"""Uniformity as a publication table: how much the areas of a level truly differ, per indicator.

Belongs here: which figures make a family, their adjusted form, and the table. Does not belong here: the estimators
(``statistics.uniformity``, ``statistics.nested``), differences of one area (``publication_comparisons``), sentences.

Only figures that are shown take part, so that nothing here rests on a small cell. The spread of raw figures is never
told: most of it is chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import NOWHERE, Axes, Places, find, spelled
from assets.publication_adjusted_figures import adjusted_figures
from assets.publication_figures import Cells, Published, cells_of, in_periods, published_figures
from assets.publication_tables import numbers
from assets.statistics import comparison, intervals, nested, uniformity
from assets.statistics.comparison import SINGLE_TEST
from assets.statistics.intervals import Bools, Floats, Integers
from expectations.model import ALL

FEWEST_AREAS = 3
"""Between fewer areas the variance can't be estimated."""
RAW, ADJUSTED = "as_measured", "adjusted"
SHARE_DECIMALS = 6
"""Further digits of a share are where the iteration stopped, not what the figures say."""
OUTCOMES = ("not_visible", "differ_little", "differ")


@dataclass(frozen=True)
class _Members:
    """Figures of areas below the top that take part, with their standard errors widened for being estimates too."""

    places: Places
    estimate: Floats
    se: Floats
    adjusted: Bools
    family: Integers

    def take(self, index: Integers | Bools) -> _Members:
        """The figures at these positions."""
        places = self.places.take(index)
        return _Members(places, self.estimate[index], self.se[index], self.adjusted[index], self.family[index])


def uniformity_between_areas(
    axes: Axes, published: pa.Table, window_cells: pa.Table, adjusted: pa.Table | None = None
) -> pa.Table:
    """``publication.uniformity``: every level below the top, every indicator, every closed headline window.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        window_cells: ``marts.window_cells``, for degrees of freedom and the sizes of leaf areas.
        adjusted: ``marts.adjusted``; None where figures are not adjusted for mix.

    Returns:
        A row where at least three areas have a shown figure, by level, indicator and period.
    """
    wanted = sorted({p for p, when in enumerate(axes.periods) for level in axes.survey.levels[1:]
                     if when.window == level.headline_window})  # fmt: skip
    cells = cells_of(axes, _totals(in_periods(window_cells, axes, wanted)))
    figures = published_figures(axes, _totals(in_periods(published, axes, wanted)), cells)
    members = _members(axes, figures, cells, None if adjusted is None else in_periods(adjusted, axes, wanted))
    codes, family, size = np.unique(members.family, return_inverse=True, return_counts=True)
    large = (size >= FEWEST_AREAS)[family]
    members = members.take(large)
    codes, family = np.unique(members.family, return_inverse=True)
    return _table(axes, members, codes, family.astype(np.int64))


def _totals(table: pa.Table) -> pa.Table:
    """Rows of areas as a whole."""
    return table.filter((pc.field("channel") == ALL) & (pc.field("target_group") == ALL))


def _members(axes: Axes, figures: Published, cells: Cells, adjusted: pa.Table | None) -> _Members:
    """Totals of areas below the top in the headline window of their level, adjusted where a whole family can be."""
    places = axes.unpack(figures.keys)
    windows = [level.headline_window for level in axes.survey.levels]
    level = axes.level_of_area[places.area]
    of_period = np.array([[when.window == w for when in axes.periods] for w in windows], dtype=np.bool_)
    use = np.flatnonzero((level > 0) & figures.shown & of_period.reshape(len(windows), -1)[level, places.period])
    places = places.take(use)
    estimate, se, df = figures.estimate[use], figures.se[use], figures.df[use]
    family = np.ravel_multi_index(
        (axes.level_of_area[places.area], places.measure, places.period), (len(axes.levels), *axes.shape[3:])
    ).astype(np.int64)
    held = np.zeros(len(use), dtype=np.bool_)
    if adjusted is not None and len(use):
        changed, changed_se = _adjusted(axes, places, estimate, se, cells, adjusted)
        known = changed_se > 0
        _, member = np.unique(family, return_inverse=True)
        held = (np.bincount(member, weights=known) == np.bincount(member))[member]
        estimate, se = np.where(held, changed, estimate), np.where(held, changed_se, se)
    found = _Members(places, estimate, uniformity.widened_se(se, df), held, family)
    return found.take(found.se > 0)


def _adjusted(  # noqa: PLR0917
    axes: Axes, places: Places, estimate: Floats, se: Floats, cells: Cells, table: pa.Table
) -> tuple[Floats, Floats]:
    """Adjusted figures: of leaf areas from the table, of others their own minus the mean mix effect of their leaves.

    The adjustment is linear, so that the figure of an area is the weighted mean of its leaves before and after it.
    """
    area_of_leaf = np.flatnonzero(axes.level_of_area == len(axes.levels) - 1)
    pair, where = np.unique(np.stack([places.measure, places.period]), axis=1, return_inverse=True)
    count = pair.shape[1]
    area = np.repeat(area_of_leaf, count)
    zeros = np.zeros_like(area)
    leaves = Places(area, zeros, zeros, *(np.tile(axis, len(area_of_leaf)) for axis in pair))
    sums, known = cells.at(axes.pack(leaves))
    held = adjusted_figures(axes, table, leaves)
    effect = np.where(known, sums.sum_w * (intervals.mean(sums) - held.estimate), 0.0)
    column = np.tile(np.arange(count), len(area_of_leaf))
    effects, weights = np.zeros((2, len(axes.areas), count))
    above = area
    for _ in axes.levels:
        inside = above != NOWHERE
        np.add.at(effects, (above[inside], column[inside]), effect[inside])
        np.add.at(weights, (above[inside], column[inside]), np.where(known, sums.sum_w, 0.0)[inside])
        above = np.where(inside, axes.parent_of_area[above], NOWHERE)
    at = (places.area, where.reshape(-1))
    is_leaf = axes.level_of_area[places.area] == len(axes.levels) - 1
    own = adjusted_figures(axes, table, places)
    lifted = estimate - intervals.divide(effects[at], weights[at])
    lifted_se = np.where(np.isnan(lifted), np.nan, se)
    return np.where(is_leaf, own.estimate, lifted), np.where(is_leaf, own.se, lifted_se)


def _table(axes: Axes, members: _Members, codes: Integers, family: Integers) -> pa.Table:
    """One row per family."""
    families = len(codes)
    y, se = members.estimate, members.se
    level, measure, period = (
        axis.astype(np.int64) for axis in np.unravel_index(codes, (len(axes.levels), *axes.shape[3:]))
    )
    tau2 = uniformity.paule_mandel(y, se, family, families)
    low, high = uniformity.q_profile(y, se, family, families, axes.survey.thresholds.confidence)
    test = uniformity.homogeneity(y, se, family, families)
    tau, tau_low, tau_high = np.sqrt(tau2), np.sqrt(low), np.sqrt(high)
    gap = uniformity.gap_90_10(tau)
    relevant = _relevant(axes, level, measure)
    outcome = np.select([~(test.p_value < SINGLE_TEST), gap < relevant], [0, 1], 2)
    adjusted = np.bincount(family, weights=members.adjusted, minlength=families) > 0
    reliability = uniformity.reliability(tau2[family], se)
    areas = np.bincount(family, minlength=families)
    return pa.table(
        {
            "level": spelled(axes.levels, level),
            "item": spelled([m.item for m in axes.measures], measure),
            "measure": spelled([m.name for m in axes.measures], measure),
            "window": spelled([p.window for p in axes.periods], period),
            "period_start": spelled([p.start for p in axes.periods], period, pa.date32()),
            "period_end": spelled([p.end for p in axes.periods], period, pa.date32()),
            "basis": spelled((RAW, ADJUSTED), adjusted.astype(np.int64)),
            "areas": pa.array(areas.astype(np.int64), pa.int64()),
            "area_mean": numbers(uniformity.weighted_mean(y, se, tau2, family, families)),
            "tau": numbers(tau),
            "tau_low": numbers(tau_low),
            "tau_high": numbers(tau_high),
            "gap_90_10": numbers(gap),
            "gap_low": numbers(uniformity.gap_90_10(tau_low)),
            "gap_high": numbers(uniformity.gap_90_10(tau_high)),
            "level_share": numbers(_level_shares(axes, members, codes)),
            "i_squared": numbers(uniformity.i_squared(tau2, se, family, families)),
            "median_reliability": numbers(_medians(reliability, family, families)),
            "q_statistic": numbers(test.q),
            "p_value": numbers(test.p_value),
            "outcome": spelled(OUTCOMES, outcome.astype(np.int64)),
        }
    )


def _relevant(axes: Axes, level: Integers, measure: Integers) -> Floats:
    """Smallest gap worth a sentence: that of a difference at the level."""
    survey = axes.survey
    proportion = np.array([survey.relevant_difference(code) for code in axes.levels], dtype=np.float64)[level]
    mean = np.array([survey.relevant_difference_mean(code) for code in axes.levels], dtype=np.float64)[level]
    kind = np.array([m.is_proportion for m in axes.measures], dtype=np.bool_)[measure]
    scale = np.array([m.highest - m.lowest for m in axes.measures], dtype=np.float64)[measure]
    return comparison.relevant(kind, scale, proportion, mean)


def _medians(values: Floats, family: Integers, families: int) -> Floats:
    """Median per family."""
    order = np.lexsort((values, family))
    size = np.bincount(family, minlength=families)
    first = np.cumsum(size) - size
    ordered = values[order]
    result: Floats = (ordered[first + (size - 1) // 2] + ordered[first + size // 2]) / 2
    return result


def _level_shares(axes: Axes, members: _Members, codes: Integers) -> Floats:
    """Part of the true variance between leaf areas that lies between the areas of each level, within the level above.

    Given at every level that has a row; computed once per indicator and period from the figures of the leaf areas.
    """
    result = np.full(len(codes), np.nan)
    leaf = len(axes.levels) - 1
    ancestors = np.zeros((len(axes.levels), len(axes.areas)), dtype=np.int64)
    here = np.arange(len(axes.areas))
    for level in range(leaf, 0, -1):
        ancestors[level] = here
        here = np.where(here >= 0, axes.parent_of_area[here], NOWHERE)
    per_level = int(np.prod(axes.shape[3:]))
    at_leaf = axes.level_of_area[members.places.area] == leaf
    order = np.flatnonzero(at_leaf)[np.argsort(members.family[at_leaf], kind="stable")]
    starts = np.flatnonzero(np.diff(members.family[order], prepend=-1))
    for index in np.split(order, starts[1:]) if len(order) else []:
        membership = ancestors[1:, members.places.area[index]]
        variances = nested.components(members.estimate[index], members.se[index], membership)
        shares = nested.shares(variances)
        indicator = int(members.family[index[0]]) % per_level
        wanted = np.arange(1, leaf + 1) * per_level + indicator
        at = find(codes, wanted)
        result[at[at >= 0]] = np.round(shares[at >= 0], SHARE_DECIMALS)
    return result
