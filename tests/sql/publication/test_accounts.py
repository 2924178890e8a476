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
