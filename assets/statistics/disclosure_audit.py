"""Whether figures that must stay unknown follow from those that are published, checked with floating point numbers.

Belongs here: the row space of published sums, and proof for both answers. Does not belong here: which figures there
are, choosing what to hide (``suppression``, whose code is not used here on purpose), intervals (``disclosure_bounds``).

A published figure is a sum over people; as a row of 0 and 1 over classes of people. A figure follows from published
figures if and only if its row is a combination of theirs: it lies in their row space (methods of Gaussian elimination
in disclosure control: Langsrud, Privacy in Statistical Databases 2024, doi 10.1007/978-3-031-69651-0_6).

* It does not follow: there is a *witness*, a change in the answers that leaves every published figure as it is and
  changes this one. Witnesses are random vectors projected on the orthogonal complement of the row space, so one of them
  changes a row by a normal number whose standard deviation is the row's distance to the row space. That all published
  figures stand is checked afterwards: it does not matter how a witness was found, it proves its case.
* It follows: no witness changes it. Of a row at distance d, ``WITNESSES`` independent ones change it less than
  ``REVEALED`` with a chance of (0.8 x REVEALED / d) ** WITNESSES: 3e-17 at a distance of 0.001.

The units of a country share no people, so their rows form blocks. Rows over several units (the nation) are projected
on the complement of every block, which eliminates the blocks exactly; what is left of them is one small problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, qr, svd

from assets.statistics.disclosure_bounds import Relations, bounds, narrow, of_members
from assets.statistics.intervals import Bools, Integers

__all__ = ["Block", "Relations", "RowSpace", "bounds", "classes", "narrow", "of_members"]

REVEALED = 1e-5
"""A row that no witness changes by more follows from what is published. Rows have entries 0 and 1 and norm 1 or more;
witnesses are exact to ``EXACT``. In three years of the synthetic police, 1.6 million rows, those that follow change by
less than 1e-6 and all others by more than 1e-4; what lies in between counts as following: the audit errs on the safe
side."""
EXACT = 1e-14
"""So close to zero every published figure of a unit must stay under a witness, relative to its length. What a witness
keeps of a direction that is published with singular value s is this over s: far below ``REVEALED`` as long as s is
above 1e-6 (in three years of the synthetic police: above 0.05), so that nothing that follows is taken for safe."""
JOINTLY_EXACT = 1e-11
"""The same for figures over units."""
UNSEEN = 1e-9
"""The same for every direction of an orthonormal basis of what these add: there s does not count."""
DEPENDENT = 1e-11
"""Rows over units depend on each other, given those of the units, where a combination of them (of length 1) leaves less
than this of the longest. Rounding leaves 5e-16; the shortest that was none 1.4e-6, after three years and a merger. A
Gram matrix would square that and lose it in a ridge, so these rows get an orthogonal factorisation."""
RIDGE = 1e-10
"""Added to the Gram matrix of a unit relative to its largest entry, so that dependent rows do no harm; repeating the
projection takes away what it leaves (proximal iteration: error in a direction of singular value s falls by RIDGE /
s^2). Where that is too slow the audit stops: it never takes for exact what is not."""
SWEEPS = 20
WITNESSES = 8
SEED = 45
Matrix = NDArray[np.float64]


def classes(rows: sparse.csr_matrix) -> tuple[Integers, int]:
    """People who are in exactly the same rows are one class: nothing published tells them apart.

    Args:
        rows: Published rows x atoms, 0 and 1.

    Returns:
        The class of every atom, and how many classes there are.
    """
    columns = rows.tocsc().sorted_indices()
    number: dict[bytes, int] = {}
    starts, inside = columns.indptr, columns.indices
    found = [number.setdefault(inside[begin:end].tobytes(), len(number)) for begin, end in pairwise(starts.tolist())]
    return np.array(found, dtype=np.int64), len(number)


class Block:
    """Orthogonal complement of the row space of one unit's published rows.

    Args:
        rows: Published rows x classes.
    """

    def __init__(self, rows: sparse.csr_matrix) -> None:
        self.rows = rows.tocsr().astype(np.float64)
        self._back = self.rows.T.tocsr()
        self._factor = _factor((self.rows @ self._back).toarray()) if self.rows.shape[0] else None

    def project(self, vectors: Matrix) -> Matrix:
        """The part of vectors (classes x vectors) that no published row sees.

        Raises:
            ArithmeticError: The projection does not converge.
        """
        left = vectors.astype(np.float64)
        if self._factor is None or not left.any():
            return left
        length = np.linalg.norm(left, axis=0) + 1.0
        for _ in range(SWEEPS):
            seen = self.rows @ left
            if np.all(np.abs(seen).max(axis=0, initial=0.0) <= EXACT * length):
                return left
            left -= self._back @ cho_solve(self._factor, seen, check_finite=False)
        raise ArithmeticError("the audit could not compute which figures follow from each other")


class RowSpace:
    """Row space of all published rows: of every unit, and over units.

    Args:
        units: Per unit, published rows x classes.
        joint: Per unit, its part of the rows over several units (same rows in every unit); None: there are none.
    """

    def __init__(self, units: Sequence[sparse.csr_matrix], joint: Sequence[sparse.csr_matrix] | None = None) -> None:
        shared = [sparse.csr_matrix((0, rows.shape[1])) for rows in units] if joint is None else list(joint)
        own, rest = _reduced(units, shared)
        self.blocks = [Block(rows) for rows in own]
        self._joint = [rows.astype(np.float64) for rows in rest]
        self._unseen = [block.project(rows.T.toarray()) for block, rows in zip(self.blocks, self._joint, strict=True)]
        count = self._joint[0].shape[0] if self._joint else 0
        self._basis = _basis(self._unseen) if count else None

    def project(self, vectors: Sequence[Matrix]) -> list[Matrix]:
        """The part of vectors (per unit classes x vectors) that no published row sees.

        Raises:
            ArithmeticError: The projection does not converge.
        """
        left = [block.project(part) for block, part in zip(self.blocks, vectors, strict=True)]
        if self._basis is None:
            return left
        length = np.sqrt(sum((part**2).sum(axis=0) for part in vectors)) + 1.0
        for _ in range(SWEEPS):
            along = self._basis.T @ sum(unseen.T @ part for unseen, part in zip(self._unseen, left, strict=True))
            seen = sum(rows @ part for rows, part in zip(self._joint, left, strict=True))
            stands = np.abs(seen).max(axis=0, initial=0.0) <= JOINTLY_EXACT * length
            if np.all(stands & (np.abs(along).max(axis=0, initial=0.0) <= UNSEEN * length)):
                return left
            step = self._basis @ along
            # the rows of the units again: rounding of long steps would show in them
            parts = zip(self.blocks, left, self._unseen, strict=True)
            left = [block.project(part - unseen @ step) for block, part, unseen in parts]
        raise ArithmeticError("the audit could not compute which figures follow from each other")

    def witnesses(self, count: int = WITNESSES) -> list[Matrix]:
        """Random changes (per unit classes x count) that leave every published figure as it is."""
        draw = np.random.default_rng(SEED)
        return self.project([draw.standard_normal((block.rows.shape[1], count)) for block in self.blocks])

    def derivable(self, targets: Sequence[sparse.csr_matrix], witnesses: Sequence[Matrix]) -> tuple[Bools, float]:
        """Which target rows follow from what is published.

        Args:
            targets: Per unit its part of the targets: the same rows in every unit.
            witnesses: Of :meth:`witnesses`.

        Returns:
            Per target whether it follows, and the smallest change of a target that does not under its best witness
            (infinite without targets): how clear the case is.
        """
        change = sum(rows @ part for rows, part in zip(targets, witnesses, strict=True))
        largest = np.abs(np.asarray(change)).max(axis=1, initial=0.0)
        found: Bools = largest < REVEALED
        return found, float(largest[~found].min(initial=np.inf))


def _factor(gram: Matrix) -> tuple[Matrix, bool]:
    ridge = RIDGE * max(float(gram.diagonal().max(initial=0.0)), 1.0)
    gram[np.diag_indices_from(gram)] += ridge
    found: tuple[Matrix, bool] = cho_factor(gram, overwrite_a=True, check_finite=False)
    return found


def _basis(unseen: Sequence[Matrix]) -> Matrix:
    """Combinations (rows x k) of rows over units that are an orthonormal basis of what these add to the units' rows.

    Args:
        unseen: Per unit classes x rows: the part of every row that the rows of the unit do not see.
    """
    count = unseen[0].shape[1]
    triangle = np.zeros((0, count))
    for part in unseen:
        triangle = qr(np.vstack([triangle, part]), mode="r", overwrite_a=True, check_finite=False)[0][:count]
    _, length, turned = svd(triangle, full_matrices=False, check_finite=False)
    kept = length > DEPENDENT * length.max(initial=0.0)
    found: Matrix = turned[kept].T / length[kept]
    return found


def _reduced(
    units: Sequence[sparse.csr_matrix], joint: Sequence[sparse.csr_matrix]
) -> tuple[list[sparse.csr_matrix], list[sparse.csr_matrix]]:
    """The same row space with fewer rows over units.

    The part of a joint row that is itself a published row of its unit is taken away; a row that then touches one unit
    only is a row of that unit.
    """
    parts = [_without(rows, shared) for rows, shared in zip(units, joint, strict=True)]
    touched = np.array([np.diff(part.indptr) > 0 for part in parts]).reshape(len(parts), -1)
    alone = touched.sum(axis=0) == 1
    own = [
        sparse.vstack([rows.tocsr(), part[here & alone]]).tocsr()
        for rows, part, here in zip(units, parts, touched, strict=True)
    ]
    return own, [part[touched.sum(axis=0) > 1] for part in parts]


def _without(rows: sparse.csr_matrix, shared: sparse.csr_matrix) -> sparse.csr_matrix:
    """The shared rows, empty where one is equal to a row."""
    known = set(_patterns(rows))
    keep = np.array([pattern not in known for pattern in _patterns(shared)], dtype=np.float64)
    found = sparse.diags(keep, shape=(len(keep), len(keep))) @ shared if len(keep) else shared
    found = found.tocsr()
    found.eliminate_zeros()
    return found


def _patterns(rows: sparse.csr_matrix) -> list[bytes]:
    ordered = rows.tocsr().sorted_indices()
    starts, inside = ordered.indptr.tolist(), ordered.indices
    return [inside[a:b].tobytes() for a, b in pairwise(starts)]
