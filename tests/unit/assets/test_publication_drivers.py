"""``publication.drivers`` and ``publication.priorities``: who has them, on which route, what an area makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.figure_axes import Axes
from assets.publication_drivers import SCHEMA, drivers, routes
from assets.publication_priorities import priorities
from expectations.model import Condition
from tests.tiny_survey import tiny_survey
from tests.unit.assets.spread_rows import (
    PARTS,
    TEAMS,
    UNITS,
    all_shown,
    axes,
    estimates,
    figure,
    respondents,
    survey,
    weights,
)


@pytest.fixture(scope="module")
def made() -> pa.Table:
    return drivers(axes(), all_shown(), respondents(), weights())


def of(table: pa.Table, area: str) -> dict[str, dict[str, Any]]:
    return {row["item"]: dict(row) for row in table.to_pylist() if row["area_code"] == area}


def test_columns_are_those_of_the_table_contracts(made: pa.Table) -> None:
    tables = survey().tables
    assert made.column_names == [column.name for column in tables["publication.drivers"].columns]
    found = priorities(axes(), all_shown(), made)
    assert found.column_names == [column.name for column in tables["publication.priorities"].columns]


def test_shares_add_up_and_the_strongest_part_comes_first(made: pa.Table) -> None:
    nation = of(made, "NL")
    assert list(nation) == [item.id for item in survey().items if item.id in PARTS]
    assert sum(row["share"] for row in nation.values()) == pytest.approx(1)
    assert nation["result"]["driver_rank"] == 1
    assert all(row["share_low"] < row["share"] < row["share_high"] for row in nation.values())
    assert all(abs(row["relative_weight"] - row["share"]) < 0.1 for row in nation.values())


def test_an_order_is_told_only_with_answers_enough(made: pa.Table) -> None:
    assert of(made, "U1")["result"]["n"] < survey().thresholds.driver_order_from
    assert all(row["driver_rank"] is None for row in of(made, "U1").values())


def test_areas_with_few_answers_have_no_drivers() -> None:
    some = drivers(axes(), all_shown(), respondents(600), weights())
    assert set(some.column("area_code").to_pylist()) == {"NL"}
    assert drivers(axes(), all_shown(), respondents(300), weights()).num_rows == 0


def test_a_headline_figure_that_is_not_shown_has_no_drivers() -> None:
    hidden = estimates(figure("NL", None), *(figure(unit, 3.5) for unit in UNITS))
    assert set(drivers(axes(), hidden, respondents(), weights()).column("area_code").to_pylist()) == set(UNITS)


def test_the_bootstrap_depends_on_neither_order_nor_pseudonyms(made: pa.Table) -> None:
    people = respondents()
    order = np.random.default_rng(9).permutation(people.num_rows)
    ids = ["response_id", "person_id"]
    moved = people.take(pa.array(order)).drop_columns(ids)
    for name in ids:
        moved = moved.append_column(name, people.column(name))
    assert drivers(axes(), all_shown(), moved, weights()).equals(made)


def test_parts_that_are_asked_under_a_condition_have_a_route_of_their_own() -> None:
    items = {item.id: item for item in survey().items}
    asked = items["result"].model_copy(update={"asked_when": Condition(item="satisfaction", values=("1", "2"))})
    group = items["waiting_time"].model_copy(update={"asked_of": ("melder",)})
    common = items["treatment"]
    more = common.model_copy(update={"id": "expertise"})
    changed = survey().model_copy(update={"items": (items["satisfaction"], common, more, asked, group)})
    assert [(route.code, route.items) for route in routes(changed)] == [
        ("all", ("treatment", "expertise")),
        ("satisfaction=1+2", ("treatment", "expertise", "result")),
        ("group=melder", ("treatment", "expertise", "waiting_time")),
    ]


def test_a_survey_without_parts_of_the_service_has_no_routes() -> None:
    assert routes(tiny_survey()) == []


def test_a_part_that_was_not_asked_all_the_time_is_left_out() -> None:
    items = tuple(
        item.model_copy(update={"last_wave": item.first_wave}) if item.id == "waiting_time" else item
        for item in survey().items
    )
    changed = survey().model_copy(update={"items": items})
    narrow = _with(axes(), changed)
    assert set(drivers(narrow, all_shown(), respondents(), weights()).column("item").to_pylist()) == {
        "treatment",
        "result",
    }


def _with(other: Axes, changed: Any) -> Axes:
    copy = object.__new__(Axes)
    copy.__dict__.update(other.__dict__ | {"survey": changed})
    return copy


def test_every_area_is_held_against_the_nearest_drivers(made: pa.Table) -> None:
    found = priorities(axes(), all_shown(), made).to_pylist()
    source = {row["area_code"]: row["driver_area_code"] for row in found}
    assert source == {"NL": "NL", **{u: u for u in UNITS}, **{team: team[:2] for team in TEAMS}}
    assert len(found) == 9 * len(PARTS)


def shares(**values: tuple[float, float, float]) -> pa.Table:
    rows = [
        {
            "area_code": "NL",
            "level": "nation",
            "route": "all",
            "item": i,
            "share": s,
            "share_low": low,
            "share_high": high,
        }
        for i, (low, s, high) in values.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def test_an_item_is_in_a_quarter_only_when_both_intervals_are_clear_of_the_line() -> None:
    known = shares(treatment=(0.5, 0.6, 0.7), result=(0.1, 0.2, 0.3), waiting_time=(0.1, 0.2, 0.4))
    national = {item: figure("NL", 0.6, item=item, measure="positive", ci_low=0.59, ci_high=0.61) for item in PARTS}

    def outcomes(**own: float) -> list[str]:
        team = [
            figure("U1-T1", v, item=i, measure="positive", ci_low=v - 0.05, ci_high=v + 0.05) for i, v in own.items()
        ]
        found = of(priorities(axes(), estimates(*national.values(), *team), known), "U1-T1")
        return [found[item]["outcome"] for item in ("treatment", "result", "waiting_time")]

    assert outcomes(treatment=0.5, result=0.5, waiting_time=0.5) == ["first", "later", "unclear"]
    assert outcomes(treatment=0.7, result=0.7, waiting_time=0.7) == ["keep", "enough", "unclear"]
    assert outcomes(treatment=0.62, result=0.58) == ["unclear", "unclear", "not_shown"]


def test_without_drivers_there_are_no_priorities() -> None:
    assert priorities(axes(), all_shown(), SCHEMA.empty_table()).num_rows == 0
