"""A second opinion on what a file says: other libraries than the importers use, and no clever guesses.

Belongs here: bytes to a table, or ``None`` where this reader cannot make sense of them.
Does not belong here: what the cells mean (``oracle``).
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import duckdb
import pandas as pd
import pyreadstat
import python_calamine

from tests.torture.valid import Table, sav_bytes

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
csv.field_size_limit(1 << 30)  # the torture has cells larger than the standard library expects
DATA_FOLLOWS = (999).to_bytes(4, "little") + bytes(4)  # the last record of an SPSS header


def read(kind: str, data: bytes, valid: Table) -> Table | None:
    """What a file says.

    Args:
        kind: The format it claims.
        data: Its bytes.
        valid: The table it was made from; its names tell the delimiter and its layout that of an SPSS file.
    """
    try:
        return READERS[kind](data, valid)
    except Exception:  # damaged files raise whatever the libraries raise
        return None


def _csv(data: bytes, valid: Table) -> Table | None:
    text = _decoded(data)
    if text is None:
        return None
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t|", key=lambda d: sum(name.strip('"') in valid.header for name in first.strip("\r").split(d)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records = [tuple(record) for record in reader if record]
    return Table(records[0], tuple(records[1:]))


def _decoded(data: bytes) -> str | None:
    for mark, name in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name)
    names = ["utf-8", "cp1252"]
    if data[1:40:2].count(0) > 10:
        names = ["utf-16-le"]
    elif data[0:40:2].count(0) > 10:
        names = ["utf-16-be"]
    for name in names:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def _calamine(data: bytes, valid: Table) -> Table | None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = [book.get_sheet_by_index(i).to_python(skip_empty_area=False) for i in range(len(book.sheet_names))]
    filled = [s for s in sheets if any(any(c != "" for c in row) for row in s)]
    return _from_cells([[_text(c) for c in row] for row in filled[0]]) if len(filled) == 1 else None


def _ods(data: bytes, valid: Table) -> Table | None:
    """The cells of the first sheet, as the format's own markup has them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ElementTree.fromstring(archive.read("content.xml"))
    rows = []
    for row in (e for e in root.iter() if e.tag.endswith("}table-row")):
        cells = [e for e in row if e.tag.endswith("}table-cell")]
        rows.append(["\n".join(map(_paragraph, (p for p in c if p.tag.endswith("}p")))) for c in cells])
    return _from_cells(rows)


def _paragraph(node: Any) -> str:
    inner = {"s": " ", "tab": "\t", "line-break": "\n"}
    parts = [node.text or ""]
    for child in node:
        parts += [inner.get(child.tag.rpartition("}")[2], ""), child.tail or ""]
    return "".join(parts)


def _from_cells(rows: list[list[str]]) -> Table:
    while rows and not any(rows[-1]):
        rows.pop()
    width = max(i for i, cell in enumerate(rows[0], start=1) if cell)
    filled = [tuple((row + [""] * width)[:width]) for row in rows]
    return Table(filled[0], tuple(filled[1:]))


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _parquet(data: bytes, valid: Table) -> Table | None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.parquet"
        path.write_bytes(data)
        with duckdb.connect() as connection:
            found = connection.execute(f"from read_parquet('{path}')")
            header = tuple(d[0] for d in found.description)
            rows = tuple(tuple("" if c is None else _text(c) for c in row) for row in found.fetchall())
    return Table(header, rows)


def _jsonl(data: bytes, valid: Table) -> Table | None:
    text = _decoded(data)
    if text is None:
        return None
    records = [json.loads(line) for line in text.split("\n") if line.strip()]
    header = tuple(dict.fromkeys(name for record in records for name in record))
    return Table(header, tuple(tuple(_json_text(record.get(name)) for name in header) for record in records))


def _json_text(value: object) -> str:
    if value is None:
        return ""
    return _text(value) if isinstance(value, str | float | int) and not isinstance(value, bool) else json.dumps(value)


def _dta(data: bytes, valid: Table) -> Table | None:
    return _of_frame(pd.read_stata(io.BytesIO(data), convert_categoricals=False, convert_dates=False))


def _sav(data: bytes, valid: Table) -> Table | None:
    """By the layout of the valid file where the header is as it was; else there is no second reader of SPSS files."""
    sound = sav_bytes(valid)
    start = sound.index(DATA_FOLLOWS) + len(DATA_FOLLOWS)
    if data[:start] != sound[:start] or len(data) != len(sound):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "file.sav"
            path.write_bytes(data)
            frame, _ = pyreadstat.read_sav(str(path), user_missing=True)
        return _of_frame(frame)
    widths = [-(-max(1, *(len(c.encode()) for c in valid.cells(name))) // 8) * 8 for name in valid.header]
    if max(widths) > 248 or (len(sound) - start) != sum(widths) * len(valid.rows):
        return None  # long texts are cut in pieces: no simple layout
    rows = []
    for number in range(len(valid.rows)):
        place, cells = start + number * sum(widths), []
        for width in widths:
            cells.append(data[place : place + width].decode().rstrip(" "))
            place += width
        rows.append(tuple(cells))
    return Table(valid.header, tuple(rows))


def _of_frame(frame: pd.DataFrame) -> Table:
    rows = [tuple("" if c is None or c != c else _text(c) for c in row) for row in frame.itertuples(index=False)]
    return Table(tuple(map(str, frame.columns)), tuple(rows))


READERS: dict[str, Callable[[bytes, Table], Table | None]] = {
    "csv": _csv,
    "xlsx": _calamine,
    "ods": _ods,
    "parquet": _parquet,
    "jsonl": _jsonl,
    "dta": _dta,
    "sav": _sav,
}
