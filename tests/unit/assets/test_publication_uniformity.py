"""``publication.uniformity`` from hand-made figures of two units with three teams each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.publication_uniformity import uniformity_between_areas
from tests.unit.assets.spread_rows import START, TEAMS, UNITS, axes, cells, estimates, figure, survey

MEANS = (3.1, 3.3, 3.5, 3.7, 3.9, 4.1)
MANY = cells(*((team, 201, mean) for team, mean in zip(TEAMS, MEANS, strict=True)), *((u, 603, 3.6) for u in UNITS))


def published(*changes: dict[str, Any]) -> pa.Table:
    rows = {team: figure(team, mean) for team, mean in zip(TEAMS, MEANS, strict=True)}
    rows |= {unit: figure(unit, 3.6) for unit in UNITS}
    rows |= {row["area_code"]: row for row in changes}
    return estimates(*rows.values())


def row_of(table: pa.Table, level: str = "team") -> dict[str, Any]:
    (row,) = (dict(r) for r in table.to_pylist() if r["level"] == level)
    return row


def test_columns_are_those_of_the_table_contract() -> None:
    made = uniformity_between_areas(axes(), published(), MANY)
    assert made.column_names == [column.name for column in survey().tables["publication.uniformity"].columns]


def test_true_spread_is_the_spread_of_the_figures_without_chance() -> None:
    row = row_of(uniformity_between_areas(axes(), published(), MANY))
    noise = 0.1**2 * 200 / 198  # a standard error on 200 degrees of freedom, widened
    assert row["tau"] ** 2 == pytest.approx(np.var(MEANS, ddof=1) - noise)
    assert row["gap_90_10"] == pytest.approx(2 * 1.2815516 * row["tau"])
    assert row["tau_low"] < row["tau"] < row["tau_high"]
    assert (row["areas"], row["basis"], row["outcome"]) == (6, "as_measured", "differ")


def test_a_level_of_two_areas_has_no_row() -> None:
    made = uniformity_between_areas(axes(), published(), MANY)
    assert made.column("level").to_pylist() == ["team"]


def test_hidden_figures_take_no_part() -> None:
    hidden = published(figure("U2-T3", None), figure("U2-T2", None))
    assert row_of(uniformity_between_areas(axes(), hidden, MANY))["areas"] == 4
    almost_all = published(*(figure(team, None) for team in TEAMS[:4]))
    assert uniformity_between_areas(axes(), almost_all, MANY).num_rows == 0


def test_the_only_usable_level_has_all_of_the_variance() -> None:
    assert row_of(uniformity_between_areas(axes(), published(), MANY))["level_share"] == 1


def test_areas_that_differ_by_chance_only_are_said_not_to_differ() -> None:
    same = published(*(figure(team, 3.5 + 0.05 * (-1) ** n) for n, team in enumerate(TEAMS)))
    row = row_of(uniformity_between_areas(axes(), same, MANY))
    assert (row["tau"], row["tau_low"], row["outcome"]) == (0, 0, "not_visible")
    assert row["level_share"] is None


def test_a_true_but_small_gap_is_little() -> None:
    close = published(*(figure(team, 3.5 + 0.01 * n, se=0.001) for n, team in enumerate(TEAMS)))
    assert row_of(uniformity_between_areas(axes(), close, MANY))["outcome"] == "differ_little"


def adjusted(**values: float) -> pa.Table:
    fields = [(name, pa.string()) for name in ("area_code", "item", "measure", "window")]
    schema = pa.schema(
        [*fields, ("period_start", pa.date32()), ("adjusted", pa.float64()), ("adjusted_se", pa.float64())]
    )
    place = {"item": "satisfaction", "measure": "mean", "window": "quarter", "period_start": START}
    rows = [place | {"area_code": code, "adjusted": v, "adjusted_se": 0.1} for code, v in values.items()]
    return pa.Table.from_pylist(rows, schema=schema)


def test_adjusted_figures_take_the_place_of_those_measured() -> None:
    flat = adjusted(**dict.fromkeys(TEAMS, 3.6))
    row = row_of(uniformity_between_areas(axes(), published(), MANY, flat))
    assert (row["basis"], row["tau"]) == ("adjusted", 0)


def test_unless_an_area_has_none() -> None:
    five = adjusted(**dict.fromkeys(TEAMS[:5], 3.6))
    assert row_of(uniformity_between_areas(axes(), published(), MANY, five))["basis"] == "as_measured"


def test_without_figures_there_are_no_rows() -> None:
    assert uniformity_between_areas(axes(), estimates(), cells()).num_rows == 0
    assert uniformity_between_areas(axes(), estimates(), cells(), adjusted()).num_rows == 0
