"""The page of a team, district or unit: its sections in order.

Belongs here: the order, and what stands in *In het kort*. Does not belong here: what a section holds
(``area_sections``, ``area_tables``), drawing (``figures``), rules of sentences (``sentences``), HTML
(``templates/area.html``). A section whose figures may not be shown says so; no page is blank.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.area_context import AreaContext
from reports.area_sections import (
    Parts,
    channels_section,
    feedback_section,
    groups_section,
    or_above,
    parts_of,
    parts_section,
    peers_section,
    trend_section,
)
from reports.area_tables import children, explanation, responses_section
from reports.inputs import ReportData
from reports.page import Page, area_path, link, make_page
from reports.sentences import cards, summary
from reports.sentences.history import history
from reports.sentences.summary import ComparisonRow
from reports.words import Number, Sentence, Words


@dataclass(frozen=True)
class InBrief:
    """*In het kort*."""

    finding: Sentence
    standing: Sentence | None
    value: Number | None
    value_label: str
    indicative: bool
    notes: tuple[Sentence, ...]
    comparisons: tuple[ComparisonRow, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Card:
    """One of the three cards; ``kind`` decides its colour, its heading says the same in words."""

    kind: str
    heading: str
    sentences: tuple[Sentence, ...]


def area_page(data: ReportData, level_code: str, area_code: str) -> Page:
    """The report of one area below the top.

    Args:
        data: The published tables of the release.
        level_code: Level of the area.
        area_code: Code of the area; it must exist today.

    Returns:
        The page with its figures, at the path the level's folder gives.
    """
    view = data.area(level_code, area_code)
    words = Words(data.survey.language)
    context = AreaContext(view, words)
    path = area_path(view.level, area_code)
    parts = parts_of(context)
    found = (
        or_above(context, feedback_section),
        or_above(context, trend_section),
        peers_section(context),
        or_above(context, lambda c: parts_section(c, parts if c is context else parts_of(c))),
        or_above(context, channels_section),
        or_above(context, groups_section),
    )
    sections = tuple(section for section in found if section is not None)
    responses = responses_section(context)
    figures = tuple(s.figure for s in (*sections, responses) if s.figure is not None)
    return make_page(
        "area.html",
        data,
        path=path,
        title=view.title,
        subtitle=_subtitle(context),
        figures=figures,
        print_pdf=True,
        view=view,
        trail=_trail(context, path),
        brief=_brief(context, parts),
        history=history(words, view),
        sections=sections,
        children=children(context, path),
        responses=responses,
        patience=summary.patience(words, context.lead, view),
        explanation=explanation(context),
    )


def _subtitle(context: AreaContext) -> str:
    words, view = context.words, context.view
    above = [area.title for area in view.ancestors if area is not context.data.top]
    if view.period is None:
        return " · ".join([words.text("page.subtitle_without_period"), *above])
    return " · ".join([words.text("page.subtitle", period=words.period(view.period)), *above])


def _trail(context: AreaContext, path: str) -> list[tuple[str, str]]:
    """The way back up: overview, then every area above."""
    above = [(area.title, link(path, area_path(area.level, area.code))) for area in reversed(context.view.ancestors)]
    return [(context.words.text("page.overview"), link(path, "index.html")), *above]


def _brief(context: AreaContext, parts: Parts) -> InBrief:
    words, view, survey, lead = context.words, context.view, context.survey, context.lead
    named = [(lead.item, lead.measure, words.text("cards.overall"))] if lead.own else []
    named += [(item.id, parts.measure, item.label) for item in survey.items if item.part_of_service]
    found = (
        Card("good", words.text("cards.well"), (cards.goes_well(words, parts.rows, parts.reference, survey),)),
        Card("attention", words.text("cards.gain"), (cards.to_gain(words, parts.rows, survey),)),
        Card("quiet", words.text("cards.changed"), tuple(cards.changed(words, lead, view, named))),
    )
    return InBrief(
        finding=summary.finding(words, lead, view),
        standing=summary.standing(words, lead, view),
        value=None if lead.estimate is None else words.figure(lead.estimate),
        value_label=summary.key_label(words, lead, survey) if lead.estimate is not None else "",
        indicative=lead.estimate is not None and lead.estimate.indicative,
        notes=tuple(summary.key_notes(words, lead, view)),
        comparisons=tuple(summary.comparisons(words, lead, view)),
        cards=found,
    )
