"""What readers see of the weighting: facts of closed quarters, effects over areas with enough answers, no small one."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from assets.publication_weighting import Register, weighting
from assets.weights import weights
from tests.unit.assets.register_by_hand import Q1, Q2, balanced, nothing_frozen, register, rollup, weighting_survey

SURVEY = weighting_survey()
PERIODS = pa.Table.from_pylist([
    {"window": "quarter", "period_start": Q1, "closed": True},
    {"window": "quarter", "period_start": Q2, "closed": False},
])  # fmt: skip
EFFECT = pa.schema([
    ("quarter", pa.date32()), ("area_code", pa.string()), ("item", pa.string()), ("measure", pa.string()),
    *((name, pa.int64()) for name in ("n", "sum_y", "sum_w", "sum_wy")),
])  # fmt: skip


def effect(*rows: tuple[str, int, int, int, int]) -> pa.Table:
    """``marts.weighting_effect`` of (area, n, satisfied, sum of weights, weights of the satisfied)."""
    names = ("area_code", "n", "sum_y", "sum_w", "sum_wy")
    place = {"quarter": Q1, "item": SURVEY.headline_item, "measure": "positive"}
    return pa.Table.from_pylist([place | dict(zip(names, row, strict=True)) for row in rows], schema=EFFECT)


def published(counts: pa.Table, answers: pa.Table | None = None, survey: Any = SURVEY) -> dict[str, dict[str, Any]]:
    made = weights(survey, counts, rollup(), nothing_frozen())
    found = weighting(survey, made, answers or effect(), counts, Register(rollup(), PERIODS))
    assert found.column_names == [column.name for column in survey.tables["publication.weighting"].columns]
    return {row["level"]: row for row in found.to_pylist()}


def test_the_facts_of_a_quarter_stand_at_the_highest_level_only() -> None:
    rows = published(balanced())
    assert list(rows) == ["nation", "unit", "team"]
    nation = rows["nation"]
    assert (nation["areas"], nation["contacts"], nation["invited"], nation["responses"]) == (1, 1_000, 1_000, 220)
    assert (nation["margin_set"], nation["margin_cells"], nation["collapsed_cells"]) == (0, 3 + 3 + 2, 0)
    assert nation["margin_error"] < 1e-3 and nation["weights_from"] == "current"
    assert 0.3 < nation["factor_min"] < 1 < nation["factor_max"] < 3
    assert nation["factor_mean"] == pytest.approx(1, abs=0.05)
    assert (rows["team"]["areas"], rows["team"]["contacts"], rows["team"]["factor_max"]) == (3, None, None)


def test_unequal_weights_show_as_a_design_effect() -> None:
    rows = published(balanced())
    assert 1 < rows["nation"]["design_effect"] == rows["nation"]["design_effect_max"] < 1.5
    assert 1 <= rows["team"]["design_effect"] <= rows["team"]["design_effect_max"]


def test_the_effect_of_weighting_is_weighted_minus_unweighted() -> None:
    answers = effect(("T1", 100, 60, 1_000, 700), ("T2", 100, 50, 1_000, 480), ("T3", 20, 20, 200, 100))
    rows = published(balanced(), answers)
    assert rows["nation"]["weighting_shift"] == pytest.approx(1_280 / 2_200 - 130 / 220)
    # T3 has too few answers for a percentage: it is in no number below the nation.
    assert rows["team"]["weighting_shift"] == pytest.approx((0.10 - 0.02) / 2)
    assert rows["team"]["weighting_shift_largest"] == pytest.approx(0.10)
    assert rows["unit"]["weighting_shift_largest"] == pytest.approx(1_180 / 2_000 - 110 / 200)


def test_too_few_answers_hide_every_number() -> None:
    rows = published(register(("T1", "web", "old", 40, 9)))
    shown = {name for row in rows.values() for name, value in row.items() if isinstance(value, int | float)}
    assert shown == {"areas"} and {row["status"] for row in rows.values()} == {"hidden"}
    assert {row["status"] for row in published(register(("T1", "web", "old", 40, 0))).values()} == {"no_data"}


def test_open_quarters_and_surveys_without_weighting_have_no_rows() -> None:
    assert published(register(("T1", "web", "old", 100, 60, Q2))) == {}
    assert published(register()) == {}
    assert published(balanced(), survey=weighting_survey(None)) == {}


def test_weights_of_other_counts_are_refused() -> None:
    made = weights(SURVEY, balanced(), rollup(), nothing_frozen())
    with pytest.raises(ValueError, match="do not belong together"):
        weighting(SURVEY, made, effect(), register(("T1", "web", "old", 100, 60)), Register(rollup(), PERIODS))
