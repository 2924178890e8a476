"""What goes together with the overall opinion, as a publication table.

Belongs here: which items are drivers and on which route, who counts, and the table. Does not belong here: the division
of R2 (``statistics.drivers``), what an area makes of it (``publication_priorities``), sentences, any word about causes:
a driver goes together with the overall opinion, no more.

Only for areas with many answers: below some thousands the order of the drivers is chance.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assets.figure_axes import NOWHERE, Axes, Places, find
from assets.publication_figures import in_periods, published_figures
from assets.publication_group_gaps import analysed_areas, part_of
from assets.statistics import drivers as statistics
from assets.statistics.intervals import Floats, Integers
from assets.weighted_respondents import Respondents, respondents_between
from expectations.model import ALL, Item, Survey

DRAWS = 500
"""Draws of the bootstrap: a bound of an interval moves by some twentieth of its width from seed to seed."""
LEADING = 3
"""Drivers that are put in order, where there are answers enough for any order."""
FEWEST_ITEMS = 2
MEAN = "mean"
WEIGHT_DECIMALS = 9
"""Further digits of a relative weight depend on the processor."""
SCHEMA = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("figure_id", "level", "area_code", "route", "outcome_item", "item", "window")
        ),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("n", pa.int64()),
        *((name, pa.float64()) for name in ("r_squared", "share", "share_low", "share_high", "relative_weight")),
        ("top_chance", pa.float64()),
        ("driver_rank", pa.int32()),
    ]
)


@dataclass(frozen=True)
class Route:
    """Respondents who were asked the same items about parts of the service.

    Attributes:
        code: ``all``, or what opens the route: ``<item>=<answers>``, ``group=<groups>``.
        items: Items about parts of the service that everyone on the route was asked.
    """

    code: str
    items: tuple[str, ...]


def routes(survey: Survey) -> list[Route]:
    """One route of what everyone is asked, and one for each condition under which more is asked.

    Drivers are the parts of the service with an answer scale; the headline item is no part of itself.
    """
    parts = [
        item for item in survey.items
        if item.part_of_service and item.id != survey.headline_item
        and survey.scale_of(item).kind in {"ordinal", "mark"} and item.polarity != "none"
    ]  # fmt: skip
    opened = {item.id: _opening(item) for item in parts}
    common = [item.id for item in parts if opened[item.id] == ALL]
    codes = [ALL, *dict.fromkeys(code for code in opened.values() if code != ALL)]
    found = [Route(code, tuple(i.id for i in parts if opened[i.id] in {ALL, code})) for code in codes]
    return [route for route in found if len(route.items) >= FEWEST_ITEMS and (route.code == ALL or common)]


def _opening(item: Item) -> str:
    """What opens the route of an item; ``all`` if everyone is asked."""
    conditions = [f"group={'+'.join(item.asked_of)}"] if item.asked_of else []
    if item.asked_when is not None:
        conditions.append(f"{item.asked_when.item}={'+'.join(item.asked_when.values)}")
    return "&".join(conditions) or ALL


def drivers(
    axes: Axes, published: pa.Table, respondents: pa.Table, weights: pa.Table, period: int | None = None
) -> pa.Table:
    """``publication.drivers``: newest headline window of the top level, for the nation and the level below it.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.
        respondents: ``marts.respondents``.
        weights: ``marts.weights``.
        period: Position of another period; None is the newest headline window.

    Returns:
        A row per area, route and item where at least ``drivers_from`` respondents answered every item of the route and
        the headline item, and the headline figure of the area is shown.
    """
    at = axes.latest(axes.survey.top.headline_window) if period is None else period
    if at == NOWHERE:
        return SCHEMA.empty_table()
    when = axes.periods[at]
    people = respondents_between(respondents, weights, when.start, when.end)
    figures = published_figures(axes, in_periods(published, axes, [at]))
    areas = analysed_areas(axes)
    headline = _mean_of(axes, axes.survey.headline_item)
    rows: list[dict[str, object]] = []
    for route in routes(axes.survey) if headline != NOWHERE else []:
        items = _asked_throughout(axes, route, at)
        if len(items) < FEWEST_ITEMS:
            continue
        for area, index, values in _complete(axes, people, areas, items):
            place = axes.pack(Places(*(np.array([v]) for v in (area, 0, 0, headline, at))))
            position = int(find(figures.keys, place)[0])
            if position == NOWHERE or not figures.shown[position]:
                continue
            rows.extend(
                {
                    "figure_id": figures.figure_id[position],
                    "level": axes.levels[axes.areas[area].level],
                    "area_code": axes.areas[area].code,
                    "route": route.code,
                    "outcome_item": axes.survey.headline_item,
                    "window": when.window,
                    "period_start": when.start,
                    "period_end": when.end,
                    **row,
                }
                for row in _divided(
                    axes.survey, items, people.take(index), values, f"{axes.areas[area].code}|{route.code}"
                )
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _mean_of(axes: Axes, item: str) -> int:
    """Position of the mean of an item on the axis of measures, -1 if it has none."""
    return next((p for p, m in enumerate(axes.measures) if m.item == item and m.name == MEAN), NOWHERE)


def _asked_throughout(axes: Axes, route: Route, period: int) -> list[str]:
    """Items of a route that were asked during the whole period: others would make everyone before or after drop out."""
    when = axes.periods[period]
    items = [axes.survey.item(code) for code in route.items]
    return [
        item.id for item in items
        if item.first_wave <= when.start and (item.last_wave is None or item.last_wave >= when.end)
    ]  # fmt: skip


def _complete(
    axes: Axes, people: Respondents, areas: Integers, items: Sequence[str]
) -> Iterator[tuple[int, Integers, Floats]]:
    """Per area with enough of them: respondents who answered all items and the headline item, and their answers."""
    columns = [f"y_{item}__{MEAN}" for item in (*items, axes.survey.headline_item)]
    values = people.values(columns)
    whole = ~np.isnan(values).any(axis=1)
    below = areas[axes.level_of_area[areas] > 0]
    part = part_of(axes, people, below)
    for area in areas.tolist():
        inside = whole if axes.level_of_area[area] == 0 else whole & (part == np.searchsorted(below, area))
        index = np.flatnonzero(inside)
        if len(index) >= axes.survey.thresholds.drivers_from:
            yield area, index, values[index]


def _divided(
    survey: Survey, items: Sequence[str], people: Respondents, values: Floats, name: str
) -> list[dict[str, object]]:
    """R2 divided over the items: one dictionary per item. The order is told only where there are answers enough."""
    limits = survey.thresholds
    n = len(values)
    blocks = min(n, statistics.BLOCKS)
    # The order of respondents has nothing to do with what they are, so that every so-many-th makes a random block.
    moments = statistics.block_moments(values, people.weight(), np.arange(n) % blocks, blocks)
    seed = zlib.crc32(name.encode())
    found = statistics.importance(moments, DRAWS, seed, limits.confidence, LEADING)
    if np.isnan(found.share).any():
        return []
    order = np.argsort(-found.share, kind="stable")
    ordered = n >= limits.driver_order_from
    rank = {int(item): place for place, item in enumerate(order[:LEADING].tolist(), 1)} if ordered else {}
    return [
        {
            "item": item,
            "n": n,
            "r_squared": found.r2,
            "share": float(found.share[position]),
            "share_low": float(found.low[position]),
            "share_high": float(found.high[position]),
            "relative_weight": round(float(found.relative_weight[position]), WEIGHT_DECIMALS),
            "top_chance": float(found.top[position]),
            "driver_rank": rank.get(position),
        }
        for position, item in enumerate(items)
    ]
