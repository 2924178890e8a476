"""``publication.group_gaps``: who is compared, what may be shown of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.publication_group_gaps import comparable, dimensions, group_gaps
from tests.unit.assets.spread_rows import ITEMS, UNITS, all_shown, axes, estimates, figure, respondents, survey, weights

NUMBERS = ("n", "estimate", "reference_estimate", "difference", "se", "ci_low", "ci_high", "p_value", "q_value")


@pytest.fixture(scope="module")
def people() -> pa.Table:
    return respondents()


@pytest.fixture(scope="module")
def made(people: pa.Table) -> pa.Table:
    return group_gaps(axes(), all_shown(), people, weights())


def rows(table: pa.Table, **place: str) -> list[dict[str, Any]]:
    wanted = {"area_code": "NL", "item": "satisfaction", "measure": "mean"} | place
    return [dict(r) for r in table.to_pylist() if all(r[name] == value for name, value in wanted.items())]


def test_columns_are_those_of_the_table_contract(made: pa.Table) -> None:
    assert made.column_names == [column.name for column in survey().tables["publication.group_gaps"].columns]


def test_nation_and_units_are_compared_and_teams_are_not(made: pa.Table) -> None:
    assert set(made.column("area_code").to_pylist()) == {"NL", *UNITS}


def test_a_group_is_held_against_everyone_else(made: pa.Table, people: pa.Table) -> None:
    (row,) = rows(made, dimension="age_band", category="65plus", against="rest")
    frame = people.to_pandas()
    old = frame["age_band"] == "65plus"
    answer = frame["y_satisfaction__mean"].astype(float)
    assert row["difference"] == pytest.approx(answer[old].mean() - answer[~old].mean())
    assert (row["outcome"], row["rule"]) == ("higher", "difference")
    simple = np.sqrt(answer[old].var() / old.sum() + answer[~old].var() / (~old).sum())
    assert row["se"] == pytest.approx(simple, rel=0.05)


def test_groups_with_figures_of_their_own_show_them(made: pa.Table, people: pa.Table) -> None:
    (row,) = rows(made, dimension="target_group", category="melder", against="rest")
    frame = people.to_pandas()
    mine = frame["target_group"] == "melder"
    answer = frame["y_satisfaction__mean"].astype(float)
    assert row["n"] == mine.sum()
    assert row["estimate"] == pytest.approx(answer[mine].mean())
    assert row["reference_estimate"] == pytest.approx(answer[~mine].mean())


def test_groups_without_figures_of_their_own_show_differences_only(made: pa.Table) -> None:
    found = [r for d in ("age_band", "incident_class") for r in rows(made, dimension=d)]
    assert any(r["difference"] is not None for r in found)
    assert all(r[name] is None for r in found for name in ("n", "estimate", "reference_estimate"))


def test_the_widest_gap_names_both_ends(made: pa.Table) -> None:
    (row,) = rows(made, dimension="age_band", against="widest")
    others = [r for r in rows(made, dimension="age_band") if r["against"] == "rest"]
    assert row["category"] == max(others, key=lambda r: r["difference"])["category"] == "65plus"
    assert row["other_category"] == min(others, key=lambda r: r["difference"])["category"]
    assert row["outcome"] == "differ"
    assert row["ci_low"] < row["difference"] < row["ci_high"]


def test_estimates_do_not_depend_on_the_unit_of_the_weights_nor_on_order_or_pseudonyms(
    made: pa.Table, people: pa.Table
) -> None:
    order = np.random.default_rng(3).permutation(people.num_rows)
    shuffled = people.take(pa.array(order)).drop_columns(["response_id", "person_id"])
    other = shuffled.append_column("response_id", people.column("response_id")).append_column(
        "person_id", people.column("person_id")
    )
    assert group_gaps(axes(), all_shown(), other, weights()).equals(made)
    heavier = group_gaps(axes(), all_shown(), people, weights(7000))
    ours, theirs = (t.column("se").to_numpy(zero_copy_only=False).astype(float) for t in (made, heavier))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_a_small_group_is_not_compared_and_shows_no_number(made: pa.Table) -> None:
    found = rows(made, area_code="U1", measure="positive", dimension="incident_class")
    assert found
    assert all(row[name] is None for row in found for name in NUMBERS)
    assert {row["rule"] for row in found} == {"too_few_answers"}


def test_nothing_is_compared_of_a_figure_that_is_not_shown(people: pa.Table) -> None:
    hidden = estimates(*(figure(area, None, item=item) for area in ("NL", *UNITS) for item in ITEMS))
    made = group_gaps(axes(), hidden, people, weights())
    assert set(made.column("outcome").to_pylist()) == {"not_compared"}
    assert set(made.column("rule").to_pylist()) == {"not_shown"}
    assert all(made.column(name).null_count == made.num_rows for name in NUMBERS)


def test_a_group_whose_own_figure_is_hidden_is_left_out(people: pa.Table) -> None:
    own = figure("NL", None, target_group="melder")
    made = group_gaps(axes(), estimates(*all_shown().to_pylist(), own), people, weights())
    (row,) = rows(made, dimension="target_group", category="melder", against="rest")
    assert (row["rule"], row["estimate"], row["n"]) == ("not_shown", None, None)


def test_no_small_remainder_follows_by_subtraction() -> None:
    n = np.array([[60.0, 50.0, 40.0, 4.0], [60.0, 50.0, 40.0, 0.0], [60.0, 50.0, 6.0, 6.0]])
    found = comparable(n, np.full(3, 30.0), 10, np.full((3, 3), True))
    assert found.tolist() == [[True, True, False], [True, True, True], [True, True, False]]


def test_people_of_unknown_age_are_in_the_rest_and_protected(people: pa.Table) -> None:
    some_unknown = respondents(unknown_age=5)
    made = group_gaps(axes(), all_shown(), some_unknown, weights())
    found = [r for r in rows(made, dimension="age_band") if r["against"] == "rest"]
    assert [r["rule"] for r in found].count("disclosure") == 1
    compared = [r["category"] for r in found if r["difference"] is not None]
    shown = sum(some_unknown.column("age_band").to_pylist().count(category) for category in compared)
    assert people.num_rows - shown >= survey().thresholds.minimum_n


def test_a_way_to_divide_needs_two_groups() -> None:
    one = survey().model_copy(update={"code_lists": {}, "channel_classes": survey().channel_classes[:1]})
    assert [dimension.name for dimension in dimensions(one)] == ["target_group"]


def test_without_respondents_there_are_no_rows(people: pa.Table) -> None:
    assert group_gaps(axes(), all_shown(), people.slice(0, 0), weights()).num_rows == 0


def test_a_respondent_without_a_weight_stops_the_release(people: pa.Table) -> None:
    with pytest.raises(ValueError, match="no weight"):
        group_gaps(axes(), all_shown(), people, weights().slice(0, 1))
