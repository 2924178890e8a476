"""Rows and texts go when their clock has run; what is published stays what it was."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from assets.privacy.keys import key_file, known_keys
from pipelines import upkeep
from pipelines.settings import Settings

from .command import Done, politiemonitor
from .small_police import AS_OF, STORY, contacts, write_csv

DAY = "2028-09-15"  # July and August 2025 are past 36 months, September is not; all texts are past 18 months
GONE, STAYS = ("2025-07", "2025-08"), "2025-09"
NUMBERS = ("estimates", "comparisons", "peers", "response", "coverage", "fieldwork", "breaks")
LATE = f"contacts_{GONE[0]}_nalevering.csv"


@dataclass
class Story:
    """What happened, step by step."""

    home: Path
    reminder: str | None
    rehearsed: Done
    retained: Done
    raw: dict[str, list[dict[str, Any]]]
    inbox: list[str]
    keys: tuple[str, str]
    before: dict[str, pd.DataFrame]
    after: dict[str, pd.DataFrame]
    accounts: pd.DataFrame
    left: Done


@pytest.fixture(scope="module")
def story(clean_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("retention")
    home = folder / "home"
    shutil.copytree(clean_home, home, symlinks=True)
    own = folder / "keys.json"
    shutil.copy2(key_file(clean_home), own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLITIEMONITOR_KEY_FILE", str(own))
        yield told(home)


def told(home: Path) -> Story:
    before = {name: published(home, name) for name in NUMBERS}
    survey = Path(json.loads((home / "settings.json").read_text("utf-8"))["survey"])
    reminder = upkeep.reminder(Settings(home, survey, dt.date.fromisoformat(DAY)))
    first_key = key_id(home)
    rehearsed = politiemonitor("retention", "--home", home, "--as-of", DAY, "--dry-run", "--json")
    retained = politiemonitor("retention", "--home", home, "--as-of", DAY, "--json")
    raw = raw_rows(home)
    inbox = sorted(path.name for path in (home / "inbox").iterdir())
    # July once more: the file as it was, and one with contacts nobody knew. Neither may count a second time.
    july = contacts(GONE[0])
    write_csv(july, home / "inbox" / f"contacts_{GONE[0]}.csv")
    write_csv(july.head(5).assign(contact_id=[f"late{n}" for n in range(5)]), home / "inbox" / LATE)
    done = politiemonitor("run", "--home", home, "--as-of", AS_OF)
    assert done.code == 0, done.err
    return Story(
        home, reminder, rehearsed, retained, raw, inbox, (first_key, key_id(home)), before,
        {name: published(home, name) for name in NUMBERS}, published(home, "deliveries").set_index("file_name"),
        politiemonitor("retention", "--home", home, "--as-of", DAY, "--dry-run", "--json"),
    )  # fmt: skip


def published(home: Path, name: str) -> pd.DataFrame:
    frame = pd.read_parquet(home / f"releases/current/tables/{name}.parquet")
    return frame.drop(columns="release_id", errors="ignore")


def key_id(home: Path) -> str:
    keys = known_keys(home)
    assert keys is not None
    return keys.pseudonym.id


def raw_rows(home: Path) -> dict[str, list[dict[str, Any]]]:
    with duckdb.connect(str(home / "warehouse/warehouse.duckdb"), read_only=True) as connection:
        names = dict(connection.execute("select delivery_id, file_name from raw.deliveries").fetchall())
    return {names[path.stem]: pq.read_table(path).to_pylist() for path in (home / "warehouse/raw").glob("*/*.parquet")}


def test_a_run_reminds_of_what_is_due(story: Story) -> None:
    assert story.reminder is not None
    assert "720 rows" in story.reminder and "1 texts" in story.reminder and "--dry-run" in story.reminder


def test_a_dry_run_counts_per_month_and_clock(story: Story) -> None:
    told = story.rehearsed.record
    assert story.rehearsed.code == 0 and told["done"] is False
    assert (told["through"], told["rows"]) == ("2025-08-31", dict.fromkeys(GONE, 360))
    assert told["texts"] == {STAYS: 1}
    assert (told["key_due"], told["aggregate_months"], told["inbox_files"]) == (True, [], 0)


def test_rows_of_old_months_and_texts_go_from_raw_and_inbox(story: Story) -> None:
    assert story.retained.code == 0, story.retained.err
    left = {name: len(rows) for name, rows in story.raw.items()}
    assert left == {
        f"{kind}_{month}.csv": {"contacts": 240, "responses": 120}[kind] * (month == STAYS)
        for kind in ("contacts", "responses") for month in (*GONE, STAYS)
    }  # fmt: skip
    assert STORY not in str(story.raw)
    assert story.inbox == [f"contacts_{STAYS}.csv"], "the other files still held what went"


def test_published_numbers_are_what_they_were(story: Story) -> None:
    for name in NUMBERS:
        pd.testing.assert_frame_equal(story.after[name], story.before[name])
    assert (story.before["estimates"].status == "published").sum() > 50


def test_a_month_that_is_archived_counts_once_whatever_is_delivered_again(story: Story) -> None:
    accounts = story.accounts
    parts = accounts[["rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased"]].sum(axis=1)
    assert (accounts.rows_read == parts).all()
    assert accounts.rows_erased[f"contacts_{GONE[0]}.csv"] == 240 == accounts.rows_read[f"contacts_{GONE[0]}.csv"]
    assert accounts.rows_quarantined[LATE] == 5
    quality = published(story.home, "quality")
    assert set(quality[quality.file_name == LATE].rule_id) == {"contact_date.archived"}


def test_what_came_back_is_due_again(story: Story) -> None:
    told = story.left.record
    assert (told["rows"], told["inbox_files"], told["key_due"]) == ({GONE[0]: 5}, 1, False)


def test_an_old_key_is_replaced(story: Story) -> None:
    assert story.retained.record["key_age_days"] == (dt.date.fromisoformat(DAY) - AS_OF).days
    assert story.keys[0] != story.keys[1]


def test_the_log_says_what_went_when_and_by_which_clock(story: Story) -> None:
    lines = [json.loads(line) for line in (story.home / "warehouse/retention_log.jsonl").read_text().splitlines()]
    assert {line["day"] for line in lines} == {DAY}
    by_clock = {line["clock"]: line for line in lines}
    assert by_clock["raw_answers_months"]["months"] == dict.fromkeys(GONE, 360)
    assert by_clock["open_text_months"]["rows"] == 1
    assert by_clock["pseudonym_key_days"]["age_days"] > 365
    assert by_clock["files"]["inbox_files"] == 5


def test_no_row_of_an_archived_month_is_left_in_the_database(story: Story) -> None:
    database = story.home / "warehouse/warehouse.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        months = connection.execute("select distinct strftime(contact_date, '%Y-%m') from staging.contacts").fetchall()
        archived = connection.execute("select distinct strftime(month, '%Y-%m') from marts.archived_cells").fetchall()
    assert months == [(STAYS,)] and sorted(archived) == [(month,) for month in GONE]
    assert STORY.encode() not in database.read_bytes()


@pytest.mark.slow
def test_sums_go_when_their_own_clock_has_run(story: Story) -> None:
    done = politiemonitor("retention", "--home", story.home, "--as-of", "2036-01-20", "--json")
    assert done.code == 0, done.err
    assert done.record["aggregate_months"] == [*GONE, STAYS]
    with duckdb.connect(str(story.home / "warehouse/warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.cells").fetchone() == (0,)
    assert sum(map(len, raw_rows(story.home).values())) == 0
