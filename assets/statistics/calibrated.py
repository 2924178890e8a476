"""Variances of calibrated estimates for many domains at once, from small sums instead of one column per figure.

Belongs here: additive triples and covariance matrices of domain totals under calibrated weights (the Gram form).
Does not belong here: the same from influence values (``design``, which is what this is tested against), making weights.

Sources: Deville & Sarndal (1992), JASA 87:376, for the residual variance; R ``survey::calibrate`` for its convention
(weighted least squares with the weights before calibration).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assets.statistics.strata import (
    Floats,
    Integers,
    Sparse,
    generalised_inverse,
    indicator,
    repeated_pairs,
    stratum_factors,
)

CHUNK = 6_000_000
"""Numbers held at once per array of margins x domains x measures (48 MB)."""


@dataclass(frozen=True)
class _Parts:
    """Sums per domain of k measures y and of the q distinct patterns of who answered them, side by side.

    With v = y or 1 (n x (k + q)) and Omega the quadratic form of the design: ``margins`` = X'D d v and ``crossed`` =
    X'W Omega W d v without the strata's part of it (both domains x p x (k + q)); ``strata`` = sqrt(K) times the sums of
    w d v (domains x strata x (k + q)); ``squares``: yy, y1 and 11 added up with c w^2 and with the pairs of repeated
    persons (each domains x k); ``pattern``: that of each measure.
    """

    answers: Floats
    margins: Floats
    crossed: Floats
    strata: Floats
    squares: tuple[Floats, Floats, Floats]
    pattern: Integers


class CalibratedDesign:
    """Respondents of one weighting period, ready for the variances of any domain and measure.

    The variance of a calibrated total is u' Omega u with u = w (d y - X M X'D d y) and Omega = diag(c) - Z K Z' + P:
    c and K the factors of the strata, Z their indicators, P one for every ordered pair of the same person. Expanded,
    every term is a product of small sums per domain, so that respondents x domains is never formed: the sum of squares
    plus t' M F M t - 2 t' M b, with t = X'D d y, b = X'W Omega W d y and F = X'W Omega W X.
    """

    def __init__(
        self,
        base_weight: Floats,
        weight: Floats,
        margins: Sparse | Floats,
        stratum: Integers,
        stratum_size: Floats,
        *,
        population: Floats | None = None,
        person: Integers | None = None,
    ) -> None:
        """Compute what all domains share.

        Args:
            base_weight: n weights before calibration.
            weight: n weights after calibration, in the unit the variances are wanted in.
            margins: n x p calibration variables, p may be 0.
            stratum: n positions of strata.
            stratum_size: per stratum n_h, all its respondents.
            population: per stratum N_h, for variances with the finite population correction; None: without.
            person: n numbers of persons, -1 for one who answered once; None: nobody answered twice.
        """
        x = sparse.csr_array(margins)
        squares, sums = stratum_factors(np.asarray(stratum_size, dtype=np.float64), population)
        pairs = repeated_pairs(np.full(len(weight), -1) if person is None else person)
        ones = np.concatenate([squares[stratum], np.ones(2 * len(pairs[0]))])
        rows = np.concatenate([np.arange(len(weight)), pairs[0], pairs[1]])
        columns = np.concatenate([np.arange(len(weight)), pairs[1], pairs[0]])
        form = sparse.csr_array((ones * weight[rows] * weight[columns], (rows, columns)), shape=2 * (len(weight),))
        self._weight, self._pairs = weight, pairs
        self._square = squares[stratum] * weight**2
        self._root = np.sqrt(sums)
        self._in_stratum = sparse.csr_array(indicator(stratum, len(squares)) * weight * 1.0)
        self._base = sparse.csr_array(x.T * base_weight)
        self._cross = sparse.csr_array(x.T @ form)
        self._stratum_margins = (self._in_stratum @ x).toarray() * self._root[:, None]
        self._inverse = generalised_inverse((self._base @ x).toarray())
        form_of_margins = (self._cross @ x).toarray() - self._stratum_margins.T @ self._stratum_margins
        self._bent = self._inverse @ form_of_margins @ self._inverse
        self._margins = x.shape[1]

    def triples(self, values: Floats, domain: Integers, domains: int) -> tuple[Floats, Floats, Floats]:
        """Additive triples of means: Var(m) = (v_yy - 2 m v_y1 + m^2 v_11) / (sum w)^2.

        Args:
            values: n x k measures, NaN where not answered.
            domain: n domain numbers, -1 outside; or n x b, when every respondent is in up to b overlapping domains
                (its month and its quarter, its group and everyone). No domain may stand twice in a row.
            domains: how many domains there are.

        Returns:
            v_yy, v_y1, v_11, each domains x k, in the square of the unit of the weights (v_yy, v_y1 times that of y).
        """
        results = [np.zeros((domains, values.shape[1])) for _ in range(3)]
        for part, sums in self._parts(values, domain, domains):
            y, one = np.arange(len(sums.pattern)), len(sums.pattern) + sums.pattern
            for d in range(domains):
                touched, present = self._support(sums, slice(d, d + 1))
                square, strata = np.ix_(touched, touched), sums.strata[d, present]
                margins = sums.margins[d, touched]
                bent = self._bent[square] @ margins
                crossed = self._inverse[square] @ (sums.crossed[d, touched] - self._shared(touched, present) @ strata)
                for result, squares, (a, b) in zip(results, sums.squares, ((y, y), (y, one), (one, one)), strict=True):
                    products = margins[:, a] * (bent - crossed)[:, b] - crossed[:, a] * margins[:, b]
                    apart = (strata[:, a] * strata[:, b]).sum(axis=0)
                    result[d, part] = squares[d] + products.sum(axis=0) - apart
        return results[0], results[1], results[2]

    def _support(self, sums: _Parts, own: slice) -> tuple[Integers, Integers]:
        """The few margins and strata that have to do with these domains; all others only multiply zeros."""
        present = sums.strata[own].any(axis=(0, 2))
        margins = sums.margins[own].any(axis=(0, 2)) | sums.crossed[own].any(axis=(0, 2))
        return np.flatnonzero(margins | self._stratum_margins[present].any(axis=0)), np.flatnonzero(present)

    def _shared(self, touched: Integers, present: Integers) -> Floats:
        """Weighted sums of margins per stratum (margins x strata), for these margins and strata."""
        shared: Floats = self._stratum_margins[np.ix_(present, touched)].T
        return shared

    def covariances(self, values: Floats, domain: Integers, domains: int) -> Floats:
        """Covariance matrices of the totals in disjoint domains, from which every contrast of their means follows.

        Args:
            values: n x k measures, NaN where not answered.
            domain: n domain numbers, -1 outside.
            domains: how many domains there are, g.

        Returns:
            k x 2g x 2g: first the totals sum(w d y) of the g domains, then their weights sum(w d). A difference of
            means m_a - m_b has the coefficients 1/W_a, -1/W_b on the totals and -m_a/W_a, m_b/W_b on the weights.
        """
        result: Floats = self.block_covariances(values, domain, domains, 1)[0]
        return result

    def block_covariances(self, values: Floats, domain: Integers, domains: int, blocks: int) -> Floats:
        """``covariances`` within blocks of domains only, e.g. between the groups of each area.

        Args:
            values: n x k measures, NaN where not answered.
            domain: n domain numbers, -1 outside; block after block, each of the same number of domains.
            domains: how many domains there are together.
            blocks: how many blocks there are.

        Returns:
            blocks x k x 2g x 2g with g = domains / blocks, each as ``covariances`` has it.
        """
        size = domains // blocks
        result = np.zeros((blocks, values.shape[1], 2 * size, 2 * size))
        diagonal = np.arange(size)
        for part, sums in self._parts(values, domain, domains):
            both = (np.arange(len(sums.pattern)), len(sums.pattern) + sums.pattern)
            between = self._pairs_between(sums, both, domain, (blocks, size))
            for block in range(blocks):
                own = slice(block * size, (block + 1) * size)
                touched, present = self._support(sums, own)
                margins, crossed, strata = (
                    np.concatenate([table[own][:, rows][..., v] for v in both]).transpose(2, 0, 1)
                    for table, rows in ((sums.margins, touched), (sums.crossed, touched), (sums.strata, present))
                )
                crossed = crossed - strata @ self._shared(touched, present).T
                square = np.ix_(touched, touched)
                half = margins @ self._inverse[square] @ crossed.transpose(0, 2, 1)
                matrix = margins @ self._bent[square] @ margins.transpose(0, 2, 1) - half - half.transpose(0, 2, 1)
                matrix += between[block] - strata @ strata.transpose(0, 2, 1)
                yy, y1, ones = (table[own].T for table in sums.squares)
                matrix[:, diagonal, diagonal] += yy
                matrix[:, diagonal, diagonal + size] += y1
                matrix[:, diagonal + size, diagonal] += y1
                matrix[:, diagonal + size, diagonal + size] += ones
                result[block, part] = matrix
        return result

    def _parts(self, values: Floats, domain: Integers, domains: int) -> Iterator[tuple[slice, _Parts]]:
        """The sums of a few measures at a time, with the place of those measures."""
        rows = domain[:, None] if domain.ndim == 1 else domain
        cell = np.zeros(len(rows), dtype=np.int64)
        for column in rows.T:  # whole numbers sort many times faster than rows
            _, first, cell = np.unique(cell * (domains + 1) + column + 1, return_index=True, return_inverse=True)
        cells = _Cells(rows[first], cell, domains)
        in_strata, base, crossed = (cells.operator(m) for m in (self._in_stratum, self._base, self._cross))
        squares = cells.operator(sparse.csr_array(self._square[None, :]))
        pairs = self._pair_sums(rows, domains)
        step = max(1, CHUNK // (max(domains, 1) * max(self._margins, len(self._root), 1)))
        for start in range(0, values.shape[1], step):
            part = slice(start, min(start + step, values.shape[1]))
            missing = np.isnan(values[:, part])
            patterns, pattern = np.unique(np.packbits(~missing, axis=0), axis=1, return_inverse=True)
            answered = np.unpackbits(patterns, axis=0, count=len(values)).astype(np.float64)
            y = np.where(missing, 0.0, values[:, part])
            both, pattern = np.hstack([y, answered]), pattern.reshape(-1)
            strata = in_strata(both) * self._root[:, None]
            products = (y**2, y, answered)
            one, other = self._pairs
            mixed = (y[one] * answered[other][:, pattern] + answered[one][:, pattern] * y[other]) / 2
            doubled = (y[one] * y[other], mixed, answered[one] * answered[other])
            yy, y1, ones = (squares(v)[:, 0] + pairs @ twice for v, twice in zip(products, doubled, strict=True))
            yield (
                part,
                _Parts(
                    answers=both,
                    margins=base(both),
                    crossed=crossed(both),
                    strata=strata,
                    squares=(yy, y1, ones[:, pattern]),
                    pattern=pattern,
                ),
            )

    def _pairs_between(
        self, sums: _Parts, both: tuple[Integers, Integers], domain: Integers, shape: tuple[int, int]
    ) -> Floats:
        """Products of respondents of different domains of a block that are the same person, as matrices per block."""
        blocks, size = shape
        one, other = (np.concatenate(p) for p in (self._pairs, self._pairs[::-1]))
        apart = (domain[one] != domain[other]) & (domain[one] >= 0) & (domain[other] >= 0)
        apart &= domain[one] // size == domain[other] // size
        one, other = one[apart], other[apart]
        weights = self._weight[one] * self._weight[other]
        cells = (domain[one] * size + domain[other] % size, np.arange(len(one)))
        add = sparse.csr_array((weights, cells), shape=(blocks * size**2, len(one)))
        first, second = sums.answers[one], sums.answers[other]
        shaped = [
            [(add @ (first[:, a] * second[:, b])).reshape(blocks, size, size, -1).transpose(0, 3, 1, 2) for b in both]
            for a in both
        ]
        return np.block(shaped)

    def _pair_sums(self, rows: Integers, domains: int) -> Sparse:
        """Domains x pairs: 2 w_i w_j where both respondents of a pair are in the domain."""
        one, other = self._pairs
        pair, place = np.nonzero((rows[one] == rows[other]) & (rows[one] >= 0))
        twice = 2 * self._weight[one[pair]] * self._weight[other[pair]]
        return sparse.csr_array((twice, (rows[one[pair], place], pair)), shape=(domains, len(one)))


class _Cells:
    """Respondents by the set of domains they are in, so that overlapping domains are added up once."""

    def __init__(self, domain_of_cell: Integers, cell: Integers, domains: int) -> None:
        self._domain_of_cell, self._cell, self._domains = domain_of_cell, cell, domains

    def operator(self, matrix: Sparse) -> Callable[[Floats], Floats]:
        """A function of values v (n x columns) that gives matrix @ (d v) of every domain (domains x rows x columns)."""
        rows = matrix.shape[0]
        entries = sparse.coo_array(matrix)
        row, column = entries.coords
        keys, place = np.unique(self._cell[column] * rows + row, return_inverse=True)
        shape = (len(keys), matrix.shape[1])
        per_cell = sparse.csr_array((entries.data, (place.reshape(-1), column)), shape=shape)
        target = self._domain_of_cell[keys // max(rows, 1)]
        key, b = np.nonzero(target >= 0)
        into = target[key, b] * rows + keys[key] % max(rows, 1)
        union = sparse.csr_array((np.ones(len(key)), (into, key)), shape=(self._domains * rows, len(keys)))
        return lambda values: (union @ (per_cell @ values)).reshape(self._domains, rows, values.shape[1])
