"""Looking up published rows."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from reports.inputs import ReportData, day, integer, number
from tests.unit.reports.factory import figure_id, make_data


@pytest.fixture(scope="module")
def data() -> ReportData:
    return make_data()


def test_every_kind_of_nothing_is_none() -> None:
    assert [number(value) for value in (None, float("nan"), pd.NA, pd.NaT)] == [None] * 4
    assert integer(12.0) == 12
    assert day(pd.Timestamp("2026-09-30")) == day(dt.date(2026, 9, 30)) == dt.date(2026, 9, 30)


def test_open_periods_are_never_the_newest(data: ReportData) -> None:
    latest = data.latest("quarter")
    assert latest is not None
    assert latest.start == dt.date(2026, 7, 1)
    assert data.latest("month") is None


def test_a_figure_is_found_by_what_it_says(data: ReportData) -> None:
    found = data.area("team", "T1").estimate("satisfaction", "positive")
    assert found is not None
    assert found.figure_id == figure_id(
        "team", "T1", "all", "all", "satisfaction", "positive", "four_quarters", "2025-10-01"
    )
    assert data.area("team", "T1").estimate("satisfaction", "no such measure") is None


def test_timestamps_in_the_frames_change_nothing(data: ReportData) -> None:
    estimates = data.estimates.assign(period_start=pd.to_datetime(data.estimates["period_start"]))
    assert make_data(estimates=estimates).area("team", "T1").estimate("satisfaction", "positive") is not None


def test_hidden_rows_have_no_numbers(data: ReportData) -> None:
    found = data.area("team", "T3").estimate("satisfaction", "positive")
    assert found is not None
    assert (found.status, found.n, found.value, found.low) == ("hidden", None, None, None)
    assert not found.shown


def test_areas_know_what_is_above_and_below_them(data: ReportData) -> None:
    assert [area.code for area in data.area("team", "T1").ancestors] == ["U1D1", "U1", "NL"]
    assert [area.name for area in data.area("district", "U1D1").children] == ["Akkerdam", "Kleindorp", "Voorbeeldstad"]
    assert [area.code for area in data.top.children] == ["U1", "U2"]


def test_only_the_lowest_level_has_comparable_areas(data: ReportData) -> None:
    assert data.area("team", "T1").peers("satisfaction", "positive") is not None
    assert data.area("unit", "U1").peers("satisfaction", "positive") is None


def test_an_area_that_no_longer_exists_has_no_page(data: ReportData) -> None:
    areas = data.areas.assign(is_current=data.areas["area_code"] != "T1")
    with pytest.raises(KeyError):
        make_data(areas=areas).area("team", "T1")
