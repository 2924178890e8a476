"""What must hold in ``sources.yaml``: fields that exist, patterns that can be read, no two readings of one file.

Belongs here: checks on how deliveries are described. Does not belong here: reading a delivery (``assets.importers``).
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterator

from expectations.checks import repeated
from expectations.checks_conditions import is_timezone
from expectations.model import CONTACT_FIELDS, NOT_APPLICABLE, RESPONSE_FIELDS, ROW_AS_ID, FieldMap, Source, Survey
from expectations.positions import Document, Location, Problem

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def check_sources(survey: Survey, document: Document) -> list[Problem]:
    """Problems of the sources.

    Args:
        survey: The typed contract.
        document: ``sources.yaml``.

    Returns:
        All problems found.
    """
    sources = survey.sources
    problems = list(repeated(document, "source", [(("sources", i, "name"), s.name) for i, s in enumerate(sources)]))
    files = [(("sources", i, "files"), source.files) for i, source in enumerate(sources)]
    problems.extend(repeated(document, "file pattern", files))
    problems.extend(_kinds(survey, document))
    for i, source in enumerate(sources):
        problems.extend(_month(source, document, ("sources", i)))
        problems.extend(_dialect(source, document, ("sources", i)))
        problems.extend(_fields(survey, source, document, ("sources", i)))
    return problems


def _kinds(survey: Survey, document: Document) -> Iterator[Problem]:
    kinds = {source.kind for source in survey.sources}
    if "combined" in kinds and len(kinds) > 1:
        yield document.problem(
            ("sources",), "a survey has either combined files, or files of contacts and of responses"
        )
    if "combined" not in kinds and kinds != {"contacts", "responses"}:
        yield document.problem(
            ("sources",), "a survey needs a source of contacts and one of responses, or a combined one"
        )


def _month(source: Source, document: Document, at: Location) -> Iterator[Problem]:
    if (source.month is None) == (source.month_constant is None):
        message = f"source '{source.name}': give month (a pattern on the file name) or month_constant, one of the two"
        yield document.problem(at, message)
    if source.month is not None:
        try:
            groups = re.compile(source.month).groups
        except re.error as error:
            yield document.problem((*at, "month"), f"'{source.month}' is not a regular expression: {error}")
        else:
            if groups != 1:
                yield document.problem((*at, "month"), f"'{source.month}' needs one group, around the month YYYY-MM")
    if source.month_constant is not None and not _MONTH.fullmatch(source.month_constant):
        yield document.problem((*at, "month_constant"), f"'{source.month_constant}' is not a month like 2026-03")


def _dialect(source: Source, document: Document, at: Location) -> Iterator[Problem]:
    if source.encoding is not None:
        try:
            codecs.lookup(source.encoding)
        except LookupError:
            yield document.problem((*at, "encoding"), f"there is no encoding '{source.encoding}'")
    if source.delimiter is not None and len(source.delimiter) != 1:
        yield document.problem((*at, "delimiter"), "a delimiter is one character")
    if source.header_rows is not None and source.header_rows < 1:
        yield document.problem((*at, "header_rows"), "a file has at least one header row")
    if source.vanished == "withdrawn" and source.holds != "whole_month":
        message = "rows can only vanish from files that hold a whole month: add 'holds: whole_month'"
        yield document.problem((*at, "vanished"), message)
    if not source.date_formats:
        yield document.problem((*at, "date_formats"), "name at least one way a date is written")
    for j, pattern in enumerate(source.date_formats):
        sample = dt.date(2026, 12, 31)
        try:
            readable = dt.datetime.strptime(sample.strftime(pattern), pattern).date() == sample
        except ValueError:
            readable = False
        if not readable:
            message = f"'{pattern}' does not hold day, month and year as %d, %m and %Y"
            yield document.problem((*at, "date_formats", j), message)
            continue
        other = next((o for o in source.date_formats[:j] if _ambiguous(o, pattern)), None)
        if other is not None:
            message = (
                f"a date written as '{other}' can also be read as '{pattern}', and be another day: keep one of them"
            )
            yield document.problem((*at, "date_formats", j), message)
    if source.timezone is not None and not is_timezone(source.timezone):
        message = f"there is no time zone '{source.timezone}'; write one like Europe/Amsterdam or UTC"
        yield document.problem((*at, "timezone"), message)


def _ambiguous(one: str, other: str) -> bool:
    """Whether some text is one day in the first notation and another day in the second."""
    for day in (dt.date(2026, 3, 4), dt.date(2003, 2, 1), dt.date(2011, 10, 12)):
        for writes, reads in ((one, other), (other, one)):
            try:
                if dt.datetime.strptime(day.strftime(writes), reads).date() != day:
                    return True
            except ValueError:
                continue
    return False


def _fields(survey: Survey, source: Source, document: Document, at: Location) -> Iterator[Problem]:
    items = {item.id for item in survey.items}
    known = {
        "contacts": set(CONTACT_FIELDS),
        "responses": set(RESPONSE_FIELDS) | items,
        "combined": set(CONTACT_FIELDS) | set(RESPONSE_FIELDS) | items,
    }[source.kind]
    for name, field in source.fields.items():
        place: Location = (*at, "fields", name)
        if name not in known:
            yield document.problem(place, f"'{name}' is not a field of {source.kind}, nor an item")
        if source.kind == "combined" and name == "contact_id":
            yield document.problem(place, "in a combined file the contact is the response: give response_id only")
        if field.column is not None and field.constant is not None:
            yield document.problem(place, f"field '{name}' comes from a column or is a constant, not both")
        if field.column == ROW_AS_ID:
            yield from _place_as_id(source, name, document, (*place, "column"))
        if field.constant is not None and field.values:
            yield document.problem((*place, "values"), f"field '{name}' is a constant, so there is nothing to map")
        used: list[tuple[Location, str | None]] = [(("column",), field.column)]
        used += [(("columns", option), column) for option, column in field.columns.items()]
        for part, column in used:
            if column is not None and column in source.ignore_columns:
                yield document.problem((*place, *part), f"column '{column}' is both used and ignored")
        if field.columns or field.separator is not None:
            yield from _options(survey, name, field, document, place)


def _place_as_id(source: Source, name: str, document: Document, at: Location) -> Iterator[Problem]:
    """The place of a row tells rows of one file apart; in a second file the same people may stand elsewhere."""
    if name not in ("contact_id", "response_id"):
        yield document.problem(at, f"'{ROW_AS_ID}' is the place of a row: it can be an id, not '{name}'")
    elif (source.holds, source.vanished) != ("whole_month", "withdrawn"):
        message = f"rows without an id need 'holds: whole_month' and 'vanished: withdrawn', or '{name}' counts twice"
        yield document.problem(at, message)


def _options(survey: Survey, name: str, field: FieldMap, document: Document, at: Location) -> Iterator[Problem]:
    """Problems of how "tick all that apply" is delivered."""
    item = next((item for item in survey.items if item.id == name), None)
    scale = survey.scales.get(item.scale) if item is not None else None
    if scale is None or scale.kind != "multiple":
        message = f"'{name}' has one answer: columns and separator are for items on a scale of kind multiple"
        yield document.problem(at, message)
        return
    ways = [bool(field.columns), field.separator is not None, field.constant is not None]
    if sum(ways) > 1 or (field.columns and field.column is not None):
        message = f"'{name}' has a column per option (columns), or one column with a separator, not both"
        yield document.problem(at, message)
    if field.separator == "":
        yield document.problem((*at, "separator"), "a separator is at least one character")
    if not field.columns:
        return
    options = [point.code for point in scale.points if point.code is not None]
    for option in field.columns:
        if option not in (*options, NOT_APPLICABLE):
            message = f"'{option}' is not an option of '{name}': {', '.join(options)}"
            yield document.problem((*at, "columns", option), message)
    missing = [option for option in options if option not in field.columns]
    if missing:
        message = f"these options of '{name}' have no column, so nobody can tick them: {', '.join(missing)}"
        yield document.problem((*at, "columns"), message)
    columns: list[tuple[Location, str]] = [((*at, "columns", o), c) for o, c in field.columns.items()]
    yield from repeated(document, "column", columns)
