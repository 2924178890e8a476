"""The tool that plants a fault: spoils chosen rows of a delivery's table and writes down that it did.

Belongs here: choosing rows that have no fault yet, changing, copying and marking them in the column ``FAULT``.
Every row gets at most one fault, so counts add up.
Does not belong here: which faults there are (``planting``), formats and dialects (``files``).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.synthetic.parameters import Bools, Ints

FAULT = "_fault"
FUTURE = dt.date(2099, 1, 1)


@dataclasses.dataclass
class Planter:
    """Plants faults in one table of text; rows that already have a fault are left alone.

    Attributes:
        table: The delivery as text, with the column ``FAULT`` (null = as it should be).
        rng: Random stream of this file.
    """

    table: pa.Table
    rng: np.random.Generator

    def free(self, among: Bools | None, share: float, whole: int | None) -> Ints:
        """Rows without a fault, drawn at random: a share of the file, or a whole number."""
        clean = self.table.column(FAULT).is_null().to_numpy()
        if among is not None:
            clean = clean & np.concatenate([among, np.zeros(len(clean) - len(among), dtype=np.bool_)])
        rows = np.flatnonzero(clean)
        wanted = round_at_random(share * len(self.table), self.rng) if whole is None else whole
        return np.sort(self.rng.permutation(rows)[: min(wanted, len(rows))]).astype(np.int64)

    def spoil(self, rows: Ints, fault: str, column: str, values: Sequence[str | None]) -> None:
        """Give rows another value in one column."""
        self.put(rows, column, values)
        self.put(rows, FAULT, [fault] * len(rows))

    def put(self, rows: Ints, column: str, values: Sequence[str | None]) -> None:
        """Replace values without naming a fault."""
        if not len(rows):
            return
        mask = np.zeros(len(self.table), dtype=np.bool_)
        mask[rows] = True
        at = self.table.schema.get_field_index(column)
        changed = pc.replace_with_mask(
            self.table.column(at).combine_chunks(), pa.array(mask), pa.array(values, pa.string())
        )
        self.table = self.table.set_column(at, column, changed)

    def value(self, row: int, column: str) -> str | None:
        """The text in one place."""
        found: str | None = self.table.column(column)[row].as_py()
        return found

    def copy(self, rows: Ints, fault: str, marks_original: bool = False) -> Ints:
        """Add copies of rows at the end; returns their positions."""
        if not len(rows):
            return np.zeros(0, dtype=np.int64)
        at = self.table.schema.get_field_index(FAULT)
        copies = self.table.take(pa.array(rows)).set_column(at, FAULT, pa.array([fault] * len(rows), pa.string()))
        if marks_original:
            self.put(rows, FAULT, [fault] * len(rows))
        begin = len(self.table)
        self.table = pa.concat_tables([self.table, copies]).combine_chunks()
        return np.arange(begin, begin + len(rows), dtype=np.int64)

    def append(self, rows: pa.Table) -> None:
        """Add rows that carry their fault already."""
        self.table = pa.concat_tables([self.table, rows]).combine_chunks()


def round_at_random(expected: float, rng: np.random.Generator) -> int:
    """A whole number with the expected value, so that small files get their share of rare faults too."""
    whole = int(expected)
    return whole + int(rng.random() < expected - whole)


def spread_whole(total: int, months: int, month: int) -> int:
    """How many of a fixed number of faults fall in one month."""
    return (month + 1) * total // months - month * total // months


def wanted(amount: float, months: int, month: int) -> tuple[float, int | None]:
    """A parameter as a share of the file or, from 1 on, as this month's part of a whole number."""
    return (0.0, spread_whole(int(amount), months, month)) if amount >= 1 else (amount, None)
