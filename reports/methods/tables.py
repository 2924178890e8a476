"""Tables of the methods page: thresholds and rules of the contract, and what this release did with them.

Belongs here: rows of text. Does not belong here: the order of the page (``methods_page``), any figure of an area other
than the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import pandas as pd

from expectations.model import Survey
from expectations.verdicts.rules import Requirement, SentenceRule, sentence_rules
from reports.inputs import ReportData, day, integer, number, text
from reports.quality.frames import rows_of
from reports.words import DASH, Words, capital

PERCENTAGES = ("maximum_percentage_width", "false_discovery_rate", "confidence")
DECIMALS = ("maximum_mean_half_width", "minimum_reliability")
COUNTS = ("minimum_n", "mean_indicative_below", "compare_means_from", "percentage_from", "caution_below")
RUNGS = ("quarter", "four_quarters", "parent", "shrunken", "none")


@dataclass(frozen=True)
class MethodTable:
    """A table: caption, heads, rows; ``wide`` where every column after the first holds text."""

    name: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: bool = False


def thresholds(survey: Survey, words: Words) -> MethodTable:
    """Every threshold of the contract."""
    limits = survey.thresholds
    rows = [(name, words.integer(getattr(limits, name))) for name in COUNTS]
    rows += [(name, words.percent(getattr(limits, name))) for name in PERCENTAGES]
    rows += [(name, words.decimal(getattr(limits, name))) for name in DECIMALS]
    return MethodTable(
        "drempels",
        words.text("methods.thresholds.caption"),
        (words.text("methods.threshold.name"), words.text("methods.threshold.value")),
        tuple((words.text(f"methods.threshold.{name}"), value) for name, value in rows),
    )


def relevant_differences(survey: Survey, words: Words) -> MethodTable:
    """The smallest difference that matters per level."""
    return MethodTable(
        "verschillen",
        words.text("methods.changes.caption"),
        tuple(words.text(f"methods.changes.{name}") for name in ("level", "share", "mean")),
        tuple(
            (
                capital(level.label),
                words.decimal(survey.relevant_difference(level.code) * 100),
                words.decimal(survey.relevant_difference_mean(level.code), 3),
            )
            for level in survey.levels
        ),
    )


def margin_sets(survey: Survey, words: Words) -> MethodTable:
    """What the weights are calibrated to, best set first."""
    sets = survey.weighting.margin_sets if survey.weighting is not None else ()
    rows = [
        (
            words.integer(place),
            words.listing([_crossed([_dimension(d, survey, words) for d in margin], words) for margin in chosen]),
        )
        for place, chosen in enumerate(sets)
    ]
    if rows:
        rows.append((words.integer(len(rows)), words.text("methods.weights.margins_last")))
    heads = (words.text("methods.weights.margins_set"), words.text("methods.weights.margins_what"))
    return MethodTable("randtotalen", words.text("methods.weights.margins_caption"), heads, tuple(rows), wide=True)


def _dimension(code: str, survey: Survey, words: Words) -> str:
    """A level of the organisation or a characteristic of contacts, as readers know it."""
    level = next((level for level in survey.levels if level.code == code), None)
    if level is not None:
        return level.label
    return words.text(f"methods.dimension.{code}") if words.has(f"methods.dimension.{code}") else code


def _crossed(dimensions: list[str], words: Words) -> str:
    crossed = dimensions[0]
    for other in dimensions[1:]:
        crossed = words.text("methods.weights.margins_cross", one=crossed, other=other)
    return crossed


def quarters(data: ReportData, words: Words) -> MethodTable:
    """How every closed quarter was weighted, the whole only, newest first."""
    names = ("quarter", "responses", "margins_set", "factor", "design_effect", "shift")
    heads = tuple(words.text(f"methods.weights.{name}") for name in names)
    frame = data.weighting
    rows = [] if frame is None else [r for r in rows_of(frame) if text(r["level"]) == data.survey.top.code]
    rows.sort(key=lambda row: day(row["quarter"]), reverse=True)
    return MethodTable(
        "gewichten",
        words.text("methods.weights.quarters_caption"),
        heads,
        tuple(_quarter(row, words) for row in rows),
    )


def _quarter(row: dict[str, Any], words: Words) -> tuple[str, ...]:
    responses, margin_set = integer(row["responses"]), integer(row["margin_set"])
    low, high, effect = (number(row[name]) for name in ("factor_min", "factor_max", "design_effect"))
    shift = number(row["weighting_shift"])
    return (
        words.quarter_row(day(row["quarter"])),
        DASH if responses is None else words.integer(responses),
        DASH if margin_set is None else words.integer(margin_set),
        DASH if low is None or high is None else f"{words.decimal(low, 2)}{DASH}{words.decimal(high, 2)}",
        DASH if effect is None else words.decimal(effect, 2),
        DASH if shift is None else words.decimal(shift * 100),
    )


def rungs(data: ReportData, words: Words) -> MethodTable:
    """How many areas of the lowest level speak with which step, and how much smaller that makes the range."""
    heads = tuple(words.text(f"methods.ladder.{name}") for name in ("rung", "areas", "width", "raw"))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in [] if data.rungs is None else rows_of(data.rungs):
        found.setdefault(text(row["rung"]), []).append(row)
    rows = tuple(
        (
            words.text(f"methods.ladder.rung_{rung}"),
            words.integer(len(found[rung])),
            _median_width(found[rung], "width", words),
            _median_width(found[rung], "quarter_width", words),
        )
        for rung in RUNGS
        if rung in found
    )
    return MethodTable("treden", words.text("methods.ladder.caption"), heads, rows)


def _median_width(rows: list[dict[str, Any]], name: str, words: Words) -> str:
    """In percentage points, or in points of the scale where the headline is a mean."""
    known = [(value, row["measure"]) for row in rows if (value := number(row[name])) is not None]
    if not known:
        return DASH
    middle = median(value for value, _ in known)
    return words.decimal(middle, 2) if known[0][1] == "mean" else words.decimal(middle * 100)


def sentences(data: ReportData, words: Words, values: dict[str, str]) -> list[MethodTable]:
    """Per family every sentence, its conditions, and for how many areas it may be written in this release.

    Counted are the areas of the lowest level, about the headline.
    """
    headline, leaf = data.survey.item(data.survey.headline_item), data.survey.leaf
    heads = (
        words.text("methods.sentences.sentence"),
        words.text("methods.sentences.conditions"),
        words.text("methods.sentences.count", name=headline.label, level=leaf.label_plural),
    )
    families: dict[str, list[tuple[str, ...]]] = {}
    for rule in sentence_rules():
        said = capital(rule.sentence[data.survey.language])
        row = (said, _conditions(rule, words, values), _written(rule, data.verdicts, words))
        families.setdefault(rule.family or "never", []).append(row)
    return [
        MethodTable(family, words.text(f"methods.family.{family}"), heads, tuple(rows), wide=True)
        for family, rows in families.items()
    ]


def _conditions(rule: SentenceRule, words: Words, values: dict[str, str]) -> str:
    if rule.never:
        return words.text("methods.sentences.never")
    if not rule.conditions:
        return words.text("methods.sentences.otherwise")
    return words.listing([_condition(one, words, values) for one in rule.conditions])


def _condition(one: Requirement, words: Words, values: dict[str, str]) -> str:
    if one.among:
        return words.text(f"methods.among.{one.input}")
    what = words.text(f"methods.input.{one.input}")
    limit = one.limit
    shown = words.text(f"methods.limit.{limit}", **values) if isinstance(limit, str) else words.integer(round(limit))
    return words.text(f"methods.condition.{one.comparison}", what=what, limit=shown)


def _written(rule: SentenceRule, frame: pd.DataFrame | None, words: Words) -> str:
    """How often a sentence may be written."""
    rows = [] if frame is None else [row for row in rows_of(frame) if text(row["rule_id"]) == rule.rule_id]
    figures = sum(integer(row["figures"]) or 0 for row in rows)
    allowed = sum(integer(row["allowed"]) or 0 for row in rows)
    if not figures:
        return DASH
    return words.text("methods.sentences.figures", allowed=words.integer(allowed), figures=words.integer(figures))
