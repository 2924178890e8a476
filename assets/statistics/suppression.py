"""Secondary suppression: which cells may be published without others becoming derivable from them.

Belongs here: the exact decision by Gaussian elimination, for one table or for releases one after another.
Does not belong here: which cells there are, which are too small and in what order they are offered
(``assets.disclosure``), arithmetic over the field (``elimination``), the independent check (``disclosure_audit``).

Every published figure is a sum over respondents. A column is an atom: the respondents who are in exactly the same
cells. A row is a cell: ones at its atoms. A *target* must not become a combination of published rows; targets are
named rows, and the single columns that are ``lone``. A row reveals a target exactly if the target, reduced by the rows
already published, is a multiple of the row reduced likewise (methods 4.5, rule 7). Langsrud (2024),
doi 10.1007/978-3-031-69651-0_6; equal to GaussSuppression 1.0.0 with ``singletonMethod = "none"``.

To find such a target among thousands, two random functionals that vanish on the published rows are kept: multiples have
values in the same proportion. What is found is then verified exactly, so chance (a fixed seed) decides on speed alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assets.statistics.elimination import Echelon, P, balanced, distinct, from_integers, inverse, multiples, product
from assets.statistics.intervals import Bools, Floats, Integers

SEED = 20_240_501


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
        draw = np.random.default_rng(SEED).integers(-(P // 2), P // 2 + 1, (len(lone), 2))
        self._values: Floats = draw.astype(np.float64)
        self._target_values: Floats = np.zeros((0, 2))
        self._by_column: sparse.csc_array | None = None

    def protect(self, rows: Rows) -> Integers:
        """Adds targets; returns the positions of rows that are derivable already and hence cannot be protected."""
        return self._protect(rows.matrix(len(self._lone)))

    def protect_dense(self, rows: Integers) -> Integers:
        """The same for rows of any whole numbers, shape (m, columns)."""
        return self._protect(sparse.csr_array(from_integers(rows)))

    def publish(self, rows: Rows) -> Integers:
        """Takes up rows that are fixed; returns the positions of those that make a target derivable."""
        revealing = []
        for position, columns in enumerate(rows):
            values = balanced(self._values[columns].sum(axis=0))
            if self._publish(values, self._echelon.residual(columns)):
                revealing.append(position)
        return np.array(revealing, dtype=np.int64)

    def publish_dense(self, rows: Integers) -> Integers:
        """The same for rows of any whole numbers, shape (m, columns)."""
        revealing = []
        for position, row in enumerate(from_integers(rows)):
            values = product(row, self._values)
            if self._publish(values, self._echelon.residuals(row[None])[0]):
                revealing.append(position)
        return np.array(revealing, dtype=np.int64)

    def offer(self, rows: Rows) -> Bools:
        """Publishes each row, in this order, unless a target would become derivable; returns which are published.

        A row that is derivable from what is published already counts as published.
        """
        published = np.ones(len(rows), dtype=np.bool_)
        for position, columns in enumerate(rows):
            values = balanced(self._values[columns].sum(axis=0))
            residual = self._echelon.residual(columns)
            if not residual.any():
                continue
            if next(self._revealed(values, residual), None) is None:
                self._take(values, residual)
            else:
                published[position] = False
        return published

    def derivable(self, rows: Rows) -> Bools:
        """Which rows are a combination of the published rows."""
        found = np.zeros(len(rows), dtype=np.bool_)
        for position, columns in enumerate(rows):
            if not balanced(self._values[columns].sum(axis=0)).any():
                found[position] = not self._echelon.residual(columns).any()
        return found

    def functionals_on(self, columns: Integers) -> Integers:
        """What the published rows say about these columns alone.

        Returns:
            Basis of the combinations of published rows that are zero on all other columns, in the order of
            ``columns``: whole numbers modulo ``P`` in balanced form, shape (rank, len(columns)).
        """
        return self._echelon.within(columns).astype(np.int64)

    def advance(self, kept: Integers, lone: Bools) -> Eliminator:
        """The same problem for rows to come that touch only the kept columns and new ones; decisions stay exactly so.

        Args:
            kept: Columns that live on; column i of the result is kept[i].
            lone: Of all columns of the result: the kept ones, then the new ones.
        """
        gone = np.ones(len(self._lone), dtype=np.bool_)
        gone[kept] = False
        echelon = self._echelon.copy()
        echelon.prefer(gone)
        after = Eliminator(lone)
        after._adopt(echelon.narrowed(kept, len(lone)))
        named = self._targets[self._alive]
        entries = np.repeat(np.arange(named.shape[0]), np.diff(named.indptr))
        touched = np.bincount(entries, gone[named.indices], named.shape[0]) > 0
        after._protect(_widened(named[~touched][:, kept], len(lone)))
        left = _widened(self._survivors(named[touched], echelon, gone, kept), len(lone))
        # In canonical form most of them turn out to be the same, or a lone column.
        remains = distinct(after._echelon.residuals(left.toarray()))
        single = (remains != 0).sum(axis=1) == 1
        single &= remains @ after._lone > 0
        after._protect(sparse.csr_array(remains[~single]))
        return after

    def _survivors(self, named: sparse.csr_array, echelon: Echelon, gone: Bools, kept: Integers) -> sparse.csr_array:
        """Targets on columns that go, if a combination with rows there is zero on all of them: what is left of it."""
        old = gone[echelon.pivots]
        rests, pivots = echelon.rests[old], echelon.pivots[old]
        free = gone.copy()
        free[pivots] = False
        alone = rests[self._lone[pivots] & ~rests[:, free].any(axis=1)]
        factors = named[:, pivots].toarray()
        whole = ~balanced(named[:, free].toarray() - product(factors, rests[:, free])).any(axis=1)
        left = balanced(named[whole][:, kept].toarray() - product(factors[whole], rests[:, kept]))
        return sparse.csr_array(np.concatenate([left, alone[:, kept]]))

    def _adopt(self, echelon: Echelon) -> None:
        """Starts from rows of another problem."""
        self._echelon = echelon
        self._values[echelon.pivots] = -product(echelon.rests, self._values)
        self._lone[echelon.pivots[~echelon.rests.any(axis=1)]] = False

    def _protect(self, rows: sparse.csr_array) -> Integers:
        values = product(rows, self._values)
        open_ = np.ones(rows.shape[0], dtype=np.bool_)
        for position in np.flatnonzero(~values.any(axis=1)):
            open_[position] = self._echelon.residuals(rows[[position]].toarray()).any()
        self._targets = sparse.csr_array(sparse.vstack([self._targets, rows[open_]]))
        self._by_column = None
        self._target_values = np.concatenate([self._target_values, values[open_]])
        self._alive = np.concatenate([self._alive, np.ones(int(open_.sum()), dtype=np.bool_)])
        return np.flatnonzero(~open_)

    def _publish(self, values: Floats, residual: Floats) -> bool:
        if not residual.any():
            return False
        revealed = list(self._revealed(values, residual))
        self._lone[[column for column, _ in revealed if column >= 0]] = False
        self._alive[[target for _, target in revealed if target >= 0]] = False
        self._take(values, residual)
        return bool(revealed)

    def _revealed(self, values: Floats, residual: Floats) -> Iterator[tuple[int, int]]:
        """Targets that are a multiple of the residual: (column, -1) or (-1, position among the named)."""
        first, second = values
        alike = balanced(self._values[:, 0] * second - self._values[:, 1] * first) == 0
        for column in np.flatnonzero(alike & self._lone):
            slot = self._echelon.slot[column]
            unit = self._echelon.rests[[slot]] if slot >= 0 else np.eye(1, len(residual), int(column))
            if multiples(unit, residual)[0]:
                yield int(column), -1
        alike = balanced(self._target_values[:, 0] * second - self._target_values[:, 1] * first) == 0
        for target in np.flatnonzero(alike & self._alive):
            if multiples(self._echelon.residuals(self._targets[[target]].toarray()), residual)[0]:
                yield -1, int(target)

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
