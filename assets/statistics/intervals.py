"""Estimates and intervals from sufficient statistics.

Belongs here: weighted means and proportions with Taylor standard errors, effective sample size, Wilson and t intervals,
vectorised over figures. Does not belong here: whether a figure may be shown (``gates``), differences (``comparison``).

Where the variance sums of a figure come from is not known here either: from strata (``sql/marts``), from residuals of
a calibration (``design``), or from one simple sample (``Sums.simple``).

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
NO_SPREAD = 1e-4
"""Share of the variance of a simple sample below which the spread within strata is rounding only: the variance sums of
the tables are whole numbers, and answers can be equal within every stratum while strata differ."""


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics of many figures, one element per figure.

    Everything is additive over respondents of different strata. Over respondents of one stratum the first five are, the
    variance sums are not: they are made for one figure at a time.

    Attributes:
        n: Answers.
        sum_w: Sum of weights. Every weight may have the same unit, whatever it is: no estimate depends on it.
        sum_w2: Sum of squared weights.
        sum_wy: Sum of weight times value.
        sum_wy2: Sum of weight times squared value.
        v_yy: Variance of the estimated total of the values: with z_i = w_i y_i, 0 for who is not in the figure, the sum
            over strata of n_h / (n_h - 1) * (sum(z^2) - sum(z)^2 / n_h), n_h being all respondents of the stratum.
        v_y1: Covariance of that total with the estimated number of people.
        v_11: Variance of the estimated number of people.
        fpc_yy: As ``v_yy``, each stratum times 1 - n_h / N_h: for the contacts of the period only, never to compare.
        fpc_y1: As ``v_y1``, likewise.
        fpc_11: As ``v_11``, likewise.
        strata: Strata with answers.
    """

    n: Floats
    sum_w: Floats
    sum_w2: Floats
    sum_wy: Floats
    sum_wy2: Floats
    v_yy: Floats
    v_y1: Floats
    v_11: Floats
    fpc_yy: Floats
    fpc_y1: Floats
    fpc_11: Floats
    strata: Floats

    @classmethod
    def simple(  # noqa: PLR0917
        cls,
        n: Floats,
        sum_w: Floats,
        sum_w2: Floats,
        sum_wy: Floats,
        sum_w2y: Floats,
        sum_wy2: Floats,
        sum_w2y2: Floats,
    ) -> Sums:
        """Figures that are a stratum of their own in which everybody answered, without finite population correction.

        Args:
            n: Answers.
            sum_w: Sum of weights.
            sum_w2: Sum of squared weights.
            sum_wy: Sum of weight times value.
            sum_w2y: Sum of squared weight times value.
            sum_wy2: Sum of weight times squared value.
            sum_w2y2: Sum of squared weight times squared value.
        """
        several = n >= 2
        factor = np.where(several, divide(n, n - 1), 1.0)
        part = np.where(several, divide(np.ones_like(n, dtype=np.float64), n), 0.0)
        v_yy = factor * (sum_w2y2 - sum_wy**2 * part)
        v_y1 = factor * (sum_w2y - sum_wy * sum_w * part)
        v_11 = factor * (sum_w2 - sum_w**2 * part)
        strata = np.minimum(n, 1.0)
        return cls(n, sum_w, sum_w2, sum_wy, sum_wy2, v_yy, v_y1, v_11, v_yy, v_y1, v_11, strata)

    def take(self, index: Integers | Bools) -> Sums:
        """The figures at these positions."""
        return Sums(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def minus(self, part: Sums) -> Sums:
        """The respondents that are not in ``part``, which is made of whole strata (an area, a period)."""
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


def _linearised_se(sums: Sums, v_yy: Floats, v_y1: Floats, v_11: Floats) -> Floats:
    """sqrt(v_yy - 2 m v_y1 + m^2 v_11) / sum(w); NaN for fewer than two answers, 0 without spread within strata."""
    centre = mean(sums)
    between = spread(sums)
    squares = v_yy - 2 * centre * v_y1 + centre**2 * v_11
    squares = np.where(squares <= NO_SPREAD * sums.sum_w2 * between**2, 0.0, squares)
    variance = np.where(between == 0, 0.0, divide(squares, sums.sum_w**2))
    return np.sqrt(np.where(sums.n >= 2, variance, np.nan))


def taylor_se(sums: Sums) -> Floats:
    """Linearised standard error of the weighted mean, as in R's ``svymean`` without finite population correction.

    With u_i = w_i (y_i - m) / sum(w), 0 for who is not in the figure: var = sum over strata of n_h / (n_h - 1) *
    (sum(u^2) - sum(u)^2 / n_h). NaN for one answer: one answer says nothing about spread.
    """
    return _linearised_se(sums, sums.v_yy, sums.v_y1, sums.v_11)


def taylor_se_fpc(sums: Sums) -> Floats:
    """As :func:`taylor_se` with finite population correction: for a statement on the contacts of the period only."""
    return _linearised_se(sums, sums.fpc_yy, sums.fpc_y1, sums.fpc_11)


def degrees_of_freedom(sums: Sums) -> Floats:
    """Answers minus strata they fall in, at least 1."""
    return np.maximum(1.0, sums.n - sums.strata)


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
    quantile = t_quantile(degrees_of_freedom(sums), confidence)

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
