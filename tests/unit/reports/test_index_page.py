"""The way in: every report by name, no figure of a single area."""

import re

from bs4 import BeautifulSoup

from reports.pages import index_page
from tests.unit.reports.factory import make_data, make_english_data


def test_every_report_can_be_reached_by_name() -> None:
    data = make_data()
    soup = BeautifulSoup(index_page(data).html, "html.parser")
    links = {link["href"]: link.get_text() for link in soup.select("main a[href]")}
    for (level, code), row in data.current_areas.items():
        folder = "national" if level == "nation" else f"{level}s/{code}"
        assert f"{folder}/index.html" in links, f"{row['area_name']} has a link"
    first = soup.select_one("main a[href]")
    assert first is not None
    assert first["href"] == "national/index.html"


def test_units_hold_districts_hold_teams_in_order_of_names() -> None:
    soup = BeautifulSoup(index_page(make_data()).html, "html.parser")
    units = [s.get_text() for s in soup.select("div.tree > details > summary")]
    assert units == ["Oost-Voorbeeld", "West-Voorbeeld"]
    district = soup.select_one("details details")
    assert district is not None
    assert [link.get_text() for link in district.select("ul:last-of-type a")] == [
        "Akkerdam",
        "Kleindorp",
        "Voorbeeldstad",
    ]


def test_the_way_in_shows_no_figure_of_a_single_area() -> None:
    data = make_data()
    shown = set(re.findall(r'data-figure-id="([^"]+)"', index_page(data).html))
    levels = data.estimates.set_index("figure_id").loc[list(shown), "level"]
    assert set(levels) == {"nation"}


def test_a_survey_of_two_levels_lists_its_areas_at_once() -> None:
    soup = BeautifulSoup(index_page(make_english_data()).html, "html.parser")
    assert not soup.select("details")
    assert len(soup.select("div.tree li")) == 6
