"""A drafted contract as data: items, scales, fields, lists, areas, periods, and what the analyst must decide.

Belongs here: the choices between the parts (headline, themes, months, what stands where a file says nothing).
Does not belong here: evidence (``material``, ``scales``, ``roles``), words and YAML (``write``, ``texts.yaml``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from assets.drafting.headers import shortened
from assets.drafting.known import known
from assets.drafting.lss import Lss
from assets.drafting.lss_questions import SYSTEM_COLUMNS
from assets.drafting.material import Material
from assets.drafting.names import item_id, numbered, slug
from assets.drafting.plan_fields import (
    NO_FIELDS,
    ONE_AREA,
    ONE_CHANNEL,
    ONE_GROUP,
    SOMEDAY,
    Decision,
    Entry,
    FieldDraft,
    areas_of,
    contact_fields,
    days_of,
    entries_of,
    file_pattern,
    has_month,
    listed,
    months,
    quarter,
    quarter_end,
    quarters,
    written,
)
from assets.drafting.questions import LeftOut, Question
from assets.drafting.roles import Roles
from assets.drafting.scale_drafts import ScaleBook, ScaleDraft
from assets.drafting.scales import Answer, recognise
from assets.drafting.words import texts
from expectations.model import CONTACT_FIELDS, RESPONSE_FIELDS

_OVERALL = re.compile(
    r"overall|in general|alles bij elkaar|algemeen|al met al|in totaal|hoe tevreden|how satisfied|totaal"
)
_HEADLINES = ("satisfaction", "quality", "ease", "agreement", "numbers")  # what a headline is about, first choice first
_MARKS = re.compile(r"cijfer|rapport|mark|grade|rate|score|satisf|tevreden")
_PARTS = 15  # questions that fit in the figure of parts of the service
_LABEL = 60


@dataclass(frozen=True)
class ItemDraft:
    """One item."""

    id: str
    wording: str
    label: str
    theme: str
    scale: str
    kind: str
    part_of_service: bool = False
    rare: int = 0
    worded: bool = True
    invented: bool = False
    free_ticks: bool = False  # says that several answers may be ticked, but its cells hold free text


@dataclass(frozen=True)
class Plan:
    """Everything that is written down."""

    code: str
    name: str
    language: str
    file_name: str
    rows: int
    items: tuple[ItemDraft, ...]
    scales: tuple[ScaleDraft, ...]
    headline: str
    mark: str | None
    themes: tuple[tuple[str, str], ...]
    channels: tuple[Entry, ...]
    groups: tuple[Entry, ...]
    age_bands: tuple[Entry, ...]
    areas: tuple[Entry, ...]
    fields: dict[str, FieldDraft]
    ignored: tuple[LeftOut, ...]
    files: str
    month_pattern: bool
    month_constant: str
    format: str
    profile: str | None
    delimiter: str | None
    encoding: str | None
    date_formats: tuple[str, ...]
    missing: tuple[str, ...]
    first_month: dt.date
    last_month: dt.date | None
    four_quarters: bool
    decisions: tuple[Decision, ...] = ()


def plan_of_answers(
    material: Material, roles: Roles, questions: Sequence[Question], left: Sequence[LeftOut], language: str | None
) -> Plan:
    """The contract of a file with answers."""
    language = language or _language([q.wording for q in questions], questions)
    decisions: list[Decision] = []
    days = days_of(roles, language)
    first, last = months(material.file_name, days, decisions)
    fields = contact_fields(roles, decisions)
    channels, fields["channel"] = listed(roles.channel, "channel", decisions)
    groups, fields["target_group"] = listed(roles.target_group, "target_group", decisions)
    ages = entries_of(roles.age_band) if roles.age_band else ()
    fields["age_band"] = FieldDraft(column=roles.age_band.column.name) if roles.age_band else FieldDraft(constant="")
    areas, fields["area"] = areas_of(roles.area, decisions)
    if days is None:
        constant = last.isoformat()
        fields |= {"contact_date": FieldDraft(constant=constant), "response_date": FieldDraft(constant=constant)}
    formats = dict.fromkeys(pattern for found in written(roles, language) for pattern in found.formats)
    if any(found.other is not None for found in written(roles, language)):
        decisions.append(Decision("date_order", {"format": ", ".join(formats)}))
    draft = Plan(
        code=slug(PurePath(material.file_name).stem) or "survey",
        name=" ".join(PurePath(material.file_name).stem.replace("_", " ").split()),
        language=language,
        file_name=material.file_name,
        rows=material.rows,
        items=(),
        scales=(),
        headline="",
        mark=None,
        themes=(),
        channels=channels,
        groups=groups,
        age_bands=ages,
        areas=areas,
        fields=fields,
        ignored=(),
        files=file_pattern(material.file_name),
        month_pattern=has_month(material.file_name),
        month_constant=f"{last:%Y-%m}",
        format=material.format,
        profile=material.profile,
        delimiter=material.delimiter,
        encoding=material.encoding if material.format == "csv" else None,
        date_formats=tuple(formats) or ("%Y-%m-%d", "%d-%m-%Y"),
        missing=("", *material.missing_words),
        first_month=quarter(first),
        last_month=quarter_end(last) if material.whole or days is None else None,
        four_quarters=quarters(first, last) >= 4,
    )
    if not material.whole:
        decisions.append(Decision("not_whole", {"rows": material.rows}))
    return _with_items(draft, questions, left, {}, decisions)


def plan_of_questionnaire(
    questionnaire: Lss, file_name: str, questions: Sequence[Question], left: Sequence[LeftOut], language: str | None
) -> Plan:
    """The contract of a questionnaire whose answers are still to come."""
    language = language or ("nl" if questionnaire.language.startswith("nl") else "en")
    decisions = [Decision("no_answers"), Decision("one_channel"), Decision("one_group"), Decision("one_area")]
    fields = {
        "response_id": FieldDraft(column="id"),
        "response_date": FieldDraft(column="submitdate"),
        **{name: FieldDraft(constant="") for name in NO_FIELDS},
        "channel": FieldDraft(constant=ONE_CHANNEL),
        "target_group": FieldDraft(constant=ONE_GROUP),
        "age_band": FieldDraft(constant=""),
        "area": FieldDraft(constant=ONE_AREA),
    }
    draft = Plan(
        code=slug(questionnaire.title) or slug(PurePath(file_name).stem) or "survey",
        name=shortened(questionnaire.title or PurePath(file_name).stem, _LABEL),
        language=language,
        file_name=file_name,
        rows=0,
        items=(),
        scales=(),
        headline="",
        mark=None,
        themes=(),
        channels=(),
        groups=(),
        age_bands=(),
        areas=(),
        fields=fields,
        ignored=(),
        files="responses_*",
        month_pattern=True,
        month_constant=f"{SOMEDAY:%Y-%m}",
        format="csv",
        profile="limesurvey",
        delimiter=None,
        encoding=None,
        date_formats=("%Y-%m-%d", "%d-%m-%Y"),
        missing=("", "N/A"),
        first_month=SOMEDAY,
        last_month=None,
        four_quarters=True,
    )
    system = [LeftOut(name, "technical") for name in SYSTEM_COLUMNS]
    groups = {group.gid: group.name for group in questionnaire.groups}
    return _with_items(draft, questions, [*system, *left], groups, decisions)


def _with_items(
    draft: Plan,
    questions: Sequence[Question],
    left: Sequence[LeftOut],
    theme_names: dict[str, str],
    decisions: list[Decision],
) -> Plan:
    """The plan with its items, and all that follows from them."""
    book = ScaleBook(draft.language)
    fields = dict(draft.fields)
    items: list[ItemDraft] = []
    themes: dict[str, tuple[str, str]] = {}
    for question in questions:
        taken = {item.id for item in items}
        name = item_id(question.name, taken) if question.name else numbered(f"q{question.position}", taken)
        drafted = book.of(question, name)
        if question.theme not in themes:
            code = numbered(slug(theme_names.get(question.theme, question.theme), 24) or "questions",
                            {code for code, _ in themes.values()})  # fmt: skip
            themes[question.theme] = (code, theme_names.get(question.theme, question.theme))
        items.append(
            ItemDraft(
                id=name,
                wording=question.wording,
                label=question.label,
                theme=themes[question.theme][0],
                scale=drafted.scale.code,
                kind=drafted.scale.kind,
                rare=question.rare,
                worded=question.worded,
                free_ticks=not question.ticks and question.scale is None and known().asks_for_ticks(question.wording),
            )
        )
        column = None if drafted.columns or question.column == name else question.column
        found = FieldDraft(column, drafted.columns, question.separator, None, drafted.values)
        if found != FieldDraft():
            fields[name] = found
    headline = _headline(items, book.scales)
    if headline is None:
        headline = _invented(items, fields, book, themes, draft.language)
        decisions.insert(0, Decision("no_headline", {"item": headline.id}))
    else:
        decisions.insert(0, Decision("headline", {"item": headline.id}))
    parts = [item.id for item in items if item.scale == headline.scale and item.id != headline.id][:_PARTS]
    marks = [item for item in items if item.kind == "mark"]
    mark = next((item for item in marks if _MARKS.search(item.wording.lower())), marks[0] if marks else None)
    decisions += _about_items(items, book.scales, left, {code for code, name in themes.values() if name})
    return replace(
        draft,
        items=tuple(replace(item, part_of_service=item.id in parts) for item in items),
        scales=tuple(book.scales),
        headline=headline.id,
        mark=mark.id if mark else None,
        themes=tuple(themes.values()) or (("questions", ""),),
        fields=_in_order(fields, items),
        ignored=tuple(left),
        decisions=tuple(decisions),
    )


def _in_order(fields: dict[str, FieldDraft], items: Sequence[ItemDraft]) -> dict[str, FieldDraft]:
    """Who, when and where first, then the questions."""
    order = [
        "response_id",
        "contact_date",
        "response_date",
        *CONTACT_FIELDS,
        *RESPONSE_FIELDS,
        *(item.id for item in items),
    ]
    return {name: fields[name] for name in dict.fromkeys(order) if name in fields}


def _headline(items: Sequence[ItemDraft], scales: Sequence[ScaleDraft]) -> ItemDraft | None:
    """The question a report opens with: about the whole, if there is one, else the first of its kind."""
    families = {scale.code: scale.family for scale in scales}
    graded = [item for item in items if item.kind == "ordinal"]
    ranked = sorted(
        enumerate(graded),
        key=lambda pair: (
            _HEADLINES.index(families[pair[1].scale]) if families[pair[1].scale] in _HEADLINES else len(_HEADLINES),
            _OVERALL.search(pair[1].wording.lower()) is None,
            pair[0],
        ),
    )
    return ranked[0][1] if ranked else None


def _invented(
    items: list[ItemDraft],
    fields: dict[str, FieldDraft],
    book: ScaleBook,
    themes: dict[str, tuple[str, str]],
    language: str,
) -> ItemDraft:
    """A contract has a headline. Where no question can be it, one is proposed that no delivery has to have."""
    words = texts(language)
    answers = words["invented_answers"].split("|")
    name = item_id("overall", {item.id for item in items})
    found = recognise([Answer(answer, answer, declared=True) for answer in answers])
    scale = book.of(Question("overall", 0, "", "", "", scale=found), name)
    if not themes:
        themes[""] = ("questions", "")
    item = ItemDraft(name, words["invented_wording"], words["invented_label"], next(iter(themes.values()))[0],
                     scale.scale.code, "ordinal", invented=True)  # fmt: skip
    items.insert(0, item)
    fields[name] = FieldDraft(constant="")
    return item


def _about_items(
    items: Sequence[ItemDraft], scales: Sequence[ScaleDraft], left: Sequence[LeftOut], themes: set[str]
) -> list[Decision]:
    """What is to be decided about questions, in a few words each."""
    found = []
    graded = [scale for scale in scales if scale.kind in {"ordinal", "mark"}]
    if graded:
        found.append(Decision("polarity", {"scales": ", ".join(scale.code for scale in graded)}))
    numbers = [s.code for s in scales if s.family == "numbers" and not s.certain]
    if numbers:
        found.append(Decision("numbers", {"scales": ", ".join(numbers)}))
    wordless = sum(not item.worded for item in items)
    if wordless:
        found.append(Decision("wordless", {"count": wordless}))
    rare = {item.id: item.rare for item in items if item.rare}
    if rare:
        found.append(Decision("rare", {"items": ", ".join(rare), "cells": sum(rare.values())}))
    texts = [item.id for item in items if item.kind == "open"]
    if texts:
        found.append(Decision("open", {"items": ", ".join(texts)}))
    free = [item.id for item in items if item.free_ticks]
    if free:
        found.append(Decision("free_ticks", {"items": ", ".join(free)}))
    if themes:
        found.append(Decision("themes", {"count": len(themes)}))
    reasons = Counter(entry.reason for entry in left)
    if left:
        found.append(Decision("left_out", {"count": len(left), "reasons": reasons}))
    return [*found, Decision("periods"), Decision("names")]


def _language(texts: list[str], questions: Sequence[Question]) -> str:
    answers = [option.label for q in questions if q.scale for option in q.scale.options]
    return known().language_of([*texts, *answers]) or "nl"
