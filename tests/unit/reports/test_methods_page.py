"""The methods page: every formula with its meaning, thresholds of the contract, and what the release did."""

from __future__ import annotations

import datetime as dt
import string
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup, Tag

from assets.statistics import comparison, gates, uniformity, xmr
from expectations.verdicts.rules import sentence_rules
from reports.formulas import formulas
from reports.inputs import ReportData
from reports.methods import values
from reports.methods_page import PARTS, methods_page
from reports.words import catalogue
from tests.unit.reports.factory import contract, make_data, make_english_data


@cache
def release() -> ReportData:
    """Made once: the page reads only what a test changes."""
    return make_data()


def page(**changes: Any) -> BeautifulSoup:
    return BeautifulSoup(methods_page(replace(release(), **changes)).html, "html.parser")


def part(soup: BeautifulSoup, name: str) -> Tag:
    found = soup.find(id=name)
    assert isinstance(found, Tag), name
    return found


def rows(found: Tag, caption: str) -> list[list[str]]:
    table = next(t for t in found.select("table") if t.caption is not None and t.caption.get_text() == caption)
    return [[cell.get_text() for cell in row.select("th, td")] for row in table.select("tbody tr")]


def test_every_formula_stands_on_the_page_once_with_what_it_means() -> None:
    assert sorted(name for names in PARTS.values() for name in names) == sorted(formulas())
    soup = page()
    assert [math["alttext"] for math in soup.select("dl.formulas math")] == [
        formulas()[name].line for names in PARTS.values() for name in names
    ]
    assert all(entry.get_text().strip() for entry in soup.select("dl.formulas dt"))


def test_every_text_of_the_page_is_used() -> None:
    """A part, a formula, a threshold or a condition that is renamed leaves no words behind."""
    told = {key.split(".")[1] for key in catalogue("nl") if key.startswith("methods.") and key.count(".") == 2}
    lists = {"threshold", "condition", "among", "family", "input", "limit", "dimension", "formula"}
    assert told == set(PARTS) | {"brief"} | lists
    named = {key.removeprefix("methods.formula.") for key in catalogue("nl") if key.startswith("methods.formula.")}
    assert named == set(formulas())
    conditions = [one for rule in sentence_rules() for one in rule.conditions]
    limits = {one.limit for one in conditions if not one.among if isinstance(one.limit, str)}
    assert {key.rsplit(".", 1)[1] for key in catalogue("nl") if key.startswith("methods.limit.")} == limits


def test_every_part_can_be_reached_from_the_top_and_the_page_from_the_way_in() -> None:
    soup = page()
    assert [link["href"] for link in soup.select("ul.contents a")] == [f"#{name}" for name in PARTS]
    assert all(soup.find(id=name) for name in PARTS)
    addresses = {str(link["href"]) for link in soup.select("main a[href]")}
    assert {address for address in addresses if not address.startswith("#")} == {"../quality/index.html"}


def test_numbers_in_the_text_are_those_of_the_contract() -> None:
    stricter = contract().model_copy(
        update={"thresholds": contract().thresholds.model_copy(update={"minimum_n": 12, "false_discovery_rate": 0.05})}
    )
    soup = page(survey=stricter)
    assert "Onder 12 antwoorden staat nergens een getal" in part(soup, "thresholds").get_text()
    assert ["Antwoorden waaronder niets wordt getoond", "12"] in rows(
        part(soup, "thresholds"), "Drempels uit het meetplan"
    )
    assert "onder 5%" in part(soup, "changes").get_text()
    assert "q-waarde is hoogstens 5%" in part(soup, "sentences").get_text()
    assert not [text for text in soup.stripped_strings if any(f for _, f, _, _ in string.Formatter().parse(text) if f)]


def test_fixed_numbers_are_those_of_the_code() -> None:
    lines = " ".join(one.line for one in formulas().values())
    for number, decimals in (
        (comparison.FUNNEL_LIMIT, 2), (comparison.NORMAL_95, 2), (comparison.NORMAL_POWER, 2),
        (xmr.TO_LIMITS, 2), (uniformity.NORMAL_90, 4),
    ):  # fmt: skip
        assert f"{number:.{decimals}f}" in lines
    texts = catalogue("en")
    assert values.ALIKE_BELOW == gates.GROUP_DISCLOSURE_BELOW
    assert f"{xmr.LARGEST_RANGE:g} times" in texts["methods.charts.text2"]
    assert f"At least {xmr.FEWEST_FOR_VERDICT} points" in texts["methods.charts.text3"]
    assert texts["methods.limit.fewest_points"] == str(xmr.FEWEST_FOR_VERDICT)
    assert float(texts["methods.limit.single_test"]) == comparison.SINGLE_TEST


def test_what_the_release_did_stands_beside_the_rules() -> None:
    quarter = {"level": "nation", "responses": 11464, "margin_set": 1, "factor_min": 0.41, "factor_max": 2.3}
    quarter |= {"design_effect": 1.213, "weighting_shift": -0.0123}
    weighting = [{**quarter, "quarter": dt.date(2026, start, 1)} for start in (4, 7)]
    weighting.append({**quarter, "quarter": dt.date(2026, 7, 1), "level": "team"})
    counts = [{"rule_id": "year_earlier.changed", "figures": 167, "allowed": 3}]
    soup = page(weighting=pd.DataFrame(weighting), verdicts=pd.DataFrame(counts))
    assert rows(part(soup, "weights"), "Weging per kwartaal, hele gebied") == [
        [f"K{number} 2026", "11.464", "1", "0,41–2,30", "1,21", "−1,2"] for number in (3, 2)
    ]
    changed, *others = rows(part(soup, "sentences"), "Vergeleken met een jaar eerder")
    assert changed[2] == "3 van 167"
    assert {row[2] for row in others} == {"–"}, "what a release does not tell is not invented"


def test_the_steps_of_the_ladder_are_counted_with_the_width_of_their_ranges() -> None:
    speaks = [
        ("quarter", 0.08, 0.08),
        ("four_quarters", 0.10, 0.19),
        ("four_quarters", 0.12, 0.21),
        ("parent", 0.05, None),
    ]
    steps = [
        {"area_code": f"T{n}", "measure": "positive", "rung": rung, "width": width, "quarter_width": quarter}
        for n, (rung, width, quarter) in enumerate(speaks)
    ]
    assert rows(part(page(rungs=pd.DataFrame(steps)), "ladder"), "Treden van de gebieden op het laagste niveau") == [
        ["kwartaal", "1", "8,0", "8,0"],
        ["vier kwartalen", "2", "11,0", "20,0"],
        ["gebied erboven", "1", "5,0", "–"],
    ]
    assert not part(page(), "ladder").select("table"), "without steps there is no empty table"


def test_every_sentence_stands_with_its_conditions() -> None:
    found = [cell for table in part(page(), "sentences").select("table") for cell in table.select("tbody th")]
    assert len(found) == len(sentence_rules())
    said = part(page(), "sentences").get_text()
    assert "grootte van het verschil is minstens het kleinste verschil dat telt" in said
    assert "nooit" in said


def test_a_survey_that_does_not_weight_says_so_and_shows_no_formulas_of_weights() -> None:
    soup = BeautifulSoup(methods_page(make_english_data()).html, "html.parser")
    assert "every answer counts the same" in part(soup, "weights").get_text()
    assert not part(soup, "weights").select("math, table")
    assert part(soup, "variance").select("math")


def test_the_page_shows_no_figure_of_any_area() -> None:
    assert not page().select("[data-figure-id]")
