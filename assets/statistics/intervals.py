"""Estimates and intervals from sufficient statistics.

Belongs here: weighted means and proportions with Taylor standard errors, effective sample size, Wilson and t intervals,
vectorised over figures. Does not belong here: whether a figure may be shown (``gates``), differences (``comparison``).

Sources: Wolter, Introduction to Variance Estimation (2007), ch. 6, and R ``survey::svymean`` for the linearised
variance; Brown, Cai & DasGupta (2001), Statistical Science 16:101, for Wilson; Korn & Graubard (1998), Survey
Methodology 24:193, for the effective sample size; Kish (1965) for (sum w)^2 / sum w^2.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
EQUAL_ANSWERS = 1e-12
"""Relative variance below which all answers are the same: far above rounding error (1e-16), far below one differing
answer in ten million (1e-9)."""


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics of many figures, one element per figure. Sums are additive over disjoint respondents."""

    n: Floats
    sum_w: Floats
    sum_w2: Floats
    sum_wy: Floats
    sum_w2y: Floats
    sum_wy2: Floats
    sum_w2y2: Floats

    def take(self, index: Integers | Bools) -> Sums:
        """The figures at these positions."""
        return Sums(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def minus(self, part: Sums) -> Sums:
        """The respondents that are not in ``part``."""
        return Sums(**{f.name: getattr(self, f.name) - getattr(part, f.name) for f in fields(self)})


@dataclass(frozen=True)
class Measures:
    """What kind of number each figure is: a share between 0 and 1, or a mean in points of its scale."""

    is_proportion: Bools
    lowest: Floats
    highest: Floats

    def take(self, index: Integers | Bools) -> Measures:
        """The figures at these positions."""
        return Measures(self.is_proportion[index], self.lowest[index], self.highest[index])


@dataclass(frozen=True)
class Estimates:
    """What is known about each figure; NaN where it is not known.

    Attributes:
        estimate: Weighted mean or proportion.
        se: Standard error, never zero.
        n_eff: Effective number of answers, at most n.
        ci_low: Lower bound.
        ci_high: Upper bound.
        borrowed: The spread came from the parent area, because all answers were equal.
    """

    estimate: Floats
    se: Floats
    n_eff: Floats
    ci_low: Floats
    ci_high: Floats
    borrowed: Bools


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Quotient, NaN where the denominator is not positive."""
    result = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def check_weights(sums: Sums) -> None:
    """Stop when the weights of any figure cannot be right.

    Raises:
        ValueError: Some figure has answers but no positive total weight.
    """
    wrong = (sums.n > 0) & ~((sums.sum_w > 0) & (sums.sum_w2 > 0))
    if wrong.any():
        raise ValueError(f"{int(wrong.sum())} figures have answers without a positive weight")


def mean(sums: Sums) -> Floats:
    """Weighted mean: sum(w y) / sum(w); NaN without answers."""
    return divide(sums.sum_wy, sums.sum_w)


def spread(sums: Sums) -> Floats:
    """Standard deviation between respondents, sqrt(n/(n-1) * (sum(w y^2)/sum(w) - m^2)); 0 if all answers are equal."""
    square = divide(sums.sum_wy2, sums.sum_w)
    variance = square - mean(sums) ** 2
    variance = np.where(variance <= EQUAL_ANSWERS * np.maximum(square, EQUAL_ANSWERS), 0.0, variance)
    return np.where(np.isnan(square), np.nan, np.sqrt(variance * np.nan_to_num(divide(sums.n, sums.n - 1), nan=1.0)))


def kish(sums: Sums) -> Floats:
    """Kish's effective number, (sum w)^2 / sum(w^2), at most n."""
    return np.minimum(sums.n, divide(sums.sum_w**2, sums.sum_w2))


def taylor_se(sums: Sums) -> Floats:
    """Linearised standard error of the weighted mean without strata.

    With u_i = w_i (y_i - m) / sum(w), var = n/(n-1) * sum(u_i^2), because sum(u_i) = 0. NaN for one answer: one answer
    says nothing about spread, and rounding would otherwise leave 0 or 1e-16 there.
    """
    centre = mean(sums)
    squares = sums.sum_w2y2 - 2 * centre * sums.sum_w2y + centre**2 * sums.sum_w2
    squares = np.where(spread(sums) == 0, 0.0, np.maximum(squares, 0.0))
    variance = divide(sums.n, sums.n - 1) * divide(squares, sums.sum_w**2)
    return np.sqrt(np.where(sums.n >= 2, variance, np.nan))


def borrowed_se(sums: Sums, parent_spread: Floats) -> Floats:
    """Standard error of a mean without own spread: s0 * sqrt(sum w^2) / sum w, s0 = spread in its parent area."""
    scale = divide(np.sqrt(sums.sum_w2), sums.sum_w)
    return np.where((sums.n >= 2) & (parent_spread > 0), parent_spread * scale, np.nan)


def t_quantile(df: Floats, confidence: float) -> Floats:
    """Two-sided t quantile; degrees of freedom below 1 count as 1. Computed once per distinct df."""
    known = np.where(np.isnan(df), 1.0, np.maximum(df, 1.0))
    distinct, inverse = np.unique(known, return_inverse=True)
    quantiles: Floats = np.asarray(stats.t.ppf(0.5 + confidence / 2, distinct), dtype=np.float64)
    return quantiles[inverse].reshape(known.shape)


def effective_n(proportion: Floats, se: Floats, sums: Sums) -> Floats:
    """Effective number of answers behind a proportion: min(n, p(1-p)/var), or Kish where the variance is zero."""
    binomial = divide(proportion * (1 - proportion), se**2)
    return np.where(np.isnan(binomial), kish(sums), np.minimum(sums.n, binomial))


def wilson(proportion: Floats, n_eff: Floats, quantile: Floats | float) -> tuple[Floats, Floats]:
    """Wilson interval with t in place of z: (p + t^2/2n -/+ t sqrt(p(1-p)/n + t^2/4n^2)) / (1 + t^2/n)."""
    share = divide(np.asarray(quantile, dtype=np.float64) ** 2 + np.zeros_like(n_eff), n_eff)
    centre = proportion + share / 2
    half = np.sqrt(share * proportion * (1 - proportion) + share**2 / 4)
    low, high = (centre - half) / (1 + share), (centre + half) / (1 + share)
    return np.where(proportion == 0, 0.0, np.maximum(low, 0.0)), np.where(proportion == 1, 1.0, np.minimum(high, 1.0))


def estimate(sums: Sums, measures: Measures, parent_spread: Floats, confidence: float) -> Estimates:
    """Estimate, standard error and interval of every figure.

    A proportion of exactly 0 or 1 has a Wilson interval on Kish's number; its standard error is the one that
    interval implies, so that no later test divides by zero. A mean without spread borrows the spread of its parent.

    Args:
        sums: Sufficient statistics.
        measures: Shares get a Wilson interval, means a t interval; no interval leaves its scale.
        parent_spread: Spread between respondents in the parent area (used where all answers are equal); NaN if none.
        confidence: Of the interval, e.g. 0.95.

    Returns:
        The estimates; without answers all NaN, with one answer no standard error and no interval.
    """
    check_weights(sums)
    is_proportion = measures.is_proportion
    centre = mean(sums)
    own_se = taylor_se(sums)
    several = sums.n >= 2
    flat = several & (own_se == 0)
    borrowed = flat & ~is_proportion
    quantile = t_quantile(sums.n - 1, confidence)

    se = np.where(borrowed, borrowed_se(sums, parent_spread), own_se)
    n_eff = np.where(is_proportion, effective_n(centre, own_se, sums), kish(sums))
    wilson_low, wilson_high = wilson(np.where(is_proportion, centre, 0.5), n_eff, quantile)
    se = np.where(flat & is_proportion, (wilson_high - wilson_low) / (2 * quantile), se)
    low = np.where(is_proportion, wilson_low, np.maximum(centre - quantile * se, measures.lowest))
    high = np.where(is_proportion, wilson_high, np.minimum(centre + quantile * se, measures.highest))
    return Estimates(
        estimate=centre,
        se=se,
        n_eff=np.where(sums.n > 0, n_eff, np.nan),
        ci_low=np.where(several, low, np.nan),
        ci_high=np.where(several, high, np.nan),
        borrowed=borrowed,
    )
