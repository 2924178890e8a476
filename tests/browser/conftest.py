"""A release of the small example, made once with the machine's own browser, and pages opened without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reports.browser import find_browser
from reports.inputs import ReportData
from reports.pages import HELD_BACK_FILE, area_page, index_page, methods_page, national_page, quality_page
from reports.render import render
from tests.unit.reports.factory import make_data
from tests.unit.reports.quality_rows import busy_month, expectation, field, mark

PAGES = {
    "entry": "index.html",
    "national": "national/index.html",
    "unit": "units/U1/index.html",
    "district": "districts/U1D1/index.html",
    "team": "teams/T1/index.html",
    "small team": "teams/T3/index.html",
    "quality": "quality/index.html",
    "methods": "methods/index.html",
}


@pytest.fixture(scope="session")
def executable() -> Path:
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium or Chrome on this machine: pages can't be opened here")
    return found


@pytest.fixture(scope="session")
def data() -> ReportData:
    outcomes = {("NL", "feedback", "year_earlier"): "higher", ("T1", "satisfaction", "nation"): "higher"}
    accounts = busy_month() | {
        "fieldwork": [field("channel", "desk"), field("all", "all"), field("all", "all", "month")],
        "marks": [
            mark("contacts_2026-09.csv", "excluded", "all", 30),
            mark("contacts_2026-09.csv", "excluded", "x", 30),
        ],
        "expectations": [
            expectation(
                "staging.contacts", "expect_column_values_to_be_unique", ("contact_id",), "a contact counts once"
            ),
            expectation(
                "marts.cells", "expect_column_values_to_be_between", ("n",), "too many", passed=False, unexpected=9
            ),
        ],
    }
    return make_data(outcomes, **{name: pd.DataFrame(rows) for name, rows in accounts.items()})


def pages_of(data: ReportData) -> list[Any]:
    areas = [area for area in data.current_areas if area[0] != data.survey.top.code]
    whole = [index_page(data), methods_page(data), national_page(data), quality_page(data)]
    return [*whole, *(area_page(data, *area) for area in areas)]


@pytest.fixture(scope="session")
def release(executable: Path, data: ReportData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release")
    render(pages_of(data), out, executable, workers=0)
    (out / HELD_BACK_FILE).write_text("Bestand;Rijnummer\n", "utf-8")  # a release writes it from its tables
    return out


@pytest.fixture(scope="session")
def live_release(executable: Path, data: ReportData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As on a machine without a browser: charts drawn when the page is opened."""
    out = tmp_path_factory.mktemp("live")
    render([national_page(data), area_page(data, "team", "T1")], out, None)
    return out


@pytest.fixture(scope="session")
def chromium(executable: Path) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a file with networking off; ``problems`` on the page collects console errors and requests elsewhere."""
    contexts = []

    def go(path: Path, width: int = 1000, height: int = 900, **options: Any) -> Any:
        context = chromium.new_context(offline=True, viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("console", lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("request", lambda r: page.problems.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        page.goto(path.as_uri(), wait_until="load")
        return page

    yield go
    for context in contexts:
        context.close()
