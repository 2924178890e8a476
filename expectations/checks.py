"""What must hold between the parts of a survey contract: levels, thresholds, channels, groups, code lists, themes.

Belongs here: checks on how people, places and numbers are named and limited, each with the line to go to.
Does not belong here: questions and scales (``checks_items``), organisation (``checks_areas``), deliveries
(``checks_sources``), tables (``checks_tables``), types of single values (``model``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from expectations.model import ALL, CODE_LIST_FIELDS, UNALLOCATED, CodeList, Level, Survey
from expectations.positions import Document, Location, Problem
from expectations.spelling import spelling_key

RESERVED = (ALL, UNALLOCATED)
Named = tuple[Location, str]  # where a name stands, and the name


def check_survey(survey: Survey, files: Mapping[str, Document], code_lists: Sequence[CodeList]) -> list[Problem]:
    """Problems of thresholds, channels, groups, code lists and themes.

    Args:
        survey: The typed contract.
        files: The documents it came from, by name without extension.
        code_lists: The code lists as written, repeated ones included.

    Returns:
        All problems found.
    """
    return [
        *_thresholds(survey, files["survey"]),
        *_channels(survey, files["channels"]),
        *_target_groups(survey, files["target_groups"]),
        *_code_lists(code_lists, files["codes"]),
        *_themes(survey, files["themes"]),
    ]


def repeated(
    document: Document, what: str, names: Iterable[Named], key: Callable[[str], str] = str.lower
) -> Iterator[Problem]:
    """A problem for every name that was used before; upper and lower case are the same name.

    Args:
        document: Where the names stand.
        what: What is named, for the message.
        names: Locations and names, in order.
        key: What makes two names the same.

    Yields:
        One problem per repetition, at the repetition.
    """
    seen: dict[str, Location] = {}
    for location, name in names:
        first = seen.setdefault(key(name), location)
        if first != location:
            yield document.problem(location, f"{what} '{name}' was already used on line {document.line(first)}")


def clashing_spellings(document: Document, owners: Iterable[tuple[str, Sequence[Named]]]) -> Iterator[Problem]:
    """A problem for every spelling that could mean two things, or nothing at all.

    Args:
        document: Where the spellings stand.
        owners: Per code: the spellings that mean it.

    Yields:
        One problem per clash, at the later one.
    """
    seen: dict[str, tuple[str, Location]] = {}
    for owner, spellings in owners:
        for location, spelling in spellings:
            key = spelling_key(spelling)
            if not key:
                yield document.problem(location, f"spelling '{spelling}' of '{owner}' has no letter or digit to go by")
                continue
            other, first = seen.setdefault(key, (owner, location))
            if other != owner:
                line = document.line(first)
                message = f"spelling '{spelling}' means '{owner}' here and '{other}' on line {line}"
                yield document.problem(location, message)


def spelled(location: Location, code: str, label: str, spellings: Sequence[str]) -> list[Named]:
    """Everything that is read as a code: the code, its label and its spellings, with their places."""
    listed: list[Named] = [((*location, "spellings", i), text) for i, text in enumerate(spellings)]
    return [((*location, "code"), code), ((*location, "label"), label), *listed]


def check_levels(levels: Sequence[Level], document: Document) -> Iterator[Problem]:
    """Problems of the levels; without sound levels no organisation can be read.

    Args:
        levels: Levels of the survey, top first.
        document: ``survey.yaml``.

    Yields:
        The problems found.
    """
    if len(levels) < 2:
        yield document.problem(
            ("levels",), "a survey needs at least two levels: one area for the total, and areas in it"
        )
    for name in ("code", "folder"):
        places = [(("levels", i, name), str(getattr(level, name))) for i, level in enumerate(levels)]
        yield from repeated(document, f"level {name}", places)
    for index, level in enumerate(levels):
        at: Location = ("levels", index)
        if level.single != (index == 0):
            message = "the first level has one area (single: true), every other level has several"
            yield document.problem((*at, "single"), message)
        if level.single and set(level.area or {}) != {"code", "name"}:
            yield document.problem((*at, "area"), "a single level names its area with 'code' and 'name'")
        if not level.single and level.area is not None:
            yield document.problem((*at, "area"), "only a single level names its area here; others have a CSV file")
        if level.code in RESERVED or level.folder in {"assets", "tables", "quality"}:
            yield document.problem(
                at, f"level '{level.code}' in folder '{level.folder}': this name is taken by the system"
            )
        if "{name}" not in level.title:
            yield document.problem((*at, "title"), "a title holds {name}, where the name of the area comes")
        yield from _windows(document, at, level.windows, level.breakdown_windows, level.headline_window)


def _windows(
    document: Document, at: Location, windows: Sequence[str], breakdown: Sequence[str], headline: str
) -> Iterator[Problem]:
    if not windows:
        yield document.problem((*at, "windows"), "a level needs at least one window")
    for name, values in (("windows", windows), ("breakdown_windows", breakdown)):
        yield from repeated(document, "window", [((*at, name, i), value) for i, value in enumerate(values)])
    for i, value in enumerate(breakdown):
        if value not in windows:
            message = f"'{value}' is not one of the windows of this level, so it can't be broken down either"
            yield document.problem((*at, "breakdown_windows", i), message)
    if headline not in windows:
        yield document.problem((*at, "headline_window"), f"'{headline}' is not one of the windows of this level")


def _thresholds(survey: Survey, document: Document) -> Iterator[Problem]:
    limits = survey.thresholds
    ladder = ("minimum_n", "mean_indicative_below", "compare_means_from", "percentage_from", "caution_below")
    for lower, higher in pairwise(ladder):
        if getattr(limits, lower) > getattr(limits, higher):
            message = f"{higher} ({getattr(limits, higher)}) is lower than {lower} ({getattr(limits, lower)})"
            yield document.problem(("thresholds", higher), message)
    proportions = ("maximum_percentage_width", "minimum_reliability", "relevant_difference", "relevant_difference_mean")
    for name in proportions:
        if not 0 < getattr(limits, name) <= 1:
            yield document.problem(("thresholds", name), f"{name} lies between 0 and 1")
    for name in ("false_discovery_rate", "confidence"):
        if not 0 < getattr(limits, name) < 1:
            yield document.problem(("thresholds", name), f"{name} lies between 0 and 1, and is neither")
    if limits.maximum_mean_half_width <= 0:
        yield document.problem(("thresholds", "maximum_mean_half_width"), "maximum_mean_half_width is more than 0")
    first = survey.periods.first_month
    if first.day != 1 or first.month not in (1, 4, 7, 10):
        message = f"first_month ({first}) is the first day of a quarter, or the first quarter would be incomplete"
        yield document.problem(("periods", "first_month"), message)
    if survey.periods.four_quarters_from < 4:
        message = "a window of four quarters needs at least 4 closed quarters"
        yield document.problem(("periods", "four_quarters_from"), message)


def _channels(survey: Survey, document: Document) -> Iterator[Problem]:
    classes = [(("classes", i, "code"), c.code) for i, c in enumerate(survey.channel_classes)]
    channels = [(("channels", i, "code"), c.code) for i, c in enumerate(survey.channels)]
    yield from _reserved(document, [*classes, *channels])
    # One column holds both, so a class and a channel can't have the same code either.
    yield from repeated(document, "channel or class", [*classes, *channels])
    known = {c.code for c in survey.channel_classes}
    for i, channel in enumerate(survey.channels):
        if channel.channel_class not in known:
            message = f"channel class '{channel.channel_class}' is not one of the classes: {', '.join(sorted(known))}"
            yield document.problem(("channels", i, "channel_class"), message)
    used = {c.channel_class for c in survey.channels}
    for i, channel_class in enumerate(survey.channel_classes):
        if channel_class.code not in used:
            yield document.problem(("classes", i), f"channel class '{channel_class.code}' has no channel")
    owners = [(c.code, spelled(("channels", i), c.code, c.label, c.spellings)) for i, c in enumerate(survey.channels)]
    yield from clashing_spellings(document, owners)


def _target_groups(survey: Survey, document: Document) -> Iterator[Problem]:
    groups = survey.target_groups
    codes = [(("target_groups", i, "code"), g.code) for i, g in enumerate(groups)]
    yield from _reserved(document, codes)
    yield from repeated(document, "target group", codes)
    owners = [(g.code, spelled(("target_groups", i), g.code, g.label, g.spellings)) for i, g in enumerate(groups)]
    yield from clashing_spellings(document, owners)
    if not any(group.in_scope for group in groups):
        yield document.problem(("target_groups",), "no target group is in scope, so there would be no figure at all")


def _code_lists(code_lists: Sequence[CodeList], document: Document) -> Iterator[Problem]:
    yield from repeated(document, "code list", [(("codes", i, "field"), c.field) for i, c in enumerate(code_lists)])
    for i, code_list in enumerate(code_lists):
        at: Location = ("codes", i)
        if code_list.field not in CODE_LIST_FIELDS:
            message = f"'{code_list.field}' is not a field with a code list: {', '.join(CODE_LIST_FIELDS)}"
            yield document.problem((*at, "field"), message)
        codes = [((*at, "codes", j, "code"), entry.code) for j, entry in enumerate(code_list.codes)]
        yield from _reserved(document, codes)
        yield from repeated(document, "code", codes)
        owners = [
            (entry.code, spelled((*at, "codes", j), entry.code, entry.label, entry.spellings))
            for j, entry in enumerate(code_list.codes)
        ]
        yield from clashing_spellings(document, owners)


def _themes(survey: Survey, document: Document) -> Iterator[Problem]:
    yield from repeated(document, "theme", [(("themes", i, "code"), t.code) for i, t in enumerate(survey.themes)])
    for i, theme in enumerate(survey.themes):
        for name, patterns in (("positive", theme.positive), ("negative", theme.negative)):
            for j, pattern in enumerate(patterns):
                try:
                    re.compile(pattern)
                except re.error as error:
                    message = f"'{pattern}' is not a regular expression: {error}"
                    yield document.problem(("themes", i, name, j), message)


def _reserved(document: Document, names: Iterable[Named]) -> Iterator[Problem]:
    for location, name in names:
        if name.lower() in RESERVED:
            yield document.problem(location, f"the code '{name}' is taken by the system")
