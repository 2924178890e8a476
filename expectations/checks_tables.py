"""What must hold in the table contracts: columns that exist, keys inside the table, files named after what they hold.

Belongs here: checks over ``columns.yaml`` and ``tables/``. Does not belong here: data, Great Expectations (``suites``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expectations.checks import repeated
from expectations.model import Survey, Table
from expectations.positions import Document, Location, Problem


def check_tables(survey: Survey, columns: Document, tables: Mapping[str, Document]) -> list[Problem]:
    """Problems of the table contracts.

    Args:
        survey: The typed contract, tables and columns included.
        columns: ``columns.yaml``.
        tables: The table documents by "layer.name", after their path.

    Returns:
        All problems found.
    """
    places = [(("columns", name), name) for name in survey.columns]
    problems = list(repeated(columns, "column", places))
    for key, document in tables.items():
        problems.extend(_table(survey, key, survey.tables[key], document))
    return problems


def _table(survey: Survey, key: str, table: Table, document: Document) -> Iterator[Problem]:
    layer, name = key.split(".", 1)
    if table.layer != layer:
        yield document.problem(("layer",), f"layer '{table.layer}' differs from the folder this file is in ('{layer}')")
    if table.name != name:
        yield document.problem(("name",), f"name '{table.name}' differs from the name of this file ('{name}')")
    own = [column.name for column in table.columns]
    yield from repeated(document, "column", [(("columns", i), column) for i, column in enumerate(own)])
    for i, column in enumerate(own):
        if column not in survey.columns:
            yield document.problem(("columns", i), f"column '{column}' is not in columns.yaml")
    for i, column in enumerate(table.key):
        if column not in own:
            yield document.problem(("key", i), f"key column '{column}' is not a column of this table")
    nullable = {column.name for column in table.columns if column.nullable}
    for i, column in enumerate(table.key):
        if column in nullable:
            yield document.problem(("key", i), f"key column '{column}' may not be empty: say nullable: false")
    for i, expectation in enumerate(table.expectations):
        at: Location = ("expectations", i)
        if not expectation.type.startswith("expect_"):
            yield document.problem((*at, "type"), f"'{expectation.type}' is not the name of an expectation")
        used = expectation.kwargs.get("column")
        # Columns of items have names the contract makes up, so they can't be checked here.
        if isinstance(used, str) and used not in own and table.items_as is None:
            yield document.problem((*at, "kwargs", "column"), f"column '{used}' is not a column of this table")
