"""The warehouse: one DuckDB file per home, in which every table is built by contract and only when needed.

Belongs here: connections (with the keys of the home as variables), building a table from a SELECT or a frame with its
contract enforced, content hashes and fingerprints that let a run skip what did not change, finding SQL files and what
they read, leaving deleted rows behind for good.
Does not belong here: which tables exist (contract), SQL of tables (``sql/``, ``expectations.rules``), Dagster.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from assets.privacy.keys import Keys
from expectations.compile_cells import literal
from expectations.compile_cells import name as quoted
from expectations.ddl import comment_statements, create_table_sql, resolved_columns
from expectations.model import Survey, Table
from expectations.pseudonyms import PSEUDONYM, TOMBSTONE

LAYERS = ("raw", "reference", "staging", "marts", "publication")
BUILDS_DDL = """
create table if not exists meta.builds (
  table_key varchar primary key,
  fingerprint varchar not null,
  content_hash varchar not null,
  rows bigint not null
)
"""


class TableContractError(Exception):
    """A built table breaks its contract. Names table and column, never the values of a row.

    Attributes:
        table: ``layer.name``.
        column: Column or key columns, None where the table as a whole is wrong.
    """

    def __init__(self, table: str, column: str | None, message: str) -> None:
        super().__init__(f"{table}{f', column {column}' if column else ''}: {message}")
        self.table = table
        self.column = column


@dataclass(frozen=True)
class BuildResult:
    """What a build did."""

    rows: int
    seconds: float
    content_hash: str
    skipped: bool


class Warehouse:
    """The tables of one home.

    Args:
        home: The home.
        keys: Gives the keys of the home, or None before it has any. Asked for every connection: keys are replaced while
            a process lives. Without keys nothing that makes a pseudonym can be built.
    """

    def __init__(self, home: Path, keys: Callable[[], Keys | None] = lambda: None) -> None:
        self.path = home / "warehouse" / "warehouse.duckdb"
        self._keys = keys
        self._open: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the warehouse, closed at the end.

        Args:
            read_only: Refuse every change; the warehouse is made first if it does not exist yet.
        """
        if self._open is not None:
            # A cursor of its own: a result that was not read to its end blocks the connection it came from.
            with self._open.cursor() as cursor:
                _configure(cursor)
                self._unlock(cursor)
                yield cursor
            return
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _opened(self.path, read_only=False) as connection:
                _prepare(connection)
        with _opened(self.path, read_only=read_only) as connection:
            self._unlock(connection)
            yield connection

    def _unlock(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give a connection the keys of the home, where SQL can use them and nobody reads them."""
        keys = self._keys()
        if keys is None:
            return
        for names, key in ((PSEUDONYM, keys.pseudonym), (TOMBSTONE, keys.tombstone)):
            for variable, block in zip((names.inner, names.outer), key.blocks, strict=True):
                connection.execute(f"set variable {variable} = ?", [block])

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Do several builds over one connection: opening and closing the file costs more than a small table."""
        with self.connect() as connection:
            self._open = connection
            try:
                yield
            finally:
                self._open = None

    def build(self, table: Table, select_sql: str, survey: Survey, inputs: str = "") -> BuildResult:
        """Build a table from a SELECT, unless neither it nor anything it reads changed.

        Args:
            table: The table contract.
            select_sql: One SELECT whose columns carry the names of the contract, in any order.
            survey: The contract.
            inputs: Fingerprint of what the SELECT reads outside the warehouse, if its text does not tell.

        Returns:
            Rows, seconds, content hash and whether the work was skipped.

        Raises:
            TableContractError: The result breaks the contract; the table is left as it was.
        """
        with self.connect() as connection:
            recorded = _recorded_hashes(connection)
            read = {t: recorded.get(t, "") for t in sorted(upstreams(select_sql))}
            fingerprint = _fingerprint(survey, table, select_sql, inputs, json.dumps(read))
            return _build(connection, table, survey, fingerprint, lambda: select_sql)

    def build_frame(self, table: Table, frame: pa.Table, survey: Survey, upstream_fingerprint: str) -> BuildResult:
        """Build a table from a frame made in Python; as :meth:`build`.

        Args:
            table: The table contract.
            frame: Rows, with columns named as in the contract, in any order.
            survey: The contract.
            upstream_fingerprint: Identifies everything the frame was made from.
        """
        with self.connect() as connection:
            fingerprint = _fingerprint(survey, table, "frame", upstream_fingerprint)

            def select() -> str:
                connection.register("built_frame", frame)
                return "select * from built_frame"

            return _build(connection, table, survey, fingerprint, select)

    def is_current(self, table: Table, survey: Survey, upstream_fingerprint: str) -> bool:
        """Whether :meth:`build_frame` would skip: saves making the frame."""
        with self.connect() as connection:
            fingerprint = _fingerprint(survey, table, "frame", upstream_fingerprint)
            return _kept(connection, _key(table), fingerprint) is not None

    def compact(self) -> None:
        """Leave behind what was deleted: DuckDB keeps the bytes of deleted rows until their place is used again.

        The tables are copied to a fresh file that then takes the place of the old one. No connection may be open.
        """
        if self._open is not None or not self.path.exists():
            return
        fresh = self.path.with_name(f".{self.path.name}.fresh")
        fresh.unlink(missing_ok=True)
        with _opened(self.path, read_only=False) as connection:
            here = connection.execute("select current_database()").fetchone()
            connection.execute(f"attach {literal(str(fresh))} as fresh")
            connection.execute(f"copy from database {quoted(str(here[0] if here else ''))} to fresh")
            connection.execute("detach fresh")
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self.path.with_name(f"{self.path.name}.wal").unlink(missing_ok=True)
        shutil.rmtree(self.path.with_name(f"{self.path.name}.tmp"), ignore_errors=True)  # what did not fit in memory

    def read(self, select_sql: str) -> pa.Table:
        """Result of a query as an Arrow table."""
        with self.connect(read_only=True) as connection:
            return connection.sql(select_sql).to_arrow_table()

    def content_hash(self, table_name: str) -> str | None:
        """Hash of the rows of ``layer.table``, None if it was never built."""
        with self.connect(read_only=True) as connection:
            return _recorded_hashes(connection).get(table_name)


@cache
def upstreams(select_sql: str) -> frozenset[str]:
    """Tables a SELECT reads, as ``layer.table``; read from DuckDB's own parse of the statement."""
    with _opened(None, read_only=False) as connection:
        row = connection.execute("select json_serialize_sql(?)", [select_sql]).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error"):
        raise ValueError(f"SQL does not parse: {tree.get('error_message')}")
    return frozenset(_tables_in(tree))


def sql_path(layer: str, table: str) -> Path:
    """Where the SELECT of a table stands."""
    # Beside this package, in a checkout and in a wheel alike; ``import sql`` would also find ``tests/sql``.
    return Path(__file__).resolve().parents[1] / "sql" / layer / f"{table}.sql"


def sql_text(layer: str, table: str) -> str:
    """The SELECT of a table."""
    return sql_path(layer, table).read_text(encoding="utf-8")


@contextmanager
def _opened(path: Path | None, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    # Nothing may be fetched from outside: the built-in extensions are all there is.
    config: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    try:
        _configure(connection)
        yield connection
    finally:
        connection.close()


def _configure(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set preserve_insertion_order = true")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in (*LAYERS, "meta"):
        connection.execute(f"create schema if not exists {schema}")
    connection.execute(BUILDS_DDL)


def _key(table: Table) -> str:
    return f"{table.layer}.{table.name}"


def _fingerprint(survey: Survey, table: Table, *inputs: str) -> str:
    ddl = [create_table_sql(survey, table), *comment_statements(survey, table)]
    return hashlib.sha256(json.dumps([ddl, *inputs]).encode()).hexdigest()


def _recorded_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(connection.execute("select table_key, content_hash from meta.builds").fetchall())


def _kept(connection: duckdb.DuckDBPyConnection, key: str, fingerprint: str) -> tuple[str, int] | None:
    """Content hash and rows of a table that is there and was built with this fingerprint."""
    row = connection.execute(
        "select content_hash, rows from meta.builds where table_key = ? and fingerprint = ? and exists ("
        "select 1 from duckdb_tables() where schema_name || '.' || table_name = table_key)",
        [key, fingerprint],
    ).fetchone()
    return (str(row[0]), int(row[1])) if row else None


def _build(
    connection: duckdb.DuckDBPyConnection, table: Table, survey: Survey, fingerprint: str, select: Callable[[], str]
) -> BuildResult:
    started = time.perf_counter()
    key = _key(table)
    kept = _kept(connection, key, fingerprint)
    if kept is not None:
        return BuildResult(kept[1], time.perf_counter() - started, kept[0], skipped=True)
    fresh = f"{table.layer}.{quoted(f'{table.name}__fresh')}"
    connection.execute("begin")
    try:
        connection.execute(f"create schema if not exists {table.layer}")
        connection.execute(f"drop table if exists {fresh}")
        connection.execute(create_table_sql(survey, table, fresh, primary_key=False))
        _insert(connection, table, survey, fresh, select())
        _require_unique(connection, table, fresh)
        content_hash, rows = _hashed(connection, survey, table, fresh)
        connection.execute(f"drop table if exists {key}")
        connection.execute(f"alter table {fresh} rename to {quoted(table.name)}")
        for statement in comment_statements(survey, table):
            connection.execute(statement)
        connection.execute(
            "insert or replace into meta.builds values (?, ?, ?, ?)", [key, fingerprint, content_hash, rows]
        )
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return BuildResult(rows, time.perf_counter() - started, content_hash, skipped=False)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, survey: Survey, fresh: str, select_sql: str) -> None:
    """Insert by name. The names are compared first: a column that is not delivered would silently become NULL."""
    statement = select_sql.strip().rstrip(";")
    delivered = [str(row[0]) for row in connection.execute(f"describe {statement}").fetchall()]
    expected = [column.name for column in resolved_columns(survey, table)]
    if set(delivered) != set(expected):
        missing, extra = sorted(set(expected) - set(delivered)), sorted(set(delivered) - set(expected))
        raise TableContractError(_key(table), None, f"columns missing: {missing}, columns not in the contract: {extra}")
    try:
        connection.execute(f"insert into {fresh} by name {statement}")
    except (duckdb.ConstraintException, duckdb.ConversionException) as error:
        # The message of DuckDB may repeat a value of a row: only the column is taken from it.
        raise TableContractError(_key(table), _column_in(str(error), expected), _what_broke(str(error))) from None


def _column_in(message: str, columns: list[str]) -> str | None:
    """The column a constraint names: at the end of a NOT NULL message, first in the expression of a CHECK."""
    found = re.search(r'NOT NULL constraint failed: \S*__fresh"?\.(?:"(.+)"|(\w+))', message) or re.search(
        r'expression CHECK\(\(*(?:"(.+?)"|(\w+))', message
    )
    column = (found.group(1) or found.group(2)) if found else None
    return column if column in columns else None


def _what_broke(message: str) -> str:
    if "NOT NULL" in message:
        return "a value is missing where the contract wants one"
    if "CHECK" in message:
        return "a value lies outside what the contract allows"
    return "a value does not have the type of the contract"


def _require_unique(connection: duckdb.DuckDBPyConnection, table: Table, fresh: str) -> None:
    """The key is unique. One aggregate instead of a primary key: an index costs five times the insert."""
    if not table.key:
        return
    keys = ", ".join(quoted(c) for c in table.key)
    row = connection.execute(
        f"select count(*) from (select 1 from {fresh} group by {keys} having count(*) > 1)"
    ).fetchone()
    if row and row[0]:
        raise TableContractError(_key(table), ", ".join(table.key), f"{row[0]} key value(s) occur more than once")


def _hashed(connection: duckdb.DuckDBPyConnection, survey: Survey, table: Table, fresh: str) -> tuple[str, int]:
    """Hash of the content, whatever the order of the rows, and the number of rows."""
    columns = sorted(column.name for column in resolved_columns(survey, table))
    hashed = f"hash({', '.join(quoted(c) for c in columns)})"
    row = connection.execute(
        f"select count(*), coalesce(sum({hashed}), 0)::varchar, coalesce(bit_xor({hashed}), 0)::varchar from {fresh}"
    ).fetchone()
    if row is None:  # an aggregate always has one row; this tells the type checker
        raise RuntimeError("no aggregate")
    content = json.dumps([columns, *map(str, row)])
    return hashlib.sha256(content.encode()).hexdigest()[:16], int(row[0])


def _tables_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            yield f"{node['schema_name']}.{node['table_name']}"
        for child in node.values():
            yield from _tables_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from _tables_in(child)
