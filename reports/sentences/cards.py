"""The three cards: what goes well, where most can be gained, what changed.

Belongs here: their rules. Does not belong here: the finding (``summary``), titles (``titles``).
*Goes well* never picks a part below its reference, whatever its own height.
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.model import Survey
from reports.figures.dot_range import Row
from reports.figures.scales import bounds, rounded
from reports.inputs import AreaView, Comparison, Estimate
from reports.ladder import Lead
from reports.method_breaks import since, year_before
from reports.sentences.basis import on_basis
from reports.sentences.summary import is_break, positive_words
from reports.words import Number, Sentence, Words


def _shown(rows: Sequence[Row]) -> list[tuple[Row, Estimate, float]]:
    """Rows whose figure may be printed. All rows of a figure have the same measure."""
    return [
        (row, row.own, row.own.value)
        for row in rows
        if row.own is not None and row.own.shown and row.own.value is not None
    ]


def _part_values(words: Words, row: Row, own: Estimate, survey: Survey) -> dict[str, object]:
    """What a sentence about a part may need; the text decides which of them it uses."""
    values: dict[str, object] = {"part": row.label, "positive": positive_words(survey, own.item)}
    if own.is_share:
        return {**values, "n": words.figure_hundred(own)}
    lower, upper = (words.decimal(end, 0) for end in bounds(survey, own.item, "mean"))
    return {**values, "value_own": words.figure(own), "minimum": lower, "maximum": upper}


def goes_well(words: Words, rows: Sequence[Row], reference_name: str, survey: Survey) -> Sentence:
    """The highest part among those that, as printed, are not below the reference.

    Rules: ``cards.well_reference`` as printed not below the reference; ``cards.well_none`` every part lies below it;
    ``cards.well_alone`` there is no reference; ``cards.unknown`` nothing may be shown. ``_mean`` where means speak.
    """
    shown = _shown(rows)
    if not shown:
        return words.sentence("cards.unknown")
    compared = [entry for entry in shown if entry[0].reference is not None]
    good = [entry for entry in compared if not _below(*entry)]
    row, own, value = max(good or compared or shown, key=lambda entry: entry[2])
    values = {**_part_values(words, row, own, survey), "reference": reference_name}
    suffix = "" if own.is_share else "_mean"
    if row.reference is None:
        return words.sentence(f"cards.well_alone{suffix}", **values)
    if _below(row, own, value):
        values["part"] = words.text("formats.quoted", text=row.label)
        return words.sentence(f"cards.well_none{suffix}", **values)
    values["value"] = Number(words.value(row.reference, own.measure), row.reference_id)
    return words.sentence(f"cards.well_reference{suffix}", **values)


def _below(row: Row, own: Estimate, value: float) -> bool:
    reference = value if row.reference is None else row.reference
    return rounded(value, own.measure) < rounded(reference, own.measure)


def to_gain(words: Words, rows: Sequence[Row], survey: Survey) -> Sentence:
    """The lowest part. Rule: its range must lie clear of the highest part's range (``extremes``)."""
    shown = _shown(rows)
    if not shown:
        return words.sentence("cards.unknown")
    apart = extremes(rows, survey)
    if apart is None or apart[0].own is None:
        return words.sentence("cards.gain_close")
    low, own = apart[0], apart[0].own
    key = "cards.gain_lowest" if own.is_share else "cards.gain_lowest_mean"
    return words.sentence(key, **_part_values(words, low, own, survey))


def extremes(rows: Sequence[Row], survey: Survey) -> tuple[Row, Row] | None:
    """Lowest and highest row, if they truly differ.

    Rule: their ranges do not touch (stricter than a test of the difference) and the difference is at least the
    relevant one. Indicative figures take no part.
    """
    firm = [row for row in rows if row.own is not None and row.own.status == "published" and row.own.value is not None]
    if len(firm) < 2:
        return None
    low = min(firm, key=lambda row: row.own.value if row.own and row.own.value is not None else 0.0)
    high = max(firm, key=lambda row: row.own.value if row.own and row.own.value is not None else 0.0)
    a, b = low.own, high.own
    if a is None or b is None or a.high is None or b.low is None or a.value is None or b.value is None:
        return None
    needed = relevant_difference(survey, a)
    return (low, high) if a.high < b.low and b.value - a.value >= needed else None


def relevant_difference(survey: Survey, estimate: Estimate) -> float:
    """The smallest difference worth a sentence at the level of a figure, in its unit."""
    if estimate.is_share:
        return survey.relevant_difference(estimate.level)
    lower, upper = bounds(survey, estimate.item, "mean")
    return survey.relevant_difference_mean(estimate.level) * (upper - lower)


def changed(words: Words, lead: Lead, view: AreaView, labels: Sequence[tuple[str, str, str]]) -> list[Sentence]:
    """What changed since a year earlier. ``labels``: item, measure and label of everything that may be named.

    Rules: every real difference (``higher``/``lower``) is named, at most three; otherwise the headline's *maybe* or
    *equal*; otherwise no sign of a change; nothing known when nothing was compared. A break of the headline is always
    told: it is no difference, and silence about it would pass for "no change".
    """
    own = view.comparison(lead.item, lead.measure, "year_earlier") if lead.own else None
    broken = [] if own is None or not is_break(own) else _broken(words, lead, view)
    tested = [(label, view.comparison(item, measure, "year_earlier")) for item, measure, label in labels]
    found = [(label, c) for label, c in tested if c is not None]
    real = [(label, c) for label, c in found if c.outcome in {"higher", "lower"}]
    if real:
        real.sort(key=lambda entry: -abs(entry[1].difference or 0.0))
        return [*(_told(words, c, part=label) for label, c in real[:3]), *broken]
    if broken:
        return broken
    if own is not None and own.outcome in {"maybe_higher", "maybe_lower", "equal"}:
        return [_told(words, own)]
    if any(c.outcome != "not_compared" for _, c in found):
        return [words.sentence("cards.changed_none")]
    if any(is_break(c) for _, c in found):
        return [words.sentence("cards.changed_break")]
    return [words.sentence("cards.changed_unknown")]


def _broken(words: Words, lead: Lead, view: AreaView) -> list[Sentence]:
    """That nothing can be said, and since when what is different."""
    found = [words.sentence("cards.changed_break")]
    if view.period is None:
        return found
    changes = view.data.method_breaks.between(lead.item, year_before(view.period.start), view.period.end)
    return found + since(changes, view.data.survey, words)


def _told(words: Words, comparison: Comparison, **names: object) -> Sentence:
    values = {**names, **_values(words, comparison)}
    return on_basis(words, words.sentence(f"cards.changed_{comparison.outcome}", **values), comparison)


def _values(words: Words, comparison: Comparison) -> dict[str, object]:
    assert comparison.value is not None
    assert comparison.reference is not None
    return {
        "now": Number(words.value(comparison.value, comparison.measure), comparison.figure_id),
        "before": Number(words.value(comparison.reference, comparison.measure), comparison.reference_figure_id),
    }
