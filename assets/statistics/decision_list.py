"""Decision lists: statements tried in order, each with conditions, the first that holds is the one that is made.

Belongs here: which condition fails first and which statement comes first, over arrays. Does not belong here: which
statements and conditions there are (``expectations.verdicts``), where the numbers come from (``publication_verdicts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.statistics.intervals import Bools, Floats

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Trial:
    """One statement held against all rows.

    Attributes:
        allowed: All its conditions hold and no earlier statement was made.
        reason: Of the first condition that does not hold; ``instead`` where an earlier statement was made; empty where
            the statement is allowed.
    """

    allowed: Bools
    reason: Labels


def holds(values: Floats, comparison: str, limit: Floats) -> Bools:
    """Whether values stand to their limits as wanted; a value that is not known (NaN) never does.

    Args:
        values: Numbers.
        comparison: ``at_least``, ``at_most``, ``above`` or ``below``.
        limit: One limit per value.

    Raises:
        KeyError: Another comparison.
    """
    compare = {"at_least": np.greater_equal, "at_most": np.less_equal, "above": np.greater, "below": np.less}
    found: Bools = compare[comparison](values, limit)
    return found


def first_failing(conditions: Sequence[tuple[Bools, str]], rows: int) -> Labels:
    """Reason of the first condition that does not hold, per row; empty where all hold."""
    if not conditions:
        return np.full(rows, "", dtype=np.str_)
    found: Labels = np.select([~holding for holding, _ in conditions], [reason for _, reason in conditions], "")
    return found


def decide(statements: Sequence[Sequence[tuple[Bools, str]]], rows: int, instead: str) -> list[Trial]:
    """Try statements in order.

    Args:
        statements: Of each statement its conditions: where they hold, and the reason where they do not.
        rows: Number of rows.
        instead: Reason of a statement whose conditions hold, but that comes after one that was made.

    Returns:
        One trial per statement; at most one is allowed per row.
    """
    made = np.zeros(rows, dtype=np.bool_)
    trials = []
    for conditions in statements:
        failing = first_failing(conditions, rows)
        allowed = (failing == "") & ~made
        trials.append(Trial(allowed, np.where(allowed, "", np.where(failing == "", instead, failing))))
        made |= allowed
    return trials
