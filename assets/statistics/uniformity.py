"""How much areas truly differ: the variance between them that sampling error does not explain.

Belongs here: between-area variance tau2 of families of figures by the usual estimators, its interval, the test of no
difference, I2, the gap to expect between a high and a low area, reliability. Does not belong here: how the variance
divides over the levels of an organisation (``nested``), shrunken estimates (``small_area``), verdicts about an area
(``comparison``).

All functions take the figures of many families at once: ``y`` (estimates), ``se`` (their standard errors, positive),
``family`` (0 .. families - 1 per figure) and ``families``; they give one value per family, NaN for a family of fewer
than two figures. tau2 is in squared units of ``y``.

Sources: DerSimonian & Laird (1986), Controlled Clinical Trials 7:177; Hedges & Olkin (1985), Statistical Methods for
Meta-Analysis; Paule & Mandel (1982), J. Res. NBS 87:377; DerSimonian & Kacker (2007), Contemporary Clinical Trials
28:105; Sidik & Jonkman (2005), Applied Statistics 54:367; Morris (1983), JASA 78:47 (empirical Bayes); Viechtbauer
(2005), J. Educ. Behav. Stat. 30:261 (ML, REML); Viechtbauer (2007), Statistics in Medicine 26:37 (Q-profile); Higgins &
Thompson (2002), Statistics in Medicine 21:1539 (I2). All equal to ``metafor::rma`` and its ``confint``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from assets.statistics.intervals import Floats, Integers, divide

MOST_STEPS = 60
MOST_SCORING_STEPS = 500
PRECISION = 1e-12
FEWEST_DEGREES = 3.0
"""A standard error on fewer degrees of freedom is too uncertain itself to say anything about differences."""
NORMAL_90 = float(stats.norm.ppf(0.9))
"""1.2816: a tenth of a normal distribution lies above it."""

Estimator = Callable[[Floats, Floats, Integers, int], Floats]


@dataclass(frozen=True)
class Homogeneity:
    """Test of the hypothesis that the areas of a family do not differ at all.

    Attributes:
        q: Cochran's Q, sum of (y - weighted mean)^2 / se^2.
        df: Areas minus one.
        p_value: Chance of a Q at least so large if they do not differ.
    """

    q: Floats
    df: Floats
    p_value: Floats


def _totals(values: Floats, family: Integers, families: int) -> Floats:
    return np.bincount(family, weights=values, minlength=families).astype(np.float64)


def _counts(family: Integers, families: int) -> Floats:
    return np.bincount(family, minlength=families).astype(np.float64)


def _squares(y: Floats, weight: Floats, family: Integers, families: int) -> Floats:
    """Squared distance of each figure to the weighted mean of its family."""
    centre = divide(_totals(weight * y, family, families), _totals(weight, family, families))
    squares: Floats = (y - centre[family]) ** 2
    return squares


def weighted_mean(y: Floats, se: Floats, tau2: Floats, family: Integers, families: int) -> Floats:
    """Mean of each family with weights 1 / (se^2 + tau2); NaN for an empty family or an unknown tau2."""
    weight = 1 / (se**2 + tau2[family])
    return divide(_totals(weight * y, family, families), _totals(weight, family, families))


def dersimonian_laird(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """tau2 by moments with weights 1/se^2, truncated at zero: (Q - (k - 1)) / (sum w - sum w^2 / sum w)."""
    weight = 1 / se**2
    total, count = _totals(weight, family, families), _counts(family, families)
    room = total - divide(_totals(weight**2, family, families), total)
    q = _totals(weight * _squares(y, weight, family, families), family, families)
    return np.where(count >= 2, np.maximum(divide(q - (count - 1), room), 0.0), np.nan)


def hedges(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """tau2 by moments with equal weights, truncated at zero: var(y) - mean(se^2)."""
    count = _counts(family, families)
    squares = _totals(_squares(y, np.ones_like(y), family, families), family, families)
    found = divide(squares, count - 1) - divide(_totals(se**2, family, families), count)
    return np.where(count >= 2, np.maximum(found, 0.0), np.nan)


def sidik_jonkman(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """tau2 by model errors, always positive: t0 Q(t0) / (k - 1) with t0 = sum (y - mean)^2 / k."""
    count = _counts(family, families)
    start = divide(_totals(_squares(y, np.ones_like(y), family, families), family, families), count)
    weight = 1 / (se**2 + start[family])
    q = _totals(weight * _squares(y, weight, family, families), family, families)
    return np.where(count >= 2, start * divide(q, count - 1), np.nan)


def paule_mandel(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """tau2 such that the generalised Q equals its expectation k - 1; zero if Q(0) is smaller.

    The empirical Bayes estimator of Morris is the same root (``empirical_bayes``).
    """
    return _root(y, se, family, families, _counts(family, families) - 1)


empirical_bayes = paule_mandel


def reml(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """tau2 by restricted maximum likelihood: Fisher scoring from the estimate of Hedges, never below zero."""
    return _scored(y, se, family, families, restricted=True)


def ml(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """tau2 by maximum likelihood: Fisher scoring from the estimate of Hedges, never below zero."""
    return _scored(y, se, family, families, restricted=False)


ESTIMATORS: Mapping[str, Estimator] = {
    "DL": dersimonian_laird,
    "HE": hedges,
    "SJ": sidik_jonkman,
    "ML": ml,
    "REML": reml,
    "PM": paule_mandel,
    "EB": empirical_bayes,
}
"""By the names of ``metafor``."""


def q_profile(y: Floats, se: Floats, family: Integers, families: int, confidence: float) -> tuple[Floats, Floats]:
    """Interval of tau2: the values at which the generalised Q has the tail quantiles of chi-square(k - 1).

    Returns:
        Lower and upper bound; both zero where even Q(0) is smaller than the areas would differ by chance.
    """
    df = _counts(family, families) - 1
    high_q = np.asarray(stats.chi2.ppf(0.5 + confidence / 2, np.maximum(df, 1.0)))
    low_q = np.asarray(stats.chi2.ppf(0.5 - confidence / 2, np.maximum(df, 1.0)))
    return _root(y, se, family, families, high_q), _root(y, se, family, families, low_q)


def homogeneity(y: Floats, se: Floats, family: Integers, families: int) -> Homogeneity:
    """Cochran's Q with its p-value by chi-square(k - 1)."""
    df = _counts(family, families) - 1
    weight = 1 / se**2
    q = _totals(weight * _squares(y, weight, family, families), family, families)
    known = df >= 1
    p_value = np.asarray(stats.chi2.sf(q, np.maximum(df, 1.0)))
    return Homogeneity(*(np.where(known, values, np.nan) for values in (q, df, p_value)))


def i_squared(tau2: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """Part of the variance between figures that is no sampling error: tau2 / (tau2 + s^2), 0 .. 1.

    s^2 is the typical sampling variance of the family, (k - 1) sum w / ((sum w)^2 - sum w^2) with w = 1/se^2.
    """
    weight = 1 / se**2
    total = _totals(weight, family, families)
    df = _counts(family, families) - 1
    typical = divide(df * total, total**2 - _totals(weight**2, family, families))
    return divide(tau2, tau2 + typical)


def gap_90_10(tau: Floats) -> Floats:
    """Expected true gap between an area at the 90th and one at the 10th percentile: 2 * 1.2816 * tau."""
    return 2 * NORMAL_90 * tau


def reliability(tau2: Floats, se: Floats) -> Floats:
    """Share of the variance between areas that is true difference: tau2 / (tau2 + se^2). Not known is NaN."""
    return divide(tau2 + np.zeros_like(se), tau2 + se**2)


def widened_se(se: Floats, df: Floats) -> Floats:
    """Standard errors for use as if they were known: se * sqrt(df / (df - 2)).

    (y - mu)^2 / se^2 has mean df / (df - 2) when ``se`` itself is estimated on ``df`` degrees of freedom, not 1: with
    plain standard errors areas with few answers would seem to differ. The correction makes the mean 1 and vanishes with
    growing df. NaN below three degrees of freedom.
    """
    return np.where(df >= FEWEST_DEGREES, se * np.sqrt(divide(df, df - 2)), np.nan)


def _root(y: Floats, se: Floats, family: Integers, families: int, target: Floats) -> Floats:
    """tau2 at which Q(tau2) = sum (y - mean)^2 / (se^2 + tau2) equals a target; zero if Q(0) is smaller.

    Newton's method on a decreasing convex function, from zero: it climbs to the root and never passes it.
    """
    tau2 = np.zeros(families)
    for _ in range(MOST_STEPS):
        weight = 1 / (se**2 + tau2[family])
        squares = _squares(y, weight, family, families)
        excess = _totals(weight * squares, family, families) - target
        step = np.nan_to_num(divide(np.maximum(excess, 0.0), _totals(weight**2 * squares, family, families)))
        tau2 = tau2 + step
        if np.all(step <= PRECISION * tau2):
            break
    return np.where(_counts(family, families) >= 2, tau2, np.nan)


def _scored(y: Floats, se: Floats, family: Integers, families: int, *, restricted: bool) -> Floats:
    """Fisher scoring of the (restricted) likelihood of a common mean with variances se^2 + tau2."""
    count = _counts(family, families)
    tau2 = np.nan_to_num(hedges(y, se, family, families))
    for _ in range(MOST_SCORING_STEPS):
        weight = 1 / (se**2 + tau2[family])
        one, two, three = (_totals(weight**power, family, families) for power in (1, 2, 3))
        gain = _totals(weight**2 * _squares(y, weight, family, families), family, families)
        trace, information = one, two
        if restricted:
            trace = one - divide(two, one)
            information = two - 2 * divide(three, one) + divide(two, one) ** 2
        step = np.nan_to_num(divide(gain - trace, information))
        moved = np.maximum(tau2 + step, 0.0)
        still = np.abs(moved - tau2) <= PRECISION * np.maximum(moved, PRECISION)
        tau2 = moved
        if np.all(still):
            break
    return np.where(count >= 2, tau2, np.nan)
