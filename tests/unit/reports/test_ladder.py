"""Which figure speaks for an area: the small area's ladder."""

from __future__ import annotations

import pytest

from reports.inputs import ReportData
from reports.ladder import lead, own_status
from tests.unit.reports.factory import make_data


@pytest.fixture(scope="module")
def data() -> ReportData:
    return make_data()


def test_an_area_with_enough_answers_speaks_with_its_percentage(data: ReportData) -> None:
    found = lead(data.area("team", "T1"))
    assert (found.rung, found.item, found.measure, found.area.code) == ("share", "satisfaction", "positive", "T1")


def test_with_fewer_answers_the_mean_mark_speaks(data: ReportData) -> None:
    found = lead(data.area("team", "T2"))
    assert (found.rung, found.item, found.measure) == ("mean", "mark", "mean")
    assert own_status(data.area("team", "T2")) == "too_few"


def test_below_the_minimum_the_nearest_area_above_speaks_and_says_so(data: ReportData) -> None:
    found = lead(data.area("team", "T3"))
    assert (found.rung, found.area.code) == ("above", "U1D1")
    assert not found.own
    assert own_status(data.area("team", "T3")) == "hidden"


def test_the_ladder_climbs_until_somebody_has_a_figure(data: ReportData) -> None:
    estimates = data.estimates.copy()
    below_unit = estimates["area_code"].isin(["T3", "U1D1"])
    estimates.loc[below_unit, ["n", "estimate", "se", "ci_low", "ci_high"]] = None
    estimates.loc[below_unit, "status"] = "hidden"
    assert lead(make_data(estimates=estimates).area("team", "T3")).area.code == "U1"


def test_without_any_closed_period_there_is_no_figure_and_no_error(data: ReportData) -> None:
    assert lead(make_data(periods=data.periods.assign(closed=False)).area("team", "T1")).rung == "none"
