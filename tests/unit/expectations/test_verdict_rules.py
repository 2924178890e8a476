"""The rules for sentences as data: whole, readable, and known to whoever judges by them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.verdicts.rules import Requirement, SentenceRule, family_rules, sentence_rules


def test_every_rule_has_an_id_of_its_own_that_starts_with_its_family() -> None:
    ids = [rule.rule_id for rule in sentence_rules()]
    assert len(set(ids)) == len(ids)
    assert [r.rule_id for r in sentence_rules() if not r.rule_id.startswith(f"{r.family or 'never'}.")] == []


def test_a_comparison_ends_in_exactly_one_sentence() -> None:
    """Each rule by which a table decides belongs to one sentence of a family, so exactly one can be written."""
    for family in ("year_earlier", "whole", "funnel", "trend", "driver"):
        decided = [rule for entry in family_rules(family) for rule in entry.decided_by]
        assert len(set(decided)) == len(decided), family


def test_what_can_be_said_of_a_comparison_is_what_the_comparisons_know() -> None:
    table = load_survey(DEFAULT_SURVEY).tables["publication.comparisons"]
    known = {
        value
        for expectation in table.expectations
        if expectation.kwargs.get("column") == "rule"
        for value in expectation.kwargs["value_set"]  # type: ignore[attr-defined]
    }
    decided = {
        rule
        for family in ("year_earlier", "whole", "funnel")
        for entry in family_rules(family)
        for rule in entry.decided_by
    }
    assert decided <= known
    refusals = {"not_shown", "no_reference", "reference_not_shown", "too_few_answers", "break", "no_precision"}
    assert known - decided == refusals | {"reliability"}, "every other rule says why nothing is compared"


def test_a_condition_has_one_limit() -> None:
    with pytest.raises(ValidationError, match="exactly one of"):
        Requirement(input="n", at_least=30, below=50, otherwise="x")
    with pytest.raises(ValidationError, match="exactly one of"):
        Requirement(input="n", otherwise="x")


def test_a_rule_without_a_family_is_one_that_is_never_written() -> None:
    with pytest.raises(ValidationError, match="or is never"):
        SentenceRule.model_validate({"rule_id": "x", "sentence": {"nl": "x", "en": "x"}})
    with pytest.raises(ValidationError, match="nl and en"):
        SentenceRule.model_validate({"rule_id": "x", "never": True, "sentence": {"nl": "x"}})
    assert {rule.rule_id for rule in sentence_rules() if rule.never} == {"never.ranking", "never.overlap"}
