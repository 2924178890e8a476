"""Sections of an area page that are tables or text: who answered, areas below, explanation.

Belongs here: those sections. Does not belong here: figures per theme (``area_sections``).
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.area_context import AreaContext, Section
from reports.figures.composition import Part, composition
from reports.figures.dot_range import range_text, value_text
from reports.inputs import Estimate, Responses
from reports.ladder import measures
from reports.page import area_path, link
from reports.sentences.cards import relevant_difference
from reports.words import DASH, Number, Sentence, Words, capital, lower_first

NOTABLE = 0.05  # a difference in composition worth a sentence (five points)


# Who answered ----------------------------------------------------------------------------------------------------


def responses_section(context: AreaContext) -> Section:
    """Invited, answered, and how those who answered differ from all contacts."""
    words, view = context.words, context.view
    title = words.sentence("responses.title")
    totals = view.responses("all")
    total = totals[0] if totals else None
    if total is None or total.responses is None:
        return Section("deelname", title, (words.sentence("responses.hidden"),))
    answered = words.integer(total.responses)
    if total.invited is None or total.contacts is None or total.contacts == total.responses:
        # A survey without a register of contacts: nothing to compare with.
        return Section("deelname", title, (words.sentence("responses.counts_simple", responses=answered),))
    rate = words.percent(total.responses / total.invited) if total.invited else DASH
    invited = words.integer(total.invited)
    counts = words.sentence("responses.counts", invited=invited, responses=answered, rate=rate)
    parts = [part for dimension in ("age_band", "channel_class") for part in _parts(context, dimension, total)]
    if not any(part.difference is not None for part in parts):
        return Section("deelname", title, (counts,))
    return Section("deelname", title, (counts, *_differences(words, parts)), composition(words, parts))


def _parts(context: AreaContext, dimension: str, total: Responses) -> list[Part]:
    labels = _labels(context, dimension)
    found = {row.category: row for row in context.view.responses(dimension)}

    def share(count: int | None, whole: int | None) -> float | None:
        return None if count is None or not whole else count / whole

    return [
        Part(label, share(found[code].responses, total.responses), share(found[code].contacts, total.contacts))
        for code, label in labels.items()
        if code in found
    ]


def _labels(context: AreaContext, dimension: str) -> dict[str, str]:
    if dimension == "channel_class":
        return {
            c.code: context.words.text("responses.channel", channel=c.label) for c in context.survey.channel_classes
        }
    code_list = context.survey.code_lists.get(dimension)
    return {} if code_list is None else {entry.code: entry.label for entry in code_list.codes}


def _differences(words: Words, parts: list[Part]) -> list[Sentence]:
    """Rule: a category is named when its share differs by at least ``NOTABLE``."""
    known = [(part.label, part.difference) for part in parts if part.difference is not None]
    more = [lower_first(label) for label, difference in known if difference >= NOTABLE - 1e-9]
    less = [lower_first(label) for label, difference in known if difference <= -NOTABLE + 1e-9]
    found = []
    if more:
        found.append(words.sentence("responses.more", groups=words.listing(more)))
    if less:
        found.append(words.sentence("responses.less", groups=words.listing(less)))
    return found or [words.sentence("responses.alike")]


# Areas below -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChildRow:
    """An area below in the overview; ``cells`` are texts or traceable numbers."""

    name: str
    href: str
    cells: tuple[Number | str, ...]


@dataclass(frozen=True)
class Children:
    """The overview of the areas below, by name."""

    title: Sentence
    caption: str
    header: tuple[str, ...]
    rows: tuple[ChildRow, ...]
    notes: tuple[Sentence, ...]


def children(context: AreaContext, path: str) -> Children | None:
    """Figures of the areas below with their ranges. By name: there is no ranking."""
    words, view, survey = context.words, context.view, context.survey
    below = view.children
    if not below:
        return None
    level = below[0].level
    columns = measures(survey)
    header = [capital(level.label)]
    for rung, _, _ in columns:
        header += [words.texts["labels.satisfied" if rung == "share" else "labels.mark"], words.texts["labels.range"]]
    rows, dashes, stars = [], False, False
    for child in below:
        cells: list[Number | str] = []
        for _, item, measure in columns:
            estimate = child.estimate(item, measure)
            dashes = dashes or estimate is None or not estimate.shown
            stars = stars or (estimate is not None and estimate.shown and estimate.indicative)
            cells += _cells(words, estimate)
        rows.append(ChildRow(child.title, link(path, area_path(level, child.code)), tuple(cells)))
    notes = [words.sentence("children.intro")]
    if stars:
        notes.append(words.sentence("breakdown.caption_indicative"))
    if dashes:
        notes.append(words.sentence("children.dash"))
    return Children(
        title=words.sentence("children.title", plural=level.label_plural, own=view.level.own),
        caption=words.text("children.caption", label=level.label),
        header=tuple(header),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _cells(words: Words, estimate: Estimate | None) -> tuple[Number | str, Number | str]:
    if estimate is None or not estimate.shown:
        return DASH, DASH
    value = Number(value_text(words, estimate), estimate.figure_id)
    return value, Number(range_text(words, estimate), estimate.figure_id, "range")


# Explanation -----------------------------------------------------------------------------------------------------


def explanation(context: AreaContext) -> list[tuple[str, list[str]]]:
    """How it was measured and what may not be concluded: headings with their paragraphs."""
    words, survey = context.words, context.survey
    limits, t = survey.thresholds, words.text
    headline = survey.item(survey.headline_item)
    positive = survey.scale_of(headline).positive_label
    measured = [
        t("explain.measured_text", wording=headline.wording, positive=words.text("formats.quoted", text=positive))
        if positive
        else t("explain.measured_mean", wording=headline.wording)
    ]
    if survey.status == "voorlopig":
        measured.append(t("explain.provisional"))
    measured.append(t("explain.weighted" if survey.weighting else "explain.unweighted"))
    lead = context.lead.estimate
    size = survey.relevant_difference(context.view.level.code) if lead is None else relevant_difference(survey, lead)
    points = words.difference(size, "positive" if lead is None else lead.measure)
    confidence = words.integer(round(limits.confidence * 100))
    blocks = [
        ("measured", measured),
        ("margin", [t("explain.margin_text", confidence=confidence)]),
        ("chance", [t("explain.chance_text", points=points)]),
        (
            "dash",
            [
                t(
                    "explain.dash_text",
                    minimum=words.integer(limits.minimum_n),
                    percentage=words.integer(limits.percentage_from),
                )
            ],
        ),
        (
            "indicative",
            [
                t(
                    "explain.indicative_text",
                    mean=words.integer(limits.mean_indicative_below),
                    caution=words.integer(limits.caution_below),
                )
            ],
        ),
        ("not", [t("explain.not_text")]),
    ]
    if context.view.period is not None:
        weeks = words.integer(survey.periods.closes_after_weeks)
        key = "explain.period_text" if survey.periods.closes_after_weeks else "explain.period_only"
        text = t(key, period=capital(words.period(context.view.period)), weeks=weeks)
        blocks.append(("period", [text]))
    return [(t(f"explain.{key}"), paragraphs) for key, paragraphs in blocks]
