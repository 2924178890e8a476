"""How often figures and sentences are wrong, as the quality page tells it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup

from reports.page import Page
from reports.pages import quality_page
from tests.unit.reports.factory import contract, make_data


def rate(scenario: str, quantity: str, statement: str, value: float, **more: Any) -> dict[str, Any]:
    survey = contract()
    usual = {
        "level": survey.leaf.code, "item": survey.headline_item, "measure": "positive",
        "window": survey.leaf.headline_window, "size": 0.0,
        "simulated_low": value - 0.01, "simulated_high": value + 0.01,
        "wanted_low": None, "wanted_high": None, "judgement": "not_judged", "runs": 200, "trials": 33_400,
        "simulated_responses": 150_000, "seed": 1, "simulated_code": "abcd", "simulated_on": dt.date(2026, 11, 24),
    }  # fmt: skip
    return {"scenario": scenario, "quantity": quantity, "statement": statement, "simulated": value, **usual, **more}


BAND = {"wanted_low": 0.93, "wanted_high": 0.97}
ROWS = [
    rate("steady", "coverage", "interval", 0.951, **BAND, judgement="met"),
    rate("steady", "coverage", "shrunken", 0.915, **BAND, judgement="not_met"),
    rate("steady", "alarm", "maybe", 0.052, wanted_high=0.05, judgement="uncertain"),
    rate("changes", "found", "year_earlier", 0.41, size=10.0),
    rate("changes", "maybe_found", "year_earlier", 0.3, size=10.0),
    rate("changes", "wrong_way", "year_earlier", 0.0, size=10.0, wanted_high=0.01, judgement="met"),
    rate("not_at_random", "bias", "weighted", -5.04),
    rate("not_at_random", "bias", "unweighted", -5.19),
]


def page(rows: list[dict[str, Any]]) -> Page:
    return quality_page(make_data(error_rates=pd.DataFrame(rows)))


def section(rows: list[dict[str, Any]]) -> BeautifulSoup:
    found = BeautifulSoup(page(rows).html, "html.parser").find(id="simulatie")
    assert found is not None
    return BeautifulSoup(str(found), "html.parser")


def words(soup: BeautifulSoup) -> str:
    return " ".join(soup.get_text(" ").split())


def lines(soup: BeautifulSoup, caption: str) -> list[list[str]]:
    table = next(t for t in soup.select("table") if t.caption and t.caption.get_text() == caption)
    return [[" ".join(cell.get_text().split()) for cell in row.select("th, td")] for row in table.select("tbody tr")]


def test_it_says_when_how_often_and_with_which_code() -> None:
    said = words(section(ROWS))
    assert "op 24 november 2026" in said
    assert "200 keer" in said
    assert "150.000 antwoorden" in said
    assert "versie abcd" in said


def test_what_is_not_met_stands_on_top_and_what_is_doubtful_is_no_success() -> None:
    soup = section(ROWS)
    assert "2 van de 4 eisen zijn gehaald." in words(soup)
    missed = [item.get_text() for item in soup.select("h3 + ul li")]
    assert len(missed) == 1
    assert "91,5% (onzekerheid 90,5% tot 92,5%; gewenst 93,0% tot 97,0%)" in missed[0]
    assert "Misschien niet gehaald: laat 1 eisen zien" in words(soup)


def test_power_and_bias_have_their_own_tables() -> None:
    soup = section(ROWS)
    found = lines(soup, "Hoe vaak vinden wij een echte verandering in een jaar?")
    assert [row[1:] for row in found] == [["41,0%", "30,0%", "0,0%"]]
    assert found[0][0].startswith("10 procentpunten")
    bias = next(t for t in soup.select("table") if t.caption and "waarheid als niet iedereen" in t.caption.get_text())
    assert [c.get_text() for c in bias.select("tbody tr")[0].select("td")][:2] == ["\u22125,19", "\u22125,04"]


def test_the_picture_tells_coverage_in_words_too() -> None:
    figure = page(ROWS).figures[0]
    assert figure.name == "coverage"
    assert "95,1%" in figure.alt
    assert "91,5%" in figure.alt
    assert [row[1].text for row in figure.table.rows] == ["95,1%", "91,5%"]


def test_a_survey_that_was_not_simulated_says_so() -> None:
    assert "nog niet uitgezocht" in words(section([]))
    assert not page([]).figures


def test_one_run_has_no_uncertainty_to_show() -> None:
    alone = rate("steady", "coverage", "interval", 1.0, **BAND, judgement="uncertain", runs=1)
    alone |= {"simulated_low": None, "simulated_high": None}
    assert "gewenst 93,0% tot 97,0%" in words(section([alone]))
