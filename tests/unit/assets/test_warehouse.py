"""Tables are built by contract, only when something changed, and whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from assets.warehouse import LAYERS, TableContractError, Warehouse, sql_path, sql_text, upstreams
from expectations.model import Column, ColumnType, Survey, Table, TableColumn
from tests.tiny_survey import tiny_survey


def a_column(name: str, kind: ColumnType, unit: str | None = None) -> Column:
    return Column(name=name, type=kind, label=name, description=f"What {name} means.", unit=unit)


COLUMNS = {
    c.name: c for c in (a_column("code", "varchar"), a_column("n", "integer", "count"), a_column("note", "varchar"))
}


def a_table(
    name: str = "things", columns: Sequence[str] = ("code", "n", "note"), key: tuple[str, ...] = ("code",)
) -> Table:
    return Table(
        layer="marts",
        name=name,
        grain="One thing.",
        description="Things, to try the warehouse.",
        owner="data",
        key=key,
        columns=tuple(TableColumn(name=c, nullable=c == "note") for c in columns),
    )


@pytest.fixture
def survey() -> Survey:
    return tiny_survey().model_copy(update={"columns": COLUMNS})


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


GOOD = "select 1 as n, 'a' as code, null as note union all by name select 2 as n, 'b' as code, 'x' as note"


def test_a_table_is_built_by_name_with_types_and_comments(warehouse: Warehouse, survey: Survey) -> None:
    result = warehouse.build(a_table(), GOOD, survey)
    assert (result.rows, result.skipped) == (2, False)
    assert warehouse.read("select code, n, note from marts.things order by code").to_pylist() == [
        {"code": "a", "n": 1, "note": None},
        {"code": "b", "n": 2, "note": "x"},
    ]
    comments = warehouse.read(
        "select column_name, comment from duckdb_columns() where table_name = 'things' and column_name = 'n'"
    )
    assert comments.to_pylist() == [{"column_name": "n", "comment": "n. What n means. [count]"}]
    told = warehouse.read("select comment from duckdb_tables() where table_name = 'things'").to_pylist()
    assert told == [{"comment": "Things, to try the warehouse. Grain: One thing."}]


def test_nothing_is_done_again_when_nothing_changed(warehouse: Warehouse, survey: Survey) -> None:
    first = warehouse.build(a_table(), GOOD, survey)
    again = warehouse.build(a_table(), GOOD, survey)
    assert again.skipped
    assert (again.rows, again.content_hash) == (first.rows, first.content_hash)


def test_a_table_is_rebuilt_when_a_table_it_reads_changed_and_not_when_that_was_rebuilt_the_same(
    warehouse: Warehouse, survey: Survey
) -> None:
    copy = a_table("copies")
    read = "select code, n, note from marts.things"
    warehouse.build(a_table(), GOOD, survey)
    warehouse.build(copy, read, survey)
    # Other text, other order, the same rows.
    assert not warehouse.build(a_table(), f"select * from ({GOOD}) order by code desc", survey).skipped
    assert warehouse.build(copy, read, survey).skipped
    warehouse.build(a_table(), "select 7 as n, 'a' as code, null as note", survey)
    assert not warehouse.build(copy, read, survey).skipped


def test_a_change_of_the_contract_or_of_other_inputs_is_a_reason_too(warehouse: Warehouse, survey: Survey) -> None:
    warehouse.build(a_table(), GOOD, survey)
    assert not warehouse.build(a_table(), GOOD, survey, inputs="a file that changed").skipped
    renamed = survey.model_copy(update={"columns": COLUMNS | {"n": a_column("n", "bigint", "count")}})
    assert not warehouse.build(a_table(), GOOD, renamed, inputs="a file that changed").skipped


def test_a_frame_is_built_like_a_select(warehouse: Warehouse, survey: Survey) -> None:
    frame = pa.table({"n": pa.array([3], pa.int32()), "code": ["a"], "note": pa.nulls(1, pa.string())})
    assert warehouse.build_frame(a_table(), frame, survey, "v1").rows == 1
    assert warehouse.build_frame(a_table(), frame, survey, "v1").skipped
    assert warehouse.is_current(a_table(), survey, "v1")
    assert not warehouse.is_current(a_table(), survey, "v2")


def test_the_content_hash_does_not_depend_on_the_order_of_rows_but_on_every_value(
    warehouse: Warehouse, survey: Survey
) -> None:
    one = warehouse.build(a_table(), GOOD, survey).content_hash
    turned = warehouse.build(a_table(), f"select * from ({GOOD}) order by n desc", survey).content_hash
    other = warehouse.build(a_table(), GOOD.replace("'x'", "'y'"), survey).content_hash
    assert one == turned != other
    assert warehouse.content_hash("marts.things") == other
    assert warehouse.content_hash("marts.nothing") is None


@pytest.mark.parametrize(
    ("select", "column", "said"),
    [
        ("select 'Jan' as code, null as n, 'secret' as note", "n", "missing"),
        ("select 'Jan' as code, -5 as n, 'secret' as note", "n", "outside"),
        ("select 'Jan' as code, 'secret' as n, 'secret' as note", None, "type"),
        ("select unnest(['Jan', 'Jan']) as code, 1 as n, 'secret' as note", "code", "more than once"),
        ("select 'Jan' as code, 1 as n", None, "missing: ['note']"),
        ("select 'Jan' as code, 1 as n, 'secret' as note, 2 as extra", None, "['extra']"),
    ],
)
def test_a_broken_contract_names_table_and_column_but_no_value_and_leaves_the_table_as_it_was(
    warehouse: Warehouse, survey: Survey, select: str, column: str | None, said: str
) -> None:
    before = warehouse.build(a_table(), GOOD, survey)
    with pytest.raises(TableContractError) as caught:
        warehouse.build(a_table(), select, survey)
    assert (caught.value.table, caught.value.column) == ("marts.things", column)
    assert said in str(caught.value)
    assert "Jan" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert warehouse.read("select count(*) as n from marts.things").to_pylist() == [{"n": 2}]
    assert warehouse.content_hash("marts.things") == before.content_hash


def test_readers_cannot_write_and_nothing_is_fetched_from_outside(warehouse: Warehouse) -> None:
    with warehouse.connect(read_only=True) as connection:
        with pytest.raises(duckdb.Error):
            connection.execute("create table marts.x (a integer)")
        setting = connection.execute("select current_setting('autoinstall_known_extensions')").fetchone()
        assert setting == (False,)


def test_one_connection_may_serve_several_builds(warehouse: Warehouse, survey: Survey) -> None:
    with warehouse.kept_open():
        warehouse.build(a_table(), GOOD, survey)
        assert warehouse.build(a_table(), GOOD, survey).skipped


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("with a as (select 1 as x) select * from a inner join marts.b using (x)", {"marts.b"}),
        (
            "select * from raw.a where x in (select y from staging.c union all select z from raw.a)",
            {"raw.a", "staging.c"},
        ),
        ("from read_parquet(['x.parquet'])", set()),
    ],
)
def test_what_a_select_reads_is_taken_from_its_parse(sql: str, tables: set[str]) -> None:
    assert upstreams(sql) == tables


def test_sql_that_does_not_parse_is_said_to() -> None:
    with pytest.raises(ValueError, match="does not parse"):
        upstreams("select from where")


def test_every_sql_table_has_a_file_and_every_file_a_contract() -> None:
    tables = tiny_survey().tables
    built_by_sql = {key for key, table in tables.items() if table.built_by == "sql"}
    folder = sql_path("x", "x").parents[1]
    files = {f"{path.parent.name}.{path.stem}" for path in folder.glob("*/*.sql")}
    assert files == built_by_sql
    assert {key.split(".")[0] for key in tables} <= set(LAYERS)
    assert all(upstreams(sql_text(*key.split("."))) for key in built_by_sql)
