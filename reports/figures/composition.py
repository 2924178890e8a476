"""Who answered, against everyone who had contact: a dot and a diamond per category, and the difference in points.

Belongs here: this drawing and its table. Does not belong here: which categories (``area_page``) or suppression.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.canvas import Canvas, Sign, plain, text_width, wrapped
from reports.figures.scales import rounded
from reports.theme import PlotlyDict
from reports.words import DASH, Words


@dataclass(frozen=True)
class Part:
    """A category's share among those who answered and among all contacts; None when hidden."""

    label: str
    answered: float | None
    contacts: float | None

    @property
    def difference(self) -> float | None:
        """Answered minus contacts, of the printed whole percentages (so that the reader can check it)."""
        if self.answered is None or self.contacts is None:
            return None
        return rounded(self.answered, "share") - rounded(self.contacts, "share")


def composition(words: Words, parts: Sequence[Part]) -> Figure:
    """The figure."""
    t = words.texts
    lines = []
    for part in parts:
        answered = DASH if part.answered is None else words.percent(part.answered)
        contacts = DASH if part.contacts is None else words.percent(part.contacts)
        lines.append((part.label, answered, contacts, _points(words, part)))
    alt = "; ".join(words.text("responses.row_alt", label=a, answered=b, contacts=c) for a, b, c, _ in lines)
    return Figure(
        name="composition",
        title=t["responses.figure_title"],
        caption=t["responses.caption"],
        alt=f"{t['responses.figure_title']}. {words.text('responses.alt', rows=alt)}",
        table=DataTable(
            t["responses.table"],
            (t["responses.column"], t["responses.answered"], t["responses.contacts"], t["responses.difference"]),
            tuple(tuple(Cell(text) for text in row) for row in lines),
        ),
        wide=_draw(words, parts, theme.WIDE),
        narrow=_draw(words, parts, theme.NARROW),
    )


def _points(words: Words, part: Part) -> str:
    return DASH if part.difference is None else words.signed_points(part.difference)


def _draw(words: Words, parts: Sequence[Part], width: int) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    entries: list[tuple[Sign, str]] = [
        ("point", words.texts["responses.answered"]),
        ("diamond", words.texts["responses.contacts"]),
    ]
    key = Canvas.key_height(width, entries)
    labels = [wrapped(plain(part.label), width - 70 if narrow else 200) for part in parts]
    pitch = 44 if narrow else 28
    left = 10 if narrow else min(210, int(max(text_width(label) for label in labels)) + 24)
    canvas = Canvas(width, key + pitch * len(parts) + 30, left, 56, key, 30)
    canvas.key(entries)
    links_x: list[float | None] = []
    links_y: list[float | None] = []
    own: list[tuple[float, float, str]] = []
    everyone: list[tuple[float, float, str]] = []
    for index, (part, label) in enumerate(zip(parts, labels, strict=True)):
        top = key + index * pitch
        if index % 2 == 0:
            canvas.rectangle(0, width, top, top + pitch, theme.ROW)
        middle = pitch - 14 if narrow else pitch / 2
        canvas.text(label, left if narrow else 10, top + 12 if narrow else top + middle)
        canvas.text(_points(words, part), width - 8, top + middle, weight="bold", xanchor="right", align="right")
        y = index * pitch + middle
        if part.answered is not None and part.contacts is not None:
            links_x += [rounded(part.answered, "share"), rounded(part.contacts, "share"), None]
            links_y += [y, y, None]
        if part.contacts is not None:
            everyone.append((rounded(part.contacts, "share"), y, f"{part.label}: {words.percent(part.contacts)}"))
        if part.answered is not None:
            own.append((rounded(part.answered, "share"), y, f"{part.label}: {words.percent(part.answered)}"))
    line = {"color": theme.DOT, "width": 3}
    canvas.data.append(
        {"type": "scatter", "mode": "lines", "x": links_x, "y": links_y, "line": line, "hoverinfo": "skip"}
    )
    for rows, symbol, color in ((everyone, "diamond-open", theme.GREY), (own, "circle", theme.BLUE)):
        x, y_values, hover = [r[0] for r in rows], [r[1] for r in rows], [plain(r[2]) for r in rows]
        canvas.data.append(theme.marks(x, y_values, hover, symbol=symbol, color=color))
    highest = max([value for value, _, _ in own + everyone], default=0.2)
    upper = min(1.0, math.ceil(round(highest / 0.2, 6)) * 0.2)
    ticks = [round(k * 0.2, 1) for k in range(round(upper / 0.2) + 1)]
    xaxis = theme.value_axis(-0.01, upper + 0.01, ticks, [words.percent(tick) for tick in ticks])
    return canvas.figure(xaxis, theme.hidden_axis(pitch * len(parts), 0))
