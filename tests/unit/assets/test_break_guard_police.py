"""The break guard on the synthetic police: silent as it is, and it finds the change that is planted in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.break_guard import Found, fieldwork_changes
from assets.synthetic.contacts import make_contacts
from assets.synthetic.invitations import Invitations
from assets.synthetic.parameters import load_parameters
from assets.synthetic.world import World, add_months, make_world
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey

MONTHS = 36
RESPONSES = 8_000  # about 1100 invitations a month


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_survey(DEFAULT_SURVEY)


def fieldwork(world: World) -> pa.Table:
    """``marts.fieldwork`` of the contacts as they were drawn."""
    codes = [entry.code for entry in world.code_lists["invitation_mode"].codes]
    invitations, rows = Invitations(world), []
    for month, first in enumerate(world.months):
        contacts = invitations.of_month(make_contacts(world, month))
        invited = contacts.in_scope & (contacts.invitation >= 0) & ~contacts.left_out
        for at, code in [*enumerate(codes), (-1, "none")]:
            here = contacts.in_scope & (contacts.lists["invitation_mode"] == at)
            days = contacts.invitation[here & invited]
            numbers: dict[str, Any] = {"contacts": int(here.sum()), "invited": len(days), "lead_n": len(days)}
            rows.append({"month": first, "invitation_mode": code, **numbers, "lead_days": int(days.sum())})
    return pa.Table.from_pylist(rows)


def found(survey: Survey, seed: int, from_month: int | None = None) -> list[Found]:
    parameters = load_parameters()
    planted = parameters.changes.fieldwork.model_copy(update={"from_month": from_month})
    changes = parameters.changes.model_copy(update={"fieldwork": planted})
    parameters = parameters.model_copy(update={"changes": changes})
    return fieldwork_changes(survey.break_guard, fieldwork(make_world(survey, parameters, seed, RESPONSES, MONTHS)))


@pytest.mark.parametrize("seed", range(1, 7))
def test_36_months_as_they_are_raise_no_alarm(survey: Survey, seed: int) -> None:
    assert found(survey, seed) == []


def test_the_planted_change_of_inviting_is_found_in_its_month_twice_over(survey: Survey) -> None:
    begun = add_months(survey.periods.first_month, 20)
    assert [(change.date, change.cause, change.odd) for change in found(survey, 1, from_month=20)] == [
        (begun, "lead_time", False),
        (begun, "mode", False),
    ]


def test_planting_a_change_of_the_method_changes_nobody_else(survey: Survey) -> None:
    parameters = load_parameters()
    planted = parameters.changes.fieldwork.model_copy(update={"from_month": 0})
    changed = parameters.model_copy(update={"changes": parameters.changes.model_copy(update={"fieldwork": planted})})
    one, other = (make_contacts(make_world(survey, p, 3, 300, 2), 1) for p in (parameters, changed))
    assert np.array_equal(one.contact, other.contact)
    assert np.array_equal(one.responds, other.responds)
    assert not np.array_equal(one.invitation, other.invitation)
