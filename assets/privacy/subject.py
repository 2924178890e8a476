"""Finding everything of one person: from one id to every row that is theirs.

Belongs here: following ids from answers to contacts to the person and back, and repairs to the rows they replace,
until nothing new is found.
Does not belong here: what happens to the rows (``erase``).

Ids go to the database as parameters and come back into memory only: they stand in no statement, message or file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from assets.privacy.raw_files import ID_FIELDS, ids_sql, raw_shapes
from expectations.model import Survey

MOST_ROWS = 200
"""No id of a person is in more rows: one that is, is a filler ("0", "unknown") that many persons share."""


class AmbiguousIdError(Exception):
    """An id is the contact id of one person and the response id of another."""

    def __init__(self, kinds: list[str]) -> None:
        self.kinds = kinds
        super().__init__(", ".join(kinds))


class SharedIdError(Exception):
    """An id stands in more rows than one person has."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__(str(rows))


@dataclass(frozen=True)
class Subject:
    """One person in the raw files.

    Attributes:
        ids: Kind and id, with the number of rows that carry it.
        rows: Raw file -> numbers of the person's rows in it.
    """

    ids: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)
    rows: dict[Path, frozenset[int]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Rows over all files."""
        return sum(len(numbers) for numbers in self.rows.values())

    def count(self, kind: str) -> int:
        """How many different ids of a kind the person has."""
        return sum(of == kind for of, _ in self.ids)


def find_subject(survey: Survey, raw_dir: Path, identifier: str, kind: str | None = None) -> Subject | None:
    """Every row of the person to whom an id belongs; None when no row has it.

    Args:
        survey: The contract.
        raw_dir: Folder of the raw files.
        identifier: A contact id, person id or response id, as plain text.
        kind: Which of the three it is; None: find out.

    Raises:
        AmbiguousIdError: It is more than one of the three, of different persons.
        SharedIdError: It stands in more rows than one person has.
    """
    select = ids_sql(survey, raw_shapes(survey, raw_dir))
    with duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    ) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute("create table sought (kind varchar, id varchar)")
        connection.execute("create table places (place varchar)")
        found: dict[str, Subject] = {}
        for of in [kind] if kind else ID_FIELDS:
            subject = _follow(connection, select, of, identifier)
            if subject.rows:
                found[of] = subject
    persons = list(found.values())
    if any(person.rows != persons[0].rows for person in persons):
        raise AmbiguousIdError(list(found))
    return persons[0] if persons else None


def _follow(connection: duckdb.DuckDBPyConnection, select: str, kind: str, identifier: str) -> Subject:
    known, fillers = {(kind, identifier)}, set[tuple[str, str]]()
    # A row that was repaired goes with the row that repairs it. Its own ids may be the mistake: they lead nowhere.
    places: set[str] = set()
    repaired = {place for (place,) in connection.execute(f"select distinct repairs from ({select})").fetchall()}
    is_sought = " or ".join(f"{of} in (select id from sought where kind = '{of}')" for of in ID_FIELDS)
    while True:
        _fill(connection, "sought", [list(pair) for pair in sorted(known)])
        _fill(connection, "places", [[place] for place in sorted(places)])
        counts = connection.execute(
            f"select s.kind, s.id, count(*) from sought as s inner join (unpivot ({select}) on {', '.join(ID_FIELDS)} "
            "into name kind value id) as r on s.kind = r.kind and s.id = r.id group by all"
        ).fetchall()
        shared = {(str(of), str(value)): int(rows) for of, value, rows in counts if rows > MOST_ROWS}
        if (kind, identifier) in shared:
            raise SharedIdError(shared[kind, identifier])
        if shared:  # it leads to other persons: it is not followed, and gets no tombstone
            fillers |= shared.keys()
            known -= fillers
            continue
        rows = connection.execute(
            f"select path, row_number, place, repairs, {', '.join(ID_FIELDS)} from ({select}) "
            f"where {is_sought} or place in (from places)"
        ).fetchall()
        carried = Counter(
            (of, value)
            for row in rows
            if row[2] not in repaired
            for of, value in zip(ID_FIELDS, row[4:], strict=True)
            if value is not None
        )
        fresh = carried.keys() - known - fillers
        linked = {str(row[3]) for row in rows if row[3] is not None} - places
        if not fresh and not linked:
            break
        known |= fresh
        places |= linked
    by_file: dict[Path, set[int]] = {}
    for path, number, *_ in rows:
        by_file.setdefault(Path(path), set()).add(int(number))
    ids = {pair: count for pair, count in carried.items() if pair in known}
    return Subject(ids, {path: frozenset(numbers) for path, numbers in by_file.items()})


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[list[str]]) -> None:
    connection.execute(f"delete from {table}")
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({marks})", rows)
