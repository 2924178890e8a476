"""Findings that stand above figures. A title names a difference only when its rule passed.

Belongs here: the rules of titles and the sentences that introduce a section. Does not belong here: the finding on top
(``summary``), the cards (``cards``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from expectations.model import Survey
from reports.figures.dot_range import Row
from reports.inputs import AreaView, Comparison, Estimate, MethodBreak, Peers
from reports.sentences.basis import on_basis
from reports.sentences.cards import extremes, relevant_difference
from reports.sentences.summary import OUTCOMES, is_break, peers_outcome, positive_words, reliable
from reports.words import Sentence, Words, lower_first

Breakdown = Literal["parts", "channels", "groups"]


def trend_title(words: Words, comparison: Comparison | None, breaks: Sequence[MethodBreak] = ()) -> Sentence:
    """Rule: the tested comparison with a year earlier, in the measure that is drawn; none is made across a break."""
    if breaks and (comparison is None or is_break(comparison)):
        return words.sentence("breaks.trend_title", day=words.date(breaks[-1].date))
    outcome = comparison.outcome if comparison is not None and comparison.outcome in OUTCOMES else "not_compared"
    return on_basis(words, words.sentence(f"trend.{outcome}"), comparison)


def peers_title(words: Words, own: Estimate, peers: Peers, view: AreaView) -> Sentence:
    """Rule: where the own value and range lie; never certain, as no test stands behind it."""
    names = {"own": view.level.own, "plural": view.level.label_plural}
    if not reliable(view.data.survey, own):
        return words.sentence("peers.title_unreliable", **names)
    place = peers_outcome(own, peers) or "similar"
    inside = own.value is not None and peers.q25 <= own.value <= peers.q75
    key = "similar_half" if place == "similar" and inside else place
    return words.sentence(f"peers.title_{key}", **names)


def breakdown_title(words: Words, kind: Breakdown, rows: Sequence[Row], survey: Survey) -> Sentence:
    """Rules: lowest and highest are named only when ``cards.extremes`` finds them apart.

    Parts are called alike only when they all lie within the relevant difference.
    """
    shares = any(row.own is not None and row.own.shown and row.own.is_share for row in rows)
    apart = extremes(rows, survey)
    if apart is not None and (shares or kind != "parts"):
        low, high = (_name(words, kind, row) for row in apart)
        return words.sentence(f"{kind}.title_apart{'' if shares else '_mean'}", low=low, high=high)
    values = [row.own.value for row in rows if row.own is not None and row.own.shown and row.own.value is not None]
    if kind == "parts" and shares and len(values) > 1:
        first = next(row.own for row in rows if row.shown)
        if first is not None and max(values) - min(values) < relevant_difference(survey, first):
            return words.sentence("parts.title_close")
    return words.sentence(f"{kind}.title_plain")


def _name(words: Words, kind: Breakdown, row: Row) -> str:
    return lower_first(row.label) if kind == "groups" else words.text("formats.quoted", text=lower_first(row.label))


def feedback_with_without(
    words: Words, heard: Estimate | None, not_heard: Estimate | None, survey: Survey
) -> Sentence | None:
    """Satisfaction of those who heard something and of those who did not: two figures, no claim of a cause."""
    a = heard if heard is not None and heard.shown else None
    b = not_heard if not_heard is not None and not_heard.shown else None
    shown = a or b
    if shown is None:
        return None
    positive = positive_words(survey, shown.item)
    if a is not None and b is not None:
        key = "feedback.with_without" if a.is_share else "feedback.with_without_mean"
        return words.sentence(key, with_value=words.figure(a), without_value=words.figure(b), positive=positive)
    if not shown.is_share:
        return None
    key = "feedback.with_only" if a is not None else "feedback.without_only"
    return words.sentence(key, value=words.figure(shown), positive=positive)
