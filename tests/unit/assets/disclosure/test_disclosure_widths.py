"""What disclosure control decides when a hidden size would be known too narrowly: something more is hidden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from disclosure_world import (
    areas_of,
    derivable,
    exactly_safe,
    matrix,
    narrow_in,
    police,
    posed,
    problem,
    problem_of,
    published,
    until,
)

from assets.disclosure.decide import decide
from assets.disclosure.decisions import OPEN, PRIMARY, PUBLISHED, SECONDARY
from assets.disclosure.people import ANY, Asked, People
from assets.disclosure.widths import Widths


def test_a_figure_of_ten_does_not_hide_how_small_its_neighbour_is() -> None:
    """Of a district of 60 two teams are told: 11 are left, and who protects others counts ten or more."""
    people = areas_of(25, 24, 10, 1)
    whole = problem_of(people, [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4)])
    assert decide(whole).decision.tolist() == [PUBLISHED, PUBLISHED, SECONDARY, PUBLISHED, PRIMARY]
    assert not narrow_in(whole, decide(whole).decision)


def test_of_two_teams_it_is_the_whole_that_cannot_stand() -> None:
    whole = problem_of(areas_of(10, 1), [(0, 0), (1, 1), (1, 2)])
    assert decide(whole).decision.tolist() == [SECONDARY, PUBLISHED, PRIMARY]


def test_what_is_large_enough_beside_a_small_team_protects_it_as_before() -> None:
    """13 is three more than ten, so of 14 the small team may be 1, 2, 3 or 4."""
    whole = problem_of(areas_of(25, 22, 13, 1), [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4)])
    assert decide(whole).decision.tolist() == [PUBLISHED, PUBLISHED, PUBLISHED, SECONDARY, PRIMARY]


def test_a_size_that_only_sums_of_two_levels_tell_is_not_told_either() -> None:
    """Units of 11 and 10 are hidden: 21 together, so the first is 10 or 11, and of its teams of 10 and 1 one is 1."""
    people = People(
        areas=np.array([[0, 1, 11], [0, 1, 12], [0, 2, 21], [0, 3, 31]]),
        traits=np.zeros((4, 2), dtype=np.int64),
        quarter=np.zeros(4, dtype=np.int64),
        pattern=np.zeros(4, dtype=np.int64),
        n=np.array([1, 10, 10, 30]),
    )
    whole = problem_of(people, [(0, 0), (1, 3), (1, 1), (1, 2), (2, 11), (2, 12)])
    before = np.array([OPEN, OPEN, SECONDARY, SECONDARY, PRIMARY, SECONDARY], dtype=np.int8)
    whole = replace(whole, settled=before, kinds=[[()]] * 3, levels=3)
    assert exactly_safe(whole).tolist() == [PUBLISHED, PUBLISHED, *before[2:]]
    assert narrow_in(whole, exactly_safe(whole)) == [4]
    decision = decide(whole).decision
    assert sorted(decision[:2].tolist()) == [PUBLISHED, SECONDARY]
    assert decision[2:].tolist() == before[2:].tolist()
    assert not narrow_in(whole, decision)


def test_a_new_window_is_hidden_when_it_would_tell_how_small_an_old_quarter_was() -> None:
    """Quarters of 1, 10 and 40 are hidden, hidden and told; that of the year tells their sum. History stays."""
    people = People(
        areas=np.zeros((4, 1), dtype=np.int64),
        traits=np.zeros((4, 2), dtype=np.int64),
        quarter=np.arange(4),
        pattern=np.zeros(4, dtype=np.int64),
        n=np.array([1, 10, 40, 50]),
    )
    cells = Asked(
        level=np.zeros(5, dtype=np.int64),
        area=np.zeros(5, dtype=np.int64),
        wanted=np.full((5, 2), ANY),
        item=np.zeros(5, dtype=np.int64),
        first=np.array([0, 1, 2, 3, 0]),
        last=np.array([0, 1, 2, 3, 3]),
    )
    before = np.array([PRIMARY, SECONDARY, PUBLISHED, OPEN, OPEN], dtype=np.int8)
    whole = replace(posed(people, cells, np.array([0, 1, 2, 4, 3]), [[()]]), settled=before)
    decision = decide(whole).decision
    assert decision[:3].tolist() == before[:3].tolist()
    assert sorted(decision[3:].tolist()) == [PUBLISHED, SECONDARY]
    assert not narrow_in(whole, decision)


def test_what_earlier_releases_told_too_narrowly_hides_nothing_new() -> None:
    """The year was told as well, so how small the quarter was is known whatever is hidden now."""
    people = People(
        areas=np.zeros((6, 1), dtype=np.int64),
        traits=np.zeros((6, 2), dtype=np.int64),
        quarter=np.arange(6),
        pattern=np.zeros(6, dtype=np.int64),
        n=np.array([1, 10, 40, 50, 60, 70]),
    )
    cells = Asked(
        level=np.zeros(8, dtype=np.int64),
        area=np.zeros(8, dtype=np.int64),
        wanted=np.full((8, 2), ANY),
        item=np.zeros(8, dtype=np.int64),
        first=np.array([0, 1, 2, 3, 0, 4, 1, 5]),
        last=np.array([0, 1, 2, 3, 3, 4, 4, 5]),
    )
    before = np.array([PRIMARY, SECONDARY, PUBLISHED, PUBLISHED, PUBLISHED, OPEN, OPEN, OPEN], dtype=np.int8)
    whole = replace(posed(people, cells, np.arange(8), [[()]]), settled=before)
    decision = decide(whole).decision
    assert decision[:5].tolist() == before[:5].tolist()
    assert decision[[5, 7]].tolist() == [PUBLISHED, PUBLISHED]


def test_of_an_item_and_a_derived_item_the_small_part_is_not_known_too_narrowly() -> None:
    """Of 12 people 1 is in the derived item and 11 in none; those 11 are no figure, so a reader knows 0 or more."""
    people = replace(areas_of(30, 11, 1), areas=np.array([[0, 1], [0, 2], [0, 2]]), pattern=np.array([1, 2, 1]))
    cells = [(1, 1, 0), (1, 2, 0), (1, 2, 1), (1, 2, 2), (1, 1, 1)]
    whole = problem_of(people, [(level, area) for level, area, _ in cells])
    asked = replace(whole.asked, item=np.array([item for *_, item in cells]))
    whole = posed(people, asked, np.arange(len(cells)), [[()], [()]])
    loose, decision = exactly_safe(whole), decide(whole).decision
    assert narrow_in(whole, loose) == [2]
    assert not narrow_in(whole, decision)
    assert (decision == PUBLISHED).sum() == 3


@pytest.mark.parametrize("patterns", [1, 2])
@pytest.mark.parametrize("seed", range(2))
def test_no_hidden_size_is_known_to_less_than_three(seed: int, patterns: int) -> None:
    """As the audit of a release finds it; and what must not follow still does not."""
    people = police(seed, quarters=5, patterns=patterns, answers=8.0)
    whole = problem(people)
    assert len(narrow_in(whole, exactly_safe(whole))) > 0
    decision = decide(whole).decision
    assert not narrow_in(whole, decision)
    told = matrix(people, published(whole, decision))
    assert not derivable(told, matrix(people, whole.asked.take(whole.small))).any()


@pytest.mark.parametrize("seed", range(2))
def test_the_sums_are_those_that_a_simpler_way_finds(seed: int) -> None:
    whole = problem(police(seed, quarters=4, patterns=2))
    decision = exactly_safe(whole)
    newest = int(whole.asked.last.max())
    found = Widths(whole).narrow(decision, newest).tolist()
    new = np.flatnonzero(whole.asked.last == newest).tolist()
    assert set(found) & set(new) == set(narrow_in(whole, decision)) & set(new)
    assert set(found) <= set(narrow_in(whole, decision))


@pytest.mark.parametrize("seed", range(2))
def test_releases_in_turn_hide_the_same_as_one_of_all_history(seed: int) -> None:
    whole = problem(police(seed, quarters=5, patterns=2))
    at_once = decide(whole).decision
    settled = np.full(len(whole.n), OPEN, dtype=np.int8)
    for quarter in range(5):
        then, there = until(replace(whole, settled=settled), quarter)
        settled[there] = decide(then).decision
    assert settled.tolist() == at_once.tolist()
    assert (exactly_safe(whole) == PUBLISHED).sum() > (at_once == PUBLISHED).sum()
