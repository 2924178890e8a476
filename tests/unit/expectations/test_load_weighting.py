"""What must hold in the weighting of a survey: every rule broken once, line named."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_breaks import SURVEY, Break, assert_refused, copy_contract

from expectations.derived import derived_expectations
from expectations.load import DEFAULT_SURVEY, load_survey


def rule(*edit: str) -> Break:
    """An edit of ``survey.yaml``: old text, new text, where the refusal points, what it says, name of the case."""
    old, new, at, message, name = edit
    return Break("survey", old, new, at, message, name)


CASES = [
    rule(
        "selection: [unit, channel]",
        "selection: [unit, canal]",
        "selection: [",
        "'canal' is not a dimension",
        "no such dimension",
    ),
    rule("selection: [unit, channel]", "selection: []", "selection: [", "name at least one dimension", "nothing"),
    rule(
        "selection: [unit, channel]",
        "selection: [channel, unit]",
        "selection: [",
        "the level comes first",
        "level last",
    ),
    rule(
        "response_classes: [team, channel_class]",
        "response_classes: [team, unit]",
        "response_classes: [",
        "name one level",
        "two levels",
    ),
    rule(
        "[unit, channel], [unit, target_group]",
        "[unit, channel, channel_class], [unit, target_group]",
        "- [[team], [unit, channel, channel_class]",
        "channel or channel_class",
        "channel twice",
    ),
    rule(
        "- [[unit], [nation, channel_class]]",
        "- [[unit], [unit]]",
        "- [[unit], [unit]]",
        "margin 'unit' was already used",
        "margin twice",
    ),
    rule("- [[unit], [nation, channel_class]]", "- []", "- []", "a set without margins", "empty set"),
    rule(
        "age_band: {16-24: 25-44,",
        "age_band: {16-24: 25-99,",
        "age_band: {16-24",
        "'25-99' is not a code of age_band",
        "no such code",
    ),
    rule(
        "age_band: {16-24: 25-44,",
        "age_band: {16-24: 16-24,",
        "age_band: {16-24",
        "is its own neighbour",
        "own neighbour",
    ),
    rule(
        "age_band: {16-24: 25-44,",
        "team: {16-24: 25-44,",
        "team: {16-24",
        "'team' has no named neighbours",
        "neighbour of areas",
    ),
    rule(
        "design_effect_stop: 2.5",
        "design_effect_stop: 1.2",
        "design_effect_stop",
        "is lower than design_effect_warn",
        "limits",
    ),
    rule("bounds: {lower: 0.3,", "bounds: {lower: 1.3,", "bounds: {lower", "less than 1", "bounds"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_weighting_is_refused_with_its_line(case: Break, tmp_path: Path) -> None:
    assert_refused(copy_contract(tmp_path), case)


def test_a_survey_may_do_without_weighting(tmp_path: Path) -> None:
    path = copy_contract(tmp_path) / SURVEY / "survey.yaml"
    text = path.read_text("utf-8")
    start = text.index("weighting:")
    path.write_text(text[:start] + text[text.index("\n# Hoe lang", start) :], "utf-8")
    assert load_survey(path.parent, tmp_path).weighting is None


def test_the_limits_on_the_design_effect_become_expectations() -> None:
    survey = load_survey(DEFAULT_SURVEY)
    assert survey.weighting is not None
    found = derived_expectations(survey, survey.tables["publication.weighting"])
    assert {(e.severity, e.kwargs["max_value"]) for e in found} == {
        ("contract", survey.weighting.design_effect_stop),
        ("plausible", survey.weighting.design_effect_warn),
    }
