"""Reader of OpenDocument spreadsheets (.ods): one sheet, cells as text, in one pass over the XML.

Belongs here: opening a spreadsheet, what its XML says of cells: types, repeats, blanks, line ends.
Does not belong here: which sheet, which rows (`worksheet`), what cells mean.

The XML is streamed: a library that builds the sheet first needs memory for every cell that a repeat claims, and a file
of a kilobyte can claim 16 million of them. Comments on cells and tracked changes are no data.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from assets.importers.archive import FAULTS, refuse_bombs
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile, quoted
from assets.importers.text import duration_text, number_text
from assets.importers.worksheet import MOST_COLUMNS, MOST_ROWS, SheetRow, chosen_sheet, sheet_reading
from expectations.model import Source

_CONTENT = "content.xml"
_CHUNK = 1 << 16
_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = f"{_URN}table:1.0 ", f"{_URN}office:1.0 ", f"{_URN}text:1.0 "
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_NO_DATA = (  # parts in a cell or a sheet that are not its values
    f"{_OFFICE}annotation",
    f"{_TABLE}tracked-changes",
    f"{_TABLE}shapes",
    f"{_TABLE}table-source",
    f"{_URN}drawing:1.0 frame",
)
_COPIED = "'file:"  # how the name of a sheet of another file begins, kept for formulas that point there
_MOST_CLAIMED = 20_000_000  # cells
_NUMBERS = ("float", "percentage", "currency")
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d+))?S)?")


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a spreadsheet: the sheet is chosen, the header read, rows still to be read."""
    with path.open("rb") as file:
        if not (start := file.read(4)):
            raise RefusedFile("empty_file", path.name)
    if start == b"\xd0\xcf\x11\xe0":
        raise RefusedFile("damaged_file.encrypted", path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bombs(archive, path.name)
            if archive.read("META-INF/manifest.xml").find(b"encryption-data") >= 0:
                raise RefusedFile("damaged_file.encrypted", path.name)
            if (broken := archive.testzip()) is not None:
                raise zipfile.BadZipFile(broken)
    except FAULTS as fault:
        raise RefusedFile("damaged_file", path.name, format="ODS") from fault
    sheets = _Sheets(path)
    wanted = chosen_sheet(path, source.sheet, sheets.names, iter(sheets.filled))
    return sheet_reading("ods", path, _rows(path, wanted), source)


class _Sheets:
    """Which sheets there are and which of them hold anything: a quick pass that looks at no value."""

    def __init__(self, path: Path) -> None:
        self.names: list[str] = []
        self.filled: list[str] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = _no_doctype
        try:
            with zipfile.ZipFile(path) as archive, archive.open(_CONTENT) as part:
                while chunk := part.read(_CHUNK):
                    parser.Parse(chunk, False)
        except expat.ExpatError as fault:
            if not self.filled:  # else reading the rows meets it again, and knows the row
                raise RefusedFile("damaged_file", path.name, format="ODS") from fault
        except FAULTS as fault:
            raise RefusedFile("damaged_file", path.name, format="ODS") from fault

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_TABLE}table":
            name = attributes.get(f"{_TABLE}name", "")
            if f"{_TABLE}is-sub-table" not in attributes and not name.startswith(_COPIED):
                self.names.append(name)
        elif tag in _CELLS or tag == f"{_TEXT}p":
            value = tag not in _CELLS or f"{_OFFICE}value-type" in attributes or f"{_TABLE}formula" in attributes
            if value and self.names and self.names[-1] not in self.filled[-1:]:
                self.filled.append(self.names[-1])


def _rows(path: Path, wanted: str) -> Iterator[SheetRow]:
    for sheet, number, cells in _Content(path).rows():
        if sheet == wanted:
            yield number, cells


class _Content:
    """The rows of all sheets of one file, as its XML tells them.

    A row of blanks, however often it is repeated, is one row without cells; its number still counts.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = _no_doctype
        self._ready: list[tuple[str, int, list[str]]] = []
        self._sheet = ""
        self._depth = 0  # of tables: one within a cell is not a sheet
        self._skipped = 0  # elements deep in what is no data
        self._row = 0
        self._row_repeat = 1
        self._cells: list[str] = []
        self._blanks = 0  # cells without text that came since the last one with
        self._claimed = 0
        self._in_cell = False
        self._cell: dict[str, str] = {}
        self._paragraphs: list[list[str]] = []
        self._in_paragraph = 0

    def rows(self) -> Iterator[tuple[str, int, list[str]]]:
        """Sheet, row number (from 1) and cells without blanks at the end."""
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(_CONTENT) as part:
                while chunk := part.read(_CHUNK):
                    self._parser.Parse(chunk, False)
                    yield from self._take()
                self._parser.Parse(b"", True)
                yield from self._take()
        except expat.ExpatError as fault:
            where = (
                f"rij {self._row + 1} van werkblad {quoted([self._sheet])}"
                if self._sheet
                else "voor het eerste werkblad"
            )
            raise RefusedFile("damaged_file.xml", self._path.name, where) from fault
        except FAULTS as fault:
            raise RefusedFile("damaged_file", self._path.name, format="ODS") from fault

    def _take(self) -> list[tuple[str, int, list[str]]]:
        ready, self._ready = self._ready, []
        return ready

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipped or tag in _NO_DATA:
            self._skipped += 1
        elif tag == f"{_TABLE}table":
            self._depth += 1
            if self._depth == 1:
                self._sheet, self._row = attributes.get(f"{_TABLE}name", ""), 0
        elif self._depth != 1:
            return
        elif tag == f"{_TABLE}table-row":
            self._row_repeat = _repeat(attributes, "number-rows-repeated")
            self._cells, self._blanks = [], 0
        elif tag in _CELLS:
            self._in_cell, self._cell, self._paragraphs = True, attributes, []
        elif self._in_cell:
            self._start_text(tag, attributes)

    def _start_text(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in (f"{_TEXT}p", f"{_TEXT}h"):
            self._in_paragraph += 1
            self._paragraphs.append([])
        elif not self._in_paragraph:
            return
        elif tag == f"{_TEXT}s":
            self._paragraphs[-1].append(" " * min(_repeat(attributes, "c", _TEXT), 1 << 16))
        elif tag == f"{_TEXT}tab":
            self._paragraphs[-1].append("\t")
        elif tag == f"{_TEXT}line-break":
            self._paragraphs[-1].append("\n")

    def _characters(self, text: str) -> None:
        if self._in_paragraph and not self._skipped:
            self._paragraphs[-1].append(text)

    def _end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
        elif tag == f"{_TABLE}table":
            self._depth -= 1
        elif self._depth != 1:
            return
        elif tag == f"{_TABLE}table-row":
            self._end_row()
        elif tag in _CELLS:
            self._end_cell()
        elif tag in (f"{_TEXT}p", f"{_TEXT}h") and self._in_paragraph:
            self._in_paragraph -= 1

    def _end_row(self) -> None:
        if self._cells:
            if self._row + self._row_repeat > MOST_ROWS:
                raise RefusedFile("unreadable.rows", self._path.name, limit=MOST_ROWS)
            self._claim((self._row_repeat - 1) * len(self._cells))
            for number in range(self._row + 1, self._row + self._row_repeat + 1):
                self._ready.append((self._sheet, number, self._cells))
        self._row += self._row_repeat

    def _end_cell(self) -> None:
        self._in_cell, self._in_paragraph = False, 0
        text = self._value()
        repeat = _repeat(self._cell, "number-columns-repeated")
        if not text:
            self._blanks += repeat
            return
        if len(self._cells) + self._blanks + repeat > MOST_COLUMNS:
            raise RefusedFile("unreadable.columns", self._path.name, limit=MOST_COLUMNS)
        self._claim(repeat - 1)
        self._cells += [""] * self._blanks + [text] * repeat
        self._blanks = 0

    def _claim(self, cells: int) -> None:
        """Count the cells that stand in the file as a repeat only."""
        self._claimed += cells
        if self._claimed > _MOST_CLAIMED:
            raise RefusedFile("unreadable.repeats", self._path.name, limit=_MOST_CLAIMED)

    def _value(self) -> str:
        """The value of the cell, not what is shown of it."""
        kind = self._cell.get(f"{_OFFICE}value-type")
        if kind is None:
            if f"{_TABLE}formula" in self._cell and not self._paragraphs:
                raise RefusedFile("unreadable.formula", self._path.name, sheet=quoted([self._sheet]))
        elif kind in _NUMBERS:
            return number_text(float(self._cell[f"{_OFFICE}value"]))
        elif kind == "boolean":
            return "TRUE" if self._cell[f"{_OFFICE}boolean-value"] == "true" else "FALSE"
        elif kind == "date":
            return re.sub(r"T00:00:00(?:\.0+)?$", "", self._cell[f"{_OFFICE}date-value"]).replace("T", " ", 1)
        elif kind == "time":
            return _time(self._cell[f"{_OFFICE}time-value"])
        elif (text := self._cell.get(f"{_OFFICE}string-value")) is not None and not self._paragraphs:
            return text
        return "\n".join("".join(parts) for parts in self._paragraphs)


def _no_doctype(*_: object) -> None:
    raise ValueError("a spreadsheet has no document type: entities of its own could fill the memory")


def _repeat(attributes: dict[str, str], name: str, space: str = _TABLE) -> int:
    return max(int(attributes.get(space + name, "1")), 1)


def _time(text: str) -> str:
    """``PT09H05M00S`` as ``09:05:00``."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(found[i] or 0) for i in (2, 3, 4, 5))
    micros = int((found[6] or "").ljust(6, "0")[:6] or 0)
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return duration_text((whole * 1_000_000 + micros) * (-1 if found[1] else 1))
