"""Estimates of small areas that borrow strength from all areas: Fay & Herriot's model.

Belongs here: the variance between areas that covariates leave (REML, ML, moments), empirical best linear unbiased
predictors with their mean squared error, sampling variances for areas with few answers; many families of figures at
once. Does not belong here: which figures make a family, which covariates an area has, what is published, verdicts.

Model: y_i = x_i'b + v_i + e_i, with variance A of v between areas and known sampling variance D_i of e. Then theta_i =
x_i'b + g_i (y_i - x_i'b), g_i = A / (A + D_i).

Sources: Fay & Herriot (1979), J. Am. Stat. Assoc. 74:269; Rao & Molina (2015), Small Area Estimation, ch. 6, for the
estimators of A and Prasad & Rao's mean squared errors with the corrections of Datta & Lahiri (2000) and Datta, Rao &
Smith (2005). Equal to R ``sae::mseFH`` and, for A, b and the predictors, ``metafor::rma`` with ``blup``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from assets.statistics.intervals import Bools, Floats, divide

Method = Literal["REML", "ML", "FH"]
MOST_STEPS = 200
PRECISION = 1e-13
"""Step in A, relative to A plus the typical sampling variance, at which iteration stops."""
DEPENDENT = 1e-10
"""Relative size of an eigenvalue below which a covariate is a consequence of others."""
FEWEST_BEYOND = 8
"""Areas that a family needs beyond its covariates: with fewer, A is guesswork."""


@dataclass(frozen=True)
class Shrunken:
    """What the model says, F families x m areas.

    Attributes:
        between: F, variance A between areas that the covariates leave; NaN where the family has too few areas.
        coefficients: F x p.
        weight: F x m, g: what the area's own figure weighs.
        estimate: F x m; of an area without a figure of its own NaN.
        mse: F x m, mean squared error of the estimate.
    """

    between: Floats
    coefficients: Floats
    weight: Floats
    estimate: Floats
    mse: Floats


def fay_herriot(y: Floats, variance: Floats, x: Floats, method: Method = "REML") -> Shrunken:
    """Fit the model to every family and predict its areas.

    Args:
        y: F x m, figures; NaN for areas that are not in the family.
        variance: F x m, sampling variances D; not known or not positive leaves the area out.
        x: m x p, covariates including the constant. Columns that follow from others change nothing.
        method: How A is estimated: restricted likelihood, likelihood, or Fay and Herriot's moments.

    Returns:
        All NaN for families with fewer than ``FEWEST_BEYOND`` areas beyond their covariates.
    """
    known = np.isfinite(y) & (variance > 0)
    pairs = x[:, :, None] * x[:, None, :]
    data = _Data(np.where(known, y, 0.0), np.where(known, variance, 1.0), known, x, pairs)
    areas = known.sum(axis=1).astype(np.float64)
    rank = np.linalg.matrix_rank(data.products(known.astype(np.float64)), hermitian=True)
    enough = areas >= rank + FEWEST_BEYOND
    between = _between(data, areas - rank, method)
    fit = _Fit.at(data, between)
    own = divide(data.d, between[:, None] + data.d)  # 1 - g
    g1 = between[:, None] * own
    g2 = own**2 * np.einsum("mp,fmp->fm", x, x @ fit.inverse)
    sum_w, sum_w2 = fit.w.sum(axis=1), (fit.w**2).sum(axis=1)
    of_between = divide(2 * areas, sum_w**2) if method == "FH" else divide(np.full(len(y), 2.0), sum_w2)
    g3 = own**2 * of_between[:, None] * fit.w
    mse = g1 + g2 + 2 * g3 - _bias_of_between(fit, areas, method)[:, None] * own**2
    centre = fit.coefficients @ x.T
    shown = known & enough[:, None]
    return Shrunken(
        between=np.where(enough, between, np.nan),
        coefficients=np.where(enough[:, None], fit.coefficients, np.nan),
        weight=np.where(shown, 1 - own, np.nan),
        estimate=np.where(shown, centre + (1 - own) * (data.y - centre), np.nan),
        mse=np.where(shown, np.maximum(mse, 0.0), np.nan),
    )


def sampling_variance(se: Floats, n: Floats, kish: Floats) -> Floats:
    """Sampling variances D from what one effective answer varies in the whole family, pooled over its areas.

    An area's own standard error would not do: of a share it depends on the share itself, so that areas that happen to
    lie far out weigh too much. With own standard errors (and the pooled one below ten answers only) a share of 12 % on
    75 answers comes out 0.9 points too low on average, and its nominal 95 % interval holds the truth in 93 % of the
    cases on 75 answers and in 72 to 82 % on 25; pooled, the bias is nil and the coverage 94 to 95 % (simulated, 167
    areas, 60 runs).

    Args:
        se: F x m, standard errors as measured: 0 where all answers are equal, NaN for one answer.
        n: F x m, answers.
        kish: F x m, effective numbers of answers, (sum w)^2 / sum(w^2).

    Returns:
        F x m; NaN without answers, or where nobody in the family varies.
    """
    freedom = np.where(np.isfinite(se), np.maximum(n - 1, 0.0), 0.0)
    of_one = np.nan_to_num(se) ** 2 * np.nan_to_num(kish)
    pooled = divide((freedom * of_one).sum(axis=-1), freedom.sum(axis=-1))
    variance = divide(np.broadcast_to(pooled[..., None], kish.shape), np.nan_to_num(kish))
    return np.where(variance > 0, variance, np.nan)


@dataclass(frozen=True)
class _Data:
    """Families as arrays without gaps: what is not known has weight 0. ``pairs``: x_i x_i' per area, m x p x p."""

    y: Floats
    d: Floats
    known: Bools
    x: Floats
    pairs: Floats

    def products(self, weight: Floats) -> Floats:
        """X' diag(weight) X per family; F x p x p."""
        # einsum and not a product of matrices: that would start threads, for sums of this size at a loss
        products: Floats = np.einsum("fm,mpq->fpq", weight, self.pairs)
        return products


@dataclass(frozen=True)
class _Fit:
    """Generalised least squares at given A.

    Attributes:
        w: F x m, 1 / (A + D); 0 for areas that are not in the family.
        inverse: F x p x p, of X'WX.
        coefficients: F x p.
        residual: F x m.
        squared: F x p x p, X'W^2 X.
        cubed: F x p x p, X'W^3 X.
    """

    w: Floats
    inverse: Floats
    coefficients: Floats
    residual: Floats
    squared: Floats
    cubed: Floats

    @classmethod
    def at(cls, data: _Data, between: Floats) -> _Fit:
        w = data.known / (between[:, None] + data.d)
        inverse: Floats = np.linalg.pinv(data.products(w), rcond=DEPENDENT, hermitian=True).astype(np.float64)
        coefficients = (inverse @ ((w * data.y) @ data.x)[:, :, None])[:, :, 0]
        residual = (data.y - coefficients @ data.x.T) * data.known
        return cls(w, inverse, coefficients, residual, data.products(w**2), data.products(w**3))


def _between(data: _Data, freedom: Floats, method: Method) -> Floats:
    """A per family by scoring steps from the typical sampling variance, never below zero."""
    between = np.nan_to_num(divide((data.d * data.known).sum(axis=1), data.known.sum(axis=1)))
    scale = np.maximum(between, np.finfo(float).tiny)
    for _ in range(MOST_STEPS):
        moved = np.maximum(between + _step(_Fit.at(data, between), freedom, method), 0.0)
        done = np.abs(moved - between) <= PRECISION * (between + scale)
        between = moved
        if done.all():
            break
    return between


def _step(fit: _Fit, freedom: Floats, method: Method) -> Floats:
    """One step towards the root of the estimating equation of A."""
    squares = (fit.w**2 * fit.residual**2).sum(axis=1)
    if method == "FH":
        return np.nan_to_num(divide((fit.w * fit.residual**2).sum(axis=1) - freedom, squares))
    if method == "ML":
        return np.nan_to_num(divide(squares - fit.w.sum(axis=1), (fit.w**2).sum(axis=1)))
    leverage = fit.inverse @ fit.squared
    trace = fit.w.sum(axis=1) - np.trace(leverage, axis1=1, axis2=2)
    trace2 = (fit.w**2).sum(axis=1) - 2 * _trace(fit.inverse, fit.cubed) + _trace(leverage, leverage)
    return np.nan_to_num(divide(squares - trace, trace2))


def _bias_of_between(fit: _Fit, areas: Floats, method: Method) -> Floats:
    """Bias of the estimate of A, to first order; none for restricted likelihood."""
    sum_w, sum_w2 = fit.w.sum(axis=1), (fit.w**2).sum(axis=1)
    if method == "ML":
        return -divide(_trace(fit.inverse, fit.squared), sum_w2)
    if method == "FH":
        return divide(2 * (areas * sum_w2 - sum_w**2), sum_w**3)
    return np.zeros_like(sum_w)


def _trace(first: Floats, second: Floats) -> Floats:
    """Trace of the product of two matrices per family."""
    trace: Floats = (first * second.transpose(0, 2, 1)).sum(axis=(1, 2))
    return trace
