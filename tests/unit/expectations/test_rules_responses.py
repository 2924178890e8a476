"""The row rules of a response, and which answers count."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.compile_responses import response_faults
from expectations.rules import statistics_columns
from tests.tiny_survey import AS_OF, House, contact, response, tiny_survey

NOTHING = dict.fromkeys(("satisfaction", "mark", "heard", "news", "report", "retired", "comment"), "")
BROKEN: dict[str, list[dict[str, str | None]]] = {
    "response_id.required": [{"response_id": ""}],
    "contact_id.required": [{"contact_id": None}],
    "response_date.required": [{"response_date": ""}],
    "response_date.not_a_date": [{"response_date": "later"}],
    "response_date.future": [{"response_date": "2025-06-01"}],
    "duration_seconds.not_a_number": [{"duration_seconds": "lang"}, {"duration_seconds": "-3"}],
    "honeypot.filled": [{"honeypot": "http://buy.example"}],
    "satisfaction.required": [{"satisfaction": ""}],
    "satisfaction.not_an_answer": [{"satisfaction": "6"}, {"satisfaction": "wel ok"}],
    "mark.out_of_range": [{"mark": "11"}, {"mark": "0"}, {"mark": "-1"}],
    "mark.not_an_answer": [{"mark": "7,5"}, {"mark": "zeven"}],
    "heard.not_an_answer": [{"heard": "misschien", "news": ""}],
    "news.not_an_answer": [{"news": "9"}],
    "report.not_an_answer": [{"report": "x"}],
    "retired.not_an_answer": [{"retired": "8"}],
    # May still answer for six weeks after the last wave (31 March), not after that.
    "retired.outside_wave": [{"retired": "3", "response_date": "2024-05-13"}],
}
NOT_REACHABLE_HERE = {
    # The tiny survey asks these from its first day on: an earlier answer also lies before the contact.
    *("satisfaction.outside_wave", "mark.outside_wave", "heard.outside_wave", "news.outside_wave"),
    *("report.outside_wave", "comment.outside_wave"),
    # The tiny survey asks one answer, and an answer to its one required question is one.
    "response.too_few_answers",
    "response.empty",  # comes with a missing required answer: see the test of its own
}


def test_every_response_rule_is_tried_here() -> None:
    assert set(BROKEN) | NOT_REACHABLE_HERE == {f.rule_id for f in response_faults(tiny_survey(), AS_OF)}


def test_one_pass_finds_every_fault_and_nothing_else(tmp_path: Path) -> None:
    house = House(tmp_path)
    cases = [(rule, cells) for rule, broken in BROKEN.items() for cells in broken]
    house.deliver("contacts", [contact(f"c{n}") for n in range(len(cases) + 1)])
    rows = [
        response(**({"response_id": f"r{n}", "contact_id": f"c{n}"} | cells)) for n, (_, cells) in enumerate(cases, 1)
    ]
    house.deliver("responses", [*rows, response("good", "c0")])
    house.build()
    assert house.rules() == [(n, rule) for n, (rule, _) in enumerate(cases, 1)]
    assert house.rows("select response_id from staging.responses") == [("good",)]


def test_an_answer_before_the_first_wave_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(contact_date="2024-01-01", invitation_date="")])
    house.deliver("responses", [response(response_date="2023-12-31")])
    house.build()
    assert "satisfaction.outside_wave" in {rule for _, rule in house.rules()}
    assert "response_date.before_contact" in {rule for _, rule in house.rules()}


def test_a_form_without_any_answer_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact()])
    house.deliver("responses", [response(**NOTHING)])
    house.build()
    assert house.rules() == [(1, "response.empty"), (1, "satisfaction.required")]


@pytest.mark.parametrize(
    ("decimal", "raw", "stored"),
    [(",", "4,0", [4]), (",", "4.000", []), (".", "4,0", []), (".", "4.0", [4])],
)
def test_a_declared_decimal_mark_is_the_only_one(tmp_path: Path, decimal: str, raw: str, stored: list[int]) -> None:
    survey = tiny_survey()
    sources = tuple(s.model_copy(update={"decimal": decimal}) for s in survey.sources)
    house = House(tmp_path, survey.model_copy(update={"sources": sources}))
    house.deliver("contacts", [contact()])
    house.deliver("responses", [response(satisfaction=raw)])
    house.build()
    assert [row[0] for row in house.rows("select satisfaction from staging.responses")] == stored


@pytest.mark.parametrize(
    ("raw", "stored"), [("4", 4), ("4.0", 4), ("4,0", 4), (" Tevreden ", 4), ("zeer TEVREDEN", 5), ("n.v.t.", None)]
)
def test_answers_are_numbers_whatever_their_spelling(tmp_path: Path, raw: str, stored: int | None) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact()])
    house.deliver("responses", [response(satisfaction=raw)])
    house.build()
    applicable = [] if stored else ["satisfaction"]
    assert house.rows("select satisfaction, not_applicable, answered from staging.responses") == [
        (stored, applicable, 6)
    ]


def test_an_answer_to_a_question_that_was_not_asked_is_set_aside_and_counted(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c2"), contact("c3")])
    house.deliver(
        "responses",
        [
            response("r1", "c1", heard="no", news="5"),
            response("r2", "c2", heard="", news="5"),
            response("r3", "c3", heard="no", news="n.v.t."),
        ],
    )
    house.build()
    assert house.rows("select response_id, news, set_aside from staging.responses order by 1") == [
        ("r1", None, ["news"]),
        ("r2", None, ["news"]),
        ("r3", None, []),
    ]
    assert house.rows("select rule_id, rows, first_row from publication.quality") == [("news.not_asked", 2, 1)]
    assert house.rows("select rows_accepted from staging.delivery_accounts where delivery_id = 'd2'") == [(3,)]


def test_free_text_never_reaches_the_quarantine(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("responses", [response(comment="Mijn naam is Jan"), response("r2", mark="11")])
    house.build()
    shown = house.rows("select distinct value from staging.quarantine order by all")
    assert shown == [("11",), (None,)]


def test_spss_labels_and_missing_codes_of_a_file_are_understood(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver(
        "responses",
        [response("r1", "c1", heard="1.0", mark="99"), response("r2", "c2", heard="2", news="")],
        labels={"heard": {"1": "Ja", "2": "Nee"}},
        missing_codes={"mark": ("99",)},
    )
    house.build()
    assert house.rows("select heard, mark from staging.responses order by response_id") == [("yes", None), ("no", 8)]


def test_a_combined_row_is_contact_and_response_and_is_refused_for_what_is_wrong_with_either(tmp_path: Path) -> None:
    house = House(tmp_path)
    good = contact("a", area="Zuid") | {
        k: v for k, v in response().items() if k not in {"response_id", "contact_id", "response_date"}
    }
    house.deliver("both", [good, good | {"contact_id": "b", "channel": "?"}, good | {"contact_id": "c", "mark": "11"}])
    house.build()
    assert house.rows("select response_id, response_date::varchar from staging.responses") == [("a", "2024-02-01")]
    assert house.rules() == [(2, "channel.unknown_code"), (3, "mark.out_of_range")]
    assert house.rows("select rows_read, rows_accepted, rows_quarantined from publication.deliveries") == [(3, 1, 2)]


def test_statistics_columns_follow_from_the_scales() -> None:
    named = {c.column_name: (c.scale_min, c.scale_max) for c in statistics_columns(tiny_survey())}
    assert named["y_satisfaction__mean"] == (1, 5)
    assert named["y_mark__mean"] == (1, 10)
    assert named["y_heard__share.yes"] == (0, 1)
    assert "y_satisfaction_heard__positive" in named
    assert not any("comment" in name for name in named)


def test_only_those_in_the_base_of_an_item_have_a_number(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver(
        "contacts",
        [
            contact("c1", contact_date="2024-02-29", invitation_date=""),
            contact("c2", channel="phone"),
            contact("c3", target_group="suspect"),
            contact("c4", exclusion_reason="none"),
        ],
    )
    house.deliver(
        "responses",
        [
            response("r1", "c1", response_date="2024-03-10", satisfaction="2"),
            response("r2", "c2", heard="no", news="", satisfaction="n.v.t."),
            response("r3", "c3"),
            response("r4", "c4"),
        ],
    )
    house.build()
    assert house.rows(
        "select response_id, channel_class, month::varchar, y_satisfaction__mean, y_satisfaction__positive, "
        'y_satisfaction__negative, "y_heard__share.yes", y_satisfaction_heard__mean from marts.respondents order by 1'
    ) == [
        ("r1", "online", "2024-02-01", 2, 0, 1, 1, 2),
        ("r2", "voice", "2024-02-01", None, None, None, 0, None),
    ]
    # Who answered is known by the pseudonym of the contact: a person may answer about several contacts.
    assert house.rows(
        "select count(*) from marts.respondents inner join staging.responses using (response_id) "
        "inner join staging.contacts using (contact_id) where respondents.person_id = contacts.person_id"
    ) == [(2,)]
    # Accepted all the same: what does not count in the figures is still accounted for.
    assert house.rows("select count(*) from staging.responses") == [(4,)]


def test_an_item_for_one_group_is_empty_for_the_others(tmp_path: Path) -> None:
    survey = tiny_survey()
    groups = tuple(group.model_copy(update={"in_scope": True}) for group in survey.target_groups)
    house = House(tmp_path, survey.model_copy(update={"target_groups": groups}))
    house.deliver("contacts", [contact("c1"), contact("c2", target_group="suspect")])
    house.deliver("responses", [response("r1", "c1"), response("r2", "c2")])
    house.build()
    assert house.rows("select y_report__mean from marts.respondents order by response_id") == [(3,), (None,)]
