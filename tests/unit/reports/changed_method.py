"""A release in which the method changed: the release of ``factory``, with what the publication layer does to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from expectations.lineage import depends_on
from reports.inputs import ReportData
from tests.unit.reports.factory import figure_id, make_data, windows

Row = dict[str, Any]
NUMBERS = ["estimate", "se", "ci_low", "ci_high", "reliability"]
COMPARED = ["reference_estimate", "difference", "se", "smallest_visible"]


def changed(
    date: str, item: str = "all", cause: str = "declared", reason: str = "nieuwe vragenlijst"
) -> dict[str, Any]:
    """A row of ``publication.breaks``."""
    return {
        "break_date": dt.date.fromisoformat(date), "item": item, "cause": cause, "status": "break", "reason": reason
    }  # fmt: skip


def data_with(*rows: dict[str, Any], **changes: Any) -> ReportData:
    """Mixed periods have no figure, and nothing is compared with the other side of a change."""
    data = make_data(**changes)
    survey = data.survey

    def touched(row: Any, earlier: int) -> bool:
        names = depends_on(survey, row.item) | {"all"}
        start = row.period_start.replace(year=row.period_start.year - earlier)
        return any(r["item"] in names and start < r["break_date"] <= row.period_end for r in rows)

    table = data.estimates.copy()
    shown = table["status"].isin(["published", "indicative", "too_few"])
    mixed = pd.Series([touched(row, 0) for row in table.itertuples()], index=table.index) & shown
    table.loc[mixed, ["status", "reason"]] = ["too_few", "break"]
    table.loc[mixed, NUMBERS] = None

    compared = pd.concat([data.comparisons, _of_newest_quarter(data.comparisons)], ignore_index=True)
    across = pd.Series([touched(row, int(row.against == "year_earlier")) for row in compared.itertuples()])
    compared.loc[across, ["outcome", "rule"]] = ["not_compared", "break"]
    compared.loc[across, COMPARED] = None
    return make_data(**changes, estimates=table, comparisons=compared, breaks=pd.DataFrame(rows))


def _of_newest_quarter(compared: pd.DataFrame) -> pd.DataFrame:
    _, start, end, _ = max((w for w in windows() if w[0] == "quarter"), key=lambda w: w[1])
    quarter = compared.assign(window="quarter", period_start=start, period_end=end)
    keys = ["level", "area_code", "target_group", "channel", "item", "measure", "window", "period_start"]
    return quarter.assign(figure_id=[figure_id(*row) for row in quarter[keys].itertuples(index=False)])
