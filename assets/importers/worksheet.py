"""The rows of one worksheet as a reading: what Excel and ODS have in common.

Belongs here: empty rows above the header, between rows and below them, cells beside the columns, choosing the sheet.
Does not belong here: how a workbook is opened, cells to text (`excel`, `ods`), header rows of tools (`header`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from assets.importers.header import header_of, rows_to_look_at
from assets.importers.reading import BATCH_ROWS, Reading, text_rows
from assets.importers.refusal import RefusedFile, quoted
from expectations.model import Source

MOST_ROWS = 1 << 20  # of a worksheet; more is damage, or made to keep a reader busy
MOST_COLUMNS = 1 << 14
_CELLS = 2_000_000  # in memory at a time

SheetRow = tuple[int, list[str]]  # row number in the sheet (from 1) and the cells; rows may differ in length


def sheet_reading(kind: str, path: Path, rows: Iterator[SheetRow], source: Source) -> Reading:
    """A reading of one sheet; its header is read here, its rows later.

    Args:
        kind: The format.
        path: The file, for the words of a refusal.
        rows: The rows in order. Empty ones may be left out: the row numbers tell where they were.
        source: What the contract says.
    """
    head: list[SheetRow] = []
    wanted = rows_to_look_at(source)
    last = 0
    for number, row in rows:
        if any(row):
            head.append((number, row))
        if head:  # empty rows above the header are no header
            last = number
            if number - head[0][0] + 1 >= wanted:
                break
    first = head[0][0] if head else 1
    filled = dict(head)
    # An empty row below the first one is a record like any other: it may be the first of the data.
    records = [filled.get(number, []) for number in range(first, min(last, first + wanted - 1) + 1)]
    header = header_of(records, source, path.name, trim=True)
    start = first + header.rows
    waiting = [(number, row) for number, row in head if number >= start]
    return Reading(
        kind,
        header.names,
        _batches(path, waiting, rows, start, len(header.names)),
        header_notes=header.notes,
        nameless=header.nameless,
        wordings=header.wordings,
        profile=header.profile,
    )


def chosen_sheet(path: Path, wanted: str | None, names: Sequence[str], filled: Iterator[str]) -> str:
    """The sheet of the contract, or the only one that is not empty."""
    if wanted is not None:
        if wanted not in names:
            raise RefusedFile("unreadable.sheet", path.name, expected=quoted([wanted]), found=quoted(list(names)))
        return wanted
    found = list(filled)
    if not found:
        raise RefusedFile("empty_file", path.name)
    if len(found) > 1:
        raise RefusedFile("unreadable.sheets", path.name, found=quoted(found))
    return found[0]


def _batches(
    path: Path, waiting: list[SheetRow], rows: Iterator[SheetRow], start: int, width: int
) -> Iterator[pa.RecordBatch]:
    """Batches of rows. Empty rows at the end are formatting, empty rows in between are rows."""
    batch: list[list[str]] = []
    size = max(min(BATCH_ROWS, _CELLS // max(width, 1)), 1)
    following = start  # sheet row that comes next
    for source in (waiting, rows):
        for number, row in source:
            if not any(row):
                continue
            if number > MOST_ROWS:
                raise RefusedFile("unreadable.rows", path.name, limit=MOST_ROWS)
            if any(row[width:]):
                used = max(i for i, cell in enumerate(row, start=1) if cell)
                where = f"rij {number - start + 1} (rij {number} van het werkblad)"
                raise RefusedFile("ragged_row", path.name, where, found=used, expected=width)
            for _ in range(number - following):
                batch.append([""] * width)
                if len(batch) == size:
                    yield text_rows(batch, width)
                    batch = []
            batch.append([*row[:width], *[""] * (width - len(row))])
            following = number + 1
            if len(batch) == size:
                yield text_rows(batch, width)
                batch = []
    if batch:
        yield text_rows(batch, width)
