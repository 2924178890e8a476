"""What the rows of a file look like in counts, and the fieldwork added up to what is published."""

from __future__ import annotations

from typing import Any

import pytest

from assets.warehouse import sql_text
from tests.tiny_survey import House, contact, response


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], tuple[int, int]]:
    house = House(tmp_path_factory.mktemp("house"))
    house.deliver(
        "contacts",
        [
            contact("c1"),
            contact("c2", channel="phone", team="Zuid"),
            contact("c3", team="Nergens", target_group="suspect"),
            contact("c4", channel="?"),
        ],
    )
    house.deliver("contacts", [contact("c2", channel="web", team="Zuid")])
    answers = [
        response("r1", "c1", satisfaction="n.v.t.", mark=""),
        response("r2", "c2", heard="no", news=""),
        response("r3", "c9"),
    ]
    house.deliver("responses", answers)
    house.build()
    table = house.survey.tables["marts.delivery_counts"]
    house.warehouse.build(table, sql_text("marts", "delivery_counts"), house.survey)
    rows = house.rows("select delivery_id, measure, category, counted, base from marts.delivery_counts")
    return {(file, measure, category): (counted, base) for file, measure, category, counted, base in rows}


def test_rows_that_a_newer_file_replaced_do_not_count_again(counts: Any) -> None:
    assert counts["d1", "rows", "all"] == (3, 3), "two accepted, one held back, one replaced"
    assert counts["d1", "quarantined", "all"] == (1, 3)
    assert counts["d2", "rows", "all"] == (1, 1)


def test_the_mix_is_that_of_accepted_contacts(counts: Any) -> None:
    assert counts["d1", "channel", "web"] == (2, 2)
    assert ("d1", "channel", "phone") not in counts
    assert counts["d1", "target_group", "suspect"] == (1, 2)


def test_a_contact_without_a_known_area_is_in_no_area(counts: Any) -> None:
    assert counts["d1", "unallocated", "all"] == (1, 2)
    assert counts["d1", "area.team", "T1"] == (1, 2)


def test_not_applicable_is_an_answer_and_not_asked_is_none(counts: Any) -> None:
    assert counts["d3", "item", "satisfaction"] == (0, 2)
    assert counts["d3", "item", "mark"] == (1, 2)
    assert counts["d3", "item", "news"] == (1, 2)


def test_only_items_are_counted_as_items(counts: Any) -> None:
    items = {category for _, measure, category in counts if measure == "item"}
    assert {"satisfaction", "mark", "heard", "news", "report", "retired"} <= items
    assert not items & {"response_id", "contact_id", "answered", "flags"}


def test_fieldwork_adds_up_over_months_and_closed_periods_per_characteristic(police: Any) -> None:
    police.connection.execute(
        """
        create table marts.fieldwork as
        select * replace (cast(month as date) as month) from (values
            ('2025-01-01', 'phone', 'email', 10, 2, 8, 4, 40, 8, 12, 4),
            ('2025-02-01', 'phone', 'none', 20, 0, 20, 5, 60, 20, 10, 5),
            ('2025-02-01', 'web', 'email', 30, 5, 25, 5, 50, 25, 5, 5),
            ('2025-05-01', 'web', 'email', 40, 0, 40, 1, 80, 40, 9, 1)
        ) t(month, channel, invitation_mode, contacts, excluded, invited, responses, lead_days, lead_n, answer_days,
            answer_n)
        """
    )
    found = {
        (window, str(start), dimension, category): numbers
        for window, start, dimension, category, *numbers in police.connection.execute(
            f'select "window", period_start, dimension, category, contacts, invited, responses, lead_days, closed '
            f"from ({sql_text('marts', 'fieldwork_windows')})"
        ).fetchall()
    }
    assert found["month", "2025-02-01", "all", "all"] == [50, 45, 10, 110, True]
    assert found["quarter", "2025-01-01", "channel", "phone"] == [30, 28, 9, 100, True]
    assert found["quarter", "2025-01-01", "invitation_mode", "email"] == [40, 33, 9, 90, True]
    assert found["month", "2025-05-01", "all", "all"][-1] is False, "a month is shown before it is closed"
    assert ("quarter", "2025-04-01", "all", "all") not in found, "a longer period is not"
