"""Files of repaired rows, as this system writes them: one dialect, whatever the dialect of their source.

Belongs here: how such a file starts, writing it, and the source as which it is read.
Does not belong here: which rows are repaired and what the file is called (``assets.resubmission``), reading csv.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from expectations.model import REPAIRS, Source

DELIMITER = ";"
_START = f'"{REPAIRS}"{DELIMITER}'.encode()  # quotes around everything: no spreadsheet saves a file like that


def write_repairs(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows as a file of repairs.

    Args:
        path: A new file; only its owner may read it.
        columns: Names of the columns, ``_repairs`` first: that is how the file is recognised.
        rows: Cells in the order of the columns.
    """
    if columns[0] != REPAIRS:
        raise ValueError(f"a file of repairs starts with the column {REPAIRS}")
    path.touch(mode=0o600, exist_ok=False)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=DELIMITER, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(rows)


def as_written(source: Source, path: Path) -> Source:
    """The source as which a file is to be read: itself, or for a file of repairs the dialect of such files."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_START))
    except OSError:
        return source  # the reader says what is wrong with the file
    if start != _START:
        return source
    plain = {
        "format": "csv",
        "profile": "plain",
        "delimiter": DELIMITER,
        "encoding": "utf-8",
        "header_rows": 1,
        "sheet": None,
    }
    return source.model_copy(update=plain)
