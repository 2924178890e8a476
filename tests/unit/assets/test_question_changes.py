"""What files say of their questions: a rewording is told from a typing accident, another scale from another export."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from assets.break_guard import Found
from assets.question_changes import Delivered, delivered, plain_wording, question_changes
from expectations.model import FieldMap, Source
from tests.tiny_survey import tiny_survey

SURVEY = tiny_survey()
OLD, NEW = "Hoe tevreden bent u?", "Hoe tevreden bent u over het contact?"
MONTHS = [dt.date(2024, m, 1) for m in range(1, 7)]
FIVE = {"1": "zeer ontevreden", "2": "ontevreden", "3": "neutraal", "4": "tevreden", "5": "zeer tevreden"}


def file(month: int, wording: str = "", column: str = "satisfaction", **more: Any) -> Delivered:
    values = {"source": "responses", "format": "csv", "labels": {}, "missing_codes": {}} | more
    return Delivered(month=MONTHS[month], wordings={column: wording} if wording else {}, **values)


def texts(*wordings: str) -> list[Found]:
    return question_changes(SURVEY, [file(month, wording) for month, wording in enumerate(wordings)])


@pytest.mark.parametrize(
    "text",
    [
        "hoe  tevreden bent u ?",
        "<p>Hoe <b>tevreden</b> bent&nbsp;u?</p>",
        "3. Hoe tevreden bent u?",
        "Vraag 12: Hoe tevreden bent u?",
        "Q1a) Hoe tevreden bent u…",
        "HOE TEVREDEN BENT U",
    ],
)
def test_spaces_capitals_markup_punctuation_and_numbering_are_no_rewording(text: str) -> None:
    assert plain_wording(text) == plain_wording(OLD)


@pytest.mark.parametrize("text", ["Hoe ontevreden bent u?", "Hoe tevreden bent u nu?", "Bent u tevreden?", ""])
def test_other_words_are_another_wording(text: str) -> None:
    assert plain_wording(text) != plain_wording(OLD)


def test_a_number_within_a_question_is_part_of_it() -> None:
    assert plain_wording("Hoorde u iets binnen 14 dagen?") != plain_wording("Hoorde u iets binnen 10 dagen?")
    assert plain_wording("112 gebeld?") != plain_wording("gebeld?")


def test_a_rewording_that_stays_is_found_in_the_first_month_that_has_it() -> None:
    assert texts(OLD, OLD, NEW, NEW) == [Found(MONTHS[2], "satisfaction", "wording")]


def test_one_odd_month_is_told_as_such() -> None:
    assert texts(OLD, NEW, OLD, OLD) == [Found(MONTHS[1], "satisfaction", "wording", odd=True)]


def test_files_without_wordings_say_nothing() -> None:
    assert texts("", OLD, "", OLD, "") == []
    assert texts(OLD, "", NEW) == [Found(MONTHS[2], "satisfaction", "wording")]


def test_formats_and_sources_are_not_held_against_each_other() -> None:
    label = "Tevredenheid (variabele)"
    assert question_changes(SURVEY, [file(0, OLD), file(1, label, format="sav"), file(2, OLD)]) == []


def test_of_a_month_the_first_file_speaks_because_a_redelivery_has_the_texts_of_later() -> None:
    assert question_changes(SURVEY, [file(0, OLD), file(1, OLD), file(1, NEW), file(2, OLD)]) == []


def test_open_questions_make_no_figures_and_no_breaks() -> None:
    assert question_changes(SURVEY, [file(0, OLD, "comment"), file(1, NEW, "comment")]) == []


def test_the_column_of_an_item_is_that_of_its_source() -> None:
    source = Source(name="responses", kind="responses", files="r_*", fields={"mark": FieldMap(column="Q7")})
    survey = SURVEY.model_copy(update={"sources": (source,)})
    assert [c.item for c in question_changes(survey, [file(0, OLD, "Q7"), file(1, NEW, "Q7")])] == ["mark"]


def test_other_labels_are_another_scale_but_another_missing_code_is_not() -> None:
    ten = {str(n): str(n) for n in range(1, 11)}
    same = FIVE | {"9": "weet niet"}
    missing = {"satisfaction": ["9"]}
    files = [
        file(0, labels={"satisfaction": FIVE}, format="sav"),
        file(1, labels={"satisfaction": same}, missing_codes=missing, format="sav"),
        file(2, labels={"satisfaction": ten}, format="sav"),
        file(3, labels={"satisfaction": ten}, format="sav"),
    ]
    assert question_changes(SURVEY, files) == [Found(MONTHS[2], "satisfaction", "scale")]


def test_only_taken_files_with_answers_are_read() -> None:
    row = {"source": "responses", "kind": "responses", "format": "csv", "month": MONTHS[0], "status": "taken"}
    row["shape_json"] = json.dumps({"wordings": {"satisfaction": OLD}})
    rows = [
        row,
        row | {"kind": "contacts"},
        row | {"status": "refused", "shape_json": None},
        row | {"shape_json": "{}"},
    ]
    assert [f.wordings for f in delivered(rows)] == [{"satisfaction": OLD}, {}]
