"""Comparisons: each figure that leads a sentence with a year earlier and with the whole.

Belongs here: which figures are compared with which, and the table of what came out. Does not belong here: the tests and
the ladder of outcomes (``statistics``), comparable areas (``publication_peers``), sentences (``reports``).

Only comparisons that feed a sentence are made: every extra one costs power in the false discovery control.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import stats

from assets.figure_axes import NOWHERE, Axes, Places, find, spelled
from assets.method_breaks import BREAK, MethodBreaks
from assets.publication_tables import numbers, sums_of
from assets.statistics import comparison, intervals
from assets.statistics.comparison import Difference, Figures
from assets.statistics.intervals import Bools, Floats, Integers, Measures
from expectations.model import Level

FEWEST_FOR_FUNNEL = 10
"""A level with fewer areas has no funnel: its overdispersion would be guesswork; each area is tested instead."""
YEAR_EARLIER, NATION = "year_earlier", "nation"
SHOWN = ("published", "indicative")
PLACE = ("level", "area_code", "target_group", "channel", "item", "measure", "window", "period_start", "period_end")
Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Published:
    """Rows of ``publication.estimates`` as arrays, sorted by key."""

    keys: Integers
    figure_id: NDArray[np.object_]
    n: Floats
    n_eff: Floats
    estimate: Floats
    se: Floats
    reliability: Floats
    shown: Bools

    def column(self, name: str, at: Integers) -> Floats:
        """One number of the figures at positions; NaN for position -1 or where the figure is not shown."""
        if not len(self.keys):
            return np.full(len(at), np.nan)
        values: Floats = getattr(self, name)
        return np.where((at >= 0) & self.shown[at], values[at], np.nan)

    def figures(self, at: Integers) -> Figures:
        """Figures at positions; NaN for position -1 or where the figure is not shown."""
        return Figures(self.column("estimate", at), self.column("se", at), self.column("n", at))


@dataclass(frozen=True)
class Subjects:
    """The figures that are compared.

    Attributes:
        at: Position in ``Published``.
        places: Where they stand.
        scales: What kind of number they are.
        own: Estimate, standard error and answers.
        least: Answers needed for a comparison.
        relevant: Smallest difference worth a sentence.
        family: The same indicator in all areas of a level is one family of tests.
    """

    at: Integers
    places: Places
    scales: Measures
    own: Figures
    least: Floats
    relevant: Floats
    family: Integers


@dataclass(frozen=True)
class Outcome:
    """What came out of one kind of comparison, one element per subject."""

    reference: Integers
    found: Difference
    p_value: Floats
    q_value: Floats
    outcome: Labels
    rule: Labels


def comparisons(axes: Axes, published: pa.Table, window_cells: pa.Table, breaks: pa.Table | None = None) -> pa.Table:
    """``publication.comparisons``: totals of the newest headline window and quarter, and headline breakdowns.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        window_cells: ``marts.window_cells``, only for the rest of the whole that an area is tested against.
        breaks: ``publication.breaks``; None where nothing ever changed.

    Returns:
        One row per figure and ``against``, in the order of the estimates. Numbers of what is not compared are NULL.
        Across a break the figure of a year earlier is left out as well: two numbers in one row are a comparison.
    """
    changes = MethodBreaks(axes, breaks)
    totals, breakdowns = _periods_in_use(axes)
    newest = {period for _, period in totals | breakdowns}
    wanted = newest | {axes.year_earlier(period) for period in newest}
    everything = published_figures(axes, in_periods(published, axes, sorted(wanted - {NOWHERE})))
    subjects = _subjects(axes, everything, _compared(axes, everything.keys, totals, breakdowns))
    below_top = axes.level_of_area[subjects.places.area] > 0

    past = _against_year_earlier(axes, everything, subjects, changes)
    whole = _against_whole(axes, everything, subjects, window_cells, changes)
    both = pa.concat_tables(
        [
            _table(axes, everything, subjects, YEAR_EARLIER, past),
            _table(axes, everything, subjects, NATION, whole).filter(pa.array(below_top)),
        ]
    )
    row = np.concatenate([np.arange(len(below_top)) * 2, np.flatnonzero(below_top) * 2 + 1])
    return both.take(pa.array(np.argsort(row, kind="stable")))


def breakdown_window(level: Level) -> str:
    """The window in which channels and groups are told about: the headline window if they are published in it."""
    windows = level.breakdown_windows
    return level.headline_window if level.headline_window in windows else windows[-1]


def in_periods(table: pa.Table, axes: Axes, wanted: Iterable[int]) -> pa.Table:
    """Rows of a table in some periods (positions on the period axis)."""
    keep = pc.field("window") == ""
    for position in wanted:
        when = axes.periods[position]
        keep |= (pc.field("window") == when.window) & (pc.field("period_start") == pa.scalar(when.start))
    return table.filter(keep)


def published_figures(axes: Axes, table: pa.Table) -> Published:
    """Rows of ``publication.estimates`` as arrays."""
    keys = axes.pack(axes.places(table))
    order = np.argsort(keys, kind="stable")
    ordered = table.take(pa.array(order))
    values = {
        name: ordered.column(name).cast(pa.float64()).to_numpy().astype(np.float64)
        for name in ("n", "n_eff", "estimate", "se", "reliability")
    }
    shown = pc.is_in(ordered.column("status"), value_set=pa.array(SHOWN)).to_numpy().astype(np.bool_)
    figure_id = np.array(ordered.column("figure_id").to_pylist(), dtype=object)
    return Published(keys[order], figure_id, **values, shown=shown)


def _periods_in_use(axes: Axes) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """(level, period) pairs of totals and of breakdowns: newest headline window and newest quarter."""
    totals, breakdowns = set(), set()
    for position, level in enumerate(axes.survey.levels):
        quarter = {"quarter"} & set(level.windows)
        totals |= {(position, axes.latest(window)) for window in {level.headline_window, *quarter}}
        if level.breakdown_windows:
            breakdowns.add((position, axes.latest(breakdown_window(level))))
    return {p for p in totals if p[1] != NOWHERE}, {p for p in breakdowns if p[1] != NOWHERE}


def _compared(axes: Axes, keys: Integers, totals: set[tuple[int, int]], breakdowns: set[tuple[int, int]]) -> Integers:
    """Figures that are compared: all totals, and the headline item per channel class and per group."""
    places = axes.unpack(keys)
    count = len(axes.periods)
    pair = axes.level_of_area[places.area] * count + places.period
    in_totals, in_breakdowns = (
        np.isin(pair, [level * count + period for level, period in sorted(pairs)]) for pairs in (totals, breakdowns)
    )
    headline = np.array([m.item == axes.survey.headline_item for m in axes.measures], dtype=np.bool_)[places.measure]
    is_class = (places.channel >= 1) & (places.channel <= len(axes.survey.channel_classes))
    total = (places.group == 0) & (places.channel == 0)
    slices = ((places.group == 0) & is_class) | ((places.channel == 0) & (places.group >= 1))
    chosen: Integers = keys[(total & in_totals) | (slices & headline & in_breakdowns)]
    return chosen


def _subjects(axes: Axes, published: Published, keys: Integers) -> Subjects:
    limits = axes.survey.thresholds
    at = find(published.keys, keys)
    places = axes.unpack(keys)
    scales = axes.scales(places)
    index = (axes.level_of_area[places.area], places.group, places.channel, places.measure, places.period)
    return Subjects(
        at=at,
        places=places,
        scales=scales,
        own=published.figures(at),
        least=np.where(scales.is_proportion, limits.percentage_from, limits.compare_means_from).astype(np.float64),
        relevant=comparison.relevant(scales.is_proportion, scales.highest - scales.lowest, *_relevant(axes, places)),
        family=np.ravel_multi_index(index, (len(axes.levels), *axes.shape[1:])).astype(np.int64),
    )


def _relevant(axes: Axes, places: Places) -> tuple[Floats, Floats]:
    """Smallest difference worth a sentence at the level of each figure: of proportions, of means."""
    survey, level = axes.survey, axes.level_of_area[places.area]
    proportion = np.array([survey.relevant_difference(code) for code in axes.levels], dtype=np.float64)
    mean = np.array([survey.relevant_difference_mean(code) for code in axes.levels], dtype=np.float64)
    return proportion[level], mean[level]


def _only(usable: Bools, found: Difference) -> Difference:
    """Differences that may be made; NaN elsewhere."""
    values = (found.difference, found.se, found.df, found.p_value)
    return Difference(*(np.where(usable, value, np.nan) for value in values))


def _refusal(own: Figures, reference: Integers, other: Figures, enough: Bools) -> Labels:
    """By which rule a comparison is not made; empty if it may be made."""
    conditions = [np.isnan(own.estimate), reference < 0, np.isnan(other.estimate), ~enough]
    return np.select(conditions, ["not_shown", "no_reference", "reference_not_shown", "too_few_answers"], "")


def _against_year_earlier(axes: Axes, published: Published, subjects: Subjects, changes: MethodBreaks) -> Outcome:
    """The same figure one year before: windows that share no answers."""
    limits, places = axes.survey.thresholds, subjects.places
    earlier = np.array([axes.year_earlier(p) for p in range(len(axes.periods))], dtype=np.int64)[places.period]
    shifted = Places(places.area, places.group, places.channel, places.measure, np.maximum(earlier, 0))
    reference = np.where(earlier >= 0, find(published.keys, axes.pack(shifted)), NOWHERE)
    other = published.figures(reference)
    enough = (subjects.own.n >= subjects.least) & (other.n >= subjects.least)
    refusal = _refusal(subjects.own, reference, other, enough)
    refusal = np.where(changes.inside(places) | changes.within_a_year(places), BREAK, refusal)
    found = _only(refusal == "", comparison.independent(subjects.own, other))
    q_value = comparison.benjamini_hochberg(found.p_value, subjects.family)
    outcome, rule = comparison.tested_outcome(found, q_value, subjects.relevant, limits)
    return Outcome(reference, found, found.p_value, q_value, outcome, np.where(refusal == "", rule, refusal))


def _against_whole(
    axes: Axes, published: Published, subjects: Subjects, window_cells: pa.Table, changes: MethodBreaks
) -> Outcome:
    """Area against the whole it is part of: by funnel at levels with many areas, otherwise tested against the rest."""
    limits, places = axes.survey.thresholds, subjects.places
    top = Places(np.zeros_like(places.area), places.group, places.channel, places.measure, places.period)
    reference = find(published.keys, axes.pack(top))
    whole = published.figures(reference)
    refusal = _refusal(subjects.own, reference, whole, subjects.own.n >= subjects.least)
    refusal = np.where(changes.inside(places), BREAK, refusal)
    usable = (refusal == "") & (places.area > 0)
    found = _only(usable, _difference_with_whole(axes, places, top, window_cells))
    reliability = published.column("reliability", subjects.at)

    level_size = np.bincount(axes.level_of_area, minlength=len(axes.levels))
    by_funnel = (level_size >= FEWEST_FOR_FUNNEL)[axes.level_of_area[places.area]]
    z_od = _funnel_positions(subjects, whole, published.column("n_eff", subjects.at), by_funnel & usable)
    p_value = np.where(by_funnel, 2 * np.asarray(stats.norm.sf(np.abs(z_od))), found.p_value)
    q_value = comparison.benjamini_hochberg(p_value, subjects.family)

    unreliable = ~by_funnel & (reliability < limits.minimum_reliability) & ~np.isnan(found.p_value)
    in_funnel = comparison.funnel_outcome(z_od, found.difference, reliability, subjects.relevant, limits)
    tested = comparison.tested_outcome(found, q_value, subjects.relevant, limits)
    outcome = np.where(unreliable, comparison.NOT_COMPARED, np.where(by_funnel, in_funnel[0], tested[0]))
    rule = np.where(unreliable, "reliability", np.where(by_funnel, in_funnel[1], tested[1]))
    return Outcome(reference, found, p_value, q_value, outcome, np.where(refusal == "", rule, refusal))


def _difference_with_whole(axes: Axes, places: Places, top: Places, window_cells: pa.Table) -> Difference:
    """Part minus the whole that includes it: (1 - share) x (part - rest)."""
    cells = in_periods(window_cells, axes, np.unique(places.period).tolist())
    keys = axes.pack(axes.places(cells))
    order = np.argsort(keys, kind="stable")
    sums = sums_of(cells).take(order)
    part_at, whole_at = find(keys[order], axes.pack(places)), find(keys[order], axes.pack(top))
    known = (part_at >= 0) & (whole_at >= 0)
    part, whole = sums.take(part_at[known]), sums.take(whole_at[known])
    one, rest = (Figures(intervals.mean(s), intervals.taylor_se(s), s.n) for s in (part, whole.minus(part)))
    against_rest = comparison.independent(one, rest)
    found = comparison.part_of_whole(against_rest, intervals.divide(part.sum_w, whole.sum_w))
    full = [np.full(len(known), np.nan) for _ in range(4)]
    for target, values in zip(full, (found.difference, found.se, found.df, found.p_value), strict=True):
        target[known] = values
    return Difference(*full)


def _funnel_positions(subjects: Subjects, whole: Figures, n_eff: Floats, usable: Bools) -> Floats:
    """Deviation from the whole in standard errors with overdispersion; proportions on the arcsine scale."""
    z_od = np.full(len(usable), np.nan)
    index = np.flatnonzero(usable & (subjects.own.se > 0))
    share = subjects.scales.is_proportion[index]
    estimate, target = subjects.own.estimate[index], whole.estimate[index]
    arcsine, arcsine_se = comparison.arcsine(np.where(share, estimate, 0.5), n_eff[index])
    arcsine_target, _ = comparison.arcsine(np.where(share, target, 0.5), n_eff[index])
    z_od[index] = comparison.funnel(
        np.where(share, arcsine, estimate),
        np.where(share, arcsine_se, subjects.own.se[index]),
        np.where(share, arcsine_target, target),
        subjects.family[index],
    ).z_od
    return z_od


def _table(axes: Axes, published: Published, subjects: Subjects, against: str, result: Outcome) -> pa.Table:
    """One kind of comparison as rows."""
    columns = axes.columns(subjects.places)
    compared = result.outcome != comparison.NOT_COMPARED
    low, high = result.found.interval(axes.survey.thresholds.confidence)
    reference_id = published.figure_id[np.maximum(result.reference, 0)] if len(published.keys) else np.array([])
    return pa.table(
        {
            **{name: columns[name] for name in PLACE},
            "against": spelled([against], np.zeros(len(compared), dtype=np.int64)),
            "figure_id": pa.array(published.figure_id[subjects.at], pa.string()),
            "reference_figure_id": pa.array(reference_id, pa.string(), mask=result.reference < 0),
            "estimate": numbers(subjects.own.estimate),
            "reference_estimate": numbers(published.column("estimate", result.reference), result.rule != BREAK),
            "difference": numbers(result.found.difference, compared),
            "se": numbers(result.found.se, compared),
            "ci_low": numbers(low, compared),
            "ci_high": numbers(high, compared),
            "p_value": numbers(result.p_value, compared),
            "q_value": numbers(result.q_value, compared),
            "smallest_visible": numbers(comparison.smallest_visible(result.found.se), compared),
            "outcome": pa.array(result.outcome.tolist(), pa.string()),
            "rule": pa.array(result.rule.tolist(), pa.string()),
        }
    )
