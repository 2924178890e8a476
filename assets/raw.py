"""The raw layer as an asset: the inbox, month by month, into ``raw.deliveries`` and raw files.

Belongs here: which months a run takes and what it keeps of the months it leaves alone.
Does not belong here: reading files (``intake``, ``importers``), rules on rows.
"""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from assets.importers.raw_file import raw_facts
from assets.intake import Delivery, deliveries_of, deliveries_table, in_order, known_by_id, take_inbox
from assets.partitions import delivery_months
from assets.privacy.tombstones import count_tombstones, read_tombstones
from assets.progress import announce
from assets.resources import House
from assets.specs import Materialized, materialized, table_asset
from assets.warehouse import BuildResult
from expectations.model import Survey, Table
from expectations.shapes import DeliveryShape

DELIVERIES = "raw.deliveries"


def deliveries_asset(survey: Survey, table: Table) -> dg.AssetsDefinition:
    """``raw.deliveries``: one row per file of the inbox, partitioned by the month a delivery is about."""

    @table_asset(
        survey,
        table,
        partitions_def=delivery_months(survey),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def deliveries(context: dg.AssetExecutionContext, house: House) -> Materialized:
        whole = len(context.partition_keys) == len(delivery_months(survey).get_partition_keys())
        months = None if whole else {dt.date.fromisoformat(key) for key in context.partition_keys}
        found = take(house, months)
        result = record(house, found)
        counted = materialized(house.warehouse, house.contract, table, result)
        return counted._replace(metadata={**(counted.metadata or {}), **_counts(found)})

    return deliveries


def record(house: House, found: list[Delivery]) -> BuildResult:
    """Write ``raw.deliveries``, unless it says this already."""
    facts = [
        (d.sequence, d.delivery_id, d.status, d.reason, d.rows_read, d.shape_json, d.content_marker) for d in found
    ]
    table = house.contract.tables[DELIVERIES]
    return house.warehouse.build_frame(table, deliveries_table(found), house.contract, json.dumps(facts))


def take(house: House, months: set[dt.date] | None) -> list[Delivery]:
    """Take the given months (None: the whole inbox) and keep what is known of the others."""
    known = known_deliveries(house)
    done = 0

    def progress(delivery: Delivery) -> None:
        nonlocal done
        done += 1
        announce(f"reading {delivery.file_name}", done, 0)

    tombstones = read_tombstones(house.root, house.key_ring.tombstone) if count_tombstones(house.root) else None
    taken = take_inbox(
        house.contract,
        house.inbox,
        house.raw,
        known_by_id(known),
        months,
        tombstones=tombstones,
        progress=progress,
    )
    if months is None:
        return taken
    left_alone = [d for d in known if d.month not in months]
    return in_order([*taken, *left_alone])


def known_deliveries(house: House) -> list[Delivery]:
    """Deliveries of earlier runs."""
    if house.warehouse.content_hash(DELIVERIES) is None:
        return []
    return deliveries_of(house.warehouse.read(f"select * from {DELIVERIES} order by sequence"), house.raw)


def record_again(house: House) -> BuildResult:
    """Write ``raw.deliveries`` after raw files were edited: no file of the inbox is looked at."""
    return record(house, [_as_on_disk(delivery) for delivery in known_deliveries(house)])


def _as_on_disk(delivery: Delivery) -> Delivery:
    facts = raw_facts(Path(delivery.path)) if delivery.status == "taken" else None
    return replace(delivery, content_marker=facts.get("content")) if facts else delivery


def taken_shapes(house: House) -> list[DeliveryShape]:
    """What the rule compiler needs to know of every taken delivery, in order of delivery."""
    return [d.shape() for d in known_deliveries(house) if d.status == "taken"]


def _counts(found: list[Delivery]) -> dict[str, Any]:
    by_status = {status: sum(d.status == status for d in found) for status in ("taken", "refused", "repeat")}
    refused = [{"file": d.file_name, "reason": d.reason} for d in found if d.status == "refused"]
    return {
        **by_status,
        "rows_read": sum(d.rows_read or 0 for d in found),
        "refused_files": dg.MetadataValue.json(refused),
    }
