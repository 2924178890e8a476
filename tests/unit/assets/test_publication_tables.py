"""Publication tables from hand-made cells: what is shown, what is left out, what is compared."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pyarrow as pa
import pytest

from assets.figure_axes import Axes
from assets.publication_breaks import breaks
from assets.publication_comparisons import comparisons
from assets.publication_peers import peers
from assets.publication_tables import STATISTICS, coverage, estimates, response
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Break, Survey

Q1, Q5 = dt.date(2024, 1, 1), dt.date(2025, 1, 1)
ITEM = "satisfaction"
NUMBERS = ("n_eff", "estimate", "se", "ci_low", "ci_high", "reliability")


@pytest.fixture(scope="module")
def survey() -> Survey:
    whole = load_survey(DEFAULT_SURVEY)
    quarters = ("quarter",)
    levels = tuple(
        level.model_copy(update={"windows": quarters, "breakdown_windows": quarters, "headline_window": "quarter"})
        for level in (whole.levels[0], whole.levels[-1])
    )
    return whole.model_copy(update={"levels": levels})


def axes_of(survey: Survey, teams: int = 3) -> Axes:
    top, leaf = (level.code for level in survey.levels)
    rows = [(top, "NL", "Nederland", None, 0)] + [(leaf, f"T{n}", f"Team {n}", "NL", n) for n in range(1, teams + 1)]
    areas = [dict(zip(("level", "area_code", "area_name", "parent_code", "sort_order"), r, strict=True)) for r in rows]
    old = {
        "level": leaf,
        "area_code": "T0",
        "area_name": "Oud",
        "parent_code": "NL",
        "sort_order": 0,
        "is_current": False,
    }
    periods = [
        {"window": "quarter", "period_start": start, "period_end": end, "closed": closed}
        for start, end, closed in (
            (Q5, dt.date(2025, 3, 31), True),
            (Q1, dt.date(2024, 3, 31), True),
            (dt.date(2025, 4, 1), dt.date(2025, 6, 30), False),
        )
    ]
    measures = [
        {"item": ITEM, "measure": "mean", "scale_min": 1, "scale_max": 5},
        {"item": ITEM, "measure": "positive", "scale_min": 0, "scale_max": 1},
    ]
    current = [{**area, "is_current": True} for area in areas]
    return Axes(survey, *(pa.Table.from_pylist(r) for r in ([*current, old], periods, measures)))


def cell(area: str, counts: dict[int, int], start: dt.date = Q5, channel: str = "all") -> list[dict[str, Any]]:
    """Both measures of answers 1-5 given this often, all with weight 1."""
    n = sum(counts.values())
    values = {
        "mean": (sum(y * k for y, k in counts.items()), sum(y * y * k for y, k in counts.items())),
        "positive": (sum(k for y, k in counts.items() if y >= 4),) * 2,
    }
    level = "nation" if area == "NL" else "team"
    return [
        {
            "level": level, "area_code": area, "channel": channel, "target_group": "all", "item": ITEM, "measure": name,
            "window": "quarter", "period_start": start, "n": n, "sum_w": n, "sum_w2": n,
            "sum_wy": y, "sum_w2y": y, "sum_wy2": y2, "sum_w2y2": y2,
        }
        for name, (y, y2) in values.items()
    ]  # fmt: skip


def table(*cells: list[dict[str, Any]]) -> pa.Table:
    fields = [
        ("level", pa.string()),
        ("area_code", pa.string()),
        ("channel", pa.string()),
        ("target_group", pa.string()),
    ]
    fields += [("item", pa.string()), ("measure", pa.string()), ("window", pa.string()), ("period_start", pa.date32())]
    schema = pa.schema(fields + [(name, pa.int64()) for name in STATISTICS])
    return pa.Table.from_pylist([row for rows in cells for row in rows], schema=schema)


def figure(found: pa.Table, area: str, measure: str, start: dt.date = Q5, channel: str = "all") -> dict[str, Any]:
    rows = [
        row for row in found.to_pylist()
        if (row["area_code"], row["measure"], row["period_start"], row["channel"]) == (area, measure, start, channel)
    ]  # fmt: skip
    assert len(rows) == 1
    return dict(rows[0])


MANY, SOME, FEW = {5: 60, 4: 60, 3: 40}, {5: 8, 4: 9, 3: 3}, {5: 4, 3: 5}


def test_columns_are_those_of_the_table_contracts(survey: Survey) -> None:
    axes = axes_of(survey)
    cells = table(cell("NL", MANY))
    published = estimates(axes, cells)
    for name, made in (("estimates", published), ("comparisons", comparisons(axes, published, cells))):
        assert made.column_names == [column.name for column in survey.tables[f"publication.{name}"].columns]


def test_the_total_of_every_current_area_is_always_there(survey: Survey) -> None:
    published = estimates(axes_of(survey), table(cell("NL", MANY)))
    assert published.num_rows == 4 * 2 * 2  # areas, closed periods, measures
    nothing = figure(published, "T1", "mean")
    assert (nothing["status"], nothing["reason"], nothing["n"]) == ("no_data", "no_answers", None)


def test_rows_are_in_the_order_of_the_survey_whatever_the_order_of_the_cells(survey: Survey) -> None:
    cells = table(cell("T2", MANY), cell("NL", MANY), cell("T1", SOME))
    axes = axes_of(survey)
    published = estimates(axes, cells)
    assert published.equals(estimates(axes, cells.take(list(reversed(range(cells.num_rows))))))
    assert list(dict.fromkeys(published.column("area_code").to_pylist())) == ["NL", "T1", "T2", "T3"]


def test_a_figure_id_is_the_hash_of_its_place(survey: Survey) -> None:
    published = estimates(axes_of(survey), table(cell("NL", MANY)))
    expected = hashlib.sha256(f"nation|NL|all|all|{ITEM}|mean|quarter|2025-01-01".encode()).hexdigest()[:16]
    assert figure(published, "NL", "mean")["figure_id"] == expected
    assert len(set(published.column("figure_id").to_pylist())) == published.num_rows


def test_below_the_minimum_nothing_is_shown_not_even_n(survey: Survey) -> None:
    hidden = figure(estimates(axes_of(survey), table(cell("NL", MANY), cell("T1", FEW))), "T1", "mean")
    assert (hidden["status"], hidden["n"]) == ("hidden", None)
    assert all(hidden[name] is None for name in NUMBERS)


def test_too_few_for_a_percentage_leaves_n_and_the_mean(survey: Survey) -> None:
    published = estimates(axes_of(survey), table(cell("NL", MANY), cell("T1", SOME)))
    share, mean = figure(published, "T1", "positive"), figure(published, "T1", "mean")
    assert (share["status"], share["n"], share["estimate"]) == ("too_few", 20, None)
    assert (mean["status"], mean["estimate"]) == ("indicative", pytest.approx(4.25))


def test_a_small_group_that_answered_alike_is_hidden_in_every_measure_of_the_item(survey: Survey) -> None:
    published = estimates(axes_of(survey), table(cell("NL", MANY), cell("T1", {5: 20}), cell("T2", {4: 20})))
    for measure in ("mean", "positive"):
        row = figure(published, "T1", measure)
        assert (row["status"], row["reason"], row["n"]) == ("hidden", "disclosure", None)
    middle = figure(published, "T2", "mean")
    assert middle["status"] == "indicative"
    assert middle["ci_low"] < 4 < middle["ci_high"]  # spread borrowed from the nation


def test_reliability_needs_three_areas_and_the_top_has_none(survey: Survey) -> None:
    cells = [cell("NL", MANY), cell("T1", MANY), cell("T2", {5: 10, 1: 90})]
    axes = axes_of(survey)
    assert figure(estimates(axes, table(*cells)), "T1", "mean")["reliability"] is None
    three = estimates(axes, table(*cells, cell("T3", {5: 90, 1: 10})))
    assert 0.9 < figure(three, "T1", "mean")["reliability"] < 1
    assert figure(three, "NL", "mean")["reliability"] is None


def test_a_cell_of_an_unknown_area_stops_the_release(survey: Survey) -> None:
    with pytest.raises(ValueError, match="unknown area"):
        estimates(axes_of(survey), table(cell("T9", MANY)))


def compared(survey: Survey, *cells: list[dict[str, Any]], teams: int = 3) -> pa.Table:
    axes, sums, changes = axes_of(survey, teams), table(*cells), breaks(survey, [])
    return comparisons(axes, estimates(axes, sums, changes), sums, changes)


def row_of(found: pa.Table, area: str, against: str, measure: str = "positive", channel: str = "all") -> dict[str, Any]:
    return figure(
        pa.Table.from_pylist([r for r in found.to_pylist() if r["against"] == against]), area, measure, Q5, channel
    )


def test_a_rise_that_is_certain_and_relevant_is_higher(survey: Survey) -> None:
    now, then = {5: 160, 1: 40}, {5: 100, 1: 100}
    row = row_of(compared(survey, cell("NL", now), cell("NL", then, Q1)), "NL", "year_earlier")
    assert (row["outcome"], row["rule"], row["difference"]) == ("higher", "difference", pytest.approx(0.3))
    assert row["ci_low"] < 0.3 < row["ci_high"]


def test_nothing_is_compared_across_a_break(survey: Survey) -> None:
    then_and_now = (cell("NL", MANY), cell("NL", MANY, Q1))
    changed = survey.model_copy(update={"breaks": (Break(date=dt.date(2024, 7, 1), reason="andere vraag"),)})
    row = row_of(compared(changed, *then_and_now), "NL", "year_earlier")
    assert (row["outcome"], row["rule"], row["difference"]) == ("not_compared", "break", None)
    assert row["reference_estimate"] is None, "two numbers side by side are a comparison"
    before = survey.model_copy(update={"breaks": (Break(date=Q1, reason="begin"),)})
    assert row_of(compared(before, *then_and_now), "NL", "year_earlier")["rule"] != "break"
    other = survey.model_copy(update={"breaks": (Break(date=dt.date(2024, 7, 1), reason="x", items=("mark",)),)})
    assert row_of(compared(other, *then_and_now), "NL", "year_earlier")["rule"] != "break"


def test_areas_are_compared_with_the_whole_on_the_same_side_of_a_break(survey: Survey) -> None:
    changed = survey.model_copy(update={"breaks": (Break(date=Q5, reason="andere vraag"),)})
    cells = (cell("NL", MANY), cell("NL", MANY, Q1), cell("T1", MANY), cell("T1", MANY, Q1))
    found = compared(changed, *cells)
    assert row_of(found, "T1", "nation")["rule"] != "break"
    assert row_of(found, "T1", "year_earlier")["rule"] == "break"


def test_a_period_in_which_the_method_changed_has_no_figure(survey: Survey) -> None:
    changed = survey.model_copy(update={"breaks": (Break(date=dt.date(2025, 2, 1), reason="x", items=(ITEM,)),)})
    cells = table(cell("NL", MANY), cell("NL", MANY, Q1), cell("T1", FEW))
    published = estimates(axes_of(changed), cells, breaks(changed, []))
    mixed = figure(published, "NL", "mean")
    assert (mixed["status"], mixed["reason"], mixed["n"]) == ("too_few", "break", 160)
    assert all(mixed[name] is None for name in NUMBERS)
    assert figure(published, "NL", "mean", Q1)["status"] == "published", "the period before it was measured in one way"
    assert figure(published, "T1", "mean")["status"] == "hidden", "a small number of answers stays hidden"
    whole = row_of(comparisons(axes_of(changed), published, cells, breaks(changed, [])), "NL", "year_earlier")
    assert (whole["rule"], whole["estimate"], whole["reference_estimate"]) == ("break", None, None)


def test_a_hidden_reference_is_not_given_away(survey: Survey) -> None:
    row = row_of(compared(survey, cell("NL", MANY), cell("T1", MANY), cell("T1", FEW, Q1)), "T1", "year_earlier")
    assert (row["outcome"], row["rule"]) == ("not_compared", "reference_not_shown")
    assert row["reference_estimate"] is None
    assert row["difference"] is None


def test_the_whole_is_not_compared_with_itself(survey: Survey) -> None:
    found = compared(survey, cell("NL", MANY), cell("T1", MANY))
    assert {r["area_code"] for r in found.to_pylist() if r["against"] == "nation"} == {"T1", "T2", "T3"}


def test_with_few_areas_each_is_tested_against_the_rest(survey: Survey) -> None:
    high, low = {5: 180, 1: 20}, {5: 100, 1: 100}
    found = compared(survey, cell("NL", {5: 380, 1: 220}), cell("T1", high), cell("T2", low), cell("T3", low))
    row = row_of(found, "T1", "nation")
    assert (row["outcome"], row["rule"]) == ("higher", "difference")
    assert row["difference"] == pytest.approx(0.9 - 380 / 600)
    rest_se = (0.5 * 0.5 / 399) ** 0.5
    assert row["se"] == pytest.approx(2 / 3 * ((0.9 * 0.1 / 199) + rest_se**2) ** 0.5)


def test_with_many_areas_the_funnel_decides_and_one_outlier_stands_out(survey: Survey) -> None:
    ordinary = [cell(f"T{n}", {5: 285 + n, 1: 215 - n}) for n in range(2, 31)]
    outlier = {5: 450, 1: 50}
    whole = {5: 450 + sum(285 + n for n in range(2, 31)), 1: 50 + sum(215 - n for n in range(2, 31))}
    found = compared(survey, cell("NL", whole), cell("T1", outlier), *ordinary, teams=30)
    row = row_of(found, "T1", "nation")
    assert (row["outcome"], row["rule"]) == ("higher", "funnel")
    assert row_of(found, "T9", "nation")["outcome"] in {"no_difference", "not_compared"}


def test_only_the_headline_is_compared_per_channel_class(survey: Survey) -> None:
    some_class = survey.channel_classes[0].code
    a_channel = survey.channels[0].code
    found = compared(
        survey, cell("NL", MANY), cell("NL", MANY, channel=some_class), cell("NL", MANY, channel=a_channel)
    )
    assert set(found.column("channel").to_pylist()) == {"all", some_class}


def counts(area: str, contacts: int, excluded: int, responses: int, channel_class: str = "") -> dict[str, Any]:
    return {
        "level": "nation" if area == "NL" else "team", "area_code": area, "window": "quarter", "period_start": Q5,
        "period_end": dt.date(2025, 3, 31), "dimension": "channel_class" if channel_class else "all",
        "category": channel_class or "all", "contacts": contacts, "excluded": excluded,
        "invited": contacts - excluded, "responses": responses,
    }  # fmt: skip


def test_small_counts_of_who_answered_are_left_out(survey: Survey) -> None:
    rows = [counts("NL", 500, 20, 100), counts("T1", 90, 0, 9), counts("T2", 90, 4, 30), counts("T3", 90, 0, 0)]
    found = response(survey, pa.Table.from_pylist(rows)).to_pylist()
    numbers = [tuple(r[n] for n in ("status", "contacts", "excluded", "invited", "responses")) for r in found]
    assert numbers == [
        ("published", 500, 20, 480, 100),
        ("hidden", None, None, None, None),
        ("published", None, None, 86, 30),
        ("no_data", None, None, None, None),
    ]
    assert found[0]["response_rate"] == pytest.approx(100 / 480)


def test_coverage_counts_areas_and_contacts_without_an_area(survey: Survey) -> None:
    published = estimates(axes_of(survey), table(cell("NL", MANY), cell("T1", MANY), cell("T2", FEW)))
    rows = pa.Table.from_pylist([counts("NL", 500, 0, 100), counts("T1", 300, 0, 50), counts("T2", 150, 0, 50)])
    top, leaf = (r for r in coverage(survey, published, rows).to_pylist() if r["period_start"] == Q5)
    assert (top["contacts"], top["unallocated"]) == (500, 50)
    statuses = ("published", "indicative", "too_few", "hidden", "no_data")
    assert [leaf[f"areas_{s}"] for s in statuses] == [1, 0, 0, 1, 1]


def test_peers_are_told_without_names_and_only_when_there_are_eight(survey: Survey) -> None:
    axes = axes_of(survey, teams=9)
    some_class = survey.channel_classes[0].code
    rows = [counts(f"T{n}", 1000 + n, 0, 100, some_class) for n in range(1, 10)]
    cells = table(cell("NL", MANY), *(cell(f"T{n}", {5: 50 + n, 1: 50 - n}) for n in range(1, 10)))
    found = peers(axes, estimates(axes, cells), pa.Table.from_pylist(rows)).to_pylist()
    share = next(r for r in found if r["area_code"] == "T1" and r["measure"] == "positive")
    assert share["positions"] == [0.52, 0.53, 0.54, 0.55, 0.56, 0.57, 0.58, 0.59]
    assert share["peer_mean"] == pytest.approx(0.555)
    fewer = table(cell("NL", MANY), *(cell(f"T{n}", MANY) for n in range(1, 9)))
    told = {r["area_code"] for r in peers(axes, estimates(axes, fewer), pa.Table.from_pylist(rows)).to_pylist()}
    assert told == {"T9"}
