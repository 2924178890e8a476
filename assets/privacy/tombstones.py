"""Tombstones: what is kept of persons who were erased, so that a later file does not bring them back.

Belongs here: the file of tombstones, and finding the rows of erased persons while a delivery is read.
Does not belong here: erasing (``erase``), the key (``keys``).

A tombstone is a keyed hash of an id, with the day and the number of rows that went. It holds no id and, without the
key, leads to none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.importers.raw_file import ROW, LeaveOut
from assets.privacy.keys import Key
from expectations.compile_cells import literal, text_sql
from expectations.model import Source
from expectations.pseudonyms import TOMBSTONE, tombstone_sql
from expectations.shapes import DeliveryShape

FILE = Path("warehouse/tombstones.parquet")
KINDS = ("contact_id", "person_id", "response_id")
"""Fields whose values belong to one person."""
Ids = Mapping[tuple[str, str], int]
"""Kind and id, with the number of rows that carried it."""
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("tombstone", pa.string()),
        ("key_id", pa.string()),
        ("erased_on", pa.date32()),
        ("rows", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Tombstones:
    """The hashes of erased ids, per kind, and the key they were made with."""

    key: Key
    hashes: frozenset[tuple[str, str]]

    def __bool__(self) -> bool:
        """Whether anybody was erased."""
        return bool(self.hashes)

    def finder(self, source: Source, shape: DeliveryShape) -> LeaveOut:
        """What tells the rows of erased persons in the batches of a file.

        Args:
            source: How ids stand in the file.
            shape: Its columns and what it says about them.
        """
        connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
        for variable, block in zip((TOMBSTONE.inner, TOMBSTONE.outer), self.key.blocks, strict=True):
            connection.execute(f"set variable {variable} = ?", [block])
        conditions = []
        for kind in sorted({kind for kind, _ in self.hashes}):
            erased = ", ".join(literal(value) for of, value in sorted(self.hashes) if of == kind)
            conditions.append(f"{tombstone_sql(text_sql(source, shape, kind))} in ({erased})")
        select = f"select {ROW} from batch where {' or '.join(conditions)}"

        def leave_out(batch: pa.RecordBatch) -> pa.BooleanArray:
            connection.register("batch", pa.Table.from_batches([batch]))
            found = pa.array([row for (row,) in connection.execute(select).fetchall()], pa.int64())
            return pc.is_in(batch.column(ROW), value_set=found)

        return leave_out


def read_tombstones(home: Path, key: Key) -> Tombstones:
    """The tombstones of a home that this key can recognise."""
    return Tombstones(key, frozenset((r["kind"], r["tombstone"]) for r in _rows(home) if r["key_id"] == key.id))


def count_tombstones(home: Path) -> int:
    """How many ids were erased in this home."""
    return len(_rows(home))


def add_tombstones(home: Path, key: Key, day: dt.date, ids: Ids) -> None:
    """Remember that ids were erased; an id that has a tombstone keeps its first day, and the rows add up."""
    known = {(r["kind"], r["tombstone"], r["key_id"]): r for r in _rows(home)}
    for (kind, identifier), rows in ids.items():
        mark = (kind, hmac.new(key.secret, identifier.encode(), hashlib.sha256).hexdigest(), key.id)
        fresh = {"kind": mark[0], "tombstone": mark[1], "key_id": mark[2], "erased_on": day, "rows": 0}
        known[mark] = known.get(mark, fresh) | {"rows": known.get(mark, fresh)["rows"] + rows}
    path = home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # Sorted by hash: the order does not tell which ids belonged to one person.
        pq.write_table(pa.Table.from_pylist([known[mark] for mark in sorted(known)], schema=SCHEMA), unfinished)
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _rows(home: Path) -> list[dict[str, Any]]:
    path = home / FILE
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.exists() else []
    return rows
