"""What must hold in ``sources.yaml``: fields that exist, patterns that can be read, no two readings of one file.

Belongs here: checks on how deliveries are described. Does not belong here: reading a delivery (``assets.importers``).
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterator

from expectations.checks import repeated
from expectations.model import CONTACT_FIELDS, RESPONSE_FIELDS, Source, Survey
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
    if source.header_rows < 1:
        yield document.problem((*at, "header_rows"), "a file has at least one header row")
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
        if field.constant is not None and field.values:
            yield document.problem((*place, "values"), f"field '{name}' is a constant, so there is nothing to map")
        if field.column is not None and field.column in source.ignore_columns:
            yield document.problem((*place, "column"), f"column '{field.column}' is both used and ignored")
