"""One reader per delivery format: a file in, rows of text with their position out.

Belongs here: which formats exist, how one is recognised, opening a file with the right reader.
Does not belong here: the inbox, months and repeats (`assets.intake`), survey tools (`profiles`), what values mean
(`expectations.rules`).

A further format is one module with ``read(path, source, scratch) -> Reading`` and one record in ``FORMATS``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from assets.importers import csv_file, excel, json_lines, ods, parquet, spss, stata
from assets.importers.archive import FAULTS, read_zipped
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile
from assets.importers.repair_file import as_written
from expectations.model import Source

VERSION = 2  # raise when a reader changes what it makes of the same bytes: raw files are then read again


@dataclass(frozen=True)
class Format:
    """A format that can be read: how its files are called, how they start, and its reader.

    ``parts`` tells formats apart that all are zip archives: how the names of parts begin that each must have.
    """

    label: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...]
    read: Callable[[Path, Source, Path], Reading]
    parts: tuple[str, ...] = ()


def _read_zip(path: Path, source: Source, scratch: Path) -> Reading:
    def open_inner(unpacked: Path, name: str) -> Reading:
        return _open(unpacked, name, source, scratch)

    return read_zipped(path, scratch, open_inner)


_ZIP = b"PK\x03\x04"
FORMATS: dict[str, Format] = {
    "csv": Format("CSV", (".csv", ".tsv", ".tab", ".txt"), (), csv_file.read),
    "xlsx": Format("Excel", (".xlsx", ".xlsm"), (_ZIP, excel.OLE), excel.read, ("[Content_Types].xml", "xl/")),
    "ods": Format("ODS", (".ods",), (_ZIP, excel.OLE), ods.read, ("mimetype", "content.xml")),
    "sav": Format("SPSS", (".sav", ".zsav"), (b"$FL2", b"$FL3"), spss.read),
    "dta": Format("Stata", (".dta",), (stata.MAGIC,), stata.read),
    "parquet": Format("Parquet", (".parquet", ".pq"), (b"PAR1",), parquet.read),
    "jsonl": Format("JSON-lines", (".jsonl", ".ndjson"), (), json_lines.read),
    "zip": Format("zip", (".zip",), (_ZIP,), _read_zip),  # of one file; a reading has the format of that file
}
_REFUSED = {  # what people deliver in good faith and is no table of answers, with words of its own
    ".xls": "unknown_format.xls",
    ".lss": "unknown_format.codebook",
    ".json": "unknown_format.json",
}


def format_of(path: Path) -> str | None:
    """The format a file claims by its name; ``None`` if no reader knows it."""
    return next((name for name, f in FORMATS.items() if path.suffix.lower() in f.suffixes), None)


def open_file(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a delivery with the reader of its format.

    Args:
        path: The file.
        source: What the contract says about files of this source; a file of repaired rows has a dialect of its own.
        scratch: A path that may be used for a temporary copy; the caller removes it when the rows are read. What is
            unpacked goes to a name beside it, and goes away by itself (see ``Reading.close``).

    Raises:
        RefusedFile: If the file as a whole cannot be read; further reasons may arise while reading the rows.
    """
    try:
        reading = _open(path, path.name, as_written(source, path), scratch)
    except MemoryError:
        raise RefusedFile("unreadable.memory", path.name) from None
    reading.rows = _within_memory(reading.rows, path.name)
    return reading


def _open(path: Path, name: str, source: Source, scratch: Path) -> Reading:
    """Open ``path`` as a file called ``name``."""
    claimed = format_of(Path(name))
    if claimed is None:
        raise RefusedFile(_REFUSED.get(Path(name).suffix.lower(), "unknown_format"), name)
    if source.format not in (None, claimed) and claimed != "zip":  # of a zip the file in it counts
        found, expected = f"een {FORMATS[claimed].label}-bestand", FORMATS[source.format].label
        raise RefusedFile("unknown_format.expected", name, found=found, expected=expected)
    looks_like = _looks_like(path, claimed)
    if looks_like != claimed:
        found = f"een {FORMATS[looks_like].label}-bestand"
        raise RefusedFile("unknown_format.content", name, expected=FORMATS[claimed].label, found=found)
    return FORMATS[claimed].read(path, source, scratch)


def _looks_like(path: Path, claimed: str) -> str:
    """The format that the first bytes show; the claimed one where they show nothing."""
    with path.open("rb") as file:
        start = file.read(8)
    fitting = [name for name, f in FORMATS.items() if f.magic and start.startswith(f.magic)]
    if start.startswith(_ZIP):
        try:
            with zipfile.ZipFile(path) as archive:
                parts = archive.namelist()
        except FAULTS:
            return claimed if claimed in fitting else "zip"  # broken: the reader says so
        fitting = [n for n in fitting if all(any(p.startswith(part) for p in parts) for part in FORMATS[n].parts)]
        return fitting[0]  # a plain zip asks for no parts and comes last
    return claimed if claimed in fitting or not fitting else fitting[0]


def _within_memory(rows: Iterator[pa.RecordBatch], file_name: str) -> Iterator[pa.RecordBatch]:
    """The rows; where memory runs out, that is a refusal like any other."""
    try:
        yield from rows
    except MemoryError:
        raise RefusedFile("unreadable.memory", file_name) from None
