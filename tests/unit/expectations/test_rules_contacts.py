"""The row rules of a contact: one broken cell at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.compile_contacts import contact_faults
from expectations.rules import rule_catalogue
from tests.tiny_survey import AS_OF, House, contact, tiny_survey

BROKEN: dict[str, dict[str, str | None]] = {
    "contact_id.required": {"contact_id": ""},
    "contact_date.required": {"contact_date": None},
    "contact_date.not_a_date": {"contact_date": "31-02-2024"},
    "contact_date.future": {"contact_date": "2025-01-01", "invitation_date": ""},
    "contact_date.before_first_month": {"contact_date": "2023-12-31"},
    "channel.required": {"channel": ""},
    "channel.unknown_code": {"channel": "postduif"},
    "target_group.required": {"target_group": " "},
    "target_group.unknown_code": {"target_group": "burger"},
    "age_band.unknown_code": {"age_band": "oud"},
    "exclusion_reason.unknown_code": {"exclusion_reason": "zomaar"},
    "invitation_date.not_a_date": {"invitation_date": "morgen"},
    "invitation_date.future": {"invitation_date": "2025-02-01"},
    "invitation_date.before_contact": {"invitation_date": "2024-01-31"},
}


def test_every_contact_rule_is_tried_here() -> None:
    assert set(BROKEN) == {fault.rule_id for fault in contact_faults(tiny_survey(), AS_OF)}


def test_one_pass_finds_every_fault_and_nothing_else(tmp_path: Path) -> None:
    house = House(tmp_path)
    broken = [contact(**({"contact_id": f"c{n}"} | cells)) for n, cells in enumerate(BROKEN.values(), 1)]
    house.deliver("contacts", [*broken, contact("good")])
    house.build()
    assert house.rules("contacts") == [(n, rule) for n, rule in enumerate(BROKEN, 1)]
    assert house.rows("select contact_id from staging.contacts") == [("good",)]


def test_a_row_tells_everything_that_is_wrong_with_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(channel="postduif", contact_date="gisteren")])
    house.build()
    assert house.rows("select column_name, value from staging.quarantine order by 1") == [
        ("channel", "postduif"),
        ("contact_date", "gisteren"),
    ]


def test_cells_come_out_typed_and_mapped(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver(
        "contacts",
        [contact(contact_date="01-02-2024", channel=" INTERNET ", target_group="melder", team="Team north (BT)")],
    )
    house.build()
    select = "select contact_date::varchar, channel, target_group, area_code, area_recorded, age_band, exclusion_reason"
    assert house.rows(f"{select} from staging.contacts") == [
        ("2024-02-01", "web", "reporter", "T1", "Team north (BT)", "16plus", None)
    ]


@pytest.mark.parametrize("team", ["", "Atlantis", None])
def test_a_contact_without_a_known_area_is_counted_as_unallocated(tmp_path: Path, team: str | None) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(team=team)])
    house.build()
    assert house.rows("select area_code from staging.contacts") == [("unallocated",)]


def test_neither_ids_nor_long_values_are_repeated(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver(
        "contacts", [contact(channel="mijn buurvrouw Annie de Vries van nummer 12 belde"), contact("c1", channel="web")]
    )
    house.build()
    assert house.rows("select distinct value from staging.quarantine") == [(None,)]


def test_no_files_make_empty_tables(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.build()
    assert house.rows("select count(*) from staging.contact_rows") == [(0,)]
    assert house.rows("select count(*) from staging.response_rows") == [(0,)]


def test_every_rule_has_a_reason_and_a_remedy_in_the_language_of_the_readers() -> None:
    for language in ("nl", "en"):
        catalogue = rule_catalogue(tiny_survey().model_copy(update={"language": language}))
        assert len({rule.rule_id for rule in catalogue}) == len(catalogue)
        assert all(rule.reason and rule.remedy and "{" not in rule.reason + rule.remedy for rule in catalogue)
    assert {rule.rule_id for rule in catalogue if rule.kept} == {"news.not_asked", "excluded.none"}
