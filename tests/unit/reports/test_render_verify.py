"""The last look: a right release passes, and every planted mistake is found in the finished files."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.inputs import ReportData
from reports.pages import area_page, index_page, methods_page, national_page, quality_page
from reports.render import render
from reports.verify import verify_release
from tests.unit.reports.changed_method import changed, data_with
from tests.unit.reports.factory import make_data

TEAM = "teams/T1/index.html"


@pytest.fixture(scope="module")
def data() -> ReportData:
    return make_data()


@pytest.fixture(scope="module")
def release(data: ReportData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release")
    pages = [index_page(data), methods_page(data), national_page(data), quality_page(data)]
    pages += [area_page(data, level, code) for level, code in data.current_areas if level != "nation"]
    render(pages, out, None)
    return out


@pytest.fixture
def spoilt(release: Path, data: ReportData, tmp_path: Path) -> Callable[[str, Callable[[str], str]], list[str]]:
    """Change one page of a copy of the release and verify it."""

    def spoil(path: str, change: Callable[[str], str]) -> list[str]:
        shutil.copytree(release, tmp_path / "copy")
        target = tmp_path / "copy" / path
        before = target.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, "the planted mistake must change the page"
        target.write_text(after, encoding="utf-8")
        return verify_release(tmp_path / "copy", data)

    return spoil


Spoil = Callable[[str, Callable[[str], str]], list[str]]


def test_a_right_release_has_no_problems(release: Path, data: ReportData) -> None:
    assert verify_release(release, data) == []


def test_a_wrong_number_is_found(spoilt: Spoil) -> None:
    pattern = re.compile(r'(data-figure-id="[^"]+" data-part="estimate">)(\d+)%')
    problems = spoilt(TEAM, lambda html: pattern.sub(lambda m: f"{m[1]}{int(m[2]) + 1}%", html, count=1))
    assert any("should be" in problem for problem in problems)


def test_a_swapped_area_is_found(spoilt: Spoil, release: Path) -> None:
    other = (release / "teams/T5/index.html").read_text(encoding="utf-8")
    problems = spoilt(TEAM, lambda _: other)
    assert any("says it is about team T5" in problem for problem in problems)
    assert any("does not name 'Voorbeeldstad'" in problem for problem in problems)
    assert any("belongs to team T5" in problem for problem in problems)


def test_a_hidden_number_that_leaks_is_found(spoilt: Spoil, data: ReportData) -> None:
    hidden = data.estimates[(data.estimates["status"] == "hidden") & (data.estimates["area_code"] == "T3")]
    leak = f'<p><span data-figure-id="{hidden["figure_id"].iloc[0]}" data-part="estimate">60%</span></p></main>'
    problems = spoilt("teams/T3/index.html", lambda html: html.replace("</main>", leak))
    assert any("whose status is hidden" in problem for problem in problems)


def test_a_number_of_a_neighbour_is_found(spoilt: Spoil, data: ReportData) -> None:
    shown = data.estimates[(data.estimates["status"] == "published") & (data.estimates["area_code"] == "T6")].iloc[0]
    text = f"{round(shown['estimate'] * 100)}%"
    leak = f'<p><span data-figure-id="{shown["figure_id"]}" data-part="estimate">{text}</span></p></main>'
    problems = spoilt(TEAM, lambda html: html.replace("</main>", leak))
    assert any("belongs to team T6" in problem for problem in problems)


def test_an_invented_figure_is_found(spoilt: Spoil) -> None:
    invented = '<span data-figure-id="nowhere" data-part="estimate">71%</span></main>'
    problems = spoilt(TEAM, lambda html: html.replace("</main>", invented))
    assert any("is not published" in problem for problem in problems)


def test_another_figure_as_the_big_number_is_found(spoilt: Spoil) -> None:
    pattern = re.compile(r'(class="number-big"><span data-figure-id=")[^"]+')
    problems = spoilt(TEAM, lambda html: pattern.sub(r"\1nowhere", html))
    assert any("big number" in problem for problem in problems)


def test_after_a_change_of_the_method_the_big_number_must_be_that_of_the_newest_quarter(tmp_path: Path) -> None:
    data = data_with(changed("2026-07-01"))
    pages = [index_page(data), methods_page(data), national_page(data), quality_page(data)]
    pages += [area_page(data, level, code) for level, code in data.current_areas if level != "nation"]
    render(pages, tmp_path, None)
    assert verify_release(tmp_path, data) == []
    page = tmp_path / TEAM
    page.write_text(re.sub(r'(class="number-big"><span data-figure-id=")[^"]+', r"\1nowhere", page.read_text("utf-8")))
    assert any("big number" in problem for problem in verify_release(tmp_path, data))


def test_a_wrong_period_is_found(spoilt: Spoil) -> None:
    problems = spoilt(TEAM, lambda html: re.sub(r'(class="subtitle">[^<]*?)2026', r"\g<1>2027", html))
    assert any("does not name the period" in problem for problem in problems)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda html: re.sub(r'aria-label="[^"]*"></div>', 'aria-label=""></div>', html), "no alternative text"),
        (lambda html: re.sub(r"<figcaption>.*?</figcaption>", "", html, flags=re.S), "no caption"),
        (lambda html: re.sub(r"<details.*?</details>", "", html, flags=re.S), "no table"),
        (lambda html: html.replace('lang="nl"', 'lang="en"'), "language is 'en'"),
        (lambda html: re.sub(r"<meta http-equiv=[^>]*>", "", html), "content security policy"),
        (lambda html: html.replace("script-src ", "script-src https: "), "policy"),
        (lambda html: html.replace("</main>", '<p style="color:red">x</p></main>'), "the policy refuses"),
        (lambda html: html.replace("</main>", "<script>1</script></main>"), "the policy refuses"),
        (lambda html: html.replace("</main>", '<img src="https://example.org/x.png" alt="x"></main>'), "outside"),
        (lambda html: html.replace("</main>", '<img src="figures/none.svg" alt="x"></main>'), "not there"),
        (lambda html: html.replace("</main>", '<img src="figures/none.svg"></main>'), "without alternative text"),
        (lambda html: html.replace('href="style.css"', 'href="../../../style.css"'), "outside the release"),
        (lambda html: html.replace('href="#inhoud"', 'href="#nergens"'), "link to nothing"),
    ],
)
def test_a_page_out_of_form_is_found(spoilt: Spoil, change: Callable[[str], str], expected: str) -> None:
    problems = spoilt(TEAM, change)
    assert any(expected in problem for problem in problems), problems


def test_a_missing_page_and_a_page_of_nobody_are_found(release: Path, data: ReportData, tmp_path: Path) -> None:
    copy = shutil.copytree(release, tmp_path / "copy")
    shutil.move(copy / "teams/T6", copy / "teams/T9")
    problems = verify_release(copy, data)
    assert "teams/T6/index.html: the page is missing" in problems
    assert "teams/T9/index.html: no current area has this page" in problems
