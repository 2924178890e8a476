"""The questions of a survey as drafting sees them, whether they come from answers or from a questionnaire.

Belongs here: the one shape of a question, and questions out of the columns of a file.
Does not belong here: questionnaires (``lss``), the contract made of them (``plan``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assets.drafting.headers import shortened
from assets.drafting.kinds import Decision, decide
from assets.drafting.material import Material
from assets.drafting.multiples import TickQuestion, tick_questions
from assets.drafting.pools import Found, pooled
from assets.drafting.roles import Roles
from assets.drafting.scales import Recognised

_LABEL = 60  # characters of a short label, for figures
_PREFIX = re.compile(r"([A-Za-z]+)[0-9_\[]")
_MOST_THEMES = 25


@dataclass(frozen=True)
class TickOption:
    """An option of "tick all that apply": its label and its column."""

    label: str
    column: str


@dataclass(frozen=True)
class Question:
    """One item to be.

    Attributes:
        name: Its code; empty where the file has sentences only.
        position: Of its (first) column, from 1.
        column: That column.
        wording: The whole text; the code where no text is known.
        label: Short.
        theme: Key of its theme; empty for none.
        scale: Of a closed question; None for an open one and for one with ticks.
        ticks: The options of "tick all that apply".
        separator: Between ticked options in one column.
        labelled: Whether every delivery declares the labels itself, so that codes need no spelling.
        rare: Cells with an answer that could not be written down.
        worded: Whether a text is known.
    """

    name: str
    position: int
    column: str
    wording: str
    label: str
    theme: str = ""
    scale: Recognised | None = None
    ticks: tuple[TickOption, ...] = ()
    separator: str | None = None
    labelled: bool = False
    rare: int = 0
    worded: bool = True


@dataclass(frozen=True)
class LeftOut:
    """A column that becomes no item, and why."""

    column: str
    reason: str


def questions_of(material: Material, roles: Roles) -> tuple[list[Question], list[LeftOut]]:
    """Questions in the order of the file, and the columns that are none."""
    decisions = decide(material, roles)
    ticks = tick_questions(material, decisions)
    used = {position for question in ticks for position in question.positions}
    single = [d for d in decisions if d.kind in {"closed", "open"} and d.column.position not in used]
    closed = [d for d in single if d.scale is not None]
    scales = pooled([Found(d.column.heading.stem, d.scale) for d in closed if d.scale is not None])
    by_position = {d.column.position: scale for d, scale in zip(closed, scales, strict=True)}
    found = [_single(d, by_position.get(d.column.position)) for d in single] + [_ticks(q) for q in ticks]
    found.sort(key=lambda question: question.position)
    left = [
        LeftOut(d.column.name, d.kind)
        for d in decisions
        if d.kind not in {"closed", "open", "field"} and d.column.position not in used
    ]
    return with_prefix_themes(found), left


def _single(decision: Decision, scale: Recognised | None) -> Question:
    column, heading = decision.column, decision.column.heading
    return Question(
        name=heading.code,
        position=column.position,
        column=column.name,
        wording=heading.wording or heading.code or column.name,
        label=shortened(heading.short, _LABEL) or column.name,
        scale=scale,
        labelled=bool(column.labels),
        rare=scale.rare if scale else 0,
        worded=bool(heading.wording),
    )


def _ticks(found: TickQuestion) -> Question:
    first = found.options[0][1]
    options = tuple(TickOption(label, column.name) for label, column in found.options)
    wording = found.wording or found.name
    return Question(
        name=found.name if found.name != found.wording else "",
        position=first.position,
        column=first.name,
        wording=wording,
        label=shortened(wording, _LABEL) or first.name,
        ticks=options,
        separator=found.separator,
        labelled=bool(first.labels),
        rare=found.rare,
        worded=bool(found.wording),
    )


def with_prefix_themes(questions: Sequence[Question]) -> list[Question]:
    """Themes by what codes start with (``wl01``, ``wl02`` and ``dv01``), where that divides the questions."""
    prefixes = [found[1].lower() if (found := _PREFIX.match(q.name)) else "" for q in questions]
    counts = Counter(prefix for prefix in prefixes if prefix)
    shared = {prefix for prefix, count in counts.items() if count > 1}
    if not 1 < len(shared) <= _MOST_THEMES or sum(prefix in shared for prefix in prefixes) < 0.5 * len(prefixes):
        return list(questions)
    return [replace(q, theme=p if p in shared else "") for q, p in zip(questions, prefixes, strict=True)]
