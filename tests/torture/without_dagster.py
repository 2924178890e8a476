"""The real assets of a home, called one after the other as the plain functions they decorate.

Belongs here: building tables exactly as the jobs do, without what the jobs cost: runs, events, checks. Hundreds of
deliveries go through the whole of intake and staging in the time of a few runs.
Does not belong here: what is asserted about the tables.
"""

from __future__ import annotations

from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg

from assets.house import build_assets
from assets.resources import House, contract_at

LAYERS = ("raw", "reference", "staging", "marts", "publication")


@cache
def _tables(survey: Path) -> list[tuple[dg.AssetKey, Any]]:
    """Every table of a survey with what builds it, upstream first."""
    built = {a.key: a for a in build_assets(contract_at(survey)).assets if isinstance(a, dg.AssetsDefinition)}
    tables = {key: asset for key, asset in built.items() if key.path[0] in LAYERS}
    order = TopologicalSorter({key: set(a.asset_deps[key]) & set(tables) for key, a in tables.items()}).static_order()
    return [(key, tables[key]) for key in order]


def build(house: House, *layers: str) -> None:
    """Build every table of these layers, from what lies in the inbox of the home."""
    with house.warehouse.kept_open():
        for key, asset in _tables(Path(house.survey)):
            if key.path[0] not in layers:
                continue
            function = asset.op.compute_fn.decorated_fn
            if asset.partitions_def is None:
                function(house=house)
            else:
                function(SimpleNamespace(partition_keys=asset.partitions_def.get_partition_keys()), house=house)
