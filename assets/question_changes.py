"""The break guard on questions: files that carry another question text or other answers than the files before them.

Belongs here: reading wordings and value labels out of what deliveries say of themselves, telling a rewording from other
spaces, capitals and numbering, and which item a column is. Does not belong here: the contract's own texts over time
(``question_history``), fieldwork (``break_guard``), declared breaks and texts for readers (``publication_breaks``).

Only files of one source in one format are held against each other: a variable label of SPSS and a header row of a form
never have the same text. Of a month the first file speaks: a re-delivery was exported later, with the texts of later.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.break_guard import Found
from assets.statistics.change_points import change_points
from expectations.model import BreakCause, FieldMap, Item, Source, Survey

_TAG = re.compile(r"<[^<>]*>")
_NUMBERING = re.compile(r"^\W*(?:(?:vraag|question|q|v)\s*)?\d+[a-z]?\s*[.:)\]-]+\s*", re.IGNORECASE)
_NOT_A_WORD = re.compile(r"[\W_]+")
_ANSWER_KINDS = ("responses", "combined")


@dataclass(frozen=True)
class Delivered:
    """What one file says of its questions.

    Attributes:
        source: Name of the source in the contract.
        format: Format of the file.
        month: First day of the month it is about.
        wordings: Column -> question text.
        labels: Column -> code -> label.
        missing_codes: Column -> codes that mean "no answer".
    """

    source: str
    format: str
    month: dt.date
    wordings: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    missing_codes: Mapping[str, Sequence[str]]


def delivered(rows: Sequence[Mapping[str, Any]]) -> list[Delivered]:
    """Taken files with answers, from rows of ``raw.deliveries`` in order of delivery."""
    found = []
    for row in rows:
        if row["status"] != "taken" or row["kind"] not in _ANSWER_KINDS:
            continue
        said = json.loads(row["shape_json"] or "{}")
        texts = (said.get(name, {}) for name in ("wordings", "labels", "missing_codes"))
        found.append(Delivered(row["source"], row["format"], row["month"], *texts))
    return found


def question_changes(survey: Survey, files: Sequence[Delivered]) -> list[Found]:
    """Items whose wording or answers changed from one delivery month to a later one.

    Args:
        survey: The contract.
        files: In order of delivery.

    Returns:
        Changes that stay and odd months, in the order of the items.
    """
    sources = {source.name: source for source in survey.sources}
    found: dict[tuple[dt.date, str, BreakCause], Found] = {}
    for item in survey.items:
        if survey.scale_of(item).kind == "open":
            continue  # no figures are made of it
        for cause, texts in _series(item, files, sources):
            for change in _changes(item.id, cause, texts):
                key = (change.date, change.item, change.cause)
                if key not in found or found[key].odd:
                    found[key] = change
    return list(found.values())


def plain_wording(text: str) -> str:
    """The words of a question: without markup, numbering, capitals, punctuation and accidents of spacing."""
    shown = _TAG.sub(" ", html.unescape(text))
    bare = _NUMBERING.sub("", unicodedata.normalize("NFKC", shown).strip())
    return _NOT_A_WORD.sub(" ", bare.casefold()).strip()


def _series(
    item: Item, files: Sequence[Delivered], sources: Mapping[str, Source]
) -> Iterator[tuple[BreakCause, dict[dt.date, str]]]:
    """Per source, format and cause: month -> what the first file of the month says, where it says anything."""
    series: dict[tuple[str, str, BreakCause], dict[dt.date, str]] = {}
    for file in files:
        columns = _columns(item, sources[file.source].fields.get(item.id, FieldMap()))
        said: tuple[tuple[BreakCause, str], ...] = (
            ("wording", _wording(file, columns)),
            ("scale", _answers(file, columns)),
        )
        for cause, text in said:
            if text:
                series.setdefault((file.source, file.format, cause), {}).setdefault(file.month, text)
    for (_, _, cause), texts in series.items():
        yield cause, texts


def _columns(item: Item, where: FieldMap) -> list[str]:
    if where.columns:
        return [column for _, column in sorted(where.columns.items())]
    return [where.column or item.id]


def _wording(file: Delivered, columns: Sequence[str]) -> str:
    return " | ".join(plain_wording(file.wordings[column]) for column in columns if file.wordings.get(column))


def _answers(file: Delivered, columns: Sequence[str]) -> str:
    """Codes with the words of their labels; what means "no answer" is no part of the scale."""
    found = []
    for column in columns:
        missing = set(file.missing_codes.get(column, ()))
        labels = file.labels.get(column, {})
        found += [
            f"{column} {code}={plain_wording(text)}" for code, text in sorted(labels.items()) if code not in missing
        ]
    return "; ".join(found)


def _changes(item: str, cause: BreakCause, texts: Mapping[dt.date, str]) -> Iterator[Found]:
    months = sorted(texts)

    def far(before: Sequence[int], month: int) -> bool:
        return texts[months[month]] != texts[months[before[-1]]]

    changes = change_points(len(months), far, most_before=1)
    yield from (Found(months[month], item, cause) for month in changes.first)
    yield from (Found(months[month], item, cause, odd=True) for month in changes.odd)
