"""Placing text and shapes to the pixel, on top of Plotly's coordinates.

Belongs here: a canvas with margins, row labels, keys (direct labels of the marks) and wrapped text.
Does not belong here: data. Pixels count from the top left corner of the picture.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Literal

from reports import theme
from reports.theme import PlotlyDict

Sign = Literal["dot", "point", "diamond", "band", "dash", "line", "signal", "grey_dot"]
CHARACTER = 0.58  # width of a character in parts of the text size: careful, as the reader's font may be a wide one


def text_width(text: str, size: int = theme.TEXT) -> float:
    """A careful guess of the width of a text in px (pictures are made before any browser is known)."""
    return max((len(piece) for piece in text.split("<br>")), default=0) * size * CHARACTER


def wrapped(text: str, width: float, size: int = theme.TEXT) -> str:
    """The text broken into lines of at most ``width`` px."""
    return "<br>".join(textwrap.wrap(text, max(8, int(width / (size * CHARACTER))))) or text


def plain(text: str) -> str:
    """Text Plotly cannot read as markup: chart text knows a few tags and turns links into links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass
class Canvas:
    """A picture under construction: margins in px, and everything drawn so far."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    data: list[PlotlyDict] = field(default_factory=list)
    shapes: list[PlotlyDict] = field(default_factory=list)
    annotations: list[PlotlyDict] = field(default_factory=list)

    @property
    def plot_width(self) -> int:
        """Width between the margins."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """Height between the margins."""
        return self.height - self.top - self.bottom

    def text(self, text: str, x: float, y: float, **style: object) -> None:
        """Text at a pixel (middle of the line, left end unless ``xanchor`` says otherwise)."""
        place = {"xref": "paper", "yref": "paper", "xshift": x - self.left, "yshift": self.top - y}
        self.annotations.append(theme.label(text, 0, 1, **{**place, **style}))  # type: ignore[arg-type]

    def rectangle(self, x0: float, x1: float, y0: float, y1: float, color: str) -> None:
        """A filled rectangle between pixels, behind the data."""
        place = {
            "xref": "paper",
            "yref": "paper",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": 0,
            "yanchor": 1,
        }
        self.shapes.append(theme.box(x0 - self.left, x1 - self.left, self.top - y0, self.top - y1, color, **place))

    def sign(self, sign: Sign, x: float, y: float) -> None:
        """The mark that a key explains, exactly as it looks in the plot."""
        place = {
            "xref": "paper",
            "yref": "paper",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": 0,
            "yanchor": 1,
        }
        px, py = x - self.left, self.top - y
        if sign == "band":
            self.shapes.append(theme.box(px - 12, px + 12, py - 6, py + 6, theme.PALE, **place))
            return
        if sign in {"dash", "line", "dot"}:
            color, width = {"dash": (theme.GREY, 1.5), "line": (theme.BLUE, 2), "dot": (theme.INTERVAL, 7)}[sign]
            dash = "dash" if sign == "dash" else "solid"
            self.shapes.append(theme.line(px - 12, px + 12, py, py, color, width=width, dash=dash, **place))
        if sign in {"dot", "point", "line", "grey_dot"}:
            color = theme.DOT if sign == "grey_dot" else theme.BLUE
            self.shapes.append(
                {
                    "type": "circle",
                    "x0": px - 5,
                    "x1": px + 5,
                    "y0": py - 5,
                    "y1": py + 5,
                    "fillcolor": color,
                    "line": {"width": 1, "color": theme.WHITE},
                    **place,
                }
            )
        if sign in {"diamond", "signal"}:
            fill = theme.WHITE if sign == "diamond" else theme.ORANGE
            edge = theme.GREY if sign == "diamond" else theme.WHITE
            corners = ((px, py - 7), (px + 7, py), (px, py + 7), (px - 7, py))
            path = "M" + "L".join(f"{cx:.1f},{cy:.1f}" for cx, cy in corners) + "Z"
            self.shapes.append(
                {
                    "type": "path",
                    "path": path,
                    "fillcolor": fill,
                    "line": {"width": 2 if sign == "diamond" else 1, "color": edge},
                    **place,
                }
            )

    def key(self, entries: list[tuple[Sign, str]], *, y: float = 12) -> None:
        """The names of the marks, above the plot: in a row when wide, under each other when narrow."""
        x = 16.0
        for sign, name in entries:
            size = theme.TEXT if not theme.is_narrow(self.width) else theme.MINIMUM_TEXT
            needed = 24 + text_width(name, size) + 26
            if x > 16 and x + needed > self.width:
                x, y = 16.0, y + 20
            self.sign(sign, x, y)
            self.text(name, x + 20, y, size=size)
            x += needed

    @staticmethod
    def key_height(width: int, entries: list[tuple[Sign, str]]) -> int:
        """Height the key will take (same arithmetic as ``key``)."""
        size = theme.MINIMUM_TEXT if theme.is_narrow(width) else theme.TEXT
        x, lines = 16.0, 1
        for _, name in entries:
            needed = 24 + text_width(name, size) + 26
            if x > 16 and x + needed > width:
                x, lines = 16.0, lines + 1
            x += needed
        return lines * 20 + 6

    def figure(self, xaxis: PlotlyDict, yaxis: PlotlyDict) -> PlotlyDict:
        """The finished Plotly dictionary."""
        margins = (self.left, self.right, self.top, self.bottom)
        layout = theme.layout(
            self.width,
            self.height,
            margins,
            xaxis=xaxis,
            yaxis=yaxis,
            shapes=self.shapes,
            annotations=self.annotations,
        )
        return {"data": self.data, "layout": layout}
