"""Where the areas of the lowest level lie within each area directly below the top.

Dots have no names here, in the drawing, the hover or the description: this page compares the service, not the teams.
Belongs here: this drawing and its table. Does not belong here: which areas there are (``sentences.national``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.national_canvas import Canvas, Scale, wrap
from reports.figures.national_map import Tile
from reports.figures.national_rows import LETTER
from reports.figures.national_trend import figure_cells, star_note
from reports.inputs import Estimate
from reports.sentences.national import LeafPoint, Leaves
from reports.theme import PlotlyDict
from reports.words import DASH, Words

DOT_STEP = 8  # px between stacked dots
ENOUGH = 5  # dots below which a funnel or strip says nothing


def national_strip(
    title: str, tiles: Sequence[Tile], leaves: Leaves, whole: Estimate, *, names: dict[str, str], words: Words
) -> Figure | None:
    """Dots per area above, with that area's own figure and range."""
    known = {tile.code for tile in tiles}
    points = [point for point in leaves.points if point.parent in known]
    if len(points) < ENOUGH or whole.value is None:
        return None
    ends = [end for t in tiles for end in (t.now.low, t.now.value, t.now.high) if t.now.shown and end is not None]
    scale = Scale.around([point.value for point in points] + ends, whole.measure)
    counts = Counter(point.parent for point in points)
    rows = tuple((*figure_cells(tile.label, tile.now, words), Cell(words.integer(counts[tile.code]))) for tile in tiles)
    header = ("label", "satisfied", "range", "answers")
    return Figure(
        name="spread",
        title=title,
        caption=words.text("national.spread.caption", **names) + star_note((tile.now for tile in tiles), words),
        alt=words.text("national.spread.alt", title=title, count=len(points), **names),
        table=DataTable(
            caption=words.text("national.spread.table", **names),
            header=(
                *(words.text(f"national.column.{key}") for key in header),
                words.text("national.column.leaves", **names),
            ),
            rows=rows,
        ),
        wide=_strip(theme.WIDE, tiles, points, whole, scale, names=names, words=words),
        narrow=_strip(theme.NARROW, tiles, points, whole, scale, names=names, words=words),
    )


def _strip(
    width: int,
    tiles: Sequence[Tile],
    points: Sequence[LeafPoint],
    whole: Estimate,
    scale: Scale,
    *,
    names: dict[str, str],
    words: Words,
) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    legend, step = 30, (54 if narrow else 36)
    bottom = legend + step * len(tiles)
    canvas = Canvas(width, bottom + 26)
    left, right = (18, width - 62) if narrow else (196, width - 66)
    assert whole.value is not None
    for position in range(0, len(tiles), 2):
        canvas.box(0, width, legend + step * position, legend + step * (position + 1), theme.ROW)
    for tick in scale.ticks:
        x = scale.place(tick, left, right)
        canvas.line(x, x, legend, bottom, theme.RULE)
        canvas.text(scale.text(words, tick), x, bottom + 13, xanchor="center", size=12, color=theme.GREY)
    at = scale.place(whole.value, left, right)
    canvas.line(at, at, legend, bottom, theme.INK, width=1.5, dash="dash")
    canvas.line(left, right, bottom, bottom, theme.GREY)
    for position, tile in enumerate(tiles):
        top = legend + step * position
        y = top + (38 if narrow else step / 2)
        canvas.text(wrap(tile.label, 40 if narrow else 26), 8, top + 14 if narrow else y)
        own = sorted((point for point in points if point.parent == tile.code), key=lambda point: point.value)
        xs, ys = _swarm([scale.place(point.value, left, right) for point in own], y)
        canvas.marks(
            xs, ys, [words.value(point.value, whole.measure) for point in own], color=theme.DOT, size=8, opacity=0.75
        )
        if tile.now.shown and tile.now.value is not None:
            if tile.now.low is not None and tile.now.high is not None:
                canvas.path(
                    [scale.place(tile.now.low, left, right), scale.place(tile.now.high, left, right)],
                    [y, y],
                    theme.BLUE,
                    4,
                )
            hover = f"{tile.label}: {words.figure(tile.now)}"
            canvas.marks([scale.place(tile.now.value, left, right)], [y], [hover], size=14)
        value = words.figure(tile.now).text if tile.now.shown else DASH
        canvas.text(value, width - 8, y, xanchor="right", color=theme.BLUE, weight="bold", size=theme.STRONG)
    start = 0 if narrow else left
    canvas.marks([start + 12], [13], [""], size=14, hoverinfo="skip", hovertemplate=None)
    first = words.text("national.spread.legend_area", **names)
    canvas.text(first, start + 26, 13)
    second = start + 26 + LETTER * len(first) + 22
    canvas.marks([second], [13], [""], color=theme.DOT, size=8, hoverinfo="skip", hovertemplate=None)
    canvas.text(words.text("national.spread.legend_leaf", **names), second + 11, 13)
    return canvas.figure()


def _swarm(xs: list[float], y: float) -> tuple[list[float], list[float]]:
    """Dots that would cover each other go up and down in turn; the same input gives the same picture."""
    placed: list[tuple[float, float]] = []
    for x in xs:
        for turn in range(7):
            shift = DOT_STEP * ((turn + 1) // 2) * (1 if turn % 2 else -1)
            if abs(shift) <= 16 and all(abs(x - px) >= DOT_STEP or abs(shift - ps) >= DOT_STEP for px, ps in placed):
                break
        else:
            shift = 0
        placed.append((x, shift))
    return [x for x, _ in placed], [round(y + shift, 2) for _, shift in placed]
