"""Bytes of a delivery: CSV in several dialects, Excel, SPSS and Parquet, the same on every machine.

Belongs here: writing a table of text as a file, without clocks or anything else that differs between two runs.
Does not belong here: what is in the table (``tables``, ``faults``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyreadstat

from assets.synthetic.parameters import Dialect

ISO = "%Y-%m-%d"
USER_MISSING, SPSS_NOT_APPLICABLE = 99, 98
_SPSS_STAMP = slice(92, 109)  # creation date and time in the header of a .sav file
_EXCEL_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Typing:
    """Which columns of a delivery are more than text, for formats that know types.

    Attributes:
        dates: Columns with dates, written in the table as ISO text.
        numbers: Columns with whole numbers, with the label of every value.
        not_applicable: Text that means n.v.t. per numeric column.
        titles: Column titles (question wordings).
    """

    dates: tuple[str, ...] = ()
    numbers: Mapping[str, Mapping[int | float, str]] = field(default_factory=dict)
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def write(table: pa.Table, path: Path, dialect: Dialect, typing: Typing) -> str:
    """Write one delivery and return the SHA-256 of its bytes."""
    if dialect.format == "xlsx":
        content = _xlsx(table, typing)
    elif dialect.format == "sav":
        content = _sav(table, typing)
    elif dialect.format == "parquet":
        content = _parquet(table, typing)
    else:
        content = _csv(table, dialect)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _csv(table: pa.Table, dialect: Dialect) -> bytes:
    """CSV with quotes only where they are needed, as most tools write it."""
    newline = "\r\n" if dialect.newline == "crlf" else "\n"
    special = f'["\r\n{dialect.delimiter}]'
    columns = []
    for name in table.column_names:
        text = pc.fill_null(table.column(name).combine_chunks(), "")
        needs = pc.match_substring_regex(text, special)
        if pc.any(needs).as_py():
            quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
            text = pc.if_else(needs, quoted, text)
        columns.append(text)
    lines = pc.binary_join_element_wise(*columns, dialect.delimiter)
    lines = pc.binary_join_element_wise(lines, newline, "")
    head = dialect.delimiter.join(table.column_names) + newline
    body = b""
    if len(lines):
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32, count=lines.offset + len(lines) + 1)
        body = bytes(memoryview(lines.buffers()[2])[int(offsets[lines.offset]) : int(offsets[-1])])
    if dialect.encoding == "utf-8":
        return head.encode("utf-8") + body
    return (head + body.decode("utf-8")).encode(dialect.encoding)


def _parquet(table: pa.Table, typing: Typing) -> bytes:
    columns = {}
    for name in table.column_names:
        text = table.column(name).combine_chunks()
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        columns[name] = text.cast(pa.date32()) if name in typing.dates else text
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="snappy")
    return sink.getvalue()


def _sav(table: pa.Table, typing: Typing) -> bytes:
    """SPSS: numbers with labels, an unanswered item as declared user-missing code, n.v.t. as labelled value."""
    frame: dict[str, object] = {}
    labels: dict[str, dict[int | float, str]] = {}
    for name in table.column_names:
        text = table.column(name).combine_chunks()
        if name in typing.dates:
            empty = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
            frame[name] = empty.cast(pa.date32()).to_pylist()
        elif name in typing.numbers:
            marked = pc.if_else(pc.equal(text, ""), str(USER_MISSING), text)
            marked = pc.if_else(
                pc.equal(marked, typing.not_applicable.get(name, "\0")), str(SPSS_NOT_APPLICABLE), marked
            )
            frame[name] = marked.cast(pa.float64()).to_numpy(zero_copy_only=False)
            labels[name] = {**typing.numbers[name], USER_MISSING: "Geen antwoord"}
            if name in typing.not_applicable:
                labels[name][SPSS_NOT_APPLICABLE] = typing.not_applicable[name]
        else:
            frame[name] = text.to_pylist()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "delivery.sav"
        pyreadstat.write_sav(
            pd.DataFrame(frame),
            str(path),
            column_labels=[typing.titles.get(name, name) for name in table.column_names],
            variable_value_labels=labels,
            missing_ranges={name: [USER_MISSING] for name in labels},
            variable_format=dict.fromkeys(labels, "F8.0"),
        )
        content = bytearray(path.read_bytes())
    content[_SPSS_STAMP] = b"01 Jan 2600:00:00"
    return bytes(content)


def _xlsx(table: pa.Table, typing: Typing) -> bytes:
    """A plain workbook with one sheet: numbers and dates as such, everything else as text."""
    width = len(table.column_names)
    letters = [_letters(at) for at in range(width)]
    cells = [
        _cells(table.column(name).to_pylist(), is_date=name in typing.dates, is_number=name in typing.numbers)
        for name in table.column_names
    ]
    head = "".join(_text_cell(name).replace("{}", f"{letters[at]}1", 1) for at, name in enumerate(table.column_names))
    rows = [f'<row r="1">{head}</row>']
    for number, row in enumerate(zip(*cells, strict=True), start=2):
        filled = "".join(
            cell.replace("{}", f"{letters[at]}{number}", 1) for at, cell in enumerate(row) if cell is not None
        )
        rows.append(f'<row r="{number}">{filled}</row>')
    sheet = (
        f'{_XML}<worksheet xmlns="{_MAIN}"><dimension ref="A1:{letters[-1]}{len(rows)}"/>'
        f"<sheetData>{''.join(rows)}</sheetData></worksheet>"
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as book:  # stored: no compressor whose bytes could differ
        for name, content in (*_WORKBOOK, ("xl/worksheets/sheet1.xml", sheet)):
            book.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content.encode("utf-8"))
    return sink.getvalue()


def _cells(values: Sequence[str], *, is_date: bool, is_number: bool) -> list[str | None]:
    """Cells of one column, with a place for their address; every different value is made once."""
    made: dict[str, str | None] = {"": None}
    for value in values:
        if value not in made:
            if is_date:
                made[value] = f'<c r="{{}}" s="1"><v>{(dt.date.fromisoformat(value) - _EXCEL_EPOCH).days}</v></c>'
            elif is_number and value.lstrip("-").isdigit():
                made[value] = f'<c r="{{}}"><v>{value}</v></c>'
            else:
                made[value] = _text_cell(value)
    return [made[value] for value in values]


def _text_cell(value: str) -> str:
    return f'<c r="{{}}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def _letters(at: int) -> str:
    """Column letters of a position: A, B, ..., Z, AA."""
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKBOOK = (
    (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_BOOK}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_BOOK}.styles+xml"/></Types>',
    ),
    (
        "_rels/.rels",
        f'{_XML}<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
    ),
    (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Antwoorden" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
    ),
    (
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/styles" '
        'Target="styles.xml"/></Relationships>',
    ),
    (
        "xl/styles.xml",
        f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    ),
)
