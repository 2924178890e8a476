"""Respondents as arrays: an order that follows from what they answered, their weights, the design of a quarter."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from assets.weighted_respondents import IDS, in_content_order, respondents_between
from tests.unit.assets.spread_rows import END, START, TEAMS, respondents, weights


def test_the_order_follows_from_the_content_and_not_from_pseudonyms() -> None:
    people = respondents(200)
    other = people.take(pa.array(np.arange(200)[::-1])).drop_columns(list(IDS))
    for name in IDS:
        other = other.append_column(name, people.column(name))
    ours, theirs = (in_content_order(table).drop_columns(list(IDS)) for table in (people, other))
    assert ours.equals(theirs.select(ours.column_names))


def test_the_order_has_nothing_to_do_with_the_answers() -> None:
    ordered = in_content_order(respondents(2000))
    first, second = (ordered.slice(start, 1000).column("y_satisfaction__mean").to_numpy() for start in (0, 1000))
    spread = ordered.column("y_satisfaction__mean").to_numpy().std()
    assert abs(first.mean() - second.mean()) < 4 * spread * np.sqrt(2 / 1000)


def test_everyone_has_the_weight_of_the_own_cell_also_without_an_age() -> None:
    cells = weights().to_pylist()
    for number, cell in enumerate(cells):
        cell["weight"] = 1000 + number
    table = pa.Table.from_pylist(cells, schema=weights().schema)
    people = respondents_between(respondents(100, unknown_age=20), table, START, END)
    for row, weight in zip(people.rows.to_pylist(), people.weight(), strict=True):
        key = (row["area_code"], row["channel"], row["target_group"], row["age_band"] or "unknown")
        (cell,) = (c for c in cells if (c["area_code"], c["channel"], c["target_group"], c["age_band"]) == key)
        assert weight == cell["weight"]


def test_only_the_period_counts() -> None:
    people = respondents(99)
    month = pa.array([dt.date(2024, 12, 1)] * 33 + people.column("month").to_pylist()[33:], pa.date32())
    moved = people.set_column(people.schema.get_field_index("month"), "month", month)
    assert respondents_between(moved, weights(), START, END).rows.num_rows == 66


def test_values_are_missing_where_nobody_answered_and_unknown_codes_are_nowhere() -> None:
    people = respondents(10)
    empty = pa.array([None] * 10, pa.int8())
    silent = people.set_column(people.schema.get_field_index("y_result__mean"), "y_result__mean", empty)
    found = respondents_between(silent, weights(), START, END)
    assert np.isnan(found.values(["y_result__mean"])).all()
    assert set(found.codes("area_code", list(TEAMS[:1])).tolist()) <= {-1, 0}


def test_the_design_of_a_quarter_is_calibrated_to_its_margins() -> None:
    """The total of everybody in a team does not vary, as the weights meet it."""
    people = respondents_between(respondents(600), weights(), START, END)
    ((index, design),) = people.quarters()
    assert len(index) == 600
    v_yy, v_y1, v_11 = design.triples(
        people.values(["y_satisfaction__mean"]), people.codes("area_code", list(TEAMS)), 6
    )
    assert (v_yy > 0).all()
    assert v_11 == pytest.approx(0, abs=1e-3)
    assert v_y1 == pytest.approx(0, abs=1e-3)
