"""What disclosure control decides: nothing that must stay hidden follows from what is published."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from disclosure_world import LEAST, derivable, matrix, police, problem, problem_of, published, until

from assets.disclosure.decide import Problem, decide
from assets.disclosure.decisions import OPEN, PRIMARY, PUBLISHED, SECONDARY, Codes
from assets.disclosure.people import ANY, People

SEEDS = range(3)


@cache
def decided(seed: int) -> tuple[Problem, Codes]:
    """A police and what is decided about it."""
    whole = problem(police(seed))
    return whole, decide(whole).decision


def test_of_three_teams_the_second_smallest_protects_the_smallest() -> None:
    """District of 50: A 30, B 12, C 8 (methods 4.5, hand test)."""
    people = People(
        areas=np.array([[0, 1], [0, 2], [0, 3]]),
        traits=np.zeros((3, 2), dtype=np.int64),
        quarter=np.zeros(3, dtype=np.int64),
        pattern=np.zeros(3, dtype=np.int64),
        n=np.array([30, 12, 8]),
    )
    whole = problem_of(people, [(0, 0), (1, 1), (1, 2), (1, 3)])
    assert decide(whole).decision.tolist() == [PUBLISHED, PUBLISHED, SECONDARY, PRIMARY]


def test_with_two_teams_only_one_of_the_whole_and_the_large_team_can_stand() -> None:
    people = People(
        areas=np.array([[0, 1], [0, 3]]),
        traits=np.zeros((2, 2), dtype=np.int64),
        quarter=np.zeros(2, dtype=np.int64),
        pattern=np.zeros(2, dtype=np.int64),
        n=np.array([42, 8]),
    )
    whole = problem_of(people, [(0, 0), (1, 1), (1, 3)])
    assert decide(whole).decision.tolist() == [PUBLISHED, SECONDARY, PRIMARY]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_small_cell_and_no_small_class_follows_from_all_that_is_published(seed: int) -> None:
    whole, decision = decided(seed)
    people = whole.people
    told = matrix(people, published(whole, decision))
    hidden = matrix(people, whole.asked.take(whole.small))
    alone = np.eye(len(people.n))[people.n < LEAST]
    assert not derivable(told, hidden).any()
    assert not derivable(told, alone).any()


def test_hiding_only_what_is_small_would_let_much_of_it_follow() -> None:
    """The test above can fail."""
    people = police(0)
    whole = problem(people)
    told = matrix(people, whole.asked.take(~whole.small))
    assert derivable(told, matrix(people, whole.asked.take(whole.small))).mean() > 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_that_only_differences_of_windows_would_isolate_is_protected(seed: int) -> None:
    """A team's class of channel in one quarter is never told, but two windows differ by two of them."""
    people = police(seed + 10, quarters=5)
    whole = problem(people)
    told = matrix(people, published(whole, decide(whole).decision))
    for team in np.unique(people.areas[:, 2]).tolist():
        for channel in range(3):
            for quarter in range(5):
                inside = (people.areas[:, 2] == team) & (people.traits[:, 0] == channel) & (people.quarter == quarter)
                if 0 < people.n[inside].sum() < LEAST:
                    assert not derivable(told, inside[None].astype(float)).any()


@pytest.mark.parametrize("seed", [0])
def test_a_first_release_of_years_hides_what_releases_in_turn_would_have_hidden(seed: int) -> None:
    whole, at_once = decided(seed)
    settled = np.full(len(whole.n), OPEN, dtype=np.int8)
    for quarter in range(6):
        then, there = until(replace(whole, settled=settled), quarter)
        settled[there] = decide(then).decision
    assert settled.tolist() == at_once.tolist()


def test_most_of_what_is_large_enough_stands() -> None:
    """Protection costs figures; it must not cost most of them."""
    whole = problem(police(1, answers=12.0))
    decision = decide(whole).decision
    assert (decision[~whole.small] == PUBLISHED).mean() > 0.8


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_of_an_item_and_its_derived_items_no_difference_is_a_small_group(seed: int) -> None:
    """Two derived items: an item less one of them, less both, and the two together, in cells and in quarters."""
    people = police(seed, quarters=5, answers=4.0, patterns=3)
    whole = problem(people)
    told = matrix(people, published(whole, decide(whole).decision))
    cells = matrix(people, whole.asked.take(whole.asked.item == 0))
    small = []
    for chosen in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        rows = cells * np.isin(people.pattern, chosen)
        n = rows @ people.n
        small.append(rows[(n > 0) & (n < LEAST)])
    targets = np.concatenate([*small, np.eye(len(people.n))[people.n < LEAST]])
    assert len(targets) > 100
    assert not derivable(told, targets).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_people_without_a_team_are_a_group_like_any_other(seed: int) -> None:
    """What the units leave of the nation, by class and group, per quarter and per four quarters."""
    whole, decision = decided(seed)
    people = whole.people
    told = matrix(people, published(whole, decision))
    rest = matrix(people, whole.asked.take(whole.asked.level == 0)) * (people.areas[:, 1] == ANY)
    n = rest @ people.n
    small = rest[(n > 0) & (n < LEAST)]
    assert len(small) > 10
    assert not derivable(told, small).any()
