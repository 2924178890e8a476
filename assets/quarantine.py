"""What is held back: which rows, why, what helps, and the rows themselves as they came.

Belongs here: reading ``staging.quarantine`` for the command line, and raw rows by delivery and row number.
Does not belong here: writing them for an analyst (``quarantine_sheet``), taking repairs back (``resubmission``).

A row is found by its place, never by its ids: those are pseudonyms after staging. Nothing here goes into a release.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.importers.raw_file import DELIVERY_ID, ROW
from assets.intake import Delivery, deliveries_of
from assets.warehouse import Warehouse

FIRST_POSITIONS = 5
_READ = ("raw.deliveries", "staging.quarantine")
# Of a combined row the fate of its response is its fate; the reasons of its contact are reasons of the row.
_FINDINGS = """
with
held_back as (
    select distinct
        q.delivery_id,
        q.row_number
    from staging.quarantine as q
    inner join raw.deliveries as d on q.delivery_id = d.delivery_id and d.status = 'taken'
    where d.kind <> 'combined' or q.kind = 'responses'
)

select distinct
    d.sequence,
    d.delivery_id,
    d.file_name,
    d.source,
    d.month,
    q.row_number,
    q.rule_id,
    q.column_name,
    q.value,
    q.reason,
    q.remedy
from staging.quarantine as q
inner join held_back as h on q.delivery_id = h.delivery_id and q.row_number = h.row_number
inner join raw.deliveries as d on q.delivery_id = d.delivery_id and d.status = 'taken'
order by d.sequence, q.row_number, q.rule_id
"""


class RefusedRepairError(Exception):
    """What was asked cannot be done with these rows.

    Attributes:
        problems: What is wrong, one line each, with place and remedy; never a value of a row.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, order=True)
class Position:
    """Where a row stands: the delivery and the data record in it, from 1."""

    delivery_id: str
    row: int

    def __str__(self) -> str:
        return f"{self.delivery_id}:{self.row}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """The position that a text names; None if it names none."""
        delivery_id, _, row = text.strip().partition(":")
        return cls(delivery_id, int(row)) if delivery_id and row.isascii() and row.isdecimal() else None


@dataclass(frozen=True)
class Finding:
    """One reason for which one row is held back. ``value`` is None where it may be personal."""

    position: Position
    file_name: str
    source: str
    month: str
    rule_id: str
    column: str
    value: str | None
    reason: str
    remedy: str


@dataclass(frozen=True)
class Group:
    """One rule in one file."""

    file_name: str
    source: str
    rule_id: str
    rows: int
    first_rows: tuple[int, ...]
    reason: str
    remedy: str


def findings(
    warehouse: Warehouse, *, file: str | None = None, rule: str | None = None, row: int | None = None
) -> list[Finding]:
    """Reasons for which rows are held back, in the order of deliveries and rows.

    Args:
        warehouse: The tables of a home.
        file: Only rows of the file with this name.
        rule: Only this rule, or every rule of a column (``channel``).
        row: Only this data record.
    """
    if any(warehouse.content_hash(name) is None for name in _READ):
        return []
    found = [
        Finding(
            Position(r["delivery_id"], r["row_number"]),
            r["file_name"],
            r["source"],
            f"{r['month']:%Y-%m}",
            r["rule_id"],
            r["column_name"],
            r["value"],
            r["reason"],
            r["remedy"],
        )
        for r in warehouse.read(_FINDINGS).to_pylist()
    ]
    return [
        f
        for f in found
        if (file is None or f.file_name == file)
        and (rule is None or f.rule_id == rule or f.rule_id.rpartition(".")[0] == rule)
        and (row is None or f.position.row == row)
    ]


def groups(found: Iterable[Finding]) -> list[Group]:
    """Findings per file and rule, most rows first within a file."""
    together: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    files: dict[str, int] = {}
    for finding in found:
        files.setdefault(finding.file_name, len(files))
        together[finding.file_name, finding.rule_id].append(finding)
    made = []
    for (file_name, rule_id), same in together.items():
        rows = sorted({f.position.row for f in same})
        first = same[0]
        made.append(
            Group(
                file_name,
                first.source,
                rule_id,
                len(rows),
                tuple(rows[:FIRST_POSITIONS]),
                first.reason,
                first.remedy,
            )
        )
    return sorted(made, key=lambda g: (files[g.file_name], -g.rows, g.rule_id))


def by_row(found: Iterable[Finding]) -> dict[Position, list[Finding]]:
    """Findings per row, in the same order."""
    rows: dict[Position, list[Finding]] = defaultdict(list)
    for finding in found:
        rows[finding.position].append(finding)
    return dict(rows)


def taken_deliveries(warehouse: Warehouse, raw_dir: Path) -> dict[str, Delivery]:
    """Taken deliveries by id, in order of delivery; also those whose file has left the inbox."""
    if warehouse.content_hash("raw.deliveries") is None:
        return {}
    table = warehouse.read("select * from raw.deliveries order by sequence")
    return {d.delivery_id: d for d in deliveries_of(table, raw_dir) if d.status == "taken"}


def raw_rows(delivery: Delivery, numbers: Iterable[int]) -> dict[int, dict[str, str]]:
    """Rows of a delivery as they came, by their number; rows that are no longer there are left out.

    A real null becomes an empty text: the row rules see no difference either.
    """
    wanted = pa.array(sorted(set(numbers)), pa.int64())
    try:
        table = pq.read_table(delivery.path, filters=[(ROW, "in", wanted.to_pylist())])
    except OSError as fault:
        problem = f"{delivery.file_name}: its raw rows cannot be read ({fault.strerror or 'damaged'})"
        raise RefusedRepairError([f"{problem}. Deliver the file again."]) from None
    rows = table.drop_columns([DELIVERY_ID]).to_pylist()
    return {r[ROW]: {name: text or "" for name, text in r.items() if name != ROW} for r in rows}
