"""Checks of big tables: a short frame first, and what is reported is what all rows would have said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.checks import TableRows
from assets.warehouse import Warehouse
from expectations import brief_frames, suites
from expectations.model import Expectation, Table, TableColumn

ROWS = 400
GOOD = """
    select 'c' || i as id, 'p' || i // 2 as person, i % 7 as nr, if(i % 5 = 0, null, 'web') as channel,
        if(i % 3 = 0, 'yes', 'no') as gate, if(i % 3 = 0, 1 + i % 4, null) as mark, ['a', 'b'][: 1 + i % 2] as ticks,
        if(i % 50 = 0, 'nowhere', 'here') as area, date '2024-01-01' + (i % 9)::integer as day
    from range(400) as n(i)
"""
EXPECTED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "person"]}),
    ("expect_column_values_to_not_be_null", {"column": "area"}),
    ("expect_column_values_to_be_in_set", {"column": "channel", "value_set": ["web", "desk"]}),
    ("expect_column_values_to_be_between", {"column": "nr", "min_value": 0, "max_value": 6}),
    ("expect_column_values_to_be_between", {"column": "mark", "min_value": 1, "max_value": 4}),
    ("expect_column_value_lengths_to_be_between", {"column": "area", "min_value": 4}),
    ("expect_column_values_to_match_regex", {"column": "ticks", "regex": r"^\['[ab]'(?:,?\s+'[ab]')*\]$"}),
    (
        "expect_column_pair_values_to_be_in_set",
        {
            "column_A": "gate",
            "column_B": "mark",
            "value_pairs_set": [["yes", m] for m in (1, 2, 3, 4)],
            "ignore_row_if": "either_value_is_missing",
        },
    ),
    ("expect_column_values_to_not_be_in_set", {"column": "area", "value_set": ["nowhere"], "mostly": 0.9}),
    ("expect_column_values_to_not_be_null", {"column": "channel", "mostly": 0.5}),
    (
        "expect_column_values_to_be_null",
        {"column": "mark", "row_condition": 'gate == "no"', "condition_parser": "pandas"},
    ),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
)
FAULTS = {
    "nothing": "",
    "a repeated id": "update staging.t set id = 'c1', person = 'p0' where id = 'c9'",
    "no area": "update staging.t set area = null where id in ('c3', 'c301')",
    "an unknown channel": "update staging.t set channel = 'fax' where nr = 3",
    "a number too high": "update staging.t set nr = 7 where id = 'c8'",
    "a mark off its scale": "update staging.t set mark = 5 where id = 'c12'",
    "an option that is none": "update staging.t set ticks = ['z'] where id = 'c77'",
    "an answer that was not asked for": "update staging.t set mark = 2 where id = 'c1'",
    "most areas unknown": "update staging.t set area = 'nowhere' where nr < 4",
    "most channels missing": "update staging.t set channel = null where nr < 4",
    "no mark at all": "update staging.t set mark = null",
}


def contract(*expected: tuple[str, dict[str, Any]]) -> Table:
    expectations = tuple(
        Expectation.model_validate({"type": kind, "kwargs": kwargs, "severity": "contract", "reason": "because"})
        for kind, kwargs in expected
    )
    return Table(
        layer="staging", name="t", grain="one row", description="d", owner="o", key=("id",),
        columns=(TableColumn(name="id"),), expectations=expectations,
    )  # fmt: skip


def table_with(tmp_path: Path, *statements: str) -> TableRows:
    warehouse = Warehouse(tmp_path)
    with warehouse.connect() as connection:
        connection.execute(f"create table staging.t as {GOOD}")
        for statement in filter(None, statements):
            connection.execute(statement)
    return TableRows(warehouse, "staging.t")


@pytest.mark.parametrize("fault", FAULTS)
def test_short_frames_change_nothing_in_what_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    rows, table = table_with(tmp_path, FAULTS[fault]), contract(*EXPECTED)
    judged = suites.validate(table, "contract", rows.whole(suites.columns_of(table.expectations)))
    monkeypatch.setattr(suites, "MANY_ROWS", 10)
    monkeypatch.setattr(suites, "CELLS_AT_A_TIME", ROWS * 3)  # what needs all rows is read in parts
    assert suites.validate_rows(table, "contract", rows) == judged
    assert judged.passed == (fault in {"nothing", "no mark at all"})


@pytest.mark.parametrize("fault", ["nothing", next(f for f in FAULTS if f != "nothing")])
def test_judging_the_suites_of_a_short_table_in_one_go_changes_nothing(tmp_path: Path, fault: str) -> None:
    rows, table = table_with(tmp_path, FAULTS[fault]), contract(*EXPECTED)
    mixed = tuple(
        e.model_copy(update={"severity": suites.SEVERITIES[at % 2]}) for at, e in enumerate(table.expectations)
    )
    table = table.model_copy(update={"expectations": mixed})
    apart = tuple(suites.validate_rows(table, severity, rows) for severity in suites.SEVERITIES)
    assert suites.validate_together(table, rows) == apart


def test_a_big_table_in_good_order_is_never_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table_with(tmp_path)
    monkeypatch.setattr(suites, "MANY_ROWS", 10)
    monkeypatch.setattr(rows, "whole", lambda columns: pytest.fail(f"read whole: {columns}"))
    outcome = suites.validate_rows(contract(*EXPECTED[:9]), "contract", rows)
    assert outcome.passed
    assert {o.evaluated for o in outcome.outcomes} == {ROWS}


def test_a_column_of_mostly_different_values_is_no_short_frame(tmp_path: Path) -> None:
    rows = table_with(tmp_path)
    assert rows.different(["person"], ROWS // brief_frames.SHORTER_BY) is None
    few = rows.different(["nr"], ROWS // brief_frames.SHORTER_BY)
    assert few is not None
    assert sorted(few["nr"]) == list(range(7))


def test_columns_with_two_roles_stand_in_two_frames() -> None:
    numbered = dict(enumerate(contract(*EXPECTED).expectations))
    columns = {i: suites.columns_of([e]) for i, e in numbered.items()}
    groups = brief_frames.groups_of(numbered, columns)
    assert [set(group) for group in groups] == [
        {("area",), ("channel",), ("nr",), ("mark",), ("ticks",)},
        {("gate", "mark")},
    ]


def test_repeated_rows_come_twice_and_nothing_else_does(tmp_path: Path) -> None:
    rows = table_with(tmp_path, "update staging.t set id = 'c1' where id in ('c9', 'c10')")
    assert list(rows.repeated(["id"])["id"]) == ["c1", "c1"]
    assert len(rows.repeated(["id", "person"])) == 0
