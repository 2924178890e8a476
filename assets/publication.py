"""The publication layer as assets: statistics on cells, with small numbers left out before anything is written.

Belongs here: which frames each published table is made from, and when it need not be made again.
Does not belong here: the statistics (``statistics``, ``publication_tables``), SQL, pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg
import pyarrow as pa

from assets.code_version import code_version
from assets.figure_axes import Axes
from assets.progress import announce
from assets.publication_breaks import BREAKS
from assets.publication_comparisons import comparisons
from assets.publication_peers import peers
from assets.publication_profile import delivery_profile
from assets.publication_quality import delivery_marks, fieldwork, held_back_rows
from assets.publication_tables import coverage, estimates, response
from assets.resources import House
from assets.specs import Materialized, materialized, table_asset
from assets.tables import content_versions, name_of
from expectations.model import Survey, Table

CELLS = "marts.window_cells"
COUNTS = "marts.response_counts"
ESTIMATES = "publication.estimates"
DELIVERIES = "publication.deliveries"
DELIVERY_COUNTS = "marts.delivery_counts"
FIELDWORK = "marts.fieldwork_windows"
QUARANTINE = "staging.quarantine"
MARK_TEXTS = ("reference.exclusions", "reference.rules")
AXES = ("reference.areas", "reference.periods", "reference.measures")
Frames = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Builder:
    """What a published table reads, and the pure function that makes it."""

    reads: tuple[str, ...]
    make: Callable[[Survey, Frames], pa.Table]


def _axes(survey: Survey, frames: Frames) -> Axes:
    return Axes(survey, *(frames[name] for name in AXES))


BUILDERS: Mapping[str, Builder] = {
    ESTIMATES: Builder((*AXES, CELLS, BREAKS), lambda survey, f: estimates(_axes(survey, f), f[CELLS], f[BREAKS])),
    "publication.comparisons": Builder(
        (*AXES, CELLS, ESTIMATES, BREAKS),
        lambda survey, f: comparisons(_axes(survey, f), f[ESTIMATES], f[CELLS], f[BREAKS]),
    ),
    "publication.peers": Builder(
        (*AXES, COUNTS, ESTIMATES), lambda survey, f: peers(_axes(survey, f), f[ESTIMATES], f[COUNTS])
    ),
    "publication.response": Builder((COUNTS,), lambda survey, f: response(survey, f[COUNTS])),
    "publication.delivery_profile": Builder(
        (DELIVERIES, DELIVERY_COUNTS), lambda survey, f: delivery_profile(survey, f[DELIVERIES], f[DELIVERY_COUNTS])
    ),
    "publication.delivery_marks": Builder(
        (DELIVERIES, DELIVERY_COUNTS, *MARK_TEXTS),
        lambda survey, f: delivery_marks(survey, f[DELIVERIES], f[DELIVERY_COUNTS], *(f[name] for name in MARK_TEXTS)),
    ),
    "publication.quarantine": Builder((QUARANTINE,), lambda survey, f: held_back_rows(survey, f[QUARANTINE])),
    "publication.fieldwork": Builder((FIELDWORK,), lambda survey, f: fieldwork(survey, f[FIELDWORK])),
    "publication.coverage": Builder((COUNTS, ESTIMATES), lambda survey, f: coverage(survey, f[ESTIMATES], f[COUNTS])),
}
CODE = (
    "assets.statistics",
    "assets.figure_axes",
    "assets.method_breaks",
    "expectations.lineage",
    "assets.publication_tables",
    "assets.publication_comparisons",
    "assets.publication_peers",
    "assets.publication_profile",
    "assets.publication_quality",
    "assets.small_counts",
)


def publication_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """A published table made by statistics in Python."""
    builder = BUILDERS[name_of(table)]

    @table_asset(survey, table, builder.reads)
    def build(house: House) -> Materialized:
        announce(name_of(table))
        contract, warehouse = house.contract, house.warehouse
        version = code_version(contract.fingerprint, *content_versions(warehouse, *builder.reads), modules=CODE)
        frame = pa.table({})
        if not warehouse.is_current(table, contract, version):
            frames = {name: warehouse.read(f"select * from {name}") for name in builder.reads}
            frame = builder.make(contract, frames)
        result = warehouse.build_frame(table, frame, contract, version)
        return materialized(warehouse, contract, table, result)

    return build
