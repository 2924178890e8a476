"""Who was asked and who answered: contacts in scope, excluded, invited and responses per characteristic."""

from __future__ import annotations

from typing import Any

CONTACTS = """
create table staging.contacts as select contact_id, area_code, cast(contact_date as date) as contact_date, channel,
    target_group, age_band, excluded_by, cast(null as date) as invitation_date
from (values
    ('c1', 'T1', '2024-01-03', 'phone', 'victim', 'young', null),
    ('c2', 'T1', '2024-02-29', 'web', 'caller', 'old', 'no consent'),
    ('c3', 'T2', '2024-03-31', 'web', 'victim', null, null),
    ('c4', 'unallocated', '2024-01-09', 'phone', 'victim', 'young', null),
    ('c5', 'T1', '2024-01-09', 'phone', 'other', 'young', null)
) t(contact_id, area_code, contact_date, channel, target_group, age_band, excluded_by)
"""
COUNTS = """select category, contacts, excluded, invited, responses from marts.response_counts
where level = '{0}' and area_code = '{1}' and dimension = '{2}' and "window" = 'quarter' and period_start = '2024-01-01'
order by category"""


def built(police: Any) -> Any:
    police.connection.execute(CONTACTS)
    police.connection.execute("create table staging.responses as select 'c1' as contact_id")
    police.respond(("T1", "phone", "victim", "2024-01", 1, 8, 1))
    police.build("leaf_counts", "response_counts")
    return police


def test_contacts_outside_the_scope_are_not_counted(police: Any) -> None:
    assert built(police).rows(COUNTS.format("team", "T1", "all")) == [("all", 2, 1, 1, 1)]


def test_levels_add_up_and_unallocated_contacts_count_at_the_top(police: Any) -> None:
    built(police)
    assert police.rows(COUNTS.format("unit", "U1", "all")) == [("all", 3, 1, 2, 1)]
    assert police.rows(COUNTS.format("nation", "NL", "all")) == [("all", 4, 1, 3, 1)]


def test_each_characteristic_adds_up_to_the_total(police: Any) -> None:
    built(police)
    assert police.rows(COUNTS.format("unit", "U1", "channel_class")) == [("digital", 2, 1, 1, 0), ("voice", 1, 0, 1, 1)]
    assert police.rows(COUNTS.format("unit", "U1", "target_group")) == [("caller", 1, 1, 0, 0), ("victim", 2, 0, 2, 1)]
    assert police.rows(COUNTS.format("unit", "U1", "age_band")) == [
        ("old", 1, 1, 0, 0), ("unknown", 1, 0, 1, 0), ("young", 1, 0, 1, 1)
    ]  # fmt: skip


def test_the_last_day_of_a_period_belongs_to_it(police: Any) -> None:
    assert built(police).rows(COUNTS.format("team", "T2", "all")) == [("all", 1, 0, 1, 0)]


INVITED = (
    "select contacts, excluded, invited, responses from marts.leaf_counts where area_code = '{0}' and month = '{1}-01'"
)


def test_without_any_invitation_date_everyone_who_was_not_left_out_was_invited(police: Any) -> None:
    built(police)
    assert police.rows(INVITED.format("T1", "2024-02")) == [(1, 1, 0, 0)]
    assert police.rows(INVITED.format("T2", "2024-03")) == [(1, 0, 1, 0)]


def test_in_a_quarter_with_invitation_dates_invited_is_who_has_one_or_answered(police: Any) -> None:
    police.connection.execute(CONTACTS)
    police.connection.execute(
        """update staging.contacts set invitation_date = date '2024-03-05' where contact_id = 'c4'"""
    )
    police.connection.execute("create table staging.responses as select 'c1' as contact_id")
    police.respond(("T1", "phone", "victim", "2024-01", 1, 8, 1))
    police.build("leaf_counts")
    assert police.rows(INVITED.format("T1", "2024-01")) == [(1, 0, 1, 1)]  # answered
    assert police.rows(INVITED.format("T2", "2024-03")) == [(1, 0, 0, 0)]  # neither
    assert police.rows(INVITED.format("unallocated", "2024-01")) == [(1, 0, 1, 0)]  # has a date


def test_a_quarter_whose_dates_are_in_the_archive_still_counts_as_dated(police: Any) -> None:
    police.connection.execute("insert into marts.archived_fieldwork (month, lead_n) values ('2024-01-01', 3)")
    built(police)
    assert police.rows(INVITED.format("T2", "2024-03")) == [(1, 0, 0, 0)]
