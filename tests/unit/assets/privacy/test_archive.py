"""The archive gives back what the marts said, for the areas and measures of today."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.privacy import archive
from assets.privacy.clocks import first_day_kept, last_day_due
from assets.warehouse import Warehouse, upstreams
from expectations.compile_contacts import contact_rows_sql
from expectations.ddl import create_table_sql
from expectations.model import ResponseRules, Retention
from tests.tiny_survey import AS_OF, House, contact, tiny_survey

JAN, FEB = dt.date(2024, 1, 31), dt.date(2024, 2, 29)
SUMS = {"n": 2, "sum_y": 9, "sum_w": 2, "sum_w2": 2, "sum_wy": 9, "sum_w2y": 9, "sum_wy2": 41, "sum_w2y2": 41}


def cell(area: str, month: str, item: str = "mark", measure: str = "mean") -> dict[str, Any]:
    place = {"area_code": area, "channel": "web", "target_group": "reporter", "month": dt.date.fromisoformat(month)}
    return {**place, "item": item, "measure": measure, **SUMS}


class Marts:
    """A warehouse whose marts are written by hand."""

    def __init__(self, home: Path) -> None:
        self.home, self.survey = home, tiny_survey()
        self.warehouse = Warehouse(home)
        kept = [archived.kept.format(through=JAN, since=JAN) for archived in archive.TABLES.values()]
        tables = set(archive.READS).union(*map(upstreams, kept))
        with self.warehouse.connect() as connection:
            for name in sorted(tables):
                connection.execute(create_table_sql(self.survey, self.survey.tables[name], primary_key=False))
            connection.execute("insert into reference.measures (item, measure, label, scale_min, scale_max) "
                               "values ('mark', 'mean', 'Mark', 1, 10)")  # fmt: skip

    def put(self, table: str, rows: list[dict[str, Any]]) -> None:
        with self.warehouse.connect() as connection:
            connection.execute(f"delete from {table}")
            connection.register("rows", pa.Table.from_pylist(rows))
            connection.execute(f"insert into {table} by name select * from rows")

    def read(self, table: str) -> list[dict[str, Any]]:
        sql = archive.archive_sql(self.survey, self.survey.tables[table], self.home)
        rows: list[dict[str, Any]] = self.warehouse.read(sql).to_pylist()
        return rows


@pytest.fixture
def marts(tmp_path: Path) -> Marts:
    return Marts(tmp_path)


def test_before_the_first_archive_its_tables_are_empty(marts: Marts) -> None:
    assert archive.archived_through(marts.home) is None
    assert [marts.read(table) for table in archive.TABLES] == [[] for _ in archive.TABLES]


def test_months_up_to_the_day_come_back_as_they_were(marts: Marts) -> None:
    marts.put("marts.cells", [cell("T1", "2024-01-01"), cell("T1", "2024-02-01"), cell("T2", "2024-01-01")])
    archive.write_archive(marts.home, marts.warehouse, JAN)
    assert archive.archived_through(marts.home) == JAN
    assert archive.archived_months(marts.home) == ["2024-01"]
    found = sorted(marts.read("marts.archived_cells"), key=lambda row: row["area_code"])
    assert found == [cell("T1", "2024-01-01"), cell("T2", "2024-01-01")]


def test_an_area_that_was_merged_later_counts_for_its_successor(marts: Marts) -> None:
    marts.put("marts.cells", [cell("T1", "2024-01-01"), cell("T2", "2024-01-01")])
    archive.write_archive(marts.home, marts.warehouse, JAN)
    lookup = [("t1", "T1", "T2"), ("noord", "T1", "T2"), ("t2", "T2", "T2")]
    columns = ("spelling_key", "recorded_code", "area_code")
    marts.put("reference.area_lookup", [dict(zip(columns, row, strict=True)) for row in lookup])
    doubled = {name: 2 * value for name, value in SUMS.items()}
    assert marts.read("marts.archived_cells") == [cell("T2", "2024-01-01") | doubled]


def test_what_the_contract_no_longer_asks_is_not_published(marts: Marts) -> None:
    marts.put("marts.cells", [cell("T1", "2024-01-01"), cell("T1", "2024-01-01", item="gone")])
    archive.write_archive(marts.home, marts.warehouse, JAN)
    assert marts.read("marts.archived_cells") == [cell("T1", "2024-01-01")]


def figure(level: str, area: str, window: str, start: str, sums: dict[str, int]) -> dict[str, Any]:
    place = {"level": level, "area_code": area, "channel": "all", "target_group": "all", "window": window}
    return {**place, "period_start": dt.date.fromisoformat(start), "item": "mark", "measure": "mean", **sums}


def test_variances_of_a_quarter_are_kept_as_a_whole_from_its_first_archived_month(marts: Marts) -> None:
    sums = {"n": 2, "v_yy": 5, "v_y1": 6, "v_11": 7}
    first = [figure("nation", "NL", "month", f"2024-0{month}-01", sums) for month in (1, 2, 3)]
    first.append(figure("nation", "NL", "quarter", "2024-01-01", sums))
    marts.put("marts.calibrated_variance", [*first, figure("nation", "NL", "quarter", "2024-04-01", sums)])
    archive.write_archive(marts.home, marts.warehouse, JAN)
    found = marts.read("marts.archived_variance")
    assert sorted(found, key=str) == sorted(first, key=str)


def test_what_people_who_answered_twice_add_is_kept_for_windows_that_have_lost_rows(marts: Marts) -> None:
    sums = dict.fromkeys(("v_yy", "v_y1", "v_11", "fpc_yy", "fpc_y1", "fpc_11"), 3)
    windows = {"quarter": "2024-01-01", "four_quarters": "2024-01-01", "month": "2024-02-01"}
    marts.put("marts.repeat_persons", [figure("team", "T1", *window, sums) for window in windows.items()])
    archive.write_archive(marts.home, marts.warehouse, JAN)
    kept = {row["window"] for row in marts.read("marts.archived_repeats")}
    assert kept == {"quarter", "four_quarters"}


def test_a_table_younger_than_the_archive_has_nothing_in_it(marts: Marts) -> None:
    archive.write_archive(marts.home, marts.warehouse, JAN)
    (marts.home / archive.FOLDER / archive.archive_version(marts.home) / "archived_variance.parquet").unlink()
    assert marts.read("marts.archived_variance") == []


def test_a_new_archive_holds_the_old_one_and_can_be_taken_back(marts: Marts) -> None:
    marts.put("marts.cells", [cell("T1", "2024-01-01"), cell("T1", "2024-02-01")])
    assert archive.write_archive(marts.home, marts.warehouse, JAN) is None
    first = archive.archive_version(marts.home)
    assert archive.write_archive(marts.home, marts.warehouse, FEB) == first
    assert archive.archived_months(marts.home) == ["2024-01", "2024-02"]
    archive.point_back(marts.home, first)
    archive.tidy(marts.home)
    assert (archive.archive_version(marts.home), archive.archived_through(marts.home)) == (first, JAN)
    assert archive.archived_months(marts.home) == ["2024-01"]
    archive.point_back(marts.home, None)
    assert archive.archived_through(marts.home) is None


def test_sums_past_their_own_clock_leave_the_archive(marts: Marts) -> None:
    marts.put("marts.cells", [cell("T1", "2024-01-01"), cell("T1", "2024-02-01")])
    archive.write_archive(marts.home, marts.warehouse, FEB)
    archive.write_archive(marts.home, marts.warehouse, FEB, since=dt.date(2024, 2, 1))
    assert archive.archived_months(marts.home) == ["2024-02"]
    assert archive.archived_through(marts.home) == FEB


def test_a_contact_of_an_archived_month_is_held_back(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.deliver("contacts", [contact("c1", contact_date="2024-01-31"), contact("c2", contact_date="2024-02-01")])
    house.build()
    sql = contact_rows_sql(house.survey, house.shapes, AS_OF, archived_through=JAN)
    rules = "list_transform(faults, lambda f: f.rule_id)"
    with house.warehouse.connect() as connection:
        found = connection.execute(f"select contact_id, {rules} from ({sql})").fetchall()
    assert found == [("c1", ["contact_date.archived"]), ("c2", [])]


def test_a_contact_stays_left_out_when_the_earlier_contact_of_its_person_is_gone(tmp_path: Path) -> None:
    survey = tiny_survey().model_copy(update={"response_rules": ResponseRules(one_invitation_in_days=90)})
    select = "select contact_id, excluded_by from staging.contacts order by all"
    earlier = contact("c1", contact_date="2024-01-20", invitation_date="2024-01-25")
    later = contact("c2", contact_date="2024-02-20", invitation_date="2024-02-25")
    house = House(tmp_path, survey)
    house.deliver("contacts", [earlier, later])
    house.build()
    assert house.rows(select) == [("c1", None), ("c2", "recently_invited")]

    kept = archive.TABLES["staging.archived_exclusions"].kept.format(through=JAN)
    folder = tmp_path / archive.FOLDER / "a"
    folder.mkdir(parents=True)
    with house.warehouse.connect() as connection:
        connection.execute(f"copy ({kept}) to '{folder}/archived_exclusions.parquet'")
    (folder.parent / archive.POINTER).write_text(
        json.dumps({"folder": "a", "through": JAN.isoformat(), "version": archive.VERSION})
    )
    left = pq.read_table(house.shapes[0].path)
    pq.write_table(left.slice(1), house.shapes[0].path)
    house.build()
    assert house.rows(select) == [("c2", "recently_invited")]


@pytest.mark.parametrize(("day", "months", "kept"), [
    ("2026-01-01", 24, "2024-01-01"), ("2026-01-31", 24, "2024-01-01"), ("2026-02-01", 24, "2024-02-01"),
    ("2026-01-15", 1, "2025-12-01"), ("2026-03-31", 2, "2026-01-01"),
])  # fmt: skip
def test_a_month_goes_when_it_ended_so_many_months_ago(day: str, months: int, kept: str) -> None:
    first = dt.date.fromisoformat(kept)
    assert first_day_kept(dt.date.fromisoformat(day), months) == first
    assert last_day_due(dt.date.fromisoformat(day), months) == first - dt.timedelta(days=1)


def test_without_a_clock_nothing_is_due() -> None:
    assert first_day_kept(AS_OF, None) is None and last_day_due(AS_OF, None) is None


def test_sums_are_kept_at_least_as_long_as_rows() -> None:
    with pytest.raises(ValueError, match="aggregates_months is shorter"):
        Retention(raw_answers_months=24, aggregates_months=12)
    assert Retention(raw_answers_months=24, aggregates_months=24).aggregates_months == 24


def test_an_archive_with_sums_of_another_meaning_is_refused_in_words(marts: Marts) -> None:
    path = marts.home / archive.FOLDER / archive.POINTER
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"folder": "a", "through": JAN.isoformat()}))
    with pytest.raises(archive.OldArchiveError, match="another version of the system"):
        marts.read("marts.archived_cells")
