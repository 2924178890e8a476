"""The raw file of one delivery: the rows as they came, written whole or not at all.

Belongs here: the layout of a raw parquet file (``_delivery_id``, ``_row``, the columns, all text), what it tells about
its origin, writing it atomically, recognising a whole one, taking rows or texts out of one for good.
Does not belong here: formats of deliveries, the contract, which rows have to go (``assets.privacy``).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.importers.reading import BATCH_ROWS, Reading
from assets.importers.refusal import RefusedFile

DELIVERY_ID = "_delivery_id"
ROW = "_row"
RESERVED = (DELIVERY_ID, ROW)
_KEY = b"delivery"
_UNFINISHED = ".unfinished"
_MARKER_DIGITS = 16


LeaveOut = Callable[[pa.RecordBatch], pa.BooleanArray]
"""Of a batch with the columns of a file: which rows are of somebody who was erased."""


def write_raw(
    reading: Reading,
    target: Path,
    delivery_id: str,
    origin: str,
    file_name: str,
    *,
    leave_out: LeaveOut | None = None,
) -> int:
    """Write all rows of a reading; ``target`` appears only when it is complete and on disk.

    Args:
        reading: An opened file; its rows are read here.
        target: The raw file.
        delivery_id: Goes into every row.
        origin: What the rows depend on besides the bytes of the delivery (dialect, reader version); see ``raw_facts``.
        file_name: For the words of a refusal.
        leave_out: Rows that are counted as read and never written.

    Returns:
        The number of rows read.

    Raises:
        RefusedFile: If a row cannot be read, or there is none. Nothing is left behind then.
    """
    schema = pa.schema(
        [(DELIVERY_ID, pa.string()), (ROW, pa.int64()), *((name, pa.string()) for name in reading.columns)]
    )
    count = 0
    left_out: list[int] = []
    with (
        _appears_whole(target) as path,
        pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer,
    ):
        for batch in reading.rows:
            _refuse_nul(batch, count, file_name)
            ids = pa.repeat(pa.scalar(delivery_id), batch.num_rows)
            numbers = pa.array(np.arange(count + 1, count + 1 + batch.num_rows, dtype=np.int64))
            written = pa.RecordBatch.from_arrays([ids, numbers, *batch.columns], schema=schema)
            if leave_out is not None:
                out = leave_out(written)
                left_out += written.column(ROW).filter(out).to_pylist()
                written = written.filter(pc.invert(out))
            writer.write_batch(written)
            count += batch.num_rows
        if count == 0:
            raise RefusedFile("no_rows", file_name)
        facts = {
            "origin": origin,
            "rows": count - len(left_out),
            "rows_read": count,
            "content": _marker(_digest([origin]), "left out", left_out),
            "format": reading.format,
            "encoding": reading.encoding,
            "delimiter": reading.delimiter,
            "columns": reading.columns,
            "nameless": reading.nameless,
            "header_notes": reading.header_notes,
            "missing_codes": reading.missing_codes,
            "labels": reading.labels,
            "wordings": getattr(reading, "wordings", {}),
        }
        writer.add_key_value_metadata({_KEY.decode(): json.dumps(facts, ensure_ascii=False)})
    return count


def edit_raw(
    target: Path, *, drop: Collection[int] = (), blank: Collection[int] = (), columns: Collection[str] = ()
) -> None:
    """Take rows or texts out of a raw file for good; it stays whole, and counts what was read.

    Args:
        target: The raw file.
        drop: Numbers of the rows that go.
        blank: Numbers of the rows whose texts go.
        columns: Which texts: names of columns.
    """
    facts = _facts(target)
    if facts is None:
        raise ValueError(f"{target.name} is not a whole raw file")
    going, blanked = (pa.array(sorted(rows), pa.int64()) for rows in (drop, blank))
    kept = 0
    with (
        pq.ParquetFile(target) as old,
        _appears_whole(target) as path,
        pq.ParquetWriter(path, old.schema_arrow, compression="zstd", compression_level=1) as writer,
    ):
        for batch in old.iter_batches(batch_size=BATCH_ROWS):
            written = batch.filter(pc.invert(pc.is_in(batch.column(ROW), value_set=going)))
            written = _blanked(written, pc.is_in(written.column(ROW), value_set=blanked), columns)
            writer.write_batch(written)
            kept += written.num_rows
        content = _marker(facts.get("content", ""), "dropped", drop)
        content = _marker(content, f"blanked {sorted(columns)}", blank)
        facts |= {"rows": kept, "rows_read": facts.get("rows_read", facts["rows"]), "content": content, "edited": True}
        writer.add_key_value_metadata({_KEY.decode(): json.dumps(facts, ensure_ascii=False)})


def _blanked(batch: pa.RecordBatch, rows: pa.BooleanArray, columns: Collection[str]) -> pa.RecordBatch:
    nothing = pa.scalar(None, pa.string())
    arrays = [
        pc.if_else(rows, nothing, array) if name in columns else array
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _marker(before: str, what: str, rows: Collection[int]) -> str:
    """Changes when rows or texts are taken out: staging is then built again. The same edits give the same marker."""
    return _digest([before, what, sorted(rows)]) if rows else before


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:_MARKER_DIGITS]


def raw_facts(target: Path, origin: str | None = None) -> dict[str, Any] | None:
    """What a raw file tells about itself; ``None`` if it is absent, not whole, or made in another way.

    Args:
        target: The raw file.
        origin: How it must have been made; None: in whatever way. A file that was edited stays as it is: to read the
            delivery again would bring back what was taken out.
    """
    facts = _facts(target)
    if facts is None or origin is None or facts.get("edited"):
        return facts
    return facts if facts.get("origin") == origin else None


def _facts(target: Path) -> dict[str, Any] | None:
    try:
        metadata = pq.read_metadata(target)
    except (OSError, pa.ArrowInvalid):
        return None
    text = (metadata.metadata or {}).get(_KEY)
    facts: dict[str, Any] = json.loads(text) if text else {}
    return facts if facts.get("rows") == metadata.num_rows else None


def remove_unfinished(raw_dir: Path) -> None:
    """Remove what killed runs left behind; a run that is still busy keeps its files."""
    for leftover in sorted(raw_dir.glob(f"*/.*{_UNFINISHED}")):
        if not _runs(leftover.name.removesuffix(_UNFINISHED).rpartition(".")[2]):
            leftover.unlink(missing_ok=True)


def _runs(process: str) -> bool:
    """Whether another process with this number is running."""
    if not process.isdecimal() or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # of another user, but running
    return True


def unfinished(target: Path) -> Path:
    """A temporary name beside a raw file, recognised by ``remove_unfinished``."""
    return target.with_name(f".{target.name}.{os.getpid()}{_UNFINISHED}")


@contextmanager
def _appears_whole(target: Path) -> Iterator[Path]:
    """A temporary path that becomes ``target`` at the end, and disappears on any fault."""
    path = unfinished(target)
    try:
        yield path
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def _refuse_nul(batch: pa.RecordBatch, done: int, file_name: str) -> None:
    """A NUL in text is a damaged transfer, and breaks tools that end text there."""
    for number, column in enumerate(batch.columns, start=1):
        found = pc.index(pc.match_substring(column, "\x00"), pa.scalar(True)).as_py()
        if found >= 0:
            raise RefusedFile("damaged_file.nul", file_name, f"in rij {done + found + 1}, kolom {number},")
