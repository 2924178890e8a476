"""Which figures are compared, and what holds for every comparison whatever it is with.

Belongs here: the figures that lead a sentence, the limits they are held to, when a comparison is refused.
Does not belong here: with what they are compared (``publication_year_earlier``, ``publication_comparisons``).

Only comparisons that feed a sentence are made: every extra one costs power in the false discovery control.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.figure_axes import NOWHERE, Axes, Places, find
from assets.publication_figures import Published
from assets.statistics import comparison
from assets.statistics.comparison import Difference, Figures
from assets.statistics.intervals import Bools, Floats, Integers, Measures
from expectations.model import Level

AS_MEASURED, SAME_MIX, ADJUSTED = "as_measured", "same_mix", "adjusted"
Labels = NDArray[np.str_]
Pairs = set[tuple[int, int]]


@dataclass(frozen=True)
class Subjects:
    """The figures that are compared.

    Attributes:
        at: Position in ``Published``.
        places: Where they stand.
        scales: What kind of number they are.
        own: Estimate, standard error and degrees of freedom.
        n: Answers.
        least: Answers needed for a comparison.
        relevant: Smallest difference worth a sentence.
        family: The same indicator in all areas of a level is one family of tests.
    """

    at: Integers
    places: Places
    scales: Measures
    own: Figures
    n: Floats
    least: Floats
    relevant: Floats
    family: Integers


@dataclass(frozen=True)
class Outcome:
    """What came out of one kind of comparison, one element per subject.

    Attributes:
        reference: Position in ``Published`` of what it was compared with, -1 if there is none.
        found: The difference that was tested.
        basis: What it is the difference of.
        service: Service part of a change, NaN where it was not split.
        mix: Mix part of a change.
        p_value: Of the test or of the place in the funnel.
        q_value: After control of false discoveries.
        outcome: What may be said.
        rule: By which rule.
    """

    reference: Integers
    found: Difference
    basis: Labels
    service: Floats
    mix: Floats
    p_value: Floats
    q_value: Floats
    outcome: Labels
    rule: Labels


def breakdown_window(level: Level) -> str:
    """The window in which channels and groups are told about: the headline window if they are published in it."""
    windows = level.breakdown_windows
    return level.headline_window if level.headline_window in windows else windows[-1]


def leading_measures(axes: Axes) -> list[int]:
    """Measures a page leads with: the headline's percentage (its mean where it has none) and the mean of the mark."""
    survey = axes.survey
    of_item = {(m.item, m.name): position for position, m in enumerate(axes.measures)}
    is_mark = survey.scale_of(survey.item(survey.headline_item)).kind == "mark"
    names = ("mean",) if is_mark else ("positive", "mean")
    headline = next((of_item[survey.headline_item, n] for n in names if (survey.headline_item, n) in of_item), None)
    mark = None if survey.mark_item is None else of_item.get((survey.mark_item, "mean"))
    return sorted({position for position in (headline, mark) if position is not None})


def periods_in_use(axes: Axes) -> tuple[Pairs, Pairs]:
    """(level, period) pairs of totals and of breakdowns: newest headline window and newest quarter."""
    totals, breakdowns = set(), set()
    for position, level in enumerate(axes.survey.levels):
        quarter = {"quarter"} & set(level.windows)
        totals |= {(position, axes.latest(window)) for window in {level.headline_window, *quarter}}
        if level.breakdown_windows:
            breakdowns.add((position, axes.latest(breakdown_window(level))))
    return {p for p in totals if p[1] != NOWHERE}, {p for p in breakdowns if p[1] != NOWHERE}


def subjects_of(axes: Axes, published: Published, totals: Pairs, breakdowns: Pairs) -> Subjects:
    """Figures that are compared: all totals, and the headline item per channel class and per group."""
    keys = _compared(axes, published.keys, totals, breakdowns)
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
        n=published.column("n", at),
        least=np.where(scales.is_proportion, limits.percentage_from, limits.compare_means_from).astype(np.float64),
        relevant=comparison.relevant(scales.is_proportion, scales.highest - scales.lowest, *_relevant(axes, places)),
        family=np.ravel_multi_index(index, (len(axes.levels), *axes.shape[1:])).astype(np.int64),
    )


def only(usable: Bools, found: Difference) -> Difference:
    """Differences that may be made; NaN elsewhere."""
    values = (found.difference, found.se, found.df, found.p_value)
    return Difference(*(np.where(usable, value, np.nan) for value in values))


def refusal(own: Figures, reference: Integers, other: Figures, enough: Bools) -> Labels:
    """By which rule a comparison is not made; empty if it may be made."""
    conditions = [np.isnan(own.estimate), reference < 0, np.isnan(other.estimate), ~enough]
    return np.select(conditions, ["not_shown", "no_reference", "reference_not_shown", "too_few_answers"], "")


def _compared(axes: Axes, keys: Integers, totals: Pairs, breakdowns: Pairs) -> Integers:
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


def _relevant(axes: Axes, places: Places) -> tuple[Floats, Floats]:
    """Smallest difference worth a sentence at the level of each figure: of proportions, of means."""
    survey, level = axes.survey, axes.level_of_area[places.area]
    proportion = np.array([survey.relevant_difference(code) for code in axes.levels], dtype=np.float64)
    mean = np.array([survey.relevant_difference_mean(code) for code in axes.levels], dtype=np.float64)
    return proportion[level], mean[level]
