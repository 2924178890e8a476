"""Writing pages: complete folders, copies where nothing changed, and a way on without a browser."""

import dataclasses
from pathlib import Path

import pytest

from reports.browser import BROWSER_VARIABLE, find_browser, working_browser
from reports.figure import Cell, DataTable, Figure
from reports.page import Page, environment
from reports.render import live_html, render, without_file_links
from reports.words import Words

TEMPLATE = (
    '{% from "macros.html" import figure_body %}<!DOCTYPE html><html lang="nl"><head><title>{{ title }}</title></head>'
    '<body><p class="pdf-link" data-pdf><a href="rapport.pdf">PDF</a></p><a href="../../index.html">terug</a>'
    "{% for figure in figures %}{{ figure_body(figure, w) }}{% endfor %}</body></html>"
)


def drawing(width: int) -> dict[str, object]:
    trace = {"type": "scatter", "x": [1, 2], "y": [0.7, 0.71]}
    return {"data": [trace], "layout": {"width": width, "height": 200, "template": None}}


def page(code: str, text: str = "71%") -> Page:
    table = DataTable("Cijfers", ("Naam", "Tevreden"), ((Cell("Sneek"), Cell(text)),))
    figure = Figure("trend", "Titel", "Zo leest u dit.", f"Tevreden: {text}", table, drawing(704), drawing(358))
    html = environment().from_string(TEMPLATE).render(title=code, figures=(figure,), w=Words("nl"))
    return Page(f"teams/{code}/index.html", f"Basisteam {code}", html, (figure,), print_pdf=True)


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_without_a_browser_pages_get_live_charts_and_one_line_says_so(tmp_path: Path) -> None:
    report = render([page("T1"), page("T2")], tmp_path, None)
    html = (tmp_path / "teams/T1/index.html").read_text(encoding="utf-8")
    assert (report.pages, report.pictures, report.pdfs, report.live) == (2, 0, 0, True)
    assert report.notice
    assert "\n" not in report.notice
    assert 'data-charts="live"' in html
    assert 'aria-label="Tevreden: 71%"' in html
    assert "<img" not in html
    assert "rapport.pdf" not in html
    assert (tmp_path / "assets/plotly.min.js").stat().st_size > 1_000_000


def test_every_folder_has_its_own_style_sheet(tmp_path: Path) -> None:
    render([page("T1")], tmp_path, None)
    assert (tmp_path / "teams/T1/style.css").is_file()


def test_an_unchanged_page_is_copied_and_a_changed_one_made_again(tmp_path: Path) -> None:
    render([page("T1"), page("T2")], tmp_path / "a", None)
    report = render([page("T1"), page("T2", "72%")], tmp_path / "b", None, previous=tmp_path / "a")
    assert (report.reused, report.drawn) == (1, 1)
    assert "72%" in (tmp_path / "b/teams/T2/index.html").read_text(encoding="utf-8")


def test_two_runs_are_byte_identical_whether_copied_or_made(tmp_path: Path) -> None:
    render([page("T1")], tmp_path / "a", None)
    render([page("T1")], tmp_path / "b", None)
    render([page("T1")], tmp_path / "c", None, previous=tmp_path / "a")
    assert files(tmp_path / "a") == files(tmp_path / "b") == files(tmp_path / "c")


def test_a_store_of_pages_grows_and_keeps_what_has_not_changed(tmp_path: Path) -> None:
    render([page("T1")], tmp_path, None)
    render([page("T2")], tmp_path, None, previous=tmp_path)
    written = (tmp_path / "teams/T1/index.html").stat().st_mtime_ns
    report = render([page("T1"), page("T2"), page("T3")], tmp_path, None, previous=tmp_path)
    assert (report.pages, report.reused, report.drawn) == (3, 2, 1)
    assert (tmp_path / "teams/T1/index.html").stat().st_mtime_ns == written


def test_a_file_that_someone_changed_is_not_passed_on(tmp_path: Path) -> None:
    render([page("T1")], tmp_path / "a", None)
    (tmp_path / "a/teams/T1/index.html").write_text("anders", encoding="utf-8")
    report = render([page("T1")], tmp_path / "b", None, previous=tmp_path / "a")
    assert report.reused == 0
    assert "71%" in (tmp_path / "b/teams/T1/index.html").read_text(encoding="utf-8")


def test_a_damaged_or_absent_ledger_only_costs_time(tmp_path: Path) -> None:
    render([page("T1")], tmp_path / "a", None)
    (tmp_path / "a/assets/render.json").write_text("{", encoding="utf-8")
    assert render([page("T1")], tmp_path / "b", None, previous=tmp_path / "a").drawn == 1
    assert render([page("T1")], tmp_path / "c", None, previous=tmp_path / "nowhere").drawn == 1


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "teams/T1"
    folder.mkdir(parents=True)
    (folder / "left-over.svg").write_text("old", encoding="utf-8")
    render([page("T1")], tmp_path, None)
    assert not (folder / "left-over.svg").exists()
    assert not list(tmp_path.rglob(".page-*"))


def test_the_page_in_the_root_leaves_the_rest_alone(tmp_path: Path) -> None:
    front = dataclasses.replace(page("T1"), path="index.html", figures=(), print_pdf=False)
    render([page("T2"), front], tmp_path, None)
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "teams/T2/index.html").is_file()


def test_two_pages_with_one_path_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two pages"):
        render([page("T1"), page("T1")], tmp_path, None)


def test_progress_is_told_after_every_page(tmp_path: Path) -> None:
    seen: list[tuple[int, str]] = []
    render([page("T1"), page("T2")], tmp_path, None, progress=lambda done, known, path: seen.append((done, path)))
    assert seen == [(1, "teams/T1/index.html"), (2, "teams/T2/index.html")]


def test_print_has_no_links_into_this_machine() -> None:
    html = '<a class="x" href="../../index.html">a</a><a href="#kort">b</a><a href="mailto:x@example.org">c</a>'
    assert without_file_links(html) == '<a class="x">a</a><a href="#kort">b</a><a href="mailto:x@example.org">c</a>'


def test_the_alternative_text_stays_escaped_in_a_live_page() -> None:
    html = live_html('<html lang="nl"><picture><source><img src="a" alt="1 &lt; 2 &amp; &#34;x&#34;"></picture>')
    assert 'aria-label="1 &lt; 2 &amp; &#34;x&#34;"' in html


def test_a_named_browser_that_is_not_there_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, "no-such-browser")
    assert find_browser() is None


def test_a_browser_that_does_not_start_counts_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv(BROWSER_VARIABLE, str(broken))
    working_browser.cache_clear()
    assert find_browser() == broken
    assert working_browser() is None
    working_browser.cache_clear()
