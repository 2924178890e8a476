"""Invitations and answers per channel and month, and changes of the method.

Belongs here: arranging ``publication.fieldwork`` and ``publication.breaks`` for the quality page.
Does not belong here: rates and means (published), comparing across a break (``assets``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from expectations.model import ALL, Survey
from reports.inputs import Period, ReportData, day, number, text
from reports.quality.frames import count_or_dash, rows_of
from reports.words import DASH, Words

COUNTS = ("contacts", "excluded", "invited", "responses", "unanswered")
MONTHS_SHOWN = 13
"""The newest month beside the same month a year before."""


@dataclass(frozen=True)
class FieldRow:
    """One line of a table: counts, the share that answered, and the days it took."""

    label: str
    cells: tuple[str, ...]
    total: bool = False
    open: bool = False  # answers still come in


@dataclass(frozen=True)
class Fieldwork:
    """What the page shows of the fieldwork."""

    period: str
    channels: tuple[FieldRow, ...]
    modes: tuple[FieldRow, ...]
    months: tuple[FieldRow, ...]


def fieldwork(data: ReportData, words: Words) -> Fieldwork | None:
    """Newest closed period per channel and way of inviting, and the newest months; None without such a table."""
    rows = rows_of(data.fieldwork)
    if not rows:
        return None
    period = data.latest(data.survey.top.headline_window) or data.latest("quarter")
    return Fieldwork(
        period=words.period(period) if period is not None else "",
        channels=_slices(rows, period, "channel", _channel_labels(data.survey, words), words),
        modes=_slices(rows, period, "invitation_mode", _mode_labels(data.survey, words), words),
        months=_months(rows, words),
    )


def _slices(
    rows: list[dict[str, Any]], period: Period | None, dimension: str, labels: dict[str, str], words: Words
) -> tuple[FieldRow, ...]:
    """The categories in the order of the contract, the total last."""
    if period is None:
        return ()
    own = [row for row in rows if row["window"] == period.window and day(row["period_start"]) == period.start]
    order = {code: place for place, code in enumerate(labels)}
    found = sorted(
        (row for row in own if row["dimension"] == dimension), key=lambda r: order.get(text(r["category"]), len(order))
    )
    lines = [_row(labels.get(text(row["category"]), text(row["category"])), row, words) for row in found]
    total = [_row(words.text("quality.everyone"), row, words, total=True) for row in own if row["dimension"] == ALL]
    return (*lines, *total) if lines else ()


def _months(rows: list[dict[str, Any]], words: Words) -> tuple[FieldRow, ...]:
    own = [row for row in rows if row["window"] == "month" and row["dimension"] == ALL]
    newest = sorted(own, key=lambda row: day(row["period_start"]), reverse=True)[:MONTHS_SHOWN]
    return tuple(
        _row(words.month(day(row["period_start"])), row, words, still_open=not row["closed"]) for row in newest
    )


def _row(label: str, row: dict[str, Any], words: Words, *, total: bool = False, still_open: bool = False) -> FieldRow:
    rate = number(row["response_rate"])
    days = [number(row[name]) for name in ("lead_days_mean", "answer_days_mean")]
    return FieldRow(
        label,
        (
            *(count_or_dash(row[name], words) for name in COUNTS),
            DASH if rate is None else words.percent(rate),
            *(DASH if mean is None else words.decimal(mean) for mean in days),
        ),
        total,
        still_open,
    )


def _channel_labels(survey: Survey, words: Words) -> dict[str, str]:
    return {channel.code: channel.label for channel in survey.channels}


def _mode_labels(survey: Survey, words: Words) -> dict[str, str]:
    listed = survey.code_lists.get("invitation_mode")
    labels = {entry.code: entry.label for entry in listed.codes} if listed else {}
    return labels | {"none": words.text("quality.mode_none")}


@dataclass(frozen=True)
class Change:
    """A change of the method."""

    date: dt.date
    when: str
    what: str
    cause: str
    reason: str
    verdict: str


def changes(data: ReportData, words: Words) -> list[Change]:
    """Changes of the method, newest first."""
    found = []
    labels = {item.id: item.label for item in data.survey.items}
    for row in rows_of(data.breaks):
        date, item = day(row["break_date"]), text(row["item"])
        status = text(row.get("status")) or "break"
        cause = f"quality.cause_{text(row['cause'])}"
        found.append(
            Change(
                date=date,
                when=words.date(date),
                what=words.text("quality.every_item") if item == ALL else labels.get(item, item),
                cause=words.text(cause) if words.has(cause) else text(row["cause"]),
                reason=text(row["reason"]),
                verdict=words.text(f"quality.change_{status}") if words.has(f"quality.change_{status}") else status,
            )
        )
    return sorted(found, key=lambda change: (-change.date.toordinal(), change.what))
