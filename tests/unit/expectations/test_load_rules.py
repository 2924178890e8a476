"""What must hold for exclusions, response rules, clocks and "tick all that apply": one edit each, its line named."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_breaks import SURVEY, Break, assert_refused, copy_contract

from expectations.load import load_survey

CONSENT = 'when: [{item: consent, values: ["no"]}]'
EXCLUSIONS = [
    Break("survey", "code: no_consent", "code: suspect", "LAST code: suspect", "was already used", "twice"),
    Break("survey", "code: no_consent", "code: all", "code: all", "taken by the system", "reserved"),
    Break("survey", "label: Geen toestemming", "label: ' '", "label: ' '", "needs a label, for readers", "no label"),
    Break("survey", CONSENT, "when: []", "when: []", "at least 1 item", "no condition"),
    Break(
        "survey",
        CONSENT,
        'when: [{item: consent, values: ["never"]}]',
        '["never"]',
        "'never' is not an answer to 'consent': no, yes",
        "unknown code",
    ),
    Break(
        "survey",
        CONSENT,
        'when: [{item: consents, values: ["no"]}]',
        "item: consents",
        "'consents' is no contact field, response field or item",
        "unknown field",
    ),
    Break(
        "survey",
        CONSENT,
        'when: [{item: honeypot, values: ["no"]}]',
        "item: honeypot",
        "'honeypot' is no contact field, response field or item with codes",
        "field without codes",
    ),
    Break(
        "survey",
        CONSENT,
        'when: [{item: went_well, values: ["no"]}]',
        "item: went_well",
        "with codes to choose from",
        "open item",
    ),
    Break(
        "survey",
        CONSENT,
        'when: [{item: consent, values: ["no"]}, {item: channel, values: [desk]}]',
        "item: channel",
        "mixes contact fields with answers",
        "mixed",
    ),
]
RULES = [
    Break(
        "survey",
        "minimum_answered: 5",
        "minimum_answered: 50",
        "minimum_answered: 50",
        "but only 18 questions have answers",
        "more than there are",
    ),
    Break(
        "survey",
        "straight_line_items: 8",
        "straight_line_items: 13",
        "straight_line_items: 13",
        "no scale is used by more than 12 questions",
        "longer line than a scale",
    ),
    Break("survey", "speeder_seconds: 45", "speeder_seconds: 0", "speeder_seconds: 0", "greater than", "no seconds"),
    Break(
        "scales",
        "kind: open",
        "kind: nominal\n    points: [{code: a, label: Een}, {code: b, label: Twee}]",
        "kind: nominal\n    points: [{code: a",
        "",
        "same text without open items",
    ),
    Break(
        "sources",
        "      area: {column: team}",
        '      area: {column: team}\n      person_id: {constant: ""}',
        "sources:",
        "",
        "no persons",
    ),
    Break(
        "survey",
        "breaks: []",
        "timezone: Europe/Amstelveen\nbreaks: []",
        "timezone: Europe/Amstelveen",
        "there is no time zone 'Europe/Amstelveen'",
        "survey clock",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    timezone: Mars/Phobos\n",
        "timezone: Mars/Phobos",
        "there is no time zone 'Mars/Phobos'",
        "source clock",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    date_formats: ['%d/%m/%Y', '%m/%d/%Y']\n",
        "date_formats",
        "a date written as '%d/%m/%Y' can also be read as '%m/%d/%Y'",
        "day or month first",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    date_formats: ['%d-%m-%y', '%Y-%m-%d', '%y-%m-%d']\n",
        "date_formats",
        "a date written as '%d-%m-%y' can also be read as '%y-%m-%d'",
        "day or year first",
    ),
]
FURTHER = {"same text without open items": "no question is open", "no persons": "needs the person_id of a contact"}

HELPED = """\
items:
  - id: helped_by
    wording: Wie hielp u?
    label: Wie hielp u
    theme: fit
    scale: help
    polarity: none
    first_wave: 2023-10-01
"""
HELP = """\
scales:
  - code: help
    kind: multiple
    points:
      - {code: agent, label: Een agent}
      - {code: site, label: De website}
    not_applicable: [Niemand]
"""
OPTIONS = """\
    fields:
      helped_by:
        columns: {agent: Q1_1, site: Q1_2}
"""
MULTIPLE = [
    Break("scales", "{code: site,", "{value: 2,", "value: 2,", "an answer of a multiple scale has a code", "value"),
    Break(
        "scales",
        "kind: multiple",
        "kind: multiple\n    positive: [1]",
        "code: help",
        "is multiple: none of its answers is positive",
        "poles",
    ),
    Break(
        "scales",
        "code: site",
        "code: not_applicable",
        "code: not_applicable",
        "is no option to tick",
        "n.v.t. as option",
    ),
    Break(
        "items",
        "scale: help\n    polarity: none",
        "scale: help",
        "id: helped_by",
        "is multiple, which has no good or bad end",
        "polarity",
    ),
    Break("sources", "site: Q1_2", "sites: Q1_2", "sites: Q1_2", "'sites' is not an option of 'helped_by'", "option"),
    Break("sources", ", site: Q1_2", "", "columns: {agent: Q1_1}", "have no column, so nobody can tick", "lacks one"),
    Break("sources", "site: Q1_2", "site: Q1_1", "columns:", "column 'Q1_1' was already used", "column twice"),
    Break(
        "sources",
        "        columns: {",
        "        separator: ','\n        columns: {",
        "helped_by:",
        "a column per option (columns), or one column with a separator",
        "both ways",
    ),
    Break(
        "sources", "columns: {agent: Q1_1, site: Q1_2}", "separator: ''", "separator", "at least one character", "none"
    ),
    Break(
        "sources",
        "      helped_by:",
        "      satisfaction: {separator: ','}\n      helped_by:",
        "satisfaction:",
        "'satisfaction' has one answer",
        "one answer only",
    ),
    Break(
        "sources",
        "    fields:\n      helped_by:",
        "    ignore_columns: [Q1_2]\n    fields:\n      helped_by:",
        "columns: {agent",
        "column 'Q1_2' is both used and ignored",
        "used and ignored",
    ),
]


def with_multiple(target: Path) -> Path:
    """A copy of the contract with a question on which more than one answer may be ticked."""
    house = copy_contract(target)
    for name, old, new in (
        ("items", "items:\n", HELPED),
        ("scales", "scales:\n", HELP),
        ("sources", '    missing: ["", "NA"]\n', f'    missing: ["", "NA"]\n{OPTIONS}'),
    ):
        path = house / SURVEY / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return house


def named(cases: list[Break]) -> list[Break]:
    return [case for case in cases if case.name not in FURTHER]


@pytest.mark.parametrize("case", named([*EXCLUSIONS, *RULES]), ids=lambda case: case.name)
def test_one_wrong_rule_is_refused_with_file_and_line(tmp_path: Path, case: Break) -> None:
    assert_refused(copy_contract(tmp_path), case)


@pytest.mark.parametrize("case", [c for c in RULES if c.name in FURTHER], ids=lambda case: case.name)
def test_a_rule_that_another_file_makes_impossible_is_named_where_the_rule_stands(tmp_path: Path, case: Break) -> None:
    house = copy_contract(tmp_path)
    path = house / SURVEY / f"{case.file}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(case.old, case.new, 1), encoding="utf-8")
    wanted = "same_text_from" if "text" in case.name else "one_invitation_in_days"
    assert_refused(house, Break("survey", f"{wanted}:", f"{wanted}:", f"{wanted}:", FURTHER[case.name], case.name))


@pytest.mark.parametrize("case", MULTIPLE, ids=lambda case: case.name)
def test_one_wrong_edit_of_tick_all_that_apply_is_refused(tmp_path: Path, case: Break) -> None:
    assert_refused(with_multiple(tmp_path), case)


def test_tick_all_that_apply_is_loaded_with_its_columns(tmp_path: Path) -> None:
    house = with_multiple(tmp_path)
    survey = load_survey(house / SURVEY, house)
    assert survey.scale_of(survey.item("helped_by")).kind == "multiple"
    mapped = next(s for s in survey.sources if s.kind == "responses").fields["helped_by"]
    assert mapped.columns == {"agent": "Q1_1", "site": "Q1_2"}


def test_an_exclusion_may_name_any_coded_field_or_item(tmp_path: Path) -> None:
    house = copy_contract(tmp_path)
    path = house / SURVEY / "survey.yaml"
    more = (
        "  - {code: chats, label: Chat, reason: r, when: [{item: channel, values: [online_chat]}, "
        "{item: age_band, values: [16-24]}]}\n"
        '  - {code: tens, label: Tien, reason: r, when: [{item: mark, values: ["10"]}, '
        "{item: need, values: [other]}]}\n"
    )
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("exclusions:\n", f"exclusions:\n{more}", 1), encoding="utf-8")
    assert [rule.code for rule in load_survey(house / SURVEY, house).exclusions][:2] == ["chats", "tens"]
