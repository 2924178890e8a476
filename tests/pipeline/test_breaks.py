"""A change of the method from delivery to page: declared, found in fieldwork, in files and in the contract.

One police over fifteen months: from July 2025 on people are invited by text message instead of by e-mail; the files of
April 2025 on carry another text of one question; one question is declared to have changed in July 2025. Then a next
release with three months more, before which the contract words one question anew.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from bs4 import BeautifulSoup

from assets.resources import contract_at
from expectations.load import load_survey

from .command import politiemonitor
from .small_police import AS_OF, contacts, edit, responses, small_contract, write_csv

MONTHS = tuple(f"{2024 + month // 12}-{month % 12 + 1:02d}" for month in range(6, 21))  # July 2024 - September 2025
MORE = ("2025-10", "2025-11", "2025-12")
LATER = dt.date(2026, 3, 1)
BY_TEXT_MESSAGE, OTHER_TEXT = "2025-07", "2025-04"  # from these months on
JULY, APRIL, OCTOBER = dt.date(2025, 7, 1), dt.date(2025, 4, 1), dt.date(2025, 10, 1)
DECLARED = '\n  - {date: 2025-07-01, reason: "Het antwoord is nu een schuifbalk.", items: [waiting_time]}'
ACROSS = re.compile(r"(hoger|lager|meer|minder|beter|slechter) dan (een jaar|toen)")


def deliver(inbox: Path, survey_root: Path, months: tuple[str, ...]) -> None:
    """Contacts as CSV; answers as SPSS files, which carry the text of every question."""
    inbox.mkdir(parents=True, exist_ok=True)
    survey = load_survey(survey_root)
    wordings = {item.id: item.wording for item in survey.items}
    for month in months:
        register = contacts(month).assign(invitation_mode="sms" if month >= BY_TEXT_MESSAGE else "email")
        write_csv(register, inbox / f"contacts_{month}.csv")
        answers = responses(register, survey)
        texts = wordings | ({"treatment": "Werd u netjes behandeld?"} if month >= OTHER_TEXT else {})
        labels = [texts.get(column, column) for column in answers.columns]
        pyreadstat.write_sav(answers, inbox / f"responses_{month}.sav", column_labels=labels)


class Release:
    """What a release says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.breaks = self.table("breaks")

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "tables" / f"{name}.parquet")

    def found(self) -> set[tuple[dt.date, str, str]]:
        dates = pd.to_datetime(self.breaks["break_date"]).dt.date
        return set(zip(dates, self.breaks["item"], self.breaks["cause"], strict=True))

    def page(self, name: str) -> BeautifulSoup:
        return BeautifulSoup((self.folder / name / "index.html").read_text("utf-8"), "html.parser")

    def text(self, name: str) -> str:
        main = self.page(name).find("main")
        assert main is not None
        return re.sub(r"\s+", " ", main.get_text(" ", strip=True))

    def estimates(self, **wanted: Any) -> pd.DataFrame:
        frame = self.table("estimates")
        frame = frame[(frame["channel"] == "all") & (frame["target_group"] == "all")]
        for name, value in wanted.items():
            frame = frame[frame[name] == value]
        return frame[frame["status"] != "no_data"]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release]:
    """The release with the changes, and the next one."""
    folder = tmp_path_factory.mktemp("breaks")
    survey, home = small_contract(folder), folder / "home"
    edit(survey / "survey.yaml", "breaks: []", f"breaks:{DECLARED}")
    deliver(home / "inbox", survey, MONTHS)
    done = politiemonitor("run", "--home", home, "--survey", survey, "--as-of", AS_OF)
    assert done.code == 0, done.err
    first = Release(home / "releases/current")

    asked = next(item.wording for item in load_survey(survey).items if item.id == "expertise")
    deliver(home / "inbox", survey, MORE)
    edit(survey / "items.yaml", asked, "Vond u de medewerker deskundig genoeg")
    contract_at.cache_clear()  # the next run of a person is another process, which reads the contract again
    done = politiemonitor("run", "--home", home, "--survey", survey, "--as-of", LATER)
    assert done.code == 0, done.err
    return first, Release(home / "releases/current")


def test_what_changed_is_found_in_its_month_and_nothing_else(releases: tuple[Release, Release]) -> None:
    first, second = releases
    expected = {(JULY, "all", "mode"), (APRIL, "treatment", "wording"), (JULY, "waiting_time", "declared")}
    assert first.found() == expected
    assert second.found() == expected | {(OCTOBER, "expertise", "wording")}
    assert set(second.breaks["status"]) == {"break"}


@pytest.mark.parametrize("which", [0, 1])
def test_no_figure_mixes_before_and_after(releases: tuple[Release, Release], which: int) -> None:
    release = releases[which]
    rows = release.estimates(level="nation", item="satisfaction", measure="mean")
    start, end = (pd.to_datetime(rows[name]).dt.date for name in ("period_start", "period_end"))
    mixed = rows[(start < JULY) & (end >= JULY)]
    assert len(mixed) == which + 1  # four quarters that end in September, and later those that end in December too
    assert set(mixed["status"]) == {"too_few"}
    assert set(mixed["reason"]) == {"break"}
    assert mixed[["estimate", "ci_low", "ci_high", "se"]].isna().all(axis=None)
    assert set(rows.drop(mixed.index)["status"]) == {"published"}


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_is_compared_across_the_break_and_areas_still_are_with_the_whole(
    releases: tuple[Release, Release], which: int
) -> None:
    compared = releases[which].table("comparisons")
    year = compared[compared["against"] == "year_earlier"]
    assert set(year["outcome"]) == {"not_compared"}
    assert "break" in set(year["rule"])
    assert year[year["rule"] == "break"][["reference_estimate", "difference"]].isna().all(axis=None)
    whole = compared[(compared["against"] == "nation") & (compared["window"] == "quarter")]
    assert set(whole["outcome"]) - {"not_compared"}


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("name", ["national", "units/RE01", "districts/RE01-D1", "teams/RE01-D1-T1"])
def test_the_page_leads_with_the_newest_quarter_and_tells_since_when_what_changed(
    releases: tuple[Release, Release], which: int, name: str
) -> None:
    release, quarter = releases[which], ("juli t/m september 2025", "oktober t/m december 2025")[which]
    text = release.text(name)
    assert f"Dit cijfer gaat alleen over {quarter}." in text
    assert "Sinds 1 juli 2025: mensen krijgen op een andere manier een uitnodiging" in text
    assert not ACROSS.search(text)


@pytest.mark.parametrize("which", [0, 1])
def test_no_line_is_drawn_across_the_break(releases: tuple[Release, Release], which: int) -> None:
    page = releases[which].page("teams/RE01-D1-T1")
    charts = [json.loads(script.text) for script in page.select("script[type='application/json']")]
    drawn = next(chart for chart in charts if "meting veranderd" in json.dumps(chart, ensure_ascii=False))
    lines = [trace for trace in drawn["wide"]["data"] if trace.get("connectgaps") is False]
    assert [y for trace in lines for y in trace["y"]].count(None) == 1
    assert "Bij de stippellijn is de meting veranderd; daar trekken wij geen lijn doorheen." in page.get_text(" ")


@pytest.mark.parametrize("which", [0, 1])
def test_a_question_with_another_text_has_no_figure_over_the_quarters_that_mix_it(
    releases: tuple[Release, Release], which: int
) -> None:
    def year_to_june(item: str) -> str:
        rows = releases[which].estimates(level="nation", item=item, measure="mean", window="four_quarters")
        [reason] = rows[pd.to_datetime(rows["period_start"]).dt.date == dt.date(2024, 7, 1)]["reason"]
        return str(reason)

    assert year_to_june("treatment") == "break"
    assert not year_to_june("satisfaction"), "the other questions were asked in one way until July"


def test_the_quality_page_lists_every_change_in_words(releases: tuple[Release, Release]) -> None:
    text = releases[1].text("quality")
    assert "Het antwoord is nu een schuifbalk" in text
    assert "de vraag is anders gesteld" in text
    assert "op een andere manier een uitnodiging (Sms: eerst 0%, nu 100%)" in text
