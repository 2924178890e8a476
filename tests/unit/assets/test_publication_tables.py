"""Publication tables from hand-made cells: what is shown, what is left out."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pyarrow as pa
import pytest

from assets.publication_breaks import breaks
from assets.publication_comparisons import comparisons
from assets.publication_peers import peers
from assets.publication_tables import coverage, estimates, response
from expectations.model import Break, Survey
from tests.unit.assets.cells_by_hand import ITEM, Q1, Q5, axes_of, cell, figure, quarterly_survey, table

NUMBERS = ("n_eff", "estimate", "se", "se_fpc", "ci_low", "ci_high", "reliability")


@pytest.fixture(scope="module")
def survey() -> Survey:
    return quarterly_survey()


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


def test_the_standard_error_with_finite_population_stands_where_the_figure_has_one_of_its_own(survey: Survey) -> None:
    halved = [
        {**row, **{f"fpc_{part}": row[f"v_{part}"] // 4 for part in ("yy", "y1", "11")}} for row in cell("NL", MANY)
    ]
    published = estimates(axes_of(survey), table(halved, cell("T2", {4: 20}), cell("T1", FEW)))
    whole = figure(published, "NL", "mean")
    assert whole["se_fpc"] == pytest.approx(whole["se"] / 2, rel=1e-5)
    assert figure(published, "T2", "mean")["se"] is not None
    assert figure(published, "T2", "mean")["se_fpc"] is None, "all answers equal: the spread is that of the nation"
    assert figure(published, "T1", "mean")["se_fpc"] is None


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


def test_a_period_in_which_the_method_changed_has_no_figure(survey: Survey) -> None:
    changed = survey.model_copy(update={"breaks": (Break(date=dt.date(2025, 2, 1), reason="x", items=(ITEM,)),)})
    cells = table(cell("NL", MANY), cell("NL", MANY, Q1), cell("T1", FEW))
    published = estimates(axes_of(changed), cells, breaks(changed, []))
    mixed = figure(published, "NL", "mean")
    assert (mixed["status"], mixed["reason"], mixed["n"]) == ("too_few", "break", 160)
    assert all(mixed[name] is None for name in NUMBERS)
    assert figure(published, "NL", "mean", Q1)["status"] == "published", "the period before it was measured in one way"
    assert figure(published, "T1", "mean")["status"] == "hidden", "a small number of answers stays hidden"
    compared = comparisons(axes_of(changed), published, cells, breaks(changed, [])).to_pylist()
    whole = next(row for row in compared if (row["area_code"], row["measure"]) == ("NL", "mean"))
    assert (whole["rule"], whole["estimate"], whole["reference_estimate"]) == ("break", None, None)


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
