"""What the questions of a LimeSurvey questionnaire become, and how their columns are called in an export.

Belongs here: question types, one by one. Does not belong here: reading the file (``lss``), the contract (``plan``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assets.drafting.headers import clean, shortened
from assets.drafting.known import known
from assets.drafting.lss import Lss, LssAnswer, LssQuestion
from assets.drafting.questions import LeftOut, Question, TickOption
from assets.drafting.scales import Answer, Recognised, recognise

_LABEL = 60
# Answers that LimeSurvey has built in: code and texts, Dutch and English, as exports write them.
_YES_NO = ("Y", "N")
_BUILT_IN = {
    "nl": {
        "Y": "Ja",
        "N": "Nee",
        "U": "Onzeker",
        "F": "Vrouw",
        "M": "Man",
        "I": "Toename",
        "S": "Hetzelfde",
        "D": "Afname",
    },
    "en": {
        "Y": "Yes",
        "N": "No",
        "U": "Uncertain",
        "F": "Female",
        "M": "Male",
        "I": "Increase",
        "S": "Same",
        "D": "Decrease",
    },
}
_CODES = {"Y": _YES_NO, "G": ("F", "M"), "C": ("Y", "U", "N"), "E": ("D", "S", "I")}
_POINTS = {"5": 5, "A": 5, "B": 10}
_CHOICES, _LISTED_ROWS = {"L", "!", "O"}, {"F", "H"}
_ROWS_OF_POINTS, _ROWS_OF_CODES = {"A", "B"}, {"C", "E"}
_TEXTS, _SHORT_TEXTS = {"S", "T", "U"}, {"Q"}
_TICKS = {"M", "P"}
_NOT_ITEMS = {"X": "display", "*": "computed", "|": "upload", "I": "technical", "N": "number", "K": "number",
              "D": "date", "R": "ranking", ":": "number"}  # fmt: skip
SYSTEM_COLUMNS = ("lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr", "refurl")


def lss_questions(questionnaire: Lss) -> tuple[list[Question], list[LeftOut]]:
    """Questions in the order of the questionnaire, and the columns of an export that become no item."""
    words = _BUILT_IN["nl" if questionnaire.language.startswith("nl") else "en"]
    items: list[Question] = []
    left: list[LeftOut] = []
    for question in questionnaire.questions:
        for found in _of_one(question, words):
            if isinstance(found, LeftOut):
                left.append(found)
            else:
                items.append(found)
    return items, left


def _of_one(question: LssQuestion, words: dict[str, str]) -> Iterator[Question | LeftOut]:
    kind, code = question.type, question.code
    rows = [row for row in question.subquestions if row.scale == "0"]
    if kind in _NOT_ITEMS:
        yield LeftOut(code, _NOT_ITEMS[kind])
    elif kind in _CHOICES:
        yield _closed(question, code, "", _scale(question.answers, other=question.other))
    elif kind in _TICKS:
        options = tuple(TickOption(_text(row), f"{code}[{row.code}]") for row in rows)
        yield _question(question, code, "", ticks=options) if len(options) > 1 else LeftOut(code, "constant")
    elif kind in _TEXTS:
        yield _open(question, code, "")
    elif kind in _SHORT_TEXTS:
        yield from (_open(question, f"{code}[{row.code}]", _text(row)) for row in rows)
    elif kind == ";":
        cells = [(r, c) for r in rows for c in question.subquestions if c.scale == "1"]
        yield from (_open(question, f"{code}[{r.code}_{c.code}]", f"{_text(r)} – {_text(c)}") for r, c in cells)
    elif kind == "1":
        for number, scale in ((1, "0"), (2, "1")):
            answers = [answer for answer in question.answers if answer.scale == scale]
            yield from (_closed(question, f"{code}[{r.code}][{number}]", _text(r), _scale(answers)) for r in rows)
    else:
        yield from _built_in(question, rows, words)
    yield from _beside(question, rows)


def _beside(question: LssQuestion, rows: Sequence[LssAnswer]) -> Iterator[Question | LeftOut]:
    """Columns for what respondents write beside an answer."""
    if question.other and question.type in _CHOICES | _TICKS:
        yield _open(question, f"{question.code}[other]", "")
    if question.type == "O":
        yield _open(question, f"{question.code}[comment]", "")
    if question.type == "P":
        yield from (LeftOut(f"{question.code}[{row.code}comment]", "comment") for row in rows)


def _built_in(question: LssQuestion, rows: Sequence[LssAnswer], words: dict[str, str]) -> Iterator[Question | LeftOut]:
    """Types whose answers are those of LimeSurvey itself, and matrices with answers of their own."""
    kind, code = question.type, question.code
    if kind in _POINTS:
        scale = recognise([Answer(str(n), str(n), declared=True) for n in range(1, _POINTS[kind] + 1)])
    elif kind in _CODES:
        scale = recognise([Answer(answer, words[answer], declared=True) for answer in _CODES[kind]])
    elif kind in _LISTED_ROWS:
        scale = _scale(question.answers)
    else:
        yield LeftOut(code, "unknown")
        return
    if kind in _ROWS_OF_POINTS | _ROWS_OF_CODES | _LISTED_ROWS:
        yield from (_closed(question, f"{code}[{row.code}]", _text(row), scale) for row in rows)
    else:
        yield _closed(question, code, "", scale)


def _scale(answers: Sequence[LssAnswer], *, other: bool = False) -> Recognised | None:
    listed = [Answer(answer.code, clean(answer.text) or answer.code, declared=True) for answer in answers]
    if other:
        listed.append(Answer("-oth-", "Other", declared=True))
    return recognise(listed)


def _closed(question: LssQuestion, column: str, row: str, scale: Recognised | None) -> Question | LeftOut:
    return _question(question, column, row, scale=scale) if scale is not None else LeftOut(column, "constant")


def _open(question: LssQuestion, column: str, row: str) -> Question | LeftOut:
    if known().asks_who(row or clean(question.text)) or "personal" in known().roles_of(
        column.rpartition("[")[2].rstrip("]")
    ):
        return LeftOut(column, "personal")
    return _question(question, column, row)


def _question(
    question: LssQuestion,
    column: str,
    row: str,
    *,
    scale: Recognised | None = None,
    ticks: tuple[TickOption, ...] = (),
) -> Question:
    text = clean(question.text)
    wording = f"{text} – {row}" if text and row else text or row or question.code
    return Question(
        name=column,
        position=0,
        column=column,
        wording=wording,
        label=shortened(row or text or question.code, _LABEL),
        theme=question.group,
        scale=scale,
        ticks=ticks,
    )


def _text(answer: LssAnswer) -> str:
    return clean(answer.text) or answer.code
