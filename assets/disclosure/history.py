"""What earlier releases told, in the cells of today.

Belongs here: which cells of today are figures that are out already, under whatever name; which old figures are no cell
of today. Does not belong here: the record itself (``ledger``), deciding (``decide``).

Figures that are out stay out and what was hidden stays hidden. A cell of a period that was released before stands only
if the same people were told under some name: a team with a new code is the same team. An area that was put together
differently has no figures of before: the earlier release has those of the areas it was made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.disclosure.cells import Cells, days, quarter_number
from assets.disclosure.decide import Problem, Told
from assets.disclosure.decisions import AREA_CHANGED, MONTH, PRIMARY, PUBLISHED, SECONDARY, WINDOWS
from assets.disclosure.people import ANY, packed
from assets.figure_axes import NOWHERE, Axes
from assets.statistics.intervals import Bools, Integers

KEY = ("leaves", "channel", "group", "window", "start", "item")


@dataclass(frozen=True)
class Ledger:
    """What was published, one element per figure and version.

    Attributes:
        leaves: Position in ``sets``: of which leaf areas the area was made.
        channel: Position on the channel axis.
        group: Position on the axis of target groups.
        window: Position in ``WINDOWS``.
        start: First day, as days since 1970.
        first: First quarter.
        last: Last quarter.
        item: Position in the items of the cells; -1 for an item that is no more.
        n: Number of answers.
        same: Whether the same people are counted today, or nobody is under this name.
        sets: Leaf areas, as they were called.
    """

    leaves: Integers
    channel: Integers
    group: Integers
    window: Integers
    start: Integers
    first: Integers
    last: Integers
    item: Integers
    n: Integers
    same: Bools
    sets: tuple[frozenset[str], ...]

    def take(self, index: Integers | Bools) -> Ledger:
        """Some of the figures."""
        return replace(self, **{name: getattr(self, name)[index] for name in (*KEY, "first", "last", "n", "same")})


def ledger(axes: Axes, found: Cells, cells: pa.Table, rollup: pa.Table) -> Ledger:
    """The record of earlier releases on the axes of today; months and half-years are left out.

    Args:
        axes: Of the contract and its reference tables.
        found: The cells of today.
        cells: ``marts.ledger_cells``.
        rollup: ``marts.ledger_rollup``: the leaf areas of every area, per release.
    """
    told = cells.filter(pc.invert(pc.is_in(cells.column("window"), value_set=pa.array([MONTH, "half_year"]))))
    made_of: dict[tuple[str, str, str], set[str]] = {}
    for release, level, area, leaf in zip(
        *(rollup.column(name).to_pylist() for name in ("release_id", "level", "area_code", "leaf_code")), strict=True
    ):
        made_of.setdefault((release, level, area), set()).add(leaf)
    number: dict[frozenset[str], int] = {}
    place_of = {place: number.setdefault(frozenset(codes), len(number)) for place, codes in made_of.items()}
    places = zip(*(told.column(name).to_pylist() for name in ("release_id", "level", "area_code")), strict=True)
    starts, ends = (told.column(name).to_pylist() for name in ("period_start", "period_end"))
    return Ledger(
        leaves=np.array([place_of[place] for place in places], dtype=np.int64),
        channel=_at(axes.channels, told.column("channel")),
        group=_at(axes.groups, told.column("target_group")),
        window=_at(WINDOWS, told.column("window")),
        start=np.array([days(day) for day in starts], dtype=np.int64),
        first=np.array([quarter_number(day) for day in starts], dtype=np.int64),
        last=np.array([quarter_number(day) for day in ends], dtype=np.int64),
        item=_at(found.items, told.column("item")),
        n=told.column("n").to_numpy().astype(np.int64),
        same=pc.fill_null(pc.equal(told.column("membership"), told.column("membership_today")), True).to_numpy(),
        sets=tuple(number),
    )


def with_history(  # noqa: PLR0917
    axes: Axes, problem: Problem, found: Cells, group: Sequence[int], leaf_codes: Sequence[str], record: Ledger
) -> Problem:
    """The problem with what is settled and what was told before.

    Args:
        axes: Of the contract and its reference tables.
        problem: Without history.
        found: Its cells, in the order of the problem.
        group: Positions of its items.
        leaf_codes: Per class of people the leaf area as it was called when they were first counted.
        record: The ledger.
    """
    mine = record.take(np.isin(record.item, group))
    if not len(mine.n):
        return problem
    newest = int(mine.last.max())
    codes = np.array(leaf_codes, dtype=np.str_)
    there = frozenset(codes[problem.people.quarter <= newest].tolist())
    numbers: dict[frozenset[str], int] = {}
    then = np.array([numbers.setdefault(s & there, len(numbers)) for s in mine.sets], dtype=np.int64)[mine.leaves]
    today = _sets_of_today(problem, codes, found, axes, there)
    now = np.array([numbers.setdefault(s, len(numbers)) for s in today], dtype=np.int64)
    old = found.last <= newest
    ours = (now, found.channel, found.group, found.window, found.start, found.item, found.n, np.ones_like(now))
    theirs = (then, mine.channel, mine.group, mine.window, mine.start, mine.item, mine.n, mine.same.astype(np.int64))
    match = _matches(ours, theirs)
    changed = ~np.isin(now, then)
    hidden = np.where(problem.small, PRIMARY, np.where(changed, AREA_CHANGED, SECONDARY))
    settled = np.where(old, np.where(match >= 0, PUBLISHED, hidden), problem.settled).astype(np.int8)
    rest = np.setdiff1d(np.arange(len(mine.n)), match[old & (match >= 0)])
    return replace(problem, settled=settled, told=_told(axes, problem, mine, rest, group, codes))


def _sets_of_today(
    problem: Problem, codes: np.ndarray[tuple[int], np.dtype[np.str_]], found: Cells, axes: Axes, there: frozenset[str]
) -> list[frozenset[str]]:
    """Per cell the leaf areas its area has people of in the periods that were released."""
    levels = axes.level_of_area[found.area]
    sets: dict[int, frozenset[str]] = {}
    for level in np.unique(levels).tolist():
        at = problem.people.areas[:, level]
        for area in np.unique(found.area[levels == level]).tolist():
            sets[area] = frozenset(np.unique(codes[at == area]).tolist()) & there
    return [sets[area] for area in found.area.tolist()]


def _matches(ours: tuple[Integers, ...], theirs: tuple[Integers, ...]) -> Integers:
    """Position among theirs of each of ours, -1 where there is none."""
    keys = packed(*(np.concatenate([a, b]) for a, b in zip(ours, theirs, strict=True)))
    own, other = keys[: len(ours[0])], keys[len(ours[0]) :]
    order = np.argsort(other, kind="stable")
    at = np.minimum(np.searchsorted(other[order], own), len(other) - 1)
    return np.where(other[order][at] == own, order[at], NOWHERE).astype(np.int64)


def _told(  # noqa: PLR0917
    axes: Axes,
    problem: Problem,
    mine: Ledger,
    rest: Integers,
    group: Sequence[int],
    codes: np.ndarray[tuple[int], np.dtype[np.str_]],
) -> Told:
    """Figures that are out and no cell of today, as the people they counted."""
    classes = {c.code for c in axes.survey.channel_classes}
    people = problem.people
    found, last = [], []
    for row in rest.tolist():
        inside = np.isin(codes, list(mine.sets[mine.leaves[row]]))
        inside &= (people.quarter >= mine.first[row]) & (people.quarter <= mine.last[row])
        channel = int(mine.channel[row])
        if channel > 0:
            inside &= people.traits[:, 1 if axes.channels[channel] in classes else 0] == channel
        if mine.group[row] > 0:
            inside &= people.traits[:, 2] == mine.group[row]
        pattern = list(group).index(int(mine.item[row]))
        if pattern:
            inside &= people.pattern == pattern
        found.append(np.flatnonzero(inside))
        last.append(int(mine.last[row]))
    return Told(tuple(found), np.array(last, dtype=np.int64))


def _at(values: Sequence[str], column: pa.ChunkedArray) -> Integers:
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(list(values), pa.string())), ANY)
    positions: Integers = found.to_numpy().astype(np.int64)
    return positions
