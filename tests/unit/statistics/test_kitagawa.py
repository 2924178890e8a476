"""A change in two parts: other answers, and other people."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics.kitagawa import Cells, split


def cells(*rows: tuple[float, float], se: float = 0.1, df: float = 50, change: list[int] | None = None) -> Cells:
    """Cells of weight and mean; one change unless told otherwise."""
    weight, mean = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    full = (np.full(len(rows), value) for value in (se, df))
    return Cells(np.array(change or [0] * len(rows), dtype=np.int64), weight, mean, *full)


def test_other_answers_of_the_same_people_are_all_service() -> None:
    found = split(cells((30, 6.0), (70, 8.0)), cells((60, 6.5), (140, 8.5)), 1)
    assert (found.service[0], found.mix[0]) == pytest.approx((0.5, 0))


def test_the_same_answers_of_other_people_are_all_mix() -> None:
    found = split(cells((30, 6.0), (70, 8.0)), cells((70, 6.0), (30, 8.0)), 1)
    assert (found.service[0], found.mix[0]) == pytest.approx((0, -0.8))


def test_both_parts_add_up_exactly() -> None:
    chance = np.random.default_rng(3)
    then, now = (cells(*[(w, m) for w, m in chance.uniform(1, 9, (40, 2))], change=[*range(4)] * 10) for _ in range(2))

    def means(side: Cells) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        total = np.bincount(side.change, side.weight * side.mean) / np.bincount(side.change, side.weight)
        return np.asarray(total, dtype=np.float64)

    found = split(then, now, 4)
    assert found.service + found.mix == pytest.approx(means(now) - means(then), abs=1e-14)


def test_a_cell_on_one_side_only_counts_as_mix() -> None:
    found = split(cells((50, 6.0), (0, np.nan)), cells((50, 6.0), (50, 8.0)), 1)
    assert (found.service[0], found.mix[0]) == pytest.approx((0, 1.0))
    assert found.se[0] == pytest.approx(0.75 * 0.1 * 2**0.5), "the cell that is new has no change to be uncertain of"


def test_the_standard_error_is_that_of_cells_with_fixed_shares() -> None:
    found = split(cells((50, 6.0), (50, 7.0), se=0.3), cells((50, 6.0), (50, 7.0), se=0.4), 1)
    assert found.se[0] == pytest.approx((2 * 0.25 * (0.09 + 0.16)) ** 0.5)
    spent = 2 * ((0.25 * 0.09) ** 2 + (0.25 * 0.16) ** 2) / 50
    assert found.df[0] == pytest.approx(found.se[0] ** 4 / spent)


def test_a_period_without_people_cannot_be_split() -> None:
    found = split(cells((0, np.nan), (0, np.nan)), cells((50, 6.0), (50, 8.0)), 1)
    assert np.isnan([found.service[0], found.mix[0], found.se[0], found.df[0]]).all()


def test_a_cell_whose_mean_is_not_known_leaves_its_change_unknown() -> None:
    then, now = (cells((50, m), (50, 8.0), (1, 5.0), change=[0, 0, 1]) for m in (6.0, np.nan))
    found = split(then, now, 2)
    assert np.isnan(found.service[0])
    assert found.service[1] == 0
