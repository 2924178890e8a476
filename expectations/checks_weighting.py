"""What must hold in the weighting of a survey: dimensions that exist, margins that can be counted, limits in order.

Belongs here: checks on ``weighting`` of ``survey.yaml``, each with the line to go to.
Does not belong here: types of single values (``model``), weights (``assets.weights``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from expectations.checks import repeated
from expectations.model import Survey, Weighting
from expectations.positions import Document, Location, Problem

CHARACTERISTICS = ("channel", "channel_class", "target_group", "age_band")
"""What a cell of the contact register has besides its area."""
AT: Location = ("weighting",)


def check_weighting(survey: Survey, document: Document) -> list[Problem]:
    """Problems of the weighting; none where the survey has no weighting.

    Args:
        survey: The typed contract.
        document: ``survey.yaml``.

    Returns:
        All problems found.
    """
    rules = survey.weighting
    if rules is None:
        return []
    found = [
        *_dimensions(survey, document, (*AT, "selection"), rules.selection),
        *_dimensions(survey, document, (*AT, "response_classes"), rules.response_classes),
        *_margins(survey, document, rules),
        *_neighbours(survey, document, rules),
    ]
    if rules.design_effect_stop < rules.design_effect_warn:
        message = f"design_effect_stop ({rules.design_effect_stop}) is lower than design_effect_warn"
        found.append(document.problem((*AT, "design_effect_stop"), message))
    return found


def _dimensions(survey: Survey, document: Document, at: Location, names: Sequence[str]) -> Iterator[Problem]:
    levels = [level.code for level in survey.levels]
    known = (*levels, *CHARACTERISTICS)
    if not names:
        yield document.problem(at, "name at least one dimension; the highest level alone is the whole survey")
    yield from repeated(document, "dimension", [((*at, i), name) for i, name in enumerate(names)])
    for i, name in enumerate(names):
        if name not in known:
            yield document.problem((*at, i), f"'{name}' is not a dimension of a cell: {', '.join(known)}")
    if sum(name in levels for name in names) > 1:
        yield document.problem(at, "name one level: an area of the lower one lies in one area of the higher one")
    if {"channel", "channel_class"} <= set(names):
        yield document.problem(at, "name channel or channel_class: a channel has one class")
    if any(name in levels for name in names[1:]):
        yield document.problem(at, "the level comes first: small cells go together within their area first")


def _margins(survey: Survey, document: Document, rules: Weighting) -> Iterator[Problem]:
    for i, margins in enumerate(rules.margin_sets):
        at: Location = (*AT, "margin_sets", i)
        if not margins:
            yield document.problem(at, "a set without margins is what comes after the last set by itself")
        for j, margin in enumerate(margins):
            yield from _dimensions(survey, document, (*at, j), margin)
        spelled = [((*at, j), " x ".join(sorted(margin))) for j, margin in enumerate(margins)]
        yield from repeated(document, "margin", spelled)
    whole = [(((*AT, "margin_sets", i)), str(sorted(map(sorted, s)))) for i, s in enumerate(rules.margin_sets)]
    yield from repeated(document, "set of margins", whole)


def _neighbours(survey: Survey, document: Document, rules: Weighting) -> Iterator[Problem]:
    codes = {
        "channel": [c.code for c in survey.channels],
        "channel_class": [c.code for c in survey.channel_classes],
        "target_group": [g.code for g in survey.target_groups],
        "age_band": ["unknown", *(e.code for e in survey.code_lists["age_band"].codes)]
        if "age_band" in survey.code_lists
        else ["unknown"],
    }
    for dimension, pairs in rules.neighbours.items():
        at: Location = (*AT, "neighbours", dimension)
        if dimension not in codes:
            message = (
                f"'{dimension}' has no named neighbours: {', '.join(codes)}; areas go with the smallest in their own"
            )
            yield document.problem(at, message)
            continue
        for code, neighbour in pairs.items():
            for value in (code, neighbour):
                if value not in codes[dimension]:
                    yield document.problem((*at, code), f"'{value}' is not a code of {dimension}")
            if code == neighbour:
                yield document.problem((*at, code), f"'{code}' is its own neighbour")
