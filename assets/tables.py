"""Assets for every table that SQL, the contract or a reference frame builds: one factory each.

Belongs here: wiring a table contract to the warehouse. Does not belong here: SQL text, statistics, pages.
"""

import datetime as dt
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from assets.code_version import code_version
from assets.frozen_weights import READS as FROZEN_READS
from assets.frozen_weights import frozen_version, frozen_weights_sql
from assets.privacy.archive import READS as ARCHIVE_READS
from assets.privacy.archive import archive_sql, archive_version, archived_through
from assets.progress import announce
from assets.reference_tables import reference_tables
from assets.resources import House, contract_at
from assets.specs import Materialized, materialized, table_asset
from assets.warehouse import Warehouse, sql_text, upstreams
from expectations.model import Survey, Table
from expectations.rules import DeliveryShape, contact_rows_sql, respondents_sql, response_rows_sql


def _contact_rows(house: House, shapes: list[DeliveryShape]) -> str:
    archived = archived_through(house.root)
    return contact_rows_sql(house.contract, shapes, house.day, keyed=True, archived_through=archived)


def _response_rows(house: House, shapes: list[DeliveryShape]) -> str:
    return response_rows_sql(house.contract, shapes, house.day, keyed=True)


COMPILED_FROM_RAW = {"staging.contact_rows": _contact_rows, "staging.response_rows": _response_rows}
READ_BY_THE_RULES = ("raw.deliveries", "reference.area_lookup", "reference.spellings")


def name_of(table: Table) -> str:
    """``layer.table``."""
    return f"{table.layer}.{table.name}"


def sql_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """A table that is one SELECT in ``sql/<layer>/<table>.sql``."""
    sql = sql_text(table.layer, table.name)

    @table_asset(survey, table, upstreams(sql))
    def build(house: House) -> Materialized:
        announce(name_of(table))
        result = house.warehouse.build(table, sql, house.contract)
        return materialized(house.warehouse, house.contract, table, result)

    return build


def respondents_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """``marts.respondents``: its columns follow from the items, so its SELECT is compiled from the contract."""
    sql = respondents_sql(survey)

    @table_asset(survey, table, upstreams(sql))
    def build(house: House) -> Materialized:
        announce(name_of(table))
        result = house.warehouse.build(table, respondents_sql(house.contract), house.contract)
        return materialized(house.warehouse, house.contract, table, result)

    return build


def checked_rows_asset(survey: Survey, table: Table, shapes: Callable[[House], list[Any]]) -> dg.AssetsDefinition:
    """The row rules over every delivery: typed, mapped, with the faults of each row."""
    compile_sql = COMPILED_FROM_RAW[name_of(table)]

    @table_asset(survey, table, READ_BY_THE_RULES)
    def build(house: House) -> Materialized:
        announce(name_of(table))
        delivered = shapes(house)
        sql = compile_sql(house, delivered)
        # Neither the key nor the rows of a raw file stand in the SQL: what was erased or rotated is told beside it.
        inputs = json.dumps([house.key_ring.pseudonym.id, [shape.content for shape in delivered]])
        result = house.warehouse.build(table, sql, house.contract, inputs)
        return materialized(house.warehouse, house.contract, table, result)

    return build


def archived_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """A table read back from the archive: empty until retention fills it."""

    @table_asset(survey, table, ARCHIVE_READS)
    def build(house: House) -> Materialized:
        announce(name_of(table))
        sql = archive_sql(house.contract, table, house.root)
        result = house.warehouse.build(table, sql, house.contract, archive_version(house.root))
        return materialized(house.warehouse, house.contract, table, result)

    return build


def frozen_weights_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """Weights of released quarters, read back from the home: empty until the first release."""

    @table_asset(survey, table, FROZEN_READS)
    def build(house: House) -> Materialized:
        announce(name_of(table))
        sql = frozen_weights_sql(house.contract, table, house.root)
        result = house.warehouse.build(table, sql, house.contract, frozen_version(house.root))
        return materialized(house.warehouse, house.contract, table, result)

    return build


@functools.lru_cache(maxsize=4)
def _reference(survey_root: str, as_of: str, fingerprint: str) -> dict[str, pa.Table]:
    return reference_tables(contract_at(Path(survey_root)), dt.date.fromisoformat(as_of))


def reference_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """A table that is the contract itself."""

    @table_asset(survey, table)
    def build(house: House) -> Materialized:
        announce(name_of(table))
        frame = _reference(house.survey, house.as_of, house.contract.fingerprint)[table.name]
        version = code_version(house.contract.fingerprint, house.as_of, modules=("assets.reference_tables",))
        result = house.warehouse.build_frame(table, frame, house.contract, version)
        return materialized(house.warehouse, house.contract, table, result)

    return build


def content_versions(warehouse: Warehouse, *names: str) -> list[str]:
    """Content versions of upstream tables, for the fingerprint of what Python builds from them."""
    return [str(warehouse.content_hash(name)) for name in names]
