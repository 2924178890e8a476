"""Variances of estimates from a sample: strata, clusters, finite populations, calibrated weights, contrasts.

Belongs here: linearised values of totals, means and ratios in domains; their variance under a design; residuals on the
calibration margins: the dense form, one column of influence per figure, that any design and any contrast can be read
in and that is compared with R. The same for many domains at once is ``calibrated``. Does not belong here: intervals and
figures from sums that were added up elsewhere (``intervals``), making the weights (``weighting``), tests of differences
(``comparison``).

Sources: Wolter, Introduction to Variance Estimation (2007), ch. 6; Deville & Sarndal (1992), JASA 87:376, for the
residual variance of calibrated estimates; R ``survey`` for the conventions: ``svyrecvar`` (first stage only),
``calibrate()`` for residuals (weighted least squares with the weights before calibration; ``rake()`` has another
convention, which is not ours), ``options(survey.lonely.psu)`` for strata with one unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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

Lonely = Literal["adjust", "remove", "average"]


@dataclass(frozen=True)
class Design:
    """How n respondents were drawn, in one stage.

    Attributes:
        stratum: Per respondent the position of its stratum.
        cluster: Per respondent its primary sampling unit, any number; units of different strata are different. None:
            every respondent is one.
        size: Per stratum the number of sampled units, also those that are not among these respondents; None: counted.
        population: Per stratum the number of units in the population, for the finite population correction; None: none.
        lonely: What a stratum with one unit adds: its square ("adjust"), nothing ("remove"), or the average of the
            other strata ("average").
    """

    stratum: Integers
    cluster: Integers | None = None
    size: Floats | None = None
    population: Floats | None = None
    lonely: Lonely = "adjust"

    def strata(self) -> int:
        """Number of strata, also those without respondents here."""
        given = [len(x) for x in (self.size, self.population) if x is not None]
        return max([int(self.stratum.max(initial=-1)) + 1, *given])

    def units(self) -> tuple[Integers, Integers]:
        """Per respondent the position of its sampling unit, and per sampling unit its stratum."""
        if self.cluster is None:
            return np.arange(len(self.stratum)), self.stratum
        pairs = np.stack([self.stratum, self.cluster])
        found, unit = np.unique(pairs, axis=1, return_inverse=True)
        return unit.reshape(-1), found[0]

    def sizes(self) -> Floats:
        """Sampled units per stratum."""
        if self.size is not None:
            return self.size
        _, stratum_of_unit = self.units()
        return np.bincount(stratum_of_unit, minlength=self.strata()).astype(np.float64)


@dataclass(frozen=True)
class Linearised:
    """Estimates and their linearised values: the error of an estimate is that of sum(w z).

    Attributes:
        estimate: k estimates.
        z: n x k, per respondent; 0 outside the domain.
    """

    estimate: Floats
    z: Floats

    def combine(self, coefficients: Floats) -> Linearised:
        """Contrasts: k x c coefficients give c estimates, each with one vector of its own."""
        return Linearised(self.estimate @ coefficients, self.z @ coefficients)


def totals(weight: Floats, values: Floats, domain: Floats | None = None) -> Linearised:
    """Totals sum(w d y) of n x k values; NaN is outside the domain."""
    y = np.nan_to_num(values) * (1.0 if domain is None else domain)
    return Linearised(weight @ y, y)


def ratios(weight: Floats, numerator: Floats, denominator: Floats, domain: Floats | None = None) -> Linearised:
    """Ratios of totals: z = d (y - R x) / sum(w d x).

    Args:
        weight: n weights.
        numerator: n x k values y.
        denominator: n x k (or n x 1) values x.
        domain: n x k (or n x 1) indicators d; None is everyone. A NaN in y or x is outside the domain.

    Returns:
        k ratios; NaN where the denominator is zero.
    """
    inside = (~np.isnan(numerator) & ~np.isnan(denominator)) * (1.0 if domain is None else domain)
    y, x = np.nan_to_num(numerator) * inside, np.nan_to_num(denominator) * inside
    below = weight @ x
    scale = np.divide(1.0, below, out=np.full_like(below, np.nan), where=below != 0)
    ratio = (weight @ y) * scale
    return Linearised(ratio, (y - x * ratio) * scale)


def means(weight: Floats, values: Floats, domain: Floats | None = None) -> Linearised:
    """Means sum(w d y) / sum(w d) of n x k values: the ratio with denominator 1."""
    return ratios(weight, values, np.ones((len(values), 1)), domain)


def domain_means(weight: Floats, values: Floats, domain: Integers, domains: int) -> Linearised:
    """Means of one variable (n values) in each of ``domains`` domains; -1 is outside all of them."""
    return means(weight, values[:, None], (domain[:, None] == np.arange(domains)).astype(np.float64))


def covariance(influence: Floats, design: Design) -> Floats:
    """Covariance matrix of k estimates from n x k influence values u = w z.

    V = sum_h (1 - n_h/N_h) n_h/(n_h-1) (sum_i u_i u_i' - (sum_i u_i)(sum_i u_i)'/n_h), over the sampling units i of
    stratum h, with u_i the sum over the respondents of the unit; n_h counts units with u_i = 0 too.

    Raises:
        ValueError: A stratum has more sampled units than its population.
    """
    rows = _deviations(influence, design)
    result: Floats = rows.T @ rows
    return result


def variance(influence: Floats, design: Design) -> Floats:
    """Variances of k estimates: the diagonal of ``covariance`` without the matrix."""
    result: Floats = (_deviations(influence, design) ** 2).sum(axis=0)
    return result


def _deviations(influence: Floats, design: Design) -> Floats:
    """Scaled deviations from the mean of the stratum, of which squares give the variance without cancellation.

    Returns:
        One row per sampling unit, and one per stratum for its units that are not among these respondents.
    """
    unit, stratum_of_unit = design.units()
    size = design.sizes()
    squares, _ = stratum_factors(size, design.population)
    if design.lonely != "adjust":
        squares = np.where(size == 1, 0.0, squares)
    if design.lonely == "average" and (size > 1).any():
        squares = squares * len(size) / (size > 1).sum()
    per_unit: Floats = influence if design.cluster is None else indicator(unit, len(stratum_of_unit)) @ influence
    per_stratum = indicator(stratum_of_unit, len(size)) @ per_unit
    centre = per_stratum * np.where(size > 1, 1 / np.maximum(size, 1.0), 0.0)[:, None]
    absent = size - np.bincount(stratum_of_unit, minlength=len(size))
    rows = (per_unit - centre[stratum_of_unit]) * np.sqrt(squares)[stratum_of_unit, None]
    return np.vstack([rows, centre * np.sqrt(squares * absent)[:, None]])


def degrees_of_freedom(design: Design, domain: Floats | None = None) -> float:
    """Sampling units in the domain less the strata they fall in, at least 1."""
    unit, stratum_of_unit = design.units()
    inside = np.ones(len(design.stratum), dtype=np.bool_) if domain is None else domain > 0
    present = np.unique(unit[inside])
    return float(max(1, len(present) - len(np.unique(stratum_of_unit[present]))))


def residuals(values: Floats, base_weight: Floats, margins: Sparse | Floats) -> Floats:
    """Residuals e = z - X (X'DX)^+ X'D z of n x k linearised values; the influence of a calibrated estimate is w e.

    Args:
        values: n x k linearised values z.
        base_weight: n weights before calibration, D.
        margins: n x p calibration variables X (dense or sparse).
    """
    x = sparse.csr_array(margins)
    weighted = x.T * base_weight
    inverse = generalised_inverse((weighted @ x).toarray())
    result: Floats = values - x @ (inverse @ (weighted @ values))
    return result


def pair_variance(influence: Floats, person: Integers) -> Floats:
    """What repeated persons add to ``variance``: 2 sum(u_i u_j) over the pairs of the same person, per column."""
    one, other = repeated_pairs(person)
    result: Floats = 2 * (influence[one] * influence[other]).sum(axis=0)
    return result
