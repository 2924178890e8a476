"""Deciding cell by cell what may stand beside what already stands, quarter after quarter.

Belongs here: the order of decisions, what they protect, and passing on what is known to the next quarter and to the
levels below. Does not belong here: the arithmetic (``statistics.suppression``), where cells come from (``cells``).

History is treated as if every quarter had been released in turn: the decisions about a period depend on nothing that
came later, so the first release of three years hides what twelve releases would have hidden. The top two levels are
decided together, then everything below each area of the second level. What the second level keeps hidden, for whatever
reason, nothing below it may reveal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from assets.disclosure.decisions import OPEN, PRIMARY, PUBLISHED, SECONDARY, Codes
from assets.disclosure.people import ANY, Asked, People, members, rows_of, small_groups, small_remainders
from assets.statistics.intervals import Bools, Integers
from assets.statistics.suppression import Eliminator, Rows

LONGEST = 4
"""Quarters in the longest window: a figure of today shares no people with figures that ended before."""
TOP_LEVELS = 2
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


def _remainders(columns: People, level: int, problem: Problem) -> list[Integers]:
    return list(small_remainders(columns, level, problem.kinds[level], problem.least)) if len(columns.n) else []


class _Scope:
    """What is known about one group of people: the engine, and the classes its columns stand for."""

    def __init__(self, people: People, least: int, number: Integers) -> None:
        self.people = people
        """In order of time."""
        self.number = number
        """Position of each class in the problem (bottom scopes) or nothing."""
        self.least = least
        self.engine: Eliminator | None = None
        self.columns = np.empty(0, dtype=np.int64)

    def advance(self, quarter: int) -> People:
        """Go on to a quarter; returns the classes that still matter, one per column."""
        first = quarter - LONGEST + 1
        inside = (self.people.quarter >= first) & (self.people.quarter <= quarter)
        columns = np.flatnonzero(inside)
        lone = self.people.n[columns] < self.least
        if self.engine is None:
            self.engine = Eliminator(lone)
        else:
            kept = np.flatnonzero(self.people.quarter[self.columns] >= first)
            self.engine = self.engine.advance(kept, lone)
        self.columns = columns
        return self.people.take(columns)


class _Work:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.decision = np.full(len(problem.n), PUBLISHED, dtype=np.int8)
        self.decision[problem.small] = PRIMARY
        self.revealing = 0
        people, upper = problem.people, min(TOP_LEVELS, problem.levels)
        merged, self.upper_class = people.of_levels(upper)
        self.top = _Scope(merged, problem.least, np.empty(0, dtype=np.int64))
        self.below: dict[int, _Scope] = {}
        if problem.levels > TOP_LEVELS:
            heads = people.areas[:, TOP_LEVELS - 1]
            for head in np.unique(heads[heads != ANY]).tolist():
                number = np.flatnonzero(heads == head)
                self.below[head] = _Scope(people.take(number), problem.least, number)
        self.head_of_cell = self._heads()

    def _heads(self) -> Integers:
        """Area of the second level that each cell lies in; ``ANY`` for the top level."""
        problem = self.problem
        head = np.full(len(problem.n), ANY, dtype=np.int64)
        for level in range(1, problem.levels):
            area, at = np.unique(problem.people.areas[:, level], return_index=True)
            cells = np.flatnonzero(problem.asked.level == level)
            place = np.minimum(np.searchsorted(area, problem.asked.area[cells]), len(area) - 1)
            head[cells] = problem.people.areas[at[place], 1]
        return head

    def step(self, quarter: int) -> None:
        """Decide about the cells that end in a quarter."""
        problem = self.problem
        ending = np.flatnonzero(problem.asked.last == quarter)
        told = np.flatnonzero(problem.told.last == quarter)
        top = ending[problem.asked.level[ending] < TOP_LEVELS]
        columns = self.top.advance(quarter)
        self._protect(self.top, columns, top, quarter, range(min(TOP_LEVELS, problem.levels)))
        self._publish(self.top, self._told_rows(self.top, told, self.upper_class))
        self._offer(self.top, columns, top)
        for head, scope in self.below.items():
            mine = ending[self.head_of_cell[ending] == head]
            here = scope.advance(quarter)
            if not len(here.n):
                continue
            upper, lower = (mine[problem.asked.level[mine] == 1], mine[problem.asked.level[mine] >= TOP_LEVELS])
            known, hidden = (upper[flag] for flag in (self._stands(upper), ~self._stands(upper)))
            self._take_up(scope, members(here, problem.asked.take(known)))
            if len(hidden):
                self._pass_on(scope)
            # What follows from the levels above already is no secret of these; all else they hide is kept.
            below = np.concatenate([hidden, lower])
            self._protect(scope, here, below, quarter, range(TOP_LEVELS, problem.levels), hidden)
            self._publish(scope, self._told_rows(scope, told, np.arange(len(problem.people.n))))
            self._offer(scope, here, lower)

    def _stands(self, cells: Integers) -> Bools:
        stands: Bools = self.decision[cells] == PUBLISHED
        return stands

    def _protect(  # noqa: PLR0917
        self,
        scope: _Scope,
        columns: People,
        cells: Integers,
        quarter: int,
        levels: range,
        hidden: Integers | None = None,
    ) -> None:
        """Small cells, what the level above hides, and small groups that differences of windows would isolate."""
        problem, engine = self.problem, scope.engine
        if engine is None:
            return
        small = cells[problem.small[cells]]
        if hidden is not None:
            small = np.union1d(small, hidden)
        derived = int(problem.people.pattern.max(initial=0))
        patterns: list[int | None] = [None, *range(derived + 1)] if derived else [None]
        newest = np.flatnonzero(columns.quarter == quarter)
        groups: list[Integers] = list(members(columns, problem.asked.take(small)))
        for level in levels:
            for pattern in patterns:
                found = small_groups(columns.take(newest), level, problem.kinds[level], problem.least, pattern)
                groups += [newest[group] for group in found]
                if pattern is None:
                    groups += [newest[g] for g in _remainders(columns.take(newest), level, problem)]
                    groups += _remainders(columns, level, problem)
                    continue
                part = newest[columns.pattern[newest] == pattern] if pattern else newest[:0]
                groups += [part[g] for g in _remainders(columns.take(part), level, problem)]
            if derived:
                groups += list(small_groups(columns, level, problem.kinds[level], problem.least, 0))
        if groups:  # the same group comes up as a cell, as a part and as a remainder
            engine.protect(rows_of(list({group.tobytes(): group for group in groups}.values())))

    def _take_up(self, scope: _Scope, rows: Rows) -> None:
        """Rows that stand whatever they tell: the level above was decided with them."""
        if scope.engine is not None and len(rows):
            scope.engine.publish(rows)

    def _publish(self, scope: _Scope, rows: Rows) -> None:
        """Rows of earlier releases: if they reveal what must stay hidden, somebody has to know."""
        if scope.engine is not None and len(rows.starts) > 1:
            self.revealing += len(scope.engine.publish(rows))

    def _pass_on(self, scope: _Scope) -> None:
        """What follows for these people from all that the levels above tell, also about others."""
        if self.top.engine is None or scope.engine is None:
            return
        upper = self.upper_class[scope.number[scope.columns]]  # class of the top scope of each column
        wanted, back = np.unique(upper, return_inverse=True)
        at = np.searchsorted(self.top.columns, wanted)
        known = self.top.engine.functionals_on(at)
        if len(known):
            scope.engine.publish_dense(known[:, back.ravel()])

    def _told_rows(self, scope: _Scope, told: Integers, class_of: Integers) -> Rows:
        """Figures of earlier releases in the columns of a scope; those about other people are left out."""
        rows = []
        for figure in told.tolist():
            if scope is self.top:
                wanted = np.unique(class_of[self.problem.told.classes[figure]])
                whole = np.isin(class_of, wanted).sum() == len(self.problem.told.classes[figure])
            else:
                wanted = np.flatnonzero(np.isin(scope.number, self.problem.told.classes[figure]))
                whole = len(wanted) == len(self.problem.told.classes[figure])
            at = np.flatnonzero(np.isin(scope.columns, wanted))
            if whole and len(at):
                rows.append(at)
        return rows_of(rows)

    def _offer(self, scope: _Scope, columns: People, cells: Integers) -> None:
        problem, engine = self.problem, scope.engine
        if engine is None:
            return
        before = cells[problem.settled[cells] != OPEN]
        self.decision[before] = problem.settled[before]
        self._publish(scope, members(columns, problem.asked.take(before[self._stands(before)])))
        new = cells[(problem.settled[cells] == OPEN) & ~problem.small[cells]]
        new = new[np.argsort(problem.order[new], kind="stable")]
        allowed = engine.offer(members(columns, problem.asked.take(new)))
        self.decision[new[~allowed]] = SECONDARY
