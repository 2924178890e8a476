"""LimeSurvey (csv and Excel exports): one header row with codes, ``code. text`` or texts.

Belongs here: which of those three a header is, the code as name, the text as wording.
Does not belong here: the questionnaire (.lss, see ``politiemonitor contract draft``), answers as codes or in full.

A column of an option or a row of a matrix is called ``q1[SQ001]`` (or ``q1_SQ001``) and keeps that name. The whole
header must be ``code. text`` or bare codes; one free text among it means that texts were exported, and texts with a
full stop in them would pass for codes.
"""

from __future__ import annotations

import re

from assets.importers.profiles.names import NamedColumn, Rows, flat

_CODE = r"[A-Za-z][A-Za-z0-9_-]*(?:\[[^\[\]\s]*\])*"
_CODE_ONLY = re.compile(_CODE)
_CODE_AND_TEXT = re.compile(rf"({_CODE})\.(?:\s+(.*))?", re.DOTALL)
_SYSTEM = {"id", "submitdate", "lastpage", "startlanguage"}  # stand in every export of LimeSurvey, in this order


def header_rows(head: Rows) -> int | None:
    """Always one."""
    return 1


def recognised(head: Rows) -> bool:
    """The four columns that LimeSurvey adds to every survey."""
    return {column.name for column in columns(head[:1])} >= _SYSTEM


def columns(rows: Rows) -> list[NamedColumn]:
    """Codes as names, where the header has codes."""
    cells = [cell.strip() for cell in rows[0]]
    if all(not cell or _CODE_AND_TEXT.fullmatch(cell) or _CODE_ONLY.fullmatch(cell) for cell in cells):
        return [_coded(cell) for cell in cells]
    return [NamedColumn(flat(cell), cell) for cell in cells]


def _coded(cell: str) -> NamedColumn:
    found = _CODE_AND_TEXT.fullmatch(cell)
    return NamedColumn(found[1], found[2] or "") if found else NamedColumn(cell)
