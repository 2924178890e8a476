"""Summaries of simulated runs: a share or a mean over runs with its Monte-Carlo interval, held against a wanted band.

Belongs here: adding up over runs, the uncertainty that comes from having simulated only so many of them, the verdict.
Does not belong here: what is counted in a run (``assets.simulation``), which band is wanted (its ``scenarios.yaml``).

A run is a cluster: figures of one run share their answers, so what varies is the run, not the figure. The estimate is
the ratio of two totals with the runs as primary sampling units.

Sources: Cochran, Sampling Techniques (1977), section 6.3 (variance of a ratio) and 3.12 (clusters of unequal size);
Korn & Graubard (1998), Survey Methodology 24:193 (effective number); Brown, Cai & DasGupta (2001) for Wilson; Morris,
White & Crowther (2019), Statistics in Medicine 38:2074, for Monte-Carlo errors of coverage, power and bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.statistics.intervals import Floats, divide, t_quantile, wilson

MET, NOT_MET, UNCERTAIN, NOT_JUDGED = "met", "not_met", "uncertain", "not_judged"


@dataclass(frozen=True)
class Summary:
    """One element per result.

    Attributes:
        value: Total over runs divided by count over runs; NaN where nothing was counted.
        low, high: Monte-Carlo interval; NaN where one run says nothing about spread.
        runs: Runs in which something was counted.
        count: What was counted, over all runs.
    """

    value: Floats
    low: Floats
    high: Floats
    runs: Floats
    count: Floats


def shares(hits: Floats, trials: Floats, confidence: float = 0.95) -> Summary:
    """Shares of trials over runs, with a Wilson interval on the number of trials that the spread over runs is worth.

    Without any spread over runs (never, or always) every trial counts as one: a run in which something else happens
    would show.

    Args:
        hits: Results x runs: how often it happened.
        trials: Results x runs: how often it could; 0 where a run has nothing to say.
        confidence: Of the interval.

    Returns:
        Values between 0 and 1.
    """
    value, variance, runs, count = _ratio(hits, trials)
    binomial = divide(value * (1 - value), variance)
    n_eff = np.where(np.isnan(binomial), count, np.minimum(binomial, count))
    low, high = wilson(value, n_eff, t_quantile(runs - 1, confidence))
    known = runs >= 2
    return Summary(value, np.where(known, low, np.nan), np.where(known, high, np.nan), runs, count)


def means(totals: Floats, counts: Floats, confidence: float = 0.95) -> Summary:
    """Means over runs, with a t interval on the spread over runs.

    Args:
        totals: Results x runs: sums of whatever is averaged.
        counts: Results x runs: over how many; 0 where a run has nothing to say.
        confidence: Of the interval.

    Returns:
        Values in the unit of the totals.
    """
    value, variance, runs, count = _ratio(totals, counts)
    half = t_quantile(runs - 1, confidence) * np.sqrt(variance)
    known = runs >= 2
    return Summary(value, np.where(known, value - half, np.nan), np.where(known, value + half, np.nan), runs, count)


def judgements(found: Summary, wanted_low: Floats, wanted_high: Floats) -> list[str]:
    """Whether each value lies in its band.

    Args:
        found: Values with their Monte-Carlo intervals.
        wanted_low: Lower end of what is wanted; NaN is no end, and without ends nothing is judged.
        wanted_high: Upper end.

    Returns:
        ``met`` where the value lies inside; ``not_met`` where it lies outside; ``uncertain`` where it lies outside and
        its Monte-Carlo interval does not: more runs have to tell. A value outside is never called met.
    """
    open_band = (np.isnan(wanted_low) & np.isnan(wanted_high)) | np.isnan(found.value)
    below, above = found.value < wanted_low, found.value > wanted_high  # comparison with NaN is false
    reached = np.where(below, ~(found.high < wanted_low), ~(found.low > wanted_high))  # without an interval: who knows
    choices = [NOT_JUDGED, MET, UNCERTAIN]
    named = np.select([open_band, ~below & ~above, reached], choices, NOT_MET)
    return [str(name) for name in named]


def _ratio(totals: Floats, counts: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Ratio of totals, its variance with runs as units, the runs that count, and the count."""
    used = counts > 0
    runs, count = used.sum(axis=1).astype(np.float64), counts.sum(axis=1)
    value = divide(np.where(used, totals, 0.0).sum(axis=1), count)
    parts = np.where(used, totals - np.nan_to_num(value)[:, None] * counts, 0.0)
    variance = divide((parts**2).sum(axis=1) * runs, np.where(runs >= 2, (runs - 1) * count**2, 0.0))
    return value, variance, runs, count
