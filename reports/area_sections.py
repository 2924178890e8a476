"""The sections of an area page, each from published rows to a finding with its figure or its sentence.

Belongs here: which rows a section shows and which measure they have in common. Does not belong here: rules of
sentences (``sentences``), drawing (``figures``), the order of sections (``area_page``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from expectations.model import DerivedItem
from reports.area_context import AreaContext, Fact, Section
from reports.figure import Figure
from reports.figures.dot_range import Frame, Look, Row, dot_range
from reports.figures.peers import Names, peers_figure
from reports.figures.trend import Course, trend
from reports.inputs import AreaView, Estimate, MethodBreak
from reports.ladder import mean_item, measures
from reports.method_breaks import dates, told
from reports.sentences import titles
from reports.words import Sentence, Words, capital

FEWEST_QUARTERS = 3  # a line of two points is no course
MOST_QUARTERS = 12  # three years: what fits and what a reader can use

Measure = Literal["positive", "mean"]


# Rows that share a measure ---------------------------------------------------------------------------------------


def common_rows(make: Callable[[Measure], list[Row]], *, shares: bool = True) -> tuple[Measure, list[Row]]:
    """Percentages when they can carry the figure, otherwise means, which need fewer answers.

    A figure never mixes the two. Percentages carry it when at least half of the rows that could show a mean show
    a percentage too.
    """
    as_share = make("positive") if shares else []
    as_mean = make("mean")
    share_count, mean_count = (sum(row.shown for row in rows) for rows in (as_share, as_mean))
    return ("positive", as_share) if share_count and 2 * share_count >= mean_count else ("mean", as_mean)


def _look(context: AreaContext, rows: list[Row], item: str, measure: Measure, reference: str, heading: str) -> Look:  # noqa: PLR0917
    words = context.words
    return Look(
        measure=measure,
        scale=context.scale_for(rows, item, measure),
        own_name=context.own,
        own_key=words.text("labels.own_range", own=context.own),
        reference_name=capital(reference) if any(row.reference is not None for row in rows) else "",
        row_heading=heading,
    )


def _caption(context: AreaContext, kind: str, rows: list[Row], measure: Measure, reference: str) -> str:
    """How to read the figure: only what this figure has."""
    words = context.words
    parts = [words.text(f"{kind}.caption")]
    if measure == "mean":
        own = next(row.own for row in rows if row.own is not None)
        lower, upper = (words.decimal(end, 0) for end in context.limits(own.item, measure))
        headline = context.survey.headline_item
        changed = own.item != headline and context.data.method_breaks.between(headline, own.start, own.end)
        key = "breaks.caption_mean" if changed else "breakdown.caption_mean"
        parts.append(words.text(key, minimum=lower, maximum=upper))
    parts.append(words.text("breakdown.caption_range"))
    if any(row.reference is not None for row in rows):
        parts.append(words.text("breakdown.caption_reference", reference=reference))
    if any(row.own is not None and row.own.indicative for row in rows):
        parts.append(words.text("breakdown.caption_indicative"))
    absent = [row.own is not None and row.own.mixed for row in rows if not row.shown]
    if not all(absent):
        parts.append(words.text("breakdown.caption_dash"))
    if any(absent):
        parts.append(words.text("breaks.dash"))
    if measure == "positive":
        parts.append(words.text("breakdown.caption_scale"))
    return " ".join(parts)


def or_above(context: AreaContext, make: Callable[[AreaContext], Section | None]) -> Section | None:
    """The ladder per section: the area's own figures, or those of the nearest area above that has any, labelled."""
    own = make(context)
    if own is None or not own.empty:
        return own
    for area in context.view.ancestors:
        found = make(AreaContext(area, context.words, borrowed_by=context.view))
        if found is not None and not found.empty:
            key = "breaks.borrowed" if own.mixed else "ladder.borrowed"
            note = context.words.sentence(key, own=context.own, area=area.title)
            return replace(found, sentences=(note, *found.sentences))
    return own


# Feedback --------------------------------------------------------------------------------------------------------


def feedback_section(context: AreaContext) -> Section | None:
    """Heard anything back, within which time, and satisfaction with and without. None if the survey does not ask."""
    survey, words, view = context.survey, context.words, context.view
    if survey.feedback_item is None:
        return None
    item = survey.item(survey.feedback_item)
    points = survey.scale_of(item).points
    options = [(point.label, view.estimate(item.id, f"share.{point.code}"), str(point.code)) for point in points]
    shown = [(label, estimate, code) for label, estimate, code in options if estimate is not None and estimate.shown]
    derived = [d for d in survey.derived_items if d.where.item == item.id and d.of == survey.headline_item]
    figure, sentence = _with_without(context, derived)
    after = () if sentence is None else (sentence, words.sentence("feedback.no_cause"))
    title = words.sentence("feedback.title")
    if len(shown) < len(options):
        empty, mixed = figure is None, any(e is not None and e.mixed for _, e, _ in options)
        why = words.sentence("breaks.none" if mixed else "feedback.too_few")
        return Section("terugkoppeling", title, (why,), figure, (), after, empty, mixed)
    heard_codes = derived[0].where.values if derived else ()
    if heard_codes:
        # A sum of published shares of one question: its own row does not exist, so it carries no figure id.
        heard = sum(estimate.value or 0.0 for _, estimate, code in shown if code in heard_codes)
        title = context.title(words.sentence("feedback.finding", n=words.hundred(heard)))
    facts = tuple(Fact(label, words.figure(estimate)) for label, estimate, _ in shown)
    return Section("terugkoppeling", title, (), figure, facts, after)


def _with_without(context: AreaContext, derived: Sequence[DerivedItem]) -> tuple[Figure | None, Sentence | None]:
    if len(derived) != 2:
        return None, None
    words, period = context.words, context.view.period
    labels = (words.texts["feedback.with_label"], words.texts["feedback.without_label"])

    def make(measure: Measure) -> list[Row]:
        return [context.row(label, d.id, measure, period) for label, d in zip(labels, derived, strict=True)]

    measure, rows = common_rows(make)
    sentence = titles.feedback_with_without(words, rows[0].own, rows[1].own, context.survey)
    if sum(row.shown for row in rows) < 2:
        return None, sentence
    reference = context.top_name
    frame = Frame(
        "feedback",
        words.texts["feedback.figure_title"],
        _caption(context, "feedback", rows, measure, reference),
        words.texts["feedback.table"],
    )
    look = _look(context, rows, derived[0].id, measure, reference, words.texts["groups.column"])
    return dot_range(words, frame, rows, look), sentence


# Trend -----------------------------------------------------------------------------------------------------------


def trend_section(context: AreaContext) -> Section | None:
    """The course per quarter in the best measure that has enough quarters. None if the level has no quarters."""
    words, view, survey = context.words, context.view, context.survey
    if "quarter" not in view.level.windows:
        return None
    best = _best_course(view, measures(survey))
    if best is None:
        return Section("verloop", words.sentence("trend.none_title"), (words.sentence("trend.none"),), empty=True)
    item, measure, quarters = best
    first = next(index for index, quarter in enumerate(quarters) if quarter.shown)
    quarters = quarters[first:]
    changes = view.data.method_breaks.between(item, quarters[0].start, quarters[-1].end)
    newest = view.data.latest("quarter")
    at_newest = view.comparison(item, measure, "year_earlier", newest)
    signal = at_newest is not None and at_newest.outcome in {"higher", "lower"}
    course = Course(context.own, measure, context.limits(item, measure), quarters, dates(changes), signal)
    title = context.title(titles.trend_title(words, view.comparison(item, measure, "year_earlier"), changes))
    figure = trend(words, title.text, _trend_caption(context, course, item, changes), course)
    return Section("verloop", title, (), figure)


def _best_course(
    view: AreaView, candidates: Sequence[tuple[str, str, str]]
) -> tuple[str, str, tuple[Estimate, ...]] | None:
    """Percentages speak first, but a line with more gaps than points gives way to one with more points."""
    courses = [
        (item, measure, view.series(item, measure, "quarter")[-MOST_QUARTERS:]) for _, item, measure in candidates
    ]
    enough = [course for course in courses if sum(quarter.shown for quarter in course[2]) >= FEWEST_QUARTERS]
    full = [course for course in enough if 2 * sum(quarter.shown for quarter in course[2]) >= len(course[2])]
    if full:
        return full[0]
    return max(enough, key=lambda course: sum(quarter.shown for quarter in course[2]), default=None)


def _trend_caption(context: AreaContext, course: Course, item: str, changes: Sequence[MethodBreak]) -> str:
    words, survey = context.words, context.survey
    if course.measure == "mean":
        has_shares = len(measures(survey)) > 1
        parts = [words.text("trend.caption_mean" if has_shares else "trend.caption_mean_only")]
    else:
        positive = survey.scale_of(survey.item(item)).positive_label
        parts = [words.text("trend.caption_share", positive=positive)]
    parts.append(words.text("trend.caption_band"))
    gaps = [quarter for quarter in course.quarters if not quarter.shown]
    if any(not quarter.mixed for quarter in gaps):
        parts.append(words.text("trend.caption_gap"))
    if changes:
        parts += [words.text("trend.caption_break"), told(changes, survey, words)]
    if any(quarter.mixed for quarter in gaps):
        parts.append(words.text("breaks.trend_gap"))
    if course.signal:
        parts.append(words.text("trend.caption_signal"))
    return " ".join(parts)


# Comparable areas ------------------------------------------------------------------------------------------------


def peers_section(context: AreaContext) -> Section | None:
    """Comparable areas, in the measure of the own leading figure. None without either."""
    lead, view, words = context.lead, context.view, context.words
    peers = view.peers(lead.item, lead.measure) if lead.own else None
    if peers is None or lead.estimate is None or not peers.positions:
        return None
    title = titles.peers_title(words, lead.estimate, peers, view)
    names = Names(view.level.own, view.level.label_plural, context.limits(lead.item, lead.measure))
    return Section("vergelijking", title, (), peers_figure(words, title.text, names, lead.estimate, peers))


# Parts of the service --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parts:
    """The rows of the parts of the service, their measure, and what they are compared with."""

    measure: Measure
    rows: list[Row]
    reference: str


def parts_of(context: AreaContext) -> Parts:
    """The parts of the service, most satisfied people first; rows without a figure last.

    Compared with comparable areas, or with the whole where no part has those.
    """
    parts = [item for item in context.survey.items if item.part_of_service]
    period = context.view.period

    def make(measure: Measure) -> list[Row]:
        return [context.row(item.label, item.id, measure, period, with_peers=True) for item in parts]

    measure, rows = common_rows(make)
    reference = context.peers_name
    if all(row.reference is None for row in rows):
        rows = [context.row(item.label, item.id, measure, period) for item in parts]
        reference = context.top_name
    rows.sort(key=lambda row: -(row.own.value if row.shown and row.own and row.own.value else -1.0))
    return Parts(measure, rows, reference)


def parts_section(context: AreaContext, parts: Parts) -> Section | None:
    """Every part with its range, against comparable areas (or the whole)."""
    words, survey = context.words, context.survey
    measure, rows, reference = parts.measure, parts.rows, parts.reference
    if not rows:
        return None
    title = context.title(titles.breakdown_title(words, "parts", rows, survey))
    if not any(row.shown for row in rows):
        return _nothing("onderdelen", words, "parts", rows)
    item = next(row.own.item for row in rows if row.own is not None and row.shown)
    caption = _caption(context, "parts", rows, measure, reference)
    frame = Frame("parts", title.text, caption, words.texts["parts.table"])
    look = _look(context, rows, item, measure, reference, words.texts["parts.column"])
    return Section("onderdelen", title, (), dot_range(words, frame, rows, look))


def _nothing(name: str, words: Words, kind: str, rows: Sequence[Row]) -> Section:
    """A section without any figure, and why."""
    mixed = any(row.own is not None and row.own.mixed for row in rows)
    why = words.sentence("breaks.none" if mixed else f"{kind}.none")
    return Section(name, words.sentence(f"{kind}.title_plain"), (why,), empty=True, mixed=mixed)


# Channels and groups ---------------------------------------------------------------------------------------------


def channels_section(context: AreaContext) -> Section | None:
    """Satisfaction per channel, or per class of channels where the level publishes only those."""
    survey, view = context.survey, context.view
    by_class = view.level.channels == "class"
    entries = [(c.code, c.label) for c in (survey.channel_classes if by_class else survey.channels)]
    period = view.breakdown_period

    def make(measure: Measure) -> list[Row]:
        item = survey.headline_item if measure == "positive" else mean_item(survey)
        return [context.row(label, item, measure, period, channel=code) for code, label in entries]

    return _breakdown(context, "channels", make)


def groups_section(context: AreaContext) -> Section | None:
    """Satisfaction per target group that counts."""
    survey, period = context.survey, context.view.breakdown_period
    groups = [group for group in survey.target_groups if group.in_scope]

    def make(measure: Measure) -> list[Row]:
        item = survey.headline_item if measure == "positive" else mean_item(survey)
        return [context.row(capital(g.label_plural), item, measure, period, group=g.code) for g in groups]

    # One group says nothing that the total does not.
    return _breakdown(context, "groups", make) if len(groups) > 1 else None


def _breakdown(
    context: AreaContext, kind: Literal["channels", "groups"], make: Callable[[Measure], list[Row]]
) -> Section | None:
    words, survey = context.words, context.survey
    measure, rows = common_rows(make, shares=len(measures(survey)) > 1)
    name = {"channels": "kanalen", "groups": "groepen"}[kind]
    if not any(row.shown for row in rows):
        return _nothing(name, words, kind, rows)
    title = context.title(titles.breakdown_title(words, kind, rows, survey))
    item = survey.headline_item if measure == "positive" else mean_item(survey)
    caption = _caption(context, kind, rows, measure, context.top_name)
    frame = Frame(kind, title.text, caption, words.texts[f"{kind}.table"])
    look = _look(context, rows, item, measure, context.top_name, words.texts[f"{kind}.column"])
    return Section(name, title, (), dot_range(words, frame, rows, look))
