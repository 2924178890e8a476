"""What must hold in columns.yaml and the table contracts: every rule is broken once, and its line is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_breaks import SURVEY, copy_contract, line_of, refusal

from expectations.load import load_survey

COLUMNS = """columns:
  area_code: {type: varchar, label: Gebied, description: Code van het gebied}
  n: {type: bigint, label: Aantal, description: Aantal antwoorden}
"""
TABLE = """grain: one row per area
description: Counts
owner: analysts
key: [area_code]
columns:
  - {name: area_code, nullable: false}
  - n
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {column: n, min_value: 0}
    severity: contract
    reason: a count is never negative
"""


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("  - n\n", "  - m\n", "- m", "column 'm' is not in columns.yaml"),
        ("  - n\n", "  - area_code\n", "LAST - area_code", "column 'area_code' was already used"),
        ("key: [area_code]", "key: [code]", "key: [code]", "key column 'code' is not a column"),
        (", nullable: false", "", "key: [", "key column 'area_code' may not be empty"),
        ("grain: one", "name: other\ngrain: one", "name: other", "name 'other' differs from the name of this file"),
        ("grain: one", "layer: raw\ngrain: one", "layer: raw", "layer 'raw' differs from the folder"),
        ("column: n,", "column: m,", "column: m", "column 'm' is not a column of this table"),
        ("type: expect_column", "type: column", "type: column", "is not the name of an expectation"),
        ("severity: contract", "severity: fatal", "severity: fatal", "severity"),
        ("owner: analysts\n", "", "grain", "owner: this must be filled in"),
    ],
)
def test_a_wrong_table_contract_is_refused_with_file_and_line(
    tmp_path: Path, old: str, new: str, at: str, message: str
) -> None:
    house = copy_contract(tmp_path)
    folder = house / "tables" / "marts"
    folder.mkdir(parents=True)
    (house / "columns.yaml").write_text(COLUMNS, encoding="utf-8")
    (folder / "example.yaml").write_text(TABLE, encoding="utf-8")
    survey = load_survey(house / SURVEY, house)
    assert [column.name for column in survey.tables["marts.example"].columns] == ["area_code", "n"]

    broken = TABLE.replace(old, new, 1)
    (folder / "example.yaml").write_text(broken, encoding="utf-8")

    problems = refusal(house).problems
    assert ("example.yaml", line_of(broken, at)) in [
        (Path(p.file).name, p.line) for p in problems if message in p.message
    ], "\n".join(map(str, problems))


def test_a_wrong_column_is_refused_with_file_and_line(tmp_path: Path) -> None:
    house = copy_contract(tmp_path)
    (house / "columns.yaml").write_text(COLUMNS.replace("bigint", "number"), encoding="utf-8")
    problem = refusal(house).problems[0]
    assert (Path(problem.file).name, problem.line) == ("columns.yaml", 3)
