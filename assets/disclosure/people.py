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
        within: Pairs of traits: the first is finer than the second, every value of it belongs to one of the other.
    """

    areas: Integers
    traits: Integers
    quarter: Integers
    pattern: Integers
    n: Integers
    within: tuple[tuple[int, int], ...] = ()

    def take(self, index: Integers | Bools) -> People:
        """Some of the classes."""
        areas, traits, quarter, pattern, n = self.areas, self.traits, self.quarter, self.pattern, self.n
        return People(areas[index], traits[index], quarter[index], pattern[index], n[index], self.within)


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

    A published whole less its published parts leaves its small parts together.

    Args:
        people: Of the period and the patterns of the whole.
        level: Position of the level of the parts.
        kinds: Traits by which its areas are broken down.
        least: From so many people a group is not small.
    """
    for part, whole in _divisions(people, level, kinds):
        yield from _unions(people.n, part, whole, least)


def narrow_remainders(
    people: People, level: int, kinds: Sequence[tuple[int, ...]], least: int, width: float
) -> Iterator[Integers]:
    """Small parts of a whole with large ones beside them that would not hide how small they are.

    A reader who knows how many people s small and m large parts are together, knows that every small one is at least 1
    and every large one at least ``least``. What is left is how much all of them are above that, together: so much, and
    no more, may any small one be larger than 1. It must be ``width`` or more. A large part that is bigger adds as much;
    so it is the smallest that are told too narrowly together. Parts are an item's derived items as well. What more is
    known (groups of nearly 30 that answered alike, sums of sums) is left to ``widths``.

    Args:
        people: Of the period and the patterns of the whole.
        level: Position of the level of the parts.
        kinds: Traits by which its areas are broken down.
        least: From so many people a group is not small.
        width: What the largest possible size must exceed the smallest by, at least.
    """
    divisions = list(_divisions(people, level, kinds))
    for kind in kinds if people.pattern.min(initial=0) != people.pattern.max(initial=0) else []:
        whole = packed(people.areas[:, level], *(people.traits[:, trait] for trait in kind))
        divisions.append((packed(whole, people.pattern), whole))
    for part, whole in divisions:
        for union in _narrow_unions(people.n, part, whole, least, width):
            if (people.areas[union, level] != ANY).any():  # people without an area have no figure to be small
                yield union


def _divisions(people: People, level: int, kinds: Sequence[tuple[int, ...]]) -> Iterator[tuple[Integers, Integers]]:
    """Part and whole of each class of people.

    Parts are the areas of a level in the area above, a finer breakdown of an area, and the quarters of a longer period.
    A breakdown is finer if it has a trait more, or a trait within another in its place (channels within their class).
    """
    here = people.areas[:, level]
    several = people.quarter.min(initial=0) != people.quarter.max(initial=0)
    coarse = dict(people.within)
    for kind in kinds:
        traits = [people.traits[:, trait] for trait in kind]
        whole = packed(here, *traits)
        if level > 0:
            yield whole, packed(people.areas[:, level - 1], *traits)
        if several:
            yield packed(whole, people.quarter), whole
        for finer in kinds:
            if set(kind) < set(finer) or {coarse.get(trait, trait) for trait in finer} == set(kind) != set(finer):
                yield packed(here, *(people.traits[:, trait] for trait in finer)), whole


def _narrow_unions(n: Integers, part: Integers, whole: Integers, least: int, width: float) -> Iterator[Integers]:
    """Of each whole its small parts with none, one, two, ... of the smallest others, as long as that is narrow."""
    _, first, part_at = np.unique(part, return_index=True, return_inverse=True)
    size = np.bincount(part_at, weights=n).astype(np.int64)
    wholes, at = np.unique(whole[first], return_inverse=True)
    small = size < least
    above = size - np.where(small, 1, least)
    smalls = np.bincount(at[small], minlength=len(wholes))
    of_small = np.bincount(at[small], weights=above[small], minlength=len(wholes))
    near = (smalls > 0) & (of_small < width)
    alone = near & (of_small + smalls >= least)  # fewer people are a small remainder
    others = np.flatnonzero(near[at] & ~small & (above < width))
    others = others[np.lexsort((size[others], at[others]))]
    for here in np.union1d(np.flatnonzero(alone), at[others]).tolist():
        union = np.flatnonzero(small & (at == here))
        if alone[here]:
            yield np.flatnonzero(np.isin(part_at, union))
        left = width - of_small[here]
        for other in others[at[others] == here].tolist():
            left -= above[other]
            if left <= 0:
                break
            union = np.append(union, other)
            yield np.flatnonzero(np.isin(part_at, union))


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
