"""Control charts: which points of a series differ from the series' own ordinary variation.

Belongs here: limits of an XmR chart and of Laney's p' chart, and the rules that call a point special. Does not belong
here: which series there are and of what periods (``assets.publication_signals``), sentences.

Sources: Wheeler, Understanding Variation (1993), for XmR; the rules and their order as in NHS England's "plot the dots"
(R ``NHSRplotthedots``); Laney (2002), Quality Engineering 14:531, for p'. The points of a series may share no answers:
a chart of moving averages calls most points of a stable process special.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from assets.statistics.intervals import Bools, Floats, Integers, divide

TO_LIMITS = 2.66
"""Mean moving range to limits, as NHS England rounds 3 / 1.128."""
LARGEST_RANGE = 3.267
"""A moving range of this many mean moving ranges is no part of ordinary variation: it is left out once."""
SIGMAS, RANGE_TO_SIGMA = 3.0, 1.128
"""Of p': limits in standard deviations, and the expected moving range of a standard normal process."""
OUTER_THIRD = 2 / 3
RUN, THREE = 7, 3
FEWEST_FOR_VERDICT = 13
"""With fewer points the limits are trial limits: they may be drawn, but no point is called special because of them."""

COMMON = "common"
ABOVE, BELOW = "above_limit", "below_limit"
TREND_UP, TREND_DOWN = "trend_up", "trend_down"
TWO_HIGH, TWO_LOW = "two_of_three_high", "two_of_three_low"
RUN_HIGH, RUN_LOW = "run_high", "run_low"
HIGH = frozenset({ABOVE, TREND_UP, TWO_HIGH, RUN_HIGH})
LOW = frozenset({BELOW, TREND_DOWN, TWO_LOW, RUN_LOW})
Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Limits:
    """Of every point, in the unit of the values; ``lower`` and ``upper`` are NaN for a single point."""

    centre: Floats
    lower: Floats
    upper: Floats


def xmr(values: Floats, *, screened: bool = True, baseline: int | None = None) -> Limits:
    """Limits of an XmR chart: mean -/+ 2.66 times the mean moving range.

    Args:
        values: The points in order of time, all known.
        screened: Leave out, once, moving ranges of at least 3.267 times their mean.
        baseline: Make the limits of the first so many points only; None: of all.

    Returns:
        The same limits for every point. A series without variation has its mean for limits.
    """
    nothing = np.full(len(values), np.nan)
    if not len(values):
        return Limits(nothing, nothing, nothing)
    base = values[:baseline]
    centre = float(base.mean())
    ranges = np.abs(np.diff(base))
    if not len(ranges):
        return Limits(np.full(len(values), centre), nothing, nothing)
    usual = float(ranges.mean())
    if screened:
        kept = ranges[ranges < LARGEST_RANGE * usual]
        usual = float(kept.mean()) if len(kept) else 0.0
    half = TO_LIMITS * usual
    return Limits(*(np.full(len(values), limit) for limit in (centre, centre - half, centre + half)))


def laney(proportion: Floats, n: Floats) -> Limits:
    """Limits of Laney's p' chart, for proportions on numbers of answers that differ from point to point.

    pbar -/+ 3 s_i sigma_z, with s_i = sqrt(pbar (1 - pbar) / n_i) and sigma_z the mean moving range of
    (p_i - pbar) / s_i divided by 1.128: variation beyond that of chance widens the limits, a large n narrows them.

    Args:
        proportion: The points in order of time, all known.
        n: Their (effective) numbers of answers, all positive.

    Returns:
        Limits per point, within 0 and 1. A series without variation has its mean for limits.
    """
    nothing = np.full(len(proportion), np.nan)
    if not len(proportion):
        return Limits(nothing, nothing, nothing)
    centre = float((proportion * n).sum() / n.sum())
    if len(proportion) == 1:
        return Limits(np.full(1, centre), nothing, nothing)
    chance = np.sqrt(centre * (1 - centre) / n)
    sigma = float(np.abs(np.diff(np.nan_to_num(divide(proportion - centre, chance)))).mean()) / RANGE_TO_SIGMA
    half = SIGMAS * sigma * chance
    lower, upper = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    return Limits(np.full(len(proportion), centre), lower, upper)


def rules(values: Floats, limits: Limits) -> Labels:
    """By which rule each point is special; the first that holds in this order.

    Outside the limits; one of seven values in a row that rise or fall; one of at least two in the outer third out of
    three in a row on that side of the mean; one of seven in a row on one side of the mean. A value equal to the one
    before breaks a trend, a value equal to the mean breaks a run.

    Args:
        values: The points in order of time, all known.
        limits: Of the same points.

    Returns:
        A rule per point, ``common`` for ordinary variation.
    """
    if not len(values):
        return np.empty(0, dtype=np.str_)
    above, below = values > limits.upper, values < limits.lower
    side = np.sign(values - limits.centre).astype(np.int64)
    third_high = limits.centre + OUTER_THIRD * (limits.upper - limits.centre)
    third_low = limits.centre - OUTER_THIRD * (limits.centre - limits.lower)
    close = ~above & ~below & ((values > third_high) | (values < third_low))
    steps = np.sign(np.diff(values)).astype(np.int64)
    high, low = side > 0, side < 0
    conditions = [
        (above, ABOVE),
        (below, BELOW),
        (_in_trend(steps, 1), TREND_UP),
        (_in_trend(steps, -1), TREND_DOWN),
        (_two_of_three(high, close), TWO_HIGH),
        (_two_of_three(low, close), TWO_LOW),
        (_in_run(high, RUN), RUN_HIGH),
        (_in_run(low, RUN), RUN_LOW),
    ]
    return np.select([condition for condition, _ in conditions], [rule for _, rule in conditions], COMMON)


def by_segment(segment: Integers) -> list[Integers]:
    """Positions of each part of a series: at a change of method limits and rules start again.

    Args:
        segment: Part of each point, not falling in time.
    """
    return np.split(np.arange(len(segment), dtype=np.int64), np.flatnonzero(np.diff(segment)) + 1)


def _in_run(holds: Bools, length: int) -> Bools:
    """Points in a row of at least ``length`` for which something holds."""
    if len(holds) < length:
        return np.zeros(len(holds), dtype=np.bool_)
    return _members(_all(sliding_window_view(holds, length)), length, len(holds))


def _in_trend(steps: Integers, direction: int) -> Bools:
    """Points of seven or more values in a row that all rise, or all fall: six steps or more."""
    count = len(steps) + 1
    if count < RUN:
        return np.zeros(count, dtype=np.bool_)
    return _members(_all(sliding_window_view(steps == direction, RUN - 1)), RUN, count)


def _two_of_three(on_side: Bools, close: Bools) -> Bools:
    """Points in the outer third in three in a row on one side, of which at least two lie in the outer third."""
    if len(close) < THREE:
        return np.zeros(len(close), dtype=np.bool_)
    same = _all(sliding_window_view(on_side, THREE))
    return _members(same & (sliding_window_view(close, THREE).sum(axis=1) >= THREE - 1), THREE, len(close)) & close


def _members(starts: Bools, length: int, count: int) -> Bools:
    """Points that lie in any window of a length, given for each window by its first point."""
    padded = np.concatenate([np.zeros(length - 1, dtype=np.bool_), starts, np.zeros(length - 1, dtype=np.bool_)])
    members: Bools = np.logical_or.reduce(sliding_window_view(padded, length), axis=1)
    assert len(members) == count
    return members


def _all(windows: Bools) -> Bools:
    """Whether something holds for every point of each window."""
    every: Bools = np.logical_and.reduce(windows, axis=1)
    return every
