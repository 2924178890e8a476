"""A sheet of rows that are held back, for an analyst to repair: csv or xlsx, out and in again.

Belongs here: the helper columns, cells that a spreadsheet must not run, and reading a sheet back.
Does not belong here: which rows are in it (``quarantine``), what a repair is (``resubmission``).

A spreadsheet runs a cell that starts with = + - @ as a formula. In xlsx every cell is therefore stored as text and
marked as text, so that it stays text when it is edited. csv knows no types: there such a cell gets an apostrophe in
front, and so does one that starts with apostrophes before such a sign, so that taking one away gives back exactly what
there was. The column ``_apostrophe`` in the header says that a sheet is written so; without it nothing is taken away.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell

from assets import importers
from assets.importers.refusal import RefusedFile
from assets.quarantine import RefusedRepairError
from expectations.model import REPAIRS, Source

FILE, ROW, REASONS, REMEDIES, APOSTROPHE = "_file", "_row", "_reasons", "_remedies", "_apostrophe"
HELPERS = (REPAIRS, FILE, ROW, REASONS, REMEDIES, APOSTROPHE)
SUFFIXES = (".csv", ".xlsx")
_BETWEEN = " | "  # reasons of one row
_RUNS = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")
_NOT_IN_XLSX = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML cannot hold these
_LONGEST_CELL = 32_767  # of a spreadsheet
_PLAIN = Source(name="quarantine", kind="responses", files="*", profile="plain", header_rows=1)


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: where it stands in its file, why it is held back, and its cells as they came."""

    position: str
    file_name: str
    row: int
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was read.

    Attributes:
        columns: Names of the columns, helpers included.
        rows: Number of the row in the sheet -> cells by column, as they stand there; see ``plain``. Empty rows are
            left out.
        is_guarded: Whether cells that a spreadsheet would run have an apostrophe in front.
    """

    columns: tuple[str, ...]
    rows: dict[int, dict[str, str]]
    is_guarded: bool


def write_sheet(path: Path, columns: Sequence[str], rows: Sequence[SheetRow]) -> None:
    """Write rows for repair; the file appears whole or not at all, and only its owner may read it.

    Args:
        path: A new file that ends in ``.csv`` or ``.xlsx``.
        columns: The original columns, in order.
        rows: The rows; a column that a row does not have stays empty.

    Raises:
        RefusedRepairError: If an original column is called like a helper column.
    """
    taken = sorted({c for c in columns if c.casefold() in HELPERS})
    if taken:
        raise RefusedRepairError([f"The deliveries have columns {', '.join(taken)} of their own: rename them first."])
    with _appears_whole(path) as unfinished:
        if path.suffix.lower() == ".xlsx":
            _write_xlsx(unfinished, columns, rows)
        else:
            _write_csv(unfinished, columns, rows)


def read_sheet(path: Path) -> Sheet:
    """Read a sheet, also after a spreadsheet saved it in its own way.

    Raises:
        RefusedRepairError: If it cannot be read, or is not a sheet of the quarantine.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            reading = importers.open_file(path, _PLAIN, Path(folder) / "copy")
            try:
                names = reading.columns
                rows = [
                    dict(zip(names, cells, strict=True))
                    for batch in reading.rows
                    for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True)
                ]
            finally:
                reading.close()
        except RefusedFile as refusal:
            raise RefusedRepairError([f"{refusal.message} {refusal.remedy}"]) from None
    is_guarded = APOSTROPHE in names
    columns = tuple(plain(name) if is_guarded else name for name in names)
    if REPAIRS not in columns or len(set(columns)) != len(columns):
        problem = f"{path.name} is no sheet of the quarantine: make one with `politiemonitor quarantine export`"
        raise RefusedRepairError([f"{problem}, and leave its column {REPAIRS} as it is."])
    # Line ends within a cell are a matter of the program that saved the sheet.
    made = ({c: line_ends(row[n] or "") for c, n in zip(columns, names, strict=True)} for row in rows)
    numbered = {number: row for number, row in enumerate(made, start=2) if any(cell.strip() for cell in row.values())}
    return Sheet(columns, numbered, is_guarded)


def plain(cell: str) -> str:
    """What a guarded cell says."""
    return cell[1:] if _GUARDED.match(cell) else cell


def guarded(cell: str) -> str:
    """A cell as csv may hold it without a spreadsheet running it."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def line_ends(cell: str) -> str:
    """A cell with one kind of line end."""
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[SheetRow]) -> None:
    """UTF-8 with a byte order mark and semicolons: what a Dutch spreadsheet opens without questions."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([*HELPERS, *map(guarded, columns)])
        for row in rows:
            cells = [row.cells.get(c, "") for c in columns]
            changed = [c for c, cell in zip(columns, cells, strict=True) if guarded(cell) != cell]
            head = [*_helpers(row), ", ".join(changed)]
            writer.writerow([guarded(cell) for cell in (*head, *cells)])


def _write_xlsx(path: Path, columns: Sequence[str], rows: Sequence[SheetRow]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("quarantine")
    sheet.freeze_panes = "A2"
    sheet.append([_text_cell(sheet, name) for name in (*HELPERS[:-1], *columns)])
    for row in rows:
        cells = (*_helpers(row), *(row.cells.get(c, "") for c in columns))
        sheet.append([_text_cell(sheet, cell) for cell in cells])
    book.save(path)


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, _NOT_IN_XLSX.sub("\ufffd", text)[:_LONGEST_CELL])
    cell.data_type = "s"  # not what openpyxl makes of a text that starts with "="
    cell.number_format = "@"
    cell.quotePrefix = True
    return cell


def _helpers(row: SheetRow) -> list[str]:
    return [row.position, row.file_name, str(row.row), _BETWEEN.join(row.reasons), _BETWEEN.join(row.remedies)]


@contextmanager
def _appears_whole(path: Path) -> Iterator[Path]:
    """A private file beside the target that takes its name at the end; a file that is there stays."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.touch(mode=0o600)
        yield unfinished
        if path.exists():
            raise RefusedRepairError([f"{path} is there already: choose another name."])
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
