"""Deciding cell by cell what may stand beside what already stands, quarter after quarter.

Belongs here: the order of decisions, what they protect, and passing on what is known to the next quarter.
Does not belong here: the arithmetic (``statistics.suppression``), where cells and people come from.

History is treated as if every quarter had been released in turn: the decisions about a period depend on nothing that
came later, so the first release of three years hides what twelve releases would have hidden. All levels are decided in
one problem: what is known of the nation and of one unit tells of another, also through quarters that are long over.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assets.disclosure.decisions import OPEN, PRIMARY, PUBLISHED, SECONDARY, Codes
from assets.disclosure.people import (
    Asked,
    People,
    members,
    narrow_remainders,
    rows_of,
    small_groups,
    small_remainders,
)
from assets.disclosure.widths import Widths
from assets.statistics.disclosure_bounds import WIDTH
from assets.statistics.intervals import Bools, Integers
from assets.statistics.suppression import Eliminator, Rows

LONGEST = 4
"""Quarters in the longest window: a figure of today shares no people with figures that ended before."""
Kinds = Sequence[Sequence[tuple[int, ...]]]


@dataclass(frozen=True)
class Told:
    """What was published before under a name that no cell of today has; one element per figure.

    Attributes:
        classes: The classes of people it counted.
        last: Its last quarter.
    """

    classes: tuple[Integers, ...] = ()
    last: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Problem:
    """Everything that is told about the answers to one question.

    Attributes:
        name: For progress and errors.
        people: Those who answered.
        asked: Whom each cell counts.
        n: How many that are.
        small: Cells that may not stand for what they are.
        settled: What was decided in an earlier release, ``OPEN`` where nothing was.
        order: Rank of each cell: low ones are decided first.
        kinds: Per level the traits by which it is broken down.
        least: From so many people a group is not small.
        levels: How many levels there are.
        told: What was published before and is no cell of today.
        former: Areas of earlier releases that are none of today, like ``People.areas``, per way they were put together.
        sizes_apart: Whether figures are hidden so that no hidden size is known too narrowly.
    """

    name: str
    people: People
    asked: Asked
    n: Integers
    small: Bools
    settled: Codes
    order: Integers
    kinds: Kinds
    least: int
    levels: int
    told: Told = field(default_factory=Told)
    former: tuple[Integers, ...] = ()
    sizes_apart: bool = True


@dataclass(frozen=True)
class Decided:
    """The decision about every cell, and how many figures of earlier releases reveal what must stay hidden."""

    decision: Codes
    revealing: int


def decide(problem: Problem, progress: Callable[[int, int], None] | None = None) -> Decided:
    """Decide about every cell of a problem.

    Args:
        problem: Cells and people.
        progress: Called with the number of quarters done and their total.
    """
    if not len(problem.people.n):
        return Decided(np.full(len(problem.n), PUBLISHED, dtype=np.int8), 0)
    work = _Work(problem)
    quarters = range(int(problem.people.quarter.min()), int(problem.people.quarter.max()) + 1)
    for done, quarter in enumerate(quarters, start=1):
        work.step(quarter)
        if progress is not None:
            progress(done, len(quarters))
    return Decided(work.decision, work.revealing)


def _told_apart(columns: People) -> list[tuple[int, ...]]:
    """Choices of patterns whose people a reader could be left with: any of them.

    An item less one of its derived items leaves the others and those in none; derived items add up as well.
    """
    patterns = range(int(columns.pattern.max(initial=0)) + 1)
    return [chosen for size in range(1, len(patterns) + 1) for chosen in itertools.combinations(patterns, size)]


class _Work:
    """What is known so far: the engine, and the classes of people that its columns stand for."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.decision: Codes = np.where(problem.small, PRIMARY, PUBLISHED).astype(np.int8)
        self.revealing = 0
        self.columns = np.empty(0, dtype=np.int64)
        self.engine = Eliminator(np.empty(0, dtype=np.bool_))
        self.widths = Widths(problem) if problem.sizes_apart else None

    def step(self, quarter: int) -> None:
        """Decide about the cells that end in a quarter."""
        problem = self.problem
        here = self._advance(quarter)
        ending = np.flatnonzero(problem.asked.last == quarter)
        self._protect(here, ending[problem.small[ending]], quarter)
        self._publish(self._told_rows(np.flatnonzero(problem.told.last == quarter)))
        before = ending[problem.settled[ending] != OPEN]
        self.decision[before] = problem.settled[before]
        self._publish(members(here, problem.asked.take(before[self.decision[before] == PUBLISHED])))
        new = ending[(problem.settled[ending] == OPEN) & ~problem.small[ending]]
        self._offer(here, new[np.argsort(problem.order[new], kind="stable")], quarter)

    def _offer(self, columns: People, new: Integers, quarter: int) -> None:
        """Publish what may stand, in this order, so that no hidden size is known too narrowly.

        If one is, figures beside it are hidden after all; with fewer figures nothing more follows. Every round hides a
        figure, so it ends, if need be with nothing new published. What is known too narrowly even then is so by what
        was told in earlier releases, and nothing is hidden for it.
        """
        rows = members(columns, self.problem.asked.take(new))
        before = self.engine.copy()
        allowed = self.engine.offer(rows)
        self.decision[new[~allowed]] = SECONDARY
        narrow = self.widths.narrow(self.decision, quarter) if self.widths else np.empty(0, dtype=np.int64)
        if len(narrow) and self.widths:
            self.decision[new[allowed]] = SECONDARY
            anyway = self.widths.narrow(self.decision, quarter, only=narrow)
            self.decision[new[allowed]] = PUBLISHED
            narrow = np.setdiff1d(narrow, anyway)
        while self.widths and len(narrow) and len(more := self._to_hide(self.widths, narrow, new, quarter)):
            self.decision[more] = SECONDARY
            narrow = self.widths.narrow(self.decision, quarter, only=narrow)  # others only become wider
        stands = self.decision[new] == PUBLISHED
        if not np.array_equal(stands, allowed):
            self.engine = before
            self.engine.publish(rows.pick(np.flatnonzero(stands)))

    def _to_hide(self, widths: Widths, narrow: Integers, new: Integers, quarter: int) -> Integers:
        """Figures to hide because hidden sizes next to them are known too narrowly."""
        decision, chosen = self.decision.copy(), []
        for cell in narrow[np.argsort(self.problem.order[narrow])].tolist():
            choice = new[decision[new] == PUBLISHED]
            chosen.append(widths.to_hide(cell, decision, choice, quarter))
            decision[chosen[-1]] = SECONDARY
        return np.concatenate(chosen)

    def _advance(self, quarter: int) -> People:
        """Go on to a quarter; returns the classes that still matter, one per column."""
        people, first = self.problem.people, quarter - LONGEST + 1
        kept = np.flatnonzero(people.quarter[self.columns] >= first)
        new = np.flatnonzero(people.quarter == quarter)
        self.columns = np.concatenate([self.columns[kept], new])
        self.engine = self.engine.advance(kept, people.n[self.columns] < self.problem.least)
        return people.take(self.columns)

    def _protect(self, columns: People, small: Integers, quarter: int) -> None:
        """Small cells, and small groups that differences would isolate.

        Differences of windows, of areas (people without an area of a level) and of an item and its derived items.
        """
        problem = self.problem
        groups: list[Integers] = list(members(columns, problem.asked.take(small)))
        ways = [columns, *(replace(columns, areas=areas[self.columns]) for areas in problem.former)]
        # windows that move on by some quarters differ by runs of so many
        runs = [np.flatnonzero(columns.quarter > quarter - length) for length in range(1, LONGEST + 1)]
        for people, period in itertools.product(ways, runs):
            groups += self._apart(people, period)
        if groups:  # the same group comes up as a cell, as a part and as a remainder
            self.engine.protect(rows_of(list({group.tobytes(): group for group in groups}.values())))

    def _apart(self, people: People, period: Integers) -> Iterator[Integers]:
        """Groups of people of a period that are few, or would be known too narrowly together."""
        problem = self.problem
        choices = _told_apart(problem.people)
        named = {choices[-1], *((pattern,) for pattern in range(1, len(choices[-1])))}  # an item, its derived items
        for level, chosen in itertools.product(range(problem.levels), choices):
            at = period[np.isin(people.pattern[period], chosen)]
            part, kinds, least = people.take(at), problem.kinds[level], problem.least
            found = [
                small_groups(part, level, kinds, least),
                small_remainders(part, level, kinds, least),
            ]
            if chosen in named:
                found.append(narrow_remainders(part, level, kinds, least, WIDTH))
            yield from (at[group] for group in itertools.chain(*found))

    def _publish(self, rows: Rows) -> None:
        """Rows of earlier releases: if they reveal what must stay hidden, somebody has to know."""
        self.revealing += len(self.engine.publish(rows))

    def _told_rows(self, told: Integers) -> Rows:
        """Figures of earlier releases that no cell of today is."""
        return rows_of([np.flatnonzero(np.isin(self.columns, self.problem.told.classes[at])) for at in told.tolist()])
