"""What a survey adds to the checks by itself."""

from __future__ import annotations

from expectations.derived import derived_expectations, with_derived_expectations
from tests.tiny_survey import tiny_survey


def of_column(column: str) -> list[tuple[str, str]]:
    survey = tiny_survey()
    return [
        (e.type, e.severity)
        for e in derived_expectations(survey, survey.tables["staging.responses"])
        if column in {e.kwargs.get("column"), e.kwargs.get("column_B")}
    ]


def test_an_item_brings_its_answers() -> None:
    assert ("expect_column_values_to_be_between", "contract") in of_column("satisfaction")
    assert ("expect_column_values_to_be_in_set", "contract") in of_column("heard")
    assert of_column("comment") == []


def test_an_item_put_to_everyone_is_answered_by_most() -> None:
    assert ("expect_column_values_to_not_be_null", "plausible") in of_column("mark")
    assert ("expect_column_values_to_not_be_null", "plausible") not in of_column("report")


def test_routing_leaves_only_pairs_of_an_opening_answer_and_an_answer() -> None:
    survey = tiny_survey()
    pairs = next(
        e.kwargs["value_pairs_set"]
        for e in derived_expectations(survey, survey.tables["staging.responses"])
        if e.type == "expect_column_pair_values_to_be_in_set"
    )
    assert pairs == [["yes", answer] for answer in range(1, 6)]


def test_a_channel_brings_itself_into_the_value_sets() -> None:
    survey = tiny_survey()
    sets = {
        e.kwargs["column"]: e.kwargs["value_set"]
        for e in derived_expectations(survey, survey.tables["staging.contacts"])
    }
    assert sets["channel"] == ["web", "phone"]
    assert sets["age_band"] == ["16plus"]


def test_own_expectations_stay_in_front() -> None:
    survey = tiny_survey()
    own = survey.tables["staging.contacts"].expectations
    assert with_derived_expectations(survey)["staging.contacts"].expectations[: len(own)] == own
