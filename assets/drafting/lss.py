"""The questionnaire of a LimeSurvey survey: its ``.lss`` file, read into plain objects.

Belongs here: the file and its tables (old and new layouts), languages, and protection against hostile XML.
Does not belong here: what a question becomes in a contract (``lss_questions``), exports of answers (the importers).

A ``.lss`` file is a dump of database tables as XML. Until version 4 texts stand in the rows of questions and answers,
one row per language; later they stand in tables of their own (``question_l10ns`` ...).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

LARGEST_FILE = 32 << 20
_DEEPEST = 12  # document > table > rows > row > cell, with room to spare
# Entities can only be declared before the root element. With nothing there, none can be used or grow.
_PROLOG = re.compile(r"\ufeff?\s*(?:<\?xml[^<>]*\?>)?\s*(?:<!--(?:(?!-->).)*-->\s*)*<document[\s>]", re.DOTALL)

Row = dict[str, str]


class LssError(Exception):
    """The file is no questionnaire that can be read; the message says why and what to do."""


@dataclass(frozen=True)
class LssAnswer:
    """An answer to choose: its code and its text."""

    code: str
    text: str
    scale: str = "0"


@dataclass(frozen=True)
class LssQuestion:
    """A question, with its rows or options and its answers."""

    qid: str
    code: str
    type: str
    text: str
    group: str
    other: bool
    subquestions: tuple[LssAnswer, ...] = ()
    answers: tuple[LssAnswer, ...] = ()


@dataclass(frozen=True)
class LssGroup:
    """A page of questions."""

    gid: str
    name: str


@dataclass(frozen=True)
class Lss:
    """A questionnaire in one of its languages."""

    title: str
    language: str
    languages: tuple[str, ...]
    groups: tuple[LssGroup, ...]
    questions: tuple[LssQuestion, ...]


@dataclass
class _Tables:
    """The tables of the dump."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()

    def of(self, name: str) -> list[Row]:
        return self.rows.get(name, [])


def read_lss(path: Path, language: str | None = None) -> Lss:
    """Read a questionnaire.

    Args:
        path: The file.
        language: Language to take (``nl`` finds ``nl-informal`` too); None: the first of the survey.

    Raises:
        LssError: If the file is too large, damaged, or no survey.
    """
    tables = _tables(path)
    languages = tables.languages or tuple(
        dict.fromkeys(r["language"] for r in tables.of("questions") if "language" in r)
    )
    languages = languages or tuple(dict.fromkeys(r["language"] for r in tables.of("question_l10ns") if "language" in r))
    chosen = _choice(languages, language)
    questions = _questions(tables, chosen)
    if not questions:
        raise LssError(f"{path.name}: this survey has no questions.")
    settings = _in_language(tables.of("surveys_languagesettings"), chosen, "surveyls_language")
    title = settings[0].get("surveyls_title", "") if settings else ""
    return Lss(title.strip(), chosen, languages, _groups(tables, chosen), questions)


def _tables(path: Path) -> _Tables:
    """The dump as rows of text."""
    if path.stat().st_size > LARGEST_FILE:
        raise LssError(f"{path.name}: larger than {LARGEST_FILE >> 20} MiB, which no questionnaire is.")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise LssError(
            f"{path.name}: not UTF-8 at byte {error.start}; LimeSurvey writes UTF-8. Export it again."
        ) from None
    if not _PROLOG.match(text):
        reason = "it does not start with <document>, or declares entities before it"
        raise LssError(f"{path.name}: no LimeSurvey questionnaire ({reason}). Export the survey structure (.lss).")
    try:
        root = _parsed(text)
    except ET.ParseError as error:
        line, column = error.position
        raise LssError(f"{path.name}: damaged at line {line}, column {column + 1}. Export it again.") from None
    if (root.findtext("LimeSurveyDocType") or "").strip().lower() != "survey":
        kind = (root.findtext("LimeSurveyDocType") or "nothing").strip()[:40]
        raise LssError(f"{path.name}: holds '{kind}', not a whole survey. Export the survey structure (.lss).")
    tables = _Tables()
    for table in root:
        rows = table.find("rows")
        if rows is not None:
            tables.rows[table.tag] = [{cell.tag: (cell.text or "").strip() for cell in row} for row in rows]
    found = root.find("languages")
    if found is not None:
        tables.languages = tuple(
            dict.fromkeys((cell.text or "").strip() for cell in found if (cell.text or "").strip())
        )
    return tables


def _parsed(text: str) -> ET.Element:
    """The root element; deeper nesting than a dump has is an error, before it can exhaust anything."""
    parser: ET.XMLPullParser[Any] = ET.XMLPullParser(events=("start", "end"))
    depth = 0
    root: ET.Element | None = None
    for start in range(0, len(text), 1 << 16):
        parser.feed(text[start : start + (1 << 16)])
        for event, element in cast("Iterator[tuple[str, ET.Element]]", parser.read_events()):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > _DEEPEST:
                error = ET.ParseError("nested too deep")
                error.position = (1, 0)
                raise error
    parser.close()
    if root is None:
        error = ET.ParseError("nothing in it")
        error.position = (1, 0)
        raise error
    return root


def _choice(languages: Sequence[str], wanted: str | None) -> str:
    if wanted is not None:
        for language in languages:
            if language.split("-")[0] == wanted:
                return language
    return languages[0] if languages else ""


def _in_language(rows: Iterable[Row], language: str, column: str = "language") -> list[Row]:
    """The rows of one language; rows without a language belong to every one."""
    return [row for row in rows if row.get(column, language) == language]


def _texts(tables: _Tables, name: str, key: str, value: str, language: str) -> dict[str, str]:
    """Texts of a table of its own, by id."""
    return {r.get(key, ""): r.get(value, "") for r in _in_language(tables.of(name), language)}


def _order(row: Row, column: str) -> tuple[int, str]:
    text = row.get(column, "")
    return (int(text) if text.lstrip("-").isdigit() else 0, row.get("qid", row.get("code", "")))


def _groups(tables: _Tables, language: str) -> tuple[LssGroup, ...]:
    names = _texts(tables, "group_l10ns", "gid", "group_name", language)
    rows = sorted(_in_language(tables.of("groups"), language), key=lambda row: _order(row, "group_order"))
    return tuple(LssGroup(r.get("gid", ""), r.get("group_name") or names.get(r.get("gid", ""), "")) for r in rows)


def _questions(tables: _Tables, language: str) -> tuple[LssQuestion, ...]:
    """Questions in the order of the questionnaire."""
    texts = _texts(tables, "question_l10ns", "qid", "question", language)
    places = {group.gid: place for place, group in enumerate(_groups(tables, language))}
    every = _in_language([*tables.of("questions"), *tables.of("subquestions")], language)
    unique = {row.get("qid", ""): row for row in reversed(every)}
    parents = [row for row in unique.values() if row.get("parent_qid", "0") in {"", "0"}]
    parents.sort(key=lambda row: (places.get(row.get("gid", ""), len(places)), _order(row, "question_order")))
    children: dict[str, list[Row]] = {}
    for row in unique.values():
        if row.get("parent_qid", "0") not in {"", "0"}:
            children.setdefault(row["parent_qid"], []).append(row)
    answers = _answers(tables, language)
    return tuple(
        LssQuestion(
            qid=row.get("qid", ""),
            code=row.get("title", ""),
            type=row.get("type", ""),
            text=row.get("question") or texts.get(row.get("qid", ""), ""),
            group=row.get("gid", ""),
            other=row.get("other", "N") == "Y",
            subquestions=tuple(
                LssAnswer(
                    child.get("title", ""),
                    child.get("question") or texts.get(child.get("qid", ""), ""),
                    child.get("scale_id", "0") or "0",
                )
                for child in sorted(children.get(row.get("qid", ""), []), key=lambda c: _order(c, "question_order"))
            ),
            answers=tuple(answers.get(row.get("qid", ""), [])),
        )
        for row in parents
    )


def _answers(tables: _Tables, language: str) -> dict[str, list[LssAnswer]]:
    """Answers to choose, by question."""
    texts = _texts(tables, "answer_l10ns", "aid", "answer", language)
    found: dict[str, list[LssAnswer]] = {}
    for row in sorted(_in_language(tables.of("answers"), language), key=lambda row: _order(row, "sortorder")):
        text = row.get("answer") or texts.get(row.get("aid", ""), "")
        found.setdefault(row.get("qid", ""), []).append(
            LssAnswer(row.get("code", ""), text, row.get("scale_id", "0") or "0")
        )
    return found
