"""Small tools for reading published accounts.

Belongs here: rows of a frame that may not be there, numbers that may be hidden, limits of the contract.
Does not belong here: what a page says about them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from expectations.model import Survey
from reports.inputs import integer
from reports.words import DASH, Words

HELD_BACK_LIMIT = 0.05
"""Share of a file held back that asks for a look, where the table contract names none."""


def rows_of(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    """The rows of a frame; none where a release has no such table."""
    if frame is None:
        return []
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def count_or_dash(value: object, words: Words) -> str:
    """A count, or a dash where it is not shown."""
    found = integer(value)
    return DASH if found is None else words.integer(found)


def upper_limit(survey: Survey, table: str, column: str, default: float) -> float:
    """The highest value of a column that its table contract finds plausible: said there once, used here too."""
    contract = survey.tables.get(table)
    limits = [
        e.kwargs["max_value"]
        for e in (contract.expectations if contract else ())
        if e.severity == "plausible" and e.kwargs.get("column") == column and "max_value" in e.kwargs
    ]
    return float(str(limits[0])) if limits else default
