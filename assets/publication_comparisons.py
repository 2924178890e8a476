"""Comparisons: each figure that leads a sentence with a year earlier and with the whole.

Belongs here: the table of what came out, and the comparison with the whole. Does not belong here: which figures are
compared (``publication_subjects``), the year earlier (``publication_year_earlier``), the tests and the ladder of
outcomes (``statistics``), comparable areas (``publication_peers``), sentences (``reports``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy import stats

from assets.figure_axes import NOWHERE, Axes, Places, find, spelled
from assets.method_breaks import BREAK, MethodBreaks
from assets.publication_adjusted_figures import AdjustedFigures, adjusted_figures
from assets.publication_figures import Cells, Published, cells_of, in_periods, published_figures
from assets.publication_subjects import (
    ADJUSTED,
    AS_MEASURED,
    Outcome,
    Subjects,
    only,
    periods_in_use,
    refusal,
    subjects_of,
)
from assets.publication_tables import numbers
from assets.publication_year_earlier import against_year_earlier
from assets.statistics import comparison, intervals
from assets.statistics.comparison import Difference, Figures
from assets.statistics.intervals import Bools, Floats, Sums

FEWEST_FOR_FUNNEL = 10
"""A level with fewer areas has no funnel: its overdispersion would be guesswork; each area is tested instead."""
YEAR_EARLIER, NATION = "year_earlier", "nation"
PLACE = ("level", "area_code", "target_group", "channel", "item", "measure", "window", "period_start", "period_end")


def comparisons(
    axes: Axes,
    published: pa.Table,
    window_cells: pa.Table,
    breaks: pa.Table | None = None,
    adjusted: pa.Table | None = None,
) -> pa.Table:
    """``publication.comparisons``: totals of the newest headline window and quarter, and headline breakdowns.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        window_cells: ``marts.window_cells``: degrees of freedom, the rest of the whole that an area is tested against,
            and the cells a change is split over.
        breaks: ``publication.breaks``; None where nothing ever changed.
        adjusted: ``marts.adjusted``; None where figures of areas are not adjusted for mix.

    Returns:
        One row per figure and ``against``, in the order of the estimates. Numbers of what is not compared are NULL.
        Across a break the figure of a year earlier is left out as well: two numbers in one row are a comparison.
    """
    changes = MethodBreaks(axes, breaks)
    totals, breakdowns = periods_in_use(axes)
    newest = {period for _, period in totals | breakdowns}
    wanted = sorted((newest | {axes.year_earlier(period) for period in newest}) - {NOWHERE})
    cells = cells_of(axes, in_periods(window_cells, axes, wanted))
    everything = published_figures(axes, in_periods(published, axes, wanted), cells)
    subjects = subjects_of(axes, everything, totals, breakdowns)
    below_top = axes.level_of_area[subjects.places.area] > 0

    past = against_year_earlier(axes, everything, cells, subjects, changes)
    held = None if adjusted is None else adjusted_figures(axes, in_periods(adjusted, axes, wanted), subjects.places)
    whole = _against_whole(axes, everything, cells, subjects, changes=changes, adjusted=held)
    both = pa.concat_tables(
        [
            _table(axes, everything, subjects, YEAR_EARLIER, past),
            _table(axes, everything, subjects, NATION, whole).filter(pa.array(below_top)),
        ]
    )
    row = np.concatenate([np.arange(len(below_top)) * 2, np.flatnonzero(below_top) * 2 + 1])
    return both.take(pa.array(np.argsort(row, kind="stable")))


def _against_whole(
    axes: Axes,
    published: Published,
    cells: Cells,
    subjects: Subjects,
    *,
    changes: MethodBreaks,
    adjusted: AdjustedFigures | None,
) -> Outcome:
    """Area against the whole it is part of: by funnel at levels with many areas, otherwise tested against the rest.

    Where an area's figure is adjusted for mix, the adjusted one takes its place in the test and in the funnel.
    """
    limits, places = axes.survey.thresholds, subjects.places
    top = Places(np.zeros_like(places.area), places.group, places.channel, places.measure, places.period)
    reference = find(published.keys, axes.pack(top))
    whole = published.figures(reference)
    refused = refusal(subjects.own, reference, whole, subjects.n >= subjects.least)
    refused = np.where(changes.inside(places), BREAK, refused)
    usable = (refused == "") & (places.area > 0)
    held = np.zeros(len(usable), dtype=np.bool_) if adjusted is None else usable & (adjusted.se > 0)
    own = subjects.own
    if adjusted is not None:
        own = Figures(np.where(held, adjusted.estimate, own.estimate), np.where(held, adjusted.se, own.se), own.df)
    part_of, whole_of = (cells.at(axes.pack(where)) for where in (places, top))
    found = only(usable, _difference_with_whole(part_of, whole_of, own, held))
    reliability = published.column("reliability", subjects.at)

    level_size = np.bincount(axes.level_of_area, minlength=len(axes.levels))
    by_funnel = (level_size >= FEWEST_FOR_FUNNEL)[axes.level_of_area[places.area]]
    # What is effectively known of a figure changes with its variance, so an adjusted one has its own effective number.
    n_eff = published.column("n_eff", subjects.at) * intervals.divide(subjects.own.se**2, own.se**2)
    z_od = _funnel_positions(subjects, own, whole, n_eff, by_funnel & usable)
    p_value = np.where(by_funnel, 2 * np.asarray(stats.norm.sf(np.abs(z_od))), found.p_value)
    q_value = comparison.benjamini_hochberg(p_value, subjects.family)

    unreliable = ~by_funnel & (reliability < limits.minimum_reliability) & ~np.isnan(found.p_value)
    in_funnel = comparison.funnel_outcome(z_od, found.difference, reliability, subjects.relevant, limits)
    tested = comparison.tested_outcome(found, q_value, subjects.relevant, limits)
    outcome = np.where(unreliable, comparison.NOT_COMPARED, np.where(by_funnel, in_funnel[0], tested[0]))
    rule = np.where(unreliable, "reliability", np.where(by_funnel, in_funnel[1], tested[1]))
    nothing = np.full(len(usable), np.nan)
    return Outcome(
        reference=reference,
        found=found,
        basis=np.where(held, ADJUSTED, AS_MEASURED),
        service=nothing,
        mix=nothing,
        p_value=p_value,
        q_value=q_value,
        outcome=outcome,
        rule=np.where(refused == "", rule, refused),
    )


def _difference_with_whole(
    part_of: tuple[Sums, Bools], whole_of: tuple[Sums, Bools], own: Figures, held: Bools
) -> Difference:
    """Part minus the whole that includes it: (1 - share) x (part - rest).

    The rest is what its sums say. So is the part, except where it is adjusted: then it is ``own``.
    """
    (part, in_part), (whole, in_whole) = part_of, whole_of
    rest = whole.minus(part)
    one = Figures(
        np.where(held, own.estimate, intervals.mean(part)),
        np.where(held, own.se, intervals.taylor_se(part)),
        intervals.degrees_of_freedom(part),
    )
    against_rest = comparison.independent(
        one, Figures(intervals.mean(rest), intervals.taylor_se(rest), intervals.degrees_of_freedom(rest))
    )
    found = comparison.part_of_whole(against_rest, intervals.divide(part.sum_w, whole.sum_w))
    return only(in_part & in_whole, found)


def _funnel_positions(subjects: Subjects, own: Figures, whole: Figures, n_eff: Floats, usable: Bools) -> Floats:
    """Deviation from the whole in standard errors with overdispersion; proportions on the arcsine scale."""
    z_od = np.full(len(usable), np.nan)
    index = np.flatnonzero(usable & (own.se > 0))
    share = subjects.scales.is_proportion[index]
    estimate, target = own.estimate[index], whole.estimate[index]
    # Adjusting may carry a proportion past 0 or 1.
    inside = np.clip(np.where(share, estimate, 0.5), 0.0, 1.0)
    arcsine, arcsine_se = comparison.arcsine(inside, n_eff[index])
    arcsine_target, _ = comparison.arcsine(np.where(share, target, 0.5), n_eff[index])
    z_od[index] = comparison.funnel(
        np.where(share, arcsine, estimate),
        np.where(share, arcsine_se, own.se[index]),
        np.where(share, arcsine_target, target),
        subjects.family[index],
    ).z_od
    return z_od


def _table(axes: Axes, published: Published, subjects: Subjects, against: str, result: Outcome) -> pa.Table:
    """One kind of comparison as rows."""
    columns = axes.columns(subjects.places)
    compared = result.outcome != comparison.NOT_COMPARED
    low, high = result.found.interval(axes.survey.thresholds.confidence)
    return pa.table(
        {
            **{name: columns[name] for name in PLACE},
            "against": spelled([against], np.zeros(len(compared), dtype=np.int64)),
            "figure_id": published.ids(subjects.at),
            "reference_figure_id": published.ids(result.reference),
            "estimate": numbers(subjects.own.estimate),
            "reference_estimate": numbers(published.column("estimate", result.reference), result.rule != BREAK),
            "difference": numbers(result.found.difference, compared),
            "service_part": numbers(result.service, compared),
            "mix_part": numbers(result.mix, compared),
            "basis": pa.array(result.basis.tolist(), pa.string()),
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
