"""Outside figures: one fact per row, series kept apart, every one with a source."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from expectations.load import SHARED

REAL = Path(__file__).parents[2] / "../shared/data/benchmark_cbs"
ROWS = list(csv.DictReader((SHARED / "benchmarks" / "cbs_national.csv").open(encoding="utf-8", newline="")))


def test_every_figure_has_a_source_a_licence_and_a_plausible_value() -> None:
    assert ROWS
    for row in ROWS:
        assert row["source"].startswith("CBS ") and "https://" in row["source"]
        assert row["licence"] == "CC BY 4.0 CBS"
        assert 0 < float(row["percentage"]) < 100


def test_a_series_says_a_thing_about_a_year_once() -> None:
    keys = [(row["series"], row["measure"], row["place"], row["year"]) for row in ROWS]
    assert len(set(keys)) == len(keys)


def test_no_series_crosses_the_change_of_method_of_2021() -> None:
    for series in {row["series"] for row in ROWS}:
        assert len({row["method"] for row in ROWS if row["series"] == series}) == 1


def test_the_figures_of_2021_are_the_published_ones() -> None:
    path = REAL / "cbs_vm2021_contact_nederland.csv"
    if not path.exists():
        pytest.skip("the CBS figures are not beside this checkout (../shared/data/benchmark_cbs)")
    text = path.read_text(encoding="utf-8-sig")
    ours = {row["percentage"] for row in ROWS if row["series"] == "veiligheidsmonitor_2021"}
    assert {value for value in ours if value not in text and value.replace(".", ",") not in text} == set()
