"""What Dagster shows of a table: key, group, owner, column schema, counts; all from the contract.

Belongs here: arguments of ``@dg.asset`` and metadata of a materialisation. Does not belong here: building tables.
"""

from collections.abc import Callable, Iterable
from typing import Any

import dagster as dg
import pyarrow as pa

from assets.safe_errors import held_back
from assets.warehouse import BuildResult, Warehouse
from expectations.ddl import resolved_columns
from expectations.model import Survey, Table

Materialized = dg.MaterializeResult[Any]
PREVIEW_LAYERS = {"reference", "publication"}
"""Only tables without respondents are previewed: a row about one person is personal even without a name."""
PREVIEW_ROWS = 5
POOL = "duckdb"


def asset_key(table: Table) -> dg.AssetKey:
    """Layer and name, like the DuckDB schema and table."""
    return dg.AssetKey([table.layer, table.name])


def key_of(dotted: str) -> dg.AssetKey:
    """``layer.table`` as an asset key."""
    return dg.AssetKey(dotted.split("."))


def table_asset(
    survey: Survey, table: Table, reads: Iterable[str] = (), **arguments: Any
) -> Callable[[Callable[..., Materialized]], dg.AssetsDefinition]:
    """Decorator of a table's asset: ``@dg.asset`` with all that follows from the table contract.

    Args:
        survey: the contract.
        table: the table.
        reads: tables it reads, as ``layer.table``.
        **arguments: of ``@dg.asset`` on top (partitions).
    """
    decorate: Callable[[Callable[..., Materialized]], dg.AssetsDefinition] = dg.asset(
        key=asset_key(table),
        deps=[key_of(name) for name in sorted(reads)],
        group_name=table.layer,
        owners=[f"team:{table.owner}"],
        description=f"{table.description}\n\nGrain: {table.grain}",
        kinds={"duckdb", "sql"} if table.built_by == "sql" else {"duckdb", "python"},
        metadata={"dagster/column_schema": column_schema(survey, table), "key": ", ".join(table.key)},
        pool=POOL,
        **arguments,
    )
    return lambda step: decorate(held_back(step))


def column_schema(survey: Survey, table: Table) -> dg.TableSchema:
    """Columns with type, meaning and constraints, for the catalogue of the UI."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=f"{column.label}. {column.description}" + (f" [{column.unit}]" if column.unit else ""),
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
                tags={"personal": ""} if column.personal else {},
            )
            for column in resolved_columns(survey, table)
        ]
    )


def materialized(warehouse: Warehouse, survey: Survey, table: Table, result: BuildResult) -> Materialized:
    """Result of a materialisation: counts, content version, and a preview where no person stands behind a row."""
    metadata: dict[str, Any] = {
        "dagster/row_count": result.rows,
        "unchanged": result.skipped,
        "content": result.content_hash,
    }
    if table.layer in PREVIEW_LAYERS:
        metadata["preview"] = dg.MetadataValue.md(preview(warehouse, survey, table))
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(str(result.content_hash)))


def preview(warehouse: Warehouse, survey: Survey, table: Table) -> str:
    """The first rows by key as a Markdown table, without personal columns."""
    columns = [c.name for c in resolved_columns(survey, table) if not c.personal]
    listed = ", ".join(f'"{c}"' for c in columns)
    order = ", ".join(f'"{c}"' for c in table.key)
    rows: pa.Table = warehouse.read(
        f"select {listed} from {table.layer}.{table.name} order by {order} limit {PREVIEW_ROWS}"
    )
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row[c]) for c in columns) + " |" for row in rows.to_pylist()]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
