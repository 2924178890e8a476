"""Weights of quarters counted by hand: what they add up to, when the ladder goes down, when a release keeps its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.statistics import weighting
from assets.weighting_cells import cells_of, margins_of
from assets.weights import rules_version, weights
from expectations.shapes import WEIGHT_UNIT
from tests.unit.assets.register_by_hand import (
    FROZEN,
    Q1,
    Q2,
    RULES,
    UNITS,
    balanced,
    nothing_frozen,
    register,
    rollup,
    weighting_survey,
)

SURVEY = weighting_survey()
PLAIN = len(RULES.margin_sets)


def made(counts: pa.Table, frozen: pa.Table | None = None, survey: Any = SURVEY) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = weights(survey, counts, rollup(), frozen or nothing_frozen()).to_pylist()
    return rows


def total(rows: list[dict[str, Any]], **where: str) -> tuple[int, float]:
    """Contacts, and what the weights add up to, of the cells with these values."""
    chosen = [row for row in rows if all(row[name] == value for name, value in where.items())]
    weighted = sum(row["weight"] * row["responses"] for row in chosen) / WEIGHT_UNIT
    return sum(row["contacts"] for row in chosen), weighted


def test_the_columns_are_those_of_the_table_contract() -> None:
    found = weights(SURVEY, balanced(), rollup(), nothing_frozen())
    assert found.column_names == [column.name for column in SURVEY.tables["marts.weights"].columns]
    assert weights(SURVEY, register(), rollup(), nothing_frozen()).schema == found.schema


def test_weights_add_up_to_every_margin() -> None:
    rows = made(balanced())
    assert {row["margin_set"] for row in rows} == {0}
    for where in (
        {}, {"area_code": "T1"}, {"area_code": "T2"}, {"area_code": "T3"}, {"age_band": "young"}, {"age_band": "old"},
        {"area_code": "T3", "channel": "web"},
    ):  # fmt: skip
        contacts, weighted = total(rows, **where)
        assert weighted == pytest.approx(contacts, rel=1e-4), where  # a weight is a whole number of thousandths


def test_the_young_who_answer_less_weigh_more() -> None:
    weight = {(row["area_code"], row["channel"], row["age_band"]): row["weight"] for row in made(balanced())}
    assert weight["T1", "web", "young"] > 1.5 * weight["T1", "web", "old"]


def test_a_base_weight_is_what_the_response_class_stands_for() -> None:
    base = {(row["area_code"], row["channel"]): row["base_weight"] for row in made(balanced())}
    assert base["T1", "web"] == pytest.approx(400 / 90)
    assert base["T1", "phone"] == pytest.approx(100 / 30)
    assert base["T3", "web"] == pytest.approx(200 / 40)


def test_who_was_left_out_is_not_stood_for_and_who_was_not_invited_is() -> None:
    rows = made(register(("T1", "web", "old", 100, 20, Q1, 20, 40), ("T2", "web", "old", 50, 20, Q1, 50, 0)))
    assert [(row["area_code"], row["contacts"], row["invited"]) for row in rows] == [("T1", 80, 40)]
    assert total(rows) == pytest.approx((80, 80))


def test_a_small_cell_of_a_margin_goes_with_the_neighbour_that_the_contract_names() -> None:
    counts = register(("T1", "web", "old", 90, 40), ("T1", "phone", "old", 10, 3), ("T3", "phone", "old", 50, 3))
    (_, cells), = cells_of(SURVEY, counts, rollup()).quarters()  # fmt: skip
    margin = margins_of(cells, RULES, 0)[1]
    # In U1 phone joins web. U2 has no web, so its phone goes with the smallest of the nation.
    assert (margin.dimensions, margin.collapsed) == (("unit", "channel"), 2)
    assert margin.total.tolist() == [150.0]


def test_a_quarter_that_cannot_be_calibrated_takes_the_next_set_of_margins() -> None:
    counts = balanced().to_pylist() + register(("T3", "web", "oldest", 2_000, 6)).to_pylist()
    rows = made(pa.Table.from_pylist(counts, schema=balanced().schema))
    assert {row["margin_set"] for row in rows} == {1}
    assert total(rows) == pytest.approx((3_000, 3_000), rel=1e-4)


def test_a_quarter_that_no_set_fits_gets_the_same_weight_for_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise weighting.NoSolutionError

    monkeypatch.setattr(weighting, "calibrate", none)
    rows = made(balanced())
    assert {(row["margin_set"], row["weight"], tuple(row["margins"])) for row in rows} == {(PLAIN, 4545, ())}


@pytest.mark.parametrize("answers", [0, 1, 7])
def test_a_handful_of_answers_is_no_error(answers: int) -> None:
    rows = made(register(("T1", "web", "old", 40, answers), ("T3", "phone", "young", 10, 0)))
    assert all(row["weight"] > 0 for row in rows)
    if answers:
        assert total(rows) == pytest.approx((50, 50), abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_counts_everyone_has_a_weight_and_together_they_are_all_contacts(seed: int) -> None:
    chance = np.random.default_rng(seed)
    for size in (3, 30, 300):
        places = [(team, channel, age) for team in (*UNITS, "unallocated") for channel in ("web", "phone")
                  for age in ("old", "young", "unknown")]  # fmt: skip
        contacts = chance.poisson(size, len(places)) * (chance.random(len(places)) < 0.8)
        invited = chance.binomial(contacts, 0.7)
        answers = chance.binomial(invited, chance.uniform(0, 0.5, len(places)))
        numbers = zip(contacts.tolist(), answers.tolist(), invited.tolist(), strict=True)
        rows = made(register(*((*place, n, y, Q1, 0, i) for place, (n, y, i) in zip(places, numbers, strict=True))))
        assert all(row["weight"] > 0 and row["base_weight"] > 0 for row in rows)
        if sum(row["responses"] for row in rows):
            assert total(rows) == pytest.approx((contacts.sum(), contacts.sum()), rel=1e-3)


def test_contacts_without_a_known_area_are_a_class_of_their_own() -> None:
    rows = made(register(("T1", "web", "old", 100, 25), ("unallocated", "web", "old", 100, 40)))
    weight = {row["area_code"]: row["weight"] for row in rows}
    assert weight == {"T1": 4000, "unallocated": 2500}


def test_every_quarter_is_weighted_on_its_own() -> None:
    rows = made(register(("T1", "web", "old", 100, 25), ("T1", "web", "old", 100, 50, Q2)))
    assert [(row["quarter"], row["weight"]) for row in rows] == [(Q1, 4000), (Q2, 2000)]


def test_positions_point_at_the_margins_of_the_quarter() -> None:
    rows = made(balanced())
    assert {len(row["margins"]) for row in rows} == {3}
    by_age = {row["age_band"]: row["margins"][2] for row in rows}
    assert by_age["old"] != by_age["young"]
    assert {row["margins"][0] for row in rows} == {0, 1, 2}  # the teams


def test_without_weighting_in_the_contract_every_answer_counts_once() -> None:
    rows = made(balanced(), survey=weighting_survey(None))
    assert {(row["base_weight"], row["weight"], tuple(row["margins"])) for row in rows} == {(1.0, WEIGHT_UNIT, ())}


def test_more_answers_than_contacts_stops_with_words() -> None:
    with pytest.raises(
        ValueError, match="2024-01-01: 1 cells with more answers than contacts: the register is incomplete"
    ):
        made(register(("T1", "web", "old", 10, 11)))


def released(counts: pa.Table, rules: str = "") -> pa.Table:
    """What a release of these counts keeps, with weights that today's counts do not give."""
    rows = [
        {name: row.get(name) for name in FROZEN} | {"weight": 7_000, "weighting_rules": rules or rules_version(SURVEY)}
        for row in made(counts)
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(FROZEN.items())))


LATER = [("T1", "web", "old", 100, 40), ("T2", "web", "old", 100, 40), ("T3", "web", "old", 100, 40)]


def test_a_released_quarter_keeps_its_weights_while_little_changes() -> None:
    late = register(*LATER, ("T3", "web", "young", 4, 1))
    rows = made(late, released(register(*LATER)))
    assert [(row["age_band"], row["weights_from"]) for row in rows] == [("old", "kept")] * 3 + [("young", "kept")]
    assert [row["weight"] for row in rows[:3]] == [7_000] * 3
    assert rows[3]["weight"] == made(late)[3]["weight"], "a cell that is new since then gets the weight of today"


def test_a_released_quarter_that_changed_too_much_is_weighted_anew_and_says_so() -> None:
    rows = made(register(*LATER, ("T3", "web", "young", 40, 3)), released(register(*LATER)))
    assert {row["weights_from"] for row in rows} == {"renewed"}
    assert all(row["weight"] != 7_000 for row in rows)


def test_what_moves_between_cells_counts_as_change_too() -> None:
    moved = register(("T1", "web", "old", 120, 40), ("T2", "web", "old", 80, 40), ("T3", "web", "old", 100, 40))
    assert {row["weights_from"] for row in made(moved, released(register(*LATER)))} == {"renewed"}


def test_other_rules_in_the_contract_weight_a_released_quarter_anew() -> None:
    rows = made(register(*LATER), released(register(*LATER), rules="of before"))
    assert {row["weights_from"] for row in rows} == {"renewed"}


def test_the_same_counts_give_the_same_weights_before_and_after_their_release() -> None:
    counts = register(*LATER)
    before = weights(SURVEY, counts, rollup(), nothing_frozen())
    names = [name for name in FROZEN if name != "weighting_rules"]
    kept = before.select(names).append_column(
        "weighting_rules", pa.array([rules_version(SURVEY)] * before.num_rows, pa.string())
    )
    assert weights(SURVEY, counts, rollup(), kept).equals(before)


def test_alarms_and_patience_are_no_part_of_the_rules_that_made_a_weight() -> None:
    other = RULES.model_copy(update={"frozen_until": 0.2, "design_effect_warn": 2.0})
    assert rules_version(weighting_survey(other)) == rules_version(SURVEY)
    stricter = RULES.model_copy(update={"minimum_class": 30})
    assert rules_version(weighting_survey(stricter)) != rules_version(SURVEY)
