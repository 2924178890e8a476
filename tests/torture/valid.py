"""The valid delivery that faults are made in, and writers of it in every format.

Belongs here: good rows with the texts people really write, as a plain table, and that table as the bytes of a file.
Does not belong here: faults (``faults_*``), judging (``oracle``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from expectations.model import Survey
from tests.pipeline.small_police import contacts, responses

MONTHS = ("2024-11", "2024-12", *(f"2025-{month:02d}" for month in range(1, 11)))
"""Months in which every question of the contract was asked."""
TEXTS = (
    "",
    "Prima geholpen, dank!",
    'Zij zei "wij bellen terug"; dat gebeurde niet',
    "Café, naïef, coöperatie – 20% sneller dan in ’24",
    "Eerste regel\ntweede regel",
    "شكرا جزيلا",
    "👮‍♀️ top",
    "=SUM(A1:A9)",
    "<b>vet</b> & <script>alert(1)</script>",
    "0123",
    "N.A.",
    "Zeer goed; snel, en netjes\topgelost",
)
ODS_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
ODS_KIND = "application/vnd.oasis.opendocument.spreadsheet"
ODS_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_KIND}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


@dataclass(frozen=True)
class Table:
    """A delivery as cells: names may repeat and rows may be ragged, which no data frame allows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def at(self, row: int, column: int, cell: str) -> Table:
        """With one cell changed."""
        changed = (*self.rows[row][:column], cell, *self.rows[row][column + 1 :])
        return replace(self, rows=(*self.rows[:row], changed, *self.rows[row + 1 :]))

    def column(self, name: str) -> int:
        """Position of a column."""
        return self.header.index(name)

    def cells(self, name: str) -> list[str]:
        """The cells of a column, of the rows that are long enough to have it."""
        place = self.column(name)
        return [row[place] for row in self.rows if len(row) > place]


def valid_tables(survey: Survey, month: str) -> dict[str, Table]:
    """Forty contacts of a month and twenty-four answers to them.

    Ids of two months have nothing in common: a flipped bit must not make one the other.
    """
    register = contacts(month, 40)
    for name in ("contact_id", "person_id"):
        register[name] = [cell[0] + hashlib.sha256(cell.encode()).hexdigest()[:12] for cell in register[name]]
    answers = responses(register, survey, 24)
    answers["went_well"] = [TEXTS[i % len(TEXTS)] for i in range(24)]
    answers["could_be_better"] = [TEXTS[(i * 5 + 1) % len(TEXTS)] for i in range(24)]
    answers.loc[2, "treatment"] = "n.v.t."
    answers.loc[3, "satisfaction"] = "Zeer tevreden"
    answers.loc[4, "feedback"] = ""
    return {"contacts": as_table(register), "responses": as_table(answers)}


def as_table(frame: pd.DataFrame) -> Table:
    """A data frame of text as cells."""
    return Table(tuple(map(str, frame.columns)), tuple(tuple(map(str, row)) for row in frame.itertuples(index=False)))


def csv_bytes(table: Table, delimiter: str = ";", end: str = "\r\n") -> bytes:
    """Quoted only where needed, as exports do."""
    return "".join(csv_line(row, delimiter) + end for row in (table.header, *table.rows)).encode()


def csv_line(cells: tuple[str, ...], delimiter: str = ";") -> str:
    """One record."""
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if any(c in cell for c in f'{delimiter}"\r\n') else cell for cell in cells
    )


def xlsx_bytes(table: Table) -> bytes:
    """Every cell a text, as an export of codes is; never a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate((table.header, *table.rows), start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            cell.value = text
            cell.data_type = "s"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook in which no clock can be read: a seed must give the same bytes."""
    book.properties.created = book.properties.modified = dt.datetime(2025, 9, 1)
    source, target = io.BytesIO(), io.BytesIO()
    book.save(source)
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as fixed:
        for part in archive.infolist():
            data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2025-09-01T00:00:00Z", archive.read(part))
            fixed.writestr(zipfile.ZipInfo(part.filename), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def written(suffix: str, write: Callable[[str], object]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        write(str(path))
        return path.read_bytes()


def _frame(table: Table) -> pd.DataFrame:
    return pd.DataFrame(list(table.rows), columns=list(table.header), dtype=object)


def sav_bytes(table: Table) -> bytes:
    """Text variables, as wide as their longest value, not compressed."""
    data = written(".sav", lambda path: pyreadstat.write_sav(_frame(table), path))
    return data[:92] + b"01 Sep 2512:00:00" + data[109:]  # day and time of writing: a seed must give the same bytes


def dta_bytes(table: Table) -> bytes:
    """Text variables of Stata 118 (Unicode)."""
    data = written(".dta", lambda path: pyreadstat.write_dta(_frame(table), path, version=14))
    return re.sub(rb"[0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}", b"01 Sep 2025 12:00", data, count=1)


def parquet_bytes(table: Table) -> bytes:
    """Text columns; names may repeat."""
    arrays = [pa.array([row[i] for row in table.rows], pa.string()) for i in range(len(table.header))]
    target = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(table.header)), target)
    return target.getvalue()


def jsonl_bytes(table: Table) -> bytes:
    """One object per line."""
    lines = (json.dumps(dict(zip(table.header, row, strict=True)), ensure_ascii=False) for row in table.rows)
    return "".join(line + "\n" for line in lines).encode()


def ods_bytes(table: Table) -> bytes:
    """The least an OpenDocument spreadsheet needs: every cell a text, a line end a paragraph."""
    rows = "".join(
        "<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in (table.header, *table.rows)
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODS_SPACES}><office:body>'
        f'<office:spreadsheet><table:table table:name="Blad1">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("mimetype", ODS_KIND), ("content.xml", content), ("META-INF/manifest.xml", ODS_MANIFEST)):
            archive.writestr(zipfile.ZipInfo(name), text)  # without the time of writing
    return target.getvalue()


def _ods_cell(cell: str) -> str:
    lines = "".join(f"<text:p>{_ods_text(line)}</text:p>" for line in cell.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def _ods_text(line: str) -> str:
    """White space is markup in this format: blanks at the edge or in a row, and tabs."""
    text = escape(line).replace("\t", "<text:tab/>")
    while "  " in text:
        text = text.replace("  ", " <text:s/>")
    if text.startswith(" "):
        text = "<text:s/>" + text[1:]
    return text[:-1] + "<text:s/>" if text.endswith(" ") else text


WRITERS: dict[str, Callable[[Table], bytes]] = {
    "csv": csv_bytes,
    "xlsx": xlsx_bytes,
    "sav": sav_bytes,
    "parquet": parquet_bytes,
    "jsonl": jsonl_bytes,
    "dta": dta_bytes,
    "ods": ods_bytes,
}
