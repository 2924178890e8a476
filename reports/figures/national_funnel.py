"""The funnel: every area of the lowest level against what chance alone would give with its number of answers.

Dots have no names. The lines are a drawing aid; which areas truly differ is read from the published comparisons.
Belongs here: this drawing, its lines and its table. Does not belong here: deciding who deviates.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.national_canvas import Scale
from reports.inputs import Estimate
from reports.sentences.national import LeafPoint, Leaves, Verdict
from reports.theme import PlotlyDict
from reports.words import Words

LIMITS = ((1.959964, "95%"), (3.090232, "99,8%"))  # two-sided normal quantiles; the outer one is worth a sentence
LOOKS: dict[Verdict, tuple[str, str, int]] = {
    "better": ("triangle-up", theme.BLUE, 13),
    "worse": ("triangle-down", theme.ORANGE, 13),
}
FEWEST = 10  # dots below which a funnel shows nothing
STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10**6)


def national_funnel(title: str, leaves: Leaves, whole: Estimate, names: dict[str, str], words: Words) -> Figure | None:
    """Figure against number of answers, with the limits of chance around the whole."""
    points = [point for point in leaves.points if point.n]
    if len(points) < FEWEST or whole.value is None or whole.measure == "mean":
        return None
    # Room for the limits where half of the dots lie; further to the left they leave the picture.
    counts = sorted(point.n or 1 for point in points)
    edge = _limit(whole.value, LIMITS[1][0], counts[len(counts) // 2])
    values = [point.value for point in points]
    scale = Scale.around([*values, *edge], whole.measure)
    better, worse = leaves.verdicts["better"], leaves.verdicts["worse"]
    rest = len(points) - sum(point.verdict in ("better", "worse") for point in points)
    rows = (
        (words.text("national.funnel.row_better"), better),
        (words.text("national.funnel.row_worse"), worse),
        (words.text("national.funnel.row_rest"), rest),
        (words.text("national.funnel.row_hidden", **names), leaves.total - len(points)),
    )
    return Figure(
        name="funnel",
        title=title,
        caption=words.text("national.funnel.caption", **names),
        alt=words.text("national.funnel.alt", title=title, count=len(points), better=better, worse=worse, **names),
        table=DataTable(
            caption=words.text("national.funnel.table", **names),
            header=(words.text("national.funnel.row_head"), words.text("national.column.leaves", **names)),
            rows=tuple((Cell(label), Cell(words.integer(count))) for label, count in rows),
        ),
        wide=_draw(theme.WIDE, points, whole, scale, names=names, words=words),
        narrow=_draw(theme.NARROW, points, whole, scale, names=names, words=words),
    )


def _limit(target: float, quantile: float, n: float) -> tuple[float, float]:
    """What chance alone gives around the whole with n answers (drawing aid; verdicts come from the comparisons)."""
    half = quantile * sqrt(target * (1 - target) / n)
    return max(target - half, 0.0), min(target + half, 1.0)


def _draw(
    width: int, points: Sequence[LeafPoint], whole: Estimate, scale: Scale, *, names: dict[str, str], words: Words
) -> PlotlyDict:
    narrow = theme.is_narrow(width)
    assert whole.value is not None
    counts = [point.n or 0 for point in points]
    start, end = max(min(counts) * 0.85, 1), max(counts) * 1.05
    step = next(step for step in STEPS if end / step <= (4 if narrow else 7))
    ticks = list(range(step, int(end) + 1, step))
    label = words.text("national.funnel.whole", name=whole.area_name, value=words.figure(whole))
    return {
        "data": _lines(whole.value, start, end) + _dots(points, whole.measure, words),
        "layout": theme.layout(
            width,
            340 if narrow else 350,
            (44, 12, 12, 52),
            xaxis=theme.axis(
                start,
                end,
                tickmode="array",
                tickvals=ticks,
                ticktext=[words.integer(tick) for tick in ticks],
                showline=True,
                linecolor=theme.GREY,
                title={"text": words.text("national.funnel.axis", **names), "font": theme.font(12, theme.INK)},
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
            shapes=[theme.line(start, end, whole.value, whole.value, theme.INK, width=1.5)],
            annotations=[
                theme.label(label, end, whole.value, weight="bold", xanchor="right", yanchor="bottom"),
                *(_limit_label(whole.value, quantile, text, end, words) for quantile, text in LIMITS),
            ],
        ),
    }


def _limit_label(target: float, quantile: float, text: str, n: float, words: Words) -> PlotlyDict:
    shown = text if words.language == "nl" else text.replace(",", ".")
    y = _limit(target, quantile, n)[0]
    return theme.label(shown, n, y, size=12, color=theme.GREY, xanchor="right", yanchor="top", yshift=-2)


def _lines(target: float, start: float, end: float) -> list[PlotlyDict]:
    """Both limits, below and above; points lie closer where the curve bends."""
    grid = [round(start + (end - start) * (position / 60) ** 2, 1) for position in range(61)]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": grid,
            "y": [round(_limit(target, quantile, n)[side], 4) for n in grid],
            "line": {"color": theme.GREY, "width": 1.2, "dash": dash},
            "hoverinfo": "skip",
        }
        for (quantile, _), dash in zip(LIMITS, ("dot", "solid"), strict=True)
        for side in (0, 1)
    ]


def _dots(points: Sequence[LeafPoint], measure: str, words: Words) -> list[PlotlyDict]:
    """Dots, and triangles for those that truly differ."""
    traces = []
    for verdict in (None, *LOOKS):
        chosen = [p for p in points if (p.verdict == verdict if verdict else p.verdict not in LOOKS)]
        symbol, color, size = LOOKS[verdict] if verdict else ("circle", theme.DOT, 8)
        hover = [
            words.text("national.funnel.hover", value=words.value(p.value, measure), n=words.integer(p.n or 0))
            for p in chosen
        ]
        x, y = [p.n for p in chosen], [round(p.value, 4) for p in chosen]
        if chosen:
            traces.append(theme.marks(x, y, hover, symbol=symbol, color=color, size=size))
    return traces
