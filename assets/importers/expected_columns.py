"""The columns of a file against the survey contract, before any row is read.

Belongs here: which columns a delivery of a source must have in a month, and the refusal of what is missing, unknown or
double. Does not belong here: values of cells (the row rules), how a header is read (the readers).
"""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assets.importers.raw_file import RESERVED
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile, quoted
from expectations.compile_cells import STAND_INS
from expectations.model import (
    CONTACT_FIELDS,
    OPTIONAL_FIELDS,
    REPAIRS,
    RESPONSE_FIELDS,
    ROW_AS_ID,
    FieldMap,
    Source,
    Survey,
)

_LONGEST_NAME = 100  # question texts serve as names; what is longer is an answer
# Signs that names do not have and cells do: line ends, quotes, braces, addresses; or nothing but digits, as in a date.
_NO_NAME = re.compile(r"[\r\n\t\"“”{}\[\]<>=@]|^[\W\d]*\d[\W\d]*$")


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

    A field with a constant, or an id that is the place of the row, needs no column. An item must be there in the months
    it was asked in as a whole, and may be there in any other. Every file may say which rows of older files it repairs.
    """
    required: list[tuple[str, ...]] = []
    known: set[str] = {REPAIRS}

    def column(field: str) -> str | None:
        mapped = source.fields.get(field, FieldMap())
        return None if mapped.constant is not None or mapped.column == ROW_AS_ID else mapped.column or field

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
            options = source.fields.get(item.id, FieldMap()).columns
            name = column(item.id)
            # "Tick all that apply" may have one column per option: then all of them are there, or none.
            columns = list(dict.fromkeys(options.values())) if options else [name] if name is not None else []
            known.update(columns)
            if item.first_wave <= month and (item.last_wave is None or item.last_wave >= last_day):
                required += [(needed,) for needed in columns]
    return Expected(tuple(dict.fromkeys(required)), frozenset(known))


def check_columns(reading: Reading, expected: Expected, source: Source, file_name: str) -> None:
    """Refuse a file whose columns do not fit.

    The first check is whether there is a header at all: without one the first row would be taken for names, and its
    values must not end up in a message.

    Raises:
        RefusedFile: ``missing_column``, ``extra_column`` or ``duplicate_column``.
    """
    columns = reading.columns
    told = _told(columns, expected.known)
    if not expected.known.intersection(columns) and not _near_any(columns, expected.known):
        raise RefusedFile("missing_column.no_header", file_name, columns=quoted(expected.names, 6))
    _refuse_doubles(columns, file_name, told)
    present = set(columns)
    missing = [choices[0] for choices in expected.required if not present.intersection(choices)]
    extra = [c for c in columns if c not in expected.known and not _ignored(c, source)]
    if missing:
        hints = _hints(missing, extra, "Lijkt op {name}: {near}.", told)
        raise RefusedFile("missing_column", file_name, columns=quoted(missing), hints=hints)
    if not extra:
        return
    nameless = [str(n) for n in reading.nameless if columns[n - 1] in extra]
    if nameless:
        raise RefusedFile("extra_column.no_name", file_name, columns="kolom " + ", ".join(nameless))
    absent = sorted(expected.known - present)
    hints = _hints(extra, absent, "{name} lijkt op {near}.", told)
    raise RefusedFile("extra_column", file_name, columns=_listed(extra, told), hints=hints)


def _told(columns: Sequence[str], known: frozenset[str]) -> dict[str, str]:
    """How a message tells each name of a file: quoted; by its place where it may be a cell and not a name.

    Where most names of the file that the contract does not know look like cells, the first row is a row of data, and
    the others are cells too.
    """
    foreign = {c for c in columns if c not in known}
    cells = {c for c in foreign if len(c) > _LONGEST_NAME or _NO_NAME.search(c)}
    if 2 * len(cells) > len(foreign):
        cells = foreign
    return {c: f"kolom {n}" if c in cells else quoted([c]) for n, c in reversed(list(enumerate(columns, start=1)))}


def _listed(names: Sequence[str], told: Mapping[str, str], limit: int = 12) -> str:
    rest = len(names) - limit
    return ", ".join(told.get(n) or quoted([n]) for n in names[:limit]) + (f" en nog {rest}" if rest > 0 else "")


def _refuse_doubles(columns: Sequence[str], file_name: str, told: Mapping[str, str]) -> None:
    """The same name twice; capitals do not count, as in every SQL engine."""
    counts = Counter(c.casefold() for c in columns)
    doubles = [c for c in dict.fromkeys(columns) if counts[c.casefold()] > 1]
    if doubles:
        raise RefusedFile("duplicate_column", file_name, columns=_listed(doubles, told))
    reserved = [c for c in columns if c.casefold() in RESERVED]
    if reserved:
        raise RefusedFile("duplicate_column.reserved", file_name, columns=_listed(reserved, told))


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


def _hints(names: Sequence[str], choices: Sequence[str], sentence: str, told: Mapping[str, str]) -> str:
    found = [(name, _near(name, choices)) for name in names[:12]]
    return "".join(
        " " + sentence.format(name=_listed([name], told), near=_listed(near, told)) for name, near in found if near
    )
