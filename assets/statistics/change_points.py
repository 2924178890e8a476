"""Where a series of months goes on at another level, and which single months were odd.

Belongs here: the walk along the months and the distances between them. Does not belong here: which series there are,
where their numbers come from, and what a change means (``assets.break_guard``).

A month that lies far from the months before it is a change when the next month lies far from them too, and an odd month
when the next one is back. The newest month has no next one: until there is, it counts as a change, because two figures
that may not be comparable are not compared. At a change the yardstick starts again, so a change is found once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assets.statistics.intervals import Floats

Far = Callable[[Sequence[int], int], bool]


@dataclass(frozen=True)
class Changes:
    """Positions in the series.

    Attributes:
        first: Each month with which a new level begins.
        before: For each of ``first`` the months that were its yardstick.
        odd: Months far from what came before and from what came after.
    """

    first: tuple[int, ...]
    before: tuple[tuple[int, ...], ...]
    odd: tuple[int, ...]


def change_points(count: int, far: Far, most_before: int) -> Changes:
    """Walk along the months.

    Args:
        count: Months in the series, in order; months that say nothing are not in it.
        far: Whether a month lies far from the months given as yardstick.
        most_before: At most so many months are the yardstick.

    Returns:
        Changes and odd months.
    """
    first: list[int] = []
    before: list[tuple[int, ...]] = []
    odd: list[int] = []
    yardstick: list[int] = []
    for month in range(count):
        usual = tuple(yardstick[-most_before:])
        if not usual or not far(usual, month):
            yardstick.append(month)
        elif month + 1 < count and not far(usual, month + 1):
            odd.append(month)
        else:
            first.append(month)
            before.append(usual)
            yardstick = [month]
    return Changes(tuple(first), tuple(before), tuple(odd))


def total_variation(one: Floats, other: Floats) -> float:
    """Distance between two mixes given as counts: the part that would have to move to make them alike."""
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)
