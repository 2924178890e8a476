"""Linear algebra over a prime field: which sums follow from other sums, exactly and fast.

Belongs here: exact products, and the reduced echelon form of a growing set of rows. Does not belong here: what a row,
a column or a target means, and which rows may be published (``suppression``).

Numbers of the field are floats in the balanced form, -P/2 .. P/2, so that small whole numbers stay themselves and zero
is only ever 0.0. P < 2**26: a product of two balanced numbers is below 2**50 and exact in a float of 53 bits. What
follows from other rows over the rationals follows over the field as well, unless P divides a denominator (odds of about
one in P; the independent audit is in floats). The reverse error hides one figure too many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assets.statistics.intervals import Bools, Floats, Integers

P = 67_108_859
"""The largest prime below 2**26."""
EXACT = 2.0**52
"""Whole numbers up to here, and the result of rounding a quotient of them by P, are exact."""
HALF_WORD = 2.0**13
MOST_TERMS = 2**15


def balanced(numbers: Floats) -> Floats:
    """The balanced form of whole numbers of at most ``EXACT`` in absolute value."""
    small: Floats = numbers - P * np.rint(numbers * (1 / P))
    return small


def inverse(number: float) -> float:
    """The number that gives one when multiplied with a number other than zero."""
    found = pow(int(number), -1, P)
    return float(found - P if found > P // 2 else found)


def product(left: Floats | sparse.csr_array, right: Floats) -> Floats:
    """Matrix product of balanced numbers.

    Args:
        left: Shape (n,), (m, n) or sparse (m, n).
        right: Shape (n,) or (n, k).

    Raises:
        ValueError: For more terms per sum than stay exact.
    """
    terms = right.shape[0]
    if terms == 0 or left.shape[0] == 0:
        return np.zeros((*left.shape[:-1], *right.shape[1:]))
    entries = left.data if isinstance(left, sparse.csr_array) else left
    largest = float(np.abs(entries).max(initial=0.0))
    if largest * terms * (P / 2) <= EXACT:
        return balanced(np.asarray(left @ right))
    if terms > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms stay exact, not {terms}")
    high = np.rint(right / HALF_WORD)
    upper = balanced(np.asarray(left @ high))
    return balanced(upper * HALF_WORD + np.asarray(left @ (right - high * HALF_WORD)))


def sparse_product(left: sparse.csr_array, right: sparse.csr_array) -> sparse.csr_array:
    """The same of two sparse matrices of balanced numbers.

    Raises:
        ValueError: For more terms per sum than stay exact.
    """
    if right.shape[0] > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms stay exact, not {right.shape[0]}")
    halves = right.copy()
    halves.data = np.rint(right.data / HALF_WORD)
    upper = left @ halves
    upper.data = balanced(upper.data) * HALF_WORD
    halves.data = right.data - halves.data * HALF_WORD
    found = sparse.csr_array(upper + left @ halves)
    found.data = balanced(found.data)
    found.eliminate_zeros()
    return found


def multiples(rows: Floats, row: Floats) -> Bools:
    """Which rows are a multiple, other than zero, of a row that is not zero itself. Shapes (m, n), (n,)."""
    at = int(np.flatnonzero(row)[0])
    same = balanced(rows * row[at] - rows[:, at, None] * row)
    found: Bools = ~same.any(axis=1) & (rows[:, at] != 0)
    return found


@dataclass(frozen=True)
class Entry:
    """What taking up a row changed.

    Attributes:
        pivot: Its column.
        pivots: Pivot columns of the earlier rows that had it.
        factors: Their number there.
    """

    pivot: int
    pivots: Integers
    factors: Floats


class Echelon:
    """Rows in reduced echelon form: each has a pivot column where it is one and all others are zero.

    Attributes:
        slot: Per column the row of which it is the pivot, or -1.
        pivots: Per row its pivot column.
        occupied: Per column the number of rows that are not zero there; zero for pivots.
    """

    def __init__(self, columns: int) -> None:
        """No rows yet."""
        self.slot: Integers = np.full(columns, -1, dtype=np.int64)
        self.occupied: Integers = np.zeros(columns, dtype=np.int64)
        self._pivots: Integers = np.zeros(0, dtype=np.int64)
        self._rests: Floats = np.zeros((0, columns))
        self._size = 0

    @classmethod
    def of(cls, pivots: Integers, rests: Floats) -> Echelon:
        """From rows that are in this form already; the arrays become its own."""
        new = cls(rests.shape[1])
        new._pivots, new._rests, new._size = pivots, rests, len(pivots)
        new.slot[pivots] = np.arange(len(pivots))
        new.occupied = np.count_nonzero(rests, axis=0).astype(np.int64)
        return new

    def __len__(self) -> int:
        return self._size

    @property
    def pivots(self) -> Integers:
        """Per row its pivot column."""
        return self._pivots[: self._size]

    @property
    def rests(self) -> Floats:
        """The rows without their pivots, shape (rows, columns)."""
        return self._rests[: self._size]

    def sparse_rests(self, rows: Integers) -> sparse.csr_array:
        """Some rows without their pivots."""
        parts = [np.flatnonzero(self._rests[row]) for row in rows.tolist()]
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
        columns = np.concatenate([*parts, np.zeros(0, dtype=np.int64)])
        numbers = self._rests[np.repeat(rows, np.diff(starts)), columns]
        return sparse.csr_array((numbers, columns, starts), shape=(len(rows), len(self.slot)))

    def copy(self) -> Echelon:
        """Another with the same rows."""
        return Echelon.of(self.pivots.copy(), self.rests.copy())

    def narrowed(self, kept: Integers, columns: int) -> Echelon:
        """The rows with a pivot among the kept columns, on these columns and new ones after them.

        They must be zero on all columns that are not kept (``prefer``).
        """
        place = np.full(len(self.slot), -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        own = np.flatnonzero(place[self.pivots] >= 0)
        rests = np.zeros((len(own), columns))
        rests[:, : len(kept)] = self._rests[np.ix_(own, kept)]
        return Echelon.of(place[self.pivots[own]], rests)

    def residual(self, columns: Integers) -> Floats:
        """What is left of a row of ones at these columns: zero at all pivots, all zero if it follows from the rows."""
        slots = self.slot[columns]
        held = slots[slots >= 0]
        if 3 * len(held) > self._size:  # adding up few rows beats a product with all of them
            left = np.bincount(held, minlength=self._size).astype(np.float64) @ self.rests
            np.negative(left, out=left)
        else:
            left = -self._rests[held].sum(axis=0)
        left[columns[slots < 0]] += 1
        return balanced(left)

    def add(self, residual: Floats, among: Bools | None = None) -> Entry:
        """Takes up a row that has been reduced and is not zero; its pivot is the column (of ``among``) fewest use."""
        support = np.flatnonzero(residual)
        choice = support if among is None else support[among[support]]
        pivot = int(choice[np.argmin(self.occupied[choice])])
        row = balanced(residual[support] * inverse(residual[pivot]))
        slots = np.flatnonzero(self.rests[:, pivot])
        factors = self._rests[slots, pivot]
        if len(slots):
            at = np.ix_(slots, support)
            block = self._rests[at]
            self.occupied[support] -= np.count_nonzero(block, axis=0)
            block = balanced(block - factors[:, None] * row)
            self.occupied[support] += np.count_nonzero(block, axis=0)
            self._rests[at] = block
        if self._size == len(self._pivots):
            more = max(64, self._size)
            self._pivots = np.concatenate([self._pivots, np.zeros(more, dtype=np.int64)])
            self._rests = np.concatenate([self._rests, np.zeros((more, self._rests.shape[1]))])
        self._rests[self._size] = 0
        self._rests[self._size, support] = row
        self._rests[self._size, pivot] = 0
        self.occupied[support] += 1
        self.occupied[pivot] = 0
        self.slot[pivot] = self._size
        self._pivots[self._size] = pivot
        self._size += 1
        return Entry(pivot, self._pivots[slots], factors)

    def _remove(self, slot: int) -> Floats:
        """Takes a row out, whole; the last row takes its place."""
        row: Floats = self._rests[slot].copy()
        last = self._size - 1
        self.occupied -= row != 0
        row[self._pivots[slot]] = 1
        self.slot[self._pivots[slot]] = -1
        if slot != last:
            self._rests[slot], self._pivots[slot] = self._rests[last], self._pivots[last]
            self.slot[self._pivots[slot]] = slot
        self._size = last
        return row

    def prefer(self, columns: Bools) -> None:
        """Moves pivots into these columns: afterwards rows with a pivot elsewhere are zero on them."""
        places = np.flatnonzero(columns)
        outside = np.flatnonzero(~columns[self.pivots])
        mixed = outside[self._rests[np.ix_(outside, places)].any(axis=1)]
        for pivot in self._pivots[mixed]:  # removing a row moves others, not their pivots
            slot = int(self.slot[pivot])
            if self._rests[slot, places].any():
                self.add(self._remove(slot), among=columns)
