"""Names of columns that are made from question texts: on one line, each once, the same for the same file.

Belongs here: what every profile needs for that. Does not belong here: any tool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Rows = Sequence[Sequence[str]]  # the first records of a file, of equal length


class NamedColumn(NamedTuple):
    """A column as its header describes it; an empty name is a column without one."""

    name: str
    wording: str = ""


def flat(text: str) -> str:
    """The text on one line: headers hold line ends and double blanks that differ from export to export."""
    return " ".join(text.split())


def unique(names: Sequence[str]) -> list[str]:
    """The names, a repeated one with its number: ``Toelichting``, ``Toelichting (2)``. Capitals do not count."""
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    result = []
    for name in names:
        choice, number = name, 1
        while name and choice.casefold() in (seen if number == 1 else seen | taken):
            number += 1
            choice = f"{name} ({number})"
        seen.add(choice.casefold())
        result.append(choice)
    return result


def plain(text: str) -> str:
    """Letters and digits only, small: for comparing with names that a tool always uses."""
    return "".join(c for c in text.casefold() if c.isalnum())
