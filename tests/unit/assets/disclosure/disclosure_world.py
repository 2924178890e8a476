"""Small police of which every class of people is known, and what a reader can work out about them."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import numpy as np

from assets.disclosure.decide import Kinds, Problem, decide
from assets.disclosure.decisions import OPEN, PRIMARY, PUBLISHED, SECONDARY, Codes
from assets.disclosure.people import ANY, Asked, People, members
from assets.disclosure.widths import Widths
from assets.statistics.disclosure_bounds import Relations, narrow
from assets.statistics.intervals import Bools, Integers

LEAST = 10
CLASS, GROUP = 0, 1
LEVELS = 3


def police(seed: int, quarters: int = 6, answers: float = 6.0, patterns: int = 1) -> People:
    """Two units of two and three teams, and some people without a team; some classes are empty.

    Args:
        seed: The same gives the same.
        quarters: How many.
        answers: Per class, about.
        patterns: 1 for an item, one more for every item derived from it.
    """
    rng = np.random.default_rng(seed)
    teams = {10: 1, 11: 1, 20: 2, 21: 2, 22: 2, ANY: ANY}  # team: unit; the nation is area 0
    rows = [
        (quarter, team, unit, channel, group, pattern, int(rng.poisson(answers)) * int(rng.random() < 0.8))
        for quarter in range(quarters)
        for team, unit in teams.items()
        for channel in range(3)
        for group in range(2)
        for pattern in range(patterns)
    ]
    table = np.array([row for row in rows if row[-1] > 0], dtype=np.int64)
    return People(
        areas=np.column_stack([np.zeros(len(table), dtype=np.int64), table[:, 2], table[:, 1]]),
        traits=table[:, 3:5],
        quarter=table[:, 0],
        pattern=table[:, 5],
        n=table[:, 6],
    )


def problem(people: People) -> Problem:
    """Quarters of totals, quarters and four quarters of all breakdowns of the upper levels, four quarters below."""
    asked: list[tuple[int, int, int, int, int, int]] = []
    last = int(people.quarter.max())
    for level in range(LEVELS):
        for area in np.unique(people.areas[people.areas[:, level] != ANY, level]).tolist():
            for quarter in range(last + 1):
                asked.append((level, area, ANY, ANY, quarter, quarter))
                windows = [(quarter - 3, quarter)] if quarter >= 3 else []
                windows += [(quarter, quarter)] if level < LEVELS - 1 else []
                for first, end in windows:
                    if first != end:
                        asked.append((level, area, ANY, ANY, first, end))
                    asked += [(level, area, channel, ANY, first, end) for channel in range(3)]
                    asked += [(level, area, ANY, group, first, end) for group in range(2)]
                    if level < LEVELS - 1:
                        asked += [(level, area, c, g, first, end) for c in range(3) for g in range(2)]
    items = range(int(people.pattern.max()) + 1)
    table = np.array([(*cell, item) for cell in sorted(set(asked)) for item in items], dtype=np.int64)
    cells = Asked(
        level=table[:, 0],
        area=table[:, 1],
        wanted=table[:, 2:4],
        item=table[:, 6],
        first=table[:, 4],
        last=table[:, 5],
    )
    n = counted(people, cells)
    told = n > 0
    cells, n = cells.take(told), n[told]
    kind = (cells.wanted != ANY).sum(axis=1)
    rank = np.lexsort((cells.area, -n, cells.last == cells.first, kind, cells.level, cells.item > 0))
    order = np.empty(len(n), dtype=np.int64)
    order[rank] = np.arange(len(n))
    kinds = [[(), (CLASS,), (GROUP,), (CLASS, GROUP)]] * 2 + [[(), (CLASS,), (GROUP,)]]
    return posed(people, cells, order, kinds)


def counted(people: People, cells: Asked) -> Integers:
    """How many people each cell counts."""
    return np.array([people.n[columns].sum() for columns in members(people, cells)], dtype=np.int64)


def posed(people: People, cells: Asked, order: Integers, kinds: Kinds) -> Problem:
    """A problem in which nothing was decided yet."""
    n = counted(people, cells)
    return Problem(
        name="mark",
        people=people,
        asked=cells,
        n=n,
        small=n < LEAST,
        settled=np.full(len(n), OPEN, dtype=np.int8),
        order=order,
        kinds=kinds,
        least=LEAST,
        levels=len(kinds),
    )


def problem_of(people: People, cells: list[tuple[int, int]]) -> Problem:
    """Totals of one quarter."""
    count = len(cells)
    asked = Asked(
        level=np.array([level for level, _ in cells]),
        area=np.array([area for _, area in cells]),
        wanted=np.full((count, 2), ANY, dtype=np.int64),
        item=np.zeros(count, dtype=np.int64),
        first=np.zeros(count, dtype=np.int64),
        last=np.zeros(count, dtype=np.int64),
    )
    return posed(people, asked, np.arange(count), [[()], [()]])


def matrix(people: People, cells: Asked) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Membership, cells x classes."""
    result = np.zeros((len(cells.area), len(people.n)))
    for row, columns in enumerate(members(people, cells)):
        result[row, columns] = 1
    return result


def derivable(
    published: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    targets: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> Bools:
    """Which targets are combinations of published rows, by projection in floats."""
    _, size, basis = np.linalg.svd(published, full_matrices=False)
    basis = basis[size > 1e-9 * size.max(initial=1.0)]
    rest = targets - targets @ basis.T @ basis
    found: Bools = np.linalg.norm(rest, axis=1) < 1e-7 * np.linalg.norm(targets, axis=1)
    return found


def until(whole: Problem, quarter: int) -> tuple[Problem, Bools]:
    """The problem as it was when a quarter was the newest, and which cells it had."""
    old, then = whole.people.quarter <= quarter, whole.asked.last <= quarter
    cut = replace(
        whole,
        people=whole.people.take(old),
        asked=whole.asked.take(then),
        n=whole.n[then],
        small=whole.small[then],
        settled=whole.settled[then],
        order=whole.order[then],
    )
    return cut, then


def published(whole: Problem, decision: Codes) -> Asked:
    """The cells that stand."""
    return whole.asked.take(decision == PUBLISHED)


def areas_of(*sizes: int) -> People:
    """One quarter of one unit with teams 1, 2, ... of so many people."""
    count = len(sizes)
    return People(
        areas=np.column_stack([np.zeros(count, dtype=np.int64), np.arange(1, count + 1)]),
        traits=np.zeros((count, 2), dtype=np.int64),
        quarter=np.zeros(count, dtype=np.int64),
        pattern=np.zeros(count, dtype=np.int64),
        n=np.array(sizes),
    )


def exactly_safe(whole: Problem) -> Codes:
    """What is decided when nothing but what follows exactly is looked at."""
    nothing = np.empty(0, dtype=np.int64)
    with (
        patch.object(Widths, "narrow", return_value=nothing),
        patch("assets.disclosure.decide.narrow_remainders", return_value=()),
    ):
        return decide(whole).decision


Place = tuple[int, int, tuple[int, ...], int, int, int]


def narrow_in(whole: Problem, decision: Codes) -> list[int]:
    """Small cells that are known to less than three numbers, over all sums there are; by other code than ``widths``."""
    size = _places(whole)
    above = {(level, area): up for level in range(1, whole.levels) for area, up in _above(whole.people, level)}
    parts: dict[tuple[str, Place], list[Place]] = {}
    for place in size:
        for sum_ in _totals(place, above):
            if sum_[1] in size:
                parts.setdefault(sum_, []).append(place)
    number = {place: at for at, place in enumerate(size)}
    sums = [
        [number[total], *(number[part] for part in listed)]
        for (_, total), listed in parts.items()
        if sum(size[part] for part in listed) == size[total]
    ]
    cells = np.array([at for listed in sums for at in listed], dtype=np.int64)
    starts = np.cumsum([0, *(len(listed) for listed in sums)])
    signs = np.ones(len(cells))
    signs[starts[:-1]] = -1.0
    n, count = np.array(list(size.values()), dtype=np.float64), len(decision)
    hidden, lower, upper = np.ones(len(n), dtype=np.bool_), np.zeros(len(n)), np.full(len(n), np.inf)
    hidden[:count] = decision != PUBLISHED
    lower[:count] = np.select([decision == PRIMARY, decision == SECONDARY], [1, LEAST], 0)
    upper[:count][decision == PRIMARY] = 29
    found, _, _ = narrow(Relations(starts, cells, signs), n, hidden, lower, upper, np.flatnonzero(decision == PRIMARY))
    return [int(cell) for cell in found]


def _places(whole: Problem) -> dict[Place, int]:
    """Cells, then people without an area and people in no derived item, and how many they are."""
    people, asked = whole.people, whole.asked
    inside = dict(zip(_named(asked), matrix(people, asked).astype(np.bool_), strict=True))
    kinds = {(level, _kind(wanted), last - first) for level, _, wanted, _, first, last in inside}
    for (level, area, wanted, item, first, last), rows in list(inside.items()):
        if (level + 1, _kind(wanted), last - first) in kinds:
            inside[level + 1, -2 - area, wanted, item, first, last] = rows & (people.areas[:, level + 1] == ANY)
    neither = int(people.pattern.max()) + 1
    for (level, area, wanted, item, first, last), rows in list(inside.items()):
        if item == 0 and neither > 1:
            inside[level, area, wanted, neither, first, last] = rows & (people.pattern == 0)
    sizes = {place: int(people.n[rows].sum()) for place, rows in inside.items()}
    return {place: n for place, n in sizes.items() if n}


def _named(asked: Asked) -> list[Place]:
    each = zip(asked.level, asked.area, asked.wanted, asked.item, asked.first, asked.last, strict=True)
    return [(int(a), int(b), tuple(c.tolist()), int(d), int(e), int(f)) for a, b, c, d, e, f in each]


def _kind(wanted: tuple[int, ...]) -> tuple[bool, ...]:
    return tuple(value != ANY for value in wanted)


def _above(people: People, level: int) -> set[tuple[int, int]]:
    pairs = people.areas[:, [level, level - 1]].tolist()
    return {(area, up) for area, up in pairs if area != ANY}


def _totals(place: Place, above: dict[tuple[int, int], int]) -> list[tuple[str, Place]]:
    """What a place is a part of."""
    level, area, wanted, item, first, last = place
    found: list[tuple[str, Place]] = []
    if level:
        up = above[level, area] if area >= 0 else -2 - area
        found.append(("area", (level - 1, up, wanted, item, first, last)))
    for trait, value in enumerate(wanted):
        if value != ANY:
            without = (*wanted[:trait], ANY, *wanted[trait + 1 :])
            found.append((f"trait {trait}", (level, area, without, item, first, last)))
    if first == last:
        found += [("time", (level, area, wanted, item, first - back, first - back + 3)) for back in range(4)]
    if item:
        found.append(("item", (level, area, wanted, 0, first, last)))
    return found
