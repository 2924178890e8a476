"""SQL of days: the text of a date, a moment or an Excel day number as a day on the clock of the survey.

Belongs here: every way a day can be written, and what an offset or another clock does to it.
Does not belong here: which fields are dates (``compile_contacts``, ``compile_responses``), rules about them.

A date without a time is that day, whatever the clock. A moment with an offset ("2026-03-28T23:30:00Z") is put on the
clock of the survey, where it may be the next day; a moment without one is on the clock of its source (``timezone``),
or on that of the survey where the source names none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from expectations.model import Source

ISO = "%Y-%m-%d"
# What a directive can stand for; one that is not here can stand for anything.
_SHAPES = {"%d": "[0-9]{1,2}", "%m": "[0-9]{1,2}", "%Y": "[0-9]{4}", "%y": "[0-9]{2}", "%b": "[^0-9]+", "%B": "[^0-9]+"}

# The day as the source writes it, then perhaps a time, then perhaps an offset. Cut off before any day format is tried.
_MOMENT = (
    "^(.*?)(?:[T ,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?(?: ?([AaPp])[.]?[Mm][.]?)?"
    " ?(Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?$"
)
_ISO_MOMENT = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?(?:Z|[+-](?:0[0-9]|1[0-3]):?[0-5][0-9])"
)
_DAY = "moment['day']"
_MOMENT_PARTS = ("day", "hour", "minute", "second", "half", "shift")
_TIME_DIRECTIVES = re.compile(r"[T ,]*%[HIMSfpzZ].*$")
# Excel counts days from 30 December 1899; five digits are the years 1927-2173. A fraction is a time of day.
_EXCEL = "[0-9]{5}(?:[.,][0-9]+)?"
_EXCEL_EPOCH = "date '1899-12-30'"


def date_sql(source: Source, text: str, timezone: str) -> str:
    """Day of a text on the clock of the survey; NULL where the text is none.

    Args:
        source: Its date formats and its clock.
        text: SQL of the plain text.
        timezone: Clock of the survey.
    """
    formats = day_formats(source)
    plain = f"cast({_parsed(text, formats)} as date)"  # most files write nothing but days: tried first, and fast
    # So are moments as machines write them: DuckDB reads those itself.
    iso = f"cast(timezone({_literal(timezone)}, try_cast({text} as timestamptz)) as date)"
    iso_moment = f"case when regexp_full_match({text}, {_literal(_ISO_MOMENT)}) then {iso} end"
    excel, moment = _excel_sql(source, text, timezone), _moment_sql(source, text, timezone, formats)
    return f"coalesce({plain}, {iso_moment}, {excel}, {moment})"


def day_formats(source: Source) -> tuple[str, ...]:
    """The formats of the source without times."""
    return tuple(dict.fromkeys(_TIME_DIRECTIVES.sub("", pattern) for pattern in source.date_formats))


def _parsed(text: str, formats: Sequence[str]) -> str:
    """First format that reads the text.

    Its shape is looked at first: to find out that a text does not fit costs a parser twenty times as much as a pattern,
    and DuckDB would read "24" as a year with %Y too.
    """
    tried = [
        f"case when regexp_full_match({text}, {_literal(_shape(pattern))}) "
        f"then try_strptime({text}, {_literal(pattern)}) end"
        for pattern in formats
    ]
    return tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})"


def _shape(pattern: str) -> str:
    """Regular expression of the texts that a format can read."""
    parts = re.split("(%.)", pattern)
    return "".join(_SHAPES.get(part, ".+") if part.startswith("%") else re.escape(part) for part in parts)


def _moment_sql(source: Source, text: str, timezone: str, formats: Sequence[str]) -> str:
    """Day of a moment; ISO moments are read whatever the formats of the source."""
    parts = ", ".join(_literal(part) for part in _MOMENT_PARTS)
    day = f"cast({_parsed(_DAY, tuple(dict.fromkeys((*formats, ISO))))} as date)"
    hour = "try_cast(moment['hour'] as integer)"
    late = "lower(moment['half']) = 'p'"
    clock_hour = (
        f"case when moment['half'] = '' then {hour} "
        f"when {hour} between 1 and 12 then {hour} % 12 + case when {late} then 12 else 0 end else 24 end"
    )
    minute = "try_cast(moment['minute'] as integer)"
    second = "try_cast(coalesce(nullif(moment['second'], ''), '0') as integer)"
    seconds = f"({clock_hour}) * 3600 + {minute} * 60 + {second}"
    digits = "regexp_replace(moment['shift'], '[^0-9]', '', 'g')"
    east = (
        f"case when {digits} = '' then 0 else (cast(left({digits}, 2) as integer) * 60 "
        f"+ cast(coalesce(nullif(substr({digits}, 3), ''), '0') as integer)) * 60 end"
        f" * case when left(moment['shift'], 1) = '-' then -1 else 1 end"
    )
    shifted = _on_clock(f"{day} + to_seconds({seconds} - ({east}))", "UTC", timezone)
    local = _local(day, seconds, source, timezone)
    read = (
        f"case when moment['hour'] = '' then {day} "
        f"when not (({clock_hour}) <= 23 and {minute} <= 59 and {second} <= 59 and abs({east}) <= 50400) then null "
        f"when moment['shift'] <> '' then {shifted} else {local} end"
    )
    found = f"regexp_extract({text}, {_literal(_MOMENT)}, [{parts}])"
    # A list of one: its lambda gives the parts a name, so that they are cut once.
    return (
        f"case when regexp_matches({text}, '[0-9]:[0-9][0-9]') "
        f"then list_transform([{found}], lambda moment: {read})[1] end"
    )


def _excel_sql(source: Source, text: str, timezone: str) -> str:
    number = f"cast(replace({text}, ',', '.') as double)"
    day = f"({_EXCEL_EPOCH} + cast(left({text}, 5) as integer))"
    seconds = f"cast(round(({number} - floor({number})) * 86400) as integer)"
    moment = f"case when length({text}) = 5 then {day} else {_local(day, seconds, source, timezone)} end"
    return f"case when regexp_full_match({text}, {_literal(_EXCEL)}) then {moment} end"


def _local(day: str, seconds: str, source: Source, timezone: str) -> str:
    """A moment without an offset: only another clock than that of the survey can make it another day."""
    if source.timezone in {None, timezone}:
        return day
    return _on_clock(f"{day} + to_seconds({seconds})", source.timezone or timezone, timezone)


def _on_clock(moment: str, here: str, there: str) -> str:
    """Day on one clock of a moment that was read from another."""
    return f"cast(timezone({_literal(there)}, timezone({_literal(here)}, {moment})) as date)"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
