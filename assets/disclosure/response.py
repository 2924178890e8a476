"""``marts.disclosure_response``: what was decided about the counts of who was asked and who answered.

Belongs here: the cells of ``marts.response_counts`` as one problem. Does not belong here: deciding (``decide``), the
figures of questions (``cells``).

Those who answered are one population, whatever they answered; they are broken down by one characteristic at a time.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.disclosure.cells import ancestors, quarter_number
from assets.disclosure.decide import Problem, decide
from assets.disclosure.decisions import DECISIONS, MONTH, OPEN, PRIMARY, PUBLISHED, QUARTER, SECONDARY, Codes
from assets.disclosure.people import ANY, Asked, People
from assets.figure_axes import NOWHERE, Axes, spelled
from assets.statistics.intervals import Bools, Integers
from expectations.model import ALL

Labels = NDArray[np.str_]
DIMENSIONS = ("channel_class", "target_group", "age_band")
UNKNOWN = "unknown"
PLACE = ("level", "area_code", "window", "period_start", "dimension", "category")


def response_disclosure(axes: Axes, response_counts: pa.Table, leaf_counts: pa.Table) -> pa.Table:
    """One row per row of ``marts.response_counts`` with responses, in its order.

    Args:
        axes: Of the contract and its reference tables.
        response_counts: ``marts.response_counts``.
        leaf_counts: ``marts.leaf_counts``.
    """
    counts = response_counts.filter(pc.field("responses") > 0)
    categories = _categories(leaf_counts, axes)
    level = _at(axes.levels, counts, "level")
    positions = {(axes.levels[a.level], a.code): n for n, a in enumerate(axes.areas)}
    rows = zip(counts.column("level").to_pylist(), counts.column("area_code").to_pylist(), strict=True)
    area = np.array([positions[place] for place in rows], dtype=np.int64)
    wanted = np.full((counts.num_rows, len(DIMENSIONS)), ANY, dtype=np.int64)
    dimension: Labels = np.array(counts.column("dimension").to_pylist(), dtype=np.str_)
    category = counts.column("category").to_pylist()
    for trait, name in enumerate(DIMENSIONS):
        for row in np.flatnonzero(dimension == name).tolist():
            wanted[row, trait] = categories[name].setdefault(category[row], len(categories[name]))
    least = axes.survey.thresholds.minimum_n
    numbers = [counts.column(name).to_numpy().astype(np.int64) for name in ("contacts", "invited", "responses")]
    small: Bools = np.logical_or.reduce([(n > 0) & (n < least) for n in numbers])
    window: Labels = np.array(counts.column("window").to_pylist(), dtype=np.str_)
    first = np.array([quarter_number(day) for day in counts.column("period_start").to_pylist()], dtype=np.int64)
    last = np.array([quarter_number(day) for day in counts.column("period_end").to_pylist()], dtype=np.int64)
    decision: Codes = np.where(small, PRIMARY, PUBLISHED).astype(np.int8)
    use = np.flatnonzero(window != MONTH)
    kind = (dimension != ALL).astype(np.int64)
    order = np.empty(len(use), dtype=np.int64)
    ranked = np.lexsort((area[use], -numbers[2][use], first[use] == last[use], kind[use], level[use]))
    order[ranked] = np.arange(len(use))
    whole = Problem(
        name="responses",
        people=_people(axes, leaf_counts, categories, int(last.max(initial=0))),
        asked=Asked(level, area, wanted, np.zeros(len(level), dtype=np.int64), first, last).take(use),
        n=numbers[2][use],
        small=small[use],
        settled=np.full(len(use), OPEN, dtype=np.int8),
        order=order,
        kinds=[[(), *((trait,) for trait in range(len(DIMENSIONS)))] for _ in axes.levels],
        least=least,
        levels=len(axes.levels),
    )
    decision[use] = decide(whole).decision
    decision = _months(Asked(level, area, wanted, first, first, last), window, dimension, small, decision)
    return pa.table(
        {**{name: counts.column(name) for name in PLACE}, "decision": spelled(DECISIONS, decision.astype(np.int64))}
    )


def _months(asked: Asked, window: Labels, dimension: Labels, small: Bools, decision: Codes) -> Codes:
    """Months of totals stand with their quarter, all or none; months of a breakdown never do.

    Where a level hides months of a quarter the level above does too: what is left of it would be about few areas.
    """
    result = decision.copy()
    months, whole, quarters = window == MONTH, dimension == ALL, window == QUARTER
    for level in np.unique(asked.level)[::-1].tolist():
        here = (asked.level == level) & whole
        gone = set(zip(asked.area[here & months & small], asked.first[here & months & small], strict=True))
        told = here & quarters & (decision != PUBLISHED)
        gone |= set(zip(asked.area[told], asked.first[told], strict=True))
        below = months & whole & (asked.level == level + 1) & (result != PUBLISHED)
        above = set(asked.first[below].tolist())
        for row in np.flatnonzero((asked.level == level) & months).tolist():
            first = int(asked.first[row])
            if not whole[row] or first in above or (asked.area[row], first) in gone:
                result[row] = PRIMARY if small[row] else SECONDARY
    return result


def _people(axes: Axes, leaf_counts: pa.Table, categories: dict[str, dict[str, int]], closed_until: int) -> People:
    answered = leaf_counts.filter(pc.field("responses") > 0)
    leaves = {axes.areas[a].code: a for a in np.flatnonzero(axes.level_of_area == len(axes.levels) - 1).tolist()}
    leaf = np.array([leaves.get(code, NOWHERE) for code in answered.column("area_code").to_pylist()], dtype=np.int64)
    quarter = np.array([quarter_number(day) for day in answered.column("month").to_pylist()], dtype=np.int64)
    class_of = {c.code: c.channel_class for c in axes.survey.channels}
    values = {
        "channel_class": [class_of.get(code) or UNKNOWN for code in answered.column("channel").to_pylist()],
        "target_group": [code or UNKNOWN for code in answered.column("target_group").to_pylist()],
        "age_band": answered.column("age_band").to_pylist(),
    }
    traits = [np.array([categories[name][v] for v in values[name]], dtype=np.int64) for name in DIMENSIONS]
    keys = np.column_stack([quarter, leaf, *traits])[quarter <= closed_until]
    n = answered.column("responses").to_numpy().astype(np.int64)[quarter <= closed_until]
    found, at = np.unique(keys, axis=0, return_inverse=True)
    return People(
        areas=ancestors(axes, found[:, 1]),
        traits=found[:, 2:],
        quarter=found[:, 0],
        pattern=np.zeros(len(found), dtype=np.int64),
        n=np.bincount(at.ravel(), weights=n, minlength=len(found)).astype(np.int64),
    )


def _categories(leaf_counts: pa.Table, axes: Axes) -> dict[str, dict[str, int]]:
    """Position of every category that occurs, per characteristic."""
    found = {
        "channel_class": [c.code for c in axes.survey.channel_classes],
        "target_group": [g.code for g in axes.survey.target_groups],
        "age_band": sorted({str(v) for v in pc.unique(leaf_counts.column("age_band")).to_pylist()}),
    }
    return {name: {code: n for n, code in enumerate(dict.fromkeys([*codes, UNKNOWN]))} for name, codes in found.items()}


def _at(values: list[str], table: pa.Table, name: str) -> Integers:
    found: Integers = pc.index_in(table.column(name), value_set=pa.array(values)).to_numpy().astype(np.int64)
    return found
