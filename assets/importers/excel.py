"""Reader of Excel workbooks (.xlsx, .xlsm): one sheet, cells as text.

Belongs here: choosing the sheet, cells to text, what Excel does to text (``_x000D_``).
Does not belong here: what cells mean.
Excel does not tell an empty cell from an empty text: both are an empty text here, as in a csv export of the sheet.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from assets.importers.reading import BATCH_ROWS, Reading, named, text_rows
from assets.importers.refusal import RefusedFile, quoted
from assets.importers.text import value_text
from expectations.model import Source

OLE = b"\xd0\xcf\x11\xe0"  # container of .xls and of workbooks with a password
_LARGEST_GB = 4  # unpacked
_ESCAPED = re.compile(r"_x(000[9ADad])_")  # how Excel writes tab, line feed and carriage return within text
_CELL_WITHOUT_RESULT = re.compile(rb"<c ([^>]*)><f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>")
_FAULTS = (  # what zip, xml and openpyxl raise on damaged workbooks
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    LookupError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    OSError,
    NotImplementedError,
)


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a workbook: the sheet is chosen, the header read, rows still to be read."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise RefusedFile("empty_file", path.name)
    if start == OLE:
        raise RefusedFile("damaged_file.encrypted", path.name)
    try:
        return _open(path, source)
    except _FAULTS as fault:
        raise RefusedFile("damaged_file", path.name, format="Excel") from fault


def _open(path: Path, source: Source) -> Reading:
    with zipfile.ZipFile(path) as archive:
        if sum(part.file_size for part in archive.infolist()) > _LARGEST_GB << 30:
            raise RefusedFile("unreadable.too_large", path.name, limit=_LARGEST_GB)
        if (broken := archive.testzip()) is not None:
            raise zipfile.BadZipFile(broken)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions; none is about values
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    sheet = _sheet(path, book, source.sheet)
    _refuse_formulas_without_result(path, sheet)
    rows = _rows(sheet)
    head: list[list[str]] = []
    for _, row in rows:
        if head or any(row):  # empty rows above the header are no header
            head.append(row)
        if len(head) >= max(source.header_rows, 1):
            break
    if len(head) < max(source.header_rows, 1):
        raise RefusedFile("empty_file" if not head else "unreadable.header", path.name, expected=source.header_rows)
    width = max((i for i, cell in enumerate(head[0], start=1) if cell), default=0)
    if source.header_rows == 0:
        names, nameless = named([""] * width)
    else:
        names, nameless = named(head[0][:width])
    first = [head[0]] if source.header_rows == 0 else []
    notes = tuple(tuple(_fit(row, width)) for row in head[1:])
    batches = _batches(path, rows, first, width)
    return Reading("xlsx", names, batches, header_notes=notes, nameless=nameless)


def _sheet(path: Path, book: Any, wanted: str | None) -> Any:
    """The sheet of the contract, or the only one that is not empty."""
    names = [sheet.title for sheet in book.worksheets]
    if wanted is not None:
        if wanted not in names:
            raise RefusedFile("unreadable.sheet", path.name, expected=quoted([wanted]), found=quoted(names))
        return book[wanted]
    filled = [s for s in book.worksheets if any(any(row) for _, row in _rows(s))]
    if not filled:
        raise RefusedFile("empty_file", path.name)
    if len(filled) > 1:
        raise RefusedFile("unreadable.sheets", path.name, found=quoted([s.title for s in filled]))
    return filled[0]


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows of text with their row number in the sheet; rows may differ in length."""
    sheet.reset_dimensions()  # the size a file claims is often wrong; read what is there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield number, [_cell(value) for value in cells]


def _cell(value: object) -> str:
    if isinstance(value, str):
        return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), value) if "_x00" in value else value
    return value_text(value)


def _fit(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _batches(
    path: Path, rows: Iterator[tuple[int, list[str]]], first: list[list[str]], width: int
) -> Iterator[pa.RecordBatch]:
    """Batches of rows. Empty rows at the end are formatting, empty rows in between are rows."""
    batch = [_fit(row, width) for row in first]
    done = len(first)
    empty = 0
    try:
        for number, row in rows:
            if not any(row):
                empty += 1
                continue
            done += empty + 1
            if any(row[width:]):
                used = max(i for i, cell in enumerate(row, start=1) if cell)
                where = f"rij {done} (rij {number} van het werkblad)"
                raise RefusedFile("ragged_row", path.name, where, found=used, expected=width)
            batch += [[""] * width for _ in range(empty)]
            empty = 0
            batch.append(_fit(row, width))
            if len(batch) >= BATCH_ROWS:
                yield text_rows(batch, width)
                batch = []
    except _FAULTS as fault:
        raise RefusedFile("damaged_file", path.name, format="Excel") from fault
    if batch:
        yield text_rows(batch, width)


def _refuse_formulas_without_result(path: Path, sheet: Any) -> None:
    """A formula that was never calculated reads as empty: a silent loss, so refused."""
    tail = b""
    with zipfile.ZipFile(path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as part:
        while chunk := part.read(1 << 20):
            window = tail + chunk
            for match in _CELL_WITHOUT_RESULT.finditer(window):
                if b't="str"' not in match[1]:  # a text formula may well result in an empty text
                    raise RefusedFile("unreadable.formula", path.name, sheet=quoted([sheet.title]))
            tail = window[-4096:]
