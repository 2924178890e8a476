"""Control charts from hand-made cells: which periods an area has, what is a point, and what is said of the newest."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.figure_axes import Axes
from assets.publication_breaks import breaks
from assets.publication_signals import Series, chart, signals, verdict
from assets.publication_tables import estimates
from expectations.model import Break, Survey
from tests.unit.assets.cells_by_hand import Cell, axes_of, cell, period, quarterly_survey, table, together

QUARTERS = [dt.date(2021 + n // 4, 1 + 3 * (n % 4), 1) for n in range(16)]
PERIODS = [period("quarter", start) for start in QUARTERS] + [period("four_quarters", s) for s in QUARTERS[:-3]]
NINE_AND_EIGHT = ({5: 4, 4: 5}, {5: 4, 4: 4})
USUAL = ({5: 60, 1: 40}, {5: 58, 1: 42})


@pytest.fixture(scope="module")
def survey() -> Survey:
    return quarterly_survey(("quarter", "four_quarters"))


def charts(survey: Survey, cells: list[Cell], *, changed: dt.date | None = None) -> list[dict[str, Any]]:
    contract = survey.model_copy(update={"breaks": (Break(date=changed, reason="x"),) if changed else ()})
    axes: Axes = axes_of(contract, periods=PERIODS)
    sums, changes = table(*cells), breaks(contract, [])
    rows: list[dict[str, Any]] = signals(axes, estimates(axes, sums, changes), sums, changes).to_pylist()
    return rows


def course(area: str, *counts: dict[int, int]) -> list[Cell]:
    """A quarter per count, the last of them the newest."""
    return [cell(area, c, start) for c, start in zip(counts, QUARTERS[-len(counts) :], strict=True)]


def with_years(cells: list[Cell]) -> list[Cell]:
    """Quarters of one area, with the four-quarter windows they make."""
    start_of = {parts[0]["period_start"]: parts for parts in cells}
    windows = [QUARTERS[n : n + 4] for n in range(len(QUARTERS) - 3)]
    return cells + [
        together(cells[0][0]["area_code"], [start_of[s] for s in window if s in start_of], "four_quarters", window[0])
        for window in windows
        if any(s in start_of for s in window)
    ]


def of(rows: list[dict[str, Any]], area: str, measure: str = "positive") -> list[dict[str, Any]]:
    return [row for row in rows if (row["area_code"], row["measure"]) == (area, measure)]


def test_the_columns_are_those_of_the_table_contract(survey: Survey) -> None:
    axes = axes_of(survey, periods=PERIODS)
    made = signals(axes, estimates(axes, table(*course("T1", *USUAL))), table(*course("T1", *USUAL)))
    assert made.column_names == [column.name for column in survey.tables["publication.signals"].columns]


def test_a_jump_at_the_newest_of_sixteen_quarters_is_an_improvement(survey: Survey) -> None:
    rows = of(charts(survey, course("T1", *USUAL * 7, USUAL[0], {5: 95, 1: 5})), "T1")
    assert [row["verdict"] for row in rows[:-1]] == [""] * 15
    newest = rows[-1]
    assert (newest["atom"], newest["signal"], newest["verdict"]) == ("quarter", "above_limit", "improvement")
    assert newest["limit_low"] < newest["centre"] < newest["limit_high"] < newest["estimate"] == 0.95
    assert newest["figure_id"] is not None


def test_ordinary_variation_is_called_that(survey: Survey) -> None:
    assert of(charts(survey, course("T1", *USUAL * 8)), "T1")[-1]["verdict"] == "ordinary"


def test_with_fewer_than_thirteen_points_nothing_is_concluded(survey: Survey) -> None:
    newest = of(charts(survey, course("T1", *USUAL * 5, USUAL[0], {5: 95, 1: 5})), "T1")[-1]
    assert (newest["trial"], newest["signal"], newest["verdict"]) == (True, "above_limit", "too_few_points")


def test_a_newest_point_without_a_figure_has_no_verdict_and_shows_nothing(survey: Survey) -> None:
    few = {5: 3, 1: 2}
    newest = of(charts(survey, course("T1", *USUAL * 7, USUAL[0], few)), "T1")[-1]
    assert newest["verdict"] == "not_shown"
    assert [newest[name] for name in ("estimate", "centre", "limit_low", "limit_high", "chart")] == [None] * 5


def test_a_change_of_method_begins_a_new_part_with_its_own_limits(survey: Survey) -> None:
    low, high = ({5: 40, 1: 60}, {5: 42, 1: 58}), ({5: 80, 1: 20}, {5: 78, 1: 22})
    rows = of(charts(survey, course("T1", *low * 4, *high * 4), changed=QUARTERS[8]), "T1")
    assert [row["part"] for row in rows] == [1] * 8 + [2] * 8
    assert {row["signal"] for row in rows} == {"common"}
    assert (rows[0]["centre"], rows[-1]["centre"]) == (pytest.approx(0.41), pytest.approx(0.79))
    assert rows[-1]["verdict"] == "too_few_points", "eight points since the change"
    uncut = of(charts(survey, course("T1", *low * 4, *high * 4)), "T1")
    assert uncut[-1]["verdict"] == "improvement"


def test_a_quarter_in_which_the_method_changed_is_no_point(survey: Survey) -> None:
    rows = of(charts(survey, course("T1", *USUAL * 8), changed=QUARTERS[8] + dt.timedelta(days=40)), "T1")
    assert [row["part"] for row in rows] == [1] * 9 + [2] * 7
    assert rows[8]["estimate"] is None


def test_an_area_with_too_few_answers_in_a_quarter_has_half_years(survey: Survey) -> None:
    rows = of(charts(survey, with_years(course("T1", *NINE_AND_EIGHT * 8))), "T1")
    assert {row["atom"] for row in rows} == {"half_year"}
    assert [row["period_end"].month for row in rows[:2]] == [6, 12]
    assert {row["figure_id"] for row in rows} == {None}


def marks(survey: Survey) -> Survey:
    """The same contract with the mean of its headline as the mark: means are shown from ten answers on."""
    return survey.model_copy(update={"mark_item": survey.headline_item})


def test_a_half_year_is_the_sum_of_its_quarters(survey: Survey) -> None:
    rows = of(charts(marks(survey), with_years(course("T1", *NINE_AND_EIGHT * 8))), "T1", "mean")
    assert len(rows) == 8
    assert rows[0]["estimate"] == pytest.approx((8 * 5 + 9 * 4) / 17)
    assert (rows[-1]["chart"], rows[-1]["trial"]) == ("xmr", True)


def test_no_half_year_gives_a_hidden_quarter_away(survey: Survey) -> None:
    """A quarter of 30 is published; with the half-year of 35 beside it, the five of the other would be known."""
    told, hidden, pair = {5: 20, 4: 10}, {5: 3, 4: 2}, {5: 5, 4: 4}
    rows = of(charts(marks(survey), with_years(course("T1", told, hidden, *[pair] * 14))), "T1", "mean")
    assert {row["atom"] for row in rows} == {"half_year"}
    assert rows[0]["estimate"] is None
    assert rows[1]["estimate"] is None, "the published year 2021 less this half is the first half"
    assert all(row["estimate"] is not None for row in rows[2:])


def test_no_half_year_gives_away_what_a_window_has_besides_it(survey: Survey) -> None:
    """The window from the second quarter of 2021 on, less the second half of 2021, is 2 + 3 answers around it."""
    pair = {5: 5, 4: 4}
    counts = [pair, {5: 1, 4: 1}, pair, pair, {5: 2, 4: 1}, *[pair] * 11]
    rows = of(charts(marks(survey), with_years(course("T1", *counts))), "T1", "mean")
    assert [row["estimate"] is not None for row in rows[:4]] == [True, False, True, True]


def test_an_area_with_hardly_any_answers_has_years(survey: Survey) -> None:
    rows = of(charts(survey, with_years(course("T1", *[{5: 2, 1: 1}] * 16))), "T1")
    assert {row["atom"] for row in rows} == {"year"}
    assert len(rows) == 4
    assert {row["signal"] for row in rows} == {""}


def test_limits_of_a_percentage_follow_the_answers_where_those_differ_much() -> None:
    share, part = np.array([0.5, 0.6, 0.55, 0.5] * 4), np.zeros(16, dtype=np.int64)
    equal = chart(Series(share, np.full(16, 100.0), part), is_proportion=True)
    unequal = chart(Series(share, np.array([100.0, 300.0] * 8), part), is_proportion=True)
    assert (equal.chart[0], unequal.chart[0]) == ("xmr", "laney")
    widths = unequal.limits.upper - unequal.limits.lower
    assert widths[1] < widths[0]
    assert chart(Series(share, np.array([100.0, 300.0] * 8), part), is_proportion=False).chart[0] == "xmr"


def test_more_dissatisfied_people_are_no_improvement() -> None:
    rising = np.array([*[0.2, 0.21] * 8, 0.6])
    found = chart(Series(rising, np.full(17, 100.0), np.zeros(17, dtype=np.int64)), is_proportion=True)
    assert verdict(found, higher_is_better=False) == "deterioration"
    assert verdict(found, higher_is_better=True) == "improvement"


def test_a_survey_without_a_closed_period_has_an_empty_table(survey: Survey) -> None:
    axes = axes_of(survey, periods=[])
    made = signals(axes, estimates(axes, table()), table())
    assert made.num_rows == 0
    assert isinstance(made, pa.Table)
