"""``publication.weighting``: how the answers of each closed quarter were weighted, and what that does to the headline.

Belongs here: joining the weights to facts per quarter and level, with small numbers left out.
Does not belong here: making weights (``weights``), formulas (``statistics.weighting``), texts, Dagster, SQL.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.statistics.intervals import Floats, Integers
from assets.statistics.weighting import kish_deff
from assets.weighting_cells import Cells, cells_of, margins_of
from expectations.model import UNALLOCATED, Survey, Weighting
from expectations.shapes import WEIGHT_UNIT

MEASURE = "positive"
COUNTS = ("contacts", "invited", "responses")
SCHEMA = pa.schema(
    [
        ("quarter", pa.date32()),
        ("level", pa.string()),
        ("areas", pa.int64()),
        *((name, pa.int64()) for name in COUNTS),
        ("margin_set", pa.int32()),
        ("margin_cells", pa.int64()),
        ("collapsed_cells", pa.int64()),
        *((name, pa.float64()) for name in ("margin_error", "factor_min", "factor_mean", "factor_max")),
        ("design_effect", pa.float64()),
        ("design_effect_max", pa.float64()),
        ("item", pa.string()),
        ("measure", pa.string()),
        ("weighting_shift", pa.float64()),
        ("weighting_shift_largest", pa.float64()),
        ("weights_from", pa.string()),
        ("status", pa.string()),
    ]
)


@dataclass(frozen=True)
class Register:
    """Reference tables that place cells: ``reference.area_rollup`` and ``reference.periods``."""

    area_rollup: pa.Table
    periods: pa.Table


@dataclass(frozen=True)
class Quarter:
    """Weights of the cells of one quarter, in the order of ``cells``."""

    first_day: dt.date
    cells: Cells
    base: Floats
    weight: Floats  # contacts per respondent
    margin_set: int
    weights_from: str


def weighting(
    survey: Survey, weights: pa.Table, weighting_effect: pa.Table, leaf_counts: pa.Table, register: Register
) -> pa.Table:
    """``publication.weighting``: one row per closed quarter and level; empty where the contract does not weight.

    A row is ``hidden`` when contacts, invitations or responses of the quarter are fewer than ``minimum_n`` (and not
    zero), ``no_data`` without any response.

    Args:
        survey: The contract.
        weights: ``marts.weights``.
        weighting_effect: ``marts.weighting_effect``.
        leaf_counts: ``marts.leaf_counts``, which the weights were made from.
        register: The reference tables.
    """
    rules = survey.weighting
    if rules is None:
        return SCHEMA.empty_table()
    closed = {
        row["period_start"] for row in register.periods.to_pylist() if row["closed"] and row["window"] == "quarter"
    }
    headline = weighting_effect.filter((pc.field("item") == survey.headline_item) & (pc.field("measure") == MEASURE))
    rows: list[dict[str, object]] = []
    for quarter in _quarters(survey, weights, leaf_counts, register):
        if quarter.first_day in closed:
            answers = headline.filter(pc.field("quarter") == pa.scalar(quarter.first_day, pa.date32()))
            rows += _rows(survey, rules, quarter, answers)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _quarters(survey: Survey, weights: pa.Table, leaf_counts: pa.Table, register: Register) -> list[Quarter]:
    cells = cells_of(survey, leaf_counts, register.area_rollup)
    keys = ("quarter", "area_code", "channel", "target_group", "age_band")
    ordered = weights.sort_by([(name, "ascending") for name in keys])
    if not ordered.select(list(keys)).equals(cells.table.select(list(keys))):
        raise ValueError("marts.weights and marts.leaf_counts do not belong together: rebuild the marts")
    base = ordered.column("base_weight").to_numpy()
    weight = ordered.column("weight").to_numpy() / WEIGHT_UNIT
    margin_set = ordered.column("margin_set").to_numpy()
    weights_from = ordered.column("weights_from").to_pylist()
    found, start = [], 0
    for first_day, those in cells.quarters():
        here = slice(start, start + len(those))
        found.append(Quarter(first_day, those, base[here], weight[here], int(margin_set[start]), weights_from[start]))
        start += len(those)
    return found


def _rows(survey: Survey, rules: Weighting, quarter: Quarter, answers: pa.Table) -> list[dict[str, object]]:
    least = survey.thresholds.minimum_n
    totals = {name: int(quarter.cells.count(name).sum()) for name in COUNTS}
    hidden = any(0 < total < least for total in totals.values())
    status = "hidden" if hidden else "published" if totals["responses"] else "no_data"
    shown = status == "published"
    rows = []
    for position, level in enumerate(survey.levels):
        areas = [n for n, code in enumerate(quarter.cells.values[level.code]) if code != UNALLOCATED]
        row: dict[str, object] = {
            "quarter": quarter.first_day,
            "level": level.code,
            "areas": len(set(quarter.cells.codes[level.code].tolist()) & set(areas)),
            "item": survey.headline_item,
            "measure": MEASURE,
            "weights_from": quarter.weights_from,
            "status": status,
        }
        if shown:
            row |= _design_effects(quarter, level.code, areas, least)
            row |= _shifts(quarter.cells, level.code, areas, answers, survey.thresholds.percentage_from)
            if position == 0:
                row |= {**totals, **_calibration(quarter, rules)}
        rows.append(row)
    return rows


def _calibration(quarter: Quarter, rules: Weighting) -> dict[str, object]:
    """Margins and factors of the whole quarter, over its respondents."""
    cells = quarter.cells
    responses = cells.count("responses").astype(np.float64)
    answered = responses > 0
    factor = (quarter.weight / quarter.base)[answered]
    margins = margins_of(cells, rules, quarter.margin_set)
    misses = [
        np.abs(np.bincount(margin.column, quarter.weight * responses, len(margin.total)) / margin.total - 1)
        for margin in margins
    ]
    whole = cells.count("contacts").sum()
    misses.append(np.array([abs((quarter.weight * responses).sum() / whole - 1)]))
    return {
        "margin_set": quarter.margin_set,
        "margin_cells": sum(len(margin.total) for margin in margins),
        "collapsed_cells": sum(margin.collapsed for margin in margins),
        "margin_error": float(np.concatenate(misses).max()),
        "factor_min": float(factor.min()),
        "factor_mean": float(np.average(factor, weights=responses[answered])),
        "factor_max": float(factor.max()),
    }


def _design_effects(quarter: Quarter, level: str, areas: list[int], least: int) -> dict[str, object]:
    """Kish's design effect of the areas of a level that have enough respondents: median and largest."""
    code, responses = quarter.cells.codes[level], quarter.cells.count("responses").astype(np.float64)
    found = [
        kish_deff(quarter.weight[code == area], responses[code == area])
        for area in areas
        if responses[code == area].sum() >= least
    ]
    if not found:
        return {}
    return {"design_effect": float(np.median(found)), "design_effect_max": float(max(found))}


def _shifts(cells: Cells, level: str, areas: list[int], answers: pa.Table, least: int) -> dict[str, object]:
    """Weighted minus unweighted figure of the areas of a level whose percentage may be shown: median and largest."""
    above = dict(zip(cells.table.column("area_code").to_pylist(), cells.codes[level].tolist(), strict=True))
    leaf = answers.column("area_code").to_pylist()
    area: Integers = np.array([above[code] for code in leaf], dtype=np.int64)
    sums = {
        name: np.bincount(area, answers.column(name).to_numpy(), len(cells.values[level]))[areas]
        for name in ("n", "sum_y", "sum_w", "sum_wy")
    }
    enough = sums["n"] >= least
    if not np.any(enough):
        return {}
    n, sum_y, sum_w, sum_wy = (values[enough] for values in sums.values())
    shift = sum_wy / sum_w - sum_y / n
    return {
        "weighting_shift": float(np.median(shift)),
        "weighting_shift_largest": float(shift[np.argmax(np.abs(shift))]),
    }
