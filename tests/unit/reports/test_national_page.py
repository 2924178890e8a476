"""The page of the whole: what it says follows from outcomes, and another survey leaves sections out, not blanks."""

import re

import pytest
from bs4 import BeautifulSoup
from plotly import graph_objects as go

from reports.figures.national_canvas import Scale
from reports.figures.national_map import layout_for
from reports.inputs import ReportData
from reports.pages import Page, national_page
from reports.sentences.national import Leaves, leaves, rungs
from tests.unit.reports.changed_method import changed, data_with
from tests.unit.reports.factory import make_data, make_english_data

OUTCOMES = {
    ("NL", "satisfaction", "year_earlier"): "lower",
    ("NL", "feedback", "year_earlier"): "higher",
    ("NL", "waiting_time", "year_earlier"): "lower",
    ("T1", "satisfaction", "nation"): "higher",
    ("U1", "treatment", "nation"): "lower",
}


@pytest.fixture(scope="module")
def data() -> ReportData:
    return make_data(OUTCOMES)


@pytest.fixture(scope="module")
def page(data: ReportData) -> Page:
    return national_page(data)


@pytest.fixture(scope="module")
def soup(page: Page) -> BeautifulSoup:
    return BeautifulSoup(page.html, "html.parser")


def said(soup: BeautifulSoup, section: str) -> str:
    found = soup.find(id=section)
    assert found is not None, f"section {section} is there"
    return " ".join(found.get_text(" ").split())


def test_the_finding_names_the_figure_and_the_year(soup: BeautifulSoup) -> None:
    assert re.search(r"\d+ van de 100 mensen .* Dat is minder dan een jaar geleden", said(soup, "kort"))


def test_cards_name_only_parts_whose_outcome_allows_it(soup: BeautifulSoup) -> None:
    good, attention, difference = (" ".join(card.get_text(" ").split()) for card in soup.select(".cards > div"))
    assert "Terugkoppeling" in good
    assert "Wachttijd" in attention
    assert "Bejegening" not in good + attention
    assert "1 van de 6 basisteams wijkt duidelijk af" in difference


def test_a_verdict_has_a_sign_besides_its_colour(soup: BeautifulSoup) -> None:
    rows = {row.th.get_text(): " ".join(row.get_text(" ").split()) for row in soup.select(".change tbody tr")}
    assert "▼" in rows["Wachttijd"]
    assert "slechter" in rows["Wachttijd"]
    assert "ongeveer gelijk" in rows["Bejegening"]
    assert "▲" not in rows["Bejegening"]


def test_the_marked_table_colours_only_what_the_comparison_says(soup: BeautifulSoup) -> None:
    marked = soup.select(".heat td.worse, .heat td.better")
    assert len(marked) == 1
    assert "▼" in marked[0].get_text()
    assert "duidelijk lager" in marked[0].get_text()


def test_areas_stand_in_order_of_their_names(soup: BeautifulSoup) -> None:
    names = [row.th.get_text() for row in soup.select(".heat tbody tr")][1:]
    assert names == sorted(names)


def test_no_team_is_named(page: Page, data: ReportData) -> None:
    teams = [row["area_name"] for (level, _), row in data.current_areas.items() if level == "team"]
    assert not [name for name in teams if name in page.html]


def test_dots_do_not_tell_their_order_in_the_table(data: ReportData) -> None:
    points = leaves(data).points
    assert [point.n for point in points] == sorted(point.n or 0 for point in points)


def test_every_area_of_the_lowest_level_stands_on_one_rung(data: ReportData) -> None:
    assert rungs(data) == {"share": 4, "mean": 1, "above": 1}


def test_figures_are_complete_and_valid(page: Page) -> None:
    assert {"trend", "channels", "groups", "heard"} <= {figure.name for figure in page.figures}
    for figure in page.figures:
        assert figure.title
        assert figure.caption
        assert re.search(r"\d", figure.alt), f"{figure.name}: the alternative text has numbers"
        assert figure.table.rows
        for drawing in (figure.wide, figure.narrow):
            go.Figure(drawing)
            assert "<b>" not in str(drawing)


def test_text_in_figures_is_large_enough(page: Page) -> None:
    for figure in page.figures:
        sizes = [a["font"]["size"] for a in figure.narrow["layout"].get("annotations", [])]
        assert min(sizes, default=12) >= 12


def test_a_break_interrupts_the_line_and_is_said() -> None:
    page = national_page(data_with(changed("2025-10-01")))
    trend = next(figure for figure in page.figures if figure.name == "trend")
    lines = [t for t in trend.wide["data"] if t["mode"] == "lines" and "fill" not in t]
    assert len(lines) == 2
    assert "nieuwe vragenlijst" in trend.caption


def test_a_year_without_change_and_an_adjustment_are_said() -> None:
    found = make_data({("NL", "satisfaction", "year_earlier"): "equal", ("NL", "feedback", "year_earlier"): "higher"})
    compared = found.comparisons
    compared.loc[(compared["area_code"] == "NL") & (compared["item"] == "feedback"), "basis"] = "same_mix"
    compared.loc[compared["against"] == "nation", "basis"] = "adjusted"
    soup = BeautifulSoup(national_page(found).html, "html.parser")
    assert "Dat is gelijk gebleven sinds een jaar geleden." in said(soup, "kort")
    good = " ".join(soup.select(".cards > div")[0].get_text(" ").split())
    assert re.search(r"Terugkoppeling: .* als het soort contacten gelijk was gebleven\.", good)
    assert leaves(found).adjusted


def test_another_survey_leaves_out_what_it_does_not_have() -> None:
    page = national_page(make_english_data())
    soup = BeautifulSoup(page.html, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "en"
    present = {section["id"] for section in soup.select("section[id]")}
    assert not {"trend", "veranderd", "terugkoppeling", "doorverwijzen", "kaart", "verschillen", "trechter"} & present
    assert {"kort", "kanalen", "onderdelen", "kwaliteit", "uitleg"} <= present
    assert "Too early to say" in said(soup, "kort")


def test_nothing_is_called_equal_when_nothing_was_compared() -> None:
    page = national_page(make_english_data())
    assert "clearly differs from Kansas City on any part" not in page.html


def test_a_release_without_a_closed_period_still_has_a_page(data: ReportData) -> None:
    nothing = data.periods.assign(closed=False)
    page = national_page(make_data(periods=nothing))
    assert "Nederland" in page.title
    assert page.figures == ()


def test_without_comparisons_nothing_is_called_different(data: ReportData) -> None:
    empty = make_data(comparisons=data.comparisons.iloc[0:0])
    found = leaves(empty)
    assert isinstance(found, Leaves)
    assert found.compared == 0
    assert "Nog niet te zeggen" in national_page(empty).html


def test_a_scale_has_round_ends_and_stays_a_percentage() -> None:
    scale = Scale.around([0.663, 0.724], "positive")
    assert (scale.low, scale.high) == (0.66, 0.74)
    assert Scale.around([0.02, 0.99], "positive").high == 1.0
    assert Scale.around([0.7, 0.7], "positive").low < Scale.around([0.7, 0.7], "positive").high


def test_a_map_is_drawn_only_where_every_area_has_a_place() -> None:
    assert layout_for(frozenset({"RE01", "RE05"})) is not None
    assert layout_for(frozenset({"RE01", "U1"})) is None
    assert layout_for(frozenset()) is None


def test_many_changes_are_counted_instead_of_listed() -> None:
    parts = [item.id for item in make_data().survey.items if item.part_of_service]
    many = make_data({("NL", part, "year_earlier"): "higher" for part in parts})
    page = BeautifulSoup(national_page(many).html, "html.parser")
    card = next(c for c in page.select(".cards > div") if c.h3 is not None and "Beter" in c.h3.text)
    told = [p.text for p in card.select("p")]
    assert len(told) == 4 and told[-1] == f"En {len(parts) - 3} andere onderdelen."
