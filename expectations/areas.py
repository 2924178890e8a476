"""The organisation of a survey: one CSV per level, every row one period of validity of one area.

Belongs here: rows to ``Area`` objects, and following an area to what it is today.
Does not belong here: what must hold between the rows (``checks_areas``), reading CSV with positions (``positions``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from expectations.model import Area, Level
from expectations.positions import Document, Problem, Reader, validation_problems

COLUMNS = ("code", "name", "parent", "valid_from", "valid_to", "successor", "share", "weight", "spellings", "note")
REQUIRED = ("code", "name", "parent", "valid_from")


@dataclass(frozen=True)
class AreaRow:
    """An area with where it was read."""

    area: Area
    file: str
    line: int

    def problem(self, message: str) -> Problem:
        """A problem of this row."""
        return Problem(self.file, self.line, message)


def read_areas(reader: Reader, folder: Path, levels: Sequence[Level]) -> list[AreaRow]:
    """All areas below the top, level by level.

    Args:
        reader: Collects problems and file contents.
        folder: Folder with one CSV per level, named after the level's release folder.
        levels: Levels of the survey, top first.

    Returns:
        The rows that could be read, in file order.
    """
    rows: list[AreaRow] = []
    for level in levels:
        if level.single:
            continue
        name = f"{level.folder}.csv"
        table = reader.csv(folder / name, f"organisation/{name}")
        if table is not None:
            rows.extend(_level_rows(reader, level, *table))
    return rows


def _level_rows(
    reader: Reader, level: Level, document: Document, table: list[tuple[int, dict[str, str]]]
) -> list[AreaRow]:
    header = document.value if isinstance(document.value, list) else []
    unknown = [str(column) for column in header if column not in COLUMNS]
    missing = [column for column in REQUIRED if column not in header]
    if unknown:
        reader.problems.append(document.problem((), f"unknown column: {', '.join(unknown)}"))
    if missing:
        reader.problems.append(document.problem((), f"missing column: {', '.join(missing)}"))
    if unknown or missing:
        return []
    rows: list[AreaRow] = []
    for line, cells in table:
        filled: dict[str, object] = {column: value for column, value in cells.items() if value != ""}
        spellings = [part.strip() for part in cells.get("spellings", "").split("|")]
        value = {"parent": None} | filled | {"level": level.code, "spellings": [s for s in spellings if s]}
        try:
            rows.append(AreaRow(Area.model_validate(value), document.file, line))
        except ValidationError as error:
            located = Document(document.file, lines={(): line})
            reader.problems.extend(validation_problems(error, located))
    return rows


def top_area_rows(levels: Sequence[Level], rows: Sequence[AreaRow], document: Document) -> list[AreaRow]:
    """The one area of every single level, valid as long as anything below it.

    Args:
        levels: Levels of the survey, top first.
        rows: Areas of the other levels.
        document: ``survey.yaml``, which names the area.

    Returns:
        One row per single level.
    """
    since = min((row.area.valid_from for row in rows), default=dt.date(1900, 1, 1))
    result: list[AreaRow] = []
    for index, level in enumerate(levels):
        if level.single and level.area is not None and {"code", "name"} <= level.area.keys():
            parent = levels[index - 1].area if index else None
            area = Area(
                level=level.code,
                code=level.area["code"],
                name=level.area["name"],
                parent=parent.get("code") if parent else None,
                valid_from=since,
            )
            result.append(AreaRow(area, document.file, document.line(("levels", index, "area"))))
    return result


def final_codes(areas: Iterable[Area]) -> dict[str, str | None]:
    """Where every code ended up: itself, its last successor, or None when it ended without one.

    A split code goes to the successor with the largest share. A chain that runs in a circle ends in None.

    Args:
        areas: Areas of one level.

    Returns:
        Today's code per code ever used.
    """
    newest: dict[str, Area] = {}
    for area in areas:
        known = newest.get(area.code)
        rank = (area.valid_to or dt.date.max, area.share)
        if known is None or rank > (known.valid_to or dt.date.max, known.share):
            newest[area.code] = area
    return {code: _follow(code, newest) for code in newest}


def _follow(code: str, newest: dict[str, Area]) -> str | None:
    seen: set[str] = set()
    current: str | None = code
    while current is not None and current in newest and current not in seen:
        if newest[current].valid_to is None:
            return current
        seen.add(current)
        current = newest[current].successor
    return None
