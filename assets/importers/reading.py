"""What every reader gives back: the names of the columns, what the file says about itself, and rows of text.

Belongs here: the `Reading` object and the few rules on it that hold for every format (blank names).
Does not belong here: any format, the survey contract, the raw file.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

BATCH_ROWS = 50_000  # rows per batch of the readers that build batches themselves
NO_NAME = "_column_{number}"  # a column without a name gets its position as name


@dataclass
class Reading:
    """An opened file: its columns are known, its rows still have to be read.

    Attributes:
        format: Name of the format in ``FORMATS``; of a zip, that of the file in it.
        columns: Column names in the order of the file: as they stand there, or as the profile of the tool names them.
        rows: Batches in the order of the file; every column text (``string``), in the order of ``columns``. Can be read
            once; may raise ``RefusedFile`` on any batch.
        encoding: Text encoding, where the format has one.
        delimiter: Of a csv file.
        header_notes: Further header rows (wording, import ids), below the names.
        missing_codes: Per column the codes the file declares missing. Complete once ``rows`` is exhausted.
        labels: Per column code -> label as declared in the file.
        nameless: Positions (from 1) of the columns that have no name.
        wordings: Column -> question text that the file itself carries: a second header row, a variable label. The text
            of a multiple-response set stands under the name of the set.
        multiple: Of a question "tick all that apply", as SPSS declares it: name of the set -> columns of its options.
        counted: Set -> the code that means "ticked" in those columns.
        profile: The survey tool whose header rows these are; ``None`` for a plain file.
    """

    format: str
    columns: tuple[str, ...]
    rows: Iterator[pa.RecordBatch]
    encoding: str | None = None
    delimiter: str | None = None
    header_notes: tuple[tuple[str, ...], ...] = ()
    missing_codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    nameless: tuple[int, ...] = ()
    wordings: dict[str, str] = field(default_factory=dict)
    multiple: dict[str, tuple[str, ...]] = field(default_factory=dict)
    counted: dict[str, str] = field(default_factory=dict)
    profile: str | None = None

    def close(self) -> None:
        """Let go of the file and of what was unpacked, also where the rows were never read to the end."""
        if isinstance(self.rows, Generator):
            self.rows.close()


def named(cells: list[str] | tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Column names from header cells: blank ones get a name by position, and the positions are told."""
    names: list[str] = []
    nameless: list[int] = []
    for number, cell in enumerate(cells, start=1):
        if cell.strip():
            names.append(cell)
        else:
            names.append(NO_NAME.format(number=number))
            nameless.append(number)
    return tuple(names), tuple(nameless)


def text_batch(columns: list[list[str | None]] | list[pa.Array], count: int) -> pa.RecordBatch:
    """A batch of text from columns; the names do not matter here (they may repeat), the order does."""
    arrays = [c if isinstance(c, pa.Array) else pa.array(c, pa.string()) for c in columns]
    return pa.RecordBatch.from_arrays(arrays, names=[f"f{i}" for i in range(count)])


def text_rows(rows: list[list[str]], count: int) -> pa.RecordBatch:
    """A batch from rows of equal length."""
    return text_batch([list(column) for column in zip(*rows, strict=True)], count)
