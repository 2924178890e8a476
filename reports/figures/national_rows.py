"""One row per group: a dot with its range, a diamond for a year earlier. Also for channels that have no course yet.

Belongs here: this drawing and its table. Does not belong here: which rows there are (``national_page``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.dot_range import estimate_cells
from reports.figures.national_canvas import Canvas, Scale, wrap
from reports.figures.national_trend import figure_cells, star_note
from reports.inputs import Estimate
from reports.theme import PlotlyDict
from reports.words import DASH, Words

LEGEND = 30
AXIS = 26
LETTER = 7.6  # px, generous: the typeface of the reader may be wider than Arial


@dataclass(frozen=True)
class Row:
    """One group now and, where it may be compared, a year earlier."""

    label: str
    now: Estimate | None
    earlier: Estimate | None


def national_rows(name: str, title: str, rows: Sequence[Row], words: Words) -> Figure | None:
    """The figure, or None when no row has a figure."""
    shown = [row for row in rows if row.now is not None and row.now.shown]
    if not shown:
        return None
    values = [
        end
        for row in shown
        for found in (row.now, row.earlier)
        if found is not None and found.shown
        for end in (found.low, found.value, found.high)
        if end is not None
    ]
    assert shown[0].now is not None
    scale = Scale.around(values, shown[0].now.measure)
    has_earlier = any(row.earlier is not None and row.earlier.shown for row in shown)
    without = [row.label for row in rows if row not in shown]
    caption = words.text("national.rows.caption_earlier" if has_earlier else "national.rows.caption")
    if without:
        caption += " " + words.text("national.rows.missing", labels=words.listing(without))
    caption += star_note((found for row in shown for found in (row.now, row.earlier)), words)
    values_text = ", ".join(f"{row.label} {words.figure(row.now)}" for row in shown if row.now is not None)
    return Figure(
        name=name,
        title=title,
        caption=caption,
        alt=words.text("national.rows.alt", title=title, values=values_text),
        table=_table(name, rows, has_earlier, words),
        wide=_draw(theme.WIDE, rows, scale, has_earlier, words),
        narrow=_draw(theme.NARROW, rows, scale, has_earlier, words),
    )


def _table(name: str, rows: Sequence[Row], has_earlier: bool, words: Words) -> DataTable:
    header = ["label", "satisfied", "range", "answers"] + (["earlier"] if has_earlier else [])
    cells = []
    for row in rows:
        if row.now is None:
            line: tuple[Cell, ...] = (Cell(row.label), Cell(DASH), Cell(DASH), Cell(DASH))
        else:
            line = figure_cells(row.label, row.now, words)
        if has_earlier:
            earlier = row.earlier
            line += estimate_cells(words, earlier)[:1]
        cells.append(line)
    return DataTable(
        caption=words.text(f"national.rows.table_{name}"),
        header=tuple(words.text(f"national.column.{key}") for key in header),
        rows=tuple(cells),
    )


def _draw(width: int, rows: Sequence[Row], scale: Scale, has_earlier: bool, words: Words) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    step = 52 if narrow else 34
    bottom = LEGEND + step * len(rows)
    canvas = Canvas(width, bottom + AXIS)
    left, right = (18, width - 64) if narrow else (220, width - 70)
    _legend(canvas, has_earlier, left if not narrow else 0, words)
    for position in range(0, len(rows), 2):
        top = LEGEND + step * position
        canvas.box(0, width, top, top + step, theme.ROW)
    for tick in scale.ticks:
        x = scale.place(tick, left, right)
        canvas.line(x, x, LEGEND, bottom, theme.RULE)
        canvas.text(scale.text(words, tick), x, bottom + 13, xanchor="center", size=12, color=theme.GREY)
    canvas.line(left, right, bottom, bottom, theme.GREY)
    for position, row in enumerate(rows):
        top = LEGEND + step * position
        label_y, y = (top + 15, top + 36) if narrow else (top + step / 2, top + step / 2)
        canvas.text(wrap(row.label, 44 if narrow else 30), 8, label_y)
        _mark(canvas, row, scale, (left, right, y), words)
    return canvas.figure()


def _mark(canvas: Canvas, row: Row, scale: Scale, place: tuple[float, float, float], words: Words) -> None:
    left, right, y = place
    now, earlier = row.now, row.earlier
    value_x = canvas.width - 8
    if now is None or not now.shown or now.value is None:
        canvas.text(DASH, value_x, y, xanchor="right", color=theme.GREY, weight="bold", size=theme.STRONG)
        return
    if now.low is not None and now.high is not None:
        canvas.line(
            scale.place(now.low, left, right), scale.place(now.high, left, right), y, y, theme.INTERVAL, width=6
        )
    if earlier is not None and earlier.shown and earlier.value is not None:
        hover = words.text("national.rows.hover_earlier", label=row.label, value=words.figure(earlier))
        x = scale.place(earlier.value, left, right)
        canvas.marks([x], [y], [hover], symbol="diamond-open", color=theme.GREY, size=13)
    hover = f"{row.label}: {words.figure(now)}"
    canvas.marks([scale.place(now.value, left, right)], [y], [hover])
    canvas.text(words.figure(now).text, value_x, y, xanchor="right", color=theme.BLUE, weight="bold", size=theme.STRONG)


def _legend(canvas: Canvas, has_earlier: bool, left: float, words: Words) -> None:
    canvas.line(left + 4, left + 28, 13, 13, theme.INTERVAL, width=6)
    canvas.marks([left + 16], [13], [""], hoverinfo="skip", hovertemplate=None)
    now = words.text("national.rows.now")
    canvas.text(now, left + 34, 13)
    if has_earlier:
        at = left + 34 + LETTER * len(now) + 22
        canvas.marks(
            [at], [13], [""], symbol="diamond-open", color=theme.GREY, size=13, hoverinfo="skip", hovertemplate=None
        )
        canvas.text(words.text("national.rows.year_earlier"), at + 13, 13)
