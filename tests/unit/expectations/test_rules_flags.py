"""What is looked at in a response: too few answers, bots, durations; and what is flagged but counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from expectations.model import Item, ResponseRules, Survey
from expectations.rules import rule_catalogue
from tests.tiny_survey import FIRST, House, contact, response, tiny_survey

GRID = ("a", "b", "c", "d")
LONG = "Ik heb heel lang moeten wachten en daarna niets gehoord."


def survey(**rules: Any) -> Survey:
    """The tiny survey with four more questions on the scale of five."""
    shared = tiny_survey()
    more = tuple(
        Item(id=code, wording=code, label=code, theme="overall", scale="five", first_wave=FIRST) for code in GRID
    )
    return shared.model_copy(update={"items": (*shared.items, *more), "response_rules": ResponseRules(**rules)})


def answered(house: House, rows: list[dict[str, str | None]]) -> None:
    """Deliver the contacts of some responses and the responses, and build."""
    house.deliver("contacts", [contact(str(row["contact_id"]), person_id=f"p{n}") for n, row in enumerate(rows)])
    house.deliver("responses", rows)
    house.build()


def flags(house: House) -> dict[str, list[str]]:
    return dict(house.rows("select response_id, flags from staging.responses order by 1"))


def filled(number: int, **cells: str | None) -> dict[str, str | None]:
    return response(f"r{number}", f"c{number}", **dict.fromkeys(GRID, ""), **cells)


def test_a_duration_is_whole_seconds_and_below_the_limit_a_speeder(tmp_path: Path) -> None:
    house = House(tmp_path, survey(speeder_seconds=45))
    raw = ("44", "45", "44.9", "312,75", "", " 7 ", "0")
    answered(house, [filled(n, duration_seconds=text) for n, text in enumerate(raw)])
    found = house.rows("select duration_seconds, flags from staging.responses order by response_id")
    fast: list[str] = ["speeder"]
    assert found == [(44, fast), (45, []), (44, fast), (312, []), (None, []), (7, fast), (0, fast)]
    assert house.rows("select count(*) from marts.respondents") == [(7,)]


def test_the_thousands_of_a_source_with_a_decimal_comma_are_read(tmp_path: Path) -> None:
    contract = survey(speeder_seconds=45)
    sources = tuple(s.model_copy(update={"decimal": ","}) for s in contract.sources)
    house = House(tmp_path, contract.model_copy(update={"sources": sources}))
    answered(house, [filled(1, duration_seconds="1.234,5")])
    assert house.rows("select duration_seconds from staging.responses") == [(1234,)]


def test_what_is_no_number_of_seconds_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path, survey())
    wrong = ("4 min", "00:04:12", "-3", "nan", "1e3", "99999999999")
    answered(house, [filled(n, duration_seconds=text) for n, text in enumerate(wrong)])
    assert house.rules() == [(n, "duration_seconds.not_a_number") for n in range(1, len(wrong) + 1)]


def test_a_filled_hidden_field_is_a_bot_and_what_it_says_is_not_repeated(tmp_path: Path) -> None:
    house = House(tmp_path, survey())
    answered(house, [filled(1, honeypot="viagra"), filled(2, honeypot=" "), filled(3, honeypot=None)])
    assert house.rows("select row_number, rule_id, value from staging.quarantine") == [(1, "honeypot.filled", None)]


def test_too_few_answers_are_refused_whatever_the_comment_says(tmp_path: Path) -> None:
    house = House(tmp_path, survey(minimum_answered=3))
    nothing = {"mark": "", "heard": "", "news": "", "report": ""}
    rows = [
        filled(1, **nothing, comment=LONG),
        filled(2, **nothing | {"mark": "3", "heard": "no"}),
        filled(3, **nothing | {"mark": "3", "report": "n.v.t."}),
        # The question behind "heard" was not put: an answer to it is set aside and does not count.
        filled(4, **nothing | {"heard": "no", "news": "3"}),
    ]
    answered(house, rows)
    assert house.rules() == [(1, "response.too_few_answers"), (4, "response.too_few_answers")]


def test_an_empty_form_is_empty_and_not_also_short(tmp_path: Path) -> None:
    house = House(tmp_path, survey(minimum_answered=3))
    answered(house, [{"response_id": "r1", "contact_id": "c1", "response_date": "2024-02-10", "satisfaction": ""}])
    assert {rule for _, rule in house.rules()} == {"response.empty", "satisfaction.required"}


def test_one_answer_to_enough_questions_of_one_scale_is_a_straight_line(tmp_path: Path) -> None:
    house = House(tmp_path, survey(straight_line_items=4))
    four = dict.fromkeys(GRID, "4")
    rows = [
        filled(1, satisfaction="4", news="4", report="4") | {"a": "4"},
        filled(2, satisfaction="4", news="4", report="5") | {"a": "4"},
        filled(3, satisfaction="4", news="", report=""),
        filled(4, satisfaction="n.v.t.", news="n.v.t.", report="4", mark="1") | four,
        # What was not asked does not count: this is a line without the answer that was set aside.
        filled(5, satisfaction="4", heard="no", news="1", report="4") | four,
    ]
    answered(house, rows)
    assert flags(house) == {
        "r1": ["straight_liner"], "r2": [], "r3": [], "r4": ["straight_liner"], "r5": ["straight_liner"],
    }  # fmt: skip


def test_long_comments_that_are_the_same_are_flagged_from_the_number_of_the_contract(tmp_path: Path) -> None:
    house = House(tmp_path, survey(same_text_from=3, same_text_length=20))
    rows = [
        filled(1, comment=LONG),
        filled(2, comment=f"  {LONG.upper()}\n"),
        filled(3, comment=LONG.replace(" ", "  ")),
        *(filled(n, comment="Prima geholpen!") for n in (4, 5, 6)),
        *(filled(n, comment=LONG + " Jammer.") for n in (7, 8)),
        filled(9, comment=""),
    ]
    answered(house, rows)
    assert {code for code, found in flags(house).items() if found == ["same_text"]} == {"r1", "r2", "r3"}
    assert house.rows("select count(*) from marts.respondents") == [(9,)]


def test_only_accepted_responses_are_compared(tmp_path: Path) -> None:
    house = House(tmp_path, survey(same_text_from=2, same_text_length=20))
    answered(house, [filled(1, comment=LONG), filled(2, comment=LONG, mark="11")])
    assert flags(house) == {"r1": []}


def test_a_response_may_have_more_than_one_flag(tmp_path: Path) -> None:
    house = House(tmp_path, survey(speeder_seconds=30, straight_line_items=3, same_text_from=2, same_text_length=20))
    line = {"satisfaction": "3", "news": "3", "report": "3", "comment": LONG, "duration_seconds": "9"}
    answered(house, [filled(1, **line), filled(2, **line)])
    assert flags(house)["r1"] == ["speeder", "straight_liner", "same_text"]


def test_a_survey_without_these_rules_flags_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, survey())
    answered(house, [filled(1, duration_seconds="1", comment=LONG), filled(2, comment=LONG)])
    assert flags(house) == {"r1": [], "r2": []}
    assert house.rows("select count(*) from staging.response_rows where len(text_keys) > 0") == [(0,)]


def test_flags_are_rules_with_texts_and_only_where_the_contract_has_them() -> None:
    named = {r.rule_id for r in rule_catalogue(survey(speeder_seconds=9, straight_line_items=9, same_text_from=2))}
    assert {"response.speeder", "response.same_text"} <= named
    assert "response.straight_liner" not in named, "no scale has nine questions"


def test_a_survey_of_open_questions_only_counts_what_was_written(tmp_path: Path) -> None:
    shared = survey(minimum_answered=1)
    only_open = tuple(item for item in shared.items if shared.scale_of(item).kind == "open")
    house = House(tmp_path, shared.model_copy(update={"items": only_open, "derived_items": ()}))
    comment = only_open[0].id
    answered(house, [response("r1", "c1", **{comment: LONG}), response("r2", "c2", **{comment: ""})])
    assert house.rows("select response_id from staging.responses") == [("r1",)]
