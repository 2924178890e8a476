"""What an area's own figure can show: only what follows from a figure that is shown."""

from __future__ import annotations

from typing import Any

import pytest

from assets.publication_detectable import detectable
from assets.publication_tables import estimates
from expectations.model import Survey
from tests.unit.assets.cells_by_hand import Q1, Cell, axes_of, cell, quarterly_survey, table

MANY, FEW = {5: 160, 1: 40}, {5: 3, 1: 2}
NUMBERS = ("rests_on", "smallest_visible", "smallest_found", "quarters_to_find")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return quarterly_survey()


def rows(survey: Survey, *cells: Cell) -> dict[str, dict[str, Any]]:
    axes = axes_of(survey)
    made = detectable(axes, estimates(axes, table(*cells)))
    assert made.column_names == [column.name for column in survey.tables["publication.detectable"].columns]
    return {row["area_code"]: row for row in made.to_pylist()}


def test_two_years_of_answers_tell_what_a_difference_must_be(survey: Survey) -> None:
    row = rows(survey, cell("T1", MANY), cell("T1", {5: 100, 1: 100}, Q1))["T1"]
    se = (0.8 * 0.2 / 199 + 0.25 / 199) ** 0.5
    assert row["rests_on"] == "two_periods"
    assert (row["smallest_visible"], row["smallest_found"]) == (
        pytest.approx(1.96 * se, 1e-4),
        pytest.approx(2.8016 * se, 1e-4),
    )
    assert (row["change"], row["quarters_to_find"]) == (0.05, 7)  # (2.8016 * 0.0454 / 0.05)^2 = 6.5 quarters


def test_without_a_figure_a_year_earlier_the_newest_margin_counts_twice(survey: Survey) -> None:
    row = rows(survey, cell("T1", MANY), cell("T1", FEW, Q1))["T1"]
    assert row["rests_on"] == "one_period"
    assert row["smallest_visible"] == pytest.approx(1.96 * (2 * 0.8 * 0.2 / 199) ** 0.5, 1e-4)


def test_a_figure_that_is_not_shown_has_no_numbers(survey: Survey) -> None:
    found = rows(survey, cell("T1", FEW), cell("T2", {5: 20, 1: 10}))
    assert [found[area]["status"] for area in ("T1", "T2", "T3")] == ["hidden", "too_few", "no_data"]
    assert all(found[area][name] is None for area in ("T1", "T2", "T3") for name in NUMBERS)


def test_more_than_five_years_is_never_promised(survey: Survey) -> None:
    row = rows(survey, cell("T1", {5: 33, 1: 27}))["T1"]
    assert row["smallest_found"] > 0.2
    assert row["quarters_to_find"] is None


def test_a_survey_without_a_closed_period_has_an_empty_table(survey: Survey) -> None:
    axes = axes_of(survey, periods=[])
    assert detectable(axes, estimates(axes, table())).num_rows == 0
