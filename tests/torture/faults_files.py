"""Faults in the bytes of a file: damage, encodings, quotes, line ends, wrappings and names.

Belongs here: one function per kind, from a valid table in some format to the bytes that arrive.
Does not belong here: faults a table can express (``faults_cells``), what should become of them (``oracle``).
"""

from __future__ import annotations

import gzip
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.torture.valid import WRITERS, Table, csv_bytes, csv_line, saved, xlsx_bytes

FileFault = Callable[[random.Random, Table, str], tuple[str, bytes]]
"""From a table and a format to the format the file claims by its suffix, and its bytes."""


def flip_bytes(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = bytearray(WRITERS[kind](table))
    for _ in range(rng.choice([1, 1, 1, 2, 8])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return kind, bytes(data)


def change_bytes(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = bytearray(WRITERS[kind](table))
    data[rng.randrange(len(data))] = rng.randrange(256)
    return kind, bytes(data)


def truncate(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = WRITERS[kind](table)
    return kind, data[: rng.randrange(1, len(data))]


def cut_the_last_bytes(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return kind, WRITERS[kind](table)[: -rng.randrange(1, 60)]


def no_bytes(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return kind, b""


def zero_block(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = WRITERS[kind](table)
    start, length = rng.randrange(len(data)), rng.choice([16, 64, 512, 4096])
    return kind, data[:start] + b"\x00" * min(length, len(data) - start) + data[start + length :]


def repeat_block(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = WRITERS[kind](table)
    start, length = rng.randrange(len(data)), rng.choice([1, 16, 512])
    return kind, data[: start + length] + data[start:]


def lose_block(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = WRITERS[kind](table)
    start, length = rng.randrange(len(data)), rng.choice([1, 16, 512])
    return kind, data[:start] + data[start + length :]


def garbage_behind(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return kind, WRITERS[kind](table) + rng.randbytes(rng.choice([1, 16, 512]))


def random_bytes(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    start = WRITERS[kind](table)[:4] if rng.random() < 0.5 else b""  # half of them start like the real thing
    return kind, start + rng.randbytes(4000)


def wrong_suffix(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return rng.choice(sorted(set(WRITERS) - {kind})), WRITERS[kind](table)


def two_marks(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return "csv", b"\xef\xbb\xbf" * rng.choice([1, 2, 3]) + csv_bytes(table)


def other_encoding(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    name = rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
    return "csv", csv_bytes(table).decode().encode(name)


def old_encoding(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    name = rng.choice(["cp1252", "latin-1", "cp850", "mac-roman", "cp1250"])
    return "csv", csv_bytes(table).decode().encode(name, errors="replace")


def two_encodings(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = csv_bytes(table)
    half = data.index(b"\r\n", len(data) // 2)
    return "csv", data[:half] + data[half:].decode().encode("cp1252", errors="replace")


def decoded_wrongly(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return "csv", csv_bytes(table).decode("latin-1").encode()


def mixed_line_ends(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    lines = [csv_line(row) for row in (table.header, *table.rows)]
    return "csv", "".join(line + rng.choice(["\n", "\r\n", "\r", "\n\n"]) for line in lines).encode()


def cell_too_many(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    row = rng.randrange(len(table.rows))
    cells = table.rows[row]
    place = rng.randrange(len(cells) + 1)
    return "csv", _with_row(table, row, (*cells[:place], rng.choice(["", "geheim"]), *cells[place:]))


def cell_too_few(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    row = rng.randrange(len(table.rows))
    place = rng.randrange(len(table.header))
    return "csv", _with_row(table, row, table.rows[row][:place] + table.rows[row][place + 1 :])


def _with_row(table: Table, row: int, cells: tuple[str, ...]) -> bytes:
    return csv_bytes(Table(table.header, (*table.rows[:row], cells, *table.rows[row + 1 :])))


def broken_quotes(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    data = csv_bytes(table)
    place = rng.randrange(len(data))
    if rng.random() < 0.5 or b'"' not in data:
        return "csv", data[:place] + b'"' + data[place:]
    quotes = [m.start() for m in re.finditer(b'"', data)]
    gone = rng.choice(quotes)
    return "csv", data[:gone] + data[gone + 1 :]


def other_delimiter(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return "csv", csv_bytes(table, rng.choice([",", "\t", "|", ":", " "]))


def two_delimiters(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    half = len(table.rows) // 2
    first = csv_bytes(Table(table.header, table.rows[:half]))
    return "csv", first + "".join(csv_line(row, ",") + "\r\n" for row in table.rows[half:]).encode()


def two_files_in_one(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return kind, WRITERS[kind](table) * 2


def web_page(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    page = "<!DOCTYPE html><html><body>U bent uitgelogd</body></html>"
    return kind, rng.choice(["", "\n", "\ufeff"]).encode() + page.encode()


def zip_bomb(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    """A workbook with a part that is, or says it is, far larger than what is sent."""
    target = io.BytesIO(xlsx_bytes(table))
    says_so = rng.random() < 0.5
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            zipfile.ZipInfo("xl/media/huge.xml"), b" " * (1 << 12 if says_so else 100 << 20), zipfile.ZIP_DEFLATED
        )
    data = target.getvalue()
    if says_so:  # the size in the directory at the end of the archive
        place = data.rindex(b"xl/media/huge.xml") - 46 + 24
        data = data[:place] + struct.pack("<I", (1 << 32) - 2) + data[place + 4 :]
    return rng.choice(["xlsx", "ods"]), data


def xml_bomb(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    """A billion laughs in the sheet."""
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "lach">{laughs}]>'
    return "xlsx", _rewritten(xlsx_bytes(table), b"<sheetData>", bomb.encode(), b"&l9;")


def _rewritten(book: bytes, mark: bytes, start: bytes, behind: bytes) -> bytes:
    source, target = zipfile.ZipFile(io.BytesIO(book)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                body = data.split(b"?>", 1)[-1] if data.startswith(b"<?xml") else data
                cell = b'<row r="9999"><c r="A9999" t="inlineStr"><is><t>' + behind + b"</t></is></c></row>"
                data = start + body.replace(b"</sheetData>", cell + b"</sheetData>")
            archive.writestr(zipfile.ZipInfo(part.filename), data)
    return target.getvalue()


def compressed(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    return kind, gzip.compress(WRITERS[kind](table), mtime=0)


def two_sheets(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(table)))
    book.create_sheet("Aantekeningen").append(["bellen met", "geheim-1"])
    return "xlsx", saved(book)


def uncalculated(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(table)))
    sheet = book.worksheets[0]
    sheet.cell(rng.randrange(2, len(table.rows) + 2), rng.randrange(1, len(table.header) + 1)).value = "=1+1"
    return "xlsx", saved(book)


def typed_columns(rng: random.Random, table: Table, kind: str) -> tuple[str, bytes]:
    """One column of a Parquet file in a type of its own: bytes, numbers or lists."""
    column = rng.randrange(len(table.header))
    arrays = [pa.array([row[i] for row in table.rows], pa.string()) for i in range(len(table.header))]
    texts = arrays[column].to_pylist()
    arrays[column] = rng.choice(
        [
            pa.array([t.encode("utf-16-le") for t in texts], pa.binary()),
            pa.array([float(t) if t.isdecimal() else None for t in texts], pa.float64()),
            pa.array([[t] for t in texts], pa.list_(pa.string())),
            pa.array([{"a": t} for t in texts], pa.struct([("a", pa.string())])),
            pa.nulls(len(texts), pa.null()),
            pa.array(texts, pa.string()).dictionary_encode(),
        ]
    )
    target = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(table.header)), target)
    return "parquet", target.getvalue()


FILE_FAULTS: tuple[FileFault, ...] = (
    flip_bytes, change_bytes, truncate, cut_the_last_bytes, no_bytes, zero_block, repeat_block, lose_block,
    garbage_behind, random_bytes, wrong_suffix, two_marks, other_encoding, old_encoding, two_encodings, decoded_wrongly,
    mixed_line_ends, cell_too_many, cell_too_few, broken_quotes, other_delimiter, two_delimiters, two_files_in_one,
    web_page, zip_bomb, xml_bomb, compressed, two_sheets, uncalculated, typed_columns,
)  # fmt: skip
