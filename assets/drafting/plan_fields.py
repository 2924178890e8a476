"""Fields of the contract out of the columns that have a role: ids, days, channels, groups, areas, and months.

Belongs here: what stands in the contract where a column was found, and where none was.
Does not belong here: choosing the column (``roles``), questions (``plan``), words.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import PurePath

from assets.drafting.material import Dates
from assets.drafting.names import area_code, numbered, slug
from assets.drafting.roles import Coded, Roles
from expectations.model import ROW_AS_ID
from expectations.spelling import spelling_key

SOMEDAY = dt.date(2025, 1, 1)  # a file without any date gets a month that has passed, so that it can be run at once
ONE_CHANNEL, ONE_GROUP, ONE_AREA, UNKNOWN = "survey", "respondent", "everywhere", "unknown"
TOTAL = "total"
EVERY_CHANNEL = "every_channel"
_MONTH_IN_NAME = re.compile(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])(?!\d)")
_YEAR_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
NO_FIELDS = ("incident_class", "answering_organisation", "exclusion_reason", "invitation_date", "invitation_mode")


@dataclass(frozen=True)
class FieldDraft:
    """Where a field comes from; see ``expectations.model.FieldMap``."""

    column: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    separator: str | None = None
    constant: str | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A code of a list with its label and spellings."""

    code: str
    label: str
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """Something the analyst decides: a key of ``texts.yaml`` and what goes into its words."""

    key: str
    values: dict[str, object] = field(default_factory=dict)


def written(roles: Roles, language: str) -> list[Dates]:
    """How the two days are written; where day and month could be swapped, the language decides."""
    found = [c.dates for c in (roles.contact_date, roles.response_date) if c is not None and c.dates is not None]
    swapped = {"nl": "%d", "en": "%m"}[language]
    return [d.other if d.other is not None and d.other.formats[0].startswith(swapped) else d for d in found]


def days_of(roles: Roles, language: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of the file."""
    found = written(roles, language)
    return (min(d.first for d in found), max(d.last for d in found)) if found else None


def months(file_name: str, days: tuple[dt.date, dt.date] | None, decisions: list[Decision]) -> tuple[dt.date, dt.date]:
    """First and last day that the file is about."""
    if days is not None:
        return days
    if found := _MONTH_IN_NAME.search(file_name):
        day = dt.date(int(found[1]), int(found[2]), 1)
    elif year := _YEAR_IN_NAME.search(file_name):
        day = dt.date(int(year[1]), 1, 1)
    else:
        day = SOMEDAY
    decisions.append(Decision("no_date", {"month": f"{day:%Y-%m}"}))
    return day, day


def contact_fields(roles: Roles, decisions: list[Decision]) -> dict[str, FieldDraft]:
    """Ids and days."""
    fields = {name: FieldDraft(constant="") for name in NO_FIELDS}
    identifier = roles.response_id
    if identifier is None:
        fields["response_id"] = FieldDraft(column=ROW_AS_ID)
        decisions.append(Decision("no_id"))
    else:
        fields["response_id"] = FieldDraft(column=identifier.name)
        repeated = identifier.rows - identifier.distinct
        if roles.id_is_moment or repeated:
            decisions.append(Decision("weak_id", {"column": identifier.name, "rows": repeated}))
        else:
            decisions.append(Decision("id", {"column": identifier.name}))
    if roles.response_date is not None:
        fields["response_date"] = FieldDraft(column=roles.response_date.name)
        names = [c.name for c in (roles.contact_date, roles.response_date) if c is not None]
        decisions.append(Decision("date", {"columns": ", ".join(names)}))
    if roles.contact_date is not None:
        fields["contact_date"] = FieldDraft(column=roles.contact_date.name)
    if roles.duration is not None:
        fields["duration_seconds"] = FieldDraft(column=roles.duration.name)
    return fields


def entries_of(found: Coded) -> tuple[Entry, ...]:
    """The codes of a list."""
    result: list[Entry] = []
    keys: set[str] = set()
    for raw, label in found.entries:
        taken = {entry.code for entry in result} | {"all", "unallocated", TOTAL, UNKNOWN, EVERY_CHANNEL}
        code = numbered(slug(label, 28) or slug(raw, 28) or "code", taken)
        own = {spelling_key(code), spelling_key(label)}
        spelled = tuple(text for text in (raw,) if (key := spelling_key(text)) and key not in own | keys)
        keys |= own | {spelling_key(text) for text in spelled}
        result.append(Entry(code, label, spelled))
    return tuple(result)


def listed(found: Coded | None, role: str, decisions: list[Decision]) -> tuple[tuple[Entry, ...], FieldDraft]:
    """Channels or groups: of a column, or one for everybody."""
    if found is None:
        decisions.append(Decision("one_channel" if role == "channel" else "one_group"))
        return (), FieldDraft(constant=ONE_CHANNEL if role == "channel" else ONE_GROUP)
    decisions.append(Decision(role, {"column": found.column.name, "count": len(found.entries), "rare": found.rare}))
    entries = entries_of(found)
    if found.empty:  # a contact must have a channel and a group; no answer is an answer here
        return (*entries, Entry(UNKNOWN, "")), FieldDraft(column=found.column.name, values={"": UNKNOWN})
    return entries, FieldDraft(column=found.column.name)


def areas_of(found: Coded | None, decisions: list[Decision]) -> tuple[tuple[Entry, ...], FieldDraft]:
    """Areas of a column, or one for everybody."""
    if found is None:
        decisions.append(Decision("one_area"))
        return (), FieldDraft(constant=ONE_AREA)
    decisions.append(Decision("area", {"column": found.column.name, "count": len(found.entries),
                                       "rows": found.rare + found.empty}))  # fmt: skip
    result: list[Entry] = []
    for raw, label in found.entries:
        code = area_code(label, {entry.code for entry in result} | {TOTAL})
        result.append(Entry(code, label, (raw,) if raw != label and "|" not in raw else ()))
    return tuple(result), FieldDraft(column=found.column.name)


def has_month(file_name: str) -> bool:
    """Whether a file name says which month it is about."""
    return _MONTH_IN_NAME.search(file_name) is not None


def file_pattern(file_name: str) -> str:
    """Files like this one: the same name, with another month where it has one."""
    stem = PurePath(file_name).stem
    shown = _MONTH_IN_NAME.sub("*", stem, count=1)
    escaped = "".join(f"[{c}]" if c in "[?" else c for c in shown)
    return escaped if escaped.endswith("*") else f"{escaped}*"


def quarter(day: dt.date) -> dt.date:
    """First day of its quarter."""
    return dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_end(day: dt.date) -> dt.date:
    """First day of the last month of its quarter."""
    return quarter(day).replace(month=quarter(day).month + 2)


def quarters(first: dt.date, last: dt.date) -> int:
    """Quarters from the first day to the last, both included."""
    return (last.year - first.year) * 4 + (last.month - 1) // 3 - (first.month - 1) // 3 + 1
