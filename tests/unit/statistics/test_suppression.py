"""What is hidden besides the small cells: hand examples, and random problems against the rank over the reals."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from assets.statistics.intervals import Bools, Integers
from assets.statistics.suppression import Eliminator, Rows, secondary

A, B, C = 0, 1, 2


def none(columns: int) -> Bools:
    return np.zeros(columns, dtype=np.bool_)


def rows(*sets: Iterable[int]) -> Rows:
    return Rows.of([list(columns) for columns in sets])


class TestOneTable:
    """District 50 = A 30 + B 12 + C 8 (methods 4.5)."""

    def test_a_second_team_is_hidden_with_the_small_one(self) -> None:
        district, team_a, team_b, team_c = 0, 1, 2, 3
        table = rows([A, B, C], [A], [B], [C])
        hidden = secondary(table, np.array([district, team_a, team_b, team_c]), np.array([team_c]))
        assert hidden.tolist() == [team_b]

    def test_beside_one_team_the_district_gives_the_small_one_away(self) -> None:
        engine = Eliminator(none(2))
        engine.protect(rows([1]))
        assert engine.offer(rows([0, 1], [0])).tolist() == [True, False]

    def test_the_order_decides_which_of_them_it_is(self) -> None:
        engine = Eliminator(none(2))
        engine.protect(rows([1]))
        assert engine.offer(rows([0], [0, 1])).tolist() == [True, False]

    def test_two_small_teams_hide_each_other_unless_their_sum_is_protected_too(self) -> None:
        each, together = Eliminator(none(3)), Eliminator(none(3))
        each.protect(rows([B], [C]))
        together.protect(rows([B], [C], [B, C]))
        assert each.offer(rows([A, B, C], [A])).tolist() == [True, True]
        assert together.offer(rows([A, B, C], [A])).tolist() == [True, False]

    def test_what_is_derivable_anyway_is_published(self) -> None:
        engine = Eliminator(none(3))
        engine.protect(rows([C]))
        assert engine.offer(rows([A, B], [A], [B])).all()
        assert engine.derivable(rows([A], [B], [C], [A, B, C])).tolist() == [True, True, False, False]

    def test_nothing_is_hidden_without_targets(self) -> None:
        assert secondary(rows([A, B, C], [A], [B], [C]), np.arange(4), np.arange(0)).tolist() == []


class TestLoneColumns:
    """Respondents who are few and in exactly the same cells."""

    def test_are_not_published_on_their_own(self) -> None:
        assert Eliminator(np.array([True, False])).offer(rows([0], [1])).tolist() == [False, True]

    def test_may_be_added_up(self) -> None:
        assert Eliminator(np.array([True, True])).offer(rows([0, 1])).all()

    def test_are_protected_from_differences(self) -> None:
        assert Eliminator(np.array([True, False, False])).offer(rows([0, 1, 2], [1], [2])).tolist() == [
            True,
            True,
            False,
        ]

    def test_are_protected_from_chains(self) -> None:
        """(0 + 1) + (2 + 3) - (1 + 2) - 3 = 0."""
        lone = np.array([True, False, False, False])
        assert Eliminator(lone).offer(rows([0, 1], [2, 3], [1, 2], [3])).tolist() == [True, True, True, False]

    def test_are_protected_from_averages(self) -> None:
        """(0 + 1) + (1 + 2) + (0 + 2) is twice their sum: no division is too clever."""
        lone = np.array([True, True, True])
        assert Eliminator(lone).offer(rows([0, 1], [1, 2], [0, 2])).tolist() == [True, True, False]


class TestPublishedBefore:
    """Team by quarter: R1 = q1..q4, R2 = q2..q5; R2 - R1 + q1 = q5, which is small."""

    R1, R2, Q1, Q5 = range(4), range(1, 5), [0], [4]

    def test_two_windows_and_a_quarter_are_one_too_many(self) -> None:
        engine = Eliminator(none(5))
        engine.protect(rows(self.Q5))
        assert engine.offer(rows(self.R1, self.R2, self.Q1)).tolist() == [True, True, False]

    def test_the_new_window_gives_way_to_what_stands(self) -> None:
        engine = Eliminator(np.array([False] * 4 + [True]))
        assert engine.publish(rows(self.R1, self.Q1)).tolist() == []
        assert engine.offer(rows(self.R2)).tolist() == [False]

    def test_a_fixed_figure_that_gives_a_target_away_is_named(self) -> None:
        engine = Eliminator(none(5))
        engine.protect(rows(self.Q5))
        assert engine.publish(rows(self.R1, self.R2, self.Q1, [1])).tolist() == [2]
        assert engine.derivable(rows(self.Q5)).tolist() == [True]

    def test_what_is_known_already_is_not_protected_at_the_cost_of_others(self) -> None:
        engine = Eliminator(none(2))
        engine.publish(rows([0]))
        assert engine.protect(rows([0], [1])).tolist() == [0]
        assert engine.offer(rows([0], [0, 1])).tolist() == [True, False]

    def test_a_quarter_that_is_over_still_counts(self) -> None:
        first = Eliminator(none(4))
        first.publish(rows(self.R1, self.Q1))
        second = first.advance(np.array([1, 2, 3]), np.array([False, False, False, True]))
        assert second.offer(rows([0, 1, 2, 3])).tolist() == [False]

    def test_a_small_quarter_is_protected_after_it_is_over(self) -> None:
        """q1 is small and R1 stands: q2 + q3 + q4 may not follow from later figures."""
        first = Eliminator(np.array([True, False, False, False]))
        first.publish(rows(self.R1))
        second = first.advance(np.array([1, 2, 3]), none(4))
        assert second.offer(rows([0, 1, 2, 3], [3])).tolist() == [True, False]

    def test_a_named_target_is_protected_after_it_is_over(self) -> None:
        first = Eliminator(none(4))
        first.protect(rows([0, 1]))
        first.publish(rows(self.R1))
        second = first.advance(np.array([1, 2, 3]), none(3))
        assert second.offer(rows([1], [2])).tolist() == [True, False]


def rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix)) if len(matrix) else 0


class BruteForce:
    """The same by the rank of real matrices, target by target."""

    def __init__(self, columns: int) -> None:
        self.published = np.zeros((0, columns))
        self.targets: list[np.ndarray] = []

    def known(self, row: np.ndarray, published: np.ndarray) -> bool:
        return rank(np.vstack([published, row])) == rank(published)

    def protect(self, targets: Iterable[np.ndarray]) -> None:
        self.targets += [target for target in targets if not self.known(target, self.published)]

    def reveals(self, row: np.ndarray) -> bool:
        return any(self.known(target, np.vstack([self.published, row])) for target in self.targets)

    def publish(self, row: np.ndarray) -> bool:
        revealing = self.reveals(row)
        self.published = np.vstack([self.published, row])
        self.targets = [target for target in self.targets if not self.known(target, self.published)]
        return revealing

    def offer(self, row: np.ndarray) -> bool:
        if self.known(row, self.published):
            return True
        if self.reveals(row):
            return False
        self.published = np.vstack([self.published, row])
        return True


def sets(matrix: np.ndarray) -> Rows:
    return Rows.of([np.flatnonzero(row).tolist() for row in matrix])


def some(rng: np.random.Generator, most: int, columns: int, share: float) -> Integers:
    return (rng.random((int(rng.integers(0, most + 1)), columns)) < share).astype(np.int64)


@pytest.mark.parametrize("seed", range(40))
def test_decisions_equal_the_rank_over_the_reals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(3, 11))
    lone = rng.random(columns) < rng.choice([0, 0.3, 0.9])
    targets, fixed = some(rng, 5, columns, 0.25), some(rng, 3, columns, 0.4)
    offered = some(rng, 14, columns, float(rng.choice([0.2, 0.5])))
    engine, slow = Eliminator(lone), BruteForce(columns)
    engine.protect(sets(targets))
    slow.protect([*np.eye(columns)[lone], *targets])
    assert engine.publish(sets(fixed)).tolist() == [at for at, row in enumerate(fixed) if slow.publish(row)]
    published = engine.offer(sets(offered)).tolist()
    assert published == [slow.offer(row) for row in offered]
    assert engine.derivable(sets(offered)).tolist() == [slow.known(row, slow.published) for row in offered]

    unlucky = Eliminator(lone)
    unlucky._values[:, :2] = 0  # two of the random functionals tell nothing apart
    unlucky.protect(sets(targets))
    unlucky.publish(sets(fixed))
    assert unlucky.offer(sets(offered)).tolist() == published


@pytest.mark.parametrize("seed", range(40))
def test_forgetting_what_is_over_changes_no_decision(seed: int) -> None:
    """Windows roll over blocks of columns; one engine keeps all columns, the other only those that can still occur."""
    rng = np.random.default_rng(seed)
    block, blocks, span = (int(rng.integers(low, high)) for low, high in ((2, 6), (4, 8), (2, 4)))
    lone = rng.random(block * blocks) < rng.choice([0, 0.4, 0.95])
    whole, recent, start = Eliminator(lone), Eliminator(lone[:block]), 0
    for now in range(blocks):
        before, start, stop = start, max(0, now - span + 1) * block, (now + 1) * block
        if now:
            recent = recent.advance(np.arange(start, now * block) - before, lone[start:stop])
        for act, most, share in (("protect", 3, 0.3), ("publish", 1, 0.5), ("offer", 8, float(rng.choice([0.3, 0.6])))):
            new = some(rng, most, stop - start, share)
            wide = np.pad(new, ((0, 0), (start, block * blocks - stop)))
            assert getattr(recent, act)(sets(new)).tolist() == getattr(whole, act)(sets(wide)).tolist(), (now, act)
