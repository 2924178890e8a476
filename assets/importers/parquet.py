"""Reader of Parquet files: every column to text without loss.

Belongs here: opening, batches. Does not belong here: the rules of value to text (`text`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.importers.reading import BATCH_ROWS, Reading, named, text_batch
from assets.importers.refusal import RefusedFile, quoted
from assets.importers.text import array_text
from expectations.model import Source

_FAULTS = (pa.ArrowException, OSError, EOFError)


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a Parquet file: the columns are known, rows still to be read."""
    if path.stat().st_size == 0:
        raise RefusedFile("empty_file", path.name)
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)  # where the writer made checksums
    except _FAULTS as fault:
        raise RefusedFile("damaged_file", path.name, format="Parquet") from fault
    names, nameless = named(list(file.schema_arrow.names))
    return Reading("parquet", names, _batches(path, file, names), nameless=nameless)


def _batches(path: Path, file: pq.ParquetFile, names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            arrays = [_column(path, name, array) for name, array in zip(names, batch.columns, strict=True)]
            yield text_batch(arrays, len(arrays))
    except _FAULTS as fault:
        raise RefusedFile("damaged_file", path.name, format="Parquet") from fault
    finally:
        file.close()


def _column(path: Path, name: str, array: pa.Array) -> pa.Array:
    try:
        return array_text(array)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as fault:
        raise RefusedFile("unreadable.column_type", path.name, columns=quoted([name])) from fault
