"""Reader of Excel workbooks (.xlsx, .xlsm): one sheet, cells as text.

Belongs here: opening a workbook, cells to text, what Excel does to text (``_x000D_``).
Does not belong here: which sheet, which rows (`worksheet`), what cells mean.
Excel does not tell an empty cell from an empty text: both are an empty text here, as in a csv export of the sheet.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from assets.importers.archive import FAULTS, refuse_bombs
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile, quoted
from assets.importers.text import value_text
from assets.importers.worksheet import MOST_ROWS, SheetRow, chosen_sheet, sheet_reading
from expectations.model import Source

OLE = b"\xd0\xcf\x11\xe0"  # container of .xls and of workbooks with a password
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how Excel writes what XML cannot hold, and its own escapes
_CELL_WITHOUT_RESULT = re.compile(rb"<c ([^>]*)><f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>")
_FAULTS = (*FAULTS, InvalidFileException, ParseError, TypeError, AttributeError)  # of zip, XML and openpyxl


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
        refuse_bombs(archive, path.name)
        if (broken := archive.testzip()) is not None:
            raise zipfile.BadZipFile(broken)
    file = path.open("rb")  # openpyxl judges a path by its extension; what was unpacked has none
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions; none is about values
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        filled = (sheet.title for sheet in book.worksheets if any(any(row) for _, row in _rows(path, sheet)))
        sheet = book[chosen_sheet(path, source.sheet, [sheet.title for sheet in book.worksheets], filled)]
        _refuse_formulas_without_result(path, sheet)
        reading = sheet_reading("xlsx", path, _rows(path, sheet), source)
    except BaseException:
        file.close()
        raise
    reading.rows = _closing(reading.rows, file)
    return reading


def _closing(rows: Iterator[pa.RecordBatch], file: BinaryIO) -> Iterator[pa.RecordBatch]:
    with file:
        yield from rows


def _rows(path: Path, sheet: Any) -> Iterator[SheetRow]:
    """Rows of text with their row number in the sheet; rows may differ in length."""
    sheet.reset_dimensions()  # the size a file claims is often wrong; read what is there
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if number > MOST_ROWS:  # openpyxl fills up to whatever row number the file claims
                    raise RefusedFile("unreadable.rows", path.name, limit=MOST_ROWS)
                yield number, [_cell(value) for value in cells]
    except _FAULTS as fault:
        raise RefusedFile("damaged_file", path.name, format="Excel") from fault


def _cell(value: object) -> str:
    return unescaped(value) if isinstance(value, str) else value_text(value)


def unescaped(text: str) -> str:
    """What Excel writes as ``_x000D_`` within text, back as the character; half a character stays as it is written."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: m[0] if 0xD800 <= int(m[1], 16) <= 0xDFFF else chr(int(m[1], 16)), text)


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
