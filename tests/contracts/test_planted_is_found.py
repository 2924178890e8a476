"""What is planted in the synthetic police is what the contract finds in it: exclusions, flags and refusals."""

from __future__ import annotations

import re

import pytest

from assets.synthetic.parameters import load_parameters
from expectations.load import DEFAULT_SURVEY, load_survey
from tests.tiny_survey import House
from tests.unit.assets.synthetic.police import Police

FAULT_RULES = {
    "bot": "honeypot.filled",
    "abandoned": "response.too_few_answers",
    "strange_duration": "duration_seconds.not_a_number",
    "unknown_contact": "contact_id.unknown_contact",
    "second_answer": "contact_id.already_answered",
}


@pytest.fixture(scope="module")
def police(tmp_path_factory: pytest.TempPathFactory) -> Police:
    usual = load_parameters()
    plain = usual.deliveries.model_copy(update={"contacts": {}, "responses": {}})  # formats are the readers' business
    often = {**usual.faults.responses, **dict.fromkeys(FAULT_RULES, 0.01)}
    return Police(
        load_survey(DEFAULT_SURVEY),
        tmp_path_factory.mktemp("police"),
        responses=2400,
        months=4,
        parameters=usual.model_copy(
            update={"deliveries": plain, "faults": usual.faults.model_copy(update={"responses": often})}
        ),
    )


@pytest.fixture(scope="module")
def house(police: Police, tmp_path_factory: pytest.TempPathFactory) -> House:
    built = House(tmp_path_factory.mktemp("house"), police.survey)
    for name, file in police.files.iterrows():
        rows = police.read(name).drop(columns=["_file", "_row"]).to_dict("records")
        month = re.search(r"\d{4}-\d{2}", str(name))
        assert month
        built.deliver(file.source, rows, month=built.survey.periods.first_month.fromisoformat(f"{month.group()}-01"))
    built.build()
    return built


@pytest.fixture(scope="module")
def marks(police: Police) -> dict[str, set[str]]:
    return {str(mark): set(rows["id"]) for mark, rows in police.table("marks").groupby("mark")}


def ids(house: House, select: str) -> set[str]:
    return {str(row[0]) for row in house.rows(select)}


def test_who_was_invited_too_soon_is_left_out_and_nobody_else(
    police: Police, house: House, marks: dict[str, set[str]]
) -> None:
    judged = "select contact_id from staging.contacts where exclusion_reason is null and excluded_by is not null"
    assert ids(house, judged) == marks["recently_invited"] & ids(house, "select contact_id from staging.contacts")
    assert len(marks["recently_invited"]) > 3


def test_every_recorded_reason_is_the_reason(house: House) -> None:
    pairs = house.rows(
        "select distinct exclusion_reason, excluded_by from staging.contacts where exclusion_reason is not null"
    )
    assert {recorded for recorded, _ in pairs} == {by for _, by in pairs}
    assert len(pairs) == len(house.survey.code_lists["exclusion_reason"].codes)


def test_who_does_not_agree_is_left_out(house: House, marks: dict[str, set[str]]) -> None:
    accepted = ids(house, "select response_id from staging.responses")
    found = ids(house, "select response_id from staging.responses where excluded_by = 'no_consent'")
    assert found == marks["no_consent"] & accepted
    assert not found & ids(house, "select response_id from marts.respondents")
    assert found


@pytest.mark.parametrize("flag", ["speeder", "straight_liner", "same_text"])
def test_whoever_is_marked_is_flagged_and_counts(house: House, marks: dict[str, set[str]], flag: str) -> None:
    accepted = ids(house, "select response_id from staging.responses")
    found = ids(house, f"select response_id from staging.responses where list_contains(flags, '{flag}')")
    assert marks[flag] & accepted <= found
    if flag != "straight_liner":  # who is equally satisfied with everything draws a line too
        assert found == marks[flag] & accepted
    assert len(found) < 0.1 * len(accepted)
    in_figures = ids(house, "select response_id from marts.respondents")
    assert len(found & in_figures) > 0.8 * len(found)


def test_every_fault_of_a_response_is_refused_by_its_own_rule(police: Police, house: House) -> None:
    counted = dict(
        house.rows("select rule_id, count(*) from staging.quarantine where kind = 'responses' group by rule_id")
    )
    planted = police.faults[police.faults.file_name.str.startswith("responses")].fault.value_counts()
    assert {rule: counted.get(rule, 0) for rule in FAULT_RULES.values()} == {
        rule: int(planted[fault]) for fault, rule in FAULT_RULES.items()
    }


def test_the_figures_rest_on_the_answers_that_are_true(police: Police, house: House) -> None:
    answers = police.table("area_months").answers.sum()
    counted = house.rows("select count(*) from marts.respondents")[0][0]
    late = (police.table("answers").delivered < 0).sum()
    refused = house.rows("select count(*) from staging.response_versions where status = 'quarantined'")[0][0]
    assert answers - late - refused <= counted <= answers
