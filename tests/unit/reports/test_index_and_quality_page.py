"""The way in, and the account of what came in."""

import datetime as dt
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from reports.pages import index_page, quality_page
from tests.unit.reports.factory import make_data, make_english_data


def delivery(
    name: str, status: str = "taken", counts: tuple[int, ...] = (0, 0, 0, 0, 0), **more: object
) -> dict[str, object]:
    names = ("rows_read", "rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased")
    base = {"file_name": name, "source": "contacts", "kind": "contacts", "month": dt.date(2026, 9, 1), "message": None}
    return {**base, "status": status, **dict(zip(names, counts, strict=True)), **more}


@pytest.fixture(scope="module")
def soup() -> BeautifulSoup:
    deliveries = [
        delivery("contacts_2026-09.csv", counts=(1000, 988, 2, 10, 0)),
        delivery("responses_2026-09.csv", counts=(200, 199, 0, 1, 0), kind="responses"),
        delivery(
            "contacts_2026-10.csv", "refused", message="De kolom <contact_id> ontbreekt.", remedy="Lever opnieuw."
        ),
        delivery("contacts_2026-09 (1).csv", "repeat"),
    ]
    reasons = [
        {
            "file_name": f,
            "source": "contacts",
            "rule_id": r,
            "reason": r,
            "remedy": "Vraag na.",
            "rows": n,
            "first_row": 1,
        }
        for f, r, n in (("a.csv", "Onbekend kanaal", 2), ("b.csv", "Onbekend kanaal", 5), ("a.csv", "Datum te laat", 4))
    ]
    checks = [
        {"table_name": "staging.contacts", "check": "contract", "passed": True, "severity": "contract"},
        {"table_name": "marts.cells", "check": "plausible", "passed": False, "severity": "plausible"},
    ]
    data = make_data(
        deliveries=pd.DataFrame(deliveries),
        quality=pd.DataFrame(reasons),
        checks=pd.DataFrame([{**check, "failed_expectations": 1, "evaluated": 8} for check in checks]),
    )
    return BeautifulSoup(quality_page(data).html, "html.parser")


def text_of(soup: BeautifulSoup, section: str) -> str:
    found = soup.find(id=section)
    assert found is not None
    return " ".join(found.get_text(" ").split())


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


def test_every_row_is_accounted_for(soup: BeautifulSoup) -> None:
    assert "De aantallen kloppen voor alle bestanden" in text_of(soup, "bestanden")
    total = [cell.get_text() for cell in soup.select("tfoot td")]
    assert total == ["1.200", "1.187", "2", "11", "0"]
    assert "98,9%" in text_of(soup, "kort")


def test_an_account_that_does_not_add_up_is_said_loudly() -> None:
    wrong = pd.DataFrame([delivery("contacts_2026-09.csv", counts=(1000, 900, 0, 10, 0))])
    page = BeautifulSoup(quality_page(make_data(deliveries=wrong)).html, "html.parser")
    assert "De aantallen kloppen niet voor: contacts_2026-09.csv" in text_of(page, "bestanden")


def test_almost_everything_is_not_everything() -> None:
    nearly = pd.DataFrame([delivery("contacts_2026-09.csv", counts=(100_000, 99_999, 0, 1, 0))])
    page = BeautifulSoup(quality_page(make_data(deliveries=nearly)).html, "html.parser")
    assert "99,9%" in text_of(page, "kort")


def test_a_refused_file_has_a_reason_and_a_remedy_as_text(soup: BeautifulSoup) -> None:
    refused = text_of(soup, "geweigerd")
    assert "De kolom <contact_id> ontbreekt." in refused
    assert "Lever opnieuw." in refused
    assert "telt niet dubbel" in refused


def test_reasons_are_added_up_over_files_and_sorted(soup: BeautifulSoup) -> None:
    rows = [[c.get_text() for c in row.select("th, td")] for row in soup.select("#redenen tbody tr")]
    assert rows == [["Onbekend kanaal", "Vraag na.", "7", "2"], ["Datum te laat", "Vraag na.", "4", "1"]]


def test_checks_are_counted_and_open_ones_shown(soup: BeautifulSoup) -> None:
    found = text_of(soup, "controles")
    assert "Geslaagd 1 Waarschuwing 1 Niet geslaagd 0" in found
    assert "marts.cells plausible Waarschuwing 1 van de 8 eisen" in found


def test_thresholds_of_the_contract_are_printed(soup: BeautifulSoup) -> None:
    assert "Minder antwoorden dan dit, dan tonen wij niets 10" in text_of(soup, "grenzen")


def test_contacts_without_an_area_are_counted_not_dropped() -> None:
    row = {"level": "nation", "window": "four_quarters", "period_start": dt.date(2025, 10, 1), "contacts": 9000}
    told = quality_page(make_data(coverage=pd.DataFrame([{**row, "unallocated": 120}]))).html
    assert "120 van de 9.000 contacten horen bij geen bekend gebied" in told
    hidden = quality_page(make_data(coverage=pd.DataFrame([{**row, "unallocated": None}]))).html
    assert "staat in de tabel" in hidden


def test_an_empty_house_has_a_quality_page_too() -> None:
    html = quality_page(make_data()).html
    assert "Er zijn nog geen bestanden gelezen" in html
    assert "Er zijn nog geen controles uitgevoerd" in html
