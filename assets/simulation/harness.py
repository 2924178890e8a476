"""The real tables over a drawn police: in memory, in the order that follows from what each of them reads.

Belongs here: which table is made how (a SELECT in a file, compiled from the contract, a builder in Python), the order,
and running it with the types of the table contracts enforced.
Does not belong here: what a table is, drawing, measuring.

Nothing of the order is written down: it is read from the SQL and from what the builders say they read, as the
orchestrator does. What is given (the staging tables) is not made; what nobody can make here (deliveries, archives,
declared changes of the method) is empty, which is what it is for a police without files.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

import duckdb
import pyarrow as pa

from assets.publication import BUILDERS
from assets.reference_tables import reference_tables
from assets.warehouse import LAYERS, sql_path, sql_text, upstreams
from expectations.compile_cells import name as quoted
from expectations.ddl import create_table_sql, resolved_columns
from expectations.model import Survey
from expectations.rules import respondents_sql

COMPILED = {"marts.respondents": respondents_sql}


def reads(survey: Survey, table: str) -> frozenset[str]:
    """What a table is made from; nothing where it can't be made here."""
    if table in COMPILED:
        return upstreams(COMPILED[table](survey))
    if table in BUILDERS:
        return frozenset(BUILDERS[table].reads)
    return upstreams(sql_text(*table.split("."))) if _has_select(survey, table) else frozenset()


def order(survey: Survey, wanted: Iterable[str], given: Iterable[str], there: Iterable[str] = ()) -> list[str]:
    """The tables to make, each after what it reads.

    Args:
        survey: The contract.
        wanted: Tables to end with.
        given: Tables whose rows are given: what they are made from elsewhere does not matter.
        there: Tables that were made before.

    Raises:
        ValueError: A table reads itself, directly or not.
    """
    given, there = set(given), set(there)
    found: dict[str, bool] = {}  # False while what it reads is being looked for

    def visit(table: str) -> None:
        if table in there or found.get(table):
            return
        if table in found:
            raise ValueError(f"{table} is made from itself")
        found[table] = False
        for read in () if table in given else sorted(reads(survey, table)):
            visit(read)
        found[table] = True
        listed.append(table)

    listed: list[str] = []
    for table in sorted(wanted):
        visit(table)
    return listed


class Harness:
    """The tables of one drawn police, in memory; closed at the end of the block.

    Attributes:
        seconds: What every table took.
    """

    def __init__(self, survey: Survey, as_of: dt.date, given: Mapping[str, pa.Table]) -> None:
        self.survey = survey
        self.seconds: dict[str, float] = {}
        reference = {f"reference.{name}": frame for name, frame in reference_tables(survey, as_of).items()}
        self._frames = {**reference, **given}
        self._there: set[str] = set()
        self._connection = duckdb.connect(
            ":memory:",
            config={"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False},
        )
        self._connection.execute("set TimeZone = 'UTC'")
        for layer in LAYERS:
            self._connection.execute(f"create schema {layer}")

    def __enter__(self) -> Harness:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def build(self, wanted: Iterable[str]) -> None:
        """Make these tables and everything they are made from; those the contract does not have are passed over."""
        known = [table for table in wanted if table in self.survey.tables]
        for table in order(self.survey, known, self._frames, self._there):
            with self._timed(table):
                self._make(table)

    def read(self, select_sql: str) -> pa.Table:
        """Result of a query over the tables that were made."""
        return self._connection.sql(select_sql).to_arrow_table()

    def register(self, name: str, frame: pa.Table) -> None:
        """Let queries read a frame by a name."""
        self._connection.register(name, frame)

    def execute(self, statement: str) -> None:
        """Run a statement that gives no rows."""
        self._connection.execute(statement)

    def has(self, table: str) -> bool:
        """Whether a table was made."""
        return table in self._there

    def _make(self, table: str) -> None:
        contract = self.survey.tables[table]
        self._connection.execute(create_table_sql(self.survey, contract, primary_key=False))
        if table in self._frames:
            self._insert(table, self._frames[table])
        elif table in COMPILED:
            self._insert(table, COMPILED[table](self.survey))
        elif table in BUILDERS:
            builder = BUILDERS[table]
            made = builder.make(self.survey, {name: self.read(f"select * from {name}") for name in builder.reads})
            self._insert(table, made)
        elif _has_select(self.survey, table):
            self._insert(table, sql_text(contract.layer, contract.name))
        self._there.add(table)

    def _insert(self, table: str, rows: str | pa.Table) -> None:
        """Insert by name; a column too many or too few would silently be left out or empty."""
        if isinstance(rows, pa.Table):
            self._connection.register("made_rows", rows)
            select, names = "select * from made_rows", rows.column_names
        else:
            select = rows
            names = [str(row[0]) for row in self._connection.execute(f"describe {select}").fetchall()]
        expected = [column.name for column in resolved_columns(self.survey, self.survey.tables[table])]
        if set(names) != set(expected):
            raise ValueError(
                f"{table}: columns {sorted(set(names) ^ set(expected))} are not in both table and contract"
            )
        self._connection.execute(f"insert into {_quoted(table)} by name {select}")

    @contextmanager
    def _timed(self, table: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[table] = time.perf_counter() - started


def _quoted(table: str) -> str:
    return ".".join(quoted(part) for part in table.split("."))


def _has_select(survey: Survey, table: str) -> bool:
    contract = survey.tables[table]
    return contract.layer not in {"raw", "staging"} and sql_path(contract.layer, contract.name).exists()
