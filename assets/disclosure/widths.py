"""How narrowly a reader knows the size of what is hidden, and which figure to hide so that he knows less.

Belongs here: which cells add up to which, what is known of a hidden size beforehand, hidden cells that are known too
narrowly and the published figures next to them. Does not belong here: the linear programmes
(``statistics.disclosure_bounds``), what follows exactly (``statistics.suppression``), deciding (``decide``).

That no small cell follows exactly is not enough: of a hidden sum of 11 in which a reader knows that one part is hidden
for what it is and the other protects it (10 or more), the first is 1. The audit of a release computes the same with
code of its own (``audit_grid``, ``audit_question``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from assets.disclosure.decisions import PRIMARY, PUBLISHED, SECONDARY, Codes
from assets.disclosure.people import ANY, Asked, packed
from assets.statistics.disclosure_bounds import SEED, SLACK, WIDTH, Relations, narrow
from assets.statistics.gates import GROUP_DISCLOSURE_BELOW
from assets.statistics.intervals import Bools, Floats, Integers

if TYPE_CHECKING:
    from assets.disclosure.decide import Problem

REACH = (2, 4, 1000)
"""Steps over sums within which figures to hide are looked for: nearby first."""
YEAR = 4
"""Quarters in a window that is the sum of quarters."""


@dataclass(frozen=True)
class _Keys(Asked):
    """Places of cells and how many people they count, one element per cell."""

    n: Integers

    def table(self) -> Integers:
        """One row per cell, without sizes."""
        return np.column_stack([self.level, self.area, self.wanted, self.item, self.first, self.last])

    @classmethod
    def of(cls, table: Integers, n: Integers) -> _Keys:
        """From such rows."""
        return cls(table[:, 0], table[:, 1], table[:, 2:-3], table[:, -3], table[:, -2], table[:, -1], n)

    def and_more(self, table: Integers, n: Integers) -> _Keys:
        """These cells and others after them."""
        return _Keys.of(np.concatenate([self.table(), table]), np.concatenate([self.n, n]))


class Widths:
    """The sums of a problem; who has no figure of his own (people without an area, or in no derived item) is in them.

    The cells of the problem come first, so positions are those of the problem.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        asked = problem.asked
        keys = _Keys(asked.level, asked.area, asked.wanted, asked.item, asked.first, asked.last, problem.n)
        above = _areas_above(problem)
        keys = _with_the_rest(keys, above, int(problem.people.pattern.max(initial=0)))
        self.n = keys.n.astype(np.float64)
        totals, parts, starts = _sums(keys, above, problem)
        lengths = np.diff(starts)
        self._last = keys.last[totals]
        """From which quarter on each sum can be done."""
        relation = np.repeat(np.arange(len(totals)), lengths)
        signs = np.concatenate([np.ones(len(parts)), -np.ones(len(totals))])
        rows = np.concatenate([relation, np.arange(len(totals))])
        shape = (len(totals), len(self.n))
        self._sums = sparse.csr_matrix((signs, (rows, np.concatenate([parts, totals]))), shape=shape)

    def narrow(self, decision: Codes, quarter: int, only: Integers | None = None) -> Integers:
        """Small cells that are known too narrowly, as far as the newest figures can have to do with it.

        Args:
            decision: Of every cell of the problem.
            quarter: The newest; nothing later is looked at.
            only: Cells to judge; None: all.

        Returns:
            Positions of cells, in order.
        """
        known, sums, newest = self._unknown(decision, quarter)
        label = _together(sums, np.flatnonzero(~known))
        sums = sums[np.flatnonzero(np.isin(label, label[newest]))]
        cells = np.unique(sums.indices)
        own = cells[cells < len(decision)]
        wanted = own[(decision[own] == PRIMARY) & ~known[own]]
        wanted = wanted if only is None else np.intersect1d(wanted, only)
        if not len(wanted):
            return np.empty(0, dtype=np.int64)
        place = np.zeros(len(known), dtype=np.int64)
        place[cells] = np.arange(len(cells))
        relations = Relations(sums.indptr.astype(np.int64), place[sums.indices], sums.data)
        lower, upper = self._priors(decision)
        found, _, _ = narrow(
            relations, self.n[cells], ~known[cells], lower[cells], upper[cells], place[wanted].astype(np.int64)
        )
        positions: Integers = cells[found].astype(np.int64)
        return positions

    def to_hide(self, cell: int, decision: Codes, choice: Integers, quarter: int) -> Integers:
        """Figures that, hidden as well, make a hidden cell wide enough.

        Two sets of sizes are looked for that agree with what is published but for the choice, and between which the
        cell differs by ``WIDTH``; they are as near to the true sizes as they can be, and where one is not the true
        size, the figure has to be hidden (after Kelly, Golden & Assad, Networks 22, 1992). A difference weighs by the
        logarithm of the number of answers, so that few figures go, and breakdowns before totals.

        Args:
            cell: Position of the hidden cell.
            decision: Of every cell of the problem.
            choice: Published figures to choose from, in a fixed order; it settles what is as good.
            quarter: The newest; nothing later is looked at.

        Returns:
            Which of the choice; none if the cell is wide enough, or if nothing helps.
        """
        sums = self._sums[np.flatnonzero(self._last <= quarter)]
        moving = np.ones(len(self.n), dtype=np.bool_)
        moving[: len(decision)] = decision != PUBLISHED
        moving[choice] = True
        # of what is further away the true size is a possible size: what nearby cells can do then, they can do
        for steps in REACH:
            near = _near(sums, moving, cell, steps)
            found = self._fewest(cell, decision, choice[near[choice]], near, sums)
            if found is not None:
                return found
        return np.empty(0, dtype=np.int64)

    def _fewest(
        self, cell: int, decision: Codes, choice: Integers, near: Bools, sums: sparse.csr_matrix
    ) -> Integers | None:
        """What to hide if only cells nearby may move; None: that is not enough."""
        lower, upper = self._priors(decision)
        lower[choice] = self.problem.least
        limits = np.column_stack([lower - self.n, upper - self.n])
        hidden = np.flatnonzero(near & ~np.isin(np.arange(len(near)), choice))
        sums = sums[:, np.concatenate([hidden, choice])]
        sums = sums[np.flatnonzero(np.diff(sums.indptr))]
        own, offered = sums[:, : len(hidden)], sums[:, len(hidden) :]
        nothing = np.zeros(len(choice))
        up, down = np.column_stack([nothing, limits[choice, 1]]), np.column_stack([nothing, -limits[choice, 0]])
        weight = np.log(self.n[choice]) * (1 + np.random.default_rng(SEED).random(len(choice)) / 100)
        cost = np.concatenate([np.zeros(len(hidden)), weight, weight])
        at = (np.arange(len(cost)) == np.searchsorted(hidden, cell)).astype(np.float64)
        one = sparse.hstack([own, offered, -offered])
        moved = linprog(
            np.tile(cost, 2),
            A_ub=np.concatenate([-at, at])[None],
            b_ub=[-WIDTH],
            A_eq=sparse.block_diag([one, one]),
            b_eq=np.zeros(2 * one.shape[0]),
            bounds=np.tile(np.concatenate([limits[hidden], up, down]), (2, 1)),
            method="highs",
        ).x
        if moved is None:
            return None
        change = moved.reshape(2, -1)[:, len(hidden) :].sum(axis=0).reshape(2, -1).sum(axis=0)
        found: Integers = choice[change > SLACK]
        return found

    def _unknown(self, decision: Codes, quarter: int) -> tuple[Bools, sparse.csr_matrix, Bools]:
        """Cells that are known or follow sum by sum; sums with several unknown cells; which of these are the newest."""
        known = np.zeros(len(self.n), dtype=np.bool_)
        known[: len(decision)] = decision == PUBLISHED
        there = np.flatnonzero(self._last <= quarter)
        sums = self._sums[there]
        pattern = abs(sums)
        while True:
            left = pattern @ (~known).astype(np.float64)
            one = np.flatnonzero(left == 1)
            if not len(one):
                break
            cells = sums[one].indices
            known[cells] = True
        several = left > 1
        return known, sums[np.flatnonzero(several)], (self._last[there] == quarter)[several]

    def _priors(self, decision: Codes) -> tuple[Floats, Floats]:
        """What a reader knows of sizes before he adds anything up: the reason says which rule hid a figure.

        Hidden for what it is: somebody, but no more than a small group that answered alike may be. Hidden to protect
        others: at least the minimum. Of people without a figure of their own he knows nothing.
        """
        lower, upper = np.zeros(len(self.n)), np.full(len(self.n), np.inf)
        own = slice(0, len(decision))
        lower[own] = np.select([decision == PRIMARY, decision == SECONDARY], [1.0, float(self.problem.least)], 0.0)
        upper[own] = np.where(decision == PRIMARY, GROUP_DISCLOSURE_BELOW - 1.0, np.inf)
        return np.minimum(lower, self.n), np.maximum(upper, self.n)


def _near(sums: sparse.csr_matrix, moving: Bools, cell: int, steps: int) -> Bools:
    """Cells that may move within so many steps over sums from a cell, and the cell."""
    pattern = abs(sums)
    found = np.zeros(len(moving), dtype=np.bool_)
    found[cell] = True
    for _ in range(steps):
        before = int(found.sum())
        found |= moving & ((pattern.T @ (pattern @ found.astype(np.float64))) > 0)
        if int(found.sum()) == before:
            break
    return found


def _together(sums: sparse.csr_matrix, unknown: Integers) -> Integers:
    """A number per sum, the same for sums that hang together by unknown cells."""
    pattern = abs(sums[:, unknown])
    _, label = connected_components(sparse.bmat([[None, pattern], [pattern.T, None]]), directed=False)
    found: Integers = label[: sums.shape[0]]
    return found


def _areas_above(problem: Problem) -> dict[int, tuple[Integers, Integers]]:
    """Per level: its areas in order, and the area above each."""
    found = {}
    for level in range(1, problem.levels):
        area, above = problem.people.areas[:, level], problem.people.areas[:, level - 1]
        areas, first = np.unique(area, return_index=True)
        inside = areas != ANY
        found[level] = (areas[inside], above[first][inside])
    return found


def _with_the_rest(keys: _Keys, above: dict[int, tuple[Integers, Integers]], patterns: int) -> _Keys:
    """The cells, and the people that areas leave of the area above and derived items of the item, as cells after them.

    The areas of a level leave something only where that level has the same breakdown in the same window.
    """
    table = keys.table()
    totals, parts = _by_area(keys, table, above)
    rest = keys.n - np.bincount(totals, weights=keys.n[parts], minlength=len(keys.n)).astype(np.int64)
    broken_down = packed(*(keys.wanted != ANY).T.astype(np.int64), keys.last - keys.first)
    astray = np.flatnonzero((rest > 0) & np.isin(packed(keys.level + 1, broken_down), packed(keys.level, broken_down)))
    added = table[astray]
    added[:, 0], added[:, 1] = added[:, 0] + 1, _without_area(added[:, 1])
    keys = keys.and_more(added, rest[astray])
    if not patterns:
        return keys
    table = keys.table()
    totals, parts = _by_item(keys, table)
    rest = keys.n - np.bincount(totals, weights=keys.n[parts], minlength=len(keys.n)).astype(np.int64)
    neither = np.flatnonzero((keys.item == 0) & (rest > 0))
    added = table[neither]
    added[:, -3] = patterns + 1
    return keys.and_more(added, rest[neither])


def _sums(
    keys: _Keys, above: dict[int, tuple[Integers, Integers]], problem: Problem
) -> tuple[Integers, Integers, Integers]:
    """Totals, their parts one after the other, and where the parts of each begin; only where nothing is left over."""
    table = keys.table()
    pairs = [
        _by_area(keys, table, above),
        _by_item(keys, table),
        _by_time(keys, table),
        *_by_trait(keys, table, problem),
    ]
    code = np.concatenate([number * len(keys.n) + totals for number, (totals, _) in enumerate(pairs)])
    parts = np.concatenate([parts for _, parts in pairs])
    order = np.argsort(code, kind="stable")
    found, at, lengths = np.unique(code[order], return_inverse=True, return_counts=True)
    parts = parts[order]
    totals = found % len(keys.n)
    whole = np.bincount(at, weights=keys.n[parts], minlength=len(found)) == keys.n[totals]
    return totals[whole], parts[whole[at]], np.concatenate([[0], np.cumsum(lengths[whole])])


def _by_area(keys: _Keys, table: Integers, above: dict[int, tuple[Integers, Integers]]) -> tuple[Integers, Integers]:
    asked = table.copy()
    asked[:, 0] -= 1
    asked[:, 1] = ANY
    for level, (areas, upper) in above.items():
        here = np.flatnonzero((keys.level == level) & np.isin(keys.area, areas))
        asked[here, 1] = upper[np.searchsorted(areas, keys.area[here])]
    astray = np.flatnonzero(keys.area < ANY)
    asked[astray, 1] = _without_area(keys.area[astray])
    return _found(table, asked, keys.level > 0)


def _by_item(keys: _Keys, table: Integers) -> tuple[Integers, Integers]:
    asked = table.copy()
    asked[:, -3] = 0
    return _found(table, asked, keys.item > 0)


def _by_time(keys: _Keys, table: Integers) -> tuple[Integers, Integers]:
    """Quarters in every window of four that they are in."""
    pairs = []
    for back in range(YEAR):
        asked = table.copy()
        asked[:, -2] -= back
        asked[:, -1] += YEAR - 1 - back
        pairs.append(_found(table, asked, keys.first == keys.last))
    return np.concatenate([totals for totals, _ in pairs]), np.concatenate([parts for _, parts in pairs])


def _by_trait(keys: _Keys, table: Integers, problem: Problem) -> list[tuple[Integers, Integers]]:
    """Breakdowns in what they break down; a trait that is finer than another breaks that down as well."""
    pairs = []
    for trait in range(keys.wanted.shape[1]):
        asked = table.copy()
        asked[:, 2 + trait] = ANY
        pairs.append(_found(table, asked, keys.wanted[:, trait] != ANY))
    for fine, coarse in problem.people.within:
        values, first = np.unique(problem.people.traits[:, fine], return_index=True)
        chosen = np.isin(keys.wanted[:, fine], values)
        asked = table.copy()
        asked[chosen, 2 + coarse] = problem.people.traits[first, coarse][
            np.searchsorted(values, keys.wanted[chosen, fine])
        ]
        asked[:, 2 + fine] = ANY
        pairs.append(_found(table, asked, chosen))
    return pairs


def _found(table: Integers, asked: Integers, chosen: Bools) -> tuple[Integers, Integers]:
    """Positions of what is asked for, and of the rows that ask for it; of the chosen rows, where it is there."""
    parts = np.flatnonzero(chosen)
    code = packed(*np.concatenate([table, asked[parts]]).T)
    own, wanted = code[: len(table)], code[len(table) :]
    order = np.argsort(own)
    at = np.minimum(np.searchsorted(own[order], wanted), len(own) - 1)
    there = own[order][at] == wanted
    return order[at[there]], parts[there]


def _without_area(area: Integers) -> Integers:
    """The place of people who have an area, but none of the level below; and back."""
    return -2 - area
