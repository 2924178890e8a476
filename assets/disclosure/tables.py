"""``marts.disclosure``: what was decided about every cell.

Belongs here: solving the problems of all questions, side by side when there are many, and the table of decisions.
Does not belong here: the problems (``cells``), deciding (``decide``), what a decision does to a figure
(``publication_tables``).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.disclosure.cells import answer_groups, cells, posed
from assets.disclosure.decide import Decided, Problem, decide
from assets.disclosure.decisions import DECISIONS, PUBLISHED, WINDOWS, Codes
from assets.disclosure.history import ledger, with_history
from assets.disclosure.months import decide_half_years, decide_months
from assets.figure_axes import Axes, spelled
from assets.progress import announce

WORKERS = 2
WORTH_A_PROCESS = 30_000
"""Cells of all problems from which a second process saves more than its start takes."""


class AlreadyToldError(Exception):
    """Earlier releases together tell what must stay hidden: a person has to look before anything more is released."""

    def __init__(self, figures: int) -> None:
        super().__init__(
            f"{figures} figures of earlier releases, taken together, tell about fewer people than may be told about. "
            "Nothing was released. Withdraw the release that told too much (politiemonitor withdraw) and ask the "
            "statistician; 'politiemonitor status' names the releases."
        )


def disclosure(
    axes: Axes, window_cells: pa.Table, atoms: pa.Table, told: tuple[pa.Table, pa.Table] | None = None
) -> pa.Table:
    """One row per cell and item with answers, in a fixed order.

    Args:
        axes: Of the contract and its reference tables.
        window_cells: ``marts.window_cells``.
        atoms: ``marts.atoms``.
        told: ``marts.ledger_cells`` and ``marts.ledger_rollup``; None before the first release.
    """
    found = cells(axes, window_cells)
    decision: Codes = np.full(len(found.n), PUBLISHED, dtype=np.int8)
    groups = answer_groups(axes, found.items)
    made = [posed(axes, found, atoms, group) for group in groups]
    problems = [one.problem for one in made]
    if told is not None and told[0].num_rows:
        record = ledger(axes, found, *told)
        problems = [with_history(axes, p.problem, found.take(p.at), p.items, p.leaf_codes, record) for p in made]
    revealing = 0
    for number, (one, decided) in enumerate(zip(made, solve(problems), strict=True), start=1):
        decision[one.at] = decided.decision
        revealing += decided.revealing
        announce("disclosure control", number, len(groups))
    if revealing:
        raise AlreadyToldError(revealing)
    decision = decide_half_years(found, decide_months(axes, found, decision))
    order = np.lexsort((found.start, found.window, found.item, found.channel, found.group, found.area))
    return pa.table(
        {
            "level": spelled(axes.levels, axes.level_of_area[found.area[order]]),
            "area_code": spelled([area.code for area in axes.areas], found.area[order]),
            "target_group": spelled(axes.groups, found.group[order]),
            "channel": spelled(axes.channels, found.channel[order]),
            "item": spelled(found.items, found.item[order]),
            "window": spelled(WINDOWS, found.window[order]),
            "period_start": pc.cast(pa.array(found.start[order].astype(np.int32), pa.int32()), pa.date32()),
            "decision": spelled(DECISIONS, decision[order].astype(np.int64)),
        }
    )


def solve(problems: Sequence[Problem]) -> Iterator[Decided]:
    """Decisions of problems, in their order; two at a time when there is enough to do."""
    workers = min(WORKERS, os.cpu_count() or 1, len(problems))
    if workers < WORKERS or sum(len(p.n) for p in problems) < WORTH_A_PROCESS:
        yield from map(decide, problems)
        return
    # spawn: a fork would copy the open tables of the parent
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(decide, problems)
