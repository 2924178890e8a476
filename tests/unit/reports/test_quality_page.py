"""The account of what came in, as a reader without a terminal sees it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from reports.pages import quality_page
from tests.unit.reports.factory import make_data, make_english_data
from tests.unit.reports.quality_rows import busy_month, delivery, expectation, field, mark, profile


def page(**frames: list[dict[str, Any]]) -> BeautifulSoup:
    return BeautifulSoup(quality_page(make_data(**{k: pd.DataFrame(v) for k, v in frames.items()})).html, "html.parser")


def text_of(soup: BeautifulSoup | Tag, section: str) -> str:
    found = soup.find(id=section)
    assert found is not None, section
    return " ".join(found.get_text(" ").split())


def cells(soup: BeautifulSoup, selector: str) -> list[list[str]]:
    return [[" ".join(c.get_text(" ").split()) for c in row.select("th, td")] for row in soup.select(selector)]


def unfolded(soup: BeautifulSoup, file: str) -> Tag:
    return next(d for d in soup.select("#bestanden details.delivery") if d.select_one(".file").get_text() == file)


@pytest.fixture(scope="module")
def soup() -> BeautifulSoup:
    return page(**busy_month())


def test_every_row_is_accounted_for(soup: BeautifulSoup) -> None:
    assert "De aantallen kloppen voor alle bestanden" in text_of(soup, "bestanden")
    assert cells(soup, "#bestanden tfoot tr") == [["Samen", "2.100", "2.087", "2", "11", "0"]]
    assert "99,3%" in text_of(soup, "kort")


def test_what_asks_for_attention_stands_on_top_with_the_way_to_it(soup: BeautifulSoup) -> None:
    links = [(link["href"], link.get_text()) for link in soup.select("#kort ul a")]
    assert links == [
        ("#geweigerd", "1 bestand is niet gebruikt"),
        ("#waarschuwingen", "2 cijfers over de nieuwste maand zijn anders dan verwacht"),
        ("#bestanden", "Bij 2 bestanden is iets om naar te kijken"),
    ]
    assert all(soup.select_one(href) for href, _ in links)


def test_nothing_to_look_at_is_said_too() -> None:
    calm = page(deliveries=[delivery("a.csv", counts=(10, 10, 0, 0, 0))])
    assert "Er is niets bijzonders gevonden." in text_of(calm, "kort")


def test_an_account_that_does_not_add_up_is_said_loudly() -> None:
    wrong = page(deliveries=[delivery("contacts_2026-09.csv", counts=(1000, 900, 0, 10, 0))])
    assert "De aantallen kloppen niet voor: contacts_2026-09.csv" in text_of(wrong, "bestanden")
    assert "Bij 1 bestand kloppen de aantallen niet" in text_of(wrong, "kort")


def test_almost_everything_is_not_everything() -> None:
    nearly = page(deliveries=[delivery("contacts_2026-09.csv", counts=(100_000, 99_999, 0, 1, 0))])
    assert "99,9%" in text_of(nearly, "kort")


def test_a_refused_file_has_a_reason_and_a_remedy_as_text(soup: BeautifulSoup) -> None:
    refused = text_of(soup, "geweigerd")
    assert "De kolom <contact_id> ontbreekt." in refused
    assert "Lever opnieuw." in refused
    assert "telt niet dubbel" in refused


def test_reasons_are_added_up_over_files_and_sorted(soup: BeautifulSoup) -> None:
    assert cells(soup, "#redenen tbody tr") == [
        ["Onbekend kanaal", "Vraag na.", "7", "2"],
        ["Datum te laat", "Vraag na.", "4", "1"],
        ["Niet gesteld (alleen dit antwoord telt niet mee)", "Vraag na.", "9", "1"],
    ]


def test_the_rows_held_back_can_be_downloaded_where_there_are_any(soup: BeautifulSoup) -> None:
    assert soup.select_one('#redenen a[href="quarantine.csv"]')
    assert not page(deliveries=[delivery("a.csv", counts=(10, 10, 0, 0, 0))]).select_one("a[download]")


def test_files_to_look_at_come_first_then_the_newest(soup: BeautifulSoup) -> None:
    files = [summary.get_text() for summary in soup.select("#bestanden details.delivery > summary .file")]
    assert files == ["contacts_2026-09.csv", "contacts_2026-08.csv", "responses_2026-09.csv"]
    assert [d.select_one(".file").get_text() for d in soup.select("#bestanden details.odd")] == files[:2]


def test_a_file_unfolds_to_its_own_account_with_rows_and_reasons(soup: BeautifulSoup) -> None:
    file = unfolded(soup, "contacts_2026-09.csv")
    account = [[c.get_text() for c in row.select("th, td")] for row in file.select("table.account tbody tr")]
    assert account == [
        ["Gelezen rijen", "1.000"],
        ["Gebruikt", "988"],
        ["waarvan contacten zonder antwoord", "700"],
        ["Vervangen", "2"],
        ["waarvan ingetrokken door de bron", "2"],
        ["Apart gezet", "10"],
        ["Gewist", "0"],
    ]
    told = " ".join(file.get_text(" ").split())
    assert "rij 12, 40–43, 51" in told
    assert "rij 1, 3, 5, 7 en verder" in told
    assert "Vergeleken met 12 maanden ervoor: 3 cijfers bekeken." in told


def test_many_files_are_folded_by_year() -> None:
    months = [dt.date(2024 + m // 12, m % 12 + 1, 1) for m in range(30)]
    many = page(
        deliveries=[delivery(f"c_{m}.csv", counts=(9, 9, 0, 0, 0), month=m, sequence=n) for n, m in enumerate(months)]
    )
    years = many.select("#bestanden details.year")
    assert [year.summary.get_text() for year in years] == [
        "2026: 6 bestanden",
        "2025: 12 bestanden",
        "2024: 12 bestanden",
    ]
    assert [year.has_attr("open") for year in years] == [True, False, False]


def test_rows_that_vanished_and_many_held_back_are_pointed_at() -> None:
    odd = page(
        deliveries=[
            delivery("a.csv", counts=(100, 94, 0, 6, 0)),
            delivery("b.csv", counts=(100, 100, 0, 0, 0), rows_vanished=12, sequence=2),
        ]
    )
    assert "6,0% apart gezet" in text_of(odd, "bestanden")
    assert "12 rijen ontbreken in de nieuwste levering" in text_of(odd, "bestanden")


def test_a_warning_says_what_was_seen_and_what_was_expected(soup: BeautifulSoup) -> None:
    newest = cells(soup, "#waarschuwingen > table tbody tr")
    assert newest == [
        ["contacts_2026-09.csv september 2026", "Aantal rijen", "1.000 (lager)", "1.490 tot 2.011"],
        [
            "contacts_2026-09.csv september 2026",
            "Deel van de contacten via: Politiebureau",
            "te weinig om te tonen (lager)",
            "12,3% tot 30,0%",
        ],
    ]
    assert "Laat 1 waarschuwingen over eerdere maanden zien" in text_of(soup, "waarschuwingen")


def test_too_short_a_history_is_said() -> None:
    short = page(
        deliveries=[delivery("a.csv", counts=(10, 10, 0, 0, 0))],
        profile=[
            profile("a.csv", "rows", expected_low=None, expected_high=None, status="short_history", history_months=2)
        ],
    )
    assert "nog te weinig maanden om mee te vergelijken" in text_of(short, "waarschuwingen")
    assert "Nog niet vergeleken" in text_of(short, "bestanden")


def test_an_older_file_of_a_month_says_with_which_it_was_compared() -> None:
    two = page(
        deliveries=[
            delivery("a.csv", counts=(9, 9, 0, 0, 0)),
            delivery("b.csv", counts=(9, 9, 0, 0, 0), sequence=2),
        ],
        profile=[profile("b.csv", "rows")],
    )
    assert "samen met b.csv vergeleken" in unfolded(two, "a.csv").get_text()


def test_what_stays_out_of_the_figures_has_reason_and_count() -> None:
    marked = page(
        deliveries=[delivery("a.csv", counts=(99, 99, 0, 0, 0)), delivery("b.csv", counts=(9, 9, 0, 0, 0))],
        marks=[
            mark("a.csv", "excluded", "all", 43), mark("a.csv", "excluded", "young", 30, "Jonger dan 16"),
            mark("b.csv", "excluded", "all", None), mark("b.csv", "excluded", "young", None, "Jonger dan 16"),
            mark("a.csv", "flagged", "all", 12), mark("a.csv", "flagged", "speeder", 12),
        ],
    )  # fmt: skip
    assert cells(marked, "#buiten tbody tr") == [
        ["Jonger dan 16. Omdat young.", "30", "1"],
        ["Omdat speeder.", "12", "0"],
    ]
    tables = unfolded(marked, "a.csv").select("table.account")
    assert [table.caption.get_text() for table in tables[1:]] == [
        "Blijven buiten de cijfers",
        "Tellen mee, maar kijk ernaar",
    ]
    assert "Samen buiten de cijfers –" in " ".join(unfolded(marked, "b.csv").get_text(" ").split())


def test_invitations_and_answers_stand_per_channel_in_the_order_of_the_contract() -> None:
    hidden = dict.fromkeys(("contacts", "invited", "responses", "unanswered", "response_rate", "lead_days_mean"))
    shown = page(
        deliveries=[delivery("r.csv", counts=(9, 8, 0, 1, 0), rows_without_contact=1)],
        fieldwork=[
            field("channel", "desk"), field("channel", "tel_0900", **hidden), field("all", "all"),
            field("all", "all", "month", closed=False), field("all", "all", "month", period_start=dt.date(2026, 8, 1)),
        ],
    )  # fmt: skip
    channels = cells(shown, "#respons > .scroll tbody tr")
    assert [row[0] for row in channels] == ["0900-8844", "Politiebureau", "Alle contacten"]
    assert channels[1] == ["Politiebureau", "500", "100", "400", "80", "320", "20%", "7,0", "3,0"]
    assert set(channels[0][1:]) == {"–", "100", "3,0"}
    months = [row[0] for row in cells(shown, "#respons details tbody tr")]
    assert months == ["september 2026 (er komen nog antwoorden)", "augustus 2026"]
    assert "1 antwoorden horen bij geen bekend contact" in text_of(shown, "respons")


def test_every_expectation_is_said_in_words_with_its_outcome() -> None:
    limit = "more than one row in twenty held back: something changed at the source"
    checked = page(
        expectations=[
            expectation("staging.contacts", "expect_column_values_to_be_unique", ("contact_id",), "it counts once"),
            expectation(
                "staging.delivery_accounts", "expect_column_values_to_be_between", ("share_quarantined",), limit,
                severity="plausible", passed=False, unexpected=5,
            ),
        ],
    )  # fmt: skip
    found = text_of(checked, "controles")
    assert "Geslaagd 1 Waarschuwing 1 Niet geslaagd 0" in found
    assert "‘Contact’ komt nooit twee keer voor." in found
    assert "‘Aandeel tegengehouden’ ligt tussen 0 en 0,05." in found
    assert "5 (0,3%) Waarschuwing" in found
    tables = checked.select("#controles details.delivery")
    assert [table.select_one(".file").get_text() for table in tables] == [
        "staging.delivery_accounts",
        "staging.contacts",
    ]
    assert [row[1] for row in cells(checked, "#controles > table tbody tr")] == ["staging.delivery_accounts"]
    assert "1 controle geeft een waarschuwing" in text_of(checked, "kort")


def test_checks_without_their_expectations_are_counted() -> None:
    checks = [
        {"table_name": "staging.contacts", "check": "contract", "passed": True, "severity": "contract"},
        {"table_name": "marts.cells", "check": "plausible", "passed": False, "severity": "plausible"},
    ]
    assert "Geslaagd 1 Waarschuwing 1 Niet geslaagd 0" in text_of(page(checks=checks), "controles")


def test_changes_of_the_method_are_listed_with_cause_and_consequence() -> None:
    change = {
        "break_date": dt.date(2026, 7, 1),
        "item": "all",
        "cause": "mode",
        "status": "break",
        "reason": "Nu per mail.",
    }
    wording = {"break_date": dt.date(2026, 1, 1), "item": "satisfaction", "cause": "wording", "status": "same_meaning"}
    found = cells(page(breaks=[wording | {"reason": "Komma weg."}, change]), "#breuken tbody tr")
    assert found == [
        [
            "1 juli 2026",
            "Alle vragen",
            "Andere manier van uitnodigen. Nu per mail.",
            "Niet te vergelijken met ervoor",
        ],
        [
            "1 januari 2026",
            "Tevreden over het contact",
            "Andere vraagtekst. Komma weg.",
            "Zonder gevolgen voor de cijfers",
        ],
    ]


def test_thresholds_of_the_contract_are_printed(soup: BeautifulSoup) -> None:
    assert "Minder antwoorden dan dit, dan tonen wij niets 10" in text_of(soup, "grenzen")


def test_contacts_without_an_area_are_counted_not_dropped() -> None:
    row = {"level": "nation", "window": "four_quarters", "period_start": dt.date(2025, 10, 1), "contacts": 9000}
    told = quality_page(make_data(coverage=pd.DataFrame([{**row, "unallocated": 120}]))).html
    assert "120 van de 9.000 contacten horen bij geen bekend gebied" in told
    hidden = quality_page(make_data(coverage=pd.DataFrame([{**row, "unallocated": None}]))).html
    assert "staat in de tabel" in hidden


def test_every_table_has_a_caption_and_scopes(soup: BeautifulSoup) -> None:
    for table in soup.select("table"):
        assert table.caption is not None and table.caption.get_text().strip()
        assert all(head.get("scope") for head in table.select("th"))


def test_an_empty_house_has_a_quality_page_too() -> None:
    html = quality_page(make_data()).html
    assert "Er zijn nog geen bestanden gelezen" in html
    assert "Er zijn nog geen controles uitgevoerd" in html
    assert "No files have been read yet" in quality_page(make_english_data()).html
