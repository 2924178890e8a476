"""Coverage of the margins per level: a dot with what the number of simulations leaves open, on the band that is wanted.

Belongs here: this drawing and its table. Does not belong here: which results, judging them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.canvas import Canvas, Sign, plain, text_width, wrapped
from reports.theme import PlotlyDict
from reports.words import DASH, Words


@dataclass(frozen=True)
class CoverageRow:
    """One row: the share of figures whose margin holds the truth, its Monte-Carlo interval, and the wanted band."""

    label: str
    value: float
    low: float | None
    high: float | None
    wanted_low: float
    wanted_high: float


def coverage_figure(rows: Sequence[CoverageRow], words: Words) -> Figure:
    """The figure: both drawings, alternative text with the numbers, and the table."""
    said = "; ".join(
        words.text("error_rates.row_alt", label=row.label, value=_percent(words, row.value)) for row in rows
    )
    header = ("what", "value", "interval", "wanted")
    return Figure(
        name="coverage",
        title=words.text("error_rates.figure_title"),
        caption=words.text("error_rates.figure_caption"),
        alt=words.text("error_rates.figure_alt", rows=said),
        table=DataTable(
            words.text("error_rates.figure_table"),
            tuple(words.text(f"error_rates.column_{name}") for name in header),
            tuple(
                (
                    Cell(row.label),
                    Cell(_percent(words, row.value)),
                    Cell(_range(words, row.low, row.high)),
                    Cell(_range(words, row.wanted_low, row.wanted_high)),
                )
                for row in rows
            ),
        ),
        wide=_draw(rows, words, theme.WIDE),
        narrow=_draw(rows, words, theme.NARROW),
    )


def _percent(words: Words, share: float) -> str:
    return f"{words.decimal(100 * share)}%"


def _range(words: Words, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return DASH
    return words.text("quality.from_to", low=_percent(words, low), high=_percent(words, high))


def _draw(rows: Sequence[CoverageRow], words: Words, width: int) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    entries: list[tuple[Sign, str]] = [
        ("dot", plain(words.text("error_rates.key_value"))),
        ("band", plain(words.text("error_rates.key_wanted"))),
    ]
    key = Canvas.key_height(width, entries)
    pitch = 46 if narrow else 32
    labels = [wrapped(plain(row.label), width - 80 if narrow else 300) for row in rows]
    left = 14 if narrow else min(310, int(max(text_width(label) for label in labels)) + 24)
    canvas = Canvas(width, key + pitch * len(rows) + 32, left, 66, key, 32)
    canvas.key(entries)
    lowest = min(min(row.value, row.wanted_low, 1.0 if row.low is None else row.low) for row in rows)
    lower = max(0.0, math.floor(lowest * 20) / 20)
    steps = max(1, round((1 - lower) / 0.05 / (4 if narrow else 8)))
    ticks = [round(lower + 0.05 * steps * k, 4) for k in range(int((1 - lower) / (0.05 * steps) + 1e-9) + 1)]
    count = len(rows)
    for index, (row, label) in enumerate(zip(rows, labels, strict=True)):
        middle = key + index * pitch + (pitch - 14 if narrow else pitch / 2)
        at = 1 - (middle - key) / (pitch * count)
        half = 9 / (pitch * count)
        canvas.text(label, 14 if narrow else 10, key + index * pitch + 12 if narrow else middle)
        band = (max(row.wanted_low, lower), row.wanted_high)
        canvas.shapes.append(theme.box(*band, at - half, at + half, theme.PALE))
        if row.low is not None and row.high is not None:
            canvas.shapes.append(theme.line(max(row.low, lower), row.high, at, at, theme.INTERVAL, width=7))
        outside = not row.wanted_low <= row.value <= row.wanted_high
        color = theme.ORANGE if outside else theme.BLUE
        value = _percent(words, row.value)
        canvas.data.append(theme.marks([round(row.value, 4)], [at], [value], color=color))
        style = {"color": color, "weight": "bold", "size": theme.STRONG, "xanchor": "right", "align": "right"}
        canvas.text(value, width - 8, middle, **style)
    return canvas.figure(
        theme.value_axis(lower, 1.0, ticks, [words.percent(tick) for tick in ticks]), theme.hidden_axis(0, 1)
    )
