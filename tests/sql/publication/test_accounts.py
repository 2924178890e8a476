"""What is published about deliveries: counts, never a value."""

from __future__ import annotations

from pathlib import Path

from tests.tiny_survey import House, contact, response


def test_rows_that_were_read_are_accepted_superseded_quarantined_or_erased(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c1"), contact("c2", channel="?")], lost=1)
    house.deliver("responses", [response("r1", "c1")])
    house.build()
    assert house.rows(
        "select file_name, rows_read, rows_accepted, rows_superseded, rows_quarantined, rows_erased "
        "from publication.deliveries order by 1"
    ) == [("d1.csv", 4, 1, 1, 1, 1), ("d2.csv", 1, 1, 0, 0, 0)]


def test_quality_counts_rows_per_rule_and_names_the_first(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1"), contact("c2", channel="?"), contact("c3", channel="?", target_group="")])
    house.build()
    assert house.rows("select rule_id, rows, first_row from publication.quality order by 1") == [
        ("channel.unknown_code", 2, 2),
        ("target_group.required", 1, 3),
    ]
    assert all(reason and remedy for reason, remedy in house.rows("select reason, remedy from publication.quality"))


def test_quality_says_where_rows_stand_with_neighbours_as_a_range(tmp_path: Path) -> None:
    house = House(tmp_path)
    wrong = {2, 4, 5, 6, 9}
    house.deliver("contacts", [contact(f"c{n}", channel="?" if n in wrong else "web") for n in range(1, 11)])
    house.build()
    assert house.rows("select rows, row_ranges, more_rows, column_name, effect from publication.quality") == [
        (5, "2, 4-6, 9", False, "channel", "quarantined")
    ]


def test_quality_names_the_first_rows_only(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact(f"c{n}", channel="?" if n % 2 else "web") for n in range(1, 21)])
    house.build()
    assert house.rows("select rows, row_ranges, more_rows from publication.quality") == [
        (10, "1, 3, 5, 7, 9, 11, 13, 15", True)
    ]


def test_an_answer_that_was_set_aside_is_told_apart_from_a_row_held_back(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1")])
    house.deliver("responses", [response("r1", "c1", heard="no", news="5")])
    house.build()
    assert house.rows("select rule_id, effect, rows from publication.quality") == [("news.not_asked", "set_aside", 1)]
