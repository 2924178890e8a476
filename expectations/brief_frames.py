"""Short frames that say of a big table what the whole table would say, as long as nothing is wrong.

Belongs here: which expectations can be judged on fewer rows than the table has, and which of them share a frame.
Does not belong here: judging (``suites``: Great Expectations, on these frames too), reading rows (``assets.checks``).

Two kinds of expectations allow it. One that judges every row by itself finds nothing among all rows when it finds
nothing among the different rows. One that wants values to be unique finds nothing when no value is repeated, so the
repeated values are all it has to see. In both cases a short frame without findings proves that nothing is unexpected in
the table. A short frame with findings proves nothing about how many there are and where: ``suites`` then judges the
whole table, so that counts and positions are always those of the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from expectations.model import Expectation

if TYPE_CHECKING:
    import pandas as pd

MANY_ROWS = 50_000
"""From this number of rows on short frames are cheaper than the table itself."""
SHORTER_BY = 8
"""A short frame has to be this many times shorter than the table: making it costs something too."""

JUDGED_ROW_BY_ROW = frozenset({
    "expect_column_values_to_be_null",
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_value_lengths_to_be_between",
    "expect_column_value_lengths_to_equal",
    "expect_column_pair_values_to_be_in_set",
    "expect_column_pair_values_a_to_be_greater_than_b",
})  # fmt: skip
WANTS_UNIQUE = frozenset({"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"})

Group = Mapping[tuple[str, ...], Sequence[int]]
"""Columns that are read together -> numbers of the expectations about them."""


class Rows(Protocol):
    """The rows of one table, as a suite asks for them."""

    def count(self) -> int:
        """How many there are."""

    def whole(self, columns: Sequence[str]) -> pd.DataFrame:
        """All rows in the order of the table, with these columns; without columns only their number tells."""

    def different(self, columns: Sequence[str], at_most: int) -> pd.DataFrame | None:
        """Every different row of these columns once; None if there are more than ``at_most``."""

    def repeated(self, columns: Sequence[str]) -> pd.DataFrame:
        """The rows of these columns that stand in the table more than once, each of them twice."""


def groups_of(numbered: Mapping[int, Expectation], columns: Mapping[int, tuple[str, ...]]) -> Sequence[Group]:
    """Row-wise expectations per short frame: in one frame every column has one role, so that frames are few.

    Args:
        numbered: the expectations of a suite.
        columns: per number the columns it is about.
    """
    groups: list[dict[tuple[str, ...], list[int]]] = []
    for number, expectation in numbered.items():
        if expectation.type not in JUDGED_ROW_BY_ROW or _depends_on_more(expectation):
            continue
        own = columns[number]
        fitting = (g for g in groups if own in g or not set(own) & {c for together in g for c in together})
        group = next(fitting, None)
        if group is None:
            groups.append(group := {})
        group.setdefault(own, []).append(number)
    return groups


def wanting_unique(numbered: Mapping[int, Expectation]) -> list[int]:
    """Numbers of the expectations that repeated values can answer."""
    return [i for i, e in numbered.items() if e.type in WANTS_UNIQUE and not _depends_on_more(e)]


def short_frame(rows: Rows, group: Group) -> tuple[pd.DataFrame | None, tuple[int, ...]]:
    """The different rows of every set of columns beside each other.

    The shorter ones repeat their last row, which adds nothing to judge.

    Returns:
        The frame, None if no set of columns is short; and the numbers of the expectations it can answer.
    """
    import numpy as np  # noqa: PLC0415 - as pandas: only where a suite really runs
    import pandas as pd  # noqa: PLC0415

    found = {columns: rows.different(columns, rows.count() // SHORTER_BY) for columns in group}
    short = {columns: frame for columns, frame in found.items() if frame is not None}
    if not short:
        return None, ()
    longest = max(len(frame) for frame in short.values())
    beside = [
        frame.take(np.minimum(np.arange(longest), len(frame) - 1)).reset_index(drop=True) for frame in short.values()
    ]
    return pd.concat(beside, axis=1), tuple(number for columns in short for number in group[columns])


def _depends_on_more(expectation: Expectation) -> bool:
    """A share ("mostly") depends on how often a row occurs, a condition on other columns."""
    return bool({"mostly", "row_condition"} & expectation.kwargs.keys())
