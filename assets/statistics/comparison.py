"""Differences between figures, and what may be said about them.

Belongs here: difference of independent figures, of a part against its whole, the funnel with overdispersion, false
discovery control, what could be seen at all, and the ladder of outcomes. Does not belong here: which pairs are
compared, how a change is split (``kitagawa``), and the sentences made of outcomes.

Sources: Welch (1947), Biometrika 34:28; Benjamini & Hochberg (1995), JRSS B 57:289; Spiegelhalter (2005), Statistics in
Medicine 24:1185 (additive overdispersion, winsorised), equal to R ``FunnelPlotR``; Schuirmann (1987), J. Pharmacokin.
Biopharm. 15:657, for equivalence by two one-sided tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assets.statistics.intervals import Bools, Floats, Integers, divide
from expectations.model import Thresholds

FUNNEL_LIMIT = float(stats.norm.ppf(0.999))
"""3.09: 99.8 % of areas that do not differ lie within it."""
WINSORISE = 0.1
SINGLE_TEST = 0.05
"""Below it a difference may be called possible, even if it does not survive the many comparisons made at once."""
NORMAL_95 = float(stats.norm.ppf(0.975))
POWER = 0.8
"""How often a true difference of the size that is called findable is found."""
NORMAL_POWER = float(stats.norm.ppf(POWER))

HIGHER, LOWER, NO_DIFFERENCE, NOT_COMPARED = "higher", "lower", "no_difference", "not_compared"
EQUAL = "equal"
MAYBE_HIGHER, MAYBE_LOWER = "maybe_higher", "maybe_lower"


@dataclass(frozen=True)
class Figures:
    """Estimates with their standard error and the degrees of freedom of that standard error."""

    estimate: Floats
    se: Floats
    df: Floats


@dataclass(frozen=True)
class Difference:
    """Differences with their precision; NaN where one of the two is not known."""

    difference: Floats
    se: Floats
    df: Floats
    p_value: Floats

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """Bounds of the difference by Student's t."""
        half = np.asarray(stats.t.ppf(0.5 + confidence / 2, self.df)) * self.se
        return self.difference - half, self.difference + half


@dataclass(frozen=True)
class Funnel:
    """Position of each area in its family's funnel.

    Attributes:
        z: Deviation from the target in standard errors.
        phi: Mean of squared winsorised z of the family: 1 if only chance is at work.
        tau2: Additive overdispersion of the family.
        z_od: Deviation in standard errors that include overdispersion.
    """

    z: Floats
    phi: Floats
    tau2: Floats
    z_od: Floats


def independent(one: Figures, other: Figures) -> Difference:
    """Difference of two figures about different respondents, with Welch-Satterthwaite degrees of freedom.

    df = (v1 + v2)^2 / (v1^2/df1 + v2^2/df2), v = se^2. A standard error of zero on both sides gives no verdict.
    """
    variance, other_variance = one.se**2, other.se**2
    total = variance + other_variance
    df = divide(total**2, divide(variance**2, one.df) + divide(other_variance**2, other.df))
    difference = one.estimate - other.estimate
    standard_error = np.sqrt(total)
    p_value = 2 * np.asarray(stats.t.sf(np.abs(divide(difference, standard_error)), df))
    return Difference(difference, standard_error, df, p_value)


def part_of_whole(against_rest: Difference, share: Floats) -> Difference:
    """A part against the whole it belongs to, from the part against the rest.

    As whole = share * part + (1 - share) * rest, part - whole = (1 - share) * (part - rest): the same test, a smaller
    difference.
    """
    return Difference(
        (1 - share) * against_rest.difference, (1 - share) * against_rest.se, against_rest.df, against_rest.p_value
    )


def benjamini_hochberg(p_value: Floats, family: Integers) -> Floats:
    """Smallest false discovery rate at which each comparison of its family would be called; NaN where p is NaN."""
    q_value = np.full(p_value.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p_value))
    order = known[np.lexsort((p_value[known], family[known]))]
    if not len(order):
        return q_value
    starts = np.flatnonzero(np.diff(family[order], prepend=family[order[0]] - 1))
    for members in np.split(order, starts[1:]):
        scaled = p_value[members] * len(members) / np.arange(1, len(members) + 1)
        smallest = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
        q_value[members] = np.maximum(smallest, p_value[members])  # p * m / m may round to just below p
    return q_value


def funnel(y: Floats, se: Floats, target: Floats, family: Integers, *, winsorise: float = WINSORISE) -> Funnel:
    """Funnel with additive overdispersion per family.

    z = (y - target)/se, winsorised at its 10 % and 90 % quantiles; phi = mean(z_w^2); with w = 1/se^2 and I areas
    tau2 = max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w)); z_od = (y - target) / sqrt(se^2 + tau2).

    Args:
        y: Estimates, all known.
        se: Standard errors, all positive.
        target: What the areas are compared with.
        family: Family of each area.
        winsorise: Part of the areas at each end whose z is drawn in, so that outliers do not widen their own limits.

    Returns:
        One value per area; ``phi`` and ``tau2`` are repeated within a family.
    """
    z = (y - target) / se
    phi, tau2 = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    order = np.argsort(family, kind="stable")
    starts = np.flatnonzero(np.diff(family[order])) + 1
    for members in np.split(order, starts) if len(order) else []:
        low, high = np.quantile(z[members], [winsorise, 1 - winsorise])
        weight = 1 / se[members] ** 2
        count = len(members)
        phi[members] = np.mean(np.clip(z[members], low, high) ** 2)
        room = weight.sum() - (weight**2).sum() / weight.sum()
        excess = count * phi[members[0]] - (count - 1)
        tau2[members] = max(0.0, excess / room) if room > 0 else 0.0
    return Funnel(z, phi, tau2, (y - target) / np.sqrt(se**2 + tau2))


def arcsine(proportion: Floats, n_eff: Floats) -> tuple[Floats, Floats]:
    """Variance-stabilised proportion asin(sqrt p) with standard error 1 / (2 sqrt n_eff)."""
    return np.arcsin(np.sqrt(proportion)), divide(np.full_like(n_eff, 0.5), np.sqrt(n_eff))


def relevant(is_proportion: Bools, scale_range: Floats, proportion: Floats, mean: Floats) -> Floats:
    """Smallest difference worth a sentence, per figure.

    Args:
        is_proportion: Which figures are proportions.
        scale_range: Highest minus lowest point of the scale.
        proportion: Smallest difference for proportions, at the level of each figure.
        mean: Smallest difference for means, as part of the scale's range, at the level of each figure.
    """
    return np.where(is_proportion, proportion, mean * scale_range)


def smallest_visible(se: Floats) -> Floats:
    """Differences smaller than this cannot be told from chance here: 1.96 standard errors."""
    return NORMAL_95 * se


def smallest_found(se: Floats) -> Floats:
    """A true difference of this size is found in four tests of five: (1.96 + 0.84) standard errors.

    For one test; among many tests made at once it has to be larger.
    """
    return (NORMAL_95 + NORMAL_POWER) * se


def periods_to_find(change: Floats, se: Floats, periods: Floats | float) -> Floats:
    """After how many periods a lasting change is found in four cases of five.

    As many periods after the change are held against as many before it. A standard error shrinks with the square root
    of the answers, so with ``se`` over ``periods`` periods k = ceil(periods * (smallest_found(se) / change)^2).

    Args:
        change: Size of the change, positive.
        se: Standard error of a difference between two times ``periods`` periods.
        periods: Number of periods that standard error is about.

    Returns:
        Whole numbers of 1 or more; NaN where the standard error is not known.
    """
    return np.maximum(1.0, np.ceil(periods * divide(smallest_found(se), change) ** 2))


def equivalent(found: Difference, least: Floats) -> Bools:
    """Differences that are certainly smaller than what matters.

    Two one-sided tests of 5 %: the 90 % interval lies within -least and +least. False where the difference is unknown.
    """
    low, high = found.interval(1 - 2 * SINGLE_TEST)
    return (low > -least) & (high < least)


def tested_outcome(
    found: Difference, q_value: Floats, least: Floats, thresholds: Thresholds
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Outcome and rule of a tested difference.

    ``higher``/``lower`` needs a q-value within the false discovery rate, 5 % in the single test (a family of one has
    no q-value of its own) and a relevant size. Certain but too small to matter: ``no_difference`` by rule
    ``not_relevant``. Certainly too small to matter (:func:`equivalent`): ``equal``. Below 5 % in the single test but
    not among all: ``maybe``.
    """
    up = found.difference > 0
    possible = found.p_value < SINGLE_TEST
    certain = possible & (q_value <= thresholds.false_discovery_rate)
    large = np.abs(found.difference) >= least
    conditions = [np.isnan(found.p_value), certain & large, certain, equivalent(found, least), possible]
    outcome = np.select(
        conditions,
        [NOT_COMPARED, np.where(up, HIGHER, LOWER), NO_DIFFERENCE, EQUAL, np.where(up, MAYBE_HIGHER, MAYBE_LOWER)],
        NO_DIFFERENCE,
    )
    rules = ["no_precision", "difference", "not_relevant", "equivalent", "maybe_chance"]
    rule = np.select(conditions, rules, "not_visible")
    return outcome, rule


def funnel_outcome(
    z_od: Floats, difference: Floats, reliability: Floats, least: Floats, thresholds: Thresholds
) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Outcome and rule of a position in the funnel.

    Only beyond the 99.8 % limits, by a relevant size, and only for figures reliable enough to tell areas apart.
    """
    outside = np.abs(z_od) > FUNNEL_LIMIT
    unreliable = ~(reliability >= thresholds.minimum_reliability)
    conditions = [np.isnan(z_od), unreliable, outside & (np.abs(difference) >= least), outside]
    outcome = np.select(
        conditions, [NOT_COMPARED, NOT_COMPARED, np.where(z_od > 0, HIGHER, LOWER), NO_DIFFERENCE], NO_DIFFERENCE
    )
    rule = np.select(conditions, ["no_precision", "reliability", "funnel", "not_relevant"], "within_funnel")
    return outcome, rule
