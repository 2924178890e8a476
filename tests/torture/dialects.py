"""The same table in every dialect: text everywhere, or numbers and days in the types a format has for them.

Belongs here: writers of one table in formats, encodings and types, and which characters each cannot carry.
Does not belong here: comparing what the system makes of them.
"""

from __future__ import annotations

import codecs
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from tests.torture.valid import Table, csv_line, dta_bytes, jsonl_bytes, ods_bytes, parquet_bytes, sav_bytes, written

DAYS = ("contact_date", "invitation_date", "response_date")
NUMBERS = ("satisfaction", "mark", "reachability", "treatment", "feedback")


@dataclass(frozen=True)
class Dialect:
    """One way to write a table: the part of a file name that tells it, and its bytes."""

    suffix: str
    write: Callable[[Table], bytes]


def csv_dialect(encoding: str, delimiter: str, end: str, *, quote_all: bool = False, mark: bytes = b"") -> Dialect:
    """A csv export of some tool."""

    def write(table: Table) -> bytes:
        if quote_all:
            quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in (table.header, *table.rows)]
            lines = [delimiter.join(row) for row in quoted]
        else:
            lines = [csv_line(row, delimiter) for row in (table.header, *table.rows)]
        return mark + "".join(line + end for line in lines).encode(encoding)

    return Dialect("csv", write)


def _value(name: str, cell: str) -> Any:
    """A cell in a type of its own; nothing is nothing."""
    if name in DAYS and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        return dt.date.fromisoformat(cell)
    if name in NUMBERS and re.fullmatch("[0-9]{1,2}", cell):
        return int(cell)
    return cell


def _typed(table: Table) -> dict[str, list[Any]]:
    """Columns; one becomes numbers or days only if every cell of it is one, or empty."""
    columns: dict[str, list[Any]] = {}
    for name in table.header:
        cells = [_value(name, cell) for cell in table.cells(name)]
        plain = any(isinstance(cell, str) and cell for cell in cells) or all(cell == "" for cell in cells)
        columns[name] = table.cells(name) if plain else [None if cell == "" else cell for cell in cells]
    return columns


def excel_text(cell: str) -> str:
    """As Excel writes text: a carriage return is ``_x000D_``, and what looks like that is ``_x005F_x000D_``."""
    return re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", cell).replace("\r", "_x000D_")


def xlsx(table: Table, *, types: bool = False) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    columns = _typed(table) if types else {name: table.cells(name) for name in table.header}
    for place, (name, cells) in enumerate(columns.items(), start=1):
        for number, value in enumerate((name, *cells), start=1):
            cell = sheet.cell(number, place)
            cell.value = excel_text(value) if isinstance(value, str) else value
            if isinstance(value, str):
                cell.data_type = "s"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def parquet_typed(table: Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(_typed(table)), target)
    return target.getvalue()


def jsonl_typed(table: Table) -> bytes:
    """Numbers as numbers, nothing as null, letters as escapes, no blanks."""
    columns = _typed(table)
    rows = zip(*columns.values(), strict=True)
    return "".join(
        json.dumps(dict(zip(columns, row, strict=True)), default=str, separators=(",", ":")) + "\n" for row in rows
    ).encode()


def _statistical(table: Table) -> pd.DataFrame:
    columns = {
        name: pd.Series(cells, dtype=object) if isinstance(next((c for c in cells if c is not None), ""), str | dt.date)
        else pd.Series(cells, dtype="float64")
        for name, cells in _typed(table).items()
    }  # fmt: skip
    return pd.DataFrame(columns)


def sav_typed(table: Table) -> bytes:
    """Compressed, with numbers and days of SPSS."""
    return written(".sav", lambda path: pyreadstat.write_sav(_statistical(table), path, row_compress=True))


def zipped(table: Table) -> bytes:
    """A zip with one file in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", csv_dialect("utf-8", ",", "\n").write(table))
    return target.getvalue()


DIALECTS: dict[str, Dialect] = {
    "csv": csv_dialect("utf-8", ";", "\r\n"),
    "csv, comma, quotes, BOM": csv_dialect("utf-8", ",", "\n", quote_all=True, mark=codecs.BOM_UTF8),
    "csv, tab, UTF-16": csv_dialect("utf-16", "\t", "\r\n", quote_all=True),
    "csv, bar, UTF-16 BE, no BOM": csv_dialect("utf-16-be", "|", "\n"),
    "xlsx": Dialect("xlsx", xlsx),
    "xlsx, typed": Dialect("xlsx", lambda table: xlsx(table, types=True)),
    "ods": Dialect("ods", ods_bytes),
    "sav": Dialect("sav", sav_bytes),
    "sav, typed and compressed": Dialect("sav", sav_typed),
    "dta": Dialect("dta", dta_bytes),
    "parquet": Dialect("parquet", parquet_bytes),
    "parquet, typed": Dialect("parquet", parquet_typed),
    "jsonl": Dialect("jsonl", jsonl_bytes),
    "jsonl, typed": Dialect("jsonl", jsonl_typed),
    "zip": Dialect("zip", zipped),
}
