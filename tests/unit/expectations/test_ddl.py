"""A table contract as DDL."""

from __future__ import annotations

import duckdb
import pytest

from assets.warehouse import sql_text
from expectations.ddl import comment_statements, create_table_sql, resolved_columns
from expectations.model import Survey
from expectations.rules import contact_rows_sql, respondents_sql, response_rows_sql
from tests.tiny_survey import AS_OF, tiny_survey


def empty_house(survey: Survey) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for layer in {table.layer for table in survey.tables.values()}:
        connection.execute(f"create schema {layer}")
    for table in survey.tables.values():
        connection.execute(create_table_sql(survey, table))
        for statement in comment_statements(survey, table):
            connection.execute(statement)
    return connection


def test_every_table_of_the_contract_can_be_made_and_described() -> None:
    survey = tiny_survey()
    with empty_house(survey) as connection:
        undescribed = connection.execute(
            "select table_name, column_name from duckdb_columns() where comment is null and not internal"
        )
        assert undescribed.fetchall() == []


def test_every_select_fits_the_table_it_builds() -> None:
    survey = tiny_survey()
    compiled = {
        "staging.contact_rows": contact_rows_sql(survey, [], AS_OF),
        "staging.response_rows": response_rows_sql(survey, [], AS_OF),
        "marts.respondents": respondents_sql(survey),
    }
    with empty_house(survey) as connection:
        for key, table in survey.tables.items():
            if table.built_by != "sql" and key not in compiled:
                continue
            sql = compiled.get(key) or sql_text(table.layer, table.name)
            delivered = {
                name: kind for name, kind, *_ in connection.execute(f"describe {sql.rstrip().rstrip(';')}").fetchall()
            }
            assert set(delivered) == {column.name for column in resolved_columns(survey, table)}, key
            connection.execute(f"insert into {key} by name {sql}")


def test_answers_are_checked_against_their_scale() -> None:
    survey = tiny_survey()
    columns = {c.name: c for c in resolved_columns(survey, survey.tables["staging.responses"])}
    assert (columns["satisfaction"].type, columns["satisfaction"].check) == (
        "tinyint",
        '"satisfaction" between 1 and 5',
    )
    assert columns["mark"].check == '"mark" between 1 and 10'
    assert columns["heard"].check == "\"heard\" in ('yes', 'no')"
    assert (columns["comment"].type, columns["comment"].check, columns["comment"].personal) == ("varchar", None, True)


def test_statistics_columns_are_numbers_between_the_ends_of_their_measure() -> None:
    survey = tiny_survey()
    columns = {c.name: c for c in resolved_columns(survey, survey.tables["marts.respondents"])}
    assert columns["y_heard__share.yes"].check == '"y_heard__share.yes" between 0 and 1'
    assert columns["y_mark__mean"].check == '"y_mark__mean" between 1 and 10'


def test_key_columns_are_never_null_and_counts_never_negative() -> None:
    survey = tiny_survey()
    for table in survey.tables.values():
        columns = {c.name: c for c in resolved_columns(survey, table)}
        assert all(not columns[name].nullable for name in table.key)
        assert all(c.check for c in columns.values() if c.unit == "count")


def test_the_key_becomes_the_primary_key_unless_the_caller_checks_it_another_way() -> None:
    survey = tiny_survey()
    table = survey.tables["reference.spellings"]
    assert 'primary key ("field", "spelling_key")' in create_table_sql(survey, table)
    assert "primary key" not in create_table_sql(survey, table, "reference.other", primary_key=False)
    assert create_table_sql(survey, table, "reference.other").startswith("create table reference.other (")


@pytest.mark.parametrize("table", ["staging.contacts", "staging.responses", "staging.quarantine"])
def test_what_comes_from_one_person_is_marked_personal(table: str) -> None:
    survey = tiny_survey()
    personal = {c.name for c in resolved_columns(survey, survey.tables[table]) if c.personal}
    assert personal & {"contact_id", "person_id", "response_id", "comment", "value"}


def test_no_published_table_has_a_personal_column() -> None:
    survey = tiny_survey()
    for key, table in survey.tables.items():
        if table.layer in {"publication", "reference"}:
            assert not [c.name for c in resolved_columns(survey, table) if c.personal], key
