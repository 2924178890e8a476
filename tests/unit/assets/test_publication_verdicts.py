"""Which sentence may be written: one row per figure and possible sentence, held against the table it stands on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.figure_axes import Axes
from assets.publication_verdicts import inputs_json, verdicts
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey

START, END = dt.date(2025, 1, 1), dt.date(2025, 3, 31)
PLACE = {"target_group": "all", "channel": "all", "item": "satisfaction", "measure": "positive", "window": "quarter"}
PLACE_COLUMNS = ("figure_id", "level", "area_code", *PLACE, "period_start", "period_end")
NUMBERS = ("difference", "p_value", "q_value", "smallest_visible")


@pytest.fixture(scope="module")
def survey() -> Survey:
    whole = load_survey(DEFAULT_SURVEY)
    levels = tuple(
        level.model_copy(update={"windows": ("quarter",), "breakdown_windows": (), "headline_window": "quarter"})
        for level in (whole.levels[0], whole.levels[-1])
    )
    return whole.model_copy(update={"levels": levels})


def axes_of(survey: Survey, teams: int) -> Axes:
    rows = [("nation", "NL", None)] + [("team", f"T{n}", "NL") for n in range(1, teams + 1)]
    areas = [
        {"level": level, "area_code": code, "area_name": code, "parent_code": parent, "sort_order": n}
        | {"is_current": True}
        for n, (level, code, parent) in enumerate(rows)
    ]
    periods = [{"window": "quarter", "period_start": START, "period_end": END, "closed": True}]
    measures = [
        {"item": "satisfaction", "measure": "positive", "scale_min": 0, "scale_max": 1},
        {"item": "treatment", "measure": "mean", "scale_min": 1, "scale_max": 5},
    ]
    return Axes(survey, *(pa.Table.from_pylist(r) for r in (areas, periods, measures)))


def place(area: str) -> dict[str, Any]:
    level = "nation" if area == "NL" else "team"
    where = {"figure_id": f"f{area}", "level": level, "area_code": area}
    return {**where, **PLACE, "period_start": START, "period_end": END}


def figure(area: str, n: int | None = 400, reliability: float | None = 0.8) -> dict[str, Any]:
    status = "published" if n else "hidden"
    return {**place(area), "n": n, "reliability": reliability, "estimate": 0.7 if n else None, "status": status}


def compared(area: str, against: str = "year_earlier", **found: Any) -> dict[str, Any]:
    """A tested difference; without p_value one that was not made."""
    numbers = dict.fromkeys(NUMBERS) | {name: found[name] for name in NUMBERS if name in found}
    refused = {"outcome": "not_compared", "rule": "not_shown"}
    concluded = {name: found[name] for name in ("outcome", "rule") if name in found}
    return {**place(area), "against": against, "reference_figure_id": "fNL", "basis": "as_measured"} | numbers | (
        refused | concluded
    )  # fmt: skip


def table(rows: list[dict[str, Any]], *more: str) -> pa.Table:
    doubles = {*NUMBERS, "reliability", "estimate", "centre", "limit_low", "limit_high", "share"}
    dates = {"period_start", "period_end"}
    whole = {"n": pa.int64(), "part": pa.int32(), "driver_rank": pa.int32()}
    schema = pa.schema(
        [
            (n, pa.float64() if n in doubles else pa.date32() if n in dates else whole.get(n, pa.string()))
            for n in (*PLACE_COLUMNS, *more)
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def made(
    survey: Survey, figures: list[dict[str, Any]], comparisons: list[dict[str, Any]], teams: int = 3, **others: Any
) -> dict[tuple[str, str], dict[str, Any]]:
    found = verdicts(
        axes_of(survey, teams),
        table(figures, "n", "reliability", "estimate", "status"),
        table(comparisons, "against", "reference_figure_id", "basis", *NUMBERS, "outcome", "rule"),
        table(others.get("signals", []), "part", "estimate", "centre", "limit_low", "limit_high", "signal", "verdict"),
        table(others.get("drivers", []), "route", "n", "share", "driver_rank"),
    )
    assert found.column_names == [column.name for column in survey.tables["publication.verdicts"].columns]
    rows = {(row["figure_id"], row["rule_id"]): row for row in found.to_pylist()}
    assert len(rows) == found.num_rows, "one row per figure and rule"
    return rows


REAL: dict[str, Any] = {"difference": 0.08, "p_value": 0.001, "q_value": 0.02, "smallest_visible": 0.04}


def test_a_relevant_difference_that_survives_the_many_tests_may_be_called_higher(survey: Survey) -> None:
    rows = made(survey, [figure("NL"), figure("T1")], [compared("T1", **REAL, outcome="higher", rule="difference")])
    changed = rows["fT1", "year_earlier.changed"]
    assert (changed["allowed"], changed["reason"], changed["outcome"]) == (True, "", "higher")
    assert {row["rule_id"] for row in rows.values() if row["allowed"]} == {"year_earlier.changed"}
    assert rows["fT1", "year_earlier.maybe"]["reason"] == "certain"
    assert rows["fT1", "year_earlier.not_visible"]["reason"] == "other_sentence"
    assert all(row["agrees"] for row in rows.values())


@pytest.mark.parametrize(
    ("numbers", "rule", "sentence", "why_not_changed"),
    [
        ({"q_value": 0.2}, "maybe_chance", "year_earlier.maybe", "maybe_chance"),
        ({"p_value": 0.2, "q_value": 0.5}, "not_visible", "year_earlier.not_visible", "not_visible"),
        ({"difference": 0.03}, "not_relevant", "year_earlier.small", "not_relevant"),
        ({"p_value": 0.2, "q_value": 0.5}, "equivalent", "year_earlier.equal", "not_visible"),
    ],
)
def test_otherwise_exactly_one_weaker_sentence_may_be_written(
    survey: Survey, numbers: dict[str, Any], rule: str, sentence: str, why_not_changed: str
) -> None:
    row = compared("T1", **(REAL | numbers), outcome="no_difference", rule=rule)
    rows = made(survey, [figure("NL"), figure("T1")], [row])
    assert [row["rule_id"] for row in rows.values() if row["allowed"]] == [sentence]
    assert rows["fT1", "year_earlier.changed"]["reason"] == why_not_changed
    assert all(row["agrees"] for row in rows.values())


def test_nothing_may_be_said_of_what_is_not_compared_and_the_reason_is_that_of_the_comparison(survey: Survey) -> None:
    rows = made(survey, [figure("NL"), figure("T1")], [compared("T1", rule="break")])
    assert {row["allowed"] for row in rows.values()} == {False}
    assert {row["reason"] for row in rows.values()} == {"break"}
    assert all(row["agrees"] for row in rows.values())


def test_the_inputs_are_published_numbers_and_limits_only(survey: Survey) -> None:
    rows = made(survey, [figure("NL"), figure("T1", n=None)], [compared("T1")])
    inputs = json.loads(rows["fT1", "year_earlier.changed"]["inputs"])
    limits = {"false_discovery_rate": 0.1, "least_answers": 50, "relevant_difference": 0.05, "single_test": 0.05}
    nothing = dict.fromkeys(("difference", "n", "p_value", "q_value", "size"))
    assert inputs == {"basis": "as_measured", "reference_n": 400, **limits, **nothing}
    assert list(inputs) == sorted(inputs)


def test_rules_that_say_something_else_than_the_test_are_seen(survey: Survey) -> None:
    rows = made(
        survey, [figure("NL"), figure("T1")], [compared("T1", **REAL, outcome="no_difference", rule="not_visible")]
    )
    assert not rows["fT1", "year_earlier.changed"]["agrees"]
    assert not rows["fT1", "year_earlier.not_visible"]["agrees"]


def test_an_area_among_many_is_judged_by_the_funnel_and_needs_a_reliable_figure(survey: Survey) -> None:
    outside = compared("T1", "nation", difference=-0.1, p_value=0.0005, q_value=0.01, outcome="lower", rule="funnel")
    within = compared(
        "T2", "nation", difference=0.1, p_value=0.02, q_value=0.1, outcome="no_difference", rule="within_funnel"
    )
    unsure = compared("T3", "nation", rule="reliability")
    figures = [figure("NL"), figure("T1"), figure("T2"), figure("T3", reliability=0.3)]
    rows = made(survey, figures, [outside, within, unsure], teams=12)
    assert {rule for _, rule in rows} == {"funnel.differs", "funnel.within_spread"}
    assert {key for key, row in rows.items() if row["allowed"]} == {
        ("fT1", "funnel.differs"),
        ("fT2", "funnel.within_spread"),
    }
    assert rows["fT2", "funnel.differs"]["reason"] == "within_funnel"
    assert rows["fT3", "funnel.within_spread"]["reason"] == "reliability"


def test_an_area_among_few_is_tested_against_the_whole(survey: Survey) -> None:
    rows = made(
        survey, [figure("NL"), figure("T1")], [compared("T1", "nation", **REAL, outcome="higher", rule="difference")]
    )
    assert [row["rule_id"] for row in rows.values() if row["allowed"]] == ["whole.differs"]


def points(count: int, signal: str, verdict: str) -> list[dict[str, Any]]:
    """A chart of an area; only its newest point has a verdict."""
    line = {"part": 1, "estimate": 0.7, "centre": 0.7, "limit_low": 0.6, "limit_high": 0.8}
    rows = [{**place("T1"), "figure_id": None, **line, "signal": "common", "verdict": ""} for _ in range(count)]
    rows[-1] |= {"signal": signal, "verdict": verdict}
    return rows


@pytest.mark.parametrize(
    ("count", "signal", "verdict", "allowed"),
    [
        (13, "above_limit", "improvement", {"trend.signal"}),
        (13, "run_low", "deterioration", {"trend.signal"}),
        (13, "common", "ordinary", {"trend.ordinary"}),
        (12, "above_limit", "too_few_points", set()),
    ],
)
def test_only_a_signal_at_the_newest_of_enough_points_is_an_improvement(
    survey: Survey, count: int, signal: str, verdict: str, allowed: set[str]
) -> None:
    rows = made(survey, [figure("NL"), figure("T1")], [], signals=points(count, signal, verdict))
    assert {row["rule_id"] for row in rows.values() if row["allowed"]} == allowed
    assert {key[0] for key in rows} == {"fT1"}, "a point without a figure of its own is told about at the newest one"
    assert all(row["agrees"] for row in rows.values())
    assert json.loads(rows["fT1", "trend.signal"]["inputs"])["points"] == count


def driver(route: str, n: int, rank: int | None) -> dict[str, Any]:
    """A part of the service and what it adds to the opinion of the nation."""
    return {**place("NL"), "item": "treatment", "route": route, "n": n, "share": 0.4, "driver_rank": rank}


@pytest.mark.parametrize(
    ("n", "rank", "sentence", "why_not_first"),
    [
        (6000, 1, "driver.most_important", ""),
        (6000, 2, "driver.goes_together", "not_first"),
        (2000, None, "driver.goes_together", "no_order"),
    ],
)
def test_the_main_point_is_named_only_with_enough_answers_for_an_order(
    survey: Survey, n: int, rank: int | None, sentence: str, why_not_first: str
) -> None:
    measured = {"item": "treatment", "measure": "mean"}
    id_of_mean = hashlib.sha256(f"nation|NL|all|all|treatment|mean|quarter|{START}".encode()).hexdigest()[:16]
    mean = {**figure("NL"), **measured, "figure_id": id_of_mean}
    own_route = driver("heard_back=yes", 9000, 1)
    rows = made(survey, [figure("NL"), mean], [], drivers=[own_route, driver("all", n, rank)])
    assert [row["rule_id"] for row in rows.values() if row["allowed"]] == [sentence], "everyone's route, not one's own"
    assert rows[id_of_mean, "driver.most_important"]["reason"] == why_not_first
    assert all(row["agrees"] for row in rows.values())


def test_nothing_in_nothing_out(survey: Survey) -> None:
    assert made(survey, [], []) == {}


def test_numbers_are_written_as_json_reads_them() -> None:
    made_of = {"b": np.array([0.5, np.nan, 3.0]), "a": np.array(["x", "y", "z"])}
    assert inputs_json(made_of, 3).to_pylist() == ['{"a":"x","b":0.5}', '{"a":"y","b":null}', '{"a":"z","b":3}']
    assert inputs_json({}, 2).to_pylist() == ["{}", "{}"]
    tiny = np.array([1e-300, -2.5e-7, 1 / 3])
    assert [json.loads(text)["p"] for text in inputs_json({"p": tiny}, 3).to_pylist()] == tiny.tolist()
