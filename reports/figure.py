"""A figure as the pages know it: a finding, a caption, words for who cannot see it, its numbers, two drawings.

Belongs here: the shapes and their serialisation. Does not belong here: any particular figure (``figures``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.theme import PlotlyDict


@dataclass(frozen=True)
class Cell:
    """A cell of a data table; ``figure_id`` and ``part`` lead to the published row (see ``words.Number``)."""

    text: str
    figure_id: str = ""
    part: str = "estimate"


@dataclass(frozen=True)
class DataTable:
    """The numbers of a figure. The first cell of a row is the row's header."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        """A row with another number of cells than the header would be read out wrongly."""
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"table {self.caption!r}: every row needs {len(self.header)} cells")


@dataclass(frozen=True)
class Figure:
    """One figure. ``wide`` and ``narrow`` are plain Plotly dictionaries ``{"data": [...], "layout": {...}}``."""

    name: str
    title: str
    caption: str
    alt: str
    table: DataTable
    wide: PlotlyDict
    narrow: PlotlyDict

    @property
    def sizes(self) -> dict[str, int]:
        """Width and height of both drawings, for the page."""
        return {
            "wide_width": int(self.wide["layout"]["width"]),
            "wide_height": int(self.wide["layout"]["height"]),
            "narrow_width": int(self.narrow["layout"]["width"]),
            "narrow_height": int(self.narrow["layout"]["height"]),
        }

    @property
    def json(self) -> Markup:
        """Both drawings as ``{"wide": ..., "narrow": ...}``, safe inside a script element."""
        return script_json({"wide": self.wide, "narrow": self.narrow})


def script_json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in, whatever the strings hold."""
    raw = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    escapes = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
    for character, escaped in escapes.items():
        raw = raw.replace(character, escaped)
    return Markup(raw)  # noqa: S704 - everything HTML could read as markup is escaped above
