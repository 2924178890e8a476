"""The methods page: how an answer becomes a figure and a figure a sentence, for analysts, with every formula.

Belongs here: the order of the parts, and which formulas and tables belong to which. Does not belong here: the tables
(``methods.tables``), the words (``texts/*_methods.yaml``), the formulas (``formulas.yaml``), computing anything.

Numbers in the text are those of the contract; what the release did (weights, steps of the ladder, sentences) comes from
its tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports.formulas import Formula, formula
from reports.inputs import ReportData
from reports.methods.tables import (
    MethodTable,
    margin_sets,
    quarters,
    relevant_differences,
    rungs,
    sentences,
    thresholds,
)
from reports.methods.values import method_values
from reports.page import Page, link, make_page
from reports.words import Words

PATH = "methods/index.html"
QUALITY = "quality/index.html"
PARTS: dict[str, tuple[str, ...]] = {
    "answers": ("estimate",),
    "periods": (),
    "thresholds": (),
    "weights": (
        "selection", "response_class", "weight", "margins", "calibration", "calibration_scale", "design_effect",
    ),
    "variance": ("influence", "variance", "variance_sums", "persons", "residual", "degrees", "fpc"),
    "intervals": ("effective_n", "kish", "wilson", "mean_interval", "borrowed"),
    "adjusted": ("within", "adjusted", "expected_for_mix", "standardised"),
    "shrunken": ("shrunken", "shrinkage", "shrunken_mse"),
    "ladder": (),
    "changes": ("difference", "welch", "false_discovery", "equivalent", "service_part", "mix_part"),
    "whole": ("part_of_whole", "funnel_z", "funnel_phi", "funnel_tau", "funnel_limits", "reliability"),
    "visible": ("smallest_visible", "smallest_found", "periods_to_find"),
    "charts": ("moving_range", "chart_limits", "laney_limits"),
    "uniformity": ("heterogeneity", "gap"),
    "groups": ("contrast",),
    "drivers": ("importance",),
    "sentences": (),
    "errors": (),
    "sources": (),
}  # fmt: skip
"""Every part with its formulas, in the order of the page."""
MOST_PARAGRAPHS = 9


@dataclass(frozen=True)
class Explained:
    """A formula with what it is."""

    said: str
    formula: Formula


@dataclass(frozen=True)
class Part:
    """One part of the page."""

    name: str
    title: str
    paragraphs: tuple[str, ...]
    formulas: tuple[Explained, ...]
    tables: tuple[MethodTable, ...]


def methods_page(data: ReportData) -> Page:
    """The methods page of a release."""
    words = Words(data.survey.language)
    values = method_values(data.survey, words)
    return make_page(
        "methods.html",
        data,
        path=PATH,
        title=words.text("methods.title"),
        subtitle=words.text("methods.subtitle"),
        index=link(PATH, "index.html"),
        quality=link(PATH, QUALITY),
        brief=_paragraphs("brief", words, values),
        parts=[_part(name, names, data, words, values) for name, names in PARTS.items()],
    )


def _part(name: str, names: tuple[str, ...], data: ReportData, words: Words, values: dict[str, str]) -> Part:
    title = words.text(f"methods.{name}.title")
    if name == "weights" and data.survey.weighting is None:
        return Part(name, title, (words.text("methods.weights.unweighted"),), (), ())
    return Part(
        name,
        title,
        _paragraphs(name, words, values),
        tuple(Explained(words.text(f"methods.formula.{one}"), formula(one)) for one in names),
        _tables(name, data, words, values),
    )


def _paragraphs(name: str, words: Words, values: dict[str, str]) -> tuple[str, ...]:
    keys = [f"methods.{name}.text{number or ''}" for number in (0, *range(2, MOST_PARAGRAPHS))]
    return tuple(words.text(key, **values) for key in keys if words.has(key))


def _tables(name: str, data: ReportData, words: Words, values: dict[str, str]) -> tuple[MethodTable, ...]:
    made = {
        "thresholds": lambda: [thresholds(data.survey, words)],
        "weights": lambda: [margin_sets(data.survey, words), quarters(data, words)],
        "ladder": lambda: [rungs(data, words)],
        "changes": lambda: [relevant_differences(data.survey, words)],
        "sentences": lambda: sentences(data, words, values),
    }
    found = made[name]() if name in made else []
    return tuple(table for table in found if table.rows)
