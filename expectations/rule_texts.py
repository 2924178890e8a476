"""The catalogue of row rules: every rule of a survey with its reason and remedy in the readers' language.

Belongs here: which rules exist and their texts (``rules.yaml``). Does not belong here: the predicates (``compile_*``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

import yaml

from expectations.compile_contacts import contact_faults
from expectations.compile_responses import asked_sql, response_faults
from expectations.model import Survey

# Rules that compare rows or tables: their predicates are in sql/staging/*_versions.sql.
CROSS_ROW_RULES = {
    "contact_rows": (("contact_id.conflicting_copies", "contact_id"),),
    "response_rows": (
        ("response_id.conflicting_copies", "response_id"),
        ("contact_id.unknown_contact", "contact_id"),
        ("contact_id.already_answered", "contact_id"),
        ("response_date.before_contact", "response_date"),
    ),
}


@dataclass(frozen=True)
class RuleText:
    """One row rule as analysts see it. ``kept``: the row stays, only an answer was set aside."""

    rule_id: str
    table_name: str
    column_name: str
    reason: str
    remedy: str
    kept: bool


class _Text(TypedDict, total=False):
    reason: dict[str, str]
    remedy: dict[str, str]
    kept: bool


def rule_catalogue(survey: Survey) -> tuple[RuleText, ...]:
    """Every rule of the survey once, contact rules first.

    A rule that guards contacts and responses alike (``contact_id.required``) is one rule: its text is the same.
    """
    today = dt.date.min  # the catalogue needs ids, not predicates
    rules = [(f.rule_id, "contact_rows", f.column_name) for f in contact_faults(survey, today)]
    rules += [(rule, "contact_rows", column) for rule, column in CROSS_ROW_RULES["contact_rows"]]
    rules += [(f.rule_id, "response_rows", f.column_name) for f in response_faults(survey, today)]
    rules += [(rule, "response_rows", column) for rule, column in CROSS_ROW_RULES["response_rows"]]
    rules += [
        (f"{item.id}.not_asked", "response_rows", item.id)
        for item in survey.items
        if asked_sql(survey, item) is not None
    ]
    labels = {item.id: item.label for item in survey.items}
    catalogue: dict[str, RuleText] = {}
    for rule_id, table, column in rules:
        text = _text_of(rule_id)
        words = {"column": column, "label": labels.get(column, column)}
        catalogue.setdefault(
            rule_id,
            RuleText(
                rule_id,
                table,
                column,
                text["reason"][survey.language].format(**words),
                text["remedy"][survey.language].format(**words),
                text.get("kept", False),
            ),
        )
    return tuple(catalogue.values())


def _text_of(rule_id: str) -> _Text:
    texts = _texts()
    return texts[rule_id] if rule_id in texts else texts[rule_id.rsplit(".", 1)[1]]


@cache
def _texts() -> dict[str, _Text]:
    path = Path(__file__).with_name("rules.yaml")
    return cast("dict[str, _Text]", yaml.safe_load(path.read_text(encoding="utf-8")))
