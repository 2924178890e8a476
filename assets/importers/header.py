"""The header rows of a table without a schema: how many there are, what they name, which question texts they carry.

Belongs here: explicit ``header_rows`` before the profile, the profile before recognition, recognition before "plain".
Does not belong here: how a tool writes its header (`profiles`), how a format is read (csv, Excel, ODS use this alike).

A plain file has one header row and its names stay as they stand. Further rows that the contract announces are no data:
the second one is the wording of the questions. A tool is recognised only by marks that no other file has, and only
where the contract says nothing of profile and header rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assets.importers.profiles import PROFILES, Rows, flat, unique
from assets.importers.reading import named
from assets.importers.refusal import RefusedFile
from expectations.model import Source

_LOOK = 3  # no tool has more header rows


@dataclass(frozen=True)
class Header:
    """What the first rows of a file are."""

    rows: int  # records before the first data record
    names: tuple[str, ...]
    nameless: tuple[int, ...] = ()
    notes: tuple[tuple[str, ...], ...] = ()
    wordings: dict[str, str] = field(default_factory=dict)
    profile: str | None = None


def rows_to_look_at(source: Source) -> int:
    """How many records a reader hands to ``header_of``; fewer if the file has fewer."""
    return max(_LOOK, source.header_rows or 1)


def header_of(head: Sequence[Sequence[str]], source: Source, file_name: str, *, trim: bool = False) -> Header:
    """Settle the header of a file.

    Args:
        head: Its first records, see ``rows_to_look_at``.
        source: What the contract says.
        file_name: For the words of a refusal.
        trim: Whether empty cells at the end of a row are no cells (worksheets).

    Raises:
        RefusedFile: If the file has fewer rows than announced, or its profile does not show where the data begin.
    """
    least = max(source.header_rows if source.header_rows is not None else 1, 1)
    if len(head) < least:
        raise RefusedFile("empty_file" if not head else "unreadable.header", file_name, expected=least)
    square = _square(head)
    name = _profile(square, source)
    if name is None:
        return _plain(head, source, trim=trim)
    profile = PROFILES[name]
    count = source.header_rows if source.header_rows is not None else profile.header_rows(square)
    if count is None:
        raise RefusedFile("unreadable.profile", file_name, profile=profile.label)
    if count == 0:
        return _plain(head, source, trim=trim)
    for number, row in enumerate(head[1:count], start=2):
        if not trim and len(row) != len(head[0]):
            raise RefusedFile("ragged_row", file_name, f"kopregel {number}", found=len(row), expected=len(head[0]))
    width = max(map(_used, head[:count])) if trim else len(head[0])
    rows = [row[:width] for row in _square(head[:count], width)]
    columns = profile.columns(rows)
    names, nameless = named(unique([column.name for column in columns]))
    wordings = {n: flat(c.wording) for n, c in zip(names, columns, strict=True) if flat(c.wording)}
    return Header(count, names, nameless, tuple(map(tuple, rows[1:])), wordings, name)


def _profile(head: Rows, source: Source) -> str | None:
    """The profile of the contract, else one that the file shows beyond doubt."""
    if source.profile is not None:
        return None if source.profile == "plain" else source.profile
    if source.header_rows is not None:
        return None
    return next((name for name, profile in PROFILES.items() if profile.recognised(head)), None)


def _plain(head: Sequence[Sequence[str]], source: Source, *, trim: bool) -> Header:
    width = _used(head[0]) if trim else len(head[0])
    count = 1 if source.header_rows is None else source.header_rows
    if count == 0:
        names, nameless = named([""] * width)
        return Header(0, names, nameless)
    names, nameless = named(tuple(head[0][:width]))
    notes = tuple(tuple(_square([row], width)[0][:width]) if trim else tuple(row) for row in head[1:count])
    wordings = {n: text for n, cell in zip(names, notes[0], strict=False) if (text := flat(cell))} if notes else {}
    return Header(count, names, nameless, notes, wordings)


def _used(row: Sequence[str]) -> int:
    return max((i for i, cell in enumerate(row, start=1) if cell), default=0)


def _square(rows: Sequence[Sequence[str]], least: int = 0) -> list[list[str]]:
    """Rows of equal length."""
    width = max(least, *map(len, rows))
    return [[*row, *[""] * (width - len(row))] for row in rows]
