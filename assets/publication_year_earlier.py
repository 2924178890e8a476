"""Each figure against the same figure a year earlier, at the same mix of channels and groups where that matters.

Belongs here: finding the figure of a year earlier, the cells a change is split over, the choice of what is tested.
Does not belong here: the split (``statistics.kitagawa``), the test and its outcomes (``statistics.comparison``).

A change is split over the finest cells that are published at its level and all large enough: channel class x group,
channel class, group. A cell of fewer than ``minimum_n`` answers makes no part of anything that is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from assets.figure_axes import NOWHERE, Axes, Places, find
from assets.method_breaks import BREAK, MethodBreaks
from assets.publication_figures import Cells, Published
from assets.publication_subjects import AS_MEASURED, SAME_MIX, Outcome, Subjects, only, refusal
from assets.statistics import comparison, intervals, kitagawa
from assets.statistics.comparison import Difference
from assets.statistics.intervals import Bools, Floats, Integers, Sums, divide

Cut = tuple[tuple[int, int], ...]
"""Cells that make up a figure together, as positions (group, channel); 0 is the total over an axis."""


def against_year_earlier(
    axes: Axes, published: Published, cells: Cells, subjects: Subjects, changes: MethodBreaks
) -> Outcome:
    """The same figure one year before: windows that share no answers.

    Args:
        axes: Of the contract and its reference tables.
        published: Figures of the newest periods and of a year earlier.
        cells: The sums behind them.
        subjects: What is compared.
        changes: Breaks of the method.
    """
    limits, places = axes.survey.thresholds, subjects.places
    earlier = np.array([axes.year_earlier(p) for p in range(len(axes.periods))], dtype=np.int64)[places.period]
    then = Places(places.area, places.group, places.channel, places.measure, np.maximum(earlier, 0))
    reference = np.where(earlier >= 0, find(published.keys, axes.pack(then)), NOWHERE)
    other = published.figures(reference)
    enough = (subjects.n >= subjects.least) & (published.column("n", reference) >= subjects.least)
    refused = refusal(subjects.own, reference, other, enough)
    refused = np.where(changes.inside(places) | changes.within_a_year(places), BREAK, refused)
    usable = refused == ""

    parts = split_changes(axes, cells, subjects, then, usable)
    counts = np.abs(parts.mix) >= limits.mix_counts_from * subjects.relevant
    found = only(usable, _either(counts, _service(parts), comparison.independent(subjects.own, other)))
    q_value = comparison.benjamini_hochberg(found.p_value, subjects.family)
    outcome, rule = comparison.tested_outcome(found, q_value, subjects.relevant, limits)
    return Outcome(
        reference=reference,
        found=found,
        basis=np.where(counts, SAME_MIX, AS_MEASURED),
        service=parts.service,
        mix=parts.mix,
        p_value=found.p_value,
        q_value=q_value,
        outcome=outcome,
        rule=np.where(usable, rule, refused),
    )


def split_changes(axes: Axes, cells: Cells, subjects: Subjects, then: Places, usable: Bools) -> kitagawa.Split:
    """Service and mix part of the change of each subject.

    Args:
        axes: Of the contract and its reference tables.
        cells: Sums of both periods.
        subjects: What is compared.
        then: Place of each subject a year earlier.
        usable: Changes that may be published.

    Returns:
        One element per subject; NaN where no cut of the figure has only large enough cells.
    """
    count = len(usable)
    parts = [np.full(count, np.nan) for _ in range(4)]
    open_still = usable.copy()
    for chosen, cut in _cuts(axes, subjects.places):
        index = np.flatnonzero(open_still & chosen)
        if not len(index) or not cut:
            continue
        now_cells, then_cells = (_Cut.of(axes, cells, places.take(index), cut) for places in (subjects.places, then))
        complete = now_cells.complete(axes.survey.thresholds.minimum_n)
        complete &= then_cells.complete(axes.survey.thresholds.minimum_n)
        if not complete.any():
            continue
        scales = subjects.scales.take(index)
        confidence = axes.survey.thresholds.confidence
        before, after = (side.figures(scales, complete, confidence) for side in (then_cells, now_cells))
        found = kitagawa.split(before, after, int(complete.sum()))
        done = index[complete]
        for target, values in zip(parts, (found.service, found.mix, found.se, found.df), strict=True):
            target[done] = values
        open_still[done] = False
    return kitagawa.Split(*parts)


def _cuts(axes: Axes, places: Places) -> Iterator[tuple[Bools, Cut]]:
    """Subjects and the cells they may be cut in, the finest first."""
    groups = range(1, len(axes.groups))
    classes = range(1, 1 + len(axes.survey.channel_classes))
    total = (places.group == 0) & (places.channel == 0)
    by_class, by_group = tuple((0, c) for c in classes), tuple((g, 0) for g in groups)
    yield total, tuple((g, c) for g in groups for c in classes)
    yield total, by_class
    yield total, by_group
    for c in classes:
        yield (places.group == 0) & (places.channel == c), tuple((g, c) for g in groups)
    for g in groups:
        yield (places.channel == 0) & (places.group == g), tuple((g, c) for c in classes)


@dataclass(frozen=True)
class _Cut:
    """Figures cut in cells: sums of the figures, and of their cells, one figure after the other."""

    whole: Sums
    cells: Sums
    size: int

    @classmethod
    def of(cls, axes: Axes, cells: Cells, places: Places, cut: Cut) -> _Cut:
        """Look the cells of figures up."""
        count = len(places.area)
        group, channel = (np.tile(np.array(axis, dtype=np.int64), count) for axis in zip(*cut, strict=True))
        area, measure, period = (np.repeat(axis, len(cut)) for axis in (places.area, places.measure, places.period))
        whole, _ = cells.at(axes.pack(places))
        parts, _ = cells.at(axes.pack(Places(area, group, channel, measure, period)))
        return cls(whole, parts, len(cut))

    def complete(self, least: int) -> Bools:
        """Figures whose cells hold all of their answers, none of them (unless empty) fewer than ``least``."""
        n = self.cells.n.reshape(-1, self.size)
        full: Bools = (n.sum(axis=1) == self.whole.n) & ~((n > 0) & (n < least)).any(axis=1)
        return full

    def figures(self, scales: intervals.Measures, chosen: Bools, confidence: float) -> kitagawa.Cells:
        """Means of the cells of the chosen figures; a cell whose answers are all equal borrows the figure's spread."""
        each = np.repeat(chosen, self.size)
        sums = self.cells.take(each)
        spread = np.repeat(intervals.spread(self.whole)[chosen], self.size)
        kinds = scales.take(np.repeat(np.flatnonzero(chosen), self.size))
        found = intervals.estimate(sums, kinds, spread, confidence)
        change: Integers = np.repeat(np.arange(int(chosen.sum()), dtype=np.int64), self.size)
        return kitagawa.Cells(change, sums.sum_w, found.estimate, found.se, intervals.degrees_of_freedom(sums))


def _service(parts: kitagawa.Split) -> Difference:
    """The service part as a tested difference."""
    p_value = 2 * np.asarray(stats.t.sf(np.abs(divide(np.asarray(parts.service), parts.se)), parts.df))
    return Difference(parts.service, parts.se, parts.df, p_value)


def _either(first: Bools, one: Difference, other: Difference) -> Difference:
    """The one difference where ``first``, otherwise the other."""
    pairs = zip(_values(one), _values(other), strict=True)
    return Difference(*(np.where(first, a, b) for a, b in pairs))


def _values(found: Difference) -> tuple[Floats, Floats, Floats, Floats]:
    return found.difference, found.se, found.df, found.p_value
