"""Repairs by position: a row and what repairs it are one row, counted or held back once."""

from __future__ import annotations

from pathlib import Path

from tests.sql.staging.fates import Fate, accounts, fates
from tests.tiny_survey import House, contact, response


def contact_fates(house: House) -> list[Fate]:
    return fates(house, "contact_versions")


def test_a_repaired_row_without_an_id_leaves_the_quarantine(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(""), contact("")])
    house.deliver("contacts", [contact("c1", _repairs="d1:1")])
    house.build()
    assert contact_fates(house) == [
        ("d1", 1, "superseded", "repaired"),
        ("d1", 2, "quarantined", None),
        ("d2", 1, "accepted", None),
    ]
    assert accounts(house, "rows_repaired", "rows_quarantined") == {"d1": (1, 1), "d2": (0, 0)}


def test_a_repair_may_change_the_id(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("typing mistake", channel="?")])
    house.deliver("contacts", [contact("c1", _repairs="d1:1")])
    house.build()
    assert contact_fates(house) == [("d1", 1, "superseded", "repaired"), ("d2", 1, "accepted", None)]


def test_a_repair_that_is_refused_takes_the_place_of_what_it_repairs(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("")])
    house.deliver("contacts", [contact("c1", channel="?", _repairs="d1:1")])
    house.build()
    assert contact_fates(house) == [("d1", 1, "superseded", None), ("d2", 1, "quarantined", None)]
    assert house.rules("contacts") == [(1, "channel.unknown_code")], "held back once, with what is wrong with it now"


def test_a_repair_of_a_repair_repairs_the_first_row(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("")])
    house.deliver("contacts", [contact("c1", channel="?", _repairs="d1:1")])
    house.deliver("contacts", [contact("c1", _repairs="d2:1")])
    house.build()
    assert contact_fates(house) == [
        ("d1", 1, "superseded", "repaired"),
        ("d2", 1, "superseded", "repaired"),
        ("d3", 1, "accepted", None),
    ]


def test_a_row_that_became_good_by_itself_and_its_repair_count_once(tmp_path: Path) -> None:
    """Somebody repaired the row under another id, and later the contract learned its spelling."""
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1")])
    house.deliver("contacts", [contact("c2", _repairs="d1:1")])
    house.build()
    assert house.rows("select contact_id from staging.contacts") == [("c2",)]


def test_a_refused_repair_does_not_replace_a_row_that_became_good(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1")])
    house.deliver("contacts", [contact("c2", channel="?", _repairs="d1:1")])
    house.build()
    assert contact_fates(house) == [("d1", 1, "accepted", None), ("d2", 1, "superseded", None)]


def test_repairing_one_of_two_conflicting_copies_frees_the_other(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c1", channel="phone")])
    house.deliver("contacts", [contact("c2", channel="phone", _repairs="d1:2")])
    house.build()
    assert contact_fates(house) == [
        ("d1", 1, "accepted", None),
        ("d1", 2, "superseded", "repaired"),
        ("d2", 1, "accepted", None),
    ]


def test_a_failed_repair_of_a_conflicting_copy_frees_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c1", channel="phone")])
    house.deliver("contacts", [contact("c2", channel="?", _repairs="d1:2")])
    house.build()
    assert contact_fates(house) == [
        ("d1", 1, "quarantined", None),
        ("d1", 2, "superseded", None),
        ("d2", 1, "quarantined", None),
    ]


def test_of_two_repairs_of_one_row_the_newest_counts(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("")])
    house.deliver("contacts", [contact("c1", _repairs="d1:1")])
    house.deliver("contacts", [contact("c2", _repairs="d1:1")])
    house.build()
    assert house.rows("select contact_id from staging.contacts") == [("c2",)]


def test_positions_that_are_not_there_repair_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c0", _repairs="d2:1"), contact("c1", _repairs="d1:1")])  # newer, itself
    house.deliver(
        "contacts", [contact("c2", _repairs="d9:1"), contact("c3", _repairs="d1"), contact("c4", _repairs="")]
    )
    house.build()
    assert house.rows("select count(*) from staging.row_repairs") == [(0,)]
    assert house.rows("select count(*) from staging.contacts") == [(5,)]


def test_a_repaired_response_counts_and_one_that_is_still_held_back_is_not_called_repaired(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c2")])
    house.deliver("responses", [response("r1", "c1"), response("", "c1"), response("r3", "c2", mark="11")])
    house.deliver("responses", [response("r2", "c1", response_date="2024-02-11", _repairs="d2:2")])
    house.deliver("responses", [response("r3", "c2", mark="10", _repairs="d2:3")])
    house.build()
    assert fates(house, "response_versions") == [
        ("d2", 1, "accepted", None),
        ("d2", 2, "superseded", None),
        ("d2", 3, "superseded", "repaired"),
        ("d3", 1, "quarantined", None),
        ("d4", 1, "accepted", None),
    ]
    assert house.rules() == [(1, "contact_id.already_answered")]


def test_a_combined_row_is_repaired_as_contact_and_as_response(tmp_path: Path) -> None:
    house = House(tmp_path)
    row = {k: v for k, v in (contact() | response("r1")).items() if k != "contact_id"}
    house.deliver("both", [row | {"response_id": "", "channel": "?"}])
    house.deliver("both", [row | {"_repairs": "d1:1"}])
    house.build()
    for table in ("contact_versions", "response_versions"):
        assert fates(house, table) == [("d1", 1, "superseded", "repaired"), ("d2", 1, "accepted", None)]
    assert accounts(house, "rows_repaired", "rows_accepted") == {"d1": (1, 0), "d2": (0, 1)}
