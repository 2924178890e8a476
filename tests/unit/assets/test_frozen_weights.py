"""What a release was weighted with comes back for the areas of today, and stays while the weights stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.frozen_weights import FILE, freeze, frozen_version, frozen_weights_sql
from assets.warehouse import Warehouse
from assets.weights import rules_version
from expectations.ddl import create_table_sql
from tests.unit.assets.register_by_hand import Q1, Q2, weighting_survey

SURVEY = weighting_survey()
TABLES = ("marts.weights", "marts.frozen_weights", "reference.periods", "reference.area_lookup")


def weight(area: str, grams: int, contacts: int = 100, responses: int = 20, **more: Any) -> dict[str, Any]:
    """A row of ``marts.weights``."""
    cell = {"quarter": Q1, "area_code": area, "channel": "web", "target_group": "reporter", "age_band": "old"}
    counts = {"contacts": contacts, "invited": contacts, "responses": responses}
    made = {"base_weight": grams / 1000, "weight": grams, "margins": [0], "margin_set": 0, "weights_from": "current"}
    return cell | counts | made | more


class Home:
    """A home with the tables that freezing reads, of which Q1 is closed and Q2 is not."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warehouse = Warehouse(root)
        with self.warehouse.connect() as connection:
            tables = "; ".join(create_table_sql(SURVEY, SURVEY.tables[name], primary_key=False) for name in TABLES)
            connection.execute(
                f"{tables}; "
                'insert into reference.periods ("window", period_start, period_end, closed) values '
                "('quarter', '2024-01-01', '2024-03-31', true), ('quarter', '2024-04-01', '2024-06-30', false)"
            )

    def release(self, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        """Release these weights; what the next run reads back."""
        self.put("marts.frozen_weights", self.frozen())
        self.put("marts.weights", list(rows))
        freeze(self.root, self.warehouse, SURVEY)
        return self.frozen()

    def frozen(self) -> list[dict[str, Any]]:
        sql = frozen_weights_sql(SURVEY, SURVEY.tables["marts.frozen_weights"], self.root)
        rows: list[dict[str, Any]] = self.warehouse.read(f"select * from ({sql}) order by all").to_pylist()
        return rows

    def put(self, table: str, rows: list[dict[str, Any]]) -> None:
        with self.warehouse.connect() as connection:
            connection.execute(f"delete from {table}")
            if rows:
                connection.register("rows", pa.Table.from_pylist(rows))
                connection.execute(f"insert into {table} by name select * from rows")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    with made.warehouse.kept_open():
        yield made


def test_before_the_first_release_nothing_is_kept(home: Home) -> None:
    assert home.frozen() == []
    assert frozen_version(home.root) == ""


def test_a_closed_quarter_comes_back_with_its_counts_weights_and_rules(home: Home) -> None:
    (found,) = home.release(weight("T1", 5_000), weight("T1", 9_000, quarter=Q2))
    assert found == {
        "quarter": Q1, "area_code": "T1", "channel": "web", "target_group": "reporter", "age_band": "old",
        "contacts": 100, "responses": 20, "base_weight": 5.0, "weight": 5_000, "margin_set": 0,
        "weighting_rules": rules_version(SURVEY),
    }  # fmt: skip


def test_the_same_release_again_leaves_the_file_alone(home: Home) -> None:
    home.release(weight("T1", 5_000))
    before = ((home.root / FILE).stat().st_mtime_ns, frozen_version(home.root))
    home.release(weight("T1", 5_000))
    assert ((home.root / FILE).stat().st_mtime_ns, frozen_version(home.root)) == before


def test_a_quarter_that_keeps_its_weights_keeps_the_counts_of_its_first_release(home: Home) -> None:
    home.release(weight("T1", 5_000, contacts=100))
    kept, new = home.release(weight("T1", 5_000, contacts=101), weight("T2", 4_000, contacts=3))
    assert (kept["area_code"], kept["contacts"]) == ("T1", 100)
    assert (new["area_code"], new["contacts"], new["weight"]) == ("T2", 3, 4_000)


def test_a_quarter_that_was_weighted_anew_is_kept_as_it_is_now(home: Home) -> None:
    home.release(weight("T1", 5_000, contacts=100), weight("T2", 4_000))
    found = home.release(weight("T1", 6_000, contacts=150), weight("T2", 4_000, contacts=90))
    assert [(row["weight"], row["contacts"]) for row in found] == [(6_000, 150), (4_000, 90)]


def test_a_quarter_that_is_no_longer_in_the_tables_leaves_at_the_next_release(home: Home) -> None:
    home.release(weight("T1", 5_000))
    assert home.release(weight("T1", 5_000, quarter=Q2)) == []


def test_an_area_that_was_merged_later_counts_for_its_successor_with_the_same_sum_of_weights(home: Home) -> None:
    home.release(weight("T1", 5_000, responses=30), weight("T2", 4_000, responses=10))
    lookup = [{"spelling_key": code.lower(), "recorded_code": code, "area_code": "T2"} for code in ("T1", "T2")]
    home.put("reference.area_lookup", lookup)
    (found,) = home.frozen()
    assert (found["area_code"], found["contacts"], found["responses"]) == ("T2", 200, 40)
    assert found["weight"] * 40 == 5_000 * 30 + 4_000 * 10
    assert found["base_weight"] == pytest.approx(4.75)
