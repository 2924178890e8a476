"""Comparable areas: who they are, and what may be told about them without saying who is where.

Belongs here: nearest neighbours on what an area does not choose, and their summary. Does not belong here:
reading tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.statistics.intervals import Bools, Floats, Integers

PEERS = 20
FEWEST_PEERS = 8
"""With fewer positions the reader would recognise a neighbour."""


@dataclass(frozen=True)
class PeerSummary:
    """What is told about the comparable areas of one area. ``positions`` are rounded and in order of size, nameless."""

    count: int
    mean: float
    q25: float
    q75: float
    positions: tuple[float, ...]


def standardise(features: Floats) -> Floats:
    """Each column to mean 0 and standard deviation 1; a constant column to 0, as it tells nothing apart."""
    centred = features - features.mean(axis=0)
    deviation = features.std(axis=0)
    scaled: Floats = centred / np.where(deviation > 0, deviation, 1.0)
    return scaled


def nearest(features: Floats, count: int = PEERS) -> Integers:
    """Positions of the nearest other rows by Euclidean distance on standardised columns; ties go to the earlier row.

    Args:
        features: One row per area.
        count: Neighbours wanted; fewer if there are fewer other areas.

    Returns:
        One row of positions per area, nearest first.
    """
    if len(features) < 2:
        return np.empty((len(features), 0), dtype=np.int64)
    scaled = standardise(features)
    distance = ((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    # rounded: two areas that are equally far must not change places by the last bit of a sum
    order = np.argsort(np.round(distance, 9), axis=1, kind="stable")
    return order[:, : min(count, len(features) - 1)].astype(np.int64)


def summarise(values: Floats, known: Bools, is_proportion: bool) -> PeerSummary | None:
    """Mean, middle half and rounded positions of the peers whose figure is published; None for fewer than eight.

    Args:
        values: Estimates of the peers.
        known: Which of them are published.
        is_proportion: Positions in whole percent; otherwise in tenths of a point.

    Returns:
        The summary, in which every area weighs the same.
    """
    published = np.sort(values[known])
    if len(published) < FEWEST_PEERS:
        return None
    q25, q75 = np.quantile(published, [0.25, 0.75])
    positions = np.round(published, 2 if is_proportion else 1)
    return PeerSummary(len(published), float(published.mean()), float(q25), float(q75), tuple(positions.tolist()))
