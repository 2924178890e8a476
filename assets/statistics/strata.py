"""Building blocks of variance estimation: factors of strata, adding up, generalised inverse, repeated persons.

Belongs here: what the dense form (``design``) and the Gram form (``calibrated``) share. Does not belong here: estimates
and their variances.

Sources: Wolter, Introduction to Variance Estimation (2007), ch. 6; R ``survey`` with ``survey.lonely.psu =
"adjust"`` for strata with one unit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Sparse = Any
"""A scipy sparse array; scipy is not typed."""
SINGULAR = 1e-9
"""Part of a margin's sum of squares below which what other margins leave of it is rounding: it repeats them."""


def stratum_factors(size: Floats, population: Floats | None = None) -> tuple[Floats, Floats]:
    """Factors per stratum of the sum of squares and of the squared sum; a single unit counts with its own square.

    Args:
        size: Sampled units per stratum, n.
        population: Units in the population per stratum, N; None leaves the finite population correction out.

    Raises:
        ValueError: Some n > N.
    """
    several = size > 1
    of_squares = np.where(several, size / np.where(several, size - 1, 1.0), 1.0)
    if population is not None:
        if (size > population).any():
            raise ValueError(f"{int((size > population).sum())} strata have more sampled units than their population")
        of_squares *= 1 - size / np.where(population > 0, population, 1.0)
    return of_squares, np.where(several, of_squares / np.where(several, size, 1.0), 0.0)


def indicator(position: Integers, rows: int) -> Sparse:
    """Matrix (rows x n) that adds up the respondents of each position; -1 is nowhere."""
    inside = np.flatnonzero(position >= 0)
    return sparse.csr_array((np.ones(len(inside)), (position[inside], inside)), shape=(rows, len(position)))


def margin_matrix(positions: Integers, offsets: Integers, columns: int) -> Sparse:
    """Calibration variables (n x columns, 0 or 1) from lists of the positions that are 1.

    Args:
        positions: all lists end to end; that of row i is positions[offsets[i]:offsets[i+1]].
        offsets: n + 1 places where the lists begin, the last being the length of ``positions``.
        columns: number of margins.
    """
    return sparse.csr_array((np.ones(len(positions)), positions, offsets), shape=(len(offsets) - 1, columns))


def generalised_inverse(cross_products: Floats) -> Floats:
    """A symmetric generalised inverse of X'DX: that of columns that do not repeat others, zero for those that do.

    Which of several repeated columns is left out changes no projection on X. Cholesky with pivoting finds them.
    """
    scale = np.sqrt(np.maximum(np.diag(cross_products), 0.0))
    scale = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = cross_products * scale[:, None] * scale
    result = np.zeros_like(scaled)
    if not scaled.any():
        return result
    factor, pivots, rank, _ = linalg.lapack.dpstrf(scaled, tol=SINGULAR)
    kept = pivots[:rank] - 1
    root = linalg.solve_triangular(factor[:rank, :rank], np.diag(scale[kept]), trans="T")
    result[np.ix_(kept, kept)] = root.T @ root
    return result


def repeated_pairs(person: Integers) -> tuple[Integers, Integers]:
    """Positions (i, j), i < j, of every pair of respondents that is the same person; -1 is a person of its own."""
    known = np.flatnonzero(person >= 0)
    order = known[np.argsort(person[known], kind="stable")]
    sorted_person = person[order]
    first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for step in range(1, len(order)):  # as often as the most frequent person answered, not per respondent
        same = np.flatnonzero(sorted_person[step:] == sorted_person[:-step])
        if not len(same):
            break
        first.append(order[same])
        second.append(order[same + step])
    one, other = np.concatenate(first), np.concatenate(second)
    return np.minimum(one, other), np.maximum(one, other)
