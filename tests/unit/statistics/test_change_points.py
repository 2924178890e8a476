"""Where a series goes on at another level: a change is found once, a single odd month is no change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from assets.statistics.change_points import Changes, change_points, total_variation


def walk(*values: float, limit: float = 5.0, most_before: int = 6) -> Changes:
    def far(before: Sequence[int], month: int) -> bool:
        return abs(values[month] - float(np.mean([values[b] for b in before]))) > limit

    return change_points(len(values), far, most_before)


def test_a_new_level_is_found_in_its_first_month_and_only_there() -> None:
    found = walk(1, 2, 1, 2, 11, 12, 11, 12, 11, 12)
    assert found == Changes(first=(4,), before=((0, 1, 2, 3),), odd=())


def test_a_month_that_is_back_the_next_month_is_odd_and_no_yardstick() -> None:
    found = walk(1, 1, 11, 1, 1, 6.5, 1)
    assert (found.first, found.odd) == ((), (2, 5))


def test_two_months_at_another_level_are_two_changes() -> None:
    assert walk(1, 1, 11, 11, 1, 1).first == (2, 4)


def test_a_change_halfway_a_month_makes_that_month_a_level_of_its_own() -> None:
    assert walk(0, 0, 0, 10, 20, 20, 20).first == (3, 4)


def test_the_newest_month_counts_as_a_change_until_the_next_one_is_there() -> None:
    assert walk(1, 1, 1, 11).first == (3,)
    assert walk(1, 1, 1, 11, 1) == Changes((), (), odd=(3,))


def test_the_first_month_is_compared_with_nothing() -> None:
    assert walk(100) == walk() == Changes((), (), ())


def test_a_slow_course_is_followed_and_is_no_change() -> None:
    assert walk(*np.arange(0, 40, 1.0)) == Changes((), (), ())


def test_only_so_many_months_before_are_the_yardstick() -> None:
    assert walk(0, 0, 0, 0, 4, 4, 8, 8, 12, most_before=2).first == ()
    assert walk(0, 0, 0, 0, 4, 4, 8, 8, 12, most_before=6).first == (6,)


@pytest.mark.parametrize(
    ("one", "other", "distance"), [([80, 20], [8, 2], 0.0), ([1, 0], [0, 9], 1.0), ([6, 2, 2], [4, 4, 2], 0.2)]
)
def test_the_distance_of_two_mixes_is_the_part_that_has_to_move(
    one: list[int], other: list[int], distance: float
) -> None:
    assert total_variation(np.array(one, float), np.array(other, float)) == pytest.approx(distance)
