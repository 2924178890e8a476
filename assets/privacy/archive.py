"""The archive: sums and counts of months whose rows are gone, so that published history stays what it was.

Belongs here: writing the archive from the marts, the SELECTs that read it back, which months are in it.
Does not belong here: when a month is archived and what goes then (``retention``), adding up (``sql/marts``).

The archive holds what the marts hold: sums per cell and counts per group of contacts, no row about one person. It is a
folder of Parquet files; ``current.json`` names it and is replaced in one step: a reader sees one archive or the other.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from assets.warehouse import Warehouse
from expectations.compile_cells import literal, name
from expectations.ddl import resolved_columns
from expectations.model import Survey, Table

FOLDER = Path("warehouse/archive")
POINTER = "current.json"
VERSION = 2
"""Of what the sums mean; 2: weights in thousandths of a contact."""


@dataclass(frozen=True)
class Archived:
    """One archived table.

    Attributes:
        kept: SELECT of the rows to keep, with ``{through}`` and ``{since}`` as the last and first day archived.
        areas: Whether its areas follow the organisation: an area that was merged later counts for its successor.
        sums: Columns that are added up where two areas became one.
        where: Further condition on what is read back.
    """

    kept: str
    areas: bool = False
    sums: tuple[str, ...] = ()
    where: str = "true"


_LEAD_DAYS = 62
"""Between contact and invitation lie fewer days than this; what comes later than all of them has no archived reason."""
_SUMS = ("n", "sum_y", "sum_w", "sum_w2", "sum_wy", "sum_w2y", "sum_wy2", "sum_w2y2")
_VARIANCES = ("v_yy", "v_y1", "v_11")
_CORRECTED = ("fpc_yy", "fpc_y1", "fpc_11")
# Of an item or measure that the contract no longer has, nothing can be published.
_MEASURED = "exists (select 1 from reference.measures as m where m.item = kept.item and m.measure = kept.measure)"
_MONTHS = "where month between date '{since}' and date '{through}' order by all"
TABLES: Mapping[str, Archived] = {
    "marts.archived_cells": Archived(
        f"select * from marts.cells {_MONTHS}",
        areas=True,
        sums=_SUMS,
        where=_MEASURED,
    ),
    "marts.archived_counts": Archived(
        f"select * from marts.leaf_counts {_MONTHS}", areas=True, sums=("contacts", "excluded", "invited", "responses")
    ),
    # A quarter or window that has lost rows cannot be made again: what was made of it is kept, as a whole.
    "marts.archived_variance": Archived(
        "select * from marts.calibrated_variance where date_trunc('quarter', period_start) <= date '{through}' "
        "and period_start >= date '{since}' order by all",
        areas=True,
        sums=("n", *_VARIANCES),
        where=_MEASURED,
    ),
    "marts.archived_repeats": Archived(
        "select * from marts.repeat_persons "
        "where period_start between date '{since}' and date '{through}' order by all",
        areas=True,
        sums=(*_VARIANCES, *_CORRECTED),
        where=_MEASURED,
    ),
    "marts.archived_adjusted": Archived(
        "select * from marts.adjusted where period_start between date '{since}' and date '{through}' order by all",
        where=_MEASURED,
    ),
    "marts.archived_fieldwork": Archived(f"select * from marts.fieldwork {_MONTHS}"),
    # A contact stays left out because its person had been invited shortly before, also when that contact is gone.
    "staging.archived_exclusions": Archived(
        "select c.delivery_id, c.row_number, c.excluded_by from staging.contacts as c "
        "inner join reference.response_rules as s on s.setting = 'one_invitation_in_days' "
        "where c.excluded_by = 'recently_invited' and c.contact_date > date '{through}' "
        f"and c.contact_date <= date '{{through}}' + cast(s.amount + {_LEAD_DAYS} as integer) order by all"
    ),
}
READS = ("reference.area_lookup", "reference.measures")


def archived_through(home: Path) -> dt.date | None:
    """Last day whose contacts are in the archive; None before the first."""
    current = _current(home)
    return dt.date.fromisoformat(current["through"]) if current else None


def archived_months(home: Path) -> list[str]:
    """Months (YYYY-MM) of which the archive holds cells or counts."""
    current = _current(home)
    if current is None:
        return []
    months: set[dt.date] = set()
    for table in ("archived_cells", "archived_counts"):
        column = pq.read_table(home / FOLDER / current["folder"] / f"{table}.parquet", columns=["month"]).column(0)
        months |= set(column.unique().to_pylist())
    return sorted(f"{month:%Y-%m}" for month in months)


def archive_version(home: Path) -> str:
    """Names the archive that is current, for fingerprints; empty before the first."""
    current = _current(home)
    return str(current["folder"]) if current else ""


def archive_sql(survey: Survey, table: Table, home: Path) -> str:
    """SELECT of an archived table, without rows where nothing is archived yet."""
    columns = [column.name for column in resolved_columns(survey, table)]
    current = _current(home)
    path = home / FOLDER / (current["folder"] if current else "") / f"{table.name}.parquet"
    if not path.exists():  # also of a table that is younger than the archive
        return f"select {', '.join(f'cast(null as varchar) as {name(c)}' for c in columns)} where false"
    archived = TABLES[f"{table.layer}.{table.name}"]
    kept = f"select * from read_parquet({literal(str(path))}) as kept where {archived.where}"
    if not archived.areas:
        return kept
    keys = [c for c in columns if c not in {"area_code", *archived.sums}]
    sums = ", ".join(f"cast(sum(kept.{c}) as bigint) as {c}" for c in archived.sums)
    return f"""
with today as (select distinct recorded_code, area_code from reference.area_lookup where recorded_code is not null)
select coalesce(today.area_code, kept.area_code) as area_code, {", ".join(f"kept.{name(c)}" for c in keys)}, {sums}
from ({kept}) as kept left join today on kept.area_code = today.recorded_code
group by all
"""


def write_archive(home: Path, warehouse: Warehouse, through: dt.date, since: dt.date = dt.date.min) -> str | None:
    """Keep the sums of every month up to and including that of ``through``; returns the name of the archive before.

    The marts hold what was archived before too, so a new archive holds the old one.

    Args:
        home: The home.
        warehouse: With marts that are up to date.
        through: Last day of the last month.
        since: First day of the first month: what is older leaves the archive.
    """
    before = _current(home)
    folder = f"{through.isoformat()}-{secrets.token_hex(3)}"
    target = home / FOLDER / folder
    target.mkdir(parents=True)
    with warehouse.connect(read_only=True) as connection:
        for table, archived in TABLES.items():
            select = archived.kept.format(through=through, since=since)
            path = literal(str(target / f"{table.split('.')[1]}.parquet"))
            connection.execute(f"copy ({select}) to {path} (format parquet, compression zstd)")
    os.sync()
    _point(home, through.isoformat(), folder)
    return str(before["folder"]) if before else None


def point_back(home: Path, folder: str | None) -> None:
    """Make an earlier archive (or none) the current one again."""
    if folder is None:
        (home / FOLDER / POINTER).unlink(missing_ok=True)
    else:
        _point(home, folder[: len("2000-01-31")], folder)


def tidy(home: Path) -> None:
    """Remove archives that are no longer current."""
    current = _current(home)
    for folder in (home / FOLDER).glob("*/"):
        if folder.is_dir() and (current is None or folder.name != current["folder"]):
            shutil.rmtree(folder)


class OldArchiveError(Exception):
    """An archive whose sums mean something else than those of today; the message says what to do."""


def _current(home: Path) -> dict[str, Any] | None:
    path = home / FOLDER / POINTER
    if not path.exists():
        return None
    current: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if current.get("version", 1) != VERSION:
        raise OldArchiveError(
            f"{FOLDER / POINTER}: this archive was written by another version of the system (its sums are of version "
            f"{current.get('version', 1)}, today's are of {VERSION}) and cannot be added to today's months. Run the "
            "version that wrote it, or begin a new home with the deliveries that are still there."
        )
    return current


def _point(home: Path, through: str, folder: str) -> None:
    current = {"folder": folder, "through": through, "version": VERSION}
    path = home / FOLDER / POINTER
    fresh = path.with_name(f".{POINTER}")
    fresh.write_text(json.dumps(current) + "\n", "utf-8")
    fresh.replace(path)
