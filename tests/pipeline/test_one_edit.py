"""One edit in one contract file, and the rest follows: a new item, a new channel, a renamed team."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from expectations import suites
from expectations.load import load_survey

from .command import politiemonitor
from .small_police import AS_OF, YEAR, contacts, deliver, edit, responses, small_contract, write_csv


def run(home: Path, survey: Path) -> None:
    done = politiemonitor("run", "--home", home, "--survey", survey, "--as-of", AS_OF)
    assert done.code == 0, done.err


def table(home: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(home / f"releases/current/tables/{name}.parquet")


def page(home: Path, path: str) -> str:
    return (home / "releases/current" / path / "index.html").read_text("utf-8")


def marts(home: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse/warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def two_edits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A contract with one more item and one more channel, each one record, and a home that ran with it: one run."""
    folder = tmp_path_factory.mktemp("two_edits")
    survey, home = small_contract(folder), folder / "home"
    edit(
        survey / "items.yaml",
        "  - id: treatment",
        "  - id: privacy\n"
        "    wording: Hoe tevreden bent u over de privacy tijdens het contact?\n"
        "    label: Ruimte om vrijuit te praten\n"
        "    theme: treatment\n"
        "    scale: satisfaction5\n"
        "    part_of_service: true\n"
        "    first_wave: 2023-10-01\n"
        "  - id: treatment",
    )
    edit(
        survey / "channels.yaml",
        "  - code: tel_112",
        "  - code: letter\n    label: Brief\n    channel_class: fysiek\n    spellings: [Per post]\n  - code: tel_112",
    )
    deliver(home / "inbox", survey, YEAR)  # every item of the contract has a column, so the new one too
    last = home / "inbox" / f"responses_{YEAR[-1]}.csv"
    answers = pd.read_csv(last, sep=";", dtype=str, keep_default_na=False)
    answers.loc[0, "privacy"] = "12"
    write_csv(answers, last)
    for month in YEAR:
        register = contacts(month)
        register.loc[:79, "channel"] = "Per post"
        register.loc[80, "channel"] = "Postduif"
        write_csv(register, home / "inbox" / f"contacts_{month}.csv")
    run(home, survey)
    return home, survey


def test_a_new_item_is_one_record(two_edits: tuple[Path, Path]) -> None:
    home, survey = two_edits
    assert marts(home, "select count(*) from marts.cells where item = 'privacy' and measure = 'mean'") != [(0,)]
    estimates = table(home, "estimates")
    whole = estimates[(estimates.item == "privacy") & (estimates.level == "nation") & (estimates.status == "published")]
    assert set(whole.measure) == {"mean", "positive", "negative"}
    assert "privacy.not_an_answer" in set(table(home, "quality").rule_id) | {
        rule for (rule,) in marts(home, "select rule_id from staging.quarantine")
    }
    assert "Ruimte om vrijuit te praten" in page(home, "national")
    suite = load_survey(survey).tables["staging.responses"].expectations
    assert "privacy" in suites.columns_of([e for e in suite if e.severity == "contract"])
    assert "privacy" in set(table(home, "items").item)


def test_a_new_channel_is_one_record(two_edits: tuple[Path, Path]) -> None:
    home, _ = two_edits
    assert marts(home, "select count(*) > 0 from marts.cells where channel = 'letter'") == [(True,)]
    unknown = marts(home, "select rule_id, value from staging.quarantine where rule_id like 'channel%'")
    assert unknown == [("channel.unknown_code", "Postduif")] * len(YEAR)
    estimates = table(home, "estimates")
    letters = estimates[(estimates.channel == "letter") & (estimates.status == "published")]
    assert {"nation"} <= set(letters.level)
    assert "Brief" in page(home, "national")
    assert "letter" in set(table(home, "channels").channel)


def test_a_renamed_team_is_one_row(tmp_path: Path) -> None:
    survey = small_contract(tmp_path)
    teams = survey / "organisation/teams.csv"
    line = next(row for row in teams.read_text("utf-8").splitlines() if row.startswith("RE01-D1-T1,"))
    old = line.replace(",2013-01-01,,", ",2013-01-01,2025-08-15,", 1)
    new = line.replace("Sneek,", "Waterpoort,", 1).replace(",2013-01-01,", ",2025-08-16,", 1).replace("Sneek (BT)", "")
    edit(teams, line, f"{old}\n{new}")
    home = tmp_path / "home"
    survey_contract = load_survey(survey)
    (home / "inbox").mkdir(parents=True)
    for month in YEAR:
        register = contacts(month)
        register["team"] = register["team"].replace({"RE01-D1-T1": "Sneek" if month < "2025-09" else "Waterpoort"})
        write_csv(register, home / "inbox" / f"contacts_{month}.csv")
        write_csv(responses(register, survey_contract), home / "inbox" / f"responses_{month}.csv")
    run(home, survey)

    assert marts(home, "select count(*) from staging.contacts where area_code = 'unallocated'") == [(0,)]
    estimates = table(home, "estimates")
    team = estimates[(estimates.area_code == "RE01-D1-T1") & (estimates.status == "published")]
    assert set(team.area_name) == {"Waterpoort"}
    html = page(home, "teams/RE01-D1-T1")
    assert "<h1" in html and "Basisteam Waterpoort" in html
    assert "Sneek" in html, "the page tells its reader what the team was called before"
