"""Secondary suppression: which cells may be published without others becoming derivable from them.

Belongs here: the exact decision by Gaussian elimination, for one table or for releases one after another.
Does not belong here: which cells there are, which are too small and in what order they are offered
(``assets.disclosure``), arithmetic over the field (``elimination``), the independent check (``disclosure_audit``).

Every published figure is a sum over respondents. A column is an atom: the respondents who are in exactly the same
cells. A row is a cell: ones at its atoms. A *target* must not become a combination of published rows; targets are
named rows, and the single columns that are ``lone``. A row reveals a target exactly if the target, reduced by the rows
already published, is a multiple of the row reduced likewise (methods 4.5, rule 7). Langsrud (2024),
doi 10.1007/978-3-031-69651-0_6; equal to GaussSuppression 1.0.0 with ``singletonMethod = "none"``.

To find such a target among thousands, random functionals that vanish on the published rows are kept: what follows has
only zeros as values, multiples have values in the same proportion. The converse rests on chance (a fixed seed): with
four of them over a field of 2**26 numbers other rows are taken for multiples once in 1e-23 pairs, which hides a figure
too many, and a row that does not follow is taken for one that does once in 1e-31, which the audit would have to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assets.statistics.elimination import (
    Echelon,
    P,
    balanced,
    inverse,
    multiples,
    product,
    sparse_product,
)
from assets.statistics.intervals import Bools, Floats, Integers

SEED = 20_240_501
FUNCTIONALS = 4


@dataclass(frozen=True)
class Rows:
    """Cells as sets of columns, one after another.

    Attributes:
        starts: Where each row begins in ``columns``, and the end; length rows + 1.
        columns: Column numbers, none twice in a row.
    """

    starts: Integers
    columns: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[Integers]:
        for start, stop in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield self.columns[start:stop]

    @classmethod
    def of(cls, sets: list[list[int]]) -> Rows:
        """From a list of column numbers per row."""
        starts = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        return cls(starts, np.array([column for row in sets for column in row], dtype=np.int64))

    def pick(self, positions: Integers) -> Rows:
        """These rows, in this order."""
        starts = np.cumsum(np.concatenate([[0], np.diff(self.starts)[positions]]), dtype=np.int64)
        parts = [self.columns[self.starts[at] : self.starts[at + 1]] for at in positions]
        return Rows(starts, np.concatenate([*parts, np.zeros(0, dtype=np.int64)]))

    def matrix(self, columns: int) -> sparse.csr_array:
        """As a sparse matrix of ones with so many columns."""
        ones = np.ones(len(self.columns))
        return sparse.csr_array((ones, self.columns, self.starts), shape=(len(self), columns))


class Eliminator:
    """The published rows and the targets of one problem."""

    def __init__(self, lone: Bools) -> None:
        """Nothing published yet.

        Args:
            lone: Per column whether the column on its own is a target.
        """
        self._lone: Bools = lone.astype(np.bool_)
        self._echelon = Echelon(len(lone))
        self._targets = sparse.csr_array((0, len(lone)))
        self._alive: Bools = np.zeros(0, dtype=np.bool_)  # spares checking targets that are lost already
        draw = np.random.default_rng(SEED).integers(-(P // 2), P // 2 + 1, (len(lone), FUNCTIONALS))
        self._values: Floats = draw.astype(np.float64)
        self._target_values: Floats = np.zeros((0, FUNCTIONALS))
        self._by_column: sparse.csc_array | None = None

    def copy(self) -> Eliminator:
        """Another with the same rows and targets: what is offered to one is not known to the other."""
        other = Eliminator(self._lone)
        other._echelon = self._echelon.copy()
        other._targets, other._alive = self._targets, self._alive.copy()
        other._values, other._target_values = self._values.copy(), self._target_values.copy()
        other._by_column = self._by_column
        return other

    def protect(self, rows: Rows) -> Integers:
        """Adds targets; returns the positions of rows that are derivable already and hence cannot be protected."""
        return self._protect(rows.matrix(len(self._lone)))

    def publish(self, rows: Rows) -> Integers:
        """Takes up rows that are fixed; returns the positions of those that make a target derivable."""
        revealing = []
        for position, columns in enumerate(rows):
            values = balanced(self._values[columns].sum(axis=0))
            if values.any() and self._publish(values, self._echelon.residual(columns)):
                revealing.append(position)
        return np.array(revealing, dtype=np.int64)

    def offer(self, rows: Rows) -> Bools:
        """Publishes each row, in this order, unless a target would become derivable; returns which are published.

        A row that is derivable from what is published already counts as published.
        """
        published = np.ones(len(rows), dtype=np.bool_)
        for position, columns in enumerate(rows):
            values = balanced(self._values[columns].sum(axis=0))
            if not values.any():
                continue
            columns_revealed, targets_revealed = self._revealed(values)
            if len(columns_revealed) or len(targets_revealed):
                published[position] = False
            else:
                self._take(values, self._echelon.residual(columns))
        return published

    def derivable(self, rows: Rows) -> Bools:
        """Which rows are a combination of the published rows."""
        values = [balanced(self._values[columns].sum(axis=0)) for columns in rows]
        return np.array([not value.any() for value in values], dtype=np.bool_)

    def advance(self, kept: Integers, lone: Bools) -> Eliminator:
        """The same problem for rows to come that touch only the kept columns and new ones; decisions stay exactly so.

        This one is used up: what it knows moves on, a copy would double the memory.

        Args:
            kept: Columns that live on; column i of the result is kept[i].
            lone: Of all columns of the result: the kept ones, then the new ones.
        """
        gone = np.ones(len(self._lone), dtype=np.bool_)
        gone[kept] = False
        echelon = self._echelon
        echelon.prefer(gone)
        after = Eliminator(lone)
        after._adopt(echelon.narrowed(kept, len(lone)))
        named = self._targets[self._alive]
        entries = np.repeat(np.arange(named.shape[0]), np.diff(named.indptr))
        touched = np.bincount(entries, gone[named.indices], named.shape[0]) > 0
        after._protect(_widened(named[~touched][:, kept], len(lone)))
        left = _Left.over(named[touched], echelon, gone, kept, self._lone)
        after._protect(_widened(left.rows(after._differing(left.values(after._values[: len(kept)]))), len(lone)))
        return after

    def _differing(self, values: Floats) -> Integers:
        """Positions of values that are new, whatever the factor: not zero, of no target here, and none twice."""
        known = np.concatenate([self._values[self._lone], self._target_values[self._alive]])
        known = known[known.any(axis=1)]
        some = np.flatnonzero(values.any(axis=1))
        _, first = np.unique(_scaled(np.concatenate([known, values[some]])), axis=0, return_index=True)
        found: Integers = some[np.sort(first[first >= len(known)]) - len(known)]
        return found

    def _adopt(self, echelon: Echelon) -> None:
        """Starts from rows of another problem."""
        self._echelon = echelon
        self._values[echelon.pivots] = -product(echelon.rests, self._values)
        self._lone[echelon.pivots[~echelon.rests.any(axis=1)]] = False

    def _protect(self, rows: sparse.csr_array) -> Integers:
        values = product(rows, self._values)
        open_ = values.any(axis=1)
        self._targets = sparse.csr_array(sparse.vstack([self._targets, rows[np.flatnonzero(open_)]]))
        self._by_column = None
        self._target_values = np.concatenate([self._target_values, values[open_]])
        self._alive = np.concatenate([self._alive, np.ones(int(open_.sum()), dtype=np.bool_)])
        return np.flatnonzero(~open_)

    def _publish(self, values: Floats, residual: Floats) -> bool:
        columns, targets = self._revealed(values)
        self._lone[columns] = False
        self._alive[targets] = False
        self._take(values, residual)
        return bool(len(columns) or len(targets))

    def _revealed(self, values: Floats) -> tuple[Integers, Integers]:
        """Lone columns and named targets that are a multiple of a row with these values, which are not all zero."""
        return _multiples(self._values, values, self._lone), _multiples(self._target_values, values, self._alive)

    def _take(self, values: Floats, residual: Floats) -> None:
        """Publishes a row and lets the functionals vanish on it as well."""
        entry = self._echelon.add(residual)
        step = balanced(values * inverse(residual[entry.pivot]))
        moved = np.append(entry.pivots, entry.pivot)
        change = balanced(np.append(entry.factors, -1.0)[:, None] * step)
        self._values[moved] = balanced(self._values[moved] + change)
        if self._by_column is None:
            self._by_column = self._targets.tocsc()
        part = sparse.csr_array(self._by_column[:, moved])
        touched = np.flatnonzero(np.diff(part.indptr))
        if len(touched):
            self._target_values[touched] = balanced(self._target_values[touched] + product(part[touched], change))


@dataclass(frozen=True)
class _Left:
    """What is left of targets when columns go: targets less published rows with a pivot there, zero on all that go.

    Written as target less factors x rows, because most of them turn out to be the same and are never worked out.

    Attributes:
        targets: Targets on the kept columns.
        factors: Number of each target at each pivot that goes.
        rests: Published rows with such a pivot, on the kept columns.
    """

    targets: sparse.csr_array
    factors: sparse.csr_array
    rests: sparse.csr_array

    @classmethod
    def over(cls, named: sparse.csr_array, echelon: Echelon, gone: Bools, kept: Integers, lone: Bools) -> _Left:
        """Targets that touch columns that go and lone columns that go, if what is left is zero on these.

        Args:
            named: Targets.
            echelon: Published rows, pivots preferably in columns that go.
            gone: Columns that go.
            kept: Those that stay.
            lone: Columns that are targets by themselves.
        """
        old = np.flatnonzero(gone[echelon.pivots])
        pivots = echelon.pivots[old]
        free = gone.copy()
        free[pivots] = False
        there = np.flatnonzero(free)
        alone = pivots[lone[pivots]]
        units = sparse.csr_array((np.ones(len(alone)), (np.arange(len(alone)), alone)), (len(alone), len(gone)))
        rows = sparse.csr_array(sparse.vstack([named, units]))
        draw = np.random.default_rng(SEED).integers(-(P // 2), P // 2 + 1, (len(there), FUNCTIONALS))
        chance = draw.astype(np.float64)
        rests = echelon.sparse_rests(old)
        factors = rows[:, pivots]
        # a random functional of what is left there: zero for all that is zero, and by chance (1e-31) for others
        seen = balanced(product(rows[:, there], chance) - product(factors, product(rests[:, there], chance)))
        whole = np.flatnonzero(~seen.any(axis=1))
        return cls(rows[whole][:, kept], factors[whole], rests[:, kept])

    def values(self, functionals: Floats) -> Floats:
        """Values of functionals of the kept columns."""
        return balanced(product(self.targets, functionals) - product(self.factors, product(self.rests, functionals)))

    def rows(self, positions: Integers) -> sparse.csr_array:
        """Some of them worked out, on the kept columns."""
        found = sparse.csr_array(self.targets[positions] - sparse_product(self.factors[positions], self.rests))
        found.data = balanced(found.data)
        found.eliminate_zeros()
        return found


def _multiples(rows: Floats, row: Floats, among: Bools) -> Integers:
    """Positions of the rows, among some, that are a multiple other than zero of a row that is not zero."""
    at = int(np.flatnonzero(row)[0])
    other = (at + 1) % len(row)
    # most are ruled out by two of the numbers
    likely = np.flatnonzero((balanced(rows[:, other] * row[at] - rows[:, at] * row[other]) == 0) & among)
    return likely[multiples(rows[likely], row)] if len(likely) else likely


def _scaled(rows: Floats) -> Floats:
    """Multiples with a first number of one; every row has one that is not zero."""
    if not len(rows):
        return rows
    first = rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)]
    scale: dict[float, float] = {number: inverse(number) for number in np.unique(first).tolist()}
    return balanced(rows * np.array([scale[number] for number in first.tolist()])[:, None])


def _widened(rows: sparse.csr_array, columns: int) -> sparse.csr_array:
    return sparse.csr_array((rows.data, rows.indices, rows.indptr), shape=(rows.shape[0], columns))


def secondary(table: Rows, order: Integers, primary: Integers) -> Integers:
    """Secondary suppression of one table without any history.

    Args:
        table: The cells, as sets of inner cells.
        order: Positions of cells in the order in which they may be published; primary ones are passed over.
        primary: Positions of the cells that must not become derivable.

    Returns:
        Positions of the cells of ``order`` that have to be hidden as well, in that order.
    """
    engine = Eliminator(np.zeros(int(table.columns.max(initial=-1)) + 1, dtype=np.bool_))
    engine.protect(table.pick(primary))
    candidates = order[~np.isin(order, primary)]
    return candidates[~engine.offer(table.pick(candidates))]
