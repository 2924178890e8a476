"""One contract, second use: expectations run on frames and tell counts and positions, never values."""

from __future__ import annotations

import pandas as pd
import pytest

from expectations import suites
from expectations.model import Expectation, Table, TableColumn

SECRET = "jan@example.nl"


def table(*expectations: Expectation) -> Table:
    return Table(
        layer="staging", name="t", grain="one row", description="d", owner="o", key=("a",),
        columns=(TableColumn(name="a"),), expectations=expectations,
    )  # fmt: skip


def expectation(kind: str, severity: str = "contract", **kwargs: object) -> Expectation:
    return Expectation.model_validate({"type": kind, "kwargs": kwargs, "severity": severity, "reason": "because"})


def test_a_failing_row_is_counted_and_placed_but_not_quoted() -> None:
    contract = table(expectation("expect_column_values_to_be_in_set", column="a", value_set=["x"]))
    outcome = suites.validate(contract, "contract", pd.DataFrame({"a": ["x", SECRET, "x"]}))
    (found,) = outcome.outcomes
    assert not outcome.passed
    assert (found.evaluated, found.unexpected, found.positions) == (3, 1, (1,))
    assert SECRET not in repr(outcome)


def test_positions_count_through_when_a_frame_is_checked_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "ROWS_AT_A_TIME", 4)
    contract = table(
        expectation("expect_column_values_to_be_between", column="a", max_value=5),
        expectation("expect_column_values_to_be_unique", column="a"),
    )
    outcome = suites.validate(contract, "contract", pd.DataFrame({"a": [1, 2, 3, 9, 4, 1, 8]}))
    between, unique = outcome.outcomes
    assert (between.evaluated, between.unexpected, between.positions) == (7, 2, (3, 6))
    assert not unique.passed, "uniqueness is judged over the whole table, not per slice"


def test_severities_are_separate_suites() -> None:
    contract = table(
        expectation("expect_column_values_to_not_be_null", column="a"),
        expectation("expect_column_mean_to_be_between", "plausible", column="a", min_value=5),
    )
    frame = pd.DataFrame({"a": [1, 2]})
    assert suites.validate(contract, "contract", frame).passed
    assert [o.type for o in suites.validate(contract, "plausible", frame).failed] == [
        "expect_column_mean_to_be_between"
    ]


def test_an_empty_table_and_an_empty_suite_are_answered() -> None:
    contract = table(expectation("expect_column_values_to_not_be_null", column="a"))
    assert suites.validate(contract, "contract", pd.DataFrame({"a": []})).passed
    assert suites.validate(contract, "plausible", pd.DataFrame({"a": []})).outcomes == ()
