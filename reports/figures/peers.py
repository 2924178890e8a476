"""Comparable areas as dots without names on one line, the middle half shaded, and the own range below.

Belongs here: this drawing. Dots have no label, no hover and no order: it is not a ranking.
Does not belong here: choosing comparable areas.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reports import theme
from reports.figure import Cell, DataTable, Figure
from reports.figures.canvas import Canvas, plain, text_width
from reports.figures.dot_range import estimate_cells, range_text, value_text
from reports.figures.scales import close_scale, rounded
from reports.inputs import Estimate, Peers
from reports.theme import PlotlyDict
from reports.words import Words, capital

DOT = 13  # px; dots with the same value are stacked at this distance
MOST_ROWS = 9  # higher stacks are drawn closer together


@dataclass(frozen=True)
class Names:
    """Noun phrases of the level, and the ends of the answer scale."""

    own: str  # "uw team"
    plural: str  # "basisteams"
    limits: tuple[float, float]


def peers_figure(words: Words, title: str, names: Names, own: Estimate, peers: Peers) -> Figure:
    """The figure; ``own`` must be shown."""
    measure = own.measure
    value, spread = value_text(words, own), range_text(words, own)
    mean, q25, q75 = (words.value(v, measure) for v in (peers.mean, peers.q25, peers.q75))
    t = words.texts
    span = [words.value(v, measure) for v in (min(peers.positions), max(peers.positions))] if peers.positions else []
    rows = [
        (Cell(capital(names.own)), *estimate_cells(words, own)[:2]),
        (Cell(words.text("peers.mean", plural=names.plural)), Cell(mean), Cell("")),
        (Cell(t["peers.q25"]), Cell(q25), Cell("")),
        (Cell(t["peers.q75"]), Cell(q75), Cell("")),
    ]
    if span:
        rows += [
            (Cell(t["peers.lowest"]), Cell(span[0]), Cell("")),
            (Cell(t["peers.highest"]), Cell(span[1]), Cell("")),
        ]
    return Figure(
        name="peers",
        title=title,
        caption=words.text("peers.caption", count=words.integer(peers.count), plural=names.plural, own=names.own),
        alt=f"{title}. "
        + words.text(
            "peers.alt",
            own=capital(names.own),
            value=value,
            range=spread,
            plural=names.plural,
            mean=mean,
            q25=q25,
            q75=q75,
        ),
        table=DataTable(
            words.text("peers.table", plural=names.plural),
            (t["peers.what"], t["peers.value"], t["labels.range"]),
            tuple(rows),
        ),
        wide=_draw(words, names, own, peers, theme.WIDE),
        narrow=_draw(words, names, own, peers, theme.NARROW),
    )


def _draw(words: Words, names: Names, own: Estimate, peers: Peers, width: int) -> PlotlyDict:
    assert own.value is not None
    measure = own.measure
    value = rounded(own.value, measure)
    low = value if own.low is None else rounded(own.low, measure)
    high = value if own.high is None else rounded(own.high, measure)
    stacks = Counter(rounded(position, measure) for position in peers.positions)
    scale = close_scale([*stacks, low, high], names.limits, measure, most_ticks=6 if theme.is_narrow(width) else 8)
    tallest = max(stacks.values(), default=1)
    pitch = DOT if tallest <= MOST_ROWS else DOT * MOST_ROWS / tallest
    area = int(pitch * tallest) + 12
    below = 62  # own range and its name
    canvas = Canvas(width, 28 + area + below + 30, 22, 22, 28, 30)
    height = area + below
    canvas.shapes.append(
        theme.box(rounded(peers.q25, measure), rounded(peers.q75, measure), 0, height, theme.PALE, xref="x", yref="y")
    )
    middle = (peers.q25 + peers.q75) / 2
    canvas.annotations.append(
        theme.label(
            words.texts["peers.half"], middle, height, xref="x", yref="y", xanchor="center", yanchor="bottom", yshift=4,
            color=theme.GREY, size=theme.MINIMUM_TEXT,
        )
    )  # fmt: skip
    dots = [(position, below + 6 + k * pitch) for position, count in sorted(stacks.items()) for k in range(count)]
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [x for x, _ in dots],
            "y": [round(y, 1) for _, y in dots],
            "marker": {"symbol": "circle", "color": theme.DOT, "size": 11, "line": {"color": theme.WHITE, "width": 1}},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    )
    canvas.data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [low, high],
            "y": [40, 40],
            "line": {"color": theme.INTERVAL, "width": 8},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    )
    name = f"{capital(names.own)} {value_text(words, own)}"
    canvas.data.append(theme.marks([value], [40], [plain(f"{name} ({range_text(words, own)})")], size=15))
    # The name is centred under the dot, but never outside the picture.
    place = (value - scale.lower) / (scale.upper - scale.lower) * canvas.plot_width + canvas.left
    half = text_width(name, theme.STRONG) / 2 + 4
    canvas.annotations.append(
        theme.label(
            plain(name), value, 40, xref="x", yref="y", xanchor="center", yshift=-20,
            xshift=max(half - place, 0) - max(place + half - width, 0),
            color=theme.BLUE, size=theme.STRONG, weight="bold",
        )
    )  # fmt: skip
    xaxis = theme.value_axis(scale.lower, scale.upper, list(scale.ticks), scale.labels(words, measure))
    return canvas.figure(xaxis, theme.hidden_axis(0, height))
