"""All assets and checks of a survey contract, put together.

Belongs here: which factory builds which table. Does not belong here: the factories themselves, jobs, settings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets import publication, publication_breaks, publication_error_rates, raw, reports, tables
from assets.checks import table_checks
from assets.privacy import archive
from expectations.model import Survey, Table

FACTORIES: Mapping[str, Callable[[Survey, Table], dg.AssetsDefinition]] = {
    "marts.respondents": tables.respondents_asset,
    publication_breaks.BREAKS: publication_breaks.breaks_asset,
    publication_error_rates.ERROR_RATES: publication_error_rates.error_rates_asset,
    **dict.fromkeys(archive.TABLES, tables.archived_asset),
    publication.FROZEN: tables.frozen_weights_asset,
    **dict.fromkeys(publication.BUILDERS, publication.publication_asset),
}
"""Who builds a table that is not one SELECT in a file."""


@dataclass(frozen=True)
class Built:
    """Assets and checks for ``dg.Definitions``."""

    assets: list[Any]
    checks: list[Any]


def build_assets(survey: Survey) -> Built:
    """Every table of the contract as an asset with its checks, and the report assets."""
    assets = [_table_asset(survey, table) for table in survey.tables.values()]
    checks = [check for table in survey.tables.values() for check in table_checks(table)]
    return Built(assets=[*assets, *reports.report_assets(survey)], checks=checks)


def _table_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    name = tables.name_of(table)
    if table.layer == "raw":
        return raw.deliveries_asset(survey, table)
    if table.layer == "reference":
        return tables.reference_asset(survey, table)
    if name in tables.COMPILED_FROM_RAW:
        return tables.checked_rows_asset(survey, table, raw.taken_shapes)
    return FACTORIES.get(name, tables.sql_asset)(survey, table)
