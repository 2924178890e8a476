"""Changes of the method as reports see them: since when, for which question, and how that is said.

Belongs here: finding the changes that matter to a question and a period, and the sentence that tells one.
Does not belong here: which changes there are (``publication.breaks``), drawing (``figures``), the list of all of them
(``quality``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from expectations.lineage import depends_on
from expectations.model import ALL, Survey
from reports.published_rows import Period, day, text

if TYPE_CHECKING:
    from reports.words import Sentence, Words

COLUMNS = ("break_date", "item", "cause", "status", "reason")
BREAK = "break"


@dataclass(frozen=True, slots=True)
class MethodBreak:
    """One row of ``publication.breaks``; only those with status ``break`` keep figures apart."""

    date: dt.date
    item: str  # ``all`` for every question
    cause: str
    status: str
    reason: str


def no_breaks() -> pd.DataFrame:
    """A release in which nothing ever changed."""
    return pd.DataFrame(columns=list(COLUMNS))


class MethodBreaks:
    """The changes of a release."""

    def __init__(self, survey: Survey, frame: pd.DataFrame) -> None:
        self._survey = survey
        rows = cast("list[dict[str, Any]]", frame.to_dict("records"))
        self.rows = tuple(
            MethodBreak(
                day(row["break_date"]), text(row["item"]), text(row["cause"]), text(row["status"]), text(row["reason"])
            )
            for row in rows
        )
        self._of: dict[str, tuple[MethodBreak, ...]] = {}

    def of(self, item: str) -> tuple[MethodBreak, ...]:
        """What keeps figures of a question apart, oldest first: also changes of questions it depends on."""
        if item not in self._of:
            names = depends_on(self._survey, item) | {ALL}
            found = (row for row in self.rows if row.status == BREAK and row.item in names)
            self._of[item] = tuple(sorted(found, key=lambda row: (row.date, row.item, row.cause)))
        return self._of[item]

    def between(self, item: str, first: dt.date, last: dt.date) -> tuple[MethodBreak, ...]:
        """Changes after the first day of a stretch of time and not later than its last day."""
        return tuple(row for row in self.of(item) if first < row.date <= last)

    def inside(self, item: str, period: Period) -> tuple[MethodBreak, ...]:
        """Changes that make a figure over this period a mixture."""
        return self.between(item, period.start, period.end)


def year_before(day: dt.date) -> dt.date:
    """The same first day of a period one year earlier."""
    return day.replace(year=day.year - 1)


def dates(breaks: Iterable[MethodBreak]) -> tuple[dt.date, ...]:
    """The days on which something changed, each once."""
    return tuple(sorted({row.date for row in breaks}))


def since(breaks: Iterable[MethodBreak], survey: Survey, words: Words) -> list[Sentence]:
    """Since when what is different, one sentence per change; the same sentence is said once."""
    return list(dict.fromkeys(_sentences(breaks, survey, words)))


def told(breaks: Iterable[MethodBreak], survey: Survey, words: Words) -> str:
    """The same as plain text, for captions."""
    return " ".join(sentence.text for sentence in since(breaks, survey, words))


def item_label(survey: Survey, item: str, words: Words) -> str:
    """What a question is called; ``all`` is every question."""
    if item == ALL:
        return words.text("breaks.every_item")
    labels = {asked.id: asked.label for asked in survey.items} | {made.id: made.label for made in survey.derived_items}
    return labels.get(item, item)


def _sentences(breaks: Iterable[MethodBreak], survey: Survey, words: Words) -> Iterator[Sentence]:
    for row in breaks:
        values = {"day": words.date(row.date), "reason": row.reason}
        if row.item == ALL:
            yield words.sentence("breaks.since", **values)
        else:
            yield words.sentence("breaks.since_item", item=item_label(survey, row.item, words), **values)
