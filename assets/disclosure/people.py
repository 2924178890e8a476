"""People whom no published figure tells apart, and which of them a cell counts.

Belongs here: classes of people and membership of cells in them. Does not belong here: what is decided
about them (``decide``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assets.statistics.intervals import Bools, Integers
from assets.statistics.suppression import Rows

ANY = -1
"""A trait that a cell does not ask for; an area that a class of people does not have."""


@dataclass(frozen=True)
class People:
    """Classes of people, one element per class, in order of time.

    Attributes:
        areas: Classes x levels, from the top: position of the area on the area axis, ``ANY`` where there is none.
        traits: Classes x traits (such as channel, class of channel, target group): position of the value.
        quarter: Position of the quarter in which they count.
        pattern: Which derived item they count in: 0 none, else the number of the derived item.
        n: How many they are.
    """

    areas: Integers
    traits: Integers
    quarter: Integers
    pattern: Integers
    n: Integers

    def take(self, index: Integers | Bools) -> People:
        """Some of the classes."""
        parts = (self.areas, self.traits, self.quarter, self.pattern, self.n)
        return People(*(part[index] for part in parts))


@dataclass(frozen=True)
class Asked:
    """Whom cells count, one element per cell.

    Attributes:
        level: Position of the level.
        area: Position of the area on the area axis.
        wanted: Cells x traits: the value asked for, or ``ANY``.
        item: 0 for an item, else the number of the derived item.
        first: Position of the first quarter.
        last: Position of the last quarter.
    """

    level: Integers
    area: Integers
    wanted: Integers
    item: Integers
    first: Integers
    last: Integers

    def take(self, index: Integers | Bools) -> Asked:
        """Some of the cells."""
        return Asked(*(getattr(self, name)[index] for name in ("level", "area", "wanted", "item", "first", "last")))


def members(people: People, asked: Asked) -> Rows:
    """Membership of cells: which classes of people each of them counts."""
    found = [_counted(people, asked, cell) for cell in range(len(asked.area))]
    return rows_of(found)


def _counted(people: People, asked: Asked, cell: int) -> Integers:
    inside = people.areas[:, asked.level[cell]] == asked.area[cell]
    inside &= (people.quarter >= asked.first[cell]) & (people.quarter <= asked.last[cell])
    if asked.item[cell]:
        inside &= people.pattern == asked.item[cell]
    for trait, value in enumerate(asked.wanted[cell].tolist()):
        if value != ANY:
            inside &= people.traits[:, trait] == value
    return np.flatnonzero(inside)


def small_groups(people: People, level: int, kinds: Sequence[tuple[int, ...]], least: int) -> Iterator[Integers]:
    """Groups of fewer than ``least`` people by area and traits: each as the classes it is made of.

    People without an area of this level are a group of their own: they are what the areas leave of the whole.

    Args:
        people: Of the quarters and the patterns that are taken together.
        level: Position of the level of the areas.
        kinds: Traits by which they are told apart; ``()`` for the whole area.
        least: From so many people a group is not small.
    """
    for kind in kinds:
        keys = packed(people.areas[:, level], *(people.traits[:, trait] for trait in kind))
        _, at = np.unique(keys, return_inverse=True)
        yield from _split(at, np.bincount(at, weights=people.n) < least)


def small_remainders(people: People, level: int, kinds: Sequence[tuple[int, ...]], least: int) -> Iterator[Integers]:
    """What small parts of a whole are together, if that is few people as well: each as the classes it is made of.

    A published whole less its published parts leaves its small parts together. Parts are the areas of a level in the
    area above, a finer breakdown of an area, and the quarters of a longer period.

    Args:
        people: Of the period and the patterns of the whole.
        level: Position of the level of the parts.
        kinds: Traits by which its areas are broken down.
        least: From so many people a group is not small.
    """
    here = people.areas[:, level]
    several = people.quarter.min(initial=0) != people.quarter.max(initial=0)
    for kind in kinds:
        traits = [people.traits[:, trait] for trait in kind]
        whole = packed(here, *traits)
        if level > 0:
            yield from _unions(people.n, whole, packed(people.areas[:, level - 1], *traits), least)
        if several:
            yield from _unions(people.n, packed(whole, people.quarter), whole, least)
        for finer in kinds:
            if set(kind) < set(finer) or (not kind and len(finer) == 1):
                parts = packed(here, *(people.traits[:, trait] for trait in finer))
                yield from _unions(people.n, parts, whole, least)


def _unions(n: Integers, part: Integers, whole: Integers, least: int) -> Iterator[Integers]:
    """Small parts of each whole together, where they are two or more and few people."""
    _, part_at = np.unique(part, return_inverse=True)
    small = np.flatnonzero((np.bincount(part_at, weights=n) < least)[part_at])
    if not len(small):
        return
    _, at = np.unique(whole[small], return_inverse=True)
    few = np.bincount(at, weights=n[small]) < least
    several = np.unique(packed(at, part_at[small]), return_index=True)[1]
    few &= np.bincount(at[several], minlength=len(few)) > 1
    yield from (small[union] for union in _split(at, few))


def _split(at: Integers, wanted: Bools) -> list[Integers]:
    """Positions per group, for the groups that are wanted."""
    positions = np.flatnonzero(wanted[at])
    order = positions[np.argsort(at[positions], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(at[order])) + 1) if len(order) else []


def packed(*columns: Integers) -> Integers:
    """One number per row, equal where all columns are."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        low = int(column.min(initial=0))
        code = code * (int(column.max(initial=0)) - low + 1) + (column - low)
    return code


def rows_of(found: Sequence[Integers]) -> Rows:
    """Rows from lists of columns."""
    starts = np.concatenate([[0], np.cumsum([len(row) for row in found])]).astype(np.int64)
    columns = np.concatenate(found).astype(np.int64) if found else np.empty(0, dtype=np.int64)
    return Rows(starts, columns)
