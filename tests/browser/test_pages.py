"""Pages as readers open them: from a disk, without a network, with a mouse, on a phone, on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.inputs import ReportData
from reports.pages import area_page
from reports.pdf import describe_pdf
from reports.render import render
from reports.verify import verify_release
from tests.browser.conftest import PAGES

pytestmark = pytest.mark.browser
Visit = Callable[..., Any]
HOVERED = ".chart-live .main-svg"


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_a_page_opens_without_network_and_without_a_complaint(release: Path, visit: Visit, path: str) -> None:
    page = visit(release / path)
    assert page.locator("h1").inner_text()
    broken = page.evaluate("[...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.src)")
    assert broken == []
    assert page.problems == []


def test_the_finished_release_passes_its_last_check(release: Path, data: ReportData) -> None:
    assert verify_release(release, data) == []


@pytest.mark.parametrize("path", ["national/index.html", "teams/T1/index.html"])
def test_a_mouse_turns_every_picture_into_a_chart_of_the_same_size(release: Path, visit: Visit, path: str) -> None:
    page = visit(release / path)
    frames = page.locator("[data-figure]")
    assert frames.count() > 2
    for position in range(frames.count()):
        frame = frames.nth(position)
        before = frame.locator("img").bounding_box()
        frame.hover()
        frame.locator(HOVERED).first.wait_for(timeout=10_000)
        after = frame.locator(".chart-live").bounding_box()
        assert abs(before["width"] - after["width"]) <= 1
        assert abs(before["height"] - after["height"]) <= 1
        assert frame.locator(".chart-live").get_attribute("aria-label")
    assert page.problems == [], "the content security policy allows all the library does"


def test_there_is_no_button_that_sends_anything_anywhere(release: Path, visit: Visit) -> None:
    page = visit(release / "teams/T1/index.html")
    frame = page.locator("[data-figure]").first
    frame.hover()
    frame.locator(HOVERED).first.wait_for(timeout=10_000)
    assert page.locator(".modebar, .modebar-btn").count() == 0
    text = page.content().lower()
    assert "share chart" not in text
    assert "plotly.com" not in text


def test_a_tooltip_says_what_the_picture_shows(release: Path, visit: Visit) -> None:
    page = visit(release / "national/index.html")
    frame = page.locator('[data-figure="trend"]')
    frame.hover()
    frame.locator(HOVERED).first.wait_for(timeout=10_000)
    point = frame.locator(".points path.point").nth(2).bounding_box()
    page.mouse.move(point["x"] - 30, point["y"] - 30)
    page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2, steps=4)
    page.locator(".hoverlayer .hovertext").first.wait_for(timeout=5_000)
    found = " ".join(page.locator(".hoverlayer .hovertext").all_text_contents())
    assert "kwartaal" in found
    assert "%" in found


def test_print_and_a_narrower_window_bring_the_pictures_back(release: Path, visit: Visit) -> None:
    page = visit(release / "teams/T1/index.html")
    frame = page.locator("[data-figure]").first
    frame.hover()
    frame.locator(HOVERED).first.wait_for(timeout=10_000)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert frame.locator("img").is_visible()
    assert page.locator(HOVERED).count() == 0


def test_a_page_handed_over_alone_still_shows_everything(release: Path, visit: Visit, tmp_path: Path) -> None:
    import shutil

    alone = shutil.copytree(release / "teams/T1", tmp_path / "alone")
    page = visit(alone / "index.html")
    page.locator("[data-figure]").first.hover()
    assert page.evaluate("[...document.images].every(i => i.naturalWidth > 0)")
    assert all("hover.js" in problem or "ERR_FILE_NOT_FOUND" in problem for problem in page.problems)


def test_without_a_script_nothing_is_missing(release: Path, visit: Visit) -> None:
    page = visit(release / "national/index.html", java_script_enabled=False)
    assert page.locator("[data-figure] img").first.is_visible()


def test_a_phone_gets_pictures_only(release: Path, visit: Visit) -> None:
    page = visit(release / "teams/T1/index.html", width=390, has_touch=True, is_mobile=True)
    page.locator("[data-figure]").first.tap()
    assert page.locator(".chart-live").count() == 0
    assert "-358.svg" in page.locator("[data-figure] img").first.evaluate("image => image.currentSrc")


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_nothing_makes_the_page_scroll_sideways(release: Path, visit: Visit, path: str, width: int) -> None:
    page = visit(release / path, width=width)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["national/index.html", "teams/T1/index.html"])
def test_charts_are_drawn_at_once_where_there_are_no_pictures(live_release: Path, visit: Visit, path: str) -> None:
    page = visit(live_release / path)
    places = page.locator("[data-chart-place]").count()
    page.wait_for_function(f"document.querySelectorAll('.chart-live').length === {places}", timeout=20_000)
    page.locator(HOVERED).last.wait_for(timeout=10_000)
    assert page.problems == []


def test_live_charts_fit_a_phone(live_release: Path, visit: Visit) -> None:
    page = visit(live_release / "teams/T1/index.html", width=390)
    page.locator(HOVERED).last.wait_for(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["national", "teams/T1", "units/U2"])
def test_the_pdf_is_tagged_and_leads_nowhere_on_this_machine(release: Path, path: str) -> None:
    facts = describe_pdf((release / path / "rapport.pdf").read_bytes())
    assert facts["tagged"]
    assert facts["outline"]
    assert facts["language"] == "nl"
    assert facts["title"]
    assert facts["pages"] <= 14
    assert not [link for link in facts["links"] if link.startswith("file:")]


def test_drawing_again_in_other_processes_gives_the_same_bytes(
    release: Path, executable: Path, data: ReportData, tmp_path: Path
) -> None:
    pages = [area_page(data, "team", "T4"), area_page(data, "team", "T1"), area_page(data, "unit", "U2")]
    render(pages, tmp_path, executable, workers=2)
    for page in pages:
        folder = Path(page.path).parent
        for path in sorted((tmp_path / folder).rglob("*.*")):
            again, first = path.read_bytes(), (release / folder / path.relative_to(tmp_path / folder)).read_bytes()
            assert again == first, path.name


def test_unchanged_pages_with_pictures_are_copied(
    release: Path, executable: Path, data: ReportData, tmp_path: Path
) -> None:
    report = render([area_page(data, "team", "T1")], tmp_path, executable, workers=0, previous=release)
    assert (report.reused, report.drawn, report.pdfs) == (1, 0, 1)
