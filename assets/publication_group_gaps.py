"""Differences between groups of citizens as a publication table: nation and the level below it, per indicator.

Belongs here: which groups of which areas are compared, what may be shown of them, and the table. Does not belong here:
the contrasts and their standard errors (``statistics.group_gaps``, ``statistics.calibrated``), sentences.

Groups are compared by target group, class of channel, age band and class of incident. A group takes part when it has
enough answers for a comparison; what is left after taking the shown groups out of the total is nobody or at least
``minimum_n`` answers, so that no small group follows by subtraction. Age bands and classes of incident have no figures
of their own elsewhere, so disclosure control does not hold them against those of other areas: of them only differences
are told, no numbers and no averages that could be added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from assets.figure_axes import NOWHERE, Axes, Places, find, spelled
from assets.publication_figures import Published, in_periods, published_figures
from assets.publication_tables import numbers
from assets.statistics import comparison
from assets.statistics.calibrated import CalibratedDesign
from assets.statistics.comparison import Difference
from assets.statistics.group_gaps import Groups, against_rest, widest_gap
from assets.statistics.intervals import Bools, Floats, Integers
from assets.statistics.strata import indicator
from assets.weighted_respondents import Respondents, respondents_between
from expectations.model import ALL, Survey

REST, WIDEST = "rest", "widest"
WITH_FIGURES = ("target_group", "channel_class")
"""Dimensions whose groups have published figures, about which disclosure control has decided."""
DIFFER, MAYBE_DIFFER = "differ", "maybe_differ"
DEEPEST = 2
"""Levels at which groups are compared, from the top; never the leaf level, unless that is the only one."""
PLACE = ("level", "area_code", "item", "measure", "window", "period_start", "period_end")
COLUMNS: Mapping[str, pa.DataType] = {
    "figure_id": pa.string(),
    **dict.fromkeys(PLACE[:5], pa.string()),
    "period_start": pa.date32(),
    "period_end": pa.date32(),
    **dict.fromkeys(("dimension", "category", "against", "other_category"), pa.string()),
    "n": pa.int64(),
    **dict.fromkeys(("estimate", "reference_estimate", "difference", "se", "ci_low", "ci_high"), pa.float64()),
    **dict.fromkeys(("p_value", "q_value"), pa.float64()),
    **dict.fromkeys(("outcome", "rule"), pa.string()),
}
SCHEMA = pa.schema(list(COLUMNS.items()))


@dataclass(frozen=True)
class Dimension:
    """A way to divide citizens into groups, with the codes of the groups in the order of the contract."""

    name: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class _Split:
    """The groups of one dimension in every area that is compared, per area the totals of all measures."""

    dimension: Dimension
    areas: Integers
    groups: tuple[Groups, ...]


def dimensions(survey: Survey) -> list[Dimension]:
    """The ways to divide citizens that a survey has, with at least two groups."""
    lists = {name: [entry.code for entry in codes.codes] for name, codes in survey.code_lists.items()}
    found = {
        "target_group": [group.code for group in survey.target_groups if group.in_scope],
        "channel_class": [channel_class.code for channel_class in survey.channel_classes],
        "age_band": lists.get("age_band", []),
        "incident_class": lists.get("incident_class", []),
    }
    return [Dimension(name, tuple(codes)) for name, codes in found.items() if len(codes) >= 2]


def analysed_areas(axes: Axes) -> Integers:
    """Areas with enough answers for statistics of persons: of the top level and of the level below, not leaf areas."""
    deepest = min(DEEPEST, max(len(axes.levels) - 1, 1))
    return np.flatnonzero(axes.level_of_area < deepest)


def group_gaps(
    axes: Axes, published: pa.Table, respondents: pa.Table, weights: pa.Table, period: int | None = None
) -> pa.Table:
    """``publication.group_gaps``: newest headline window of the top level.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        respondents: ``marts.respondents``.
        weights: ``marts.weights``.
        period: Position of another period; None is the newest headline window.

    Returns:
        Per area, dimension and measure a row for each group against everyone else, and one for the highest against
        the lowest group. Numbers of what is not compared are NULL.
    """
    at = axes.latest(axes.survey.top.headline_window) if period is None else period
    if at == NOWHERE:
        return SCHEMA.empty_table()
    when = axes.periods[at]
    people = respondents_between(respondents, weights, when.start, when.end)
    if not people.rows.num_rows:
        return SCHEMA.empty_table()
    levels = pa.array({axes.levels[axes.areas[area].level] for area in analysed_areas(axes).tolist()})
    compared = published.filter(pc.is_in(published.column("level"), value_set=levels))
    figures = published_figures(axes, in_periods(compared, axes, [at]))
    return pa.concat_tables(
        [SCHEMA.empty_table(), *(_table(axes, figures, at, split) for split in _splits(axes, people))]
    )


def _splits(axes: Axes, people: Respondents) -> Iterator[_Split]:
    """Totals and covariances of the groups of each dimension, in every area that is compared.

    The top area has everyone, also those without a known area. The areas below it do not overlap.
    """
    columns = [f"y_{measure.item}__{measure.name}" for measure in axes.measures]
    areas = analysed_areas(axes)
    parts = areas[axes.level_of_area[areas] > 0]
    part = part_of(axes, people, parts)
    weight = people.weight()
    split = dimensions(axes.survey)
    group = [_codes(people, dimension) for dimension in split]
    sums = [_Sums(len(areas), len(columns), len(dimension.codes) + 1) for dimension in split]
    for index, design in people.quarters():
        values = people.take(index).values(columns)
        for number, gathered in enumerate(sums):
            gathered.add(design, values, weight[index], part[index], group[number][index])
    for dimension, gathered in zip(split, sums, strict=True):
        yield _Split(dimension, areas, gathered.groups())


class _Sums:
    """Totals of the groups of one dimension per area, the top area first, added up over quarters.

    Quarters are weighted and drawn apart, so that their covariances add up.
    """

    def __init__(self, areas: int, measures: int, count: int) -> None:
        self._count = count
        self._totals = np.zeros((3, areas, measures, count))
        self._covariance = np.zeros((areas, measures, 2 * count, 2 * count))

    def add(self, design: CalibratedDesign, values: Floats, weight: Floats, part: Integers, group: Integers) -> None:
        """One quarter: n respondents, their measures (n x k), weights, area below the top (-1: none) and group."""
        parts = len(self._covariance) - 1
        domain = np.where(part >= 0, part * self._count + group, NOWHERE)
        answered = (~np.isnan(values)).astype(np.float64)
        into = sparse.vstack([indicator(group, self._count), indicator(domain, parts * self._count)])
        tables = (answered, answered * weight[:, None], np.nan_to_num(values) * weight[:, None])
        sums = [(into @ table).reshape(parts + 1, self._count, -1).transpose(0, 2, 1) for table in tables]
        self._totals += np.stack(sums)
        self._covariance[0] += design.covariances(values, group, self._count)
        if parts:
            self._covariance[1:] += design.block_covariances(values, domain, parts * self._count, parts)

    def groups(self) -> tuple[Groups, ...]:
        """Per area."""
        n, sum_w, sum_wy = self._totals
        return tuple(Groups(*parts) for parts in zip(n, sum_w, sum_wy, self._covariance, strict=True))


def part_of(axes: Axes, people: Respondents, parts: Integers) -> Integers:
    """Position among areas of one level that a respondent belongs to, -1 for none of them."""
    leaves = np.flatnonzero(axes.level_of_area == len(axes.levels) - 1)
    above, place = leaves, np.full(len(leaves) + 1, NOWHERE)
    for _ in axes.levels:
        place[:-1] = np.where(np.isin(above, parts), np.searchsorted(parts, above), place[:-1])
        above = np.where(above >= 0, axes.parent_of_area[above], NOWHERE)
    return place[people.codes("area_code", [axes.areas[area].code for area in leaves])]


def _codes(people: Respondents, dimension: Dimension) -> Integers:
    """Group of each respondent; the last position is everyone of another or an unknown group."""
    found = people.codes(dimension.name, list(dimension.codes))
    return np.where(found >= 0, found, len(dimension.codes))


def comparable(n: Floats, least: Floats, minimum_n: int, allowed: Bools) -> Bools:
    """Groups that take part.

    Args:
        n: k x (g + 1) answers per measure and group; the last one is everyone whose group is not known.
        least: k, answers needed for a comparison.
        minimum_n: Fewer answers may never be told apart.
        allowed: k x g, groups whose own figure may be shown.

    Returns:
        k x g. Both a group and everyone else have enough answers, and what remains when all of them are taken out is
        nobody or at least ``minimum_n``; the smallest groups are left out until that is so.
    """
    known, total = n[:, :-1], n.sum(axis=1)
    taken: Bools = allowed & (known >= least[:, None]) & (total[:, None] - known >= least[:, None])
    rows = np.arange(len(n))
    for _ in range(known.shape[1]):
        left = total - np.where(taken, known, 0.0).sum(axis=1)
        give_away = (left > 0) & (left < minimum_n) & taken.any(axis=1)
        if not give_away.any():
            break
        smallest = np.argmin(np.where(taken, known, np.inf), axis=1)
        taken[rows[give_away], smallest[give_away]] = False
    return taken


def _table(axes: Axes, figures: Published, period: int, split: _Split) -> pa.Table:
    """Rows of one dimension: per area and measure every group against the rest, then the widest gap."""
    size, count = len(split.dimension.codes), len(axes.measures)
    parts = [
        _of_one_area(axes, figures, period, split.dimension, area, groups)
        for area, groups in zip(split.areas.tolist(), split.groups, strict=True)
    ]
    shape = (len(split.areas), count, size + 1)
    area, measure, contrast = (axis.ravel() for axis in np.indices(shape))
    area = split.areas[area]
    zeros = np.zeros_like(area)
    places = Places(area, zeros, zeros, measure, np.full_like(area, period))
    at = find(figures.keys, axes.pack(places))
    column = {
        name: np.stack([getattr(part, name) for part in parts]).ravel() for name in _Contrasts.__dataclass_fields__
    }
    widest = contrast == size
    found = Difference(column["difference"], column["se"], column["df"], column["p_value"])
    index = (axes.level_of_area[area], measure, widest.astype(np.int64))
    family = np.ravel_multi_index(index, (len(axes.levels), count, 2)).astype(np.int64)
    q_value = comparison.benjamini_hochberg(found.p_value, family)
    tested = comparison.tested_outcome(found, q_value, _relevant(axes, places), axes.survey.thresholds)
    outcome = np.select(
        [widest & (tested[0] == comparison.HIGHER), widest & (tested[0] == comparison.MAYBE_HIGHER)],
        [DIFFER, MAYBE_DIFFER],
        tested[0],
    )
    refused = column["refusal"] != ""
    outcome = np.where(refused, comparison.NOT_COMPARED, outcome)
    compared = outcome != comparison.NOT_COMPARED
    summable = compared & (split.dimension.name in WITH_FIGURES)
    codes = (*split.dimension.codes, ALL)
    category = np.where(widest, np.where(compared, column["highest"], size), contrast)
    place = axes.columns(places)
    other = spelled(codes, np.where(column["lowest"] < 0, size, column["lowest"]))
    return pa.table(
        {
            "figure_id": figures.ids(at),
            **{name: place[name] for name in PLACE},
            "dimension": spelled([split.dimension.name], zeros),
            "category": spelled(codes, category),
            "against": spelled([REST, WIDEST], widest.astype(np.int64)),
            "other_category": pc.if_else(pa.array(widest & compared), other, pa.scalar(None, pa.string())),
            "n": pa.array(column["n"].astype(np.int64), pa.int64(), mask=~summable | widest),
            "estimate": numbers(column["estimate"], summable),
            "reference_estimate": numbers(column["reference"], summable),
            "difference": numbers(found.difference, compared),
            "se": numbers(found.se, compared),
            "ci_low": numbers(column["low"], compared),
            "ci_high": numbers(column["high"], compared),
            "p_value": numbers(found.p_value, compared),
            "q_value": numbers(q_value, compared),
            "outcome": pa.array(outcome.tolist(), pa.string()),
            "rule": pa.array(np.where(refused, column["refusal"], tested[1]).tolist(), pa.string()),
        },
        schema=SCHEMA,
    )


@dataclass(frozen=True)
class _Contrasts:
    """Contrasts of one area, every array measures x (groups + 1): each group against the rest, last the widest gap."""

    n: Floats
    estimate: Floats
    reference: Floats
    difference: Floats
    se: Floats
    df: Floats
    p_value: Floats
    low: Floats
    high: Floats
    highest: Integers
    lowest: Integers
    refusal: NDArray[np.str_]


def _of_one_area(  # noqa: PLR0917
    axes: Axes, figures: Published, period: int, dimension: Dimension, area: int, groups: Groups
) -> _Contrasts:
    limits = axes.survey.thresholds
    size, count = len(dimension.codes), len(axes.measures)
    kind = np.array([m.is_proportion for m in axes.measures], dtype=np.bool_)
    least = np.where(kind, limits.percentage_from, limits.compare_means_from).astype(np.float64)
    total, own = _shown(axes, figures, period, dimension, area)
    enough = (groups.n[:, :-1] >= least[:, None]) & (
        groups.n.sum(axis=1, keepdims=True) - groups.n[:, :-1] >= least[:, None]
    )
    allowed = comparable(groups.n, least, limits.minimum_n, own & total[:, None])
    rest, widest = against_rest(groups), widest_gap(groups, np.column_stack([allowed, np.zeros(count, dtype=np.bool_)]))
    low, high = rest.found.interval(limits.confidence)
    widest_low, widest_high = widest.interval(limits.confidence)
    single = np.select([~total[:, None] | ~own, ~enough, ~allowed], ["not_shown", "too_few_answers", "disclosure"], "")
    gap = np.select([~total, widest.highest < 0], ["not_shown", "too_few_answers"], "")
    rows = np.arange(count)

    def both(one: Floats, other: Floats) -> Floats:
        return np.column_stack([np.where(allowed, one[:, :size], np.nan), other])

    positions = np.tile(np.full(size, -1), (count, 1))
    mean = groups.means()
    return _Contrasts(
        n=np.column_stack([groups.n[:, :size], np.zeros(count)]),
        estimate=both(rest.mean, mean[rows, widest.highest]),
        reference=both(rest.rest, mean[rows, widest.lowest]),
        difference=both(rest.found.difference, widest.found.difference),
        se=both(rest.found.se, widest.found.se),
        df=both(rest.found.df, widest.found.df),
        p_value=both(rest.found.p_value, np.where(total, widest.found.p_value, np.nan)),
        low=both(low, widest_low),
        high=both(high, widest_high),
        highest=np.column_stack([positions, widest.highest]),
        lowest=np.column_stack([positions, widest.lowest]),
        refusal=np.column_stack([single, gap]),
    )


def _shown(axes: Axes, figures: Published, period: int, dimension: Dimension, area: int) -> tuple[Bools, Bools]:
    """Measures whose total is shown, and which groups' own figures are, as far as those are published at all."""
    measure = np.arange(len(axes.measures))
    zeros = np.zeros_like(measure)

    def status(group: int, channel: int) -> tuple[Bools, Bools]:
        at = find(
            figures.keys, axes.pack(Places(zeros + area, zeros + group, zeros + channel, measure, zeros + period))
        )
        there = at >= 0
        return there, (there & figures.shown[np.maximum(at, 0)]) if len(figures.shown) else there

    own = np.ones((len(measure), len(dimension.codes)), dtype=np.bool_)
    for position, code in enumerate(dimension.codes):
        if dimension.name == "target_group":
            there, shown = status(axes.groups.index(code), 0)
        elif dimension.name == "channel_class":
            there, shown = status(0, 1 + position)
        else:
            break
        own[:, position] = shown | ~there
    return status(0, 0)[1], own


def _relevant(axes: Axes, places: Places) -> Floats:
    """Smallest difference worth a sentence, at the level of each figure."""
    scales = axes.scales(places)
    levels = axes.level_of_area[places.area]
    proportion = np.array([axes.survey.relevant_difference(code) for code in axes.levels], dtype=np.float64)
    mean = np.array([axes.survey.relevant_difference_mean(code) for code in axes.levels], dtype=np.float64)
    return comparison.relevant(scales.is_proportion, scales.highest - scales.lowest, proportion[levels], mean[levels])
