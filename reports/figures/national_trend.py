"""The headline figure of the whole, per quarter, with its range and interrupted at every change of method.

Belongs here: this drawing and its table. Does not belong here: whether it changed (``sentences``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.dot_range import estimate_cells
from reports.figures.national_canvas import Scale
from reports.inputs import AreaView, Estimate, MethodBreak
from reports.method_breaks import dates, told
from reports.theme import PlotlyDict
from reports.words import Words

LEFT, RIGHT, TOP, BOTTOM = 46, 56, 26, 30


def national_trend(area: AreaView, item: str, measure: str, title: str, words: Words) -> Figure | None:
    """The figure, or None with fewer than two quarters: one point is not a course."""
    rows = area.series(item, measure, "quarter")
    shown = [row for row in rows if row.shown]
    if len(shown) < 2:
        return None
    ends = [end for row in shown for end in (row.low, row.value, row.high) if end is not None]
    scale = Scale.around(ends, measure)
    breaks = area.data.method_breaks.between(item, rows[0].start, rows[-1].end)
    first, last = shown[0], shown[-1]
    return Figure(
        name="trend",
        title=title,
        caption=words.text(
            "national.trend.caption", low=scale.text(words, scale.low), high=scale.text(words, scale.high)
        )
        + star_note(rows, words)
        + _break_note(breaks, area, words),
        alt=words.text(
            "national.trend.alt",
            title=title,
            first=words.figure(first),
            first_quarter=words.quarter_long(first.start),
            last=words.figure(last),
            last_quarter=words.quarter_long(last.start),
        ),
        table=_table(rows, area, words),
        wide=_draw(theme.WIDE, rows, breaks, scale, words),
        narrow=_draw(theme.NARROW, rows, breaks, scale, words),
    )


def _break_note(breaks: Sequence[MethodBreak], area: AreaView, words: Words) -> str:
    """What changed at the dotted lines."""
    return f" {words.text('national.trend.break')} {told(breaks, area.data.survey, words)}" if breaks else ""


def _table(rows: tuple[Estimate, ...], area: AreaView, words: Words) -> DataTable:
    header = (
        "national.column.quarter",
        "national.column.satisfied",
        "national.column.range",
        "national.column.answers",
    )
    return DataTable(
        caption=words.text("national.trend.table", name=area.name),
        header=tuple(words.text(key) for key in header),
        rows=tuple(figure_cells(words.quarter_long(row.start), row, words) for row in rows),
    )


def star_note(rows: Iterable[Estimate | None], words: Words) -> str:
    """What the star in the table means, when one stands there."""
    starred = any(row is not None and row.shown and row.indicative for row in rows)
    return " " + words.text("national.star") if starred else ""


def figure_cells(label: str, row: Estimate, words: Words) -> tuple[Cell, ...]:
    """Label, figure, range and number of answers of one row; dashes where there is nothing to show."""
    return (Cell(label), *estimate_cells(words, row))


def _segments(rows: tuple[Estimate, ...], breaks: Sequence[MethodBreak]) -> list[list[int]]:
    """Runs of neighbouring quarters that may be joined: not across a gap, not across a break."""
    runs: list[list[int]] = []
    for position, row in enumerate(rows):
        if not row.shown:
            continue
        joined = (
            bool(runs)
            and runs[-1][-1] == position - 1
            and not any(rows[position - 1].start < found.date <= row.start for found in breaks)
        )
        if joined:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def _draw(
    width: int, rows: tuple[Estimate, ...], breaks: Sequence[MethodBreak], scale: Scale, words: Words
) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    height = 260 if narrow else 270
    traces: list[PlotlyDict] = []
    for run in _segments(rows, breaks):
        band = [(p, rows[p].low, rows[p].high) for p in run if rows[p].low is not None and rows[p].high is not None]
        if len(band) > 1:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [p for p, _, _ in band] + [p for p, _, _ in reversed(band)],
                    "y": [low for _, low, _ in band] + [high for _, _, high in reversed(band)],
                    "fill": "toself",
                    "fillcolor": "#C5D6E6",
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                }
            )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": run,
                "y": [rows[p].value for p in run],
                "line": {"color": theme.BLUE, "width": 2.5},
                "hoverinfo": "skip",
                "cliponaxis": False,
            }
        )
    shown = [p for p, row in enumerate(rows) if row.shown]
    traces.append(
        theme.marks(
            list(shown),
            [rows[p].value for p in shown],
            [f"{words.quarter_long(rows[p].start)}: {words.figure(rows[p])}" for p in shown],
            size=9,
        )
    )
    last = rows[shown[-1]]
    every = max(1, -(-len(rows) * 49 // (width - LEFT - RIGHT)))  # a quarter's label needs 49 px
    ticks = [p for p in range(len(rows)) if (len(rows) - 1 - p) % every == 0]
    labels = [
        theme.label(
            words.figure(last).text, shown[-1], last.value or 0.0, color=theme.BLUE, size=15, weight="bold", xshift=9
        )
    ]
    shapes = []
    for date in dates(breaks):
        after = [p for p, row in enumerate(rows) if row.start >= date]
        if after and after[0] > 0:
            at = after[0] - 0.5
            shapes.append(theme.line(at, at, scale.low, scale.high, theme.GREY, width=1.5, dash="dash"))
            labels.append(
                theme.label(
                    words.text("national.trend.break_label"),
                    at,
                    scale.high,
                    size=12,
                    color=theme.GREY,
                    yanchor="bottom",
                    xanchor="center",
                )
            )
    return {
        "data": traces,
        "layout": theme.layout(
            width,
            height,
            (LEFT, RIGHT, TOP, BOTTOM),
            xaxis=theme.axis(
                -0.35,
                len(rows) - 0.75,
                tickmode="array",
                tickvals=ticks,
                ticktext=[words.quarter(rows[p].start) for p in ticks],
                showline=True,
                linecolor=theme.GREY,
            ),
            yaxis=theme.axis(
                scale.low,
                scale.high,
                tickmode="array",
                tickvals=list(scale.ticks),
                ticktext=[scale.text(words, tick) for tick in scale.ticks],
                showgrid=True,
                gridcolor=theme.RULE,
            ),
            annotations=labels,
            shapes=shapes,
        ),
    }
