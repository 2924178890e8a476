"""Differences between groups of the same sample, from their totals and the covariance of those totals.

Belongs here: a group against everyone else, and the widest gap between groups, each with the standard error of its own
contrast. Does not belong here: the covariances (``calibrated``), which groups may be shown, what is said about a gap
(``comparison``).

A contrast of means m_a = Y_a / W_a has one influence value per respondent, so that what the groups share (strata,
calibration margins, the same person) is in its variance: with covariance V of (Y, W) it is c' V c, c having 1/W_a on
Y_a and -m_a/W_a on W_a, and minus the same for the other side. Treating two groups of one sample as independent would
not do. Sources: Wolter, Introduction to Variance Estimation (2007), ch. 6; R ``svycontrast``; Satterthwaite (1946),
Biometrics Bulletin 2:110, for the degrees of freedom; Dunn (1961), JASA 56:52 (Bonferroni) for the widest of many gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from assets.statistics.comparison import Difference
from assets.statistics.intervals import Bools, Floats, Integers, divide


@dataclass(frozen=True)
class Groups:
    """Totals of g groups that do not overlap, for k measures.

    Attributes:
        n: k x g answers.
        sum_w: k x g sums of weights W.
        sum_wy: k x g sums of weight times value Y.
        covariance: k x 2g x 2g, of Y and then W of the groups.
    """

    n: Floats
    sum_w: Floats
    sum_wy: Floats
    covariance: Floats

    def means(self) -> Floats:
        """Means of the groups, k x g; NaN without answers."""
        return divide(self.sum_wy, self.sum_w)


@dataclass(frozen=True)
class AgainstRest:
    """Each group and all other groups together, every array k x g; ``n_rest`` counts the answers of the others."""

    mean: Floats
    rest: Floats
    n_rest: Floats
    found: Difference


@dataclass(frozen=True)
class WidestGap:
    """The highest and the lowest group per measure, every array of length k; -1 and NaN with fewer than two groups.

    ``found`` has a p-value that allows for the gap being the widest of ``pairs`` gaps.
    """

    highest: Integers
    lowest: Integers
    pairs: Integers
    found: Difference

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """Bounds of the gap that hold for all pairs of groups at once."""
        each = 1 - (1 - confidence) / (2 * np.maximum(self.pairs, 1))
        half = np.asarray(stats.t.ppf(each, self.found.df)) * self.found.se
        return self.found.difference - half, self.found.difference + half


def against_rest(groups: Groups) -> AgainstRest:
    """Every group against the respondents of all other groups."""
    size = groups.n.shape[1]
    rest_w = groups.sum_w.sum(axis=1, keepdims=True) - groups.sum_w
    rest_y = groups.sum_wy.sum(axis=1, keepdims=True) - groups.sum_wy
    n_rest = groups.n.sum(axis=1, keepdims=True) - groups.n
    mean, rest = groups.means(), divide(rest_y, rest_w)
    own = np.zeros((*groups.n.shape, 2 * size))  # measure x contrast x coefficient
    other = np.zeros_like(own)
    for group in range(size):
        others = np.arange(size) != group
        own[:, group, group] = divide(np.ones_like(mean[:, group]), groups.sum_w[:, group])
        own[:, group, size + group] = divide(-mean[:, group], groups.sum_w[:, group])
        other[:, group, np.flatnonzero(others)] = divide(np.ones_like(rest[:, group]), rest_w[:, group])[:, None]
        other[:, group, size + np.flatnonzero(others)] = divide(-rest[:, group], rest_w[:, group])[:, None]
    found = _difference(groups.covariance, (mean, rest), (own, other), (groups.n, n_rest))
    return AgainstRest(mean, rest, n_rest, found)


def widest_gap(groups: Groups, allowed: Bools) -> WidestGap:
    """The highest against the lowest of the groups that may be compared.

    Args:
        groups: k measures, g groups.
        allowed: k x g, which groups take part.
    """
    count, size = groups.n.shape
    mean, rows = groups.means(), np.arange(count)
    usable = allowed & ~np.isnan(mean)
    number = usable.sum(axis=1)
    several = number >= 2
    highest = np.argmax(np.where(usable, mean, -np.inf), axis=1)
    lowest = size - 1 - np.argmin(np.where(usable, mean, np.inf)[:, ::-1], axis=1)  # of equal groups not the same one
    coefficients = []
    for group in (highest, lowest):
        side = np.zeros((count, 1, 2 * size))
        side[rows, 0, group] = divide(np.ones(count), groups.sum_w[rows, group])
        side[rows, 0, size + group] = divide(-mean[rows, group], groups.sum_w[rows, group])
        coefficients.append(np.where(several[:, None, None], side, np.nan))
    means = (mean[rows, highest, None], mean[rows, lowest, None])
    sizes = (groups.n[rows, highest, None], groups.n[rows, lowest, None])
    raw = _difference(groups.covariance, means, (coefficients[0], coefficients[1]), sizes)
    pairs = number * (number - 1) // 2
    difference, se, df, p_value = (
        np.where(several, v[:, 0], np.nan) for v in (raw.difference, raw.se, raw.df, raw.p_value)
    )
    found = Difference(difference, se, df, np.minimum(p_value * pairs, 1.0))
    return WidestGap(np.where(several, highest, -1), np.where(several, lowest, -1), pairs.astype(np.int64), found)


def _difference(
    covariance: Floats, means: tuple[Floats, Floats], sides: tuple[Floats, Floats], sizes: tuple[Floats, Floats]
) -> Difference:
    """One side minus the other, k x c; no verdict where a side has no spread of its own.

    Degrees of freedom by Satterthwaite from the two sides, (v1 + v2)^2 / (v1^2/(n1 - 1) + v2^2/(n2 - 1)): a small side
    decides, however many answers the other has.
    """
    own, other = (_quadratic(covariance, side) for side in sides)
    variance = _quadratic(covariance, sides[0] - sides[1])
    spread = (own > 0) & (other > 0) & (variance > 0)
    df = divide((own + other) ** 2, divide(own**2, sizes[0] - 1) + divide(other**2, sizes[1] - 1))
    se = np.where(spread, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    difference = means[0] - means[1]
    p_value = 2 * np.asarray(stats.t.sf(np.abs(divide(difference, se)), df))
    return Difference(difference, se, df, p_value)


def _quadratic(covariance: Floats, coefficients: Floats) -> Floats:
    """Quadratic forms c' V c of every contrast: k x 2g x 2g and k x c x 2g give k x c."""
    result: Floats = np.einsum("kci,kci->kc", coefficients @ covariance, coefficients)
    return result
