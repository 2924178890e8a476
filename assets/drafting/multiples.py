"""Questions "tick all that apply": columns that are options of one question, or one column with joined options.

Belongs here: finding them and their options. Does not belong here: how ticks are read
(``expectations.compile_multiple``, whose words for "ticked" count here too), ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assets.drafting.headers import clean
from assets.drafting.kinds import Decision
from assets.drafting.known import known
from assets.drafting.material import Column, Material
from assets.drafting.scales import OFTEN
from expectations.compile_multiple import NOT_TICKED, SEPARATORS, TICKED
from expectations.spelling import spelling_key

_ASKED = frozenset(spelling_key(word) for word in TICKED)
_NOT = frozenset(spelling_key(word) for word in NOT_TICKED)
_MOST_OPTIONS = 30  # of one column with joined options
_FITTING = 0.98  # part of its cells that hold nothing but options
_FEWEST_ROWS = 20


@dataclass(frozen=True)
class TickQuestion:
    """A question of several answers.

    Attributes:
        name: What its columns have in common.
        wording: Of the question; empty if the file does not carry it.
        options: Label of each option, and its column (one for all when joined).
        separator: Between the options of one column; None for one column per option.
        positions: Of its columns.
        rare: Cells with something that is no option.
    """

    name: str
    wording: str
    options: tuple[tuple[str, Column], ...]
    separator: str | None
    positions: tuple[int, ...]
    rare: int = 0


def tick_questions(material: Material, decisions: Sequence[Decision]) -> list[TickQuestion]:
    """All of them, in the order of the file."""
    free = {d.column.name: d.column for d in decisions if d.kind not in {"field", "personal", "technical"}}
    found: list[TickQuestion] = []
    used: set[int] = set()
    for name, declared in material.multiple.items():
        options = [free[column] for column in declared if column in free]
        if len(options) > 1:
            found.append(_per_column(name, options, clean(material.set_wordings.get(name, ""))))
            used.update(found[-1].positions)
    groups: dict[str, list[Column]] = {}
    for column in free.values():
        if column.heading.stem and column.position not in used:
            groups.setdefault(column.heading.stem, []).append(column)
    for stem, columns in groups.items():
        ticks = [column for column in columns if _is_tick(column)]
        if len(ticks) > 1 and any(column.filled or column.labels for column in ticks):
            found.append(_per_column(stem, ticks, ""))
    words = [d.column for d in decisions if d.kind == "open" or (d.scale is not None and d.scale.family == "words")]
    found += [joined for column in words if (joined := _joined(material, column)) is not None]
    return sorted(found, key=lambda question: question.positions)


def _per_column(name: str, columns: Sequence[Column], wording: str) -> TickQuestion:
    questions = [column.heading.question for column in columns if column.heading.question]
    options = tuple((column.heading.option or column.heading.question or column.name, column) for column in columns)
    return TickQuestion(
        name=name,
        wording=wording or (questions[0] if questions and len(set(questions)) == 1 else ""),
        options=options,
        separator=None,
        positions=tuple(column.position for column in columns),
    )


def _is_tick(column: Column) -> bool:
    """Whether a column holds ticks only: a word for "ticked", its own option, or the only label it has."""
    meant = {raw: label for raw, label in column.labels.items() if raw not in column.missing}
    texts = [meant.get(value, value) for value in column.values] or list(meant.values())
    keys = {spelling_key(clean(text)) for text in texts}
    own = spelling_key(column.heading.option)
    if column.filled and not column.values:
        return False
    if not keys:
        return True  # nobody ticked it: its neighbours decide
    return keys <= _ASKED | _NOT | {own} and len(keys) <= 2 and _words(column, keys)


def _words(column: Column, keys: set[str]) -> bool:
    """Yes and no are ticks where the heading has an option; a matrix of yes and no is read in the same way."""
    return bool(column.heading.option) or bool(keys & _ASKED)


def _joined(material: Material, column: Column) -> TickQuestion | None:
    """A text column whose cells are a few options, joined."""
    separator = SEPARATORS.get(material.profile, None)
    asked = known().asks_for_ticks(column.heading.wording)
    candidates = [separator] if separator else ([";", ","] if asked else [";"])
    if column.filled < _FEWEST_ROWS or not column.values:
        return None
    for sign in candidates:
        if (found := _options(column.values, sign)) is not None:
            options, rare = found
            if not asked and not _combined(column.values, sign, options):
                continue
            listed = tuple((option, column) for option in options)
            return TickQuestion(column.heading.code, column.heading.wording, listed, sign, (column.position,), rare)
    return None


def _combined(values: Mapping[str, int], sign: str, options: Sequence[str]) -> bool:
    """Whether options come together in different ways; parts that always stand together are one answer with a comma."""
    if all(value.endswith(sign) for value in values):
        return True
    cells = [{part.strip() for part in value.split(sign)} for value in values]
    return sum(sum(option in cell for cell in cells) > 1 for option in options) >= len(options) / 2


def _options(values: Mapping[str, int], sign: str) -> tuple[list[str], int] | None:
    """The options of joined cells and how many cells hold something else; None if these are no joined options."""
    counts: dict[str, int] = {}
    for value, count in values.items():
        for part in {part.strip() for part in value.split(sign)}:
            if part:
                counts[part] = counts.get(part, 0) + count
    options = {part for part, count in counts.items() if count >= OFTEN and spelling_key(part)}
    total = sum(values.values())
    fitting = sum(
        n for value, n in values.items() if all(not p.strip() or p.strip() in options for p in value.split(sign))
    )
    several = sum(n for value, n in values.items() if sign in value)
    if not 2 <= len(options) <= _MOST_OPTIONS or fitting < _FITTING * total or several < OFTEN:
        return None
    return sorted(options, key=lambda part: (-counts[part], part)), total - fitting
