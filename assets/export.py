"""Tables of a release: every publication table and code list as Parquet and CSV, described in ``datapackage.json``.

Belongs here: writing ``tables/`` so that two runs on the same inputs give the same bytes, and so that a spreadsheet
never runs what stands in a cell. Does not belong here: which numbers may be shown (decided before ``publication``).
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.warehouse import Warehouse
from expectations.ddl import resolved_columns
from expectations.model import Survey, Table

CODE_LISTS = ("areas", "items", "measures", "channels", "channel_classes", "target_groups", "periods")
"""Reference tables that explain the codes in the published tables."""
PLACE = ("level", "area_code", "item", "measure", "window", "period_start", "target_group", "channel")
"""Columns by which a reader looks a figure up."""
CSV_DECIMALS = 6
"""In CSV: more than any reader can use, and half the size. Parquet holds what was computed."""
FRICTIONLESS_TYPES = {
    "varchar": "string",
    "date": "date",
    "integer": "integer",
    "bigint": "integer",
    "tinyint": "integer",
    "double": "number",
    "boolean": "boolean",
}


HELD_BACK = ("file_name", "row_number", "column_name", "rule_id", "reason", "remedy", "spelling")
"""Columns of the download beside the quality page."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Exported:
    """One table of a release."""

    name: str
    rows: int
    columns: tuple[str, ...]


def exported_tables(survey: Survey) -> list[Table]:
    """What goes into ``tables/``, in a fixed order."""
    published = [t for t in survey.tables.values() if t.layer == "publication"]
    lists = [survey.tables[f"reference.{name}"] for name in CODE_LISTS if f"reference.{name}" in survey.tables]
    return sorted(published, key=lambda t: t.name) + lists


def export_tables(warehouse: Warehouse, survey: Survey, release_id: str, folder: Path) -> list[Exported]:
    """Write every table twice and the data package beside them.

    Args:
        warehouse: a home's tables.
        survey: contract of the columns.
        release_id: first column of every published table.
        folder: the release's ``tables`` folder; made when absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exported: list[Exported] = []
    with warehouse.connect(read_only=True) as connection:
        for table in exported_tables(survey):
            columns = resolved_columns(survey, table)
            order = ", ".join(f'"{c}"' for c in reading_order(table))
            plain = ", ".join(_plain(c.name, c.type) for c in columns)
            safe = ", ".join(_spreadsheet_safe(c.name, c.type) for c in columns)
            first = f"'{release_id}' as release_id, " if table.layer == "publication" else ""
            source = f"from {table.layer}.{table.name} order by {order}"
            stem = (folder / table.name).as_posix().replace("'", "''")
            connection.execute(
                f"copy (select {first}{plain} {source}) to '{stem}.parquet' (format parquet, codec zstd)"
            )
            connection.execute(f"copy (select {first}{safe} {source}) to '{stem}.csv' (format csv, header true)")
            counted = connection.execute(f"select count(*) from {table.layer}.{table.name}").fetchone()
            names = (("release_id",) if first else ()) + tuple(c.name for c in columns)
            exported.append(Exported(table.name, int(counted[0]) if counted else 0, names))
    package = data_package(survey, release_id, exported)
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return exported


def export_held_back(warehouse: Warehouse, survey: Survey, path: Path) -> None:
    """Write the rows that are held back for people with a spreadsheet: Dutch headers, semicolons, a byte order mark.

    Args:
        warehouse: a home's tables.
        survey: contract of the columns.
        path: the file to write.
    """
    table = survey.tables["publication.quarantine"]
    columns = {column.name: column for column in resolved_columns(survey, table)}
    safe = ", ".join(_spreadsheet_safe(name, columns[name].type) for name in HELD_BACK)
    titled = ", ".join(f'"{name}" as "{columns[name].label}"' for name in HELD_BACK)
    order = ", ".join(f'"{name}"' for name in table.key)
    rows = f"select {safe}, row_number() over (order by {order}) as place from publication.quarantine"
    unmarked = path.with_suffix(".unmarked")
    with warehouse.connect(read_only=True) as connection:
        target = unmarked.as_posix().replace("'", "''")
        connection.execute(
            f"copy (select {titled} from ({rows}) order by place) to '{target}' "
            "(format csv, header true, delimiter ';')"
        )
    with unmarked.open("rb") as plain, path.open("wb") as marked:
        marked.write(BYTE_ORDER_MARK)
        shutil.copyfileobj(plain, marked)
    unmarked.unlink()


def reading_order(table: Table) -> tuple[str, ...]:
    """How rows stand: by place and period as far as the table has them, then by key."""
    names = {column.name for column in table.columns}
    place = tuple(name for name in PLACE if name in names)
    return place + tuple(name for name in table.key if name not in place)


def _plain(name: str, kind: str) -> str:
    return f'array_to_string("{name}", \'; \') as "{name}"' if kind.endswith("[]") else f'"{name}"'


def _spreadsheet_safe(name: str, kind: str) -> str:
    """Text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers, to six decimals."""
    if kind == "double":
        return f'round("{name}", {CSV_DECIMALS}) as "{name}"'
    if kind != "varchar":
        return _plain(name, kind)
    runs = f"regexp_matches(\"{name}\", '^[=+\\-@\\t\\r]')"
    return f'case when {runs} then chr(39) || "{name}" else "{name}" end as "{name}"'


def data_package(survey: Survey, release_id: str, exported: list[Exported]) -> dict[str, Any]:
    """Frictionless description of the tables: every column with type, meaning and unit."""
    tables = {t.name: t for t in exported_tables(survey)}
    return {
        "profile": "tabular-data-package",
        "name": survey.code.replace("_", "-"),
        "id": release_id,
        "title": survey.name,
        "version": survey.version,
        "contributors": [{"title": survey.publisher, "role": "publisher"}],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": entry.name.replace("_", "-"),
                "path": f"{entry.name}.csv",
                "description": f"{tables[entry.name].description} Grain: {tables[entry.name].grain}",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "rows": entry.rows,
                "schema": {
                    "fields": [_field(survey, name) for name in entry.columns],
                    "primaryKey": list(tables[entry.name].key),
                    "missingValues": [""],
                },
            }
            for entry in exported
        ],
    }


def _field(survey: Survey, name: str) -> dict[str, Any]:
    column = survey.columns.get(name)
    if column is None:
        return {"name": name, "type": "string", "title": "Uitgave", "description": "Identifier of the release."}
    field: dict[str, Any] = {
        "name": name,
        "type": FRICTIONLESS_TYPES.get(column.type, "string"),
        "title": column.label,
        "description": column.description,
    }
    if column.unit:
        field["unit"] = column.unit
    return field
