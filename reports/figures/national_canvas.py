"""A drawing surface in pixels for the figures of the whole: panels, rows and tiles are placed, not fitted.

Belongs here: the surface, a value scale with round ticks, and wrapping of labels. Does not belong here: any figure.
Charts that are many small charts are drawn on one surface: the same scale everywhere is then not a setting but a fact.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any

from reports import theme
from reports.theme import PlotlyDict
from reports.words import Words

SHARE_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
MEAN_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` with round ticks."""

    measure: str
    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def around(cls, values: Iterable[float], measure: str, *, most_ticks: int = 5) -> Scale:
        """The narrowest range with round ends that holds all values; a percentage stays between 0 and 100."""
        found = list(values)
        low, high = min(found), max(found)
        share = measure != "mean"
        steps = SHARE_STEPS if share else MEAN_STEPS
        for step in steps:
            first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
            if first == last:
                last += 1
            if last - first <= most_ticks or step == steps[-1]:
                break
        if share:
            first, last = max(first, 0), min(last, round(1 / step))
        ticks = tuple(round(step * number, 4) for number in range(first, last + 1))
        return cls(measure, ticks[0], ticks[-1], ticks)

    def place(self, value: float, start: float, end: float) -> float:
        """Where a value stands between two pixels."""
        return round(start + (value - self.low) / (self.high - self.low) * (end - start), 2)

    def text(self, words: Words, value: float) -> str:
        """A tick's label."""
        return words.value(value, self.measure)


@dataclass
class Canvas:
    """Shapes, texts and hoverable marks on a surface of ``width`` x ``height`` pixels; the origin is top left."""

    width: int
    height: int
    shapes: list[PlotlyDict] = field(default_factory=list)
    texts: list[PlotlyDict] = field(default_factory=list)
    traces: list[PlotlyDict] = field(default_factory=list)

    @property
    def narrow(self) -> bool:
        """Whether this is the drawing for a phone."""
        return theme.is_narrow(self.width)

    def text(self, text: str, x: float, y: float, **extra: Any) -> None:
        """A piece of text; the anchor is left and middle unless said otherwise."""
        self.texts.append(theme.label(text, x, y, **extra))

    def line(self, x0: float, x1: float, y0: float, y1: float, color: str, **extra: Any) -> None:
        """A straight line behind the marks; ``width`` and ``dash`` through ``extra``."""
        self.shapes.append(theme.line(x0, x1, y0, y1, color, **{"layer": "below", **extra}))

    def box(self, x0: float, x1: float, y0: float, y1: float, color: str, **extra: Any) -> None:
        """A filled rectangle."""
        self.shapes.append(theme.box(x0, x1, y0, y1, color, **extra))

    def marks(self, x: list[float], y: list[float], hover: list[str], **extra: Any) -> None:
        """Marks with hover texts."""
        self.traces.append(theme.marks(x, y, hover, **extra))

    def path(self, x: list[float | None], y: list[float | None], color: str, width: float, **extra: Any) -> None:
        """A line through points; ``None`` interrupts it."""
        self.traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": y,
                "line": {"color": color, "width": width},
                "hoverinfo": "skip",
                "connectgaps": False,
                "cliponaxis": False,
                **extra,
            }
        )

    def figure(self) -> PlotlyDict:
        """The Plotly dictionary."""
        layout = theme.layout(
            self.width,
            self.height,
            (0, 0, 0, 0),
            xaxis=theme.hidden_axis(0, self.width),
            yaxis=theme.hidden_axis(self.height, 0),
            shapes=self.shapes,
            annotations=self.texts,
        )
        return {"data": self.traces, "layout": layout}


def wrap(text: str, characters: int) -> str:
    """A label on as many lines as it needs; Plotly breaks at ``<br>`` only, so every other ``<`` is taken out."""
    lines = textwrap.wrap(text.replace("<", "‹"), characters) or [""]
    return "<br>".join(lines)
