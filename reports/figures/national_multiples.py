"""Many small courses on one scale: channels, or the areas directly below the top.

Belongs here: this drawing and its table. Does not belong here: which panels there are (``national_page``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.national_canvas import Canvas, Scale, wrap
from reports.figures.national_rows import LETTER
from reports.figures.national_trend import figure_cells, star_note
from reports.inputs import Estimate
from reports.sentences.national import SIGNS, Verdict
from reports.theme import PlotlyDict
from reports.words import Words

PLOT_HEIGHT = 84
GAP = 16
LINE = 16  # px of a line of a label
TOO_FEW_POINTS = 3


@dataclass(frozen=True)
class Panel:
    """One small chart. ``rows`` has one place per quarter, None where there is no row."""

    label: str
    rows: tuple[Estimate | None, ...]
    verdict: Verdict

    @property
    def shown(self) -> tuple[Estimate, ...]:
        """Quarters with a figure."""
        return tuple(row for row in self.rows if row is not None and row.shown)

    @property
    def last(self) -> Estimate | None:
        """The newest quarter, if it has a figure: an older one may not stand in for it."""
        row = self.rows[-1] if self.rows else None
        return row if row is not None and row.shown else None


@dataclass(frozen=True)
class Whole:
    """The course of the whole, drawn behind every panel."""

    name: str
    rows: tuple[Estimate | None, ...]


def national_multiples(  # noqa: PLR0917
    name: str, title: str, panels: Sequence[Panel], whole: Whole, breaks: Sequence[dt.date], words: Words
) -> Figure | None:
    """The figure; panels without a course are left out, and None is returned when none has one.

    Lines are interrupted on the days of ``breaks``, and the table tells of the quarters since the last of them.
    """
    drawable = [panel for panel in panels if len(panel.shown) >= TOO_FEW_POINTS]
    if not drawable:
        return None
    measure = drawable[0].shown[0].measure
    rows = [row for panel in drawable for row in panel.shown] + [
        row for row in whole.rows if row is not None and row.shown
    ]
    scale = Scale.around([row.value for row in rows if row.value is not None], measure, most_ticks=4)
    low, high = scale.text(words, scale.low), scale.text(words, scale.high)
    missing = [panel.label for panel in panels if panel not in drawable]
    caption = words.text("national.multiples.caption", low=low, high=high, name=whole.name)
    if missing:
        caption += " " + words.text("national.multiples.missing", labels=words.listing(missing))
    if breaks:
        caption += " " + words.text("breaks.multiples")
    caption += star_note((row for panel in drawable for row in (panel.shown[0], panel.last)), words)
    ends = [f"{panel.label} {words.figure(panel.last) if panel.last else '–'}" for panel in drawable]
    return Figure(
        name=name,
        title=title,
        caption=caption,
        alt=words.text("national.multiples.alt", title=title, values=", ".join(ends)),
        table=_table(name, drawable, breaks, words),
        wide=_draw(theme.WIDE, drawable, whole, breaks, scale, words),
        narrow=_draw(theme.NARROW, drawable, whole, breaks, scale, words),
    )


def _table(name: str, panels: Sequence[Panel], breaks: Sequence[dt.date], words: Words) -> DataTable:
    """First and newest figure of every panel: the whole history of all would be a wall of numbers.

    The first is the first since the last break: side by side they are a comparison.
    """
    rows = []
    for panel in panels:
        last = panel.last or panel.shown[-1]
        since = max((date for date in breaks if date <= last.start), default=dt.date.min)
        first = next(row for row in panel.shown if row.start >= since)
        now = figure_cells(panel.label, last, words)
        start = Cell(words.figure(first).text, first.figure_id)
        rows.append((now[0], start, *now[1:]))
    header = ("label", "first", "satisfied_last", "range", "answers")
    return DataTable(
        caption=words.text(f"national.multiples.table_{name}"),
        header=tuple(words.text(f"national.column.{key}") for key in header),
        rows=tuple(rows),
    )


def _draw(  # noqa: PLR0917
    width: int, panels: Sequence[Panel], whole: Whole, breaks: Sequence[dt.date], scale: Scale, words: Words
) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    columns = 2 if narrow else (5 if len(panels) % 5 == 0 else 4)
    gap = 14 if narrow else 18
    panel_width = (width - gap * (columns - 1)) / columns
    labels = [wrap(panel.label, int(panel_width / LETTER)) for panel in panels]
    head = LINE * max(label.count("<br>") + 1 for label in labels) + 6
    pitch = head + PLOT_HEIGHT + GAP
    canvas = Canvas(width, -(-len(panels) // columns) * pitch - GAP + 4)
    for position, (panel, label) in enumerate(zip(panels, labels, strict=True)):
        left = position % columns * (panel_width + gap)
        top = position // columns * pitch
        canvas.text(label, left, top + 2, weight="bold", yanchor="top", size=theme.TEXT)
        _panel(canvas, panel, whole, breaks, scale, place=(left, top + head, panel_width), words=words)
    return canvas.figure()


def _panel(
    canvas: Canvas,
    panel: Panel,
    whole: Whole,
    breaks: Sequence[dt.date],
    scale: Scale,
    *,
    place: tuple[float, float, float],
    words: Words,
) -> None:
    left, upper, width = place
    bottom = upper + PLOT_HEIGHT
    right = left + width
    color = theme.ORANGE if panel.verdict == "worse" else theme.BLUE
    for tick in (scale.ticks[0], scale.ticks[-1]):
        y = scale.place(tick, bottom, upper)
        canvas.line(left, right, y, y, theme.RULE)

    def course(rows: Sequence[Estimate | None]) -> tuple[list[float | None], list[float | None]]:
        step = (width - (68 if panel.verdict in SIGNS else 52)) / max(len(rows) - 1, 1)
        xs: list[float | None] = [round(left + 2 + step * p, 2) for p in range(len(rows))]
        ys: list[float | None] = [
            scale.place(row.value, bottom, upper) if row is not None and row.shown and row.value is not None else None
            for row in rows
        ]
        return xs, ys

    xs, ys = course(whole.rows)
    if any(y is not None for y in ys):
        canvas.path(*_interrupted(xs, ys, whole.rows, breaks), "#8A939E", 1.5)
    xs, ys = course(panel.rows)
    canvas.path(*_interrupted(xs, ys, panel.rows, breaks), color, 2.5)
    seen = [(x, y, row) for x, y, row in zip(xs, ys, panel.rows, strict=True) if x is not None and y is not None]
    hover = [f"{panel.label}, {words.quarter_long(row.start)}: {words.figure(row)}" for _, _, row in seen if row]
    canvas.marks([x for x, _, _ in seen], [y for _, y, _ in seen], hover, color=color, size=9, opacity=0)
    if panel.last is not None:
        x, y, _ = seen[-1]
        canvas.marks([x], [y], hover[-1:], color=color, size=9)
        sign = SIGNS.get(panel.verdict, "")
        canvas.text(f"{words.figure(panel.last)}{sign and ' ' + sign}", x + 8, y, color=color, weight="bold")


def _interrupted(
    xs: Sequence[float | None],
    ys: Sequence[float | None],
    rows: Sequence[Estimate | None],
    breaks: Sequence[dt.date],
) -> tuple[list[float | None], list[float | None]]:
    """The same points with a gap wherever the method changed since the previous point that is drawn."""
    found_x: list[float | None] = []
    found_y: list[float | None] = []
    before: dt.date | None = None
    for x, y, row in zip(xs, ys, rows, strict=True):
        if row is not None and y is not None:
            if before is not None and any(before < date <= row.start for date in breaks):
                found_x.append(x)
                found_y.append(None)
            before = row.start
        found_x.append(x)
        found_y.append(y)
    return found_x, found_y
