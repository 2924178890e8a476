"""``politiemonitor explain``: one published number, all the way back to the files; of a hidden one nothing but why."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.explanation import explain
from assets.warehouse import Warehouse
from expectations.load import load_survey

from .command import politiemonitor
from .small_police import MONTHS

QUARTER = "\"window\" = 'quarter' and channel = 'all' and target_group = 'all'"


@pytest.fixture(scope="module")
def one(clean_home: Path) -> Callable[[str], dict[str, Any]]:
    """A published row by a condition."""

    def find(where: str) -> dict[str, Any]:
        with duckdb.connect(str(clean_home / "warehouse/warehouse.duckdb"), read_only=True) as connection:
            select = f"select * from publication.estimates where {where} order by period_start desc, figure_id limit 1"
            rows: list[dict[str, Any]] = connection.sql(select).to_arrow_table().to_pylist()
        assert rows, where
        return rows[0]

    return find


Find = Callable[[str], dict[str, Any]]
Tell = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def told(clean_home: Path, small_survey: Path) -> Tell:
    """What is known of a figure, without the command around it."""
    survey, warehouse = load_survey(small_survey), Warehouse(clean_home)
    return lambda figure_id: explain(clean_home, survey, warehouse, figure_id)


def test_a_figure_is_told_from_the_question_to_the_files(clean_home: Path, one: Find) -> None:
    row = one(f"level = 'nation' and item = 'satisfaction' and measure = 'positive' and {QUARTER}")
    record = politiemonitor("explain", row["figure_id"], "--home", clean_home, "--json").record
    assert record["definition"]["wording"] == "Hoe tevreden bent u over het contact met de politie?"
    assert record["decision"]["status"] == "published"
    assert record["numbers"]["estimate"] == row["estimate"]
    sums = record["sums"]
    assert sums["sum_wy"] / sums["sum_w"] == pytest.approx(row["estimate"], abs=1e-12)
    m, total = row["estimate"], sums["sum_w"]
    variance = (sums["v_yy"] - 2 * m * sums["v_y1"] + m**2 * sums["v_11"]) / total**2
    assert variance**0.5 == pytest.approx(row["se"], rel=1e-6), "the sums give the standard error by the formula shown"
    assert "wilson" in record["formulas"] and "mean_interval" not in record["formulas"]
    assert record["weights"], "how its quarter was weighted"
    files = {file["file_name"]: file["sha256"] for file in record["files"]}
    assert set(files) == {f"{kind}_{month}.csv" for kind in ("contacts", "responses") for month in MONTHS}
    for name, sha256 in files.items():
        assert hashlib.sha256((clean_home / "inbox" / name).read_bytes()).hexdigest() == sha256
    assert record["made_by"]["release_id"] == (clean_home / "releases/current").resolve().name


def test_a_person_reads_the_same_in_words(clean_home: Path, one: Find) -> None:
    row = one(f"level = 'nation' and item = 'mark' and measure = 'mean' and {QUARTER}")
    printed = politiemonitor("explain", row["figure_id"], "--home", clean_home)
    assert printed.code == 0, printed.err
    for words in ("status                 published", "mean_interval", "interval_too_wide", "contacts_2025-07.csv"):
        assert words in printed.out
    assert f"{row['estimate']:.6g}" in printed.out


def test_a_comparison_comes_with_the_sentences_that_may_be_written(one: Find, told: Tell) -> None:
    row = one(f"level = 'unit' and item = 'satisfaction' and measure = 'positive' and {QUARTER}")
    record = told(row["figure_id"])
    assert {found["against"] for found in record["comparisons"]} == {"year_earlier", "nation"}
    sentences = {found["rule_id"]: found for found in record["verdicts"]}
    assert sentences["year_earlier.changed"]["reason"] == "reference_not_shown", "nobody answered a year earlier"
    assert sum(found["allowed"] for found in record["verdicts"]) <= 1
    assert sentences["year_earlier.changed"]["inputs"]["n"] == row["n"]


def test_of_a_hidden_figure_nothing_is_told_but_that_it_is_hidden_and_why(
    clean_home: Path, one: Find, told: Tell
) -> None:
    row = one("status = 'hidden'")
    record = told(row["figure_id"])
    assert [gate["gate"] for gate in record["decision"]["gates"] if gate["decides"]] == ["disclosure"]
    assert record["numbers"] == {} and record["formulas"] == {}
    assert not {"sums", "comparisons", "verdicts", "weights", "elsewhere"} & set(record)
    printed = politiemonitor("explain", row["figure_id"], "--home", clean_home)
    assert "No number of it is shown anywhere" in printed.out
    rest = {name: value for name, value in record.items() if name not in {"place", "definition", "files", "made_by"}}
    allowed = {"10", "30", row["figure_id"]}  # the threshold, the size of a group that answers alike
    numbers = set(re.findall(r"(?<![\w.])\d[\w.]*", json.dumps(rest))) - allowed
    assert all(number in {"50", "100", "0.3", "0.889", "2"} for number in numbers), "only thresholds of the contract"


def test_a_figure_with_too_few_answers_has_its_number_of_answers_and_no_sums(one: Find, told: Tell) -> None:
    row = one("status = 'too_few' and reason = 'too_few_answers'")
    record = told(row["figure_id"])
    assert record["numbers"] == {"n": row["n"]}
    assert record["sums"] == {} and record["formulas"] == {}


def test_an_unknown_figure_and_a_folder_that_is_no_home_are_wrong_use(clean_home: Path, tmp_path: Path) -> None:
    unknown = politiemonitor("explain", "0000000000000000", "--home", clean_home)
    assert unknown.code == 2
    assert "No published figure has the id '0000000000000000'" in unknown.err
    nowhere = politiemonitor("explain", "x", "--home", tmp_path)
    assert nowhere.code == 2
    assert "politiemonitor init" in nowhere.err
