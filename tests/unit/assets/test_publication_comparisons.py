"""Comparisons from hand-made cells: what is compared with what, at the same mix, and what may be said of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.publication_breaks import breaks
from assets.publication_comparisons import comparisons
from assets.publication_tables import estimates
from expectations.model import Break, Survey
from tests.unit.assets.cells_by_hand import (
    ITEM,
    Q1,
    Q5,
    Cell,
    axes_of,
    cell,
    figure,
    quarterly_survey,
    table,
    together,
)

MANY, FEW = {5: 60, 4: 60, 3: 40}, {5: 4, 3: 5}


@pytest.fixture(scope="module")
def survey() -> Survey:
    return quarterly_survey()


def compared(survey: Survey, *cells: Cell, teams: int = 3, adjusted: pa.Table | None = None) -> pa.Table:
    axes, sums, changes = axes_of(survey, teams), table(*cells), breaks(survey, [])
    return comparisons(axes, estimates(axes, sums, changes), sums, changes, adjusted)


def row_of(found: pa.Table, area: str, against: str, measure: str = "positive", channel: str = "all") -> dict[str, Any]:
    return figure(found.filter(pc.field("against") == against), area, measure, Q5, channel)


def test_a_rise_that_is_certain_and_relevant_is_higher(survey: Survey) -> None:
    now, then = {5: 160, 1: 40}, {5: 100, 1: 100}
    row = row_of(compared(survey, cell("NL", now), cell("NL", then, Q1)), "NL", "year_earlier")
    assert (row["outcome"], row["rule"], row["difference"]) == ("higher", "difference", pytest.approx(0.3))
    assert row["ci_low"] < 0.3 < row["ci_high"]


def test_nothing_is_compared_across_a_break(survey: Survey) -> None:
    then_and_now = (cell("NL", MANY), cell("NL", MANY, Q1))
    changed = survey.model_copy(update={"breaks": (Break(date=dt.date(2024, 7, 1), reason="andere vraag"),)})
    row = row_of(compared(changed, *then_and_now), "NL", "year_earlier")
    assert (row["outcome"], row["rule"], row["difference"]) == ("not_compared", "break", None)
    assert row["reference_estimate"] is None, "two numbers side by side are a comparison"
    before = survey.model_copy(update={"breaks": (Break(date=Q1, reason="begin"),)})
    assert row_of(compared(before, *then_and_now), "NL", "year_earlier")["rule"] != "break"
    other = survey.model_copy(update={"breaks": (Break(date=dt.date(2024, 7, 1), reason="x", items=("mark",)),)})
    assert row_of(compared(other, *then_and_now), "NL", "year_earlier")["rule"] != "break"


def test_areas_are_compared_with_the_whole_on_the_same_side_of_a_break(survey: Survey) -> None:
    changed = survey.model_copy(update={"breaks": (Break(date=Q5, reason="andere vraag"),)})
    cells = (cell("NL", MANY), cell("NL", MANY, Q1), cell("T1", MANY), cell("T1", MANY, Q1))
    found = compared(changed, *cells)
    assert row_of(found, "T1", "nation")["rule"] != "break"
    assert row_of(found, "T1", "year_earlier")["rule"] == "break"


def test_a_hidden_reference_is_not_given_away(survey: Survey) -> None:
    row = row_of(compared(survey, cell("NL", MANY), cell("T1", MANY), cell("T1", FEW, Q1)), "T1", "year_earlier")
    assert (row["outcome"], row["rule"]) == ("not_compared", "reference_not_shown")
    assert row["reference_estimate"] is None
    assert row["difference"] is None


def test_the_whole_is_not_compared_with_itself(survey: Survey) -> None:
    found = compared(survey, cell("NL", MANY), cell("T1", MANY))
    assert {r["area_code"] for r in found.to_pylist() if r["against"] == "nation"} == {"T1", "T2", "T3"}


def test_with_few_areas_each_is_tested_against_the_rest(survey: Survey) -> None:
    high, low = {5: 180, 1: 20}, {5: 100, 1: 100}
    teams = [cell("T1", high), cell("T2", low), cell("T3", low)]
    found = compared(survey, together("NL", teams), *teams)
    row = row_of(found, "T1", "nation")
    assert (row["outcome"], row["rule"]) == ("higher", "difference")
    assert row["difference"] == pytest.approx(0.9 - 380 / 600)
    rest = 0.5 * 0.5 / 199 / 2  # two strata of 200
    assert row["se"] == pytest.approx(2 / 3 * (0.9 * 0.1 / 199 + rest) ** 0.5)


def test_with_many_areas_the_funnel_decides_and_one_outlier_stands_out(survey: Survey) -> None:
    teams = [cell("T1", {5: 450, 1: 50}), *(cell(f"T{n}", {5: 285 + n, 1: 215 - n}) for n in range(2, 31))]
    found = compared(survey, together("NL", teams), *teams, teams=30)
    row = row_of(found, "T1", "nation")
    assert (row["outcome"], row["rule"]) == ("higher", "funnel")
    assert row_of(found, "T9", "nation")["outcome"] in {"no_difference", "not_compared"}


def test_only_the_headline_is_compared_per_channel_class(survey: Survey) -> None:
    some_class = survey.channel_classes[0].code
    a_channel = survey.channels[0].code
    found = compared(
        survey, cell("NL", MANY), cell("NL", MANY, channel=some_class), cell("NL", MANY, channel=a_channel)
    )
    assert set(found.column("channel").to_pylist()) == {"all", some_class}


def channel_classes(survey: Survey) -> tuple[str, str]:
    first, second, *_ = (c.code for c in survey.channel_classes)
    return first, second


def two_classes(survey: Survey, area: str, start: dt.date, *counts: dict[int, int]) -> list[Cell]:
    """An area whose answers came through two classes of channels, and its total."""
    parts = [cell(area, c, start, code) for c, code in zip(counts, channel_classes(survey), strict=True)]
    total = together(area, parts)
    return [*parts, [{**row, "channel": "all"} for row in total]]


def test_other_contacts_alone_make_no_rise(survey: Survey) -> None:
    """Nine in ten are satisfied at the one class and three in ten at the other, both years; the shares turned round."""
    good, bad = {5: 9, 1: 1}, {5: 3, 1: 7}

    def answers(times: int, kind: dict[int, int]) -> dict[int, int]:
        return {y: k * times for y, k in kind.items()}

    now = two_classes(survey, "T1", Q5, answers(30, good), answers(10, bad))
    then = two_classes(survey, "T1", Q1, answers(10, good), answers(30, bad))
    row = row_of(compared(survey, *now, *then), "T1", "year_earlier")
    assert row["estimate"] - row["reference_estimate"] == pytest.approx(0.3)
    assert (row["basis"], row["service_part"], row["mix_part"]) == (
        "same_mix", pytest.approx(0, abs=1e-9), pytest.approx(0.3)
    )  # fmt: skip
    assert (row["difference"], row["outcome"]) == (pytest.approx(0, abs=1e-9), "no_difference")
    within_cells = 0.09 / 299 + 0.21 / 99 + 0.09 / 99 + 0.21 / 299  # each cell has half of the weight
    assert row["se"] == pytest.approx(0.5 * within_cells**0.5)


def test_both_parts_add_up_to_the_change_and_a_small_mix_part_is_left_in(survey: Survey) -> None:
    now = two_classes(survey, "T1", Q5, {5: 160, 1: 40}, {5: 61, 1: 40})
    then = two_classes(survey, "T1", Q1, {5: 120, 1: 80}, {5: 50, 1: 50})
    row = row_of(compared(survey, *now, *then), "T1", "year_earlier")
    change = row["estimate"] - row["reference_estimate"]
    assert row["service_part"] + row["mix_part"] == pytest.approx(change, abs=1e-12)
    assert 0 < abs(row["mix_part"]) < 0.25 * 0.05
    assert (row["basis"], row["difference"]) == ("as_measured", pytest.approx(change))


def test_a_change_is_not_split_over_cells_that_may_not_be_shown(survey: Survey) -> None:
    now = two_classes(survey, "T1", Q5, {5: 160, 1: 40}, {5: 6, 1: 3})
    then = two_classes(survey, "T1", Q1, {5: 120, 1: 80}, {5: 50, 1: 50})
    row = row_of(compared(survey, *now, *then), "T1", "year_earlier")
    assert (row["service_part"], row["mix_part"], row["basis"]) == (None, None, "as_measured")
    assert row["difference"] is not None


def test_a_change_that_cannot_matter_is_called_equal(survey: Survey) -> None:
    found = compared(survey, cell("T1", {5: 3000, 1: 2000}), cell("T1", {5: 3010, 1: 1990}, Q1))
    row = row_of(found, "T1", "year_earlier")
    assert (row["outcome"], row["rule"]) == ("equal", "equivalent")
    few = compared(survey, cell("T1", {5: 300, 1: 200}), cell("T1", {5: 301, 1: 199}, Q1))
    assert row_of(few, "T1", "year_earlier")["rule"] == "not_visible", "on few answers no one can know it is equal"


def test_in_the_funnel_an_adjusted_figure_takes_the_place_of_the_raw_one(survey: Survey) -> None:
    teams = [cell("T1", {5: 450, 1: 50}), *(cell(f"T{n}", {5: 285 + n, 1: 215 - n}) for n in range(2, 31))]
    adjusted = [
        {"area_code": f"T{n}", "item": ITEM, "measure": "positive", "window": "quarter", "period_start": Q5,
         "adjusted": 0.61 if n == 1 else 0.57 + n / 500, "adjusted_se": 0.022}
        for n in range(1, 31)
    ]  # fmt: skip
    found = compared(survey, together("NL", teams), *teams, teams=30, adjusted=pa.Table.from_pylist(adjusted))
    row = row_of(found, "T1", "nation")
    assert (row["basis"], row["outcome"]) == ("adjusted", "no_difference")
    assert row["estimate"] == pytest.approx(0.9), "what is shown is what was answered"
    mean = row_of(found, "T1", "nation", "mean")
    assert (mean["basis"], mean["outcome"]) == ("as_measured", "higher")


def test_nothing_to_compare_gives_an_empty_table(survey: Survey) -> None:
    empty = compared(survey, cell("NL", MANY)).slice(0, 0)
    axes = axes_of(survey, periods=[])
    nothing = table()
    assert comparisons(axes, estimates(axes, nothing), nothing).schema.equals(empty.schema)
