"""The finding on top of a page, the words around the key figure, and the three comparisons.

Belongs here: the rules of these sentences. Does not belong here: cards (``cards``) and titles of figures (``titles``).
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.model import Level, Survey
from reports.figures.scales import bounds
from reports.inputs import AreaView, Comparison, Estimate, Peers
from reports.ladder import Lead, measures, own_status
from reports.sentences.basis import on_basis
from reports.words import Number, Sentence, Words, capital

# Rules of ``comparisons.rule`` that have words of their own.
SMALL = "not_relevant"  # certain, but too small to matter
WITHIN = "within_funnel"  # no outlier among the areas of its level
# By a test of two figures, not by a funnel.
TESTED = frozenset({"difference", SMALL, "equivalent", "maybe_chance", "not_visible"})
OUTCOMES = frozenset({"higher", "lower", "maybe_higher", "maybe_lower", "equal", "no_difference"})


def positive_words(survey: Survey, item_id: str) -> str:
    """What a positive answer is called: *tevreden of zeer tevreden*."""
    base = next((derived.of for derived in survey.derived_items if derived.id == item_id), item_id)
    return survey.scale_of(survey.item(base)).positive_label


def is_mark(survey: Survey, item_id: str) -> bool:
    """Whether a mean of this item is a school mark, which needs no explanation of its scale."""
    return survey.scale_of(survey.item(item_id)).kind == "mark"


def reliable(survey: Survey, estimate: Estimate) -> bool:
    """Whether the figure tells areas apart at all. Unknown reliability is no reason to be silent about figures."""
    return estimate.reliability is None or estimate.reliability >= survey.thresholds.minimum_reliability


def finding(words: Words, lead: Lead, view: AreaView) -> Sentence:
    """What the page says first. Rule: the rung of the ladder."""
    survey = view.data.survey
    if lead.estimate is None or lead.estimate.value is None:
        if any(mixed(view, item) for _, item, _ in measures(survey)):
            return words.sentence("breaks.finding")
        return words.sentence("finding.none" if view.period is not None else "finding.none_period")
    values: dict[str, object] = {
        "subject": survey.subject,
        "positive": positive_words(survey, lead.item),
        "own": view.level.own,
        "area": lead.area.title,
    }
    if lead.estimate.is_share:
        values["n"] = words.figure_hundred(lead.estimate)
        return words.sentence("finding.share" if lead.own else "finding.above", **values)
    lower, upper = bounds(survey, lead.item, "mean")
    values |= {
        "mark": words.figure(lead.estimate),
        "minimum": words.decimal(lower, 0),
        "maximum": words.decimal(upper, 0),
    }
    if not lead.own:
        return words.sentence("finding.above_mean", **values)
    return words.sentence("finding.mean" if is_mark(survey, lead.item) else "finding.mean_points", **values)


def standing(words: Words, lead: Lead, view: AreaView) -> Sentence | None:
    """How that compares: with comparable areas where there are, otherwise with the whole.

    Rules: comparable areas are never called lower or higher for certain, as no test stands behind them; the whole
    follows ``comparisons.outcome``; below the reliability threshold nothing is compared.
    """
    if not lead.own or lead.estimate is None or view is view.data.top:
        return None
    names = {"own": view.level.own, "plural": view.level.label_plural, "top": view.data.top.title}
    peers = view.peers(lead.item, lead.measure)
    if peers is not None:
        if not reliable(view.data.survey, lead.estimate):
            return words.sentence("finding.unreliable", **names)
        place = peers_outcome(lead.estimate, peers)
        if place is None:
            return None
        suffix = "_mean" if place == "similar" and not lead.estimate.is_share else ""
        return words.sentence(f"finding.peers_{place}{suffix}", **names)
    comparison = view.comparison(lead.item, lead.measure, "nation")
    if comparison is None or comparison.outcome not in OUTCOMES:
        return None
    place = "within_spread" if _beyond_chance(comparison) else comparison.outcome
    return on_basis(words, words.sentence(f"finding.top_{place}", **names), comparison)


def peers_outcome(own: Estimate, peers: Peers) -> str | None:
    """``similar`` when the mean of comparable areas lies within the own range, otherwise a *maybe*."""
    if own.low is None or own.high is None or own.value is None:
        return None
    if own.low <= peers.mean <= own.high:
        return "similar"
    return "maybe_higher" if own.value > peers.mean else "maybe_lower"


def key_notes(words: Words, lead: Lead, view: AreaView) -> list[Sentence]:
    """Under the key figure: range, base, and whatever weakens it."""
    estimate, survey = lead.estimate, view.data.survey
    if estimate is None:
        return []
    notes = []
    if estimate.window != lead.area.level.headline_window:
        notes.append(words.sentence("breaks.period", period=words.period(estimate)))
    if not lead.own:
        notes.append(words.sentence("key.above", area=lead.area.title, own=view.level.own))
        why = own_status(view)
        notes.append(words.sentence(f"key.why_above_{'too_few' if why == 'too_few' else 'hidden'}"))
    if estimate.low is not None and estimate.high is not None:
        notes.append(words.sentence("key.range", low=words.figure_low(estimate), high=words.figure_high(estimate)))
    if estimate.n is not None:
        notes.append(words.sentence("key.answered", n=words.figure_n(estimate)))
    if estimate.indicative:
        notes.append(words.sentence("key.indicative"))
    if lead.rung == "mean" and survey.scale_of(survey.item(survey.headline_item)).positive:
        share = view.estimate(survey.headline_item, "positive")
        key = "key.why_mean_wide" if share is not None and share.reason == "interval_too_wide" else "key.why_mean"
        key = "breaks.why_mean" if share is not None and share.mixed else key
        notes.append(words.sentence(key, minimum=words.integer(survey.thresholds.percentage_from)))
    if estimate.is_share and lead.own:
        negative = view.estimate(lead.item, "negative")
        label = survey.scale_of(survey.item(lead.item)).negative_label
        if negative is not None and negative.shown and label:
            notes.append(words.sentence("key.negative", n=words.figure_hundred(negative), negative=label))
    return notes


def key_label(words: Words, lead: Lead, survey: Survey) -> str:
    """What the key figure counts."""
    if lead.estimate is not None and lead.estimate.is_share:
        return words.text("key.share", positive=positive_words(survey, lead.item))
    if is_mark(survey, lead.item):
        return words.text("key.mean")
    lower, upper = bounds(survey, lead.item, "mean")
    return words.text("key.mean_points", minimum=words.decimal(lower, 0), maximum=words.decimal(upper, 0))


@dataclass(frozen=True)
class ComparisonRow:
    """A line of the comparison table."""

    label: str
    value: Number | str
    meaning: Sentence


def comparisons(words: Words, lead: Lead, view: AreaView) -> list[ComparisonRow]:
    """Comparable areas, the whole, a year earlier: each with what it means. Only for an own figure."""
    if not lead.own or lead.estimate is None:
        return []
    level, rows = view.level, []
    peers = view.peers(lead.item, lead.measure)
    if peers is not None:
        rows.append(_peers_row(words, level, lead.estimate, peers, view.data.survey))
    if view is not view.data.top:
        rows.append(_top_row(words, lead, view))
    earlier = view.comparison(lead.item, lead.measure, "year_earlier")
    value: Number | str = "–"
    if earlier is not None and earlier.reference is not None:
        value = Number(words.value(earlier.reference, lead.measure), earlier.reference_figure_id)
    meaning = year_meaning(words, earlier)
    rows.append(ComparisonRow(capital(words.text("labels.year_earlier", own=level.own)), value, meaning))
    return rows


def year_meaning(words: Words, comparison: Comparison | None) -> Sentence:
    """Rule: the outcome of the tested comparison; a break has its own words."""
    if comparison is not None and comparison.outcome in OUTCOMES:
        outcome = "small" if comparison.rule == SMALL else comparison.outcome
        return on_basis(words, words.sentence(f"compare.year_{outcome}"), comparison)
    if comparison is not None and is_break(comparison):
        return words.sentence("compare.break")
    return words.sentence("compare.year_not_compared")


def mixed(view: AreaView, item: str) -> bool:
    """Whether the leading period of an area mixes two ways of measuring a question."""
    return view.period is not None and bool(view.data.method_breaks.inside(item, view.period))


def is_break(comparison: Comparison) -> bool:
    """Whether nothing is compared because the method changed."""
    return comparison.outcome == "not_compared" and "break" in comparison.rule


def _peers_row(words: Words, level: Level, own: Estimate, peers: Peers, survey: Survey) -> ComparisonRow:
    label = capital(words.text("labels.peers_long", plural=level.label_plural, own=level.own))
    place = peers_outcome(own, peers)
    key = {"similar": "compare.peers_similar", None: "compare.not_compared"}.get(place, f"compare.{place}")
    if not reliable(survey, own):
        key = "compare.unreliable"
    return ComparisonRow(label, words.value(peers.mean, own.measure), words.sentence(key, own=level.own))


def _top_row(words: Words, lead: Lead, view: AreaView) -> ComparisonRow:
    top = view.data.top
    reference = top.estimate(lead.item, lead.measure, view.period)
    value: Number | str = "–" if reference is None else words.figure(reference)
    comparison = view.comparison(lead.item, lead.measure, "nation")
    meaning = words.sentence(f"compare.{_meaning(comparison)}", own=view.level.own, plural=view.level.label_plural)
    return ComparisonRow(capital(top.level.own), value, on_basis(words, meaning, comparison))


def _meaning(comparison: Comparison | None) -> str:
    """Which text a comparison with the whole gets. Rule: its outcome, and the rule by which there is none."""
    if comparison is None:
        return "year_not_compared"
    if comparison.outcome not in OUTCOMES:
        return "unreliable" if comparison.rule == "reliability" else "not_compared"
    if _beyond_chance(comparison):
        return "within_spread"
    return "small" if comparison.rule == SMALL else comparison.outcome


def _beyond_chance(comparison: Comparison) -> bool:
    """Within the funnel, yet a difference that chance alone would rarely give: then it may not be called chance."""
    found, visible = comparison.difference, comparison.smallest_visible
    return comparison.rule == WITHIN and found is not None and visible is not None and abs(found) > visible


def patience(words: Words, lead: Lead, view: AreaView) -> list[Sentence]:
    """What can't be seen yet, with the size that could be. Rule: ``smallest_visible`` of the same comparison."""
    if not lead.own:
        return [words.sentence("patience.few")]
    found = []
    earlier = view.comparison(lead.item, lead.measure, "year_earlier")
    if earlier is not None and earlier.smallest_visible is not None and earlier.outcome in OUTCOMES:
        found.append(words.sentence("patience.year", size=words.difference(earlier.smallest_visible, lead.measure)))
    elif earlier is not None and is_break(earlier):
        found.append(words.sentence("patience.year_break"))
    else:
        found.append(words.sentence("patience.year_unknown"))
    nation = view.comparison(lead.item, lead.measure, "nation")
    if nation is not None and nation.smallest_visible is not None and nation.rule in TESTED:
        size = words.difference(nation.smallest_visible, lead.measure)
        found.append(words.sentence("patience.top", size=size, top=view.data.top.title))
    return [*found, words.sentence("patience.few")]
