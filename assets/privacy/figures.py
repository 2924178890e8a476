"""Which released figures a person was in the base of.

Belongs here: from the rows of a person to figures of the live release. Does not belong here: finding the rows, changing
anything. The list says what the figures are, and nothing of the person; it stays in the closed home.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from assets.warehouse import Warehouse
from expectations.compile_cells import literal
from expectations.model import ALL

FOLDER = Path("warehouse/erasures")
COLUMNS = (
    "release_id",
    "figure_id",
    "level",
    "area_code",
    "target_group",
    "channel",
    "item",
    "measure",
    "window",
    "period_start",
    "period_end",
    "status",
)
READS = ("staging.responses", "marts.respondents", "reference.area_rollup", "reference.measures")


def touched_figures(
    warehouse: Warehouse, estimates: Path, rows: Mapping[str, frozenset[int]]
) -> list[dict[str, object]]:
    """Figures of a release with a number in which the answers of these rows count.

    Args:
        warehouse: With tables that know the rows.
        estimates: ``estimates.parquet`` of the release.
        rows: Delivery -> numbers of the person's rows.
    """
    if not estimates.exists() or any(warehouse.content_hash(table) is None for table in READS):
        return []
    places = [(delivery, number) for delivery, numbers in rows.items() for number in sorted(numbers)]
    gone = pa.table(
        {
            "delivery_id": pa.array([d for d, _ in places], pa.string()),
            "row_number": pa.array([n for _, n in places], pa.int64()),
        }
    )
    with warehouse.connect(read_only=True) as connection:
        connection.register("gone", gone)
        found = connection.execute(_SELECT.format(estimates=literal(str(estimates)), all=literal(ALL)))
        return [dict(zip(COLUMNS, row, strict=True)) for row in found.fetchall()]


_SELECT = f"""
with answers as (
    select p.*
    from gone as g
    inner join staging.responses as r on g.delivery_id = r.delivery_id and g.row_number = r.row_number
    inner join marts.respondents as p on r.response_id = p.response_id
),
answered as (
    unpivot (select area_code, channel, channel_class, target_group, month, columns('^y_') from answers)
    on columns('^y_') into name column_name value answer
),
bases as (
    select distinct u.level, u.area_code, a.channel, a.channel_class, a.target_group, a.month, m.item, m.measure
    from answered as a
    inner join reference.area_rollup as u on a.area_code = u.leaf_code
    inner join reference.measures as m on a.column_name = 'y_' || m.item || '__' || m.measure
)
select distinct {", ".join(f'e."{column}"' for column in COLUMNS)}
from read_parquet({{estimates}}) as e
inner join bases as b
    on e.level = b.level and e.area_code = b.area_code and e.item = b.item and e.measure = b.measure
    and e.channel in ({{all}}, b.channel, b.channel_class) and e.target_group in ({{all}}, b.target_group)
    and b.month between e.period_start and e.period_end
where e.n > 0
order by all
"""


def write_list(home: Path, day: dt.date, figures: list[dict[str, object]]) -> Path:
    """Write the list of figures beside the warehouse; its name is the day and a number."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (path := folder / f"figures_{day.isoformat()}_{number}.csv").exists():
        number += 1
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(figures)
    return path
