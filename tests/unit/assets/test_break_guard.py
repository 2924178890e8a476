"""Fieldwork that changes its way: found when it is real, silent when it is chance."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.break_guard import Found, fieldwork_changes
from expectations.model import BreakGuard

GUARD = BreakGuard()
MONTHS = [dt.date(2023 + (9 + m) // 12, (9 + m) % 12 + 1, 1) for m in range(36)]
MIX = {"email": 0.62, "sms": 0.24, "letter": 0.14}
NUMBERS = ("contacts", "excluded", "invited", "responses", "lead_days", "lead_n", "answer_days", "answer_n")


def month(
    at: int, contacts: int = 1000, invited: float = 0.9, lead: float = 8.0, mix: dict[str, float] | None = None
) -> list[dict[str, Any]]:
    """A month of fieldwork, exactly as asked for."""
    rows = []
    for mode, share in (mix or MIX).items():
        asked = round(contacts * invited * share)
        numbers = dict.fromkeys(NUMBERS, 0) | {"contacts": round(contacts * share), "invited": asked, "lead_n": asked}
        rows.append({"month": MONTHS[at], "channel": "desk", "invitation_mode": mode, **numbers})
        rows[-1]["lead_days"] = round(asked * lead)
    return rows


def found(*months: list[dict[str, Any]], guard: BreakGuard = GUARD) -> list[Found]:
    return fieldwork_changes(guard, pa.Table.from_pylist([row for rows in months for row in rows]))


def test_a_shift_to_another_way_of_inviting_is_told_with_the_way_that_grew_most() -> None:
    now = {"email": 0.30, "sms": 0.60, "letter": 0.10}
    [change] = found(*(month(m) for m in range(6)), *(month(m, mix=now) for m in range(6, 12)))
    assert (change.date, change.item, change.cause, change.odd) == (MONTHS[6], "all", "mode", False)
    assert (change.about, change.before, change.after) == ("sms", pytest.approx(0.24), pytest.approx(0.60))


def test_a_new_way_of_inviting_is_a_shift_as_well() -> None:
    now = {"email": 0.4, "letter": 0.1, "app": 0.5}
    assert [c.about for c in found(month(0), month(1), month(2, mix=now), month(3, mix=now))] == ["app"]


def test_invitations_that_come_later_are_told_in_days() -> None:
    [change] = found(*(month(m) for m in range(6)), *(month(m, lead=15.0) for m in range(6, 9)))
    assert (change.date, change.cause) == (MONTHS[6], "lead_time")
    assert (change.before, change.after) == (pytest.approx(8.0), pytest.approx(15.0))


def test_another_part_that_is_invited_is_told_in_shares_of_the_contacts() -> None:
    [change] = found(*(month(m) for m in range(6)), *(month(m, invited=0.5) for m in range(6, 9)))
    assert (change.cause, change.before, change.after) == ("sampling", pytest.approx(0.9), pytest.approx(0.5))


def test_a_month_without_invitations_enough_says_nothing_about_how_but_does_about_how_many() -> None:
    fewer = month(6, invited=0.1, lead=30.0, mix={"letter": 1.0})
    assert [c.cause for c in found(*(month(m) for m in range(6)), fewer)] == ["sampling"]
    assert found(month(0), month(1, contacts=150, lead=30.0, mix={"letter": 1.0}), month(2)) == []


def test_a_register_that_starts_to_record_the_way_of_inviting_did_not_change_its_method() -> None:
    assert found(*(month(m, mix={"none": 1.0}) for m in range(6)), *(month(m) for m in range(6, 12))) == []


def test_one_odd_month_is_told_as_such() -> None:
    odd = month(6, mix={"letter": 1.0})
    [change] = found(*(month(m) for m in range(6)), odd, *(month(m) for m in range(7, 12)))
    assert (change.date, change.cause, change.odd) == (MONTHS[6], "mode", True)


def test_without_fieldwork_nothing_is_found() -> None:
    schema = pa.schema([("month", pa.date32()), ("invitation_mode", pa.string())])
    schema = pa.schema([*schema, *((name, pa.int64()) for name in NUMBERS)])
    assert fieldwork_changes(GUARD, schema.empty_table()) == []


# How often it is wrong ---------------------------------------------------------------------------------------------


def drawn(rng: np.random.Generator, contacts: int, changed: int | None = None, **after: Any) -> list[Found]:
    """36 months of fieldwork by chance, with the shares and lead times of the synthetic police."""
    rows = []
    for at, first in enumerate(MONTHS):
        now = after if changed is not None and at >= changed else {}
        asked = int(rng.binomial(contacts, now.get("invited", 0.92)))
        shares = np.array(now.get("mix", list(MIX.values())))
        for mode, count in zip(MIX, rng.multinomial(asked, shares), strict=True):
            days = int(rng.integers(5, 13, count).sum() + now.get("lead", 0) * count)
            numbers = dict.fromkeys(NUMBERS, 0) | {"contacts": count, "invited": count, "lead_days": days}
            rows.append({"month": first, "channel": "desk", "invitation_mode": mode, **numbers, "lead_n": count})
        rows.append({"month": first, "channel": "web", "invitation_mode": "none", **dict.fromkeys(NUMBERS, 0)})
        rows[-1]["contacts"] = contacts - asked
    return fieldwork_changes(GUARD, pa.Table.from_pylist(rows))


@pytest.mark.parametrize(("contacts", "runs"), [(300, 60), (3000, 60)])
def test_36_months_of_chance_raise_no_alarm(contacts: int, runs: int) -> None:
    """0 alarms in 60 x 36 months at either size: with 95 % certainty fewer than 1 in 700 months."""
    rng = np.random.default_rng(20260101)
    assert [drawn(rng, contacts) for _ in range(runs)] == [[]] * runs


@pytest.mark.parametrize(
    ("cause", "after"),
    [
        ("mode", {"mix": [0.32, 0.54, 0.14]}),  # 30 points move; the limit is 20
        ("lead_time", {"lead": 7}),  # the limit is 5 days
        ("sampling", {"invited": 0.62}),  # 30 points fewer; the limit is 20
    ],
)
def test_a_shift_half_again_as_large_as_the_limit_is_found_in_its_month(cause: str, after: dict[str, Any]) -> None:
    """40 of 40 in the right month and nothing else, at 400 contacts a month: more than 92 % with 95 % certainty."""
    rng = np.random.default_rng(20260102)
    for _ in range(40):
        assert [(c.date, c.cause, c.odd) for c in drawn(rng, 400, 18, **after)] == [(MONTHS[18], cause, False)]
