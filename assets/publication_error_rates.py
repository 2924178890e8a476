"""``publication.error_rates``: how often this survey's figures and sentences are wrong, as it was simulated.

Belongs here: which results a home shows, and the asset that reads them. Does not belong here: simulating
(``assets.simulation``, ``politiemonitor simulate``), pages.
"""

from pathlib import Path

import dagster as dg
import pyarrow as pa

from assets.code_version import code_version
from assets.progress import announce
from assets.resources import House
from assets.simulation.rates import FILE_NAME, SCHEMA, read_rates
from assets.specs import Materialized, materialized, table_asset
from assets.tables import name_of
from expectations.model import Survey, Table

ERROR_RATES = "publication.error_rates"


def rates_file(home: Path, survey: Survey) -> Path | None:
    """Results of the newest simulation in the home, else those that come with the contract; None without any."""
    places = (home / "simulation" / FILE_NAME, survey.root / FILE_NAME)
    return next((path for path in places if path.is_file()), None)


def error_rates_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """The results as a table; empty where nothing was ever simulated."""

    @table_asset(survey, table)
    def build(house: House) -> Materialized:
        announce(name_of(table))
        contract, warehouse = house.contract, house.warehouse
        path = rates_file(house.root, contract)
        try:
            rates = read_rates(path) if path else SCHEMA.empty_table()
        except (ValueError, pa.ArrowInvalid) as damaged:
            raise dg.Failure(description=f"{path}: {damaged}", allow_retries=False) from None
        version = code_version(rates.to_pylist())
        result = warehouse.build_frame(table, rates, contract, version)
        return materialized(warehouse, contract, table, result)

    return build
