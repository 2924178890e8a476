"""Colours that everybody can tell apart, in figures and on pages."""

from __future__ import annotations

import re

import pytest

from reports import theme
from reports.page import ROOM

CSS = (ROOM / "static" / "style.css").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def variable(name: str) -> str:
    found = re.search(rf"--{name}: (#[0-9a-f]+)", CSS)
    assert found, name
    value = found[1]
    return value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:])


@pytest.mark.parametrize("colour", [theme.INK, theme.BLUE, theme.ORANGE, theme.GREY])
def test_text_in_figures_has_enough_contrast(colour: str) -> None:
    assert contrast(colour, theme.WHITE) >= 4.5
    assert contrast(colour, theme.ROW) >= 4.5


@pytest.mark.parametrize("colour", [theme.INTERVAL, theme.DOT])
def test_marks_in_figures_have_enough_contrast(colour: str) -> None:
    assert contrast(colour, theme.WHITE) >= 3
    assert contrast(colour, theme.PALE) >= 3


@pytest.mark.parametrize(
    ("text", "ground"),
    [("ink", "paper"), ("ink", "ground"), ("muted", "paper"), ("muted", "ground"), ("brand", "paper"),
     ("brand", "ground"), ("ink", "good-bg"), ("ink", "attention-bg"), ("ink", "quiet-bg"), ("ink", "accent")],
)  # fmt: skip
def test_text_on_pages_has_enough_contrast(text: str, ground: str) -> None:
    assert contrast(variable(text), variable(ground)) >= 4.5


def test_pages_load_nothing_from_elsewhere() -> None:
    assert not re.search(r"url\(|@import|https?:", CSS)


def test_the_accent_is_never_a_text_colour() -> None:
    assert not re.search(r"[^-]color: var\(--accent\)", CSS)
