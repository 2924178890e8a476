"""Rows of a dot with its range, and an open diamond for what it is compared with.

Belongs here: the drawing and the table of any such figure (parts, channels, groups, feedback).
Does not belong here: which rows, which title, which reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.canvas import Canvas, Sign, plain, text_width, wrapped
from reports.figures.scales import ValueScale, rounded
from reports.inputs import Estimate
from reports.theme import PlotlyDict
from reports.words import DASH, Words


@dataclass(frozen=True)
class Row:
    """One row: the own figure (perhaps not shown, then ``why``) and the reference (perhaps none)."""

    label: str
    own: Estimate | None
    reference: float | None = None
    reference_id: str = ""
    why: str = ""

    @property
    def shown(self) -> bool:
        """Whether the own figure may be drawn."""
        return self.own is not None and self.own.shown


@dataclass(frozen=True)
class Look:
    """What is the same for all rows of a figure."""

    measure: str
    scale: ValueScale
    own_name: str  # "Uw team"
    own_key: str  # "Uw team met marge"
    reference_name: str  # "Vergelijkbare basisteams"; empty = no reference
    row_heading: str  # first column of the table


@dataclass(frozen=True)
class Frame:
    """Name of the figure's files and the texts around it."""

    name: str
    title: str
    caption: str
    table: str


def dot_range(words: Words, frame: Frame, rows: Sequence[Row], look: Look) -> Figure:
    """The figure: both drawings, alternative text with the numbers, and the table."""
    parts = []
    for row in rows:
        if row.shown:
            parts.append(
                words.text(
                    "breakdown.row_alt",
                    label=row.label,
                    value=value_text(words, row.own),
                    range=range_text(words, row.own),
                )
            )
        else:
            parts.append(words.text("breakdown.row_alt_dash", label=row.label, why=row.why))
    alt = f"{frame.title}. {words.text('breakdown.alt', rows='; '.join(parts))}"
    return Figure(
        name=frame.name,
        title=frame.title,
        caption=frame.caption,
        alt=alt,
        table=_table(words, frame.table, rows, look),
        wide=_draw(words, rows, look, theme.WIDE),
        narrow=_draw(words, rows, look, theme.NARROW),
    )


def value_text(words: Words, estimate: Estimate | None) -> str:
    """The value as printed, with a star when indicative."""
    if estimate is None or not estimate.shown:
        return DASH
    return f"{words.figure(estimate)}{'*' if estimate.indicative else ''}"


def range_text(words: Words, estimate: Estimate | None) -> str:
    """The range as printed in tables."""
    if estimate is None or not estimate.shown or estimate.low is None or estimate.high is None:
        return DASH
    return words.range(estimate.low, estimate.high, estimate.measure)


def estimate_cells(words: Words, estimate: Estimate | None) -> tuple[Cell, Cell, Cell]:
    """Value, range and number of answers of one published row. A number never stands where the status forbids it."""
    figure_id = "" if estimate is None else estimate.figure_id
    shown = estimate is not None and estimate.shown
    count = DASH if not shown or estimate is None or estimate.n is None else words.integer(estimate.n)
    return (
        Cell(value_text(words, estimate), figure_id if shown else ""),
        Cell(range_text(words, estimate), figure_id if shown else "", "range"),
        Cell(count, figure_id if shown else "", "n"),
    )


def _table(words: Words, caption: str, rows: Sequence[Row], look: Look) -> DataTable:
    value = words.texts["labels.mark" if look.measure == "mean" else "labels.satisfied"]
    header = [look.row_heading, value, words.texts["labels.range"], words.texts["labels.answers"]]
    if look.reference_name:
        header.append(look.reference_name)
    lines = []
    for row in rows:
        cells: tuple[Cell, ...] = (Cell(row.label), *estimate_cells(words, row.own))
        if look.reference_name:
            text = DASH if row.reference is None else words.value(row.reference, look.measure)
            cells = (*cells, Cell(text, row.reference_id if row.reference is not None else ""))
        lines.append(cells)
    return DataTable(caption, tuple(header), tuple(lines))


def _draw(words: Words, rows: Sequence[Row], look: Look, width: int) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    entries: list[tuple[Sign, str]] = [("dot", plain(look.own_key))]
    if look.reference_name and any(row.reference is not None for row in rows):
        entries.append(("diamond", plain(look.reference_name)))
    key = Canvas.key_height(width, entries)
    label_width = width - 70 if narrow else 240
    labels = [wrapped(plain(row.label), label_width) for row in rows]
    lines = max(label.count("<br>") + 1 for label in labels)
    pitch = (30 + 16 * lines) if narrow else max(32, 8 + 16 * lines)
    left = 10 if narrow else min(252, int(max(text_width(label) for label in labels)) + 24)
    right = 56 if narrow else 66
    canvas = Canvas(width, key + pitch * len(rows) + 30, left, right, key, 30)
    canvas.key(entries)
    for index, (row, label) in enumerate(zip(rows, labels, strict=True)):
        top = key + index * pitch
        if index % 2 == 0:
            canvas.rectangle(0, width, top, top + pitch, theme.ROW)
        mark_y = top + pitch - 14 if narrow else top + pitch / 2
        canvas.text(label, left if narrow else 10, top + 8 * lines + 3 if narrow else mark_y)
        value = {"color": theme.BLUE, "weight": "bold", "size": theme.STRONG, "xanchor": "right", "align": "right"}
        canvas.text(
            value_text(words, row.own), width - 8, mark_y, **(value if row.shown else {**value, "color": theme.GREY})
        )
        if not row.shown:
            canvas.text(
                f"{DASH} {words.texts['status.short']}", left + 6, mark_y, color=theme.GREY, size=theme.MINIMUM_TEXT
            )
    _draw_marks(words, canvas, rows, look, pitch, narrow=narrow)
    labels_x = look.scale.labels(words, look.measure)
    if narrow and len(labels_x) > 7:
        labels_x = [text if index % 2 == 0 else "" for index, text in enumerate(labels_x)]
    xaxis = theme.value_axis(look.scale.lower, look.scale.upper, list(look.scale.ticks), labels_x, layer="below traces")
    return canvas.figure(xaxis, theme.hidden_axis(pitch * len(rows), 0))


def _draw_marks(words: Words, canvas: Canvas, rows: Sequence[Row], look: Look, pitch: int, *, narrow: bool) -> None:
    middle = pitch - 14 if narrow else pitch / 2
    # Ranges first, so that diamonds and dots lie on top of them.
    spans_x: list[float | None] = []
    spans_y: list[float | None] = []
    own_x, own_y, own_hover = [], [], []
    ref_x, ref_y, ref_hover = [], [], []
    for index, row in enumerate(rows):
        y = index * pitch + middle
        if row.shown and row.own is not None and row.own.value is not None:
            if row.own.low is not None and row.own.high is not None:
                low, high = rounded(row.own.low, look.measure), rounded(row.own.high, look.measure)
                spans_x += [max(low, look.scale.lower), min(high, look.scale.upper), None]
                spans_y += [y, y, None]
            own_x.append(rounded(row.own.value, look.measure))
            own_y.append(y)
            hover = f"{row.label}: {value_text(words, row.own)} ({range_text(words, row.own)})"
            own_hover.append(plain(hover))
        if row.shown and row.reference is not None and look.reference_name:
            ref_x.append(rounded(row.reference, look.measure))
            ref_y.append(y)
            ref_hover.append(plain(f"{look.reference_name}: {words.value(row.reference, look.measure)}"))
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": spans_x,
            "y": spans_y,
            "line": {"color": theme.INTERVAL, "width": 7},
            "hoverinfo": "skip",
        }
    )
    canvas.data.append(theme.marks(ref_x, ref_y, ref_hover, symbol="diamond-open", color=theme.GREY, size=11))
    canvas.data.append(theme.marks(own_x, own_y, own_hover))
