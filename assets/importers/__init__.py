"""One reader per delivery format: a file in, rows of text with their position out.

Belongs here: which formats exist, how one is recognised, opening a file with the right reader.
Does not belong here: the inbox, months and repeats (`assets.intake`), what values mean (`expectations.rules`).

A further format is one module with ``read(path, source, scratch) -> Reading`` and one record in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assets.importers import csv_file, excel, parquet, spss
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile
from expectations.model import Source

VERSION = 1  # raise when a reader changes what it makes of the same bytes: raw files are then read again


@dataclass(frozen=True)
class Format:
    """A format that can be read: how its files are called, how they start, and its reader."""

    label: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...]
    read: Callable[[Path, Source, Path], Reading]


FORMATS: dict[str, Format] = {
    "csv": Format("CSV", (".csv", ".tsv", ".tab", ".txt"), (), csv_file.read),
    "xlsx": Format("Excel", (".xlsx", ".xlsm"), (b"PK\x03\x04", excel.OLE), excel.read),
    "sav": Format("SPSS", (".sav", ".zsav"), (b"$FL2", b"$FL3"), spss.read),
    "parquet": Format("Parquet", (".parquet", ".pq"), (b"PAR1",), parquet.read),
}


def format_of(path: Path) -> str | None:
    """The format a file claims by its name; ``None`` if no reader knows it."""
    return next((name for name, f in FORMATS.items() if path.suffix.lower() in f.suffixes), None)


def open_file(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a delivery with the reader of its format.

    Args:
        path: The file.
        source: What the contract says about files of this source.
        scratch: A path that may be used for a temporary copy; the caller removes it when the rows are read.

    Raises:
        RefusedFile: If the file as a whole cannot be read; further reasons may arise while reading the rows.
    """
    claimed = format_of(path)
    if claimed is None:
        raise RefusedFile("unknown_format", path.name)
    if source.format is not None and source.format != claimed:
        found, expected = f"een {FORMATS[claimed].label}-bestand", FORMATS[source.format].label
        raise RefusedFile("unknown_format.expected", path.name, found=found, expected=expected)
    with path.open("rb") as file:
        start = file.read(8)
    for name, known in FORMATS.items():
        if name != claimed and start.startswith(known.magic or (b"\x00" * 9,)):
            found = f"een {known.label}-bestand"
            raise RefusedFile("unknown_format.content", path.name, expected=FORMATS[claimed].label, found=found)
    return FORMATS[claimed].read(path, source, scratch)
