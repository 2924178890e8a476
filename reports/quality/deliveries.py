"""Every file that came in: what became of its rows and why, newest first.

Belongs here: arranging the published accounts of files. Does not belong here: counting rows (the tables did), and no
value of any person: reasons carry rule, remedy and row numbers only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from expectations.model import ALL
from reports.inputs import ReportData, day, integer, text
from reports.quality.frames import HELD_BACK_LIMIT, count_or_dash, rows_of, upper_limit
from reports.quality.plausibility import Compared, Plausibility
from reports.words import DASH, Words

PARTS = ("accepted", "superseded", "quarantined", "erased")
WITHIN = {
    "accepted": ("vanished", "without_answer"),
    "superseded": ("withdrawn", "repaired"),
    "quarantined": ("without_contact",),
}
"""Part of a file's rows -> what is counted within it."""


@dataclass(frozen=True)
class Line:
    """One line of an account: a number of rows, and whether it is a part of the line above it."""

    label: str
    number: str
    within: bool = False


@dataclass(frozen=True)
class Reason:
    """Why rows of a file are held back, or answers set aside."""

    reason: str
    remedy: str
    rows: int
    where: str
    aside: bool


@dataclass(frozen=True)
class Mark:
    """Rows of a file that stay out of the figures, or that count and deserve a look."""

    label: str
    rows: str
    excluded: bool


@dataclass(frozen=True)
class Delivery:
    """One file that was read."""

    delivery_id: str
    file: str
    date: dt.date | None
    sequence: int
    month: str
    kind: str
    read: int
    parts: tuple[int, ...]
    lines: tuple[Line, ...]
    reasons: tuple[Reason, ...]
    marks: tuple[Mark, ...]
    compared: Compared | None
    counted_with: str  # the newer file of the same month with which it was compared
    attention: bool
    hints: tuple[str, ...] = field(default=())

    @property
    def adds_up(self) -> bool:
        """Every row counted exactly once."""
        return self.read == sum(self.parts)


def deliveries(data: ReportData, found: Plausibility, words: Words) -> list[Delivery]:
    """Files that were read, newest first."""
    reasons, marks = _reasons(data, words), _marks(data, words)
    taken = [row for row in rows_of(data.deliveries) if text(row["status"]) == "taken"]
    newest = _newest(taken)
    limit = upper_limit(data.survey, "staging.delivery_accounts", "share_quarantined", HELD_BACK_LIMIT)
    listed = [_delivery(row, reasons, marks, found, newest, limit, words) for row in taken]
    return sorted(listed, key=lambda d: (d.date or dt.date.min, d.sequence, d.file), reverse=True)


def _identity(row: Mapping[str, Any]) -> str:
    """A file is known by its delivery; by its name where a table has no deliveries."""
    return text(row.get("delivery_id")) or text(row["file_name"])


def _month(row: Mapping[str, Any]) -> dt.date | None:
    return day(row["month"]) if text(row["month"]) not in ("", "NaT") else None


def _newest(taken: list[dict[str, Any]]) -> dict[tuple[str, dt.date | None], str]:
    """The newest file of every source and month."""
    ordered = sorted(taken, key=lambda row: integer(row.get("sequence")) or 0)
    return {(text(row["source"]), _month(row)): text(row["file_name"]) for row in ordered}


def _delivery(  # noqa: PLR0917 - one row and the look-ups it needs
    row: dict[str, Any],
    reasons: Mapping[str, list[Reason]],
    marks: Mapping[str, list[Mark]],
    found: Plausibility,
    newest: Mapping[tuple[str, dt.date | None], str],
    limit: float,
    words: Words,
) -> Delivery:
    key, date = _identity(row), _month(row)
    read = integer(row["rows_read"]) or 0
    parts = tuple(integer(row[f"rows_{part}"]) or 0 for part in PARTS)
    compared = found.by_delivery.get(key)
    last = newest[text(row["source"]), date]
    hints = _hints(row, read, parts, compared, limit, words)
    return Delivery(
        delivery_id=key,
        file=text(row["file_name"]),
        date=date,
        sequence=integer(row.get("sequence")) or 0,
        month=words.month(date) if date is not None else DASH,
        kind=words.text(f"quality.kind_{text(row['kind'])}"),
        read=read,
        parts=parts,
        lines=_lines(row, read, parts, words),
        reasons=tuple(reasons.get(key, ())),
        marks=tuple(marks.get(key, ())),
        compared=compared,
        counted_with=last if compared is None and last != text(row["file_name"]) and found.by_delivery else "",
        attention=bool(hints) or read != sum(parts),
        hints=hints,
    )


def _hints(  # noqa: PLR0917
    row: dict[str, Any], read: int, parts: tuple[int, ...], compared: Compared | None, limit: float, words: Words
) -> tuple[str, ...]:
    """What is out of the ordinary, in a few words each."""
    hints = []
    held_back = parts[PARTS.index("quarantined")]
    if read and held_back / read > limit:
        hints.append(words.text("quality.hint_held_back", share=f"{words.decimal(100 * held_back / read)}%"))
    vanished = integer(row.get("rows_vanished")) or 0
    if vanished:
        hints.append(words.text("quality.hint_vanished", count=words.integer(vanished)))
    warned = len(compared.warnings) if compared else 0
    if warned:
        one = "quality.hint_warning" if warned == 1 else "quality.hint_warnings"
        hints.append(words.text(one, count=words.integer(warned)))
    return tuple(hints)


def _lines(row: dict[str, Any], read: int, parts: tuple[int, ...], words: Words) -> tuple[Line, ...]:
    lines = [Line(words.text("quality.read"), words.integer(read))]
    for part, count in zip(PARTS, parts, strict=True):
        lines.append(Line(words.text(f"quality.{part}"), words.integer(count)))
        for inner in WITHIN.get(part, ()):
            number = integer(row.get(f"rows_{inner}")) or 0
            if number:
                lines.append(Line(words.text(f"quality.within_{inner}"), words.integer(number), within=True))
    return tuple(lines)


def _reasons(data: ReportData, words: Words) -> dict[str, list[Reason]]:
    """Reasons per file, most rows first."""
    found: dict[str, list[Reason]] = {}
    for row in rows_of(data.quality):
        ranges = text(row.get("row_ranges")) or str(integer(row["first_row"]) or "")
        where = ranges.replace("-", DASH)
        many = bool(row.get("more_rows")) if "row_ranges" in row else (integer(row["rows"]) or 0) > 1
        found.setdefault(_identity(row), []).append(
            Reason(
                reason=text(row["reason"]),
                remedy=text(row["remedy"]),
                rows=integer(row["rows"]) or 0,
                where=words.text("quality.where_more" if many else "quality.where", rows=where),
                aside=text(row.get("effect")) == "set_aside",
            )
        )
    return {key: sorted(listed, key=lambda r: (r.aside, -r.rows, r.reason)) for key, listed in found.items()}


def _marks(data: ReportData, words: Words) -> dict[str, list[Mark]]:
    """What stays out of the figures per file, then what deserves a look; the total first."""
    found: dict[str, list[tuple[tuple[bool, bool, str], Mark]]] = {}
    for row in rows_of(data.marks):
        excluded, total = text(row["mark_kind"]) == "excluded", text(row["code"]) == ALL
        everything = words.text(f"quality.mark_{text(row['mark_kind'])}_all")
        label = everything if total else text(row["label"]) or text(row["reason"]) or text(row["code"])
        mark = Mark(label, count_or_dash(row["rows"], words), excluded)
        found.setdefault(_identity(row), []).append(((not excluded, not total, label), mark))
    return {key: [mark for _, mark in sorted(listed, key=lambda pair: pair[0])] for key, listed in found.items()}


def refused(data: ReportData, words: Words) -> list[dict[str, str]]:
    """Files that were refused whole, or had been read before; refused ones first."""
    found = []
    rows = [row for row in rows_of(data.deliveries) if text(row["status"]) != "taken"]
    for row in sorted(rows, key=lambda row: (text(row["status"]) == "repeat", text(row["file_name"]))):
        repeated = text(row["status"]) == "repeat"
        found.append(
            {
                "file": text(row["file_name"]),
                "message": words.text("quality.repeat") if repeated else text(row["message"]),
                "remedy": "" if repeated else text(row.get("remedy")),
                "repeated": "yes" if repeated else "",
            }
        )
    return found


def reasons_over_files(data: ReportData) -> list[dict[str, Any]]:
    """Reasons for setting rows apart, over all files, most frequent first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows_of(data.quality):
        entry = found.setdefault(
            text(row["rule_id"]),
            {
                "reason": text(row["reason"]),
                "remedy": text(row["remedy"]),
                "rows": 0,
                "files": set(),
                "aside": text(row.get("effect")) == "set_aside",
            },
        )
        entry["rows"] += integer(row["rows"]) or 0
        entry["files"].add(_identity(row))
    ordered = sorted(found.items(), key=lambda item: (item[1]["aside"], -item[1]["rows"], item[0]))
    return [{**entry, "files": len(entry["files"])} for _, entry in ordered]


def marks_over_files(data: ReportData) -> list[dict[str, Any]]:
    """What stays out of the figures and what deserves a look, over all files: the counts that may be shown."""
    found: dict[tuple[bool, str], dict[str, Any]] = {}
    for row in rows_of(data.marks):
        if text(row["code"]) == ALL:
            continue
        label = text(row["label"]) or text(row["code"])
        key = (text(row["mark_kind"]) != "excluded", text(row["code"]))
        entry = found.setdefault(
            key,
            {
                "label": text(row["label"]),
                "reason": text(row["reason"]) or label,
                "rows": 0,
                "shown": 0,
                "hidden": 0,
                "excluded": not key[0],
            },
        )
        number = integer(row["rows"])
        entry["rows"] += number or 0
        entry["shown" if number is not None else "hidden"] += 1
    return [entry for _, entry in sorted(found.items(), key=lambda item: (item[0][0], -item[1]["rows"], item[0][1]))]
