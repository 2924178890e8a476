"""A contact register counted by hand, and a survey that weights by it: one nation, two units, three teams."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from expectations.model import Bounds, Survey, Weighting
from tests.tiny_survey import LEVELS, tiny_survey

Q1, Q2 = dt.date(2024, 1, 1), dt.date(2024, 4, 1)
UNITS = {"T1": "U1", "T2": "U1", "T3": "U2"}
RULES = Weighting(
    selection=("unit", "channel"),
    response_classes=("team", "channel_class"),
    minimum_class=20,
    margin_sets=((("team",), ("unit", "channel"), ("nation", "age_band")), (("unit",), ("nation", "channel_class"))),
    minimum_margin=5,
    neighbours={"channel": {"phone": "web"}},
    bounds=Bounds(lower=0.3, upper=3.0),
    design_effect_warn=1.5,
    design_effect_stop=2.5,
    frozen_until=0.05,
)
FROZEN = {
    "quarter": pa.date32(), "area_code": pa.string(), "channel": pa.string(), "target_group": pa.string(),
    "age_band": pa.string(), "contacts": pa.int64(), "responses": pa.int64(), "base_weight": pa.float64(),
    "weight": pa.int64(), "margin_set": pa.int32(), "weighting_rules": pa.string(),
}  # fmt: skip


def weighting_survey(rules: Weighting | None = RULES) -> Survey:
    """The tiny survey with a unit between nation and team."""
    nation, team = LEVELS
    unit = team.model_copy(update={"code": "unit", "folder": "units", "label": "eenheid", "label_plural": "eenheden"})
    return tiny_survey().model_copy(update={"levels": (nation, unit, team), "weighting": rules})


def register(*rows: tuple[Any, ...]) -> pa.Table:
    """``marts.leaf_counts`` of (area, channel, age band, contacts, responses), all invited, in the first month of Q1.

    A month or a number of excluded and of invited contacts may follow.
    """
    names = ("area_code", "channel", "age_band", "contacts", "responses", "month", "excluded", "invited")
    found = []
    for row in rows:
        cell = dict(zip(names, row, strict=False))
        excluded = cell.get("excluded", 0)
        found.append(
            {"target_group": "reporter", "month": Q1, "excluded": excluded, "invited": cell["contacts"] - excluded}
            | cell
        )
    columns = (
        "area_code",
        "month",
        "channel",
        "target_group",
        "age_band",
        "contacts",
        "excluded",
        "invited",
        "responses",
    )
    kinds = dict.fromkeys(columns, pa.string()) | dict.fromkeys(columns[5:], pa.int64()) | {"month": pa.date32()}
    return pa.Table.from_pylist(found, schema=pa.schema([(name, kinds[name]) for name in columns]))


def rollup() -> pa.Table:
    """``reference.area_rollup``."""
    rows = [("unallocated", "nation", "NL")]
    for team, unit in UNITS.items():
        rows += [(team, "team", team), (team, "unit", unit), (team, "nation", "NL")]
    return pa.Table.from_pylist([dict(zip(("leaf_code", "level", "area_code"), row, strict=True)) for row in rows])


def nothing_frozen() -> pa.Table:
    """``marts.frozen_weights`` before the first release."""
    return pa.schema(list(FROZEN.items())).empty_table()


def balanced() -> pa.Table:
    """Teams of which the young answer less: 1,000 contacts and 220 responses."""
    return register(
        ("T1", "web", "old", 200, 60), ("T1", "web", "young", 200, 30), ("T1", "phone", "old", 100, 30),
        ("T2", "web", "old", 200, 50), ("T2", "web", "young", 100, 10),
        ("T3", "web", "old", 100, 30), ("T3", "web", "young", 100, 10),
    )  # fmt: skip
