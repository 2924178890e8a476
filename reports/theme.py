"""The look of every figure: colours, type, axes. One place to put another house style (with ``static/style.css``).

Belongs here: constants and the plain Plotly dictionaries that all figures share.
Does not belong here: what a figure shows (``figures``) and how a page looks (``static/style.css``).

Figures are plain dictionaries with ``template: None``: Plotly's default template costs 6.5 KB a figure and
building ``go.Figure`` objects forty times the time. Tests validate the dictionaries with ``go.Figure``.
"""

from __future__ import annotations

from typing import Any

WIDE = 704  # px; one width scaled down would halve the text on a phone
NARROW = 358

# Contrast on white in brackets; text needs 4.5:1, marks 3:1.
BLUE = "#004682"  # own figure (9.6:1)
ORANGE = "#B3460B"  # a real signal, attention (5.5:1)
INTERVAL = "#5289B8"  # range of the own figure (3.7:1)
GREY = "#5B6470"  # secondary text, reference marks (6.0:1)
DOT = "#76818D"  # comparable areas
INK = "#1A1D21"  # text
PALE = "#E8EBEE"  # bands: never the only carrier of meaning
ROW = "#F4F6F8"  # alternate rows
RULE = "#D3D8DE"  # grid lines
WHITE = "#FFFFFF"

FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
TEXT = 13  # px at 1:1; never below 12
STRONG = 14
MINIMUM_TEXT = 12

PlotlyDict = dict[str, Any]


def is_narrow(width: int) -> bool:
    """Whether a figure is drawn for a phone."""
    return width < 500


def font(size: int = TEXT, color: str = INK) -> PlotlyDict:
    """A font; its family follows the layout. Bold is a matter of ``weight`` (see ``label``), never of tags in text."""
    return {"size": size, "color": color}


def layout(width: int, height: int, margin: tuple[int, int, int, int], **extra: Any) -> PlotlyDict:
    """The base layout; ``margin`` is left, right, top, bottom in px."""
    left, right, top, bottom = margin
    return {
        "template": None,
        "width": width,
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        "autosize": False,
        "paper_bgcolor": WHITE,
        "plot_bgcolor": WHITE,
        "font": {"family": FONT, **font()},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": WHITE, "bordercolor": GREY, "font": {"family": FONT, **font()}},
        **extra,
    }


def axis(lower: float, upper: float, **extra: Any) -> PlotlyDict:
    """A quiet axis that neither zooms nor scrolls."""
    return {
        "range": [lower, upper],
        "fixedrange": True,
        "automargin": False,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": font(MINIMUM_TEXT, GREY),
        **extra,
    }


def hidden_axis(lower: float, upper: float) -> PlotlyDict:
    """An axis that only positions."""
    return axis(lower, upper, visible=False)


def value_axis(lower: float, upper: float, ticks: list[float], labels: list[str], **extra: Any) -> PlotlyDict:
    """An axis with our own tick texts (Plotly's number formats do not follow the page's language)."""
    return axis(
        lower,
        upper,
        tickmode="array",
        tickvals=ticks,
        ticktext=labels,
        showgrid=True,
        gridcolor=RULE,
        gridwidth=1,
        showline=True,
        linecolor=GREY,
        **extra,
    )


def label(
    text: str, x: float, y: float, *, color: str = INK, size: int = TEXT, weight: str = "normal", **extra: Any
) -> PlotlyDict:
    """A piece of text in the plot, without an arrow."""
    return {
        "text": text,
        "x": x,
        "y": y,
        "showarrow": False,
        "font": font(size, color) if weight == "normal" else {**font(size, color), "weight": weight},
        "xanchor": "left",
        "yanchor": "middle",
        "align": "left",
        **extra,
    }


def box(x0: float, x1: float, y0: float, y1: float, color: str, **extra: Any) -> PlotlyDict:
    """A filled rectangle behind the data."""
    return {
        "type": "rect",
        "x0": x0,
        "x1": x1,
        "y0": y0,
        "y1": y1,
        "fillcolor": color,
        "line": {"width": 0},
        "layer": "below",
        **extra,
    }


def line(  # noqa: PLR0917 - two corners and a pen
    x0: float, x1: float, y0: float, y1: float, color: str, width: float = 1, **extra: Any
) -> PlotlyDict:
    """A straight line; ``dash`` and ``layer`` through ``extra``."""
    dash = extra.pop("dash", "solid")
    return {
        "type": "line",
        "x0": x0,
        "x1": x1,
        "y0": y0,
        "y1": y1,
        "line": {"color": color, "width": width, "dash": dash},
        **extra,
    }


def marks(
    x: list[Any],
    y: list[Any],
    hover: list[str],
    *,
    symbol: str = "circle",
    color: str = BLUE,
    size: int = 11,
    **extra: Any,
) -> PlotlyDict:
    """Marks with hover texts. ``circle`` is the own figure, ``diamond-open`` what it is compared with."""
    marker: PlotlyDict = {"symbol": symbol, "color": color, "size": size, "line": {"color": WHITE, "width": 1.5}}
    if symbol.endswith("-open"):
        # An open shape with a white inside, so that a range behind it does not shine through.
        marker = {
            "symbol": symbol.removesuffix("-open"),
            "color": WHITE,
            "size": size,
            "line": {"color": color, "width": 2},
        }
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "marker": marker,
        "text": hover,
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
        **extra,
    }
