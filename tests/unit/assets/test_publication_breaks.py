"""Declared and found breaks as one table: a declaration goes before a finding, and every row has words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assets.break_guard import Found
from assets.publication_breaks import breaks, takes_the_place, witnessed
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Break, Survey

OCT, NOV = dt.date(2025, 10, 1), dt.date(2025, 11, 1)
MODE = Found(OCT, "all", "mode", about="sms", before=0.2, after=0.8)
WORDING = Found(OCT, "satisfaction", "wording")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_survey(DEFAULT_SURVEY)


def rows(survey: Survey, *found: Found, declared: tuple[Break, ...] = ()) -> list[dict[str, Any]]:
    table = breaks(survey.model_copy(update={"breaks": declared}), found)
    assert table.column_names == [column.name for column in survey.tables["publication.breaks"].columns]
    return list(table.to_pylist())


def declared(date: dt.date = OCT, **more: Any) -> Break:
    return Break(date=date, reason="Nieuwe vragenlijst.", **more)


def test_a_declared_break_has_a_row_per_item_and_its_own_words(survey: Survey) -> None:
    found = rows(survey, declared=(declared(items=("mark", "satisfaction")), declared(NOV)))
    assert [(r["break_date"], r["item"], r["cause"], r["status"]) for r in found] == [
        (OCT, "satisfaction", "declared", "break"),
        (OCT, "mark", "declared", "break"),
        (NOV, "all", "declared", "break"),
    ]
    assert {r["reason"] for r in found} == {"Nieuwe vragenlijst"}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (WORDING, "de vraag is anders gesteld"),
        (Found(OCT, "satisfaction", "scale"), "mensen kiezen uit andere antwoorden"),
        (MODE, "mensen krijgen op een andere manier een uitnodiging (Sms: eerst 20%, nu 80%)"),
        (
            Found(OCT, "all", "lead_time", before=8.1, after=15.2),
            "mensen krijgen de uitnodiging later na het contact (eerst na 8 dagen, nu na 15 dagen)",
        ),
        (
            Found(OCT, "all", "sampling", before=0.9, after=0.5),
            "een kleiner deel van de mensen krijgt een uitnodiging (eerst 90%, nu 50%)",
        ),
        (Found(OCT, "all", "mode", odd=True), "mensen kregen in deze maand op een andere manier een uitnodiging"),
    ],
)
def test_what_was_found_is_said_in_the_language_of_the_survey(survey: Survey, found: Found, reason: str) -> None:
    [row] = rows(survey, found)
    assert row["reason"].lower() == reason.lower()
    assert row["status"] == ("odd_month" if found.odd else "break")


def test_english_readers_get_english_words(survey: Survey) -> None:
    [row] = rows(survey.model_copy(update={"language": "en"}), WORDING)
    assert row["reason"] == "the question is put in another way"


@pytest.mark.parametrize(
    ("found", "by", "expected"),
    [
        (MODE, declared(dt.date(2025, 10, 15)), True),  # the same month
        (MODE, declared(dt.date(2025, 9, 15)), False),  # another change, as far as anyone can tell
        (MODE, declared(dt.date(2025, 9, 15), cause="mode"), True),  # the same one: the declared date wins
        (MODE, declared(OCT, cause="wording"), False),
        (MODE, declared(OCT, items=("mark",)), False),  # a change of everything is not told by one question
        (WORDING, declared(OCT), True),
        (WORDING, declared(dt.date(2025, 9, 15), items=("satisfaction",)), True),
        (WORDING, declared(dt.date(2025, 9, 15), items=("mark",)), False),
        (WORDING, declared(dt.date(2025, 5, 1), items=("satisfaction",), cause="wording"), False),  # too long ago
    ],
)
def test_which_finding_a_declaration_takes_the_place_of(found: Found, by: Break, expected: bool) -> None:
    assert takes_the_place(by, found) is expected


def test_the_declared_date_wins(survey: Survey) -> None:
    earlier = declared(dt.date(2025, 9, 15), items=("satisfaction",), cause="wording")
    assert [(r["break_date"], r["cause"]) for r in rows(survey, WORDING, declared=(earlier,))] == [
        (dt.date(2025, 9, 15), "declared")
    ]


def test_another_way_to_say_the_same_is_told_and_keeps_nothing_apart(survey: Survey) -> None:
    mended = declared(items=("satisfaction",), same_meaning=True)
    assert [(r["item"], r["status"]) for r in rows(survey, WORDING, declared=(mended,))] == [
        ("satisfaction", "same_meaning")
    ]


def test_two_witnesses_of_one_change_are_one_change_and_two_changes_of_one_witness_are_two(survey: Survey) -> None:
    in_contract = Found(NOV, "satisfaction", "wording")
    assert witnessed([WORDING], [in_contract]) == [WORDING]
    assert witnessed([WORDING, in_contract], []) == [WORDING, in_contract]
    assert witnessed([WORDING], [Found(NOV, "satisfaction", "scale")])[1:] == [Found(NOV, "satisfaction", "scale")]
    assert witnessed([Found(OCT, "satisfaction", "wording", odd=True)], [in_contract])[1:] == [in_contract]
