"""Adjusted and shrunken columns, ``publication.adjusted`` and the ladder, from cells written by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from assets.adjusted import SCHEMA
from assets.figure_axes import Axes
from assets.publication_adjusted import adjusted_table
from assets.publication_breaks import breaks
from assets.publication_rungs import rungs
from assets.publication_tables import estimates
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Break, Survey
from tests.unit.assets.cells_by_hand import (
    ITEM,
    Q1,
    Q5,
    TWO_QUARTERS,
    Cell,
    axes_of,
    cell,
    figure,
    period,
    quarterly_survey,
    table,
    together,
)

TEAMS = 12
MANY, ENOUGH, SOME, FEW = {5: 80, 4: 80, 3: 60}, {5: 20, 4: 25, 3: 20}, {5: 8, 4: 9, 3: 3}, {5: 4, 3: 5}
YEAR = dt.date(2024, 4, 1)
SHRUNKEN = ("estimate_shrunken", "shrunken_low", "shrunken_high")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return quarterly_survey(("quarter", "four_quarters"))


def teams(own: dict[str, dict[int, int]], start: dt.date = Q5, window: str = "quarter") -> list[Cell]:
    """Twelve teams that differ a little, some of them as given, and the nation they make up."""
    usual = {f"T{n}": {5: 50 + 6 * n, 4: 50, 3: 110 - 6 * n} for n in range(1, TEAMS + 1)}
    cells = [cell(area, counts, start, window=window) for area, counts in (usual | own).items() if counts]
    return [together("NL", cells), *cells]


def adjusted_rows(*rows: tuple[str, str, dt.date, float, float]) -> pa.Table:
    """Rows of ``marts.adjusted``: area, measure, first day, adjusted, effect of the mix."""
    return pa.Table.from_pylist(
        [
            {
                "area_code": area, "item": ITEM, "measure": measure, "window": "quarter", "period_start": start,
                "period_end": start, "n": 1, "raw": value + mix, "adjusted": value, "adjusted_se": 0.05,
                "mix_effect": mix, "expected_for_mix": 0.7 + mix, "standardised": value, "slopes": 3,
            }
            for area, measure, start, value, mix in rows
        ],
        schema=SCHEMA,
    )  # fmt: skip


def contacts(start: dt.date = Q5) -> pa.Table:
    """``marts.response_counts``: the contacts of every team in two classes of channel."""
    return pa.Table.from_pylist(
        [
            {"level": "team", "area_code": f"T{n}", "window": "quarter", "period_start": start,
             "dimension": "channel_class", "category": kind, "contacts": 100 + (n % 5) * sign}
            for n in range(1, TEAMS + 1) for kind, sign in (("digitaal", 10), ("telefonisch", -10))
        ]
    )  # fmt: skip


def shown(row: dict[str, Any]) -> list[bool]:
    return [row[name] is not None for name in SHRUNKEN]


def test_a_small_team_is_drawn_towards_the_others_and_a_large_one_hardly(survey: Survey) -> None:
    high, huge = {5: 12, 4: 7, 3: 1}, {5: 7000, 4: 2500, 3: 500}
    published = estimates(axes_of(survey, TEAMS), table(*teams({"T1": high, "T2": huge})), None, None, contacts())
    small, large, whole, middle = (figure(published, area, "mean") for area in ("T1", "T2", "NL", "T6"))
    assert middle["estimate"] < small["estimate_shrunken"] < small["estimate"] - 0.05
    assert large["estimate_shrunken"] == pytest.approx(large["estimate"], abs=0.02)
    assert small["shrunken_high"] - small["shrunken_low"] < small["ci_high"] - small["ci_low"]
    assert shown(whole) == [False] * 3, "only leaf areas are small"


def test_a_share_on_too_few_answers_is_shrunken_though_it_is_not_shown_itself(survey: Survey) -> None:
    published = estimates(axes_of(survey, TEAMS), table(*teams({"T1": SOME})), None, None, contacts())
    share = figure(published, "T1", "positive")
    assert (share["status"], share["estimate"]) == ("too_few", None)
    assert 0 <= share["shrunken_low"] < share["estimate_shrunken"] < share["shrunken_high"] <= 1


def test_nothing_is_made_of_answers_that_may_not_be_told(survey: Survey) -> None:
    alike = {5: 20}
    published = estimates(axes_of(survey, TEAMS), table(*teams({"T1": FEW, "T2": alike, "T3": {}})))
    for area in ("T1", "T2", "T3"):
        for measure in ("mean", "positive"):
            assert shown(figure(published, area, measure)) == [False] * 3, area


def test_a_period_measured_in_two_ways_is_not_shrunken(survey: Survey) -> None:
    changed = survey.model_copy(update={"breaks": (Break(date=dt.date(2025, 2, 1), reason="x", items=(ITEM,)),)})
    published = estimates(axes_of(changed, TEAMS), table(*teams({})), breaks(changed, []))
    assert shown(figure(published, "T1", "mean")) == [False] * 3


def test_a_handful_of_areas_lends_no_strength(survey: Survey) -> None:
    cells = table(cell("T1", MANY), cell("T2", ENOUGH), cell("T3", SOME))
    assert shown(figure(estimates(axes_of(survey), cells), "T3", "mean")) == [False] * 3


def test_adjusted_figures_stand_where_the_figure_itself_does_and_never_leave_the_scale(survey: Survey) -> None:
    adjusted = adjusted_rows(("T1", "positive", Q5, 1.02, -0.03), ("T2", "positive", Q5, 0.6, 0.02))
    published = estimates(axes_of(survey, TEAMS), table(*teams({"T2": SOME})), None, adjusted)
    assert figure(published, "T1", "positive")["estimate_adjusted"] == 1.0
    assert figure(published, "T2", "positive")["estimate_adjusted"] is None
    assert figure(published, "NL", "positive")["estimate_adjusted"] is None


def test_the_table_of_adjusted_figures_has_the_newest_window_and_the_one_a_year_before(survey: Survey) -> None:
    axes, cells = axes_of(survey, TEAMS), table(*teams({"T2": SOME}), *teams({}, Q1))
    rows = [(area, "positive", start, 0.6, 0.02) for area in ("T1", "T2") for start in (Q5, Q1)]
    published = estimates(axes, cells, None, adjusted_rows(*rows))
    found = adjusted_table(axes, published, cells, adjusted_rows(*rows))
    assert found.column_names == [column.name for column in survey.tables["publication.adjusted"].columns]
    assert found.num_rows == TEAMS * 2 * 2 and set(found.column("level").to_pylist()) == {"team"}
    by_place = {(r["area_code"], r["measure"], r["period_start"]): r for r in found.to_pylist()}
    row = by_place["T1", "positive", Q5]
    assert (row["estimate_adjusted"], row["mix_effect"], row["expected_for_mix"]) == (0.6, 0.02, 0.72)
    assert row["adjusted_low"] < 0.6 - 1.9 * 0.05 and 0.6 < row["adjusted_high"] < 0.71, "Wilson, and t for z"
    assert row["figure_id"] == figure(published, "T1", "positive")["figure_id"]
    few = by_place["T2", "positive", Q5]
    assert all(few[name] is None for name in found.column_names if name.startswith(("estimate", "adjusted", "mix")))
    assert by_place["T2", "positive", Q1]["estimate_adjusted"] == 0.6
    assert adjusted_table(axes, published.slice(0, 0), cells.slice(0, 0), adjusted_rows()).num_rows == 0


def ladder(survey: Survey, quarter: list[Cell], year: list[Cell], closed: bool = True) -> dict[str, dict[str, Any]]:
    """``publication.rungs`` by area."""
    periods = (*TWO_QUARTERS, *([period("four_quarters", YEAR)] if closed else []))
    axes = axes_of(survey, TEAMS, periods)
    published = estimates(axes, table(*quarter, *year))
    found = rungs(axes, published)
    assert found.column_names == [column.name for column in survey.tables["publication.rungs"].columns]
    assert found.num_rows == TEAMS
    return {row["area_code"]: row for row in found.to_pylist()}


def test_every_area_speaks_with_the_best_figure_it_has(survey: Survey) -> None:
    quarter = teams({"T2": ENOUGH, "T3": {5: 6, 4: 4, 3: 2}, "T4": FEW, "T5": {}})
    year = teams({"T2": MANY, "T3": SOME, "T4": FEW, "T5": {}}, YEAR, "four_quarters")
    found = ladder(survey, quarter, year)
    steps = {area: (row["rung"], row["window"], row["reason"]) for area, row in found.items()}
    assert steps["T1"] == ("quarter", "quarter", "")
    assert steps["T2"] == ("four_quarters", "four_quarters", "caution")
    assert steps["T3"] == ("shrunken", "four_quarters", "too_few_answers")
    assert steps["T4"] == ("parent", "four_quarters", "disclosure")
    assert steps["T5"] == ("parent", "four_quarters", "no_answers")
    assert {found["T4"]["figure_area_code"], found["T5"]["figure_area_code"]} == {"NL"}
    assert found["T3"]["figure_area_code"] == "T3"
    for row in found.values():
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        assert row["width"] == pytest.approx(row["ci_high"] - row["ci_low"])


@pytest.mark.parametrize(("district", "rung", "speaks"), [("published", "parent", "D1"), ("too_few", "shrunken", "T1")])
def test_the_area_right_above_comes_before_a_shrunken_estimate(district: str, rung: str, speaks: str) -> None:
    whole = load_survey(DEFAULT_SURVEY)
    survey = whole.model_copy(update={"levels": (whole.levels[0], *whole.levels[2:])})
    names = ("level", "area_code", "area_name", "parent_code", "sort_order", "is_current")
    areas = [("nation", "NL", "N", None, 0, True), ("district", "D1", "D", "NL", 1, True)]
    rows = [dict(zip(names, area, strict=True)) for area in [*areas, ("team", "T1", "T", "D1", 2, True)]]
    measures = [{"item": ITEM, "measure": "positive", "scale_min": 0, "scale_max": 1}]
    periods = [period("quarter", Q5), period("four_quarters", YEAR)]
    axes = Axes(survey, *(pa.Table.from_pylist(given) for given in (rows, periods, measures)))
    shown = {"estimate": 0.6, "ci_low": 0.5, "ci_high": 0.7, "se": 0.05, "n_eff": 96.0}
    shrunken = {"estimate_shrunken": 0.62, "shrunken_low": 0.55, "shrunken_high": 0.69}
    place = {"item": ITEM, "measure": "positive", "channel": "all", "target_group": "all", "figure_id": "f", "n": 20}
    figures = [("nation", "NL", "published"), ("district", "D1", district), ("team", "T1", "too_few")]
    published = pa.Table.from_pylist(
        [
            {
                **place, **dict.fromkeys([*shown, *shrunken]), **(shown if status == "published" else {}),
                **(shrunken if level == "team" else {}), "level": level, "area_code": code, "status": status,
                "reason": "too_few_answers" if status == "too_few" else "", "window": when["window"],
                "period_start": when["period_start"], "period_end": when["period_end"],
            }
            for level, code, status in figures
            for when in periods
        ]
    )  # fmt: skip
    row = rungs(axes, published).to_pylist()[0]
    assert (row["rung"], row["figure_area_code"], row["reason"]) == (rung, speaks, "too_few_answers")


def test_the_width_of_the_quarter_never_tells_how_many_answered_where_that_is_hidden(survey: Survey) -> None:
    found = ladder(survey, teams({"T2": ENOUGH, "T3": SOME, "T4": FEW}), teams({}, YEAR, "four_quarters"))
    assert found["T1"]["quarter_width"] == found["T1"]["width"]
    assert found["T2"]["quarter_width"] > found["T2"]["width"]
    assert found["T4"]["quarter_width"] is None
    # 20 answers at the share of the whole: as wide as any 20 answers of that share, whatever these were
    other = ladder(survey, teams({"T2": ENOUGH, "T3": {5: 1, 4: 2, 3: 17}, "T4": FEW}), [])
    assert (
        found["T3"]["quarter_width"]
        == pytest.approx(other["T3"]["quarter_width"], rel=0.02)
        == pytest.approx(0.4, abs=0.05)
    )


def test_without_four_quarters_a_quarter_with_a_caution_will_do(survey: Survey) -> None:
    found = ladder(survey, teams({"T2": ENOUGH, "T3": SOME, "T4": FEW}), [], closed=False)
    assert [found[area]["rung"] for area in ("T1", "T2", "T3", "T4")] == ["quarter", "quarter", "shrunken", "parent"]
    assert found["T2"]["reason"] == "caution"


def test_where_nobody_has_a_figure_nothing_speaks(survey: Survey) -> None:
    found = ladder(survey, [cell("NL", FEW), cell("T1", FEW)], [], closed=False)
    assert {row["rung"] for row in found.values()} == {"none"}
    assert found["T1"]["figure_id"] is None and found["T1"]["reason"] == "disclosure"


def test_before_the_first_quarter_has_closed_there_is_no_ladder(survey: Survey) -> None:
    axes = axes_of(survey, TEAMS, [period("quarter", Q5, closed=False)])
    assert rungs(axes, estimates(axes, table())).num_rows == 0
