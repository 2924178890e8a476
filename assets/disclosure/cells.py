"""The cells of a release and the people in them, as problems of elimination: one per question.

Belongs here: which cells belong together, which of them may not stand for what they are, in which order they are
decided. Does not belong here: deciding (``decide``), what was published before (``history``).

An item and the items derived from it share their answers: what one figure counts and the other does not is a group of
people too, so they are one problem.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.disclosure.decide import Problem
from assets.disclosure.decisions import FOUR_QUARTERS, HALF_YEAR, OPEN, QUARTER, WINDOWS, Codes
from assets.disclosure.people import ANY, Asked, People
from assets.figure_axes import NOWHERE, Axes, Places
from assets.publication_subjects import leading_measures
from assets.statistics import gates, intervals
from assets.statistics.intervals import Bools, Floats, Integers

CHANNEL, CHANNEL_CLASS, GROUP = range(3)
_RANK_OF_WINDOW = {FOUR_QUARTERS: 0, QUARTER: 1}
_DECIDED = [WINDOWS.index(name) for name in _RANK_OF_WINDOW]


@dataclass(frozen=True)
class Cells:
    """Cells with answers, one element per cell and item.

    Attributes:
        area: Position of the area on the area axis.
        channel: Position on the channel axis.
        group: Position on the axis of target groups.
        window: Position in ``WINDOWS``.
        start: First day, as days since 1970.
        first: First quarter, see :func:`quarter_number`.
        last: Last quarter.
        item: Position in ``items``.
        n: Number of answers.
        alike: Few people who all gave an answer at one end of the scale.
        items: Items, in the order of the contract.
    """

    area: Integers
    channel: Integers
    group: Integers
    window: Integers
    start: Integers
    first: Integers
    last: Integers
    item: Integers
    n: Integers
    alike: Bools
    items: tuple[str, ...]

    def take(self, index: Integers | Bools) -> Cells:
        """Some of the cells."""
        parts: dict[str, Any] = {name: getattr(self, name)[index] for name in _PER_CELL}
        return replace(self, **parts)

    def and_more(self, others: Cells) -> Cells:
        """These cells and others after them."""
        parts: dict[str, Any] = {n: np.concatenate([getattr(self, n), getattr(others, n)]) for n in _PER_CELL}
        return replace(self, **parts)


_PER_CELL = tuple(field.name for field in fields(Cells) if field.name != "items")


def quarter_number(day: dt.date) -> int:
    """Calendar quarters since the year 0."""
    return day.year * 4 + (day.month - 1) // 3


def cells(axes: Axes, window_cells: pa.Table) -> Cells:
    """Every cell with answers, and the half-years of the items that have a chart.

    Args:
        axes: Of the contract and its reference tables.
        window_cells: ``marts.window_cells``.
    """
    items = tuple(dict.fromkeys(measure.item for measure in axes.measures))
    first_of_item = np.unique(axes.first_measure)
    places = axes.places(window_cells)
    keys = axes.pack(places)
    n = window_cells.column("n").to_numpy().astype(np.int64)
    use = np.flatnonzero(np.isin(places.measure, first_of_item))
    alike_keys = _alike_keys(axes, places, keys, window_cells)
    here = places.take(use)
    periods = axes.periods
    starts = np.array([days(p.start) for p in periods], dtype=np.int64)
    first = np.array([quarter_number(p.start) for p in periods], dtype=np.int64)
    last = np.array([quarter_number(p.end) for p in periods], dtype=np.int64)
    window = np.array([WINDOWS.index(p.window) for p in periods], dtype=np.int64)
    item_of = np.array([items.index(measure.item) for measure in axes.measures], dtype=np.int64)
    found = Cells(
        area=here.area,
        channel=here.channel,
        group=here.group,
        window=window[here.period],
        start=starts[here.period],
        first=first[here.period],
        last=last[here.period],
        item=item_of[here.measure],
        n=n[use],
        alike=np.isin(keys[use], alike_keys),
        items=items,
    )
    return _with_half_years(axes, found, window_cells, places)


def _alike_keys(axes: Axes, places: Places, keys: Integers, window_cells: pa.Table) -> Integers:
    """Keys of cells in which few people answered alike, on the first measure of the item."""
    scales = axes.scales(places)
    total, weights = (window_cells.column(name).to_numpy().astype(np.float64) for name in ("sum_wy", "sum_w"))
    n = window_cells.column("n").to_numpy().astype(np.float64)
    alike = ~scales.is_proportion & gates.alike(intervals.divide(total, weights), n, scales)
    at = places.take(np.flatnonzero(alike))
    first = axes.first_measure[at.measure]
    return axes.pack(Places(at.area, at.group, at.channel, first, at.period))


def _with_half_years(axes: Axes, found: Cells, window_cells: pa.Table, places: Places) -> Cells:
    """The cells and the half-years made of two quarters: totals of the items that have a chart."""
    charted = sorted({found.items.index(axes.measures[m].item) for m in leading_measures(axes)})
    total = (found.channel == 0) & (found.group == 0) & (found.window == WINDOWS.index(QUARTER))
    use = np.flatnonzero(total & np.isin(found.item, charted))
    if not len(use):
        return found
    half = found.first[use] // 2
    keys = np.column_stack([found.area[use], found.item[use], half])
    groups, at = np.unique(keys, axis=0, return_inverse=True)
    at = at.ravel()
    n = np.bincount(at, weights=found.n[use]).astype(np.int64)
    closed = {quarter_number(p.start) for p in axes.periods if p.window == QUARTER}
    both = np.array([{2 * h, 2 * h + 1} <= closed for h in groups[:, 2].tolist()], dtype=np.bool_)
    everyone = np.zeros(len(groups), dtype=np.int64)
    start = np.array([days(dt.date(h // 2, 1 + 6 * (h % 2), 1)) for h in groups[:, 2].tolist()], dtype=np.int64)
    alike = _alike_half_years(axes, found, charted, window_cells, places, groups)
    added = Cells(
        area=groups[:, 0],
        channel=everyone,
        group=everyone,
        window=np.full(len(groups), WINDOWS.index(HALF_YEAR), dtype=np.int64),
        start=start,
        first=2 * groups[:, 2],
        last=2 * groups[:, 2] + 1,
        item=groups[:, 1],
        n=n,
        alike=alike,
        items=found.items,
    ).take(both)
    return found.and_more(added)


def _alike_half_years(  # noqa: PLR0917
    axes: Axes, found: Cells, charted: Sequence[int], window_cells: pa.Table, places: Places, groups: Integers
) -> Bools:
    """Half-years in which few people answered alike."""
    quarters = np.array([p.window == QUARTER for p in axes.periods], dtype=np.bool_)
    is_mean = np.array([not m.is_proportion for m in axes.measures], dtype=np.bool_)
    item_of = np.array([found.items.index(m.item) for m in axes.measures], dtype=np.int64)
    use = np.flatnonzero(
        quarters[places.period]
        & is_mean[places.measure]
        & np.isin(item_of[places.measure], charted)
        & (places.channel == 0)
        & (places.group == 0)
    )
    if not len(use):
        return np.zeros(len(groups), dtype=np.bool_)
    here = places.take(use)
    half = np.array([quarter_number(p.start) // 2 for p in axes.periods], dtype=np.int64)[here.period]
    keys = np.column_stack([here.area, item_of[here.measure], half])
    _, at = np.unique(np.concatenate([groups, keys]), axis=0, return_inverse=True)
    at = at.ravel()
    own, other = at[: len(groups)], at[len(groups) :]

    def added(values: Floats) -> Floats:
        sums: Floats = np.bincount(other, weights=values, minlength=int(at.max()) + 1)[own].astype(np.float64)
        return sums

    def column(name: str) -> Floats:
        values: Floats = window_cells.column(name).to_numpy().astype(np.float64)[use]
        return values

    measure = np.zeros(int(at.max()) + 1, dtype=np.int64)
    measure[other] = here.measure
    zeros = np.zeros(len(groups), dtype=np.int64)
    scales = axes.scales(Places(zeros, zeros, zeros, measure[own], zeros))
    estimate = intervals.divide(added(column("sum_wy")), added(column("sum_w")))
    found_alike: Bools = gates.alike(estimate, added(column("n")), scales)
    return found_alike


def people(axes: Axes, atoms: pa.Table, group: Sequence[str], closed_until: int) -> tuple[People, list[str]]:
    """Classes of people who answered an item, by the derived item they count in, and the leaf area each was counted in.

    Args:
        axes: Of the contract and its reference tables.
        atoms: ``marts.atoms``.
        group: The item, then the items derived from it.
        closed_until: Last quarter that has closed.

    Raises:
        ValueError: Derived items of one item overlap.
    """
    mine = atoms.filter(pc.is_in(atoms.column("item"), value_set=pa.array(list(group))))
    leaves = {axes.areas[a].code: a for a in np.flatnonzero(axes.level_of_area == len(axes.levels) - 1).tolist()}
    leaf_codes, leaf_at = np.unique(
        mine.column("leaf_code").to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    today_codes = mine.column("area_code").to_pylist()
    leaf = np.array([leaves.get(code, NOWHERE) for code in today_codes], dtype=np.int64)
    channels = {code: position for position, code in enumerate(axes.channels)}
    class_of = {c.code: c.channel_class for c in axes.survey.channels}
    channel_codes = mine.column("channel").to_pylist()
    groups = {code: position for position, code in enumerate(axes.groups)}
    traits = np.column_stack(
        [
            np.array([channels[code] for code in channel_codes], dtype=np.int64),
            np.array([channels[class_of[code]] for code in channel_codes], dtype=np.int64),
            np.array([groups[code] for code in mine.column("target_group").to_pylist()], dtype=np.int64),
        ]
    ).reshape(-1, 3)
    quarter = np.array([quarter_number(day) for day in mine.column("month").to_pylist()], dtype=np.int64)
    number = {item: position for position, item in enumerate(group)}
    item = np.array([number[code] for code in mine.column("item").to_pylist()], dtype=np.int64)
    n = mine.column("n").to_numpy().astype(np.int64)
    keys = np.column_stack([quarter, leaf, leaf_at.ravel(), traits])
    classes, at = np.unique(keys, axis=0, return_inverse=True)
    at = at.ravel()
    counts = np.zeros((len(classes), len(group)), dtype=np.int64)
    np.add.at(counts, (at, item), n)
    counts[:, 0] -= counts[:, 1:].sum(axis=1)
    if (counts < 0).any():
        raise ValueError(f"items derived from '{group[0]}' overlap: their conditions must exclude each other")
    use, pattern = np.nonzero(counts)
    found = classes[use]
    inside = found[:, 0] <= closed_until
    found, pattern, size = found[inside], pattern[inside], counts[use, pattern][inside]
    classes_of_people = People(
        areas=ancestors(axes, found[:, 1]),
        traits=found[:, 3:],
        quarter=found[:, 0],
        pattern=pattern.astype(np.int64),
        n=size,
    )
    return classes_of_people, leaf_codes[found[:, 2]].tolist()


def ancestors(axes: Axes, leaf: Integers) -> Integers:
    """Areas of every level above (and with) a leaf; the top level holds everybody."""
    levels = len(axes.levels)
    result = np.full((len(leaf), levels), ANY, dtype=np.int64)
    here = leaf
    for level in reversed(range(levels)):
        result[:, level] = here
        here = np.where(here >= 0, axes.parent_of_area[here], NOWHERE)
    tops = np.flatnonzero(axes.level_of_area == 0)
    if len(tops) == 1:
        result[:, 0] = tops[0]
    return result


def answer_groups(axes: Axes, items: Sequence[str]) -> list[tuple[str, ...]]:
    """Items with what is derived from them; the largest groups first, so that two workers end together."""
    derived: dict[str, list[str]] = {}
    for entry in axes.survey.derived_items:
        derived.setdefault(entry.of, []).append(entry.id)
    bases = [item for item in items if item not in {d.id for d in axes.survey.derived_items}]
    found = [(item, *(d for d in derived.get(item, []) if d in items)) for item in bases]
    return sorted(found, key=lambda group: -len(group))


@dataclass(frozen=True)
class Posed:
    """A problem with what connects it to the tables.

    Attributes:
        problem: The problem.
        at: Position of each of its cells.
        items: Positions of its items.
        leaf_codes: Per class of people the leaf area in which they were first counted, as it was called then.
    """

    problem: Problem
    at: Integers
    items: tuple[int, ...]
    leaf_codes: list[str]


def posed(axes: Axes, found: Cells, atoms: pa.Table, group: Sequence[str]) -> Posed:
    """The problem of an item with its derived items, without history.

    Months and half-years are not in it: see :mod:`assets.disclosure.months`.
    """
    of_group = {found.items.index(item): number for number, item in enumerate(group)}
    at = np.flatnonzero(np.isin(found.item, list(of_group)) & np.isin(found.window, _DECIDED))
    mine = found.take(at)
    classes = {c.code for c in axes.survey.channel_classes}
    is_class = np.array([code in classes for code in axes.channels], dtype=np.bool_)
    channel = np.where((mine.channel > 0) & ~is_class[mine.channel], mine.channel, ANY)
    channel_class = np.where(is_class[mine.channel], mine.channel, ANY)
    target_group = np.where(mine.group > 0, mine.group, ANY)
    item = np.array([of_group[i] for i in mine.item.tolist()], dtype=np.int64)
    level = axes.level_of_area[mine.area]
    kind = np.select(
        [(mine.channel == 0) & (mine.group == 0), (channel_class != ANY) & (mine.group == 0), mine.group == 0],
        [0, 1, 2],
        np.where(mine.channel == 0, 3, 4),
    )
    window = np.array([_RANK_OF_WINDOW.get(name, 9) for name in WINDOWS], dtype=np.int64)[mine.window]
    order = np.empty(len(at), dtype=np.int64)
    order[np.lexsort((mine.start, mine.area, mine.group, mine.channel, -mine.n, window, kind, level, item > 0))] = (
        np.arange(len(at))
    )
    last = max((quarter_number(p.end) for p in axes.periods), default=0)
    classes_of_people, leaf_codes = people(axes, atoms, group, last)
    return Posed(
        Problem(
            name=group[0],
            people=classes_of_people,
            asked=Asked(
                level=level,
                area=mine.area,
                wanted=np.column_stack([channel, channel_class, target_group]).reshape(-1, 3),
                item=item,
                first=mine.first,
                last=mine.last,
            ),
            n=mine.n,
            small=(mine.n < axes.survey.thresholds.minimum_n) | mine.alike,
            settled=_nothing_settled(len(at)),
            order=order,
            kinds=_kinds(axes),
            least=axes.survey.thresholds.minimum_n,
            levels=len(axes.levels),
        ),
        at,
        tuple(of_group),
        leaf_codes,
    )


def _kinds(axes: Axes) -> list[list[tuple[int, ...]]]:
    """Per level the traits by which it is broken down."""
    found: list[list[tuple[int, ...]]] = []
    for level in axes.survey.levels:
        kinds: list[tuple[int, ...]] = [()]
        if level.breakdown_windows:
            kinds += [(CHANNEL_CLASS,), (GROUP,)]
            kinds += [(CHANNEL,)] if level.channels == "channel" else []
            kinds += [(CHANNEL_CLASS, GROUP)] if level.crossing else []
        found.append(kinds)
    return found


def _nothing_settled(count: int) -> Codes:
    return np.full(count, OPEN, dtype=np.int8)


def days(day: dt.date) -> int:
    """Days since 1970."""
    return (day - dt.date(1970, 1, 1)).days
