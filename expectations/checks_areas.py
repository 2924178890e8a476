"""What must hold in the organisation: codes, parents, validity, successors, splits, spellings.

Belongs here: checks over the rows of the organisation CSVs, each at its line.
Does not belong here: reading those files (``areas``), contacts with an unknown team (counted, never a contract error).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from expectations.areas import AreaRow, final_codes
from expectations.checks import RESERVED
from expectations.model import Area, Level, Survey
from expectations.positions import Problem
from expectations.spelling import area_spelling_key

ByCode = dict[str, list[AreaRow]]
_DAY = dt.timedelta(days=1)


def check_areas(survey: Survey, rows: Sequence[AreaRow]) -> list[Problem]:
    """Problems of the organisation.

    Args:
        survey: The typed contract.
        rows: All area rows with their place, top level included.

    Returns:
        All problems found.
    """
    problems = list(_names(rows))
    by_level: dict[str, ByCode] = {level.code: defaultdict(list) for level in survey.levels}
    for row in rows:
        by_level[row.area.level][row.area.code].append(row)
    above: ByCode | None = None
    for level in survey.levels:
        here = by_level[level.code]
        for same_code in here.values():
            problems.extend(_validity(same_code))
            problems.extend(_split(same_code))
        problems.extend(_successors(here))
        if above is not None:
            problems.extend(_parents(here, above))
        above = here
    problems.extend(_spellings(survey.leaf, by_level[survey.leaf.code]))
    problems.extend(_current(survey.levels, by_level))
    return problems


def _names(rows: Sequence[AreaRow]) -> Iterator[Problem]:
    """A code names one area on one level; on disk upper and lower case are the same folder."""
    first: dict[str, AreaRow] = {}
    for row in rows:
        code = row.area.code
        if code.lower() in RESERVED:
            yield row.problem(f"the code '{code}' is taken by the system")
        other = first.setdefault(code.lower(), row)
        if other.area.level != row.area.level:
            yield row.problem(f"area '{code}' is also an area of level '{other.area.level}'")
        elif other.area.code != code:
            yield row.problem(f"area codes '{code}' and '{other.area.code}' differ in capitals only")


def _validity(rows: Sequence[AreaRow]) -> Iterator[Problem]:
    ordered = sorted(rows, key=lambda row: row.area.valid_from)
    for row in ordered:
        area = row.area
        if area.valid_to is not None and area.valid_to < area.valid_from:
            yield row.problem(
                f"area '{area.code}': valid_to ({area.valid_to}) is before valid_from ({area.valid_from})"
            )
    for earlier, later in pairwise(ordered):
        if _is_split(earlier.area, later.area):
            continue
        if (earlier.area.valid_to or dt.date.max) >= later.area.valid_from:
            message = f"area '{later.area.code}' is already valid on {later.area.valid_from} (line {earlier.line})"
            yield later.problem(message)


def _is_split(one: Area, other: Area) -> bool:
    """Two rows of one split: the same area in the same time, going to different successors."""
    same = (one.name, one.parent, one.valid_from, one.valid_to) == (
        other.name,
        other.parent,
        other.valid_from,
        other.valid_to,
    )
    return same and one.successor is not None and other.successor is not None and one.successor != other.successor


def _split(rows: Sequence[AreaRow]) -> Iterator[Problem]:
    groups: dict[tuple[dt.date, dt.date | None], list[AreaRow]] = defaultdict(list)
    for row in rows:
        if row.area.successor is not None:
            groups[row.area.valid_from, row.area.valid_to].append(row)
        elif row.area.share != 1.0:
            yield row.problem(f"area '{row.area.code}' has a share but no successor")
    for group in groups.values():
        total = sum(row.area.share for row in group)
        if abs(total - 1.0) > 1e-6:
            yield group[-1].problem(f"the shares of area '{group[-1].area.code}' add up to {total:g}, not to 1")


def _successors(here: ByCode) -> Iterator[Problem]:
    finals = final_codes(row.area for rows in here.values() for row in rows)
    for code, rows in here.items():
        for row in rows:
            successor, end = row.area.successor, row.area.valid_to
            if successor is None:
                continue
            if end is None:
                yield row.problem(f"area '{code}' has a successor, so it needs a valid_to")
            elif successor not in here:
                yield row.problem(f"successor '{successor}' of area '{code}' is not an area of this level")
            elif finals[code] is None and _runs_in_circle(code, here):
                yield row.problem(f"the successors of area '{code}' run in a circle")
            elif not any(_valid_on(other.area, end + _DAY) for other in here[successor]):
                yield row.problem(f"successor '{successor}' of area '{code}' is not valid on {end + _DAY}")
            elif row.area != max((other.area for other in rows), key=lambda area: area.valid_from) and not any(
                _is_split(row.area, other.area) for other in rows
            ):
                yield row.problem(f"area '{code}' has a successor and is still valid later")


def _runs_in_circle(code: str, here: ByCode) -> bool:
    """Whether following successors from here comes back to an area already passed."""
    path: set[str] = set()
    reached = {code}
    while reached and not reached & path:
        path |= reached
        reached = {
            row.area.successor
            for name in reached
            for row in here.get(name, [])
            if row.area.successor is not None and row.area.valid_to is not None
        }
    return bool(reached)


def _valid_on(area: Area, day: dt.date) -> bool:
    return area.valid_from <= day <= (area.valid_to or dt.date.max)


def _parents(here: ByCode, above: ByCode) -> Iterator[Problem]:
    for rows in here.values():
        for row in rows:
            area = row.area
            parents = above.get(area.parent or "")
            if not parents:
                yield row.problem(f"parent '{area.parent}' of area '{area.code}' is not an area of the level above")
                continue
            ends = [parent.area.valid_to or dt.date.max for parent in parents]
            starts = [parent.area.valid_from for parent in parents]
            if min(starts) > area.valid_from or max(ends) < (area.valid_to or dt.date.max):
                message = f"parent '{area.parent}' is not valid as long as area '{area.code}' is"
                yield row.problem(message)


def _spellings(level: Level, here: ByCode) -> Iterator[Problem]:
    """One spelling leads to one area of today; an old name may lead to the same one as a new name."""
    finals = final_codes(row.area for rows in here.values() for row in rows)
    seen: dict[str, AreaRow] = {}
    for rows in here.values():
        for row in rows:
            area = row.area
            for spelling in (area.code, area.name, *area.spellings):
                key = area_spelling_key(spelling)
                if not key:
                    yield row.problem(f"spelling '{spelling}' of area '{area.code}' has no letter or digit to go by")
                    continue
                other = seen.setdefault(key, row)
                if other.area.code != area.code and finals[other.area.code] != finals[area.code]:
                    message = (
                        f"spelling '{spelling}' means {level.label} '{area.code}' here"
                        f" and '{other.area.code}' on line {other.line}"
                    )
                    yield row.problem(message)


def _current(levels: Sequence[Level], by_level: dict[str, ByCode]) -> Iterator[Problem]:
    """Every area of today above the leaf has at least one area of today below it, or its report would be empty."""
    for level, below in pairwise(levels):
        parents = {
            row.area.parent for rows in by_level[below.code].values() for row in rows if row.area.valid_to is None
        }
        for code, rows in by_level[level.code].items():
            for row in rows:
                if row.area.valid_to is None and code not in parents:
                    yield row.problem(f"area '{code}' has no {below.label} of today below it")
