"""The columns of a file against the survey contract, before any row is read.

Belongs here: which columns a delivery of a source must have in a month, and the refusal of what is missing, unknown or
double. Does not belong here: values of cells (the row rules), how a header is read (the readers).
"""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assets.importers.raw_file import RESERVED
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile, quoted
from expectations.compile_cells import STAND_INS
from expectations.model import CONTACT_FIELDS, RESPONSE_FIELDS, FieldMap, Source, Survey

OPTIONAL_FIELDS = ("person_id",)


@dataclass(frozen=True)
class Expected:
    """Column names that must be there, each with the names that may stand in for it, and all that are known."""

    required: tuple[tuple[str, ...], ...]
    known: frozenset[str]

    @property
    def names(self) -> list[str]:
        """The required names, without what may stand in."""
        return [choices[0] for choices in self.required]


def expected_columns(survey: Survey, source: Source, month: dt.date) -> Expected:
    """What a file of ``source`` over ``month`` must have and may have.

    A field with a constant needs no column. An item must be there in the months it was asked in as a whole, and may be
    there in any other.
    """
    required: list[tuple[str, ...]] = []
    known: set[str] = set()

    def column(field: str) -> str | None:
        mapped = source.fields.get(field, FieldMap())
        return None if mapped.constant is not None else mapped.column or field

    fields: list[str] = []
    if source.kind in ("contacts", "combined"):
        fields += CONTACT_FIELDS
    if source.kind in ("responses", "combined"):
        fields += [f for f in RESPONSE_FIELDS if f not in fields]
    for field in fields:
        name = column(field)
        if name is None:
            continue
        known.add(name)
        if field in OPTIONAL_FIELDS or (field == "area" and survey.leaf.single):
            continue
        stand_in = STAND_INS.get(field) if source.kind == "combined" else None
        if stand_in is not None and column(stand_in) is None:
            continue  # a constant stands in
        names = (name, column(stand_in) if stand_in else None)
        required.append(tuple(dict.fromkeys(n for n in names if n is not None)))
    if source.kind in ("responses", "combined"):
        last_day = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        for item in survey.items:
            if (name := column(item.id)) is None:
                continue
            known.add(name)
            if item.first_wave <= month and (item.last_wave is None or item.last_wave >= last_day):
                required.append((name,))
    return Expected(tuple(dict.fromkeys(required)), frozenset(known))


def check_columns(reading: Reading, expected: Expected, source: Source, file_name: str) -> None:
    """Refuse a file whose columns do not fit.

    The first check is whether there is a header at all: without one the first row would be taken for names, and its
    values must not end up in a message.

    Raises:
        RefusedFile: ``missing_column``, ``extra_column`` or ``duplicate_column``.
    """
    columns = reading.columns
    if not expected.known.intersection(columns) and not _near_any(columns, expected.known):
        raise RefusedFile("missing_column.no_header", file_name, columns=quoted(expected.names, 6))
    _refuse_doubles(columns, file_name)
    present = set(columns)
    missing = [choices[0] for choices in expected.required if not present.intersection(choices)]
    extra = [c for c in columns if c not in expected.known and not _ignored(c, source)]
    if missing:
        hints = _hints(missing, extra, "Lijkt op '{name}': {near}.")
        raise RefusedFile("missing_column", file_name, columns=quoted(missing), hints=hints)
    if not extra:
        return
    nameless = [str(n) for n in reading.nameless if columns[n - 1] in extra]
    if nameless:
        raise RefusedFile("extra_column.no_name", file_name, columns="kolom " + ", ".join(nameless))
    absent = sorted(expected.known - present)
    hints = _hints(extra, absent, "'{name}' lijkt op {near}.")
    raise RefusedFile("extra_column", file_name, columns=quoted(extra), hints=hints)


def _refuse_doubles(columns: Sequence[str], file_name: str) -> None:
    """The same name twice; capitals do not count, as in every SQL engine."""
    counts = Counter(c.casefold() for c in columns)
    doubles = [c for c in dict.fromkeys(columns) if counts[c.casefold()] > 1]
    if doubles:
        raise RefusedFile("duplicate_column", file_name, columns=quoted(doubles))
    reserved = [c for c in columns if c.casefold() in RESERVED]
    if reserved:
        raise RefusedFile("duplicate_column.reserved", file_name, columns=quoted(reserved))


def _ignored(column: str, source: Source) -> bool:
    if source.ignore_extra_columns:
        return True
    return any(column == name or ("*" in name and fnmatchcase(column, name)) for name in source.ignore_columns)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _near(name: str, choices: Sequence[str]) -> list[str]:
    """Names that look like this one: capitals, blanks and underscores first, then small misspellings."""
    plain = {c: _plain(c) for c in choices}
    same = [c for c, p in plain.items() if p == _plain(name)]
    if same:
        return same[:3]
    close = difflib.get_close_matches(_plain(name), list(dict.fromkeys(plain.values())), n=2, cutoff=0.75)
    return [c for c, p in plain.items() if p in close][:3]


def _near_any(columns: Sequence[str], known: frozenset[str]) -> bool:
    names = {_plain(k) for k in known}
    return any(_plain(c) in names for c in columns)


def _hints(names: Sequence[str], choices: Sequence[str], sentence: str) -> str:
    found = [(name, _near(name, choices)) for name in names[:12]]
    return "".join(" " + sentence.format(name=name, near=quoted(near)) for name, near in found if near)
