"""A table contract as DDL: types, NOT NULL, CHECK, primary key and comments.

Belongs here: what a table's columns are once the items of the survey are filled in, and the statements that make it.
Does not belong here: running statements (``assets.warehouse``), row rules (``rules``), expectations (``suites``).
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.compile_cells import literal, name
from expectations.compile_respondents import scale_range, statistics_columns
from expectations.model import ColumnType, Item, Survey, Table

# What a unit means for the values of a column; a unit that is not here says nothing about them.
UNIT_CHECKS = {"count": "{column} >= 0", "proportion": "{column} between 0 and 1"}


@dataclass(frozen=True)
class ResolvedColumn:
    """A column of one table, with everything the contract says about it."""

    name: str
    type: ColumnType
    label: str
    description: str
    unit: str | None
    personal: bool
    nullable: bool
    check: str | None


def resolved_columns(survey: Survey, table: Table) -> tuple[ResolvedColumn, ...]:
    """Columns of a table in order: its own, then one or more per item where the contract says so.

    Key columns are never null, whatever the table says.
    """
    resolved = []
    for use in table.columns:
        column = survey.columns[use.name]
        unit_check = UNIT_CHECKS.get(column.unit or "")
        resolved.append(
            ResolvedColumn(
                column.name,
                column.type,
                column.label,
                column.description,
                column.unit,
                column.personal,
                use.nullable and use.name not in table.key,
                unit_check.format(column=name(column.name)) if unit_check else None,
            )
        )
    if table.items_as == "answers":
        resolved += [_answer_column(survey, item) for item in survey.items]
    if table.items_as == "statistics":
        resolved += _statistics_columns(survey)
    return tuple(resolved)


def create_table_sql(survey: Survey, table: Table, table_name: str | None = None, *, primary_key: bool = True) -> str:
    """CREATE TABLE of a contract table.

    Args:
        survey: The contract.
        table: The table.
        table_name: Another name, ``layer.name``, for a table under construction.
        primary_key: Leave out to let the caller check the key with one query: an index costs five times the insert.

    Returns:
        One statement.
    """
    lines = []
    for column in resolved_columns(survey, table):
        parts = [name(column.name), column.type]
        parts += [] if column.nullable else ["not null"]
        parts += [f"check ({column.check})"] if column.check else []
        lines.append(" ".join(parts))
    if primary_key and table.key:
        lines.append(f"primary key ({', '.join(name(c) for c in table.key)})")
    body = ",\n  ".join(lines)
    return f"create table {table_name or f'{table.layer}.{table.name}'} (\n  {body}\n)"


def comment_statements(survey: Survey, table: Table, table_name: str | None = None) -> list[str]:
    """COMMENT statements: grain and description on the table, label, meaning and unit on the columns."""
    target = table_name or f"{table.layer}.{table.name}"
    statements = [f"comment on table {target} is {literal(f'{table.description} Grain: {table.grain}')}"]
    for column in resolved_columns(survey, table):
        unit = f" [{column.unit}]" if column.unit else ""
        text = f"{column.label}. {column.description}{unit}"
        statements.append(f"comment on column {target}.{name(column.name)} is {literal(text)}")
    return statements


def _answer_column(survey: Survey, item: Item) -> ResolvedColumn:
    scale = survey.scale_of(item)
    numeric, multiple = scale.kind in {"ordinal", "mark"}, scale.kind == "multiple"
    check = None
    if numeric:
        low, high = scale_range(scale)
        check = f"{name(item.id)} between {low} and {high}"
    elif scale.kind in {"nominal", "multiple"}:
        codes = ", ".join(literal(p.code) for p in scale.points if p.code is not None)
        allowed = f"<@ [{codes}]" if multiple else f"in ({codes})"
        check = f"{name(item.id)} {allowed}" if codes else None
    return ResolvedColumn(
        item.id,
        "tinyint" if numeric else "varchar[]" if multiple else "varchar",
        item.label,
        item.wording,
        None,
        scale.kind == "open",  # people write about themselves and others
        True,
        check,
    )


def _statistics_columns(survey: Survey) -> list[ResolvedColumn]:
    labels = {item.id: item.label for item in survey.items} | {d.id: d.label for d in survey.derived_items}
    return [
        ResolvedColumn(
            column.column_name,
            "tinyint",
            labels[column.item],
            f"Measure {column.measure} of item {column.item}, per respondent.",
            None,
            False,
            True,
            f"{name(column.column_name)} between {column.scale_min} and {column.scale_max}",
        )
        for column in statistics_columns(survey)
    ]
