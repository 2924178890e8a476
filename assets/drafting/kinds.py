"""What every column is: a field of the contract, a closed question, an open one, or something to leave out and why.

Belongs here: that one decision per column. Does not belong here: how a scale is recognised (``scales``), fields
(``roles``), questions of several columns (``multiples``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assets.drafting.known import known
from assets.drafting.material import Column, Material
from assets.drafting.roles import Roles
from assets.drafting.scales import Recognised, answers_of, recognise

Kind = Literal[
    "field", "closed", "open", "empty", "personal", "technical", "weight", "date", "number", "constant", "code"
]
_ADDRESS = re.compile(r"([0-9]{1,3}\.){3}[0-9]{1,3}")
_MANY = 20  # rows from which "always the same" says something
_LONGEST_CODE = 40
_NUMBERS = 0.9  # part of the values that are numbers


@dataclass(frozen=True)
class Decision:
    """What a column is taken for, and the scale of a closed question."""

    column: Column
    kind: Kind
    scale: Recognised | None = None


def decide(material: Material, roles: Roles) -> list[Decision]:
    """What every column of the file is, in the order of the file."""
    return [_decide(column, roles) for column in material.columns]


def _decide(column: Column, roles: Roles) -> Decision:
    if column.position in roles.used:
        return Decision(column, "field")
    told = _told(column)
    if told is not None:
        return Decision(column, told)
    scale = recognise(answers_of(column.values, column.labels, column.missing))
    return Decision(column, "closed", scale) if scale is not None else Decision(column, _rest(column))


def _told(column: Column) -> Kind | None:
    """What the name of a column tells, or values that need no scale to be known."""
    names = known().roles_of(column.heading.code or column.name)
    if "personal" in names or _holds_people(column):
        return "personal"
    if "technical" in names:
        return "technical"
    if "weight" in names:
        return "weight"
    if "response_id" in names and column.distinct > 1:
        return "code"
    if column.dates is not None:
        return "date"
    return "empty" if not column.filled and not column.labels else None


def _rest(column: Column) -> Kind:
    """A column without a scale."""
    many = column.rows >= _MANY
    kind: Kind = "open"
    if column.numbers >= _NUMBERS * column.distinct and (column.distinct > 1 or many):
        kind = "number"
    elif column.labels or (many and _is_code(column)):
        kind = "code"
    elif column.distinct == 1 and many:
        kind = "constant"
    elif known().asks_who(column.heading.wording or column.name):
        kind = "personal"
    return kind


def _is_code(column: Column) -> bool:
    """Whether every row has a short value of its own, under a heading that asks nothing."""
    asks = " " in (column.heading.question or column.name)
    return column.unique and column.longest <= _LONGEST_CODE and not asks


def _holds_people(column: Column) -> bool:
    """Addresses of mail or of computers among the values."""
    if column.distinct and column.marks >= 0.2 * column.distinct:
        return True
    return bool(column.values) and all(_ADDRESS.fullmatch(value) for value in column.values)
