"""Which row counts: repeated ids, copies, re-deliveries, and what only the contact can tell of a response."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiny_survey import House, contact, response

Fates = list[tuple[str, int, str]]


def fates(house: House, table: str) -> Fates:
    return [
        (str(delivery), int(row), str(status))
        for delivery, row, status in house.rows(
            f"select delivery_id, row_number, status from staging.{table} order by all"
        )
    ]


def test_the_newest_delivery_of_a_contact_counts(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1", team="Noord"), contact("c2")])
    house.deliver("contacts", [contact("c1", team="Zuid")])
    house.build()
    assert fates(house, "contact_versions") == [
        ("d1", 1, "superseded"),
        ("d1", 2, "accepted"),
        ("d2", 1, "accepted"),
    ]
    assert house.rows("select area_code from staging.contacts order by contact_id") == [("T2",), ("T1",)]


def test_of_identical_copies_in_one_file_the_first_counts(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(), contact(), contact()])
    house.build()
    assert fates(house, "contact_versions") == [("d1", 1, "accepted"), ("d1", 2, "superseded"), ("d1", 3, "superseded")]


def test_conflicting_copies_in_one_file_are_all_held_back(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(), contact(channel="phone"), contact("c2")])
    house.build()
    assert house.rules("contacts") == [(1, "contact_id.conflicting_copies"), (2, "contact_id.conflicting_copies")]
    assert house.rows("select contact_id from staging.contacts") == [("c2",)]


def test_a_refused_row_never_replaces_a_good_one(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact()])
    house.deliver("contacts", [contact(channel="?")])
    house.deliver("contacts", [contact(channel="phone"), contact(channel="web")])
    house.build()
    assert fates(house, "contact_versions") == [
        ("d1", 1, "accepted"),
        ("d2", 1, "superseded"),  # what is held back of a contact is its newest version, once
        ("d3", 1, "quarantined"),
        ("d3", 2, "quarantined"),
    ]


def test_a_repaired_row_leaves_the_quarantine(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(channel="?")])
    house.deliver("contacts", [contact()])
    house.build()
    assert fates(house, "contact_versions") == [("d1", 1, "superseded"), ("d2", 1, "accepted")]
    assert house.rows("select count(*) from staging.quarantine") == [(0,)]


def test_rows_without_an_id_are_not_copies_of_each_other(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(contact_id=""), contact(contact_id="")])
    house.build()
    assert house.rules("contacts") == [(1, "contact_id.required"), (2, "contact_id.required")]


def test_a_response_needs_an_accepted_contact(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c2", channel="?")])
    house.deliver("responses", [response("r1", "c1"), response("r2", "c2"), response("r3", "elsewhere")])
    house.build()
    assert house.rules() == [(2, "contact_id.unknown_contact"), (3, "contact_id.unknown_contact")]


def test_a_response_before_its_contact_is_held_back(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(contact_date="2024-02-11", invitation_date="")])
    house.deliver("responses", [response(response_date="2024-02-10")])
    house.build()
    assert house.rows("select rule_id, value from staging.quarantine") == [
        ("response_date.before_contact", "2024-02-10")
    ]


def test_the_first_response_to_a_contact_counts(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact()])
    house.deliver(
        "responses",
        [
            response("late", response_date="2024-02-12"),
            response("early", response_date="2024-02-09"),
            response("same", response_date="2024-02-09"),
        ],
    )
    house.build()
    assert house.rows("select response_id from staging.responses") == [("early",)]
    assert house.rules() == [(1, "contact_id.already_answered"), (3, "contact_id.already_answered")]


def test_responses_repeat_by_the_same_rules_as_contacts(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(f"c{n}") for n in range(1, 5)])
    house.deliver(
        "responses",
        [
            response("r1", "c1"),
            response("r2", "c2"),
            response("r2", "c2"),
            response("r3", "c3"),
            response("r3", "c3", mark="1"),
        ],
    )
    house.deliver("responses", [response("r1", "c1", mark="2"), response("r4", "c4", mark="11")])
    house.build()
    assert fates(house, "response_versions") == [
        ("d2", 1, "superseded"),
        ("d2", 2, "accepted"),
        ("d2", 3, "superseded"),
        ("d2", 4, "quarantined"),
        ("d2", 5, "quarantined"),
        ("d3", 1, "accepted"),
        ("d3", 2, "quarantined"),
    ]
    assert house.rows("select mark from staging.responses where response_id = 'r1'") == [(2,)]


def test_files_of_different_shapes_stand_side_by_side(tmp_path: Path) -> None:
    house = House(tmp_path)
    narrow = {k: v for k, v in contact("c2").items() if k not in {"person_id", "team"}}
    house.deliver("contacts", [contact("c1")])
    house.deliver("contacts", [dict(reversed(narrow.items()))])
    house.build()
    assert house.rows("select contact_id, area_code from staging.contacts order by 1") == [
        ("c1", "T1"),
        ("c2", "unallocated"),
    ]


def test_rows_that_are_gone_are_counted_as_erased(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact()], lost=2)
    house.build()
    assert house.rows(
        "select rows_read, rows_accepted, rows_erased, rows_unaccounted from staging.delivery_accounts"
    ) == [(3, 1, 2, 0)]


CONTACTS = st.builds(
    lambda code, cells: contact(code, **cells),
    st.sampled_from(["c1", "c2", "c3", ""]),
    st.sampled_from([{}, {"channel": "phone"}, {"channel": "?"}, {"contact_date": "2024-02-20"}, {"team": None}]),
)
RESPONSES = st.builds(
    lambda code, of, cells: response(code, of, **cells),
    st.sampled_from(["r1", "r2", "r3", ""]),
    st.sampled_from(["c1", "c2", "c3", "c9"]),
    st.sampled_from([{}, {"mark": "11"}, {"mark": "2"}, {"heard": "no"}, {"satisfaction": ""}]),
)
DELIVERIES = st.lists(
    st.tuples(st.just("contacts"), st.lists(CONTACTS, min_size=1, max_size=4))
    | st.tuples(st.just("responses"), st.lists(RESPONSES, min_size=1, max_size=4)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None)
@given(DELIVERIES)
def test_whatever_comes_in_every_row_is_accounted_for_once(
    deliveries: list[tuple[str, list[dict[str, str | None]]]],
) -> None:
    with TemporaryDirectory() as folder:
        house = House(Path(folder))
        for source, rows in deliveries:
            house.deliver(source, rows)
        house.build()
        accounts = house.rows(
            "select delivery_id, rows_read, rows_accepted + rows_superseded + rows_quarantined, rows_erased, "
            "rows_unaccounted from staging.delivery_accounts order by delivery_id"
        )
        assert accounts == [(f"d{n}", len(rows), len(rows), 0, 0) for n, (_, rows) in enumerate(deliveries, 1)]
        # Whoever counts counts once, and only with a reason is a row held back.
        for table, key in (("contacts", "contact_id"), ("responses", "response_id"), ("responses", "contact_id")):
            counted = Counter(row[0] for row in house.rows(f"select {key} from staging.{table}"))
            assert all(count == 1 for count in counted.values())
        for table in ("contact_versions", "response_versions"):
            assert house.rows(f"select 1 from staging.{table} where status = 'quarantined' and len(faults) = 0") == []
            assert house.rows(f"select 1 from staging.{table} where status = 'accepted' and len(faults) > 0") == []
