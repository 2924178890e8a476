"""What the staging tests share: a survey whose files hold whole months, and what became of rows."""

from __future__ import annotations

from functools import cache
from typing import Literal

from expectations.model import Survey
from tests.tiny_survey import House, tiny_survey

Vanished = Literal["kept", "withdrawn"]
Fate = tuple[str, int, str, str | None]


@cache
def whole_months(contacts: Vanished = "withdrawn", responses: Vanished = "kept", both: Vanished = "kept") -> Survey:
    """The tiny survey with files that hold a whole month, and what a row that vanishes means per source."""
    survey = tiny_survey()
    means = {"contacts": contacts, "responses": responses, "both": both}
    sources = tuple(
        s.model_copy(update={"holds": "whole_month", "vanished": means[s.name], "month": r"(\d{4}-\d{2})"})
        for s in survey.sources
    )
    return survey.model_copy(update={"sources": sources})


def fates(house: House, table: str) -> list[Fate]:
    """Delivery, row, status and note of every row, in order."""
    return [
        (str(delivery), int(row), str(status), note)
        for delivery, row, status, note in house.rows(
            f"select delivery_id, row_number, status, note from staging.{table} order by all"
        )
    ]


def accounts(house: House, *columns: str) -> dict[str, tuple[int, ...]]:
    """Counts per delivery."""
    rows = house.rows(f"select delivery_id, {', '.join(columns)} from staging.delivery_accounts")
    return {str(row[0]): row[1:] for row in rows}
