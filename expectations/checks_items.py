"""What must hold for questions: scales, items, routing, waves, derived items, the items with a role, breaks.

Belongs here: checks on ``items.yaml`` and ``scales.yaml`` and on everything that points at an item.
Does not belong here: what a condition may name (``checks_conditions``), whether an answer is valid (``rules``), how raw
columns are found (``checks_sources``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence

from expectations.checks import clashing_spellings, repeated
from expectations.checks_conditions import check_condition, known_values, own_code
from expectations.model import ALL, CONTACT_FIELDS, NOT_APPLICABLE, RESPONSE_FIELDS, Item, Scale, Survey
from expectations.positions import Document, Location, Problem

# Item ids and answer codes become column names and measures (``y_<item>__share.<code>``).
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FIXED_FIELDS = {*CONTACT_FIELDS, *RESPONSE_FIELDS}
_IDENTIFIER_RULE = "small letters, digits and single underscores, starting with a letter"


def check_items(survey: Survey, files: Mapping[str, Document], scales: Sequence[Scale]) -> list[Problem]:
    """Problems of scales, items, and of what refers to items.

    Args:
        survey: The typed contract.
        files: The documents it came from, by name without extension.
        scales: The scales as written, repeated ones included.

    Returns:
        All problems found.
    """
    return [
        *_scales(scales, files["scales"]),
        *_items(survey, files["items"]),
        *_derived(survey, files["items"]),
        *_roles(survey, files["survey"]),
        *_breaks(survey, files["survey"]),
    ]


def _scales(scales: Sequence[Scale], document: Document) -> Iterator[Problem]:
    yield from repeated(document, "scale", [(("scales", i, "code"), s.code) for i, s in enumerate(scales)])
    for i, scale in enumerate(scales):
        at: Location = ("scales", i)
        if scale.kind == "ordinal":
            yield from _ordinal(scale, document, at)
        elif scale.kind == "mark":
            yield from _mark(scale, document, at)
        elif scale.kind in ("nominal", "multiple"):
            yield from _nominal(scale, document, at)
        elif scale.points or scale.positive or scale.negative or scale.minimum or scale.maximum:
            yield document.problem(at, f"scale '{scale.code}' is open: it has no points, values or limits")
        if scale.kind != "mark" and (scale.minimum is not None or scale.maximum is not None) and scale.kind != "open":
            yield document.problem(at, f"scale '{scale.code}': minimum and maximum belong to a mark")
        owners = [
            (
                point.label,
                [((*at, "points", j), point.label), ((*at, "points", j), own_code(point.value, point.code))]
                + [((*at, "points", j, "spellings", k), text) for k, text in enumerate(point.spellings)],
            )
            for j, point in enumerate(scale.points)
        ]
        outside = [((*at, "not_applicable", k), text) for k, text in enumerate(scale.not_applicable)]
        yield from clashing_spellings(document, [*owners, ("not applicable", outside)])


def _ordinal(scale: Scale, document: Document, at: Location) -> Iterator[Problem]:
    values = [point.value for point in scale.points]
    for j, point in enumerate(scale.points):
        if point.value is None or point.code is not None:
            yield document.problem((*at, "points", j), "a point of an ordinal scale has a value and no code")
    known = [value for value in values if value is not None]
    if len(known) < 2 or known != sorted(set(known)):
        yield document.problem((*at, "points"), "an ordinal scale has two or more values, from low to high, each once")
    yield from _poles(scale, document, at, set(known))


def _mark(scale: Scale, document: Document, at: Location) -> Iterator[Problem]:
    if scale.points:
        yield document.problem((*at, "points"), "a mark has a minimum and a maximum instead of points")
    if scale.minimum is None or scale.maximum is None or scale.minimum >= scale.maximum:
        yield document.problem(at, f"scale '{scale.code}' is a mark: it has a minimum and a higher maximum")
        return
    yield from _poles(scale, document, at, set(range(scale.minimum, scale.maximum + 1)))


def _poles(scale: Scale, document: Document, at: Location, known: set[int]) -> Iterator[Problem]:
    for name, values in (("positive", scale.positive), ("negative", scale.negative)):
        if not values:
            yield document.problem(at, f"scale '{scale.code}' says which values are {name}")
        for j, value in enumerate(values):
            if value not in known:
                message = f"{name} value {value} is not on scale '{scale.code}'"
                yield document.problem((*at, name, j), message)
        if not getattr(scale, f"{name}_label"):
            yield document.problem(at, f"scale '{scale.code}' needs a {name}_label, for the text of figures")
    for value in sorted(set(scale.positive) & set(scale.negative)):
        yield document.problem(
            (*at, "negative"), f"value {value} of scale '{scale.code}' can't be positive and negative"
        )


def _nominal(scale: Scale, document: Document, at: Location) -> Iterator[Problem]:
    if len(scale.points) < 2:
        yield document.problem((*at, "points"), f"scale '{scale.code}' has two or more answers")
    if scale.positive or scale.negative:
        yield document.problem(at, f"scale '{scale.code}' is {scale.kind}: none of its answers is positive or negative")
    codes = []
    for j, point in enumerate(scale.points):
        place: Location = (*at, "points", j)
        if point.code is None or point.value is not None:
            yield document.problem(place, f"an answer of a {scale.kind} scale has a code and no value")
            continue
        codes.append(((*place, "code"), point.code))
        if not _IDENTIFIER.fullmatch(point.code):
            message = f"answer code '{point.code}': {_IDENTIFIER_RULE}"
            yield document.problem((*place, "code"), message)
        if point.code == NOT_APPLICABLE and scale.kind == "multiple":
            message = f"'{NOT_APPLICABLE}' is no option to tick: list its spellings under not_applicable"
            yield document.problem((*place, "code"), message)
    yield from repeated(document, "answer code", codes)


def _items(survey: Survey, document: Document) -> Iterator[Problem]:
    yield from _ids(survey, document)
    themes = {theme.code for theme in survey.themes}
    groups = {group.code for group in survey.target_groups}
    if not survey.items:
        yield document.problem(("items",), "a survey has at least one item")
    for i, item in enumerate(survey.items):
        at: Location = ("items", i)
        if item.theme not in themes:
            yield document.problem((*at, "theme"), f"theme '{item.theme}' is not in themes.yaml")
        for j, group in enumerate(item.asked_of):
            if group not in groups:
                yield document.problem((*at, "asked_of", j), f"target group '{group}' is not in target_groups.yaml")
        if item.last_wave is not None and item.last_wave < item.first_wave:
            message = f"last_wave ({item.last_wave}) is before first_wave ({item.first_wave})"
            yield document.problem((*at, "last_wave"), message)
        if item.asked_when is not None:
            earlier = survey.items[:i]
            known = known_values(survey, item.asked_when.item, earlier)
            yield from check_condition(survey, item.asked_when, known, document, (*at, "asked_when"))
        if item.scale in survey.scales:
            yield from _item_scale(item, survey.scales[item.scale], document, at)
        else:
            yield document.problem((*at, "scale"), f"scale '{item.scale}' is not in scales.yaml")


def _ids(survey: Survey, document: Document) -> Iterator[Problem]:
    names: list[tuple[Location, str]] = [(("items", i, "id"), item.id) for i, item in enumerate(survey.items)]
    names += [(("derived_items", i, "id"), item.id) for i, item in enumerate(survey.derived_items)]
    yield from repeated(document, "item id", names)
    for location, name in names:
        if not _IDENTIFIER.fullmatch(name):
            yield document.problem(location, f"item id '{name}': {_IDENTIFIER_RULE}")
        if name in _FIXED_FIELDS:
            yield document.problem(location, f"item id '{name}' is the name of a field every contact or response has")


def _item_scale(item: Item, scale: Scale, document: Document, at: Location) -> Iterator[Problem]:
    graded = scale.kind in ("ordinal", "mark")
    if graded and item.polarity == "none":
        message = f"item '{item.id}' is answered on a scale from low to high: polarity is positive or negative"
        yield document.problem((*at, "polarity"), message)
    if not graded and item.polarity != "none":
        message = f"item '{item.id}' is {scale.kind}, which has no good or bad end: polarity is none"
        yield document.problem((*at, "polarity"), message)
    if item.part_of_service and scale.kind != "ordinal":
        yield document.problem((*at, "part_of_service"), "a part of the service is judged on an ordinal scale")


def _derived(survey: Survey, document: Document) -> Iterator[Problem]:
    for i, derived in enumerate(survey.derived_items):
        at: Location = ("derived_items", i)
        origin = next((item for item in survey.items if item.id == derived.of), None)
        scale = survey.scales.get(origin.scale) if origin is not None else None
        if origin is None:
            yield document.problem((*at, "of"), f"'{derived.of}' is not an item")
        elif scale is not None and scale.kind == "open":
            yield document.problem((*at, "of"), f"'{derived.of}' is open, so nothing can be derived from it")
        known = known_values(survey, derived.where.item, survey.items)
        yield from check_condition(survey, derived.where, known, document, (*at, "where"))


def _roles(survey: Survey, document: Document) -> Iterator[Problem]:
    roles = (
        ("headline_item", survey.headline_item, "ordinal"),
        ("mark_item", survey.mark_item, "mark"),
        ("feedback_item", survey.feedback_item, "nominal"),
    )
    for role, name, kind in roles:
        if name is None:
            continue
        item = next((item for item in survey.items if item.id == name), None)
        scale = survey.scales.get(item.scale) if item is not None else None
        if item is None:
            yield document.problem((role,), f"{role} '{name}' is not in items.yaml")
        elif scale is not None and scale.kind != kind:
            yield document.problem((role,), f"{role} '{name}' is on a scale of kind {scale.kind}; it must be {kind}")


def _breaks(survey: Survey, document: Document) -> Iterator[Problem]:
    known = {item.id for item in survey.items} | {item.id for item in survey.derived_items}
    seen: dict[tuple[dt.date, str], Location] = {}
    for i, change in enumerate(survey.breaks):
        for j, name in enumerate(change.items):
            if name not in known:
                yield document.problem(("breaks", i, "items", j), f"'{name}' is not an item")
        for name in change.items or (ALL,):
            first = seen.setdefault((change.date, name), ("breaks", i))
            if first != ("breaks", i) or change.items.count(name) > 1:
                about = "all items" if name == ALL else f"'{name}'"
                line = document.line(first)
                yield document.problem(
                    ("breaks", i), f"a break of {about} on {change.date} stands on line {line} already"
                )
