"""Numbers, dates and texts in the language of the survey.

Belongs here: number and date formats, the text catalogue, and text with traceable numbers in it.
Does not belong here: which sentence may be said (``sentences``), the texts themselves (``texts/*.yaml``).
"""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from reports.inputs import Estimate, Period

TEXTS = Path(__file__).parent / "texts"
MINUS = "\u2212"
DASH = "\u2013"  # what stands in the place of a number that is not shown


@dataclass(frozen=True)
class Number:
    """A published number as the reader sees it, with the figure it comes from.

    ``part`` says which column of the row: estimate, ci_low, ci_high or n.
    """

    text: str
    figure_id: str
    part: str = "estimate"

    def __str__(self) -> str:
        """Plain text, for titles and alternative texts."""
        return self.text

    def __html__(self) -> Markup:
        """The number with its origin, for the page (``Markup``, or formatting would escape it again)."""
        if not self.figure_id:
            return escape(self.text)
        return Markup('<span data-figure-id="{}" data-part="{}">{}</span>').format(self.figure_id, self.part, self.text)


@dataclass(frozen=True)
class Sentence:
    """One statement and the rule that allowed it. ``html`` carries the origin of its numbers."""

    rule: str
    text: str
    html: Markup

    def __html__(self) -> Markup:
        """The sentence marked with its rule, so that a test can walk all pages."""
        return Markup('<span data-rule="{}">{}</span>').format(self.rule, self.html)

    def __str__(self) -> str:
        """Plain text."""
        return self.text


class CatalogueError(ValueError):
    """A text file that cannot be used: with the file and the key."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All texts of a language as ``section.key -> text``, merged from every ``<language>*.yaml``."""
    merged: dict[str, str] = {}
    for path in sorted(TEXTS.glob(f"{language}*.yaml")):
        for key, value in _flatten(yaml.safe_load(path.read_text(encoding="utf-8")) or {}):
            if key in merged:
                raise CatalogueError(f"{path.name}: {key} stands in another file of this language too")
            merged[key] = value
    if not merged:
        raise CatalogueError(f"no texts for language {language!r} in {TEXTS.name}/")
    return merged


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found += _flatten(value, f"{name}.")
        else:
            found.append((name, str(value).strip()))
    return found


def placeholders(text: str) -> set[str]:
    """Names between braces in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def half_up(value: float, decimals: int = 0) -> float:
    """Rounding as readers do it (a half goes up); the small addition undoes binary representation, not data."""
    factor = 10.0**decimals
    return math.copysign(math.floor(abs(value) * factor + 0.5 + 1e-9) / factor, value)


@dataclass(frozen=True)
class Words:
    """Everything that depends on the language."""

    language: str

    @property
    def texts(self) -> Mapping[str, str]:
        """The catalogue."""
        return catalogue(self.language)

    def has(self, key: str) -> bool:
        """Whether the catalogue has this key (for texts that are more precise for some cases)."""
        return key in self.texts

    def text(self, key: str, /, **values: object) -> str:
        """A text with its values filled in. ``KeyError`` for an unknown key: a test walks all of them."""
        return self.texts[key].format(**{name: str(value) for name, value in values.items()})

    def html(self, key: str, /, **values: object) -> Markup:
        """The same with numbers that carry their origin; everything else is escaped."""
        return escape(self.texts[key]).format(**values)

    def sentence(self, key: str, /, **values: object) -> Sentence:
        """A sentence of the catalogue, with a capital. Its key is the rule: one rule, one text."""
        # As plain text: adding a string to markup would escape it a second time.
        html = Markup(capital(str(self.html(key, **values))))  # noqa: S704 - html() escaped it
        return Sentence(key, capital(self.text(key, **values)), html)

    # Numbers ------------------------------------------------------------------------------------------------

    def integer(self, value: int) -> str:
        """``1.234`` (English ``1,234``)."""
        grouped = f"{abs(value):,}"
        return (MINUS if value < 0 else "") + (grouped.replace(",", ".") if self.language == "nl" else grouped)

    def decimal(self, value: float, decimals: int = 1) -> str:
        """``7,4`` (English ``7.4``)."""
        rounded = half_up(value, decimals)
        raw = f"{abs(rounded):.{decimals}f}"
        return (MINUS if rounded < 0 else "") + (raw.replace(".", ",") if self.language == "nl" else raw)

    def hundred(self, share: float) -> str:
        """``71``, of a proportion: *71 van de 100*."""
        return self.integer(int(half_up(share * 100)))

    def percent(self, share: float) -> str:
        """``71%``."""
        return f"{self.hundred(share)}%"

    def value(self, value: float, measure: str) -> str:
        """A figure in the format of its measure: percentage, or one decimal for means."""
        return self.decimal(value) if measure == "mean" else self.percent(value)

    def signed_points(self, difference: float) -> str:
        """``+5``, ``−3``, ``0``: percentage points."""
        points = int(half_up(difference * 100))
        return f"+{points}" if points > 0 else self.integer(points)

    def difference(self, size: float, measure: str) -> str:
        """The size of a difference: ``5 procentpunten``, ``0,4 punt``. Never rounded to nothing."""
        if measure == "mean":
            return self.text("units.points_of_scale", value=self.decimal(max(size, 0.1)))
        points = max(int(half_up(size * 100)), 1)
        return self.text("units.percentage_point" if points == 1 else "units.percentage_points", value=points)

    def figure(self, estimate: Estimate) -> Number:
        """A published figure; a dash where there is none to show."""
        if not estimate.shown or estimate.value is None:
            return Number(DASH, estimate.figure_id)
        return Number(self.value(estimate.value, estimate.measure), estimate.figure_id)

    def figure_hundred(self, estimate: Estimate) -> Number:
        """The same as natural frequency."""
        assert estimate.value is not None
        return Number(self.hundred(estimate.value), estimate.figure_id)

    def figure_low(self, estimate: Estimate) -> Number:
        """Lower end of the range."""
        assert estimate.low is not None
        return Number(self.value(estimate.low, estimate.measure), estimate.figure_id, "ci_low")

    def figure_high(self, estimate: Estimate) -> Number:
        """Upper end of the range."""
        assert estimate.high is not None
        return Number(self.value(estimate.high, estimate.measure), estimate.figure_id, "ci_high")

    def figure_n(self, estimate: Estimate) -> Number:
        """How many people answered."""
        assert estimate.n is not None
        return Number(self.integer(estimate.n), estimate.figure_id, "n")

    def range(self, low: float, high: float, measure: str) -> str:
        """``66–75%`` for tables."""
        if measure == "mean":
            return f"{self.decimal(low)}{DASH}{self.decimal(high)}"
        return f"{self.hundred(low)}{DASH}{self.percent(high)}"

    # Dates --------------------------------------------------------------------------------------------------

    def month(self, value: dt.date) -> str:
        """``oktober 2025``."""
        return f"{self.texts[f'months.m{value.month}']} {value.year}"

    def date(self, value: dt.date) -> str:
        """``1 oktober 2025``."""
        return f"{value.day} {self.month(value)}"

    def period(self, period: Period | Estimate) -> str:
        """``oktober 2025 t/m september 2026``; one month is one month."""
        first, last = period.start, period.end
        if (first.year, first.month) == (last.year, last.month):
            return self.month(first)
        start = self.texts[f"months.m{first.month}"] if first.year == last.year else self.month(first)
        return self.texts["formats.period"].format(start=start, end=self.month(last))

    def quarter(self, start: dt.date) -> str:
        """``K4 '23``."""
        return self.texts["formats.quarter_short"].format(
            quarter=(start.month + 2) // 3, year=f"{start.year % 100:02d}"
        )

    def quarter_long(self, start: dt.date) -> str:
        """``4e kwartaal 2023``."""
        return self.texts["formats.quarter_long"].format(quarter=(start.month + 2) // 3, year=start.year)

    def quarter_row(self, start: dt.date) -> str:
        """``K4 2023``, for the first column of a table."""
        return self.texts["formats.quarter_row"].format(quarter=(start.month + 2) // 3, year=start.year)

    def listing(self, parts: list[str]) -> str:
        """``a, b en c``."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {self.texts['formats.and']} {parts[-1]}"


def capital(text: str) -> str:
    """First letter upper case (``str.capitalize`` would lower the rest)."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """First letter lower case, unless the word is an abbreviation or starts with a digit (``112``, ``HRM``)."""
    if len(text) > 1 and text[1].isupper():
        return text
    return text[:1].lower() + text[1:]
