"""Rows of ``marts.window_cells`` written by hand, and axes for them: what published tables are tested with.

Every cell of an area below the top is a stratum of its own; the top is the sum of its areas (``together``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from assets.figure_axes import Axes
from assets.publication_tables import STATISTICS
from assets.statistics.intervals import Sums
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey, Window

Q1, Q5 = dt.date(2024, 1, 1), dt.date(2025, 1, 1)
ITEM = "satisfaction"
WEIGHT = 1000
PLACE = ("level", "area_code", "channel", "target_group", "item", "measure", "window", "period_start")
Cell = list[dict[str, Any]]


def quarterly_survey(windows: tuple[Window, ...] = ("quarter",)) -> Survey:
    """The real contract with a nation and teams only, published per quarter."""
    whole = load_survey(DEFAULT_SURVEY)
    changes = {"windows": windows, "breakdown_windows": ("quarter",), "headline_window": "quarter"}
    levels = tuple(level.model_copy(update=changes) for level in (whole.levels[0], whole.levels[-1]))
    return whole.model_copy(update={"levels": levels})


def period(window: str, start: dt.date, closed: bool = True) -> dict[str, Any]:
    """A row of ``reference.periods``."""
    months = {"month": 1, "quarter": 3, "four_quarters": 12}[window]
    month = start.month - 1 + months
    end = dt.date(start.year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    return {"window": window, "period_start": start, "period_end": end, "closed": closed}


TWO_QUARTERS = (period("quarter", Q5), period("quarter", Q1), period("quarter", dt.date(2025, 4, 1), closed=False))


def axes_of(survey: Survey, teams: int = 3, periods: Iterable[dict[str, Any]] = TWO_QUARTERS) -> Axes:
    """A nation with teams T1, T2 ... and one that is gone; the mean and the percentage of the headline."""
    top, leaf = survey.levels[0].code, survey.levels[-1].code
    rows = [(top, "NL", "Nederland", None, 0, True), (leaf, "T0", "Oud", "NL", 0, False)]
    rows += [(leaf, f"T{n}", f"Team {n}", "NL", n, True) for n in range(1, teams + 1)]
    names = ("level", "area_code", "area_name", "parent_code", "sort_order", "is_current")
    areas = [dict(zip(names, row, strict=True)) for row in rows]
    measures = [
        {"item": ITEM, "measure": "mean", "scale_min": 1, "scale_max": 5},
        {"item": ITEM, "measure": "positive", "scale_min": 0, "scale_max": 1},
    ]
    return Axes(survey, *(pa.Table.from_pylist(rows) for rows in (areas, list(periods), measures)))


def cell(
    area: str,
    counts: dict[int, int],
    start: dt.date = Q5,
    channel: str = "all",
    group: str = "all",
    window: str = "quarter",
) -> Cell:
    """Both measures of answers 1-5 given this often, everybody with the same weight."""
    n = np.array([sum(counts.values())], dtype=np.float64)
    sums = {
        "mean": [sum(y**power * k for y, k in counts.items()) for power in (1, 2)],
        "positive": [sum(k for y, k in counts.items() if y >= 4)] * 2,
    }
    rows = []
    for name, (y, y2) in sums.items():
        wy, w2y, wy2, w2y2 = (
            np.array([WEIGHT**power * value], dtype=np.float64) for value in (y, y2) for power in (1, 2)
        )
        found = Sums.simple(n, n * WEIGHT, n * WEIGHT**2, wy, w2y, wy2, w2y2)
        place = ("nation" if area == "NL" else "team", area, channel, group, ITEM, name, window, start)
        values = {statistic: round(getattr(found, statistic)[0]) for statistic in STATISTICS}
        rows.append({**dict(zip(PLACE, place, strict=True)), **values})
    return rows


def together(area: str, cells: Sequence[Cell], window: str = "", start: dt.date | None = None) -> Cell:
    """The cell of an area that consists of others, or of a period that consists of others."""
    rows = []
    for parts in zip(*cells, strict=True):
        added = {statistic: sum(part[statistic] for part in parts) for statistic in STATISTICS}
        row = {**parts[0], **added, "area_code": area, "level": "nation" if area == "NL" else "team"}
        rows.append({**row, "window": window or row["window"], "period_start": start or row["period_start"]})
    return rows


def table(*cells: Cell) -> pa.Table:
    """Cells as ``marts.window_cells``."""
    kinds = [pa.string()] * 7 + [pa.date32()]
    schema = pa.schema([*zip(PLACE, kinds, strict=True), *((name, pa.int64()) for name in STATISTICS)])
    return pa.Table.from_pylist([row for rows in cells for row in rows], schema=schema)


def figure(found: pa.Table, area: str, measure: str, start: dt.date = Q5, channel: str = "all") -> dict[str, Any]:
    """The one row of a published table."""
    rows = [
        row for row in found.to_pylist()
        if (row["area_code"], row["measure"], row["period_start"], row["channel"]) == (area, measure, start, channel)
    ]  # fmt: skip
    assert len(rows) == 1
    return dict(rows[0])
