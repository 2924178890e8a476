"""The publication layer as assets: statistics on cells, with small numbers left out before anything is written.

Belongs here: which frames each published table is made from, and when it need not be made again.
Does not belong here: the statistics (``statistics``, ``publication_tables``), SQL, pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg
import pyarrow as pa

from assets.adjusted import adjusted
from assets.calibrated_variance import Reference, calibrated_variance
from assets.code_version import code_version
from assets.figure_axes import Axes
from assets.progress import announce
from assets.publication_adjusted import adjusted_table
from assets.publication_breaks import BREAKS
from assets.publication_comparisons import comparisons
from assets.publication_detectable import detectable
from assets.publication_drivers import drivers
from assets.publication_group_gaps import group_gaps
from assets.publication_peers import peers
from assets.publication_priorities import priorities
from assets.publication_profile import delivery_profile
from assets.publication_quality import delivery_marks, fieldwork, held_back_rows
from assets.publication_rungs import rungs
from assets.publication_signals import signals
from assets.publication_tables import coverage, estimates, response
from assets.publication_uniformity import uniformity_between_areas
from assets.publication_verdicts import verdicts
from assets.publication_weighting import Register, weighting
from assets.resources import House
from assets.specs import Materialized, materialized, table_asset
from assets.tables import content_versions, name_of
from assets.weights import weights
from expectations.model import Survey, Table

CELLS = "marts.window_cells"
COUNTS = "marts.response_counts"
ESTIMATES = "publication.estimates"
COMPARISONS = "publication.comparisons"
SIGNALS = "publication.signals"
DELIVERIES = "publication.deliveries"
DELIVERY_COUNTS = "marts.delivery_counts"
FIELDWORK = "marts.fieldwork_windows"
FROZEN = "marts.frozen_weights"
LEAF_COUNTS = "marts.leaf_counts"
PERIODS = "reference.periods"
ROLLUP = "reference.area_rollup"
WEIGHTS = "marts.weights"
WEIGHTING_EFFECT = "marts.weighting_effect"
ADJUSTED = "marts.adjusted"
ESTIMATES_READS = (CELLS, BREAKS, ADJUSTED, COUNTS)
ADJUSTED_READS = ("marts.respondents", WEIGHTS, "marts.archived_adjusted", "marts.archived_counts")
VARIANCE_READS = (
    "marts.respondents",
    WEIGHTS,
    "marts.strata",
    ROLLUP,
    "reference.frame",
    "marts.archived_variance",
    "marts.archived_counts",
)
DRIVERS = "publication.drivers"
RESPONDENTS = "marts.respondents"
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


def _calibrated_variance(survey: Survey, frames: Frames) -> pa.Table:
    respondents, weights_, strata, rollup, frame, archived, counts = (frames[name] for name in VARIANCE_READS)
    return calibrated_variance(survey, respondents, weights_, strata, Reference(rollup, frame), archived, counts)


BUILDERS: Mapping[str, Builder] = {
    WEIGHTS: Builder(
        (LEAF_COUNTS, ROLLUP, FROZEN), lambda survey, f: weights(survey, f[LEAF_COUNTS], f[ROLLUP], f[FROZEN])
    ),
    "marts.calibrated_variance": Builder(VARIANCE_READS, _calibrated_variance),
    ADJUSTED: Builder(
        (*AXES, *ADJUSTED_READS),
        lambda survey, f: adjusted(_axes(survey, f), *(f[name] for name in ADJUSTED_READS)),
    ),
    ESTIMATES: Builder(
        (*AXES, *ESTIMATES_READS),
        lambda survey, f: estimates(_axes(survey, f), *(f[name] for name in ESTIMATES_READS)),
    ),
    "publication.adjusted": Builder(
        (*AXES, ESTIMATES, CELLS, ADJUSTED),
        lambda survey, f: adjusted_table(_axes(survey, f), f[ESTIMATES], f[CELLS], f[ADJUSTED]),
    ),
    "publication.rungs": Builder((*AXES, ESTIMATES), lambda survey, f: rungs(_axes(survey, f), f[ESTIMATES])),
    "publication.comparisons": Builder(
        (*AXES, CELLS, ESTIMATES, BREAKS, ADJUSTED),
        lambda survey, f: comparisons(_axes(survey, f), f[ESTIMATES], f[CELLS], f[BREAKS], f[ADJUSTED]),
    ),
    "publication.verdicts": Builder(
        (*AXES, ESTIMATES, COMPARISONS, SIGNALS, DRIVERS),
        lambda survey, f: verdicts(_axes(survey, f), f[ESTIMATES], f[COMPARISONS], f[SIGNALS], f[DRIVERS]),
    ),
    "publication.detectable": Builder((*AXES, ESTIMATES), lambda survey, f: detectable(_axes(survey, f), f[ESTIMATES])),
    "publication.signals": Builder(
        (*AXES, CELLS, ESTIMATES, BREAKS),
        lambda survey, f: signals(_axes(survey, f), f[ESTIMATES], f[CELLS], f[BREAKS]),
    ),
    "publication.peers": Builder(
        (*AXES, COUNTS, ESTIMATES), lambda survey, f: peers(_axes(survey, f), f[ESTIMATES], f[COUNTS])
    ),
    "publication.uniformity": Builder(
        (*AXES, ESTIMATES, CELLS, ADJUSTED),
        lambda survey, f: uniformity_between_areas(_axes(survey, f), f[ESTIMATES], f[CELLS], f[ADJUSTED]),
    ),
    "publication.group_gaps": Builder(
        (*AXES, ESTIMATES, RESPONDENTS, WEIGHTS),
        lambda survey, f: group_gaps(_axes(survey, f), f[ESTIMATES], f[RESPONDENTS], f[WEIGHTS]),
    ),
    DRIVERS: Builder(
        (*AXES, ESTIMATES, RESPONDENTS, WEIGHTS),
        lambda survey, f: drivers(_axes(survey, f), f[ESTIMATES], f[RESPONDENTS], f[WEIGHTS]),
    ),
    "publication.priorities": Builder(
        (*AXES, ESTIMATES, DRIVERS), lambda survey, f: priorities(_axes(survey, f), f[ESTIMATES], f[DRIVERS])
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
    "publication.weighting": Builder(
        (WEIGHTS, WEIGHTING_EFFECT, LEAF_COUNTS, ROLLUP, PERIODS),
        lambda survey, f: weighting(
            survey, f[WEIGHTS], f[WEIGHTING_EFFECT], f[LEAF_COUNTS], Register(f[ROLLUP], f[PERIODS])
        ),
    ),
    "publication.coverage": Builder((COUNTS, ESTIMATES), lambda survey, f: coverage(survey, f[ESTIMATES], f[COUNTS])),
}
CODE = (
    "assets.statistics",
    "assets.adjusted",
    "assets.weighted_respondents",
    "assets.figure_axes",
    "assets.method_breaks",
    "expectations.lineage",
    "expectations.verdicts",
    "assets.publication_tables",
    "assets.publication_comparisons",
    "assets.publication_adjusted",
    "assets.publication_adjusted_figures",
    "assets.publication_rungs",
    "assets.publication_small_areas",
    "assets.publication_atoms",
    "assets.publication_detectable",
    "assets.publication_signals",
    "assets.publication_figures",
    "assets.publication_subjects",
    "assets.publication_year_earlier",
    "assets.publication_peers",
    "assets.publication_drivers",
    "assets.publication_group_gaps",
    "assets.publication_priorities",
    "assets.publication_uniformity",
    "assets.publication_profile",
    "assets.publication_quality",
    "assets.publication_verdicts",
    "assets.small_counts",
    "assets.weighting_cells",
    "assets.weights",
    "assets.publication_weighting",
    "assets.calibrated_variance",
    "expectations.compile_respondents",
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
