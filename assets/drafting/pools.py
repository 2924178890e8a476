"""Scales that columns share: what one column's answers leave out, its neighbours show.

Belongs here: putting together what was recognised column by column. Does not belong here: recognising (``scales``).

In a matrix of statements nobody may have chosen "strongly disagree" for one row; the other rows tell that it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assets.drafting.scales import Option, Recognised
from expectations.spelling import spelling_key

_MOST_POINTS = 7


@dataclass(frozen=True)
class Found:
    """A recognised scale and the question whose column it was found in."""

    stem: str
    scale: Recognised


def pooled(found: Sequence[Found]) -> list[Recognised]:
    """The scales, in the same order, each completed by the others of its kind."""
    pools: list[Recognised] = []
    members = [(scale := _promoted(one, found), _pool(scale, pools)) for one in found]
    return [scale if pool is None else replace(pools[pool], rare=scale.rare) for scale, pool in members]


def _pool(scale: Recognised, pools: list[Recognised]) -> int | None:
    """Index of the pool a scale joins; None for one that stands alone."""
    if scale.certain or scale.family in {"labels", "words"}:
        return None
    for index, pool in enumerate(pools):
        joined = _joined(pool, scale)
        if joined is not None:
            pools[index] = joined
            return index
    pools.append(scale)
    return len(pools) - 1


def _joined(pool: Recognised, scale: Recognised) -> Recognised | None:
    """Both in one, if they are the same scale."""
    if (pool.kind, pool.family, pool.low, pool.high) != (scale.kind, scale.family, scale.low, scale.high):
        return None
    places: dict[int, Option] = {option.place: option for option in pool.options}
    others = {option.place: option for option in scale.options}
    shared = places.keys() & others.keys()
    if any(spelling_key(places[p].label) != spelling_key(others[p].label) for p in shared):
        return None
    graded = scale.kind == "ordinal" and scale.family != "numbers"
    if not graded and scale.kind != "mark" and places.keys() != others.keys():
        return None
    together = places | {p: o for p, o in others.items() if p not in shared}
    for place in shared:
        raws = tuple(dict.fromkeys((*places[place].raws, *others[place].raws)))
        together[place] = replace(places[place], raws=raws)
    if graded and (len(together) > _MOST_POINTS or len(shared) < 2):
        return None
    labels = [spelling_key(option.label) for option in together.values()]
    if len(set(labels)) < len(labels):
        return None
    outside = tuple(dict.fromkeys((*pool.not_applicable, *scale.not_applicable)))
    options = tuple(together[place] for place in sorted(together))
    return replace(pool, options=options, not_applicable=outside)


def _promoted(one: Found, found: Sequence[Found]) -> Recognised:
    """Codes 1 to 4 among rows that all run from 1 to 5 are points of that scale too."""
    scale = one.scale
    if scale.kind != "nominal" or scale.family != "numbers" or not one.stem:
        return scale
    rows = [other.scale for other in found if other.stem == one.stem and other is not one]
    graded = [row for row in rows if row.kind == "ordinal" and row.family == "numbers" and row.low <= scale.low]
    graded = [row for row in graded if scale.high <= row.high]
    if len(graded) < 2 or len(graded) < len(rows) / 2:
        return scale
    return replace(graded[0], not_applicable=scale.not_applicable, rare=scale.rare)
