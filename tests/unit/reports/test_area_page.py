"""The page of a team, district or unit, as its readers get it."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup

from reports.inputs import ReportData
from reports.page import POLICY, Page
from reports.pages import area_page
from reports.words import catalogue
from tests.unit.reports.factory import contract, make_data, make_english_data

ORDER = [
    "kort",
    "terugkoppeling",
    "verloop",
    "vergelijking",
    "onderdelen",
    "kanalen",
    "groepen",
    "deelname",
    "geduld",
    "uitleg",
]
JARGON = re.compile(r"significan|betrouwbaarheidsinterval|p-waarde|\bn\s*=|confidence interval", re.IGNORECASE)


@pytest.fixture(scope="module")
def data() -> ReportData:
    return make_data()


@pytest.fixture(scope="module")
def pages(data: ReportData) -> dict[str, Page]:
    found = {code: area_page(data, "team", code) for code in ("T1", "T2", "T3", "T4", "T5", "T6")}
    found |= {code: area_page(data, "district", code) for code in ("U1D1", "U1D2", "U2D1")}
    found |= {code: area_page(data, "unit", code) for code in ("U1", "U2")}
    english = make_english_data()
    return found | {f"english {code}": area_page(english, "district", code) for code in "123"}


def soup(page: Page) -> BeautifulSoup:
    return BeautifulSoup(page.html, "html.parser")


def section(page: Page, name: str) -> str:
    found = soup(page).find(id=name)
    assert found is not None
    return re.sub(r"\s+", " ", found.get_text(" ", strip=True))


# What is on it ---------------------------------------------------------------------------------------------------


def test_the_sections_of_a_team_come_in_the_agreed_order(pages: dict[str, Page]) -> None:
    assert [s["id"] for s in soup(pages["T1"]).select("main > section.card")] == ORDER


def test_the_page_stands_in_the_folder_of_its_level(pages: dict[str, Page]) -> None:
    assert pages["T1"].path == "teams/T1/index.html"
    assert pages["U1D1"].path == "districts/U1D1/index.html"
    assert all(page.print_pdf for page in pages.values())


def test_the_page_says_whose_it_is_for_readers_and_for_the_check_after_rendering(pages: dict[str, Page]) -> None:
    body = soup(pages["T1"]).body
    assert body is not None
    assert (body["data-level"], body["data-area"]) == ("team", "T1")
    assert soup(pages["T1"]).h1.get_text() == "Basisteam Voorbeeldstad"  # type: ignore[union-attr]


def test_a_district_shows_its_teams_by_name_with_a_way_to_each(pages: dict[str, Page]) -> None:
    links = soup(pages["U1D1"]).select("#gebieden tbody a")
    assert [link.get_text() for link in links] == [
        "Basisteam Akkerdam",
        "Basisteam Kleindorp",
        "Basisteam Voorbeeldstad",
    ]
    assert links[0]["href"] == "../../teams/T2/index.html"


def test_a_team_shows_classes_of_channels_and_a_district_every_channel(pages: dict[str, Page]) -> None:
    def names(code: str) -> list[str]:
        figure = next(f for f in pages[code].figures if f.name == "channels")
        return [row[0].text for row in figure.table.rows]

    assert names("T1") == ["Telefonisch", "Fysiek", "Digitaal"]
    assert len(names("U1D1")) == len(contract().channels)


def test_the_thresholds_of_the_contract_are_printed(pages: dict[str, Page]) -> None:
    limits = contract().thresholds
    explained = section(pages["T1"], "uitleg")
    for number in (limits.minimum_n, limits.percentage_from, limits.mean_indicative_below, limits.caution_below):
        assert str(number) in explained


# The ladder: no page is blank --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("T1", "70 van de 100 mensen zijn tevreden of zeer tevreden"),
        ("T2", "Mensen geven het contact met de politie gemiddeld een 7,0"),
        ("T3", "Dit cijfer is van District Heuvelrand: 70 van de 100 mensen"),
        ("english 3", "This figure is for Kansas City: 62 of every 100 people"),
    ],
)
def test_on_every_rung_the_page_leads_with_a_figure_and_says_whose(
    pages: dict[str, Page], code: str, words: str
) -> None:
    assert words in section(pages[code], "kort")
    big = soup(pages[code]).select_one(".number-big")
    assert big is not None
    assert re.fullmatch(r"\d+%|\d,\d", big.get_text(strip=True))


def test_no_section_is_empty_on_any_rung(pages: dict[str, Page]) -> None:
    for page in pages.values():
        for card in soup(page).select("main > section.card"):
            heading = card.h2.get_text() if card.h2 else ""
            assert len(card.get_text(strip=True)) > len(heading) + 20, (page.path, heading)


def test_figures_of_the_district_in_a_small_teams_report_say_whose_they_are(pages: dict[str, Page]) -> None:
    parts = section(pages["T3"], "onderdelen")
    assert parts.startswith("District Heuvelrand: de meeste tevreden mensen")
    assert "Uw team heeft hiervoor te weinig antwoorden." in parts
    assert "Uw team met marge" not in json.dumps([f.wide for f in pages["T3"].figures], ensure_ascii=False)


def test_before_the_first_period_has_closed_the_page_says_so(data: ReportData) -> None:
    page = area_page(make_data(periods=data.periods.assign(closed=False)), "team", "T1")
    assert "Er is nog geen periode afgesloten" in section(page, "kort")
    assert page.figures == ()


def test_without_anything_published_anywhere_there_still_is_a_page(data: ReportData) -> None:
    estimates = data.estimates.assign(n=None, estimate=None, se=None, ci_low=None, ci_high=None, status="hidden")
    response = data.response.assign(contacts=None, excluded=None, invited=None, responses=None, status="hidden")
    empty = make_data(
        estimates=estimates, response=response, peers=data.peers.iloc[0:0], comparisons=data.comparisons[0:0]
    )
    page = area_page(empty, "team", "T1")
    assert "Er zijn nog te weinig antwoorden om een cijfer te tonen." in section(page, "kort")
    assert page.figures == ()


# What must not be on it --------------------------------------------------------------------------------------------


def test_numbers_of_hidden_figures_are_nowhere_in_the_page() -> None:
    # Worst case: a table that wrongly still carries the numbers of hidden rows. The status alone must keep them out.
    data = make_data()
    leaky = data.estimates.copy()
    team = leaky["area_code"] == "T3"
    leaky.loc[team, ["n", "estimate", "se", "ci_low", "ci_high"]] = [7, 0.987654, 0.01, 0.9765, 0.9987]
    leaky.loc[team, "status"] = "hidden"
    page = area_page(make_data(estimates=leaky, comparisons=data.comparisons), "team", "T3")
    assert "99%" not in page.html
    assert "98" not in BeautifulSoup(page.html, "html.parser").get_text()
    hidden_ids = set(leaky.loc[team, "figure_id"])
    assert hidden_ids.isdisjoint(re.findall(r'data-figure-id="([^"]+)"', page.html))


def test_a_team_below_the_minimum_never_learns_its_number_of_answers(pages: dict[str, Page]) -> None:
    text = soup(pages["T3"]).get_text(" ")
    assert "8 mensen" not in re.sub(r"\d+8 mensen", "", text)
    assert "te weinig antwoorden om te tonen hoeveel mensen meededen" in text


def test_no_page_uses_the_words_of_statisticians(pages: dict[str, Page]) -> None:
    assert [page.path for page in pages.values() if JARGON.search(soup(page).get_text())] == []


def test_no_heading_names_a_difference_unless_its_rule_passed() -> None:
    calm = make_data()  # every comparison: no difference
    for level, code in (("team", "T1"), ("district", "U1D1"), ("unit", "U1")):
        rules = re.findall(r'data-rule="([^"]+)"', area_page(calm, level, code).html)
        assert not [rule for rule in rules if re.search(r"(higher|lower)$", rule)]


def test_a_tested_difference_is_told_in_the_brief_the_card_and_the_title() -> None:
    outcomes = {("T1", "satisfaction", "year_earlier"): "lower"}
    page = area_page(make_data(outcomes), "team", "T1")
    rules = re.findall(r'data-rule="([^"]+)"', page.html)
    assert {"compare.year_lower", "cards.changed_lower", "trend.lower"} <= set(rules)


def test_every_sentence_on_every_page_is_one_of_the_catalogue(pages: dict[str, Page]) -> None:
    for page in pages.values():
        rules = set(re.findall(r'data-rule="([^"]+)"', page.html))
        assert len(rules) > 8
        assert rules <= set(catalogue("nl"))


# How it is built -----------------------------------------------------------------------------------------------------


def test_every_printed_figure_leads_to_a_published_row(pages: dict[str, Page], data: ReportData) -> None:
    shown = set(data.estimates.loc[data.estimates["status"].isin(["published", "indicative"]), "figure_id"])
    for code in ("T1", "T2", "T3", "U1D1", "U1"):
        ids = set(re.findall(r'data-figure-id="([^"]+)"', pages[code].html))
        assert len(ids) > 10
        assert ids <= shown


def test_every_figure_is_a_picture_with_two_widths_words_a_caption_and_a_table(pages: dict[str, Page]) -> None:
    for page in pages.values():
        html = soup(page)
        frames = html.select("figure .figure-frame")
        assert [frame["data-figure"] for frame in frames] == [figure.name for figure in page.figures]
        for figure in page.figures:
            image = html.select_one(f'img[src="figures/{figure.name}-704.svg"]')
            assert image is not None
            assert image["alt"] == figure.alt
            source = image.find_previous_sibling("source")
            assert source["srcset"] == f"figures/{figure.name}-358.svg"  # type: ignore[index]
            chart = html.find("script", id=f"figure-{figure.name}")
            assert json.loads(chart.string)["wide"] == figure.wide  # type: ignore[union-attr,arg-type]


def test_tables_have_headers_with_a_scope(pages: dict[str, Page]) -> None:
    for page in pages.values():
        for table in soup(page).find_all("table"):
            assert table.caption is not None
            assert all(head.get("scope") == "col" for head in table.select("thead th"))
            assert all(row.find("th", scope="row") for row in table.select("tbody tr"))


def test_headings_never_skip_a_level_and_ids_are_unique(pages: dict[str, Page]) -> None:
    for page in pages.values():
        levels = [int(h.name[1]) for h in soup(page).find_all(re.compile("^h[1-6]$"))]
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in pairwise(levels))
        ids = [tag["id"] for tag in soup(page).find_all(id=True)]
        assert len(ids) == len(set(ids))


def test_every_page_has_the_policy_a_language_and_nothing_inline(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        html = soup(page)
        assert html.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"] == POLICY  # type: ignore[index]
        assert html.html["lang"] == ("en" if "english" in name else "nl")  # type: ignore[index]
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|https?://", page.html)
        assert all(s.get("src") or s["type"] == "application/json" for s in html.find_all("script"))


def test_invented_figures_are_announced_and_real_ones_are_not(pages: dict[str, Page]) -> None:
    assert "Voorbeeld met verzonnen cijfers" in soup(pages["T1"]).get_text()
    assert "invented" not in soup(pages["english 1"]).get_text()


def test_names_from_the_contract_cannot_become_markup() -> None:
    data = make_data()
    nasty = '<script>alert("1")</script>'
    areas = data.areas.assign(area_name=data.areas["area_name"].replace("Voorbeeldstad", nasty))
    page = area_page(make_data(areas=areas), "team", "T1")
    assert nasty not in page.html
    assert soup(page).h1.get_text() == f"Basisteam {nasty}"  # type: ignore[union-attr]


def test_a_survey_in_english_without_a_question_about_hearing_back_leaves_that_section_out(
    pages: dict[str, Page],
) -> None:
    page = pages["english 1"]
    ids = [s["id"] for s in soup(page).select("main > section.card")]
    assert ids == ["kort", "verloop", "onderdelen", "kanalen", "deelname", "geduld", "uitleg"]
    assert "62 of every 100 people are satisfied or very satisfied" in section(page, "kort")
    dutch = re.compile(r"\b(van de|mensen|antwoorden|cijfer)\b")
    assert not dutch.search(soup(page).get_text())


def test_a_new_part_of_the_service_and_a_new_channel_appear_by_their_label() -> None:
    survey = contract()
    part = survey.item("treatment").model_copy(update={"id": "parking", "label": "Parkeren"})
    channel = survey.channels[0].model_copy(update={"code": "drone", "label": "Drone"})
    changed = survey.model_copy(update={"items": (*survey.items, part), "channels": (*survey.channels, channel)})
    page = area_page(make_data(survey=changed), "unit", "U1")
    tables: dict[str, Any] = {f.name: [row[0].text for row in f.table.rows] for f in page.figures}
    assert "Parkeren" in tables["parts"]
    assert "Drone" in tables["channels"]


def test_the_same_input_gives_the_same_page(data: ReportData) -> None:
    assert area_page(data, "unit", "U1").html == area_page(make_data(), "unit", "U1").html
