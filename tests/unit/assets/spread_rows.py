"""A police of two units with three teams each and a quarter of answers, for uniformity, group gaps and drivers."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from assets.figure_axes import Axes
from assets.publication_tables import STATISTICS
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey

START, END = dt.date(2025, 1, 1), dt.date(2025, 3, 31)
UNITS = ("U1", "U2")
TEAMS = ("U1-T1", "U1-T2", "U1-T3", "U2-T1", "U2-T2", "U2-T3")
PARTS = ("treatment", "result", "waiting_time")
ITEMS = ("satisfaction", *PARTS)


@cache
def survey() -> Survey:
    whole = load_survey(DEFAULT_SURVEY)
    quarter = {"windows": ("quarter",), "breakdown_windows": ("quarter",), "headline_window": "quarter"}
    levels = tuple(whole.levels[n].model_copy(update=quarter) for n in (0, 1, 3))
    thresholds = whole.thresholds.model_copy(update={"drivers_from": 400, "driver_order_from": 1000})
    items = tuple(item for item in whole.items if item.id in ITEMS)
    return whole.model_copy(update={"levels": levels, "thresholds": thresholds, "items": items})


@cache
def axes() -> Axes:
    rows = [("nation", "NL", None), *(("unit", code, "NL") for code in UNITS), *(("team", c, c[:2]) for c in TEAMS)]
    areas = [
        {
            "level": level,
            "area_code": code,
            "area_name": code,
            "parent_code": parent,
            "sort_order": n,
            "is_current": True,
        }
        for n, (level, code, parent) in enumerate(rows)
    ]
    periods = [{"window": "quarter", "period_start": START, "period_end": END, "closed": True}]
    measures = [
        {"item": item, "measure": name, "scale_min": low, "scale_max": high}
        for item in ITEMS
        for name, low, high in (("mean", 1, 5), ("positive", 0, 1))
    ]
    return Axes(survey(), *(pa.Table.from_pylist(table) for table in (areas, periods, measures)))


def respondents(n: int = 1500, seed: int = 1, unknown_age: int = 0) -> pa.Table:
    """Answers that go together; people aged 65plus are more satisfied, and everything else is chance."""
    generator = np.random.default_rng(seed)
    age = generator.choice(["16-24", "25-44", "45-64", "65plus"], n, p=[0.1, 0.3, 0.3, 0.3])
    common = generator.normal(3.4, 0.8, n) + 0.8 * (age == "65plus")
    part = {name: _answer(common + generator.normal(0, 0.7, n)) for name in PARTS}
    overall = _answer(0.6 * part["result"] + 0.3 * part["treatment"] + 0.1 * common + generator.normal(0, 0.5, n))
    answers = {"satisfaction": overall, **part}
    numbers = {
        f"y_{item}__{name}": pa.array(values if name == "mean" else values >= 4).cast(pa.int8())
        for item, values in answers.items()
        for name in ("mean", "positive")
    }
    ages: list[str | None] = age.tolist()
    ages[:unknown_age] = [None] * unknown_age
    return pa.table(
        {
            "response_id": [f"r{i}" for i in range(n)],
            "person_id": [f"p{i}" for i in range(n)],
            "area_code": generator.choice(TEAMS, n),
            "channel": generator.choice(["tel_0900", "desk"], n),
            "channel_class": pa.array(["telefonisch"] * n),
            "target_group": generator.choice(["aangever", "melder"], n),
            "age_band": pa.array(ages, pa.string()),
            "incident_class": pa.array([None] * n, pa.string()),
            "month": pa.array([START.replace(month=1 + i % 3) for i in range(n)], pa.date32()),
            **numbers,
        }
    )


def _answer(values: np.ndarray) -> np.ndarray:
    return np.clip(np.round(values), 1, 5).astype(np.int8)


def weights(weight: int = 1000) -> pa.Table:
    """A cell for every kind of respondent, calibrated to the teams."""
    rows: list[dict[str, Any]] = [
        {
            "quarter": START, "area_code": area, "channel": channel, "target_group": group, "age_band": age,
            "base_weight": 1.0, "weight": weight, "margins": [TEAMS.index(area)],
        }
        for area in TEAMS
        for channel in ("tel_0900", "desk")
        for group in ("aangever", "melder")
        for age in ("16-24", "25-44", "45-64", "65plus", "unknown")
    ]  # fmt: skip
    fields = [(name, pa.string()) for name in ("area_code", "channel", "target_group", "age_band")]
    numbers = [("base_weight", pa.float64()), ("weight", pa.int64()), ("margins", pa.list_(pa.int32()))]
    return pa.Table.from_pylist(rows, schema=pa.schema([("quarter", pa.date32()), *fields, *numbers]))


def level_of(area: str) -> str:
    return "nation" if area == "NL" else "team" if "-" in area else "unit"


def figure(area: str, estimate: float | None, **more: Any) -> dict[str, Any]:
    """A row of ``publication.estimates``; without an estimate it is hidden."""
    shown = estimate is not None
    row = {
        "figure_id": f"{area}-{more.get('item', 'satisfaction')}", "level": level_of(area), "area_code": area,
        "target_group": "all", "channel": "all", "item": "satisfaction", "measure": "mean", "window": "quarter",
        "period_start": START, "n": 200 if shown else None, "n_eff": None, "estimate": estimate,
        "se": 0.1 if shown else None, "ci_low": estimate - 0.2 if shown else None,
        "ci_high": estimate + 0.2 if shown else None, "reliability": None,
        "status": "published" if shown else "hidden",
    }  # fmt: skip
    return row | more


def estimates(*rows: dict[str, Any]) -> pa.Table:
    text = ("figure_id", "level", "area_code", "target_group", "channel", "item", "measure", "window", "status")
    numbers = ("n_eff", "estimate", "se", "ci_low", "ci_high", "reliability")
    fields = [(name, pa.string()) for name in text] + [(name, pa.float64()) for name in numbers]
    return pa.Table.from_pylist(
        list(rows), schema=pa.schema([*fields, ("n", pa.int64()), ("period_start", pa.date32())])
    )


def all_shown(estimate: float = 3.5, proportion: float = 0.6) -> pa.Table:
    """Every total of nation, units and teams is shown."""
    return estimates(
        *(
            figure(area, value, item=item, measure=measure)
            for area in ("NL", *UNITS, *TEAMS)
            for item in ITEMS
            for measure, value in (("mean", estimate), ("positive", proportion))
        )
    )


def cells(*rows: tuple[str, int, float]) -> pa.Table:
    """``marts.window_cells`` with totals of the headline mean: (area, answers, mean)."""
    numbers = dict.fromkeys(STATISTICS, 0)
    found = [
        {
            "level": level_of(area), "area_code": area, "channel": "all", "target_group": "all", "item": "satisfaction",
            "measure": "mean", "window": "quarter", "period_start": START, **numbers,
            "n": n, "sum_w": n * 1000, "sum_wy": round(n * mean * 1000), "strata": 1,
        }
        for area, n, mean in rows
    ]  # fmt: skip
    text = ("level", "area_code", "channel", "target_group", "item", "measure", "window")
    fields = [(name, pa.string()) for name in text] + [("period_start", pa.date32())]
    return pa.Table.from_pylist(found, schema=pa.schema([*fields, *((name, pa.int64()) for name in STATISTICS)]))
