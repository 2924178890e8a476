"""Figures: valid for Plotly, readable on a phone, complete without seeing them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import plotly.graph_objects as go
import pytest

from reports import theme
from reports.area_context import AreaContext
from reports.figure import DataTable, Figure, script_json
from reports.figures.canvas import Canvas, plain, wrapped
from reports.figures.composition import Part, composition
from reports.figures.dot_range import Frame, Look, Row, dot_range
from reports.figures.scales import close_scale, row_scale
from reports.figures.trend import Course, stretches, trend
from reports.pages import area_page
from reports.words import Words
from tests.unit.reports.factory import make_data, make_english_data
from tests.unit.reports.rows import estimate, hidden, row

WORDS = Words("nl")
Golden = Callable[[str, Any], None]


def quarters(values: list[float | None], half: float = 0.06) -> tuple[Any, ...]:
    """Quarters from the last of 2023 on."""
    found = []
    for index, value in enumerate(values):
        start = dt.date(2023 + (index + 3) // 4, (index + 3) % 4 * 3 + 1, 1)
        changes: dict[str, Any] = {"window": "quarter", "start": start, "end": start, "figure_id": f"q{index}"}
        found.append(hidden(**changes) if value is None else estimate(value, half, **changes))
    return tuple(found)


def broken_course() -> Course:
    """A course with a gap, a break and a signal."""
    values = [0.61, 0.62, 0.66, None, 0.64, 0.72, 0.74, 0.71, 0.88]
    return Course("Uw team", "positive", (0.0, 1.0), quarters(values), (dt.date(2025, 1, 1),), signal=True)


def all_figures() -> dict[str, Figure]:
    """Every figure of every kind of page, and the special cases of the trend."""
    data = make_data()
    found = {f"team-{f.name}": f for f in area_page(data, "team", "T1").figures}
    found |= {f"small-team-{f.name}": f for f in area_page(data, "team", "T2").figures}
    found |= {f"unit-{f.name}": f for f in area_page(data, "unit", "U1").figures}
    found |= {f"english-{f.name}": f for f in area_page(make_english_data(), "district", "1").figures}
    found["trend-with-break"] = trend(WORDS, "De tevredenheid is hoger dan een jaar eerder", "Uitleg.", broken_course())
    return found


FIGURES = all_figures()
KINDS = ("feedback", "trend", "peers", "parts", "channels", "groups", "composition")


def texts(node: Any) -> Iterator[tuple[str, Any]]:
    """Every string and font size of a Plotly dictionary."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key in {"text", "title"}:
                yield "text", value
            elif key in {"text", "ticktext"} and isinstance(value, list):
                yield from (("text", text) for text in value)
            elif key == "size" and isinstance(value, (int, float)) and "family" not in node:
                yield "size", (value, node)
            else:
                yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def both(figure: Figure) -> list[dict[str, Any]]:
    return [figure.wide, figure.narrow]


def test_the_pages_have_every_kind_of_figure() -> None:
    assert tuple(name.removeprefix("team-") for name in FIGURES if name.startswith("team-")) == KINDS


@pytest.mark.parametrize("name", [name for name in FIGURES if name.startswith(("team-", "small-team-p", "trend-with"))])
def test_figures_are_drawn_as_agreed(name: str, golden: Golden) -> None:
    figure = FIGURES[name]
    golden(f"figures/{name}", {"wide": figure.wide, "narrow": figure.narrow, "alt": figure.alt})


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_figure(name: str) -> None:
    for drawing in both(FIGURES[name]):
        go.Figure(drawing)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_two_widths_and_fit_a_phone(name: str) -> None:
    assert FIGURES[name].sizes["wide_width"] == 704
    assert FIGURES[name].sizes["narrow_width"] == 358


@pytest.mark.parametrize("name", FIGURES)
def test_figures_leave_scrolling_alone_and_carry_no_default_template(name: str) -> None:
    for drawing in both(FIGURES[name]):
        layout = drawing["layout"]
        assert layout["template"] is None
        assert layout["dragmode"] is False
        assert layout["xaxis"]["fixedrange"] and layout["yaxis"]["fixedrange"]
        assert layout["plot_bgcolor"] == layout["paper_bgcolor"] == theme.WHITE


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_smaller_than_twelve_pixels_and_none_holds_tags(name: str) -> None:
    for drawing in both(FIGURES[name]):
        for annotation in drawing["layout"]["annotations"]:
            assert annotation["font"]["size"] >= theme.MINIMUM_TEXT
        for axis in ("xaxis", "yaxis"):
            assert drawing["layout"][axis]["tickfont"]["size"] >= theme.MINIMUM_TEXT
        shown = [value for kind, value in texts(drawing) if kind == "text"]
        assert [text for text in shown if re.search(r"<(?!br>)", text)] == []


@pytest.mark.parametrize("name", FIGURES)
def test_only_colours_of_the_theme_are_used(name: str) -> None:
    allowed = {value.upper() for key, value in vars(theme).items() if key.isupper() and str(value).startswith("#")}
    for drawing in both(FIGURES[name]):
        used = {colour.upper() for colour in re.findall(r"#[0-9a-fA-F]{6}", json.dumps(drawing))}
        assert used <= allowed
        assert "rgb" not in json.dumps(drawing)


@pytest.mark.parametrize("name", FIGURES)
def test_who_cannot_see_a_figure_gets_its_finding_its_numbers_and_a_table(name: str) -> None:
    figure = FIGURES[name]
    assert figure.alt.startswith(f"{figure.title}. ")
    assert re.search(r"\d", figure.alt.removeprefix(figure.title))
    assert figure.caption.endswith(".")
    assert figure.table.rows
    assert all(row[0].text for row in figure.table.rows)


@pytest.mark.parametrize("name", FIGURES)
def test_marks_are_never_more_precise_than_the_printed_number(name: str) -> None:
    for drawing in both(FIGURES[name]):
        values = [v for trace in drawing["data"] for v in trace["x"] + trace["y"] if isinstance(v, float)]
        assert all(round(value, 2) == value for value in values)


def test_own_and_reference_differ_in_shape_and_not_only_in_colour() -> None:
    symbols = [t["marker"]["symbol"] for t in FIGURES["team-parts"].wide["data"] if t["mode"] == "markers"]
    assert symbols == ["diamond", "circle"]


def test_comparable_teams_have_no_names_and_no_hover() -> None:
    dots = FIGURES["team-peers"].wide["data"][0]
    assert dots["hoverinfo"] == "skip"
    assert "text" not in dots


def test_a_row_without_figure_shows_a_dash_in_words_and_no_mark() -> None:
    figure = FIGURES["team-groups"]
    line = next(line for line in figure.table.rows if line[0].text == "Slachtoffers")
    assert [cell.text for cell in line[1:4]] == ["–", "–", "–"]
    assert "Slachtoffers: geen cijfer, te weinig antwoorden voor dit cijfer" in figure.alt
    assert len(figure.wide["data"][-1]["x"]) == len(figure.table.rows) - 1


def test_the_status_alone_keeps_a_number_out_of_the_drawing_the_words_and_the_table() -> None:
    leaky = estimate(0.987, 0.01, n=7, status="hidden", figure_id="secret")
    rows = [Row("Fysiek", leaky, 0.70, "", "te weinig antwoorden om te tonen"), row("Digitaal", 0.60)]
    look = Look(
        "positive", row_scale([0.6], (0.0, 1.0), "positive"), "Uw team", "Uw team met marge", "Nederland", "Soort"
    )
    figure = dot_range(WORDS, Frame("channels", "Titel", "Uitleg.", "tabel"), rows, look)
    everything = json.dumps([figure.wide, figure.narrow, figure.alt, str(figure.table)])
    assert not re.search(r"0\.9[789]|9[789]%|secret|n=7|'7'", everything)


# The trend -------------------------------------------------------------------------------------------------------


def test_the_band_is_the_mean_of_the_shown_quarters_and_two_standard_errors() -> None:
    course = Course("Uw team", "positive", (0.0, 1.0), quarters([0.60, 0.70, 0.80], half=0.06))
    (only,) = stretches(course)
    assert only.mean == pytest.approx(0.70)
    assert only.band[0][1:] == (pytest.approx(0.64), pytest.approx(0.76))


def test_the_band_never_leaves_the_scale() -> None:
    course = Course("Uw team", "positive", (0.0, 1.0), quarters([0.97, 0.99], half=0.10))
    assert max(high for _, _, high in stretches(course)[0].band) == 1.0


def test_a_break_splits_the_band_and_the_line() -> None:
    course = broken_course()
    assert [(part.first, part.last) for part in stretches(course)] == [(0, 4), (5, 8)]
    figure = FIGURES["trend-with-break"]
    line = next(t for t in figure.wide["data"] if t["mode"] == "lines" and t["line"].get("width") == 2)
    assert line["connectgaps"] is False
    assert line["y"][line["x"].index(4.5)] is None  # the break
    assert line["y"][line["x"].index(3)] is None  # the hidden quarter


def test_only_a_real_signal_gets_a_mark() -> None:
    def symbols(course: Course) -> list[str]:
        drawing = trend(WORDS, "Titel", "Uitleg.", course).wide
        return [t["marker"]["symbol"] for t in drawing["data"] if t["mode"] == "markers"]

    ordinary = Course("Uw team", "positive", (0.0, 1.0), quarters([0.6, 0.7, 0.9]))
    assert symbols(ordinary) == ["circle"]
    assert symbols(broken_course()) == ["circle", "diamond"]


# Pieces ----------------------------------------------------------------------------------------------------------


def test_hidden_categories_have_no_difference() -> None:
    figure = composition(WORDS, [Part("16 tot 25 jaar", None, None), Part("65 jaar of ouder", 0.26, 0.19)])
    assert [cell.text for cell in figure.table.rows[0]] == ["16 tot 25 jaar", "–", "–", "–"]
    assert figure.table.rows[1][3].text == "+7"


@pytest.mark.parametrize(("lowest", "lower"), [(0.44, 0.25), (0.20, 0.0), (0.93, 0.5), (0.50, 0.5)])
def test_rows_of_dots_run_to_a_hundred_from_a_round_quarter(lowest: float, lower: float) -> None:
    scale = row_scale([lowest, 0.9], (0.0, 1.0), "positive")
    assert (scale.lower, scale.upper) == (lower, 1.0)


def test_close_scales_hold_all_values_on_round_ticks_inside_the_answer_scale() -> None:
    scale = close_scale([0.612, 0.88], (0.0, 1.0), "positive")
    assert scale.lower <= 0.612 <= 0.88 <= scale.upper <= 1.0
    assert all(round(tick * 20) == pytest.approx(tick * 20) for tick in scale.ticks)
    assert close_scale([9.6, 9.9], (1.0, 10.0), "mean").upper == 10.0


def test_text_cannot_become_markup_in_a_chart() -> None:
    assert plain('<a href="x">&') == '&lt;a href="x"&gt;&amp;'


def test_long_labels_are_wrapped_and_the_key_takes_a_second_line_on_a_phone() -> None:
    assert "<br>" in wrapped("Een heel lang onderdeel van de dienstverlening", 150)
    entries: list[Any] = [("dot", "Uw team met marge"), ("diamond", "Vergelijkbare basisteams")]
    assert Canvas.key_height(358, entries) > Canvas.key_height(704, entries)


def test_json_cannot_end_the_script_it_stands_in() -> None:
    text = script_json({"text": "</script><!--\u2028&"})
    assert "<" not in text
    assert json.loads(str(text)) == {"text": "</script><!--\u2028&"}


def test_a_table_with_a_missing_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="every row needs 2 cells"):
        DataTable("tabel", ("a", "b"), ((),))


def test_the_context_keeps_one_scale_for_all_rows_of_dots() -> None:
    context = AreaContext(make_data().area("team", "T1"), WORDS)
    ranges = [FIGURES[f"team-{name}"].wide["layout"]["xaxis"]["range"] for name in ("parts", "channels", "groups")]
    assert ranges == [[context.share_scale.lower, context.share_scale.upper]] * 3
