"""A change split in two: people answered differently (service), and other people answered (mix).

Belongs here: the split of the difference between two figures over cells, with standard errors. Does not belong here:
which cells there are, adjustment for mix between areas (``casemix``), verdicts (``comparison``).

Source: Kitagawa (1955), JASA 50:1168. With P the share of a cell in the people and m its mean, then (0) and now (1):
service = sum (P0 + P1) / 2 * (m1 - m0) and mix = sum (P1 - P0) * (m0 + m1) / 2, which add up to the whole change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.statistics.intervals import Bools, Floats, Integers, divide


@dataclass(frozen=True)
class Cells:
    """The cells of many changes, one element per cell.

    Attributes:
        change: To which change a cell belongs, 0 .. changes - 1. No cell of a change is there twice.
        weight: Sum of the weights of its people; 0 where the cell is empty.
        mean: Of the cell; unknown where it is empty.
        se: Standard error of that mean.
        df: Its degrees of freedom.
    """

    change: Integers
    weight: Floats
    mean: Floats
    se: Floats
    df: Floats


@dataclass(frozen=True)
class Split:
    """Both parts per change, and the precision of the service part; NaN where a change cannot be split."""

    service: Floats
    mix: Floats
    se: Floats
    df: Floats


def split(then: Cells, now: Cells, changes: int) -> Split:
    """Split each change into service and mix.

    ``then`` and ``now`` hold the same cells in the same order. A cell with people on one side only has no change of its
    own: its mean is taken to be the same on both sides, so all it does counts as mix.

    The shares are taken as known: what is uncertain in them belongs to the mix. Then Var(service) is the sum of
    ((P0 + P1) / 2)^2 (se0^2 + se1^2), with Satterthwaite's degrees of freedom.

    Args:
        then: Cells of the earlier period.
        now: The same cells now.
        changes: Number of changes.

    Returns:
        One element per change. NaN where one of the periods has no people, or a cell with people no mean.
    """
    change = now.change
    was, are = then.weight > 0, now.weight > 0
    share_then, share_now = (_shares(side.weight, change, changes) for side in (then, now))
    mean_then = np.where(was, then.mean, now.mean)
    mean_now = np.where(are, now.mean, then.mean)
    empty = ~was & ~are

    half = (share_then + share_now) / 2
    service = _added(half * (mean_now - mean_then), empty, change, changes)
    mix = _added((share_now - share_then) * (mean_then + mean_now) / 2, empty, change, changes)
    both = was & are
    variances = [half**2 * side.se**2 for side in (then, now)]
    variance = sum(_added(v, ~both, change, changes) for v in variances)
    spent = sum(
        _added(divide(v**2, side.df), ~both, change, changes) for v, side in zip(variances, (then, now), strict=True)
    )
    total = np.asarray(variance, dtype=np.float64)
    known = _some(both, change, changes)
    return Split(
        service=np.where(known, service, np.nan),
        mix=np.where(known, mix, np.nan),
        se=np.where(known, np.sqrt(total), np.nan),
        df=np.where(known, divide(total**2, np.asarray(spent, dtype=np.float64)), np.nan),
    )


def _shares(weight: Floats, change: Integers, changes: int) -> Floats:
    total = np.bincount(change, weights=weight, minlength=changes).astype(np.float64)
    return divide(weight, total[change])


def _added(values: Floats, left_out: Bools, change: Integers, changes: int) -> Floats:
    """Sum per change, in the order of the cells; unknown where a cell that counts is unknown."""
    return np.bincount(change, weights=np.where(left_out, 0.0, values), minlength=changes).astype(np.float64)


def _some(holds: Bools, change: Integers, changes: int) -> Bools:
    return np.bincount(change, weights=holds, minlength=changes) > 0
