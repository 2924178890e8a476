"""SurveyMonkey: a row of questions and below it a row of options, ``Response`` where a question has one column.

Belongs here: whether the second row is there, one name per column out of both rows.
Does not belong here: answers. A question "tick all that apply" and a matrix look alike here: one column per option.

The question stands above its first option only. A name is ``Question`` (one answer) or ``Question - Option``. In a data
row the number or the moments of the respondent are always filled; in the row of options never.
"""

from __future__ import annotations

from assets.importers.profiles.names import NamedColumn, Rows, flat, plain

_ALWAYS_FILLED = {"respondentid", "collectorid", "startdate", "enddate", "datecreated", "datemodified"}
_SYSTEM = _ALWAYS_FILLED | {"ipaddress", "emailaddress", "firstname", "lastname", "customdata1", "customvariable1"}
_ONE_ANSWER = {"response", "openendedresponse"}


def header_rows(head: Rows) -> int | None:
    """Two if the second row has options; ``None`` where no column shows it."""
    if len(head) == 1:
        return 1
    filled = [
        bool(below.strip()) for name, below in zip(head[0], head[1], strict=True) if plain(name) in _ALWAYS_FILLED
    ]
    if filled:
        return 1 if any(filled) else 2
    return 2 if any(plain(cell) in _ONE_ANSWER for cell in head[1]) else None


def recognised(head: Rows) -> bool:
    """A column of the tool itself without an option, and an option below everything else, ``Response`` among them."""
    if len(head) < 2 or header_rows(head) != 2:
        return False
    system = [plain(name) in _SYSTEM for name in head[0]]
    options = [cell.strip() for cell in head[1]]
    return (
        any(system)
        and all(bool(option) != own for option, own in zip(options, system, strict=True))
        and any(plain(option) in _ONE_ANSWER for option in options)
    )


def columns(rows: Rows) -> list[NamedColumn]:
    """Question, or question and option; names that occur twice are numbered by the caller."""
    if len(rows) == 1:
        return [NamedColumn(flat(cell), "" if plain(cell) in _SYSTEM else cell) for cell in rows[0]]
    result = []
    question = ""
    for above, below in zip(rows[0], rows[1], strict=True):
        question = flat(above) or question
        option = flat(below)
        parts = [question] if not option or plain(option) in _ONE_ANSWER else [question, option]
        name = " - ".join(part for part in parts if part)
        result.append(NamedColumn(name, "" if plain(question) in _SYSTEM else name))
    return result
