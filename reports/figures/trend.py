"""The course per quarter, with the band of ordinary variation.

Belongs here: the line, its band, gaps and breaks. Does not belong here: deciding whether something changed: a mark
is drawn only when the caller says that the tested comparison with a year earlier found a real difference.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.canvas import Canvas, Sign, plain
from reports.figures.dot_range import estimate_cells
from reports.figures.scales import close_scale, rounded
from reports.inputs import Estimate
from reports.theme import PlotlyDict
from reports.words import DASH, Words

EXPECTED = 2.0  # standard errors: about 95 of 100 quarters lie inside when nothing changes


@dataclass(frozen=True)
class Course:
    """What is drawn: the quarters in order, the dates of method breaks, and whether the newest point is a signal."""

    name: str  # "Uw team"
    measure: str
    limits: tuple[float, float]
    quarters: tuple[Estimate, ...]
    breaks: tuple[dt.date, ...] = ()
    signal: bool = False


@dataclass(frozen=True)
class Stretch:
    """Quarters between two breaks, with the level and range that ordinary variation keeps them in."""

    first: int
    last: int
    mean: float
    band: tuple[tuple[int, float, float], ...]  # position, low, high


def stretches(course: Course) -> tuple[Stretch, ...]:
    """Mean of the shown quarters and the range expected around it, separately on each side of a break.

    The width of the band is the published uncertainty of each quarter: a quarter with few answers varies more.
    """
    found = []
    for first, last in _runs(course):
        shown = [
            (i, q) for i, q in enumerate(course.quarters) if first <= i <= last and q.shown and q.value is not None
        ]
        if len(shown) < 2:
            continue
        mean = sum(q.value for _, q in shown if q.value is not None) / len(shown)
        band = tuple(
            (
                position,
                max(course.limits[0], mean - EXPECTED * quarter.se),
                min(course.limits[1], mean + EXPECTED * quarter.se),
            )
            for position, quarter in shown
            if quarter.se is not None
        )
        found.append(Stretch(first, last, mean, band))
    return tuple(found)


def _runs(course: Course) -> list[tuple[int, int]]:
    starts = [0] + [i for i in range(1, len(course.quarters)) if _break_before(course, i)]
    ends = [start - 1 for start in starts[1:]] + [len(course.quarters) - 1]
    return list(zip(starts, ends, strict=True))


def _break_before(course: Course, position: int) -> bool:
    """Whether the method changed after the previous quarter began and not later than this one began."""
    before, here = course.quarters[position - 1].start, course.quarters[position].start
    return any(before < date <= here for date in course.breaks)


def trend(words: Words, title: str, caption: str, course: Course) -> Figure:
    """The figure with its table."""
    points = "; ".join(f"{words.quarter(q.start)}: {words.figure(q) if q.shown else DASH}" for q in course.quarters)
    return Figure(
        name="trend",
        title=title,
        caption=caption,
        alt=f"{title}. {words.text('trend.alt', points=points)}",
        table=_table(words, course),
        wide=_draw(words, course, theme.WIDE),
        narrow=_draw(words, course, theme.NARROW),
    )


def _table(words: Words, course: Course) -> DataTable:
    bands = {position: (low, high) for stretch in stretches(course) for position, low, high in stretch.band}
    header = (
        words.texts["trend.quarter"],
        words.texts["labels.mark" if course.measure == "mean" else "labels.satisfied"],
        words.texts["labels.range"],
        words.texts["labels.answers"],
        words.texts["trend.band"],
    )
    rows = []
    for position, quarter in enumerate(course.quarters):
        band = bands.get(position)
        text = DASH if band is None else words.range(band[0], band[1], course.measure)
        rows.append((Cell(words.quarter_row(quarter.start)), *estimate_cells(words, quarter), Cell(text)))
    return DataTable(words.texts["trend.table"], header, tuple(rows))


def _draw(words: Words, course: Course, width: int) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    measure, count = course.measure, len(course.quarters)
    parts = stretches(course)
    values = [rounded(q.value, measure) for q in course.quarters if q.shown and q.value is not None]
    values += [rounded(edge, measure) for part in parts for _, low, high in part.band for edge in (low, high)]
    scale = close_scale(values, course.limits, measure)
    entries: list[tuple[Sign, str]] = [("line", plain(course.name))]
    if len(parts) == 1:
        average = words.text("trend.average", value=words.value(parts[0].mean, measure))
        entries.append(("dash", average))
    if parts:
        entries.append(("band", words.texts["trend.band"].lower()))
    key = Canvas.key_height(width, entries)
    canvas = Canvas(width, key + (220 if narrow else 250) + 30, 40, 46, key + 6, 30)
    canvas.key(entries)
    for part in parts:
        _draw_band(canvas, part, measure)
    _draw_line(words, canvas, course)
    for position in range(1, count):
        if _break_before(course, position):
            x = position - 0.5
            canvas.shapes.append(
                theme.line(x, x, 0, 1, theme.GREY, width=1.5, dash="dot", xref="x", yref="paper", layer="below")
            )
            # On the side where there is room: near the right edge the words would be cut off.
            side: PlotlyDict = {"xanchor": "right", "xshift": -4} if x > count / 2 else {"xanchor": "left", "xshift": 4}
            canvas.annotations.append(
                theme.label(
                    words.texts["trend.break_label"], x, 1, xref="x", yref="paper", yanchor="top",
                    color=theme.GREY, size=theme.MINIMUM_TEXT, **side,
                )
            )  # fmt: skip
    step = 1 if not narrow else max(1, -(-count // 5))
    # The newest quarter always has its name; the others count back from it.
    shown = [i for i in range(count) if (count - 1 - i) % step == 0]
    if not narrow and count > 13:
        shown = [i for i in range(count) if (count - 1 - i) % 2 == 0]
    xaxis = theme.axis(
        -0.35,
        count - 0.65,
        tickmode="array",
        tickvals=shown,
        ticktext=[words.quarter(course.quarters[i].start) for i in shown],
        tickangle=0,
        showline=True,
        linecolor=theme.GREY,
    )
    yaxis = theme.value_axis(scale.lower, scale.upper, list(scale.ticks), scale.labels(words, measure))
    return canvas.figure(xaxis, {**yaxis, "showline": False})


def _draw_band(canvas: Canvas, part: Stretch, measure: str) -> None:
    if not part.band:
        return
    positions = [position for position, _, _ in part.band]
    lows = [low for _, low, _ in part.band]
    highs = [high for _, _, high in part.band]
    # Half a step beyond the outer quarters: a band must not end in a point.
    outline_x = [positions[0] - 0.3, *positions, positions[-1] + 0.3]
    outline_x += outline_x[::-1]
    outline_y = [highs[0], *highs, highs[-1], *([lows[-1], *lows[::-1], lows[0]])]
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [round(x, 2) for x in outline_x],
            "y": [rounded(y, measure) for y in outline_y],
            "fill": "toself",
            "fillcolor": theme.PALE,
            "line": {"width": 0, "color": theme.PALE},
            "hoverinfo": "skip",
        }
    )
    mean = rounded(part.mean, measure)
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [positions[0] - 0.3, positions[-1] + 0.3],
            "y": [mean, mean],
            "line": {"color": theme.GREY, "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        }
    )


def _draw_line(words: Words, canvas: Canvas, course: Course) -> None:
    x: list[float] = []
    y: list[float | None] = []
    marks_x, marks_y, hover = [], [], []
    for position, quarter in enumerate(course.quarters):
        if position and _break_before(course, position):
            x.append(position - 0.5)
            y.append(None)
        x.append(position)
        if not quarter.shown or quarter.value is None:
            y.append(None)
            continue
        value = rounded(quarter.value, course.measure)
        y.append(value)
        marks_x.append(position)
        marks_y.append(value)
        hover.append(plain(f"{words.quarter_long(quarter.start)}: {words.figure(quarter)}"))
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": y,
            "connectgaps": False,
            "line": {"color": theme.BLUE, "width": 2},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    )
    canvas.data.append(theme.marks(marks_x, marks_y, hover, size=9))
    newest = course.quarters[-1]
    if newest.shown and marks_x[-1:] == [len(course.quarters) - 1]:
        color = theme.ORANGE if course.signal else theme.BLUE
        if course.signal:
            canvas.data.append(
                theme.marks(marks_x[-1:], marks_y[-1:], hover[-1:], symbol="diamond", color=theme.ORANGE, size=15)
            )
        canvas.annotations.append(
            theme.label(
                str(words.figure(newest)), marks_x[-1], marks_y[-1], xref="x", yref="y", xshift=11,
                color=color, size=theme.STRONG, weight="bold",
            )
        )  # fmt: skip
