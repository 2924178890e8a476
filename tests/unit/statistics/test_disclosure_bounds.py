"""Between which numbers the size of a hidden cell must lie, on tables small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics.disclosure_bounds import Relations, bounds, narrow
from assets.statistics.intervals import Floats, Integers

HIDDEN = np.nan
WHOLE = Relations(np.array([0, 4]), np.array([0, 1, 2, 3]), np.array([-1.0, 1.0, 1.0, 1.0]))
"""Cell 0 is the sum of cells 1, 2 and 3."""


def at_least(*lower: float) -> tuple[Floats, Floats]:
    return np.array(lower), np.full(len(lower), np.inf)


def test_one_hidden_part_is_known_exactly() -> None:
    low, high = bounds(WHOLE, np.array([50.0, 30.0, 12.0, HIDDEN]), *at_least(0, 0, 0, 0))
    assert (low.tolist(), high.tolist()) == ([8.0], [8.0])


def test_two_hidden_parts_share_what_is_left() -> None:
    low, high = bounds(WHOLE, np.array([50.0, 30.0, HIDDEN, HIDDEN]), *at_least(0, 0, 0, 0))
    assert (low.tolist(), high.tolist()) == ([0.0, 0.0], [20.0, 20.0])


def test_what_is_known_beforehand_narrows() -> None:
    n = np.array([50.0, 30.0, HIDDEN, HIDDEN])
    low, high = bounds(WHOLE, n, np.array([0.0, 0, 10, 1]), np.array([np.inf, np.inf, np.inf, 9]), np.array([3]))
    assert (low.tolist(), high.tolist()) == ([1.0], [9.0])


def test_a_cell_in_no_relation_keeps_what_is_known_beforehand() -> None:
    n = np.array([50.0, 30.0, 12.0, 8.0, HIDDEN])
    low, high = bounds(WHOLE, n, np.full(5, 1.0), np.full(5, 9.0))
    assert (low.tolist(), high.tolist()) == ([1.0], [9.0])


def test_numbers_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="agree"):
        bounds(WHOLE, np.array([5.0, 30.0, HIDDEN, HIDDEN]), *at_least(0, 0, 0, 0))


def narrow_cells(truth: list[float], hidden: list[int], lower: list[float], upper: list[float]) -> Integers:
    flags = np.zeros(len(truth), dtype=np.bool_)
    flags[hidden] = True
    return narrow(WHOLE, np.array(truth), flags, np.array(lower), np.array(upper), np.array(hidden))[0]


def test_a_cell_that_can_have_three_sizes_more_is_wide() -> None:
    free = [np.inf] * 4
    assert narrow_cells([50, 30, 12, 8], [2, 3], [0, 0, 10, 1], free).tolist() == []


def test_a_cell_that_is_one_of_two_sizes_is_narrow() -> None:
    assert narrow_cells([41, 30, 10, 1], [2, 3], [0, 0, 9, 0], [np.inf, np.inf, np.inf, 2]).tolist() == [2, 3]


def test_one_hidden_cell_alone_is_narrow_and_its_size_is_found() -> None:
    found, low, high = narrow(
        WHOLE, np.array([50.0, 30, 12, 8]), np.array([False, False, False, True]), *at_least(0, 0, 0, 1), np.array([3])
    )
    assert (found.tolist(), low.tolist(), high.tolist()) == ([3], [8.0], [8.0])


@pytest.mark.parametrize("seed", range(5))
def test_narrow_says_the_same_as_bounds(seed: int) -> None:
    draw = np.random.default_rng(seed)
    inner = draw.integers(0, 12, (4, 5)).astype(np.float64)
    truth = np.concatenate([inner.ravel(), inner.sum(axis=1), inner.sum(axis=0)])
    sums = [[20 + r, *(5 * r + c for c in range(5))] for r in range(4)]
    sums += [[24 + c, *(5 * r + c for r in range(4))] for c in range(5)]
    starts = np.cumsum([0, *map(len, sums)])
    signs = np.ones(starts[-1])
    signs[starts[:-1]] = -1
    relations = Relations(starts, np.concatenate(sums), signs)
    hidden = np.zeros(len(truth), dtype=np.bool_)
    hidden[:20] = draw.random(20) < 0.5
    lower, upper = np.zeros(len(truth)), np.full(len(truth), np.inf)
    low, high = bounds(relations, np.where(hidden, np.nan, truth), lower, upper)
    wanted = np.flatnonzero(hidden)
    assert narrow(relations, truth, hidden, lower, upper, wanted)[0].tolist() == wanted[high - low < 3 - 1e-6].tolist()
