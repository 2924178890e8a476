"""How the survey was carried out: contacts, invitations and answers per month, channel and way of inviting."""

from __future__ import annotations

from typing import Any

import pytest

CONTACTS = """
create table staging.contacts as select * replace (
    cast(contact_date as date) as contact_date, cast(invitation_date as date) as invitation_date)
from (values
    ('c1', '2024-01-03', 'phone', 'victim', null, '2024-01-08', 'email'),
    ('c2', '2024-01-30', 'phone', 'victim', null, '2024-02-06', 'email'),
    ('c3', '2024-01-31', 'phone', 'caller', 'under_16', '2024-02-01', 'email'),
    ('c4', '2024-01-09', 'phone', 'victim', null, null, 'letter'),
    ('c5', '2024-01-09', 'web', 'caller', null, '2024-01-10', ''),
    ('c6', '2024-01-09', 'web', 'caller', null, '2024-01-13', null),
    ('c7', '2024-01-09', 'web', 'other', null, '2024-01-13', 'email')
) t(contact_id, contact_date, channel, target_group, excluded_by, invitation_date, invitation_mode)
"""
ANSWERS = """
create table staging.responses as select response_id, contact_id, cast(response_date as date) as response_date
from (values ('r0', 'c1', '2024-01-12'), ('r1', 'c2', '2024-02-09'), ('r9', 'c4', '2024-02-01'))
t(response_id, contact_id, response_date)
"""


@pytest.fixture
def rows(police: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    police.connection.execute(CONTACTS)
    police.connection.execute(ANSWERS)
    police.respond(
        ("T1", "phone", "victim", "2024-01", 1, 8, 1), ("T1", "phone", "victim", "2024-01", 1, 8, 1)
    )  # r0 and r1: the answer r9 does not count in the figures
    police.build("fieldwork")
    return {(channel, mode): numbers for channel, mode, *numbers in police.rows(
        "select channel, invitation_mode, contacts, excluded, invited, responses, lead_days, lead_n, answer_days, "
        "answer_n from marts.fieldwork where month = '2024-01-01'"
    )}  # fmt: skip


def test_an_excluded_contact_is_counted_but_was_not_invited(rows: Any) -> None:
    assert rows["phone", "email"][:4] == [3, 1, 2, 2]


def test_lead_time_is_that_of_invitations_with_a_day(rows: Any) -> None:
    assert rows["phone", "email"][4:6] == [5 + 7, 2]
    assert rows["phone", "letter"][4:6] == [0, 0]


def test_time_to_answer_is_that_of_answers_that_count(rows: Any) -> None:
    assert rows["phone", "email"][6:] == [4 + 3, 2]
    assert rows["phone", "letter"][3] == 0


def test_a_way_of_inviting_that_is_not_recorded_has_a_name(rows: Any) -> None:
    assert rows["web", "none"][:4] == [2, 0, 2, 0]


def test_groups_outside_the_scope_are_left_out(rows: Any) -> None:
    assert sum(numbers[0] for numbers in rows.values()) == 6
