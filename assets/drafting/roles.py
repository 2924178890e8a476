"""Which columns are no question: who answered, when, where, through which channel; by their name and by what they hold.

Belongs here: choosing a column for each field that every contact and response has.
Does not belong here: questions (``kinds``), scales, words of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assets.drafting.headers import clean
from assets.drafting.known import known
from assets.drafting.material import Column, Material
from assets.drafting.scales import OFTEN
from expectations.spelling import area_spelling_key, spelling_key

_CODE_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.{}:/+=-]{0,63}")
_LONGEST_CODE = 64
_MOST_CHANNELS = 12
_MOST_AREAS = 400
_ENOUGH = 0.9  # part of the rows that must have it
_NEARLY_ALL = 0.95
_FIRST_YEAR = 1990  # an earlier date is a birthday


class UnknownColumnError(Exception):
    """A column that was asked for is not in the file."""


@dataclass(frozen=True)
class Coded:
    """A column whose values are codes of a list.

    Attributes:
        column: The column.
        entries: Raw value and label, in the order of the file or by how often they occur.
        rare: Rows with a value that occurs too seldom to be written down.
        empty: Rows without a value.
    """

    column: Column
    entries: tuple[tuple[str, str], ...]
    rare: int
    empty: int


@dataclass(frozen=True)
class Roles:
    """The columns of a file that are fields of the contract."""

    response_id: Column | None = None
    id_is_moment: bool = False
    contact_date: Column | None = None
    response_date: Column | None = None
    duration: Column | None = None
    channel: Coded | None = None
    target_group: Coded | None = None
    area: Coded | None = None
    age_band: Coded | None = None

    @property
    def used(self) -> frozenset[int]:
        """Positions of the columns that have a role."""
        single = (self.response_id, self.contact_date, self.response_date, self.duration)
        lists = (self.channel, self.target_group, self.area, self.age_band)
        return frozenset(c.position for c in single if c) | {c.column.position for c in lists if c}


def roles_of(material: Material, id_column: str | None = None) -> Roles:
    """Choose a column for every field that has one.

    Args:
        material: The counted file.
        id_column: The column that tells responses apart, where the analyst says which.

    Raises:
        UnknownColumnError: If the file has no column of that name.
    """
    columns = [c for c in material.columns if material.rows == 0 or c.filled or c.labels]
    identifier, is_moment = _identifier(material, columns, id_column)
    contact, response = _moments(columns)
    taken = {c.position for c in (identifier, contact, response) if c is not None}
    if is_moment:
        taken.discard(identifier.position if identifier else 0)
    free = [c for c in columns if c.position not in taken]
    channel = _listed(free, "channel", _MOST_CHANNELS, spelling_key)
    free = [c for c in free if channel is None or c is not channel.column]
    group = _listed(free, "target_group", _MOST_CHANNELS, spelling_key)
    free = [c for c in free if group is None or c is not group.column]
    area = _listed(free, "area", _MOST_AREAS, area_spelling_key, all_rows=False)
    free = [c for c in free if area is None or c is not area.column]
    age = _listed(free, "age_band", _MOST_CHANNELS, spelling_key)
    if age is not None and age.rare:
        age = None
    return Roles(identifier, is_moment, contact, response, _duration(free), channel, group, area, age)


def _identifier(material: Material, columns: Sequence[Column], asked: str | None) -> tuple[Column | None, bool]:
    """The column that tells responses apart, and whether it is only a moment."""
    if asked is not None:
        found = next((c for c in material.columns if asked in {c.name, c.heading.code}), None)
        if found is None:
            raise UnknownColumnError(asked)
        return found, found.dates is not None
    named = sorted((r["response_id"], c.position, c) for c in columns if "response_id" in (r := _names(c)))
    for _, _, column in named:
        if column.filled == column.rows and (column.distinct >= _NEARLY_ALL * column.rows) and column.dates is None:
            return column, False
    unnamed = next((c for c in columns if _tells_apart(c)), None)
    if unnamed is not None:
        return unnamed, False
    moments = [c for c in columns if c.dates and c.filled == c.rows and c.distinct >= _NEARLY_ALL * c.rows]
    moments = [c for c in moments if c.rows > 1 and c.longest > len("2026-12-31")]
    if moments:
        return max(moments, key=lambda c: (c.distinct, -c.position)), True
    if material.rows == 0 and named:
        return named[0][2], False
    return None, False


def _tells_apart(column: Column) -> bool:
    """Whether a column that asks nothing has a short code of its own in every row."""
    if not column.unique or column.rows < 2 or column.dates is not None or column.heading.question:
        return False
    if {"personal", "weight"} & _names(column).keys() or column.longest > _LONGEST_CODE or column.marks:
        return False
    return column.numbers == column.distinct or (
        bool(column.values) and all(_CODE_LIKE.fullmatch(value) for value in column.values)
    )


def _moments(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    """The day of the contact and the day of the answers; a file with one day has it in the second."""
    days = [c for c in columns if c.dates is not None and c.filled >= _ENOUGH * c.rows]
    days = [c for c in days if c.dates is not None and c.dates.first.year >= _FIRST_YEAR and not _is_personal(c)]

    def best(role: str) -> Column | None:
        ranked = sorted((names[role], c.position, c) for c in days if role in (names := _names(c)))
        return ranked[0][2] if ranked else None

    contact, response = best("contact_date"), best("response_date")
    if response is None:
        response = contact if contact is not None else (days[0] if days else None)
    return (None if contact is response else contact), response


def _duration(columns: Sequence[Column]) -> Column | None:
    whole = [c for c in columns if c.values and all(value.isdigit() for value in c.values)]
    return next((c for c in whole if "duration_seconds" in _names(c)), None)


def _listed(
    columns: Sequence[Column], role: str, most: int, key: Callable[[str], str], *, all_rows: bool = True
) -> Coded | None:
    """The column of a role with a short list of values.

    Args:
        columns: Columns without a role so far.
        role: The role.
        most: Values it may have.
        key: Under which key values are the same.
        all_rows: Whether a value that can't be written down makes a row useless.
    """
    ranked = sorted((names[role], c.position, c) for c in columns if role in (names := _names(c)))
    for _, _, column in ranked:
        found = coded(column, key)
        usable = 1 - found.rare / max(column.rows, 1)
        if not 2 <= len(found.entries) <= most or usable < (_NEARLY_ALL if all_rows else 0.5):
            continue
        if column.filled < 0.5 * column.rows and not column.labels:
            continue
        return found
    return None


def coded(column: Column, key: Callable[[str], str]) -> Coded:
    """The values of a column that may be written down: declared, or given often."""
    entries: dict[str, tuple[str, str]] = {}
    for raw, label in column.labels.items():
        if raw not in column.missing:
            text = clean(label) or raw
            entries.setdefault(key(text), (raw, text))
    rare = 0
    for value, count in column.values.items():
        if value in column.labels:
            continue
        if count >= OFTEN and key(value):
            entries.setdefault(key(value), (value, value))
        elif key(value) not in entries:
            rare += count
    if not column.values:
        rare = column.filled
    entries.pop("", None)
    return Coded(column, tuple(entries.values()), rare, column.rows - column.filled)


def _is_personal(column: Column) -> bool:
    return "personal" in _names(column)


def _names(column: Column) -> dict[str, int]:
    """Roles that the name of a column tells: its code, or its whole name where it has none."""
    text = column.heading.code or column.name
    found = known().roles_of(text)
    if not found and column.heading.question and len(column.heading.question.split()) <= 3:
        return known().roles_of(column.heading.question)
    return found
