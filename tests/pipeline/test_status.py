"""What a home says of itself: in a terminal, as data, and in the download beside the quality page."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from expectations.load import load_survey

from .command import politiemonitor
from .small_police import AS_OF, OPEN_MONTH, contacts, responses, write_csv

SPELLING = "Postduif"  # twelve rows share it: a way of writing
NAME = "Jan Jansen"  # one row has it: it may be a person


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, clean_home: Path, small_survey: Path) -> Path:
    """Three clean months, and one with rows held back and a file that is refused."""
    home = Path(shutil.copytree(clean_home, tmp_path_factory.mktemp("status") / "home", symlinks=True))
    register = contacts(OPEN_MONTH)
    register.loc[20:31, "channel"] = SPELLING
    register.loc[40, "channel"] = NAME
    write_csv(register, home / "inbox" / f"contacts_{OPEN_MONTH}.csv")
    answers = responses(register, load_survey(small_survey))
    write_csv(answers.drop(columns="satisfaction"), home / "inbox" / f"responses_{OPEN_MONTH}.csv")
    done = politiemonitor("run", "--home", home, "--as-of", AS_OF)
    assert done.code == 1, done.err
    return home


def test_a_terminal_says_what_asks_for_a_look(home: Path) -> None:
    told = politiemonitor("status", "--home", home)
    assert told.code == 0, told.err
    words = " ".join(told.out.split())
    assert "7 read, 1 refused, 0 repeats" in words
    assert f"responses_{OPEN_MONTH}.csv" in words and "satisfaction" in words
    assert "13 1 channel.unknown_code" in words
    assert "row 21-32, 41" in words
    assert "5.4% held back" in words
    assert words.index("5.4% held back") < words.index("contacts_2025-07.csv"), "files to look at come first"
    assert "Newest month: Too few months to compare with." in words
    assert "requirements hold" in words and "a refused file waits for somebody" in words
    assert SPELLING not in told.out and NAME not in told.out


def test_the_same_as_data_is_complete(home: Path) -> None:
    record = politiemonitor("status", "--home", home, "--json").record
    assert {"deliveries", "quarantine", "marks", "warnings", "fieldwork", "breaks", "checks", "expectations"} <= set(
        record
    )
    assert len(record["deliveries"]) == 8
    assert record["release_id"] == (home / "releases/current").resolve().name
    assert {row["dimension"] for row in record["fieldwork"]} == {"all", "channel", "invitation_mode"}


def test_the_rows_held_back_lie_beside_the_page_without_personal_data(home: Path) -> None:
    quality = home / "releases/current/quality"
    with (quality / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [int(row["Rijnummer"]) for row in rows] == [*range(21, 33), 41]
    assert {row["Waarde"] for row in rows if int(row["Rijnummer"]) < 40} == {SPELLING}
    text = (quality / "quarantine.csv").read_text("utf-8-sig")
    assert NAME not in text and "c2025" not in text and "p2025" not in text
    page = (quality / "index.html").read_text("utf-8")
    assert 'href="quarantine.csv"' in page and "rij 21–32, 41" in page
    assert NAME not in page and "c2025" not in page


def test_manifest_and_verify_cover_the_download(home: Path) -> None:
    manifest = json.loads((home / "releases/current/manifest.json").read_text("utf-8"))
    assert "quality/quarantine.csv" in manifest["files"]
    assert politiemonitor("verify", "--home", home).code == 0


def test_a_home_without_a_run_has_a_status_too(tmp_path: Path, small_survey: Path) -> None:
    assert politiemonitor("init", "--home", tmp_path / "h", "--survey", small_survey).code == 0
    told = politiemonitor("status", "--home", tmp_path / "h")
    assert told.code == 0
    assert "release   none yet" in told.out and "0 read" in told.out
