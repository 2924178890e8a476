"""No error leaves a step with a value of a row in it, whatever library raised it and whatever caused it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from assets.release import ReleaseStoppedError
from assets.safe_errors import UnexpectedError, held_back

SECRET = "Geheim-7 aan de balie"


def cast() -> None:
    duckdb.sql(f"select cast('{SECRET}' as integer)").fetchall()


def number() -> None:
    float(SECRET)


def frame() -> None:
    pd.to_numeric(pd.Series([SECRET]))


def arrow() -> None:
    pa.array([SECRET], pa.int64())


def key() -> None:
    {}[SECRET]


def caused() -> None:
    try:
        number()
    except ValueError as error:
        raise ReleaseStoppedError(["the table can't be read"]) from error


def meanwhile() -> None:
    try:
        number()
    except ValueError:
        raise ReleaseStoppedError(["the table can't be read"])  # noqa: B904


def shown(step: Callable[[], object]) -> str:
    with pytest.raises(Exception) as raised:
        step()
    return "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("step", [cast, number, frame, arrow, key, caused, meanwhile], ids=lambda s: s.__name__)
def test_no_value_is_told(step: Callable[[], None]) -> None:
    assert SECRET in shown(step), "the test would prove nothing"
    assert SECRET not in shown(held_back(step))


def test_type_and_place_are_told_and_the_stack_stays() -> None:
    told = shown(held_back(number))
    assert "UnexpectedError: ValueError at" in told
    assert "float(SECRET)" in told


def test_our_own_errors_stay_what_they_are() -> None:
    with pytest.raises(ReleaseStoppedError, match="can't be read"):
        held_back(caused)()


def test_a_step_that_yields_is_held_too_and_gives_what_it_gives() -> None:
    @held_back
    def step() -> Iterator[int]:
        yield 1
        number()

    found = step()
    assert next(found) == 1
    with pytest.raises(UnexpectedError) as raised:
        next(found)
    assert SECRET not in str(raised.value)


def test_results_and_names_pass_through() -> None:
    def build(house: str) -> str:
        """What it does."""
        return house

    kept = held_back(build)
    assert (kept("a"), kept.__name__, kept.__doc__) == ("a", "build", "What it does.")
