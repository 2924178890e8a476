"""A schematic map: one tile per area, placed by hand in ``reports/layouts.yaml``.

Every tile has the same size, so that a large area does not look like many people; there is no outline to license.
Belongs here: this drawing and its table. Does not belong here: places (``layouts.yaml``) and verdicts (``sentences``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from reports import theme
from reports.figure import DataTable, Figure
from reports.figures.national_canvas import Canvas, wrap
from reports.figures.national_trend import figure_cells, star_note
from reports.inputs import Estimate
from reports.sentences.national import SIGNS, Verdict
from reports.theme import PlotlyDict
from reports.words import DASH, Words

LAYOUTS = Path(__file__).parents[1] / "layouts.yaml"


@dataclass(frozen=True)
class Tile:
    """One area on the map; the verdict is against the whole."""

    code: str
    label: str
    now: Estimate
    verdict: Verdict


@cache
def layout_for(codes: frozenset[str]) -> Mapping[str, tuple[float, float]] | None:
    """Column and row per area, from the first layout that knows every code."""
    layouts = yaml.safe_load(LAYOUTS.read_text(encoding="utf-8"))["layouts"]
    for places in layouts.values():
        if codes and codes <= set(places):
            return {str(code): (float(place[0]), float(place[1])) for code, place in places.items()}
    return None


def national_map(title: str, tiles: Sequence[Tile], whole: str, words: Words) -> Figure | None:
    """The figure, or None when no layout knows these areas."""
    places = layout_for(frozenset(tile.code for tile in tiles))
    if places is None:
        return None
    values = ", ".join(f"{tile.label} {words.figure(tile.now)}" for tile in tiles)
    header = ("label", "satisfied", "range", "answers")
    return Figure(
        name="map",
        title=title,
        caption=words.text("national.map.caption", name=whole) + star_note((tile.now for tile in tiles), words),
        alt=words.text("national.map.alt", title=title, values=values),
        table=DataTable(
            caption=words.text("national.map.table"),
            header=tuple(words.text(f"national.column.{key}") for key in header),
            rows=tuple(figure_cells(tile.label, tile.now, words) for tile in tiles),
        ),
        wide=_draw(theme.WIDE, tiles, places, words),
        narrow=_draw(theme.NARROW, tiles, places, words),
    )


def _draw(width: int, tiles: Sequence[Tile], places: Mapping[str, tuple[float, float]], words: Words) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    gap = 4 if narrow else 6
    columns = max(place[0] for place in places.values()) + 1
    rows = max(place[1] for place in places.values()) + 1
    tile_width = (width - gap * (columns - 1)) / columns if narrow else 150
    tile_height = 88 if narrow else 72
    offset = 0 if narrow else (width - columns * tile_width - gap * (columns - 1)) / 2
    canvas = Canvas(width, round(rows * (tile_height + gap) - gap))
    for tile in tiles:
        column, row = places[tile.code]
        x = offset + column * (tile_width + gap)
        y = row * (tile_height + gap)
        marked = tile.verdict in SIGNS
        fill = {"better": theme.BLUE, "worse": theme.ORANGE}.get(tile.verdict, theme.PALE)
        ink = theme.WHITE if marked else theme.INK
        canvas.box(x, x + tile_width, y, y + tile_height, fill)
        value = words.figure(tile.now).text if tile.now.shown else DASH
        middle = x + tile_width / 2
        sign = f" {SIGNS[tile.verdict]}" if marked else ""
        canvas.text(f"{value}{sign}", middle, y + 18, xanchor="center", size=16, weight="bold", color=ink)
        name = wrap(tile.label.replace("-", "- "), 12 if narrow else 20).replace("- ", "-")
        canvas.text(
            name, middle, y + 31, xanchor="center", yanchor="top", align="center", size=12 if narrow else 13, color=ink
        )
        hover = f"{tile.label}: {value}"
        canvas.marks([middle], [y + tile_height / 2], [hover], size=int(tile_height * 0.8), opacity=0)
    return canvas.figure()
