"""What every expectation of every table said, in words, grouped per table.

Belongs here: a sentence per kind of expectation, counts and outcomes. Does not belong here: running them, any value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.model import Survey
from reports.inputs import ReportData, integer, number, text
from reports.quality.frames import rows_of
from reports.words import Words

OUTCOMES = ("passed", "warned", "failed")
LAYERS = ("raw", "reference", "staging", "marts", "publication")
KINDS = {
    "expect_column_values_to_be_between": "between",
    "expect_column_values_to_be_in_set": "in_set",
    "expect_column_values_to_not_be_in_set": "not_in_set",
    "expect_column_values_to_be_unique": "unique",
    "expect_column_values_to_not_be_null": "filled",
    "expect_column_values_to_be_null": "empty",
    "expect_column_values_to_match_regex": "form",
    "expect_column_value_lengths_to_be_between": "length",
    "expect_column_value_lengths_to_equal": "length",
    "expect_compound_columns_to_be_unique": "unique_together",
    "expect_column_pair_values_a_to_be_greater_than_b": "greater",
    "expect_column_pair_values_to_be_in_set": "pair",
    "expect_table_row_count_to_be_between": "row_count",
}


@dataclass(frozen=True)
class Requirement:
    """One expectation and what came of it."""

    what: str
    reason: str
    required: bool
    evaluated: str
    unexpected: str
    share: str
    outcome: str


@dataclass(frozen=True)
class CheckedTable:
    """The expectations of one table."""

    name: str
    requirements: tuple[Requirement, ...]

    def count(self, outcome: str) -> int:
        """How many had this outcome."""
        return sum(requirement.outcome == outcome for requirement in self.requirements)

    @property
    def worst(self) -> str:
        """The outcome of the table as a whole."""
        return next((outcome for outcome in reversed(OUTCOMES) if self.count(outcome)), OUTCOMES[0])


def checked_tables(data: ReportData, words: Words) -> list[CheckedTable]:
    """Every table with expectations: those with an open one first, then in the order of the layers."""
    found: dict[str, list[Requirement]] = {}
    for row in rows_of(data.expectations):
        found.setdefault(text(row["table_name"]), []).append(_requirement(row, data.survey, words))
    tables = [CheckedTable(name, tuple(listed)) for name, listed in found.items()]
    return sorted(tables, key=lambda t: (-OUTCOMES.index(t.worst), _layer(t.name), t.name))


def open_requirements(tables: list[CheckedTable]) -> list[tuple[str, Requirement]]:
    """Requirements that do not hold, the required ones first."""
    found = [(table.name, row) for table in tables for row in table.requirements if row.outcome != "passed"]
    return sorted(found, key=lambda pair: -OUTCOMES.index(pair[1].outcome))


def outcome_counts(tables: list[CheckedTable]) -> dict[str, int]:
    """How many expectations had each outcome."""
    return {outcome: sum(table.count(outcome) for table in tables) for outcome in OUTCOMES}


def _layer(name: str) -> int:
    layer = name.split(".", maxsplit=1)[0]
    return LAYERS.index(layer) if layer in LAYERS else len(LAYERS)


def _requirement(row: Mapping[str, Any], survey: Survey, words: Words) -> Requirement:
    required = text(row["severity"]) == "contract"
    evaluated, unexpected = integer(row["evaluated"]) or 0, integer(row["unexpected"]) or 0
    passed = bool(row["passed"])
    return Requirement(
        what=_sentence(row, survey, words),
        reason=text(row["reason"]),
        required=required,
        evaluated=words.integer(evaluated),
        unexpected=words.integer(unexpected),
        share=f"{words.decimal(100 * unexpected / evaluated)}%" if evaluated and unexpected else "",
        outcome="passed" if passed else "failed" if required else "warned",
    )


def _sentence(row: Mapping[str, Any], survey: Survey, words: Words) -> str:
    """``‘Gelezen rijen’ is minstens 0.``: the kind of expectation with the labels and limits of the contract."""
    columns = [str(name) for name in row["columns"]]
    labels = [_label(name, survey, words) for name in columns]
    kind = KINDS.get(text(row["type"]), "other")
    kwargs = _kwargs(row, survey)
    if kind == "between":
        low, high = (number(kwargs.get(name)) for name in ("min_value", "max_value"))
        kind += "" if low is not None and high is not None else "_from" if low is not None else "_to"
        limits = {"low": _limit(low, words), "high": _limit(high, words)}
        sentence = words.text(f"quality.check_{kind}", column=labels[0], **limits)
    elif kind in {"greater", "pair"}:
        kind += "_or_equal" if kind == "greater" and kwargs.get("or_equal") else ""
        sentence = words.text(f"quality.check_{kind}", first=labels[0], second=labels[-1])
    elif kind == "row_count":
        sentence = words.text("quality.check_row_count")
    else:
        listed = words.listing(labels) or text(row["type"])
        sentence = words.text(f"quality.check_{kind}", column=listed)
    mostly = number(kwargs.get("mostly"))
    return (
        sentence if mostly is None else f"{sentence} {words.text('quality.check_mostly', share=words.percent(mostly))}"
    )


def _kwargs(row: Mapping[str, Any], survey: Survey) -> Mapping[str, object]:
    """The settings of an expectation, looked up in the contract: what was recorded has no values."""
    table = survey.tables.get(text(row["table_name"]))
    wanted = (text(row["severity"]), text(row["type"]), text(row["reason"]))
    for expectation in table.expectations if table else ():
        names = [str(v) for k, v in expectation.kwargs.items() if k.startswith("column") and isinstance(v, str)]
        same = (expectation.severity, expectation.type, expectation.reason) == wanted
        if same and all(name in row["columns"] for name in names):
            return expectation.kwargs
    return {}


def _label(name: str, survey: Survey, words: Words) -> str:
    labels = {item.id: item.label for item in survey.items}
    label = survey.columns[name].label if name in survey.columns else labels.get(name, name)
    return words.text("formats.quoted", text=label)


def _limit(value: float | None, words: Words) -> str:
    if value is None:
        return ""
    return words.integer(round(value)) if value == round(value) else words.decimal(value, 2)
