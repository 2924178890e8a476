"""What stands in a home: deliveries, rows held back, warnings, fieldwork, breaks, checks and the live release, as data.

Belongs here: reading the published tables for whoever asks how things are. Does not belong here: printing
(``status_view``), running anything. Names come from the tables, so that it works beside a contract under repair.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.console import WrongUseError, as_plain
from pipelines.settings import remembered

Rows = list[dict[str, Any]]

LABELS = """
    select 'channel' as measure, channel as category, label from reference.channels
    union all select 'target_group', target_group, label from reference.target_groups
    union all select 'item', item, label from reference.items
    union all select distinct 'area', area_code, area_name from reference.areas where is_current
"""
TABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "deliveries": (
        ("publication.deliveries",),
        "from publication.deliveries order by month, sequence, file_name",
    ),
    "quarantine": (
        ("publication.quality",),
        "from publication.quality order by file_name, rule_id",
    ),
    "marks": (
        ("publication.delivery_marks",),
        "from publication.delivery_marks order by file_name, mark_kind, code",
    ),
    "warnings": (
        ("publication.delivery_profile", "reference.channels", "reference.target_groups", "reference.items"),
        "select p.* exclude (warning), l.label, p.month = max(p.month) over (partition by p.source) as newest "
        f"from publication.delivery_profile as p left join ({LABELS}) as l using (measure, category) "
        "qualify warning order by p.month desc, p.source, p.measure, p.category",
    ),
    "fieldwork": (
        ("publication.fieldwork", "reference.channels"),
        "select f.*, c.label from publication.fieldwork as f left join reference.channels as c "
        "on f.dimension = 'channel' and f.category = c.channel "
        'order by f."window", f.period_start, f.dimension, c.sort_order, f.category',
    ),
    "breaks": (
        ("publication.breaks",),
        "from publication.breaks order by break_date desc, item",
    ),
}
"""What is told -> the tables it needs, and the query."""


@dataclass
class Status:
    """The state of a home. Rows are those of the published tables."""

    home: Path
    survey: str
    release_id: str | None
    compared: bool  # some month has enough months before it to be compared with
    deliveries: Rows
    quarantine: Rows
    marks: Rows
    warnings: Rows
    fieldwork: Rows
    breaks: Rows
    checks: Rows
    expectations: Rows

    def as_record(self) -> dict[str, Any]:
        """The state as JSON-ready data."""
        return {**self.__dict__, "home": str(self.home)}


def status_of(home: Path) -> Status:
    """What stands in a home; ``WrongUseError`` where there is none."""
    from assets.checks import recorded_checks, recorded_expectations  # noqa: PLC0415 - help must not wait
    from assets.release import current_release  # noqa: PLC0415
    from assets.warehouse import Warehouse  # noqa: PLC0415

    home = home.resolve()
    known = remembered(home)
    if known is None:
        raise WrongUseError(f"{home} is not a home yet. Make one with: politiemonitor init --home {home}")
    warehouse = Warehouse(home)
    current = current_release(home / "releases")
    has_tables = warehouse.content_hash("raw.deliveries") is not None
    found = {name: _rows(warehouse, needs, sql) for name, (needs, sql) in TABLES.items()}
    compared = _rows(
        warehouse,
        ("publication.delivery_profile",),
        "select 1 as one from publication.delivery_profile where expected_low is not null limit 1",
    )
    return Status(
        home=home,
        survey=str(known.survey),
        release_id=current.name if current else None,
        compared=bool(compared),
        checks=recorded_checks(warehouse) if has_tables else [],
        expectations=recorded_expectations(warehouse) if has_tables else [],
        **found,
    )


def _rows(warehouse: Any, needs: tuple[str, ...], sql: str) -> Rows:
    """Rows of a query; none while one of its tables was never built."""
    if any(warehouse.content_hash(table) is None for table in needs):
        return []
    found: Rows = warehouse.read(sql).to_pylist()
    return [{name: as_plain(value) for name, value in row.items()} for row in found]
