"""Which groups of people must not be told apart: small ones, whatever they are or were called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assets.disclosure.decide import Problem, Told, decide
from assets.disclosure.decisions import AREA_CHANGED, OPEN, PUBLISHED, SECONDARY
from assets.disclosure.people import ANY, Asked, People, small_remainders

CHANNEL, CHANNEL_CLASS, GROUP = range(3)
KINDS = [(), (CHANNEL,), (CHANNEL_CLASS,), (GROUP,), (CHANNEL_CLASS, GROUP)]


def people(rows: list[tuple[int, ...]]) -> People:
    """From rows of area, channel, class of the channel, target group, quarter, n."""
    area, channel, channel_class, group, quarter, n = np.array(rows, dtype=np.int64).T
    return People(
        areas=np.column_stack([np.zeros_like(area), area]),
        traits=np.column_stack([channel, channel_class, group]),
        quarter=quarter,
        pattern=np.zeros_like(n),
        n=n,
        within=((CHANNEL, CHANNEL_CLASS),),
    )


def test_small_channels_of_a_class_are_a_group_together() -> None:
    """Of a class of 24, one channel of 17 is told: what is left is 4 and 3 people in its two small channels."""
    columns = people([(1, 0, 10, 0, 0, 17), (1, 1, 10, 0, 0, 4), (1, 2, 10, 0, 0, 3), (1, 3, 11, 0, 0, 40)])
    found = {tuple(group.tolist()) for group in small_remainders(columns, 1, KINDS, 10)}
    assert (1, 2) in found


def merged() -> Problem:
    """A team of 30 a quarter, and one of 8 in the first quarter only, that is part of it since.

    The large one was told by itself about the first quarter; later the two were told together about the first year.
    """
    rows: list[tuple[int, ...]] = [
        (1, 0, 10, 0, 0, 30),
        (1, 0, 10, 0, 0, 4),
        (1, 0, 10, 1, 0, 4),
        *((1, 0, 10, 0, quarter, 30) for quarter in range(1, 5)),
    ]
    columns = people(rows)
    first, last = np.array([0, 0, 1, 4]), np.array([0, 3, 4, 4])
    count = len(first)
    return Problem(
        name="mark",
        people=columns,
        asked=Asked(
            level=np.ones(count, dtype=np.int64),
            area=np.ones(count, dtype=np.int64),
            wanted=np.full((count, 3), ANY),
            item=np.zeros(count, dtype=np.int64),
            first=first,
            last=last,
        ),
        n=np.array([38, 128, 120, 30]),
        small=np.zeros(count, dtype=np.bool_),
        settled=np.array([AREA_CHANGED, PUBLISHED, OPEN, OPEN], dtype=np.int8),
        order=np.arange(count),
        kinds=[[()], [()]],
        least=10,
        levels=2,
        told=Told((np.array([0]),), np.array([0])),
    )


def test_what_was_hidden_of_an_area_stays_hidden_when_the_area_is_no_more() -> None:
    today = merged()
    areas = today.people.areas.copy()
    areas[:, 1] = [7, 9, 9, 7, 7, 7, 7]
    found = decide(replace(today, former=(areas,)))
    assert found.revealing == 0
    # both years and the newest quarter, less what was told of the large team: the small one
    assert not (found.decision[2] == PUBLISHED and found.decision[3] == PUBLISHED)


def test_without_the_areas_of_before_it_would_follow() -> None:
    found = decide(merged())
    assert found.decision[2:].tolist() == [PUBLISHED, PUBLISHED]


@pytest.mark.parametrize(("last_group", "decision"), [(1, SECONDARY), (2, PUBLISHED)])
def test_what_two_windows_differ_by_in_a_run_of_quarters_is_a_group(last_group: int, decision: int) -> None:
    """Nobody in the first two quarters: years two quarters apart differ by the 9 (or 10) people of two."""
    rows: list[tuple[int, ...]] = [(1, 0, 10, 0, 2, 5), (1, 0, 10, 0, 3, 20)]
    rows += [(1, 0, 10, 0, 4, 3), (1, 0, 10, 1, 4, 3), (1, 0, 10, 0, 5, 2), (1, 0, 10, 1, 5, last_group)]
    columns = people(rows)
    first, last = np.array([0, 2]), np.array([3, 5])
    found = decide(
        replace(
            merged(),
            people=columns,
            asked=Asked(
                level=np.ones(2, dtype=np.int64),
                area=np.ones(2, dtype=np.int64),
                wanted=np.full((2, 3), ANY),
                item=np.zeros(2, dtype=np.int64),
                first=first,
                last=last,
            ),
            n=np.array([25, 33 + last_group]),
            small=np.zeros(2, dtype=np.bool_),
            settled=np.array([OPEN, OPEN], dtype=np.int8),
            order=np.arange(2),
            told=Told(),
        )
    )
    assert found.decision.tolist() == [PUBLISHED, decision]
