"""A drawn police: its truth is what is expected over the contacts, and a scenario changes one thing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from assets.simulation.police import Police, draw_police
from assets.simulation.scenarios import Scenario, load_study, reduced
from assets.simulation.scenarios import drawn as drawn_items
from assets.simulation.truth import _Curve, subjects
from assets.synthetic.parameters import load_parameters
from assets.synthetic.world import make_world
from expectations.ddl import resolved_columns
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey
from tests.tiny_survey import tiny_survey

RESPONSES = 30_000


@cache
def survey() -> Survey:
    return reduced(tiny_survey().model_copy(update={"feedback_item": None}))


@cache
def drawn(name: str) -> Police:
    return draw_police(survey(), load_study().scenarios[name], 3, RESPONSES)


def truth(police: Police, kind: str = "percentage") -> float:
    return float(police.truth.expected[kind].sum() / police.truth.contacts.sum())


def answered(police: Police, kind: str = "percentage") -> float:
    return float(police.truth.answered[kind].sum() / police.truth.answers[kind].sum())


def test_the_same_seed_gives_the_same_police_and_another_seed_another() -> None:
    scenario = load_study().scenarios["equal"]
    one, again, other = (draw_police(survey(), scenario, seed, 2000) for seed in (1, 1, 2))
    assert one.tables["staging.responses"].equals(again.tables["staging.responses"])
    assert not one.tables["staging.responses"].equals(other.tables["staging.responses"])


def test_the_tables_have_the_columns_of_their_contracts() -> None:
    for name, table in drawn("equal").tables.items():
        assert set(table.column_names) == {c.name for c in resolved_columns(survey(), survey().tables[name])}


def test_only_eligible_contacts_are_in_the_truth() -> None:
    police = drawn("equal")
    contacts = police.tables["staging.contacts"]
    counted = contacts.filter(pc.field("excluded_by").is_null() & (pc.field("target_group") == "reporter"))
    assert police.truth.contacts.sum() == counted.num_rows
    assert counted.num_rows < contacts.num_rows


def test_answers_are_about_the_truth() -> None:
    police = drawn("steady")
    n = police.truth.answers["percentage"].sum()
    assert abs(answered(police) - truth(police)) < 4 * np.sqrt(0.25 / n) + 0.01  # and a little mild non-response
    assert abs(answered(police, "mean") - truth(police, "mean")) < 4 * 2 / np.sqrt(n) + 0.05


def test_who_is_dissatisfied_answers_more_often_where_that_is_what_is_simulated() -> None:
    police = drawn("not_at_random")
    ratio = load_study().scenarios["not_at_random"].dissatisfied_ratio
    p = truth(police)
    assert answered(police) == pytest.approx((p / ratio) / (p / ratio + 1 - p), abs=0.02)
    usual = drawn("equal").truth.answers["percentage"].sum()
    assert police.truth.answers["percentage"].sum() == pytest.approx(usual, rel=0.05)


def test_a_shift_moves_the_truth_of_the_last_year_only() -> None:
    scenario = Scenario(months=24, areas_differ=False, shifts=(10.0,), shifted_share=0.5)
    police = draw_police(survey(), scenario, 3, RESPONSES)
    share = police.truth.expected["percentage"] / police.truth.contacts
    moved = share[12:].mean(axis=0) - share[:12].mean(axis=0)
    assert sorted(np.abs(police.truth.shift)) == [0, 10]
    assert moved == pytest.approx(police.truth.shift / 100, abs=0.01)


def test_areas_that_do_not_differ_have_the_same_truth_but_for_their_contacts() -> None:
    share = drawn("equal").truth.expected["percentage"].sum(axis=0) / drawn("equal").truth.contacts.sum(axis=0)
    other = drawn("steady").truth.expected["percentage"].sum(axis=0) / drawn("steady").truth.contacts.sum(axis=0)
    assert abs(share[0] - share[1]) < 0.02
    assert abs(other[0] - other[1]) > 0.04


def test_the_expected_mark_is_the_mean_of_drawn_marks() -> None:
    whole = load_survey(DEFAULT_SURVEY)
    world = make_world(whole, load_parameters(), 1, 1000, 3)
    item = whole.item(next(s.item for s in subjects(whole) if s.measure == "mean"))
    curve = _Curve.of(world, item)
    rng = np.random.default_rng(1)
    latent = 0.8  # of the contact; people judge with spread 1 around it, and the mark leans on that judgement
    judgement = latent - curve.centre + rng.standard_normal(200_000)
    rest = np.sqrt(1 - curve.loading**2) * rng.standard_normal(200_000)
    weight = np.array(world.parameters.mark.shares)
    cumulative = np.cumsum(weight / weight.sum())[:-1]
    from scipy.special import ndtri

    marks = 1 + np.searchsorted(ndtri(cumulative), curve.loading * judgement + rest + curve.shift[0], side="right")
    expected = curve.at(np.array([latent]), np.array([0]))[0]
    assert expected == pytest.approx(marks.mean(), abs=4 * 2 / np.sqrt(200_000))


def test_the_reduced_contract_keeps_what_decides_who_is_asked() -> None:
    whole = tiny_survey().model_copy(update={"mark_item": "news", "feedback_item": "heard"})
    assert [item.id for item in reduced(whole).items] == ["satisfaction", "heard", "news"]
    assert reduced(whole).feedback_item == "heard"


def test_the_feedback_question_is_answered_without_figures_of_its_own() -> None:
    whole = load_survey(DEFAULT_SURVEY)
    assert [item.id for item in drawn_items(whole).items] == ["satisfaction", "mark", "heard_back"]
    assert [item.id for item in reduced(whole).items] == ["satisfaction", "mark"]
    assert reduced(whole).feedback_item is None


def test_the_wanted_bands_are_found_first_come_first_served() -> None:
    study = load_study()
    assert study.band("steady", "coverage", "interval", "positive") == (0.93, 0.97)
    assert study.band("steady", "coverage", "shrunken", "positive") == (0.92, 0.98)
    assert study.band("not_at_random", "coverage", "interval", "positive") == (None, None)
    assert study.band("equal", "alarm", "funnel", "mean") == (None, 0.005)


def test_rows_without_answers_are_a_table_too() -> None:
    police = draw_police(survey(), load_study().scenarios["equal"], 3, 3)
    assert isinstance(police.tables["staging.responses"], pa.Table)
