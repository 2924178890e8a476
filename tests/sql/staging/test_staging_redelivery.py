"""Full re-deliveries: rows that vanish are withdrawn or kept as the source says, and are counted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from expectations.model import ROW_AS_ID, FieldMap, Source
from tests.sql.staging.fates import accounts, fates, whole_months
from tests.tiny_survey import House, contact, response, tiny_survey

FEBRUARY, MARCH = dt.date(2024, 2, 1), dt.date(2024, 3, 1)


def test_a_contact_that_a_full_redelivery_lacks_is_withdrawn(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver("responses", [response("r1", "c1"), response("r2", "c2")])
    house.deliver("contacts", [contact("c1")])
    house.build()
    assert fates(house, "contact_versions") == [
        ("d1", 1, "superseded", None),
        ("d1", 2, "superseded", "withdrawn"),
        ("d3", 1, "accepted", None),
    ]
    assert house.rules() == [(2, "contact_id.unknown_contact")], "an answer to it waits for its contact"
    columns = ("rows_superseded", "rows_withdrawn", "rows_without_contact", "rows_without_answer")
    assert accounts(house, *columns) == {"d1": (2, 1, 0, 0), "d2": (0, 0, 1, 0), "d3": (0, 0, 0, 0)}


def test_a_response_that_a_full_redelivery_lacks_still_counts_and_is_reported(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2"), contact("c3")])
    house.deliver("responses", [response("r1", "c1"), response("r2", "c2")])
    house.deliver("responses", [response("r1", "c1", mark="3")])
    house.build()
    assert fates(house, "response_versions") == [
        ("d2", 1, "superseded", None),
        ("d2", 2, "accepted", "vanished"),
        ("d3", 1, "accepted", None),
    ]
    assert accounts(house, "rows_accepted", "rows_vanished", "rows_without_answer") == {
        "d1": (3, 0, 1),
        "d2": (1, 1, 0),
        "d3": (1, 0, 0),
    }


def test_a_source_that_delivers_changes_withdraws_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver("contacts", [contact("c1")])
    house.build()
    assert house.rows("select count(*) from staging.vanished_rows") == [(0,)]
    assert house.rows("select count(*) from staging.contacts") == [(2,)]


def test_a_refused_row_has_not_vanished(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver("contacts", [contact("c1"), contact("c2", channel="?")])
    house.build()
    assert fates(house, "contact_versions") == [
        ("d1", 1, "superseded", None),
        ("d1", 2, "accepted", None),
        ("d2", 1, "accepted", None),
        ("d2", 2, "quarantined", None),
    ]


def test_a_file_of_repaired_rows_is_no_full_delivery(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2", channel="?")])
    house.deliver("contacts", [contact("c2", _repairs="d1:2")])
    house.build()
    assert house.rows("select contact_id from staging.contacts order by 1") == [("c1",), ("c2",)]


def test_another_month_or_another_source_withdraws_nothing(house: House) -> None:
    house.deliver("contacts", [contact("c1")], month=FEBRUARY)
    house.deliver("responses", [response("r1", "c1")], month=FEBRUARY)
    house.deliver("contacts", [contact("c2")], month=MARCH)
    house.deliver("responses", [response("r2", "c2")], month=MARCH)
    house.build()
    assert house.rows("select count(*) from staging.vanished_rows") == [(0,)]
    assert house.rows("select count(*) from staging.responses") == [(2,)]


def test_a_contact_that_moved_to_another_month_counts_there(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2", channel="phone")], month=FEBRUARY)
    house.deliver("contacts", [contact("c2"), contact("c3")], month=MARCH)
    house.deliver("contacts", [contact("c3")], month=MARCH)
    house.build()
    assert fates(house, "contact_versions") == [
        ("d1", 1, "accepted", None),
        ("d1", 2, "accepted", None),
        ("d2", 1, "superseded", "withdrawn"),
        ("d2", 2, "superseded", None),
        ("d3", 1, "accepted", None),
    ]


def test_a_withdrawn_contact_is_counted_once_and_may_come_back(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver("contacts", [contact("c1"), contact("c2", channel="?")])
    house.deliver("contacts", [contact("c1")])
    house.build()
    assert accounts(house, "rows_accepted", "rows_quarantined", "rows_withdrawn") == {
        "d1": (0, 0, 0),
        "d2": (0, 0, 1),
        "d3": (1, 0, 0),
    }
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.build()
    assert accounts(house, "rows_accepted", "rows_withdrawn") == {
        "d1": (0, 0),
        "d2": (0, 0),
        "d3": (0, 0),
        "d4": (2, 0),
    }


def test_a_held_back_row_without_an_id_is_withdrawn_with_its_file(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("")])
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.build()
    assert fates(house, "contact_versions")[1] == ("d1", 2, "superseded", "withdrawn")
    assert house.rows("select count(*) from staging.quarantine") == [(0,)]


def test_a_held_back_response_without_an_id_waits_where_vanished_responses_are_kept(house: House) -> None:
    house.deliver("contacts", [contact("c1")])
    house.deliver("responses", [response("", "c1")])
    house.deliver("responses", [response("r1", "c1")])
    house.build()
    assert fates(house, "response_versions") == [("d2", 1, "quarantined", None), ("d3", 1, "accepted", None)]


def test_a_combined_row_vanishes_as_contact_and_as_response(tmp_path: Path) -> None:
    for means, status, note, left in (
        ("withdrawn", "superseded", "withdrawn", 1),
        ("kept", "accepted", "vanished", 2),
    ):
        folder = tmp_path / means
        folder.mkdir()
        house = House(folder, whole_months(both=means))  # type: ignore[arg-type]
        rows = [{k: v for k, v in (contact() | response(code)).items() if k != "contact_id"} for code in ("r1", "r2")]
        house.deliver("both", rows)
        house.deliver("both", rows[:1])
        house.build()
        for table in ("contact_versions", "response_versions"):
            assert fates(house, table)[1] == ("d1", 2, status, note)
        assert house.rows("select count(*) from staging.responses") == [(left,)]
        assert house.rows("select count(*) from staging.quarantine") == [(0,)]


def test_erased_rows_of_a_redelivery_are_counted_beside_withdrawn_ones(house: House) -> None:
    house.deliver("contacts", [contact("c1"), contact("c2"), contact("c3")], lost=1)
    house.deliver("contacts", [contact("c1")], lost=1)
    house.build()
    columns = ("rows_read", "rows_accepted", "rows_superseded", "rows_withdrawn", "rows_erased", "rows_unaccounted")
    assert accounts(house, *columns) == {"d1": (4, 0, 3, 2, 1, 0), "d2": (2, 1, 0, 0, 1, 0)}


def test_rows_without_an_id_are_told_apart_by_their_place_and_replaced_as_a_whole(tmp_path: Path) -> None:
    survey = tiny_survey()
    by_place = Source(
        name="both", kind="combined", files="both_*", holds="whole_month", vanished="withdrawn",
        fields={"response_id": FieldMap(column=ROW_AS_ID), "area": FieldMap(column="team")},
    )  # fmt: skip
    house = House(tmp_path, survey.model_copy(update={"sources": (*survey.sources[:2], by_place)}))
    nameless = {k: v for k, v in (contact() | response()).items() if not k.endswith("_id")}
    house.deliver("both", [nameless, nameless | {"mark": "3"}])
    house.deliver("both", [nameless | {"mark": "7"}, nameless, nameless])
    house.build()
    assert house.rows("select response_id, mark from staging.responses order by 1") == [
        ("d2-1", 7), ("d2-2", 8), ("d2-3", 8),
    ]  # fmt: skip
    assert accounts(house, "rows_accepted", "rows_superseded", "rows_withdrawn") == {"d1": (0, 2, 2), "d2": (3, 0, 0)}
