"""Between which numbers the size of a hidden cell must lie, for a reader who adds and subtracts what is published.

Belongs here: linear programmes over hidden cells and the sums that hold between cells. Does not belong here: which
cells there are, whether a cell can be derived exactly (``disclosure_audit``), which cells to hide.

A reader knows that some cells add up to others (areas to the area above, quarters to four quarters). Known sizes are
put in, what is left are equations between hidden cells. The smallest and the largest value each can have are two
linear programmes (Fischetti & Salazar, Management Science 47, 2001, call it the attacker's problem). Hidden cells fall
apart into components that share no equation; each is a small problem of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from assets.statistics.intervals import Bools, Floats, Integers

WIDTH = 3.0
"""A hidden size that is known to less than this (7, 8 or 9) is as good as published."""
SLACK = 1e-6
"""Sizes are whole numbers and the solver holds its equations to 1e-7: a width below 3 by less than this is 3."""
FRUITLESS = 2
"""So many rounds of joint programmes without a newly settled cell, and the rest is done one by one."""
NEARBY = 4
"""Steps from a cell over shared equations within which is looked first."""
LARGE = 50_000
"""Of a problem of more cells, what is neither wide nor narrow by the equations nearby is not computed (of so many, a
cell takes seconds) and counts as narrow: the audit errs on the safe side."""
SEED = 20


@dataclass(frozen=True)
class Relations:
    """Sums that hold between cells: for every relation, the sum of sign x size over its cells is zero.

    Attributes:
        starts: Where each relation begins in ``cells`` and ``signs``, and where the last ends: relations + 1.
        cells: Positions of cells.
        signs: -1 for the total, 1 for its parts.
    """

    starts: Integers
    cells: Integers
    signs: Floats

    def matrix(self, count: int) -> sparse.csr_matrix:
        """Relations x cells, for that many cells."""
        # a copy: scipy sorts in place, and would do so with the signs alone
        return sparse.csr_matrix((self.signs, self.cells, self.starts), (len(self.starts) - 1, count), copy=True)

    def without(self, cells: Bools) -> Relations:
        """Only the sums in which none of these cells has a part."""
        lengths = np.diff(self.starts)
        relation = np.repeat(np.arange(len(lengths)), lengths)
        kept = np.bincount(relation, weights=cells[self.cells], minlength=len(lengths)) == 0
        inside = kept[relation]
        starts = np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64)
        return Relations(starts, self.cells[inside], self.signs[inside])


def of_members(starts: Integers, columns: Integers) -> Relations:
    """Every cell is the sum of its members: the relations of ``len(starts) - 1`` cells followed by their members.

    Args:
        starts: Cells + 1; where the members of each cell begin in ``columns``.
        columns: Numbers of the members (atoms), from 0. Member ``j`` becomes cell ``len(starts) - 1 + j``.
    """
    count = len(starts) - 1
    total = np.arange(count, dtype=np.int64)
    cells = np.insert(columns + count, starts[:-1], total)
    signs = np.insert(np.ones(len(columns)), starts[:-1], -np.ones(count))
    return Relations(starts + np.arange(len(starts)), cells.astype(np.int64), signs)


def bounds(
    relations: Relations, n: Floats, lower: Floats, upper: Floats, wanted: Integers | None = None
) -> tuple[Floats, Floats]:
    """Smallest and largest size of hidden cells that agree with everything published.

    Args:
        relations: Between all cells.
        n: Size of every cell; NaN where it is hidden.
        lower: What is known beforehand of the smallest size of each cell; of published cells it is not used.
        upper: The same of the largest; infinite where nothing is known.
        wanted: Positions of the hidden cells to bound; None: all hidden cells, in order.

    Returns:
        The lower and the upper bounds of the wanted cells (infinite where there is none).

    Raises:
        ValueError: No sizes agree with what is published; the cells do not belong together.
    """
    wanted = np.flatnonzero(np.isnan(n)) if wanted is None else wanted
    low, high = lower[wanted].astype(np.float64), upper[wanted].astype(np.float64)
    for problem in _components(relations, n, lower, upper):
        at = np.flatnonzero(np.isin(wanted, problem.cells))
        for position in at:
            low[position], high[position] = problem.range_of(int(np.flatnonzero(problem.cells == wanted[position])[0]))
    return low, high


def narrow(  # noqa: PLR0917
    relations: Relations,
    n: Floats,
    hidden: Bools,
    lower: Floats,
    upper: Floats,
    wanted: Integers,
    width: float = WIDTH,
) -> tuple[Integers, Floats, Floats]:
    """Hidden cells whose size is known to less than ``width``.

    Says the same as :func:`bounds`, but knows the true sizes, which agree with everything published. So do the
    solutions of programmes in which only cells near the wanted ones may move: two of those in which a cell differs by
    ``width`` settle it, many at a time. What is left has a programme of its own.

    Args:
        relations: Between all cells.
        n: True size of every cell, of the hidden ones too.
        hidden: Which cells are hidden.
        lower: As in :func:`bounds`; the true sizes must lie in between.
        upper: As in :func:`bounds`.
        wanted: Positions of the hidden cells to judge.
        width: What the upper bound must exceed the lower bound by, at least.

    Returns:
        Positions (of cells) of the narrow ones, in order, with bounds that they lie within (NaN: not computed, see
        ``LARGE``).
    """
    seen = np.where(hidden, np.nan, n)
    pending = wanted
    for steps in range(1, NEARBY + 1):
        # with everything further away at its true size: what can move then can move
        free = np.where(_near(relations, hidden, pending, steps), np.nan, n)
        pending = _unsettled(_components(relations, free, lower, upper), n, pending, width)
    found = {int(cell): (float(lower[cell]), float(upper[cell])) for cell in pending}
    for problem in _components(relations, seen, lower, upper) if len(pending) else []:
        for position in np.flatnonzero(np.isin(problem.cells, pending)).tolist():
            found[int(problem.cells[position])] = problem.around(position, width)
    narrow_cells = sorted(cell for cell, (low, high) in found.items() if not high - low >= width - SLACK)
    pairs = np.array([found[cell] for cell in narrow_cells], dtype=np.float64).reshape(-1, 2)
    return np.array(narrow_cells, dtype=np.int64), pairs[:, 0], pairs[:, 1]


def _near(relations: Relations, hidden: Bools, cells: Integers, steps: int) -> Bools:
    """Hidden cells within so many steps over shared equations of some cells."""
    pattern = abs(relations.matrix(len(hidden))) @ sparse.diags(hidden.astype(np.float64))
    found = np.zeros(len(hidden), dtype=np.bool_)
    found[cells] = True
    for _ in range(steps):
        found |= (pattern.T @ ((pattern @ found) > 0)) > 0
    return found


def _unsettled(problems: list[_Problem], n: Floats, wanted: Integers, width: float) -> Integers:
    """Wanted cells that no two solutions of a problem show to be wide."""
    draw = np.random.default_rng(SEED)
    settled: list[Integers] = []
    for problem in problems:
        at = np.flatnonzero(np.isin(problem.cells, wanted))
        left = problem.unsettled(n[problem.cells], at, width, draw)
        settled.append(np.delete(problem.cells[at], left))
    return np.setdiff1d(wanted, np.concatenate(settled) if settled else [])


@dataclass(frozen=True)
class _Problem:
    """Hidden cells that hang together, and the equations between them."""

    cells: Integers
    matrix: sparse.csr_matrix
    right: Floats
    limits: NDArray[np.float64]

    def extreme(self, objective: Floats) -> Floats:
        """Sizes that agree with what is published and make the objective as small as possible."""
        solved = linprog(objective, A_eq=self.matrix, b_eq=self.right, bounds=self.limits, method="highs")
        if solved.status == 3:  # unbounded
            return np.where(objective != 0, -np.sign(objective) * np.inf, 0.0)
        if solved.x is None:
            raise ValueError("no sizes of the hidden cells agree with what is published")
        sizes: Floats = solved.x
        return sizes

    def range_of(self, position: int) -> tuple[float, float]:
        """Smallest and largest size of one cell."""
        objective = np.zeros(len(self.cells))
        objective[position] = 1.0
        return float(self.extreme(objective)[position]), float(self.extreme(-objective)[position])

    def around(self, position: int, width: float) -> tuple[float, float]:
        """The same, but equations far away are left out when those nearby make the cell narrow enough.

        Leaving out equations can only make the range wider, so what is narrow without them is narrow. NaN where that
        does not decide in a ``LARGE`` problem.
        """
        near = np.zeros(len(self.cells), dtype=np.bool_)
        near[position] = True
        pattern = abs(self.matrix)
        for _ in range(NEARBY):
            rows = np.flatnonzero(pattern @ near)
            near = (pattern[rows].sum(axis=0) > 0).A1 if len(rows) else near
            if near.all():
                break
            cells = np.flatnonzero(near)
            local = _Problem(self.cells[cells], self.matrix[rows][:, cells], self.right[rows], self.limits[cells])
            low, high = local.range_of(int(np.searchsorted(cells, position)))
            if high - low < width - SLACK:
                return low, high
        return self.range_of(position) if len(self.cells) <= LARGE else (np.nan, np.nan)

    def unsettled(self, truth: Floats, at: Integers, width: float, draw: np.random.Generator) -> Integers:
        """Positions (in ``at``) of cells that no two joint solutions show to be wide."""
        low, high = truth[at].copy(), truth[at].copy()
        fruitless, pending = 0, np.arange(len(at))
        while len(pending) and fruitless < FRUITLESS:
            objective = np.zeros(len(self.cells))
            objective[at[pending]] = draw.choice([-1.0, 1.0], len(pending)) * draw.uniform(0.5, 1.5, len(pending))
            for direction in (objective, -objective):
                sizes = self.extreme(direction)[at]
                if np.isfinite(sizes).all():
                    low, high = np.minimum(low, sizes), np.maximum(high, sizes)
            left = pending[(high - low)[pending] < width - SLACK]
            fruitless = fruitless + 1 if len(left) == len(pending) else 0
            pending = left
        return pending


def _components(relations: Relations, n: Floats, lower: Floats, upper: Floats) -> list[_Problem]:
    """Equations between hidden cells, known sizes put in, apart where they share no cell."""
    whole = relations.matrix(len(n))
    hidden = np.isnan(n)
    unknown = np.flatnonzero(hidden)
    right = -(whole @ np.where(hidden, 0.0, n))
    matrix = whole[:, unknown].tocsr()
    matrix.eliminate_zeros()
    useful = np.diff(matrix.indptr) > 0
    matrix, right = matrix[useful], right[useful]
    if not len(unknown) or not matrix.shape[0]:
        return []
    pattern = abs(matrix)
    count, label = connected_components(pattern.T @ pattern, directed=False)
    label_of_relation = label[matrix.indices[matrix.indptr[:-1]]]
    limits = np.column_stack([lower[unknown], upper[unknown]]).astype(np.float64)
    cells_of, rows_of = _grouped(label, count), _grouped(label_of_relation, count)
    return [
        _Problem(unknown[cells], matrix[rows][:, cells], right[rows], limits[cells])
        for cells, rows in zip(cells_of, rows_of, strict=True)
        if len(rows)
    ]


def _grouped(label: Integers, count: int) -> list[Integers]:
    """Positions per label."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.searchsorted(label[order], np.arange(1, count)))
