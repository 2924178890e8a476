"""Weights of released quarters, kept in the home so that a published figure does not move with every late answer.

Belongs here: writing what a release was made with, the SELECT that reads it back for the areas of today.
Does not belong here: when a kept weight is used (``weights``), releasing (``reports``), adding up (``sql/marts``).

One Parquet file, replaced in one step. It holds what ``marts.weights`` held: counts and weights per cell of the contact
register, no row about one person. Quarters that the marts no longer know leave it at the next release.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.warehouse import Warehouse
from assets.weights import rules_version
from expectations.compile_cells import literal, name
from expectations.ddl import resolved_columns
from expectations.model import Survey, Table

FILE = Path("warehouse/frozen_weights.parquet")
READS = ("reference.area_lookup",)
_KEY = ("quarter", "area_code", "channel", "target_group", "age_band")
_KEPT = ("contacts", "responses", "base_weight", "weight", "margin_set")
_RELEASED = """
select {columns} from marts.weights
where exists (
    select 1 from reference.periods as p where p."window" = 'quarter' and p.closed and p.period_start = weights.quarter
)
order by all
"""


def frozen_version(home: Path) -> str:
    """Names what is kept, for fingerprints; empty before the first release."""
    path = home / FILE
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


def frozen_weights_sql(survey: Survey, table: Table, home: Path) -> str:
    """SELECT of ``marts.frozen_weights``, without rows before the first release.

    An area that was merged later counts for its successor: contacts and responses add up, a weight becomes the mean
    over the responses (over the contacts where there are none), so the sum of the weights stays what it was.
    """
    if not (home / FILE).exists():
        columns = [column.name for column in resolved_columns(survey, table)]
        return f"select {', '.join(f'cast(null as varchar) as {name(c)}' for c in columns)} where false"
    mean = (
        "case when count(*) = 1 then min(kept.{0}) when sum(kept.responses) > 0 "
        "then sum(kept.{0} * kept.responses) / sum(kept.responses) "
        "else sum(kept.{0} * kept.contacts) / sum(kept.contacts) end"
    )
    return f"""
with today as (select distinct recorded_code, area_code from reference.area_lookup where recorded_code is not null)
select
  kept.quarter, coalesce(today.area_code, kept.area_code) as area_code, kept.channel, kept.target_group, kept.age_band,
  cast(sum(kept.contacts) as bigint) as contacts, cast(sum(kept.responses) as bigint) as responses,
  {mean.format("base_weight")} as base_weight, cast(round({mean.format("weight")}) as bigint) as weight,
  max(kept.margin_set) as margin_set, max(kept.weighting_rules) as weighting_rules
from read_parquet({literal(str(home / FILE))}) as kept left join today on kept.area_code = today.recorded_code
group by kept.quarter, coalesce(today.area_code, kept.area_code), kept.channel, kept.target_group, kept.age_band
"""


def freeze(home: Path, warehouse: Warehouse, survey: Survey) -> None:
    """Keep the weights of every closed quarter of the tables that were just released.

    A quarter that still has the weights of an earlier release keeps the counts of that release beside them: it is
    weighted anew when the counts moved too far from those, however slowly. Cells it did not have yet are added.

    Args:
        home: The home.
        warehouse: With the tables of the release.
        survey: The contract of the release.
    """
    if survey.weighting is None:
        return
    columns = ", ".join((*_KEY, *_KEPT))
    released = warehouse.read(_RELEASED.format(columns=columns))
    released = released.append_column(
        "weighting_rules", pa.array([rules_version(survey)] * released.num_rows, pa.string())
    )
    path = home / FILE
    before = warehouse.read("select * from marts.frozen_weights")
    kept = _still_kept(before.select(released.column_names), released)
    fresh = _without(released, kept)
    table = pa.concat_tables([kept.cast(released.schema), fresh]).sort_by([(column, "ascending") for column in _KEY])
    temporary = path.with_name(f".{path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, temporary, compression="zstd")
    if path.exists() and temporary.read_bytes() == path.read_bytes():
        temporary.unlink()
        return
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def _still_kept(before: pa.Table, released: pa.Table) -> pa.Table:
    """Rows of quarters that were released with the weights they had before."""
    joined = before.join(
        released.select([*_KEY, "weight", "base_weight"]), list(_KEY), join_type="inner", right_suffix="_now"
    )
    changed = joined.filter(
        (pc.field("weight") != pc.field("weight_now")) | (pc.field("base_weight") != pc.field("base_weight_now"))
    )
    gone = pc.unique(changed.column("quarter").combine_chunks())
    known = pc.unique(released.column("quarter").combine_chunks())
    at = before.column("quarter")
    return before.filter(pc.and_(pc.is_in(at, value_set=known), pc.invert(pc.is_in(at, value_set=gone))))


def _without(released: pa.Table, kept: pa.Table) -> pa.Table:
    """Released rows of cells that are not kept already."""
    return released.join(kept.select(list(_KEY)), list(_KEY), join_type="left anti").select(released.column_names)
