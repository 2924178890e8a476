"""Small counts: which of a list must be left out, so that none of them follows from the rest.

Belongs here: the one rule for counts that add up to a total. Does not belong here: figures (``statistics.gates``),
writing tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Hidden:
    """Which counts are left out, and whether their total must be left out too."""

    hidden: tuple[bool, ...]
    total: bool


def hide_small(counts: Sequence[int], least: int) -> Hidden:
    """Hide counts below ``least`` (zero may stand), and as many others as keep them from being worked out.

    One hidden count is the total minus the rest; so are several that are few together. The smallest count that still
    stands is hidden with them, until at least two are hidden and they are at least ``least`` together.

    Args:
        counts: Counts that add up to a total.
        least: Smallest count that may be shown.

    Returns:
        One flag per count; the total must go where nothing is left to hide beside a small count.
    """
    hidden = [0 < count < least for count in counts]
    while any(hidden):
        together = [count for count, gone in zip(counts, hidden, strict=True) if gone]
        if len(together) > 1 and sum(together) >= least:
            return Hidden(tuple(hidden), total=False)
        standing = [(count, at) for at, count in enumerate(counts) if count > 0 and not hidden[at]]
        if not standing:
            return Hidden(tuple(hidden), total=True)
        hidden[min(standing)[1]] = True
    return Hidden(tuple(hidden), total=False)
