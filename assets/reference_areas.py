"""The organisation as tables: what an area is today, how it is spelled, what it adds up to.

Belongs here: validity dates, successors, spellings and the hierarchy of areas on one reference day.
Does not belong here: reading the organisation's files (``expectations.areas``).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from expectations.model import UNALLOCATED, Area, Survey
from expectations.spelling import area_spelling_key

AreaRow = tuple[str, str, str, str | None, dt.date, dt.date | None, str | None, bool, int]


def area_rows(survey: Survey, as_of: dt.date) -> list[AreaRow]:
    """One row per period of validity, levels from the top, in the order of the contract."""
    areas = _with_single_areas(survey)
    ranks = {level.code: n for n, level in enumerate(survey.levels)}
    ordered = sorted(areas, key=lambda a: ranks[a.level])  # stable: keeps the order of the files
    return [
        (
            area.level,
            area.code,
            area.name,
            area.parent if area.parent is not None else _only_parent(survey, area, ranks[area.level]),
            area.valid_from,
            area.valid_to,
            area.successor,
            _is_current(area, as_of),
            n,
        )
        for n, area in enumerate(ordered)
    ]


def current_codes(areas: list[Area], as_of: dt.date) -> dict[str, str]:
    """What every code is on the reference day: itself, or the successor at the end of the chain.

    Of a split area the successor with the largest share takes all history: no contact tells to which part it
    belonged. A code that ended without a successor is absent: its contacts have no area today.
    """
    current = {area.code for area in areas if _is_current(area, as_of)}
    successors: dict[str, tuple[float, str]] = {}
    for area in sorted(areas, key=lambda a: (a.valid_from, -a.share, a.successor or "")):
        if area.successor is not None and area.code not in current:
            known = successors.get(area.code)
            if known is None or area.share > known[0]:
                successors[area.code] = (area.share, area.successor)
    resolved: dict[str, str] = {}
    for code in {area.code for area in areas}:
        here, seen = code, {code}
        while here not in current and here in successors and successors[here][1] not in seen:
            here = successors[here][1]
            seen.add(here)
        if here in current:
            resolved[code] = here
    return resolved


def area_lookup_rows(survey: Survey, as_of: dt.date) -> list[tuple[str, str, str]]:
    """Spelling key, the code it was recorded under, the area of today; leaf level only.

    A code always means its area. A name or spelling that fits areas that are different today means none of them:
    the contact stays unallocated rather than being counted at the wrong place.
    """
    leaves = [area for area in survey.areas if area.level == survey.leaf.code]
    now = current_codes(leaves, as_of)
    lookup: dict[str, str] = {}
    for area in leaves:
        if area.code in now:
            lookup[area_spelling_key(area.code)] = area.code
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for area in leaves:
        for spelling in (area.name, *area.spellings):
            if area.code in now:
                by_name[area_spelling_key(spelling)].add(area.code)
    for key, codes in by_name.items():
        if len({now[code] for code in codes}) == 1:
            # Of several former codes with one name the current one stands for them all.
            lookup.setdefault(key, min(codes, key=lambda code: (now[code] != code, code)))
    lookup.pop("", None)
    return sorted((key, code, now[code]) for key, code in lookup.items())


def area_rollup_rows(survey: Survey, as_of: dt.date) -> list[tuple[str, str, str]]:
    """Leaf area, level, area at that level; contacts without a known area count at the top level only."""
    areas = _with_single_areas(survey)
    ranks = {level.code: n for n, level in enumerate(survey.levels)}
    parents: dict[tuple[str, str], str] = {}
    for area in areas:
        parent = area.parent or _only_parent(survey, area, ranks[area.level])
        if _is_current(area, as_of) and parent is not None:
            parents[area.level, area.code] = parent
    rows = [
        row
        for area in areas
        if area.level == survey.leaf.code and _is_current(area, as_of)
        for row in _ancestry(survey, area.code, parents)
    ]
    tops = dict.fromkeys(a.code for a in areas if a.level == survey.top.code and _is_current(a, as_of))
    if len(tops) == 1:
        rows.append((UNALLOCATED, survey.top.code, next(iter(tops))))
    return sorted(dict.fromkeys(rows))


def _ancestry(survey: Survey, leaf: str, parents: dict[tuple[str, str], str]) -> Iterator[tuple[str, str, str]]:
    code: str | None = leaf
    for level in reversed(survey.levels):
        if code is None:
            return
        yield leaf, level.code, code
        code = parents.get((level.code, code))


def _with_single_areas(survey: Survey) -> list[Area]:
    """The areas of the contract, and the one area of a single level if the contract does not list it itself."""
    listed = {area.level for area in survey.areas}
    singles = [
        Area(
            level=level.code,
            code=level.area["code"],
            name=level.area["name"],
            parent=None,
            valid_from=min((a.valid_from for a in survey.areas), default=survey.valid_from),
        )
        for level in survey.levels
        if level.single and level.area is not None and level.code not in listed
    ]
    return [*singles, *survey.areas]


def _only_parent(survey: Survey, area: Area, rank: int) -> str | None:
    """Parent of an area that names none: the one area of the level above, if that is single."""
    above = survey.levels[rank - 1] if rank else None
    return above.area["code"] if above is not None and above.single and above.area is not None else None


def _is_current(area: Area, as_of: dt.date) -> bool:
    return area.valid_from <= as_of and (area.valid_to is None or area.valid_to >= as_of)
