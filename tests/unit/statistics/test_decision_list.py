"""Statements tried in order: the first whose conditions hold is made, and every other has a reason."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics.decision_list import decide, holds


def test_the_first_statement_that_holds_is_made_and_the_others_say_why_not() -> None:
    large, sure = np.array([True, True, False]), np.array([True, False, False])
    differs, maybe, nothing = decide([[(sure, "unsure"), (large, "small")], [(large, "small")], []], 3, "instead")
    assert differs.allowed.tolist() == [True, False, False]
    assert differs.reason.tolist() == ["", "unsure", "unsure"], "the first condition that does not hold is the reason"
    assert (maybe.allowed.tolist(), maybe.reason.tolist()) == ([False, True, False], ["instead", "", "small"])
    assert (nothing.allowed.tolist(), nothing.reason.tolist()) == ([False, False, True], ["instead", "instead", ""])


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("at_least", [False, True, True, False]),
        ("at_most", [True, True, False, False]),
        ("above", [False, False, True, False]),
        ("below", [True, False, False, False]),
    ],
)
def test_a_limit_is_met_or_not_and_an_unknown_number_never_meets_one(comparison: str, expected: list[bool]) -> None:
    assert holds(np.array([1.0, 2.0, 3.0, np.nan]), comparison, np.full(4, 2.0)).tolist() == expected


def test_nothing_to_judge_is_no_mistake() -> None:
    assert decide([[(np.empty(0, dtype=np.bool_), "x")], []], 0, "instead")[1].allowed.size == 0
