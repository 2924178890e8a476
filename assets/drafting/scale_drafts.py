"""Scales as ``scales.yaml`` has them, out of scales that were recognised: each once, with codes, labels and spellings.

Belongs here: which spelling means which point, and that no spelling means two. Does not belong here: recognising
(``scales``), YAML (``write``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assets.drafting.known import known
from assets.drafting.names import answer_code, numbered, slug
from assets.drafting.questions import Question, TickOption
from assets.drafting.scales import Recognised
from expectations.spelling import spelling_key

_OPEN = "open_answer"
_LIST = {"nl": " of ", "en": " or "}
_FROM = {"nl": "een {low} of hoger", "en": "{low} or higher"}
_TO = {"nl": "een {high} of lager", "en": "{high} or lower"}
_GOOD_MARK, _BAD_MARK = 8, 5  # as the politiemonitor has it


@dataclass(frozen=True)
class PointDraft:
    """One answer."""

    value: int | None
    code: str | None
    label: str
    spellings: tuple[str, ...] = ()

    @property
    def own(self) -> str:
        """Value or code as text."""
        return self.code if self.code is not None else str(self.value)


@dataclass(frozen=True)
class ScaleDraft:
    """One scale; ``code`` is given when it is known whether it is a new one."""

    code: str
    kind: str
    points: tuple[PointDraft, ...] = ()
    positive: tuple[int, ...] = ()
    negative: tuple[int, ...] = ()
    positive_label: str = ""
    negative_label: str = ""
    not_applicable: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    family: str = ""
    certain: bool = False


@dataclass(frozen=True)
class Drafted:
    """The scale of a question, and what its column needs besides: raw values by hand, options by column."""

    scale: ScaleDraft
    values: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


class ScaleBook:
    """All scales of a draft, each once."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._by_content: dict[ScaleDraft, ScaleDraft] = {}

    @property
    def scales(self) -> list[ScaleDraft]:
        """In the order in which questions first needed them."""
        return list(self._by_content.values())

    def of(self, question: Question, name: str) -> Drafted:
        """The scale of a question.

        Args:
            question: The question.
            name: Its id: the name of a scale that only this question has.
        """
        if question.ticks:
            return self._ticks(question, name)
        if question.scale is None:
            return Drafted(self._once(ScaleDraft("", "open"), _OPEN))
        if question.scale.kind == "mark":
            return self._mark(question.scale, labelled=question.labelled)
        return self._points(question, question.scale, name)

    def _once(self, content: ScaleDraft, name: str) -> ScaleDraft:
        if content not in self._by_content:
            taken = {scale.code for scale in self._by_content.values()}
            self._by_content[content] = replace(content, code=numbered(name, taken))
        return self._by_content[content]

    def _mark(self, found: Recognised, *, labelled: bool) -> Drafted:
        good = tuple(range(_GOOD_MARK, found.high + 1))
        bad = tuple(range(found.low, _BAD_MARK + 1))
        content = ScaleDraft(
            "",
            "mark",
            positive=good,
            negative=bad,
            positive_label=_FROM[self._language].format(low=good[0]),
            negative_label=_TO[self._language].format(high=bad[-1]),
            not_applicable=_aside(found, set()),
            minimum=found.low,
            maximum=found.high,
            family=found.family,
            certain=found.certain,
        )
        # A mark has no spellings: a number with words behind it, or a code, is mapped where the file is described.
        values = {}
        for option in found.options:
            for text in (option.label, *(() if labelled else option.raws)):
                if text != str(option.place):
                    values[text] = str(option.place)
        return Drafted(self._once(content, f"mark_{found.low}_{found.high}"), {} if labelled else values)

    def _points(self, question: Question, found: Recognised, name: str) -> Drafted:
        graded = found.kind == "ordinal"
        labels = _labels([option.label for option in found.options], [option.raws[0] for option in found.options])
        codes: list[str] = []
        for number, label in enumerate(labels, start=1):
            numeric = found.family == "numbers" and graded
            own = str(found.options[number - 1].place) if numeric else str(number)
            codes.append(own if graded else answer_code(known().choices.get(spelling_key(label), label), codes, number))
        owners = _owners(labels, codes)
        points, values = [], {}
        for option, label, code in zip(found.options, labels, codes, strict=True):
            spellings = []
            for raw in (option.label, *(() if question.labelled else option.raws)):
                key = spelling_key(raw)
                if not key or owners.get(key) == code:
                    continue
                if key in owners:
                    values[raw] = code  # these letters mean another answer: only this column says it in this way
                else:
                    owners[key] = code
                    spellings.append(raw)
            value = int(code) if graded else None
            points.append(PointDraft(value, None if graded else code, label, tuple(spellings)))
        signs = {point.value: option.sign for point, option in zip(points, found.options, strict=True)}
        positive = tuple(value for value, sign in signs.items() if value is not None and sign > 0 and graded)
        negative = tuple(value for value, sign in signs.items() if value is not None and sign < 0 and graded)
        content = ScaleDraft(
            "",
            found.kind,
            tuple(points),
            positive,
            negative,
            self._ends(points, positive),
            self._ends(points, negative),
            _aside(found, set(owners)),
            family=found.family,
            certain=found.certain,
        )
        return Drafted(self._once(content, _name(name, found, codes)), values)

    def _ticks(self, question: Question, name: str) -> Drafted:
        labels = _labels([o.label for o in question.ticks], [o.column for o in question.ticks])
        codes: list[str] = []
        for number, label in enumerate(labels, start=1):
            codes.append(answer_code(label, codes, number))
        owners = _owners(labels, codes)
        points = []
        for option, label, code in zip(question.ticks, labels, codes, strict=True):
            spelled = _free_spelling(option, owners, code)
            points.append(PointDraft(None, code, label, spelled))
        content = ScaleDraft("", "multiple", tuple(points), family="ticks", certain=question.labelled)
        scale = self._once(content, name)
        columns = {} if question.separator else {c: o.column for c, o in zip(codes, question.ticks, strict=True)}
        return Drafted(scale, columns=columns)

    def _ends(self, points: Sequence[PointDraft], values: Sequence[int]) -> str:
        """Label of one end: ``tevreden of zeer tevreden``."""
        words = [point.label[:1].lower() + point.label[1:] for point in points if point.value in values]
        *first, last = words or [""]
        return f"{', '.join(first)}{_LIST[self._language]}{last}" if first else last


def _free_spelling(option: TickOption, owners: dict[str, str], code: str) -> tuple[str, ...]:
    """The label as the file has it, where it had to be changed and nothing else is called so."""
    key = spelling_key(option.label)
    if not key or key in owners:
        return ()
    owners[key] = code
    return (option.label,)


def _labels(labels: Sequence[str], raws: Sequence[str]) -> list[str]:
    """Labels that can be told apart by their letters and digits: ``C`` and ``C++`` can't, so one gets its number."""
    result: list[str] = []
    keys: set[str] = set()
    for number, (label, raw) in enumerate(zip(labels, raws, strict=True), start=1):
        shown = label if spelling_key(label) else (raw if spelling_key(raw) else f"{label} ({number})")
        if spelling_key(shown) in keys:
            shown = f"{shown} ({number})"
        while spelling_key(shown) in keys:
            shown += f" ({number})"
        keys.add(spelling_key(shown))
        result.append(shown)
    return result


def _owners(labels: Sequence[str], codes: list[str]) -> dict[str, str]:
    """Spelling key -> code. A code that is another answer's label is changed in place."""
    owners = {spelling_key(label): number for number, label in enumerate(labels)}
    for number in range(len(codes)):
        while owners.get(spelling_key(codes[number]), number) != number:
            codes[number] = f"{codes[number]}_x"
        owners[spelling_key(codes[number])] = number
    return {key: codes[number] for key, number in owners.items()}


def _aside(found: Recognised, owned: set[str]) -> tuple[str, ...]:
    """What stands for "not applicable", each once, and nothing that means an answer."""
    seen = set(owned)
    result = []
    for text in found.not_applicable:
        key = spelling_key(text)
        if key and key not in seen:
            seen.add(key)
            result.append(text)
    return tuple(sorted(result, key=spelling_key))


def _name(name: str, found: Recognised, codes: Sequence[str]) -> str:
    if found.family == "numbers" and found.kind == "ordinal":
        return f"points_{found.low}_{found.high}"
    if found.kind == "ordinal":
        return f"{found.family}{len(codes)}"
    if found.family == "choices":
        return slug("_".join(codes))
    return name
