"""A change of the method: no line across it, nothing compared across it, and the reader is told in words."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from reports.figure import Figure
from reports.inputs import Period, ReportData
from reports.method_breaks import told
from reports.page import Page
from reports.pages import area_page, national_page, quality_page
from reports.words import Words
from tests.unit.reports.changed_method import changed, data_with
from tests.unit.reports.factory import contract

WORDS, SURVEY = Words("nl"), contract()
MODE = "mensen krijgen op een andere manier een uitnodiging (sms: eerst 20%, nu 80%)"
ACROSS = re.compile(r"(hoger|lager|meer|minder|beter|slechter) dan (een jaar|toen)")


@pytest.fixture(scope="module")
def at_quarter() -> ReportData:
    """The newest quarter is the first that was measured in another way."""
    return data_with(changed("2026-07-01", cause="mode", reason=MODE))


@pytest.fixture(scope="module")
def team(at_quarter: ReportData) -> Page:
    return area_page(at_quarter, "team", "T1")


@pytest.fixture(scope="module")
def nation(at_quarter: ReportData) -> Page:
    return national_page(at_quarter)


def said(page: Page, name: str = "") -> str:
    found: Any = BeautifulSoup(page.html, "html.parser")
    found = found.find(id=name) if name else found.find("main")
    assert found is not None
    return re.sub(r"\s+", " ", found.get_text(" ", strip=True))


def rules(page: Page) -> set[str]:
    return {str(tag["data-rule"]) for tag in BeautifulSoup(page.html, "html.parser").select("[data-rule]")}


def figure(page: Page, name: str) -> Figure:
    return next(found for found in page.figures if found.name == name)


# Look-ups ----------------------------------------------------------------------------------------------------------


def test_a_change_of_a_question_touches_what_depends_on_it_and_nothing_else() -> None:
    data = data_with(changed("2026-07-01", item="heard_back", cause="wording"))
    assert data.breaks_of("heard_back")
    assert data.breaks_of("satisfaction_with_feedback"), "who heard something decides who counts in it"
    assert not data.breaks_of("satisfaction")
    assert data_with(changed("2026-07-01")).breaks_of("treatment"), "a change of everything touches every question"


def test_an_odd_month_and_a_change_without_consequences_keep_nothing_apart() -> None:
    rows = [{**changed("2026-07-01"), "status": status} for status in ("odd_month", "same_meaning")]
    frame = pd.DataFrame(rows)
    assert data_with().breaks_of("satisfaction") == ()
    assert ReportData(**{**vars(data_with()), "breaks": frame}).breaks_of("satisfaction") == ()


def test_after_a_change_the_newest_quarter_leads_until_four_quarters_were_measured_in_one_way() -> None:
    level = SURVEY.leaf
    quarter = Period("quarter", dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    whole_year = Period("four_quarters", dt.date(2025, 10, 1), dt.date(2026, 9, 30))
    assert data_with(changed("2026-07-01")).leading_period(level) == quarter
    assert data_with(changed("2025-10-02")).leading_period(level) == quarter
    assert data_with(changed("2025-10-01")).leading_period(level) == whole_year
    assert data_with(changed("2026-07-01", item="treatment")).leading_period(level) == whole_year
    assert data_with(changed("2026-08-01")).leading_period(level) == whole_year, "the quarter is a mixture as well"


def test_the_same_sentence_is_said_once() -> None:
    data = data_with(
        changed("2026-07-01", cause="mode", reason="x"), changed("2026-07-01", cause="sampling", reason="x")
    )
    assert told(data.breaks_of("satisfaction"), SURVEY, WORDS) == "Sinds 1 juli 2026: x."


# The page of an area -----------------------------------------------------------------------------------------------


def test_the_page_leads_with_the_quarter_since_the_change_and_says_so(team: Page) -> None:
    assert "juli t/m september 2026" in BeautifulSoup(team.html, "html.parser").get_text(" ")
    assert "breaks.period" in rules(team)
    number = BeautifulSoup(team.html, "html.parser").select_one("#kort [data-figure-id]")
    assert number is not None
    assert "-quarter-2026-07-01" in str(number["data-figure-id"])


def test_a_year_earlier_is_not_compared_and_not_even_shown_beside_it(team: Page) -> None:
    assert {"compare.break", "cards.changed_break", "patience.year_break"} <= rules(team)
    assert not ACROSS.search(said(team))
    row = next(row for row in BeautifulSoup(team.html, "html.parser").select("tr") if "een jaar eerder" in row.text)
    assert "–" in row.text
    assert not re.search(r"\d", row.text)


def test_the_line_is_interrupted_and_the_caption_tells_since_when_what_changed(team: Page) -> None:
    trend = figure(team, "trend")
    lines = [t for t in trend.wide["data"] if t["mode"] == "lines" and t.get("connectgaps") is False]
    assert any(y is None for y in lines[0]["y"])
    assert any("meting veranderd" in str(note.get("text")) for note in trend.wide["layout"]["annotations"])
    assert f"Sinds 1 juli 2026: {MODE}." in trend.caption
    assert "1 juli 2026" in trend.title


def test_figures_over_four_quarters_give_way_to_the_area_above_and_say_why(team: Page) -> None:
    channels = said(team, "kanalen")
    assert "Uw team heeft hier nog geen cijfer over vier kwartalen, want de meting is veranderd." in channels
    assert "Dit zijn de cijfers van Eenheid Oost-Voorbeeld." in channels


def test_comparison_with_the_whole_in_the_same_period_stays(team: Page) -> None:
    assert rules(team) & {"compare.no_difference", "compare.small", "compare.higher", "compare.lower"}


def test_no_figure_mixes_the_period_of_comparable_areas_with_another(team: Page) -> None:
    assert "peers" not in {found.name for found in team.figures}


def test_a_change_halfway_the_newest_quarter_leaves_no_figure_and_says_why() -> None:
    page = area_page(data_with(changed("2026-08-01")), "team", "T1")
    assert "breaks.finding" in rules(page)
    assert "halverwege anders gemeten" in figure(page, "trend").caption
    assert "Sinds 1 augustus 2026: nieuwe vragenlijst." in figure(page, "trend").caption
    assert not ACROSS.search(said(page))


def test_a_change_of_one_part_leaves_the_rest_as_it_was() -> None:
    page = area_page(data_with(changed("2026-07-01", item="treatment", cause="wording")), "unit", "U1")
    assert "breaks.period" not in rules(page)
    parts = figure(page, "parts")
    label = next(item.label for item in SURVEY.items if item.id == "treatment")
    assert f"{label}: geen cijfer, de meting is veranderd" in parts.alt
    assert "Een streepje (–) betekent hier: de meting is veranderd." in parts.caption
    assert "te weinig antwoorden" not in parts.caption


def test_the_mark_speaks_when_only_the_question_of_the_percentage_changed() -> None:
    page = area_page(data_with(changed("2026-08-01", item="satisfaction", cause="wording")), "team", "T1")
    assert "breaks.why_mean" in rules(page)


def test_a_change_long_ago_interrupts_the_line_only() -> None:
    page = area_page(data_with(changed("2024-07-01")), "team", "T1")
    assert not {rule for rule in rules(page) if rule.startswith("breaks.") or rule.endswith("break")}
    assert "Sinds 1 juli 2024: nieuwe vragenlijst." in figure(page, "trend").caption


# The page of the whole ---------------------------------------------------------------------------------------------


def test_the_national_page_compares_with_no_year_ago(nation: Page) -> None:
    assert "breaks.year" in rules(nation)
    assert not ACROSS.search(said(nation))
    assert figure(nation, "trend").title == (
        "De meting is veranderd: vergelijk de kwartalen van voor en na 1 juli 2026 niet"
    )
    assert f"Sinds 1 juli 2026: {MODE}." in figure(nation, "trend").caption


def test_a_break_interrupts_every_small_line_and_its_table_starts_after_it(nation: Page) -> None:
    found = figure(nation, "course")
    paths = [t for t in found.wide["data"] if t.get("connectgaps") is False]
    assert paths
    assert all(any(y is None for y in path["y"]) for path in paths)
    assert "is de meting veranderd" in found.caption
    assert all(row[1].text == row[2].text for row in found.table.rows), "one quarter since the change: first is newest"


def test_rows_have_no_mark_of_a_year_earlier(nation: Page) -> None:
    for name in ("groups", "heard"):
        found = figure(nation, name)
        assert "een jaar eerder" not in found.alt
        assert "Ruit" not in found.caption


def test_the_quality_page_lists_what_changed(at_quarter: ReportData) -> None:
    assert "een andere manier een uitnodiging" in said(quality_page(at_quarter), "breuken")
