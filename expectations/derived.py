"""Expectations that follow from the survey: what a new item, channel or code adds to the checks by itself.

Belongs here: value sets, answer ranges, required answers, routing and item non-response, per table.
Does not belong here: expectations of one table written by hand (``tables/``), running them (``suites``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from expectations.compile_exclusions import exclusion_catalogue
from expectations.compile_respondents import scale_range
from expectations.model import Expectation, Item, Scale, Survey, Table, Weighting

PLAUSIBLE_ANSWERED = 0.4
"""An item put to everyone that fewer than this part of the respondents answers is lost somewhere on the way."""
TYPED_ONCE_ACCEPTED = {"staging.contacts", "staging.responses", "marts.respondents"}


def with_derived_expectations(survey: Survey) -> Mapping[str, Table]:
    """The tables of a survey with their own expectations followed by the derived ones."""
    return {
        key: table.model_copy(update={"expectations": table.expectations + derived_expectations(survey, table)})
        for key, table in survey.tables.items()
    }


def derived_expectations(survey: Survey, table: Table) -> tuple[Expectation, ...]:
    """Expectations of a table that follow from the items, channels, groups and code lists of the survey."""
    found: list[Expectation] = []
    if f"{table.layer}.{table.name}" in TYPED_ONCE_ACCEPTED:
        own = {column.name for column in table.columns}
        found += [_in_set(field, codes) for field, codes in _code_sets(survey).items() if field in own]
    if survey.weighting is not None and (table.layer, table.name) == ("publication", "weighting"):
        found += _design_effect_expectations(survey.weighting)
    if table.items_as == "answers" and table.name == "responses":
        found.append(
            _expectation(
                "expect_column_values_to_be_between",
                {"column": "answered", "min_value": survey.response_rules.minimum_answered},
                "a response with fewer answers does not count",
            )
        )
        for item in survey.items:
            found += _item_expectations(survey, item)
    return tuple(found)


def _design_effect_expectations(rules: Weighting) -> Iterator[Expectation]:
    """Unequal weights cost precision: from some point on someone should look, and from another on nothing goes out."""
    limits: tuple[tuple[Literal["contract", "plausible"], float, str], ...] = (
        (
            "contract",
            rules.design_effect_stop,
            "weights so unequal that the figures rest on few answers: not published",
        ),
        ("plausible", rules.design_effect_warn, "unequal weights make the figures clearly less precise"),
    )
    for severity, limit, reason in limits:
        yield Expectation(
            type="expect_column_values_to_be_between",
            kwargs={"column": "design_effect", "max_value": limit},
            severity=severity,
            reason=reason,
        )


def _code_sets(survey: Survey) -> dict[str, list[str]]:
    sets = {
        "channel": [c.code for c in survey.channels],
        "channel_class": [c.code for c in survey.channel_classes],
        "target_group": [g.code for g in survey.target_groups],
        "excluded_by": [found.excluded_by for found in exclusion_catalogue(survey)],
    }
    return sets | {listed.field: [c.code for c in listed.codes] for listed in survey.code_lists.values()}


def _item_expectations(survey: Survey, item: Item) -> Iterator[Expectation]:
    scale = survey.scale_of(item)
    if scale.kind in {"ordinal", "mark"}:
        low, high = scale_range(scale)
        yield _expectation(
            "expect_column_values_to_be_between",
            {"column": item.id, "min_value": low, "max_value": high},
            "an answer lies on its scale",
        )
    if scale.kind == "nominal":
        yield _in_set(item.id, _answers(scale))
    if scale.kind == "multiple":
        # A list has no value set of its own in the suites: it is judged as it is written out.
        option = f"'(?:{'|'.join(re.escape(str(code)) for code in _answers(scale))})'"
        yield _expectation(
            "expect_column_values_to_match_regex",
            {"column": item.id, "regex": rf"^\[{option}(?:,?\s+{option})*\]$"},
            "only options of the contract remain",
        )
    routing = _routing(survey, item)
    if routing is not None:
        yield routing
    # "Not applicable" is stored beside the answers, so an item that allows it may be empty although answered.
    if item.required and item.asked_when is None and item.last_wave is None and not scale.not_applicable:
        if item.first_wave <= survey.periods.first_month:
            yield _expectation(
                "expect_column_values_to_not_be_null", {"column": item.id}, "the questionnaire requires an answer"
            )
    elif scale.kind != "open" and item.asked_when is None and not item.asked_of and item.last_wave is None:
        yield Expectation(
            type="expect_column_values_to_not_be_null",
            kwargs={"column": item.id, "mostly": PLAUSIBLE_ANSWERED},
            severity="plausible",
            reason="an item put to everyone is answered by most",
        )


def _routing(survey: Survey, item: Item) -> Expectation | None:
    """Who gave another answer to the gate has no answer here: only pairs of an opening answer and an answer exist."""
    condition, ids = item.asked_when, {i.id: i for i in survey.items}
    if condition is None or condition.item not in ids:
        return None
    gate, scale = survey.scale_of(ids[condition.item]), survey.scale_of(item)
    if {"open", "multiple"} & {gate.kind, scale.kind}:
        return None
    opening = [answer for answer in _answers(gate) if str(answer) in condition.values]
    return _expectation(
        "expect_column_pair_values_to_be_in_set",
        {
            "column_A": condition.item,
            "column_B": item.id,
            "value_pairs_set": [[a, b] for a in opening for b in _answers(scale)],
            "ignore_row_if": "either_value_is_missing",
        },
        "an answer counts only if the question was asked",
    )


def _answers(scale: Scale) -> list[str] | list[int]:
    if scale.kind in {"nominal", "multiple"}:
        return [point.code for point in scale.points if point.code is not None]
    low, high = scale_range(scale)
    return list(range(low, high + 1))


def _in_set(column: str, codes: list[str] | list[int]) -> Expectation:
    return _expectation(
        "expect_column_values_to_be_in_set", {"column": column, "value_set": codes}, "only codes of the contract remain"
    )


def _expectation(kind: str, kwargs: dict[str, object], reason: str) -> Expectation:
    return Expectation(type=kind, kwargs=kwargs, severity="contract", reason=reason)
