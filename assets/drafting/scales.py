"""Which answer scale a column has, from evidence: declared labels first, then words and numbers that occur often.

Belongs here: recognising one column's scale. Does not belong here: scales that columns share (``pools``), which columns
are questions (``kinds``), ids and YAML.

An answer that a respondent wrote must not end up in a contract. So only declared labels, words of
``known_answers.yaml``, plain numbers, and values that occur at least ``OFTEN`` times become answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assets.drafting.headers import clean
from assets.drafting.known import known
from expectations.spelling import spelling_key

OFTEN = 5  # a value that fewer rows have may be about one person
MOST_CHOICES = 12  # different answers of a closed question without labels
MOST_DECLARED = 40  # labels of a closed question; more is a list of places or products
_LONGEST_ANSWER = 160
_MOST_VALUES = 100  # different values of any closed question, seldom ones included
_RARE_CELLS = 0.02  # answers outside the list that a closed question may have
_RARE_VALUES = 3
_SCALES = ((1, 2, 2), (0, 1, 2), (1, 3, 3), (1, 4, 4), (1, 5, 4), (1, 6, 6), (1, 7, 5), (0, 10, 5), (1, 10, 5))
_POINTS = {5, 7}  # numbers up to here are taken for a scale from low to high
HIGHEST_MARK = 10
_LARGEST_CODE = 100
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
_NUMBER_FIRST = re.compile(r"(-?[0-9]+)(?:\s*[-–:=(]\s*[^\d\s].*)?")

Kind = Literal["ordinal", "mark", "nominal"]


@dataclass(frozen=True)
class Answer:
    """One answer: what stands in the file, what it means, and how often it occurs."""

    raw: str
    text: str
    count: int = 0
    declared: bool = False


@dataclass(frozen=True)
class Option:
    """One answer of a recognised scale: its label, what stands for it in the file, and its place from low to high."""

    label: str
    raws: tuple[str, ...]
    place: int
    sign: int = 0


@dataclass(frozen=True)
class Recognised:
    """A scale that the evidence shows.

    Attributes:
        kind: Of scale.
        family: Name of what it was recognised as: a family of known answers, ``numbers``, ``choices``, ``labels``.
        options: From low to high, or in the order of the file.
        not_applicable: What stands for "don't know" and the like.
        low: Lowest mark.
        high: Highest mark.
        rare: Cells whose value is not among the options.
        certain: Whether the file or the questionnaire declares all of it.
    """

    kind: Kind
    family: str
    options: tuple[Option, ...]
    not_applicable: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    rare: int = 0
    certain: bool = False


def recognise(answers: Sequence[Answer]) -> Recognised | None:
    """The scale of a column, None if the evidence shows none.

    Args:
        answers: Every answer that the file declares or holds; codes for "missing" are not among them.
    """
    if len(answers) > _MOST_VALUES:
        return None
    outside = [a for a in answers if known().is_not_applicable(a.text)]
    inside = [a for a in answers if a not in outside]
    if not inside:
        return None
    aside = tuple(dict.fromkeys(a.text for a in outside))
    return _by_number(inside, aside) or _by_family(inside, aside) or _by_label(inside, aside) or _by_word(inside, aside)


def answers_of(values: Mapping[str, int], labels: Mapping[str, str], missing: Iterable[str]) -> list[Answer]:
    """Declared answers in the order of the file, then the values that have no label."""
    skipped = set(missing)
    found = [
        Answer(raw, _shown(label) or raw, values.get(raw, 0), declared=True)
        for raw, label in sorted(labels.items(), key=lambda pair: _code_order(pair[0]))
        if raw not in skipped
    ]
    return found + [Answer(value, value, count) for value, count in values.items() if value not in labels]


def _shown(label: str) -> str:
    """A label without markup, unless it would not be recognised in the file any more."""
    plain = clean(label)
    return plain if spelling_key(plain) == spelling_key(label) else " ".join(label.split())


def _code_order(raw: str) -> tuple[float, str]:
    """Codes by number, words after them in the order of the alphabet."""
    return (float(raw.replace(",", ".")), "") if _NUMBER.fullmatch(raw) else (math.inf, raw)


def _by_family(answers: Sequence[Answer], aside: tuple[str, ...]) -> Recognised | None:
    """Known words, each on a rung of its own, with a low and a high end."""
    keys = {spelling_key(a.text) for a in answers}
    for family in known().families:
        if not all(key in family.rungs for key in keys):
            continue
        rungs = {family.rungs[key].place: family.rungs[key].sign for key in keys}
        if len(rungs) != len(keys) or not {-1, 1} <= set(rungs.values()):
            continue
        merged = _merged(answers)
        options = [
            Option(label, raws, family.rungs[key].place, family.rungs[key].sign)
            for key, (label, raws) in merged.items()
        ]
        options.sort(key=lambda option: option.place)
        return Recognised(
            "ordinal", family.code, tuple(options), aside, certain=all(answer.declared for answer in answers)
        )
    return None


def _by_number(answers: Sequence[Answer], aside: tuple[str, ...]) -> Recognised | None:
    """Numbers, perhaps with words behind the first and the last: marks, points, or codes without a meaning."""
    numbers = _numbered(answers)
    limits = _limits(set(numbers), declared=all(a.declared for a in answers)) if numbers else None
    if limits is None:
        return None
    low, high = limits
    core = {n: a for n, a in sorted(numbers.items()) if low <= n <= high}
    outside = tuple(dict.fromkeys((*aside, *(a.raw for n, a in sorted(numbers.items()) if n not in core))))
    unwritten = [a for a in core.values() if not _may_be_written(a)]
    rare, certain = sum(a.count for a in unwritten), all(a.declared for a in answers)
    worded = {n: a.text for n, a in core.items() if a.text != str(n) and a not in unwritten}
    marks = high == HIGHEST_MARK and len(core) > 2
    graded = marks or high in _POINTS or (bool(worded) and len(core) > 2)
    places = range(low, high + 1) if high in _POINTS else sorted(core)
    ends = 2 if len(places) > 4 else 1
    options = []
    for index, number in enumerate(places):
        held = core.get(number)
        raws = (held.raw,) if held is not None and held not in unwritten else (str(number),)
        sign = -1 if index < ends else 1 if index >= len(places) - ends else 0
        options.append(Option(worded.get(number, str(number)), raws, number, sign if graded else 0))
    if marks:
        return Recognised("mark", "numbers", tuple(options), outside, low, high, rare, certain)
    kind: Kind = "ordinal" if graded else "nominal"
    return Recognised(kind, "numbers", tuple(options), outside, low, high, rare, certain)


def _numbered(answers: Sequence[Answer]) -> dict[int, Answer]:
    """The answers by their number; empty if one has none, or if two have the same."""
    bare = any(not a.declared and _leading(a.raw) is not None for a in answers)
    numbers: dict[int, Answer] = {}
    for answer in answers:
        number = _leading(answer.text)
        if number is None and bare and answer.declared:  # "1" is labelled, "2" to "9" are not
            number = _leading(answer.raw)
        if number is None or number in numbers:
            return {}
        numbers[number] = answer
    return numbers


def _leading(text: str) -> int | None:
    found = _NUMBER_FIRST.fullmatch(text.strip())
    return int(found[1]) if found and len(found[1]) < 6 else None


def _limits(numbers: set[int], *, declared: bool) -> tuple[int, int] | None:
    """Lowest and highest number of the scale; what lies outside must be codes that surveys use for "no answer"."""
    for low, high, least in _SCALES:
        core = {n for n in numbers if low <= n <= high}
        rest = numbers - core
        whole = low in core and len(core) >= least and max(core) >= min(high, HIGHEST_MARK - 1)
        if high == HIGHEST_MARK and low == 1:
            whole = len(core) >= least and max(core) >= HIGHEST_MARK - 1  # nobody gives a 1, and hardly anyone a 10
        if whole and high + 1 not in rest and rest <= (set() if declared else known().number_codes):
            return low, high
    # Codes of answers: a handful of small numbers, perhaps with a code for "no answer" far above them.
    codes = {n for n in numbers & known().number_codes if n < 0 or n - 1 not in numbers}
    core = numbers - codes or numbers
    if 2 <= len(core) <= MOST_CHOICES and min(core) >= 0 and max(core) < _LARGEST_CODE:
        return min(core), max(core)
    return None


def _by_label(answers: Sequence[Answer], aside: tuple[str, ...]) -> Recognised | None:
    """Declared labels without a known order."""
    declared = [a for a in answers if a.declared]
    if not 2 <= len(declared) <= MOST_DECLARED:
        return None
    rare = sum(a.count for a in answers if not a.declared)
    return Recognised("nominal", "labels", _in_order(declared), aside, rare=rare, certain=rare == 0)


def _by_word(answers: Sequence[Answer], aside: tuple[str, ...]) -> Recognised | None:
    """Few different short answers, each given often or known."""
    if any(a.declared for a in answers) or any("@" in a.text for a in answers):
        return None
    merged = _merged(answers)
    counts = {key: sum(a.count for a in answers if spelling_key(a.text) == key) for key in merged}
    kept = {key for key, (label, raws) in merged.items() if _may_be_written(Answer(raws[0], label, counts[key]))}
    total = sum(counts.values())
    rare = total - sum(counts[key] for key in kept)
    if not 2 <= len(kept) <= MOST_CHOICES or "" in merged or max(len(a.text) for a in answers) > _LONGEST_ANSWER:
        return None
    if rare > total * _RARE_CELLS or len(merged) - len(kept) > _RARE_VALUES:
        return None
    if all(_NUMBER.fullmatch(label) for label, _ in merged.values()):
        return None  # counts, ages, years
    family = "choices" if all(key in known().choices for key in kept) else "words"
    return Recognised(
        "nominal", family, _in_order([a for a in answers if spelling_key(a.text) in kept]), aside, rare=rare
    )


def _may_be_written(answer: Answer) -> bool:
    """Whether an answer may stand in a contract: declared, a bare number, public language, or given often."""
    bare = answer.text.strip().lstrip("-").isdigit()
    return answer.declared or bare or answer.count >= OFTEN or known().is_word(answer.text)


def _merged(answers: Sequence[Answer]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Per spelling key its most frequent text, and everything that stands for it in the file."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for answer in sorted(answers, key=lambda a: -a.count):
        key = spelling_key(answer.text)
        label, raws = found.get(key, (answer.text.strip(), ()))
        found[key] = label, (*raws, answer.raw)
    return found


def _in_order(answers: Sequence[Answer]) -> tuple[Option, ...]:
    """Declared answers as the file has them, words by how often they occur, yes before no."""
    if any(a.declared for a in answers):
        return tuple(Option(a.text, (a.raw,), place) for place, a in enumerate(answers))
    order = list(known().choices)
    merged = _merged(answers)
    keys = sorted(
        merged, key=lambda key: (order.index(key) if key in order else len(order), -_count(answers, key), key)
    )
    return tuple(Option(*merged[key], place) for place, key in enumerate(keys))


def _count(answers: Sequence[Answer], key: str) -> int:
    return sum(a.count for a in answers if spelling_key(a.text) == key)
