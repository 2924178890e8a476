"""The catalogue of row rules: every rule of a survey with its reason and remedy in the readers' language.

Belongs here: which rules, flags and exclusions exist, and their texts. Does not belong here: the predicates
(``compile_*``), reading ``rules.yaml`` (``texts``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from expectations.compile_contacts import contact_faults
from expectations.compile_exclusions import contact_exclusions, exclusion_catalogue, response_exclusions
from expectations.compile_flags import flags
from expectations.compile_responses import asked_sql, response_faults
from expectations.model import Survey
from expectations.texts import texts_of

# Rules that compare rows or tables: their predicates are in sql/staging/*_versions.sql.
CROSS_ROW_RULES = {
    "contact_rows": (("contact_id.conflicting_copies", "contact_id"), ("contact_date.archived", "contact_date")),
    "response_rows": (
        ("response_id.conflicting_copies", "response_id"),
        ("contact_id.unknown_contact", "contact_id"),
        ("contact_id.already_answered", "contact_id"),
        ("response_date.before_contact", "response_date"),
    ),
}


@dataclass(frozen=True)
class RuleText:
    """One row rule as analysts see it. ``kept``: the row stays (an answer was set aside, a flag, an exclusion)."""

    rule_id: str
    table_name: str
    column_name: str
    reason: str
    remedy: str
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
    rules += [(f"response.{flag}", "response_rows", "response_id") for flag in flags(survey)]
    labels = {item.id: item.label for item in survey.items}
    catalogue: dict[str, RuleText] = {}
    for rule_id, table, column in rules:
        text = texts_of(rule_id, rule_id.rsplit(".", 1)[1])
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
    return (*catalogue.values(), *_exclusions(survey))


def _exclusions(survey: Survey) -> list[RuleText]:
    """The exclusions as rules: a row stays, and stays outside every figure."""
    of_contacts = {rule.code: rule.when[0].item for rule in contact_exclusions(survey)}
    of_responses = {rule.code: rule.when[0].item for rule in response_exclusions(survey)}
    return [
        RuleText(
            f"excluded.{found.excluded_by}",
            "response_rows" if found.excluded_by in of_responses else "contact_rows",
            (of_contacts | of_responses).get(found.excluded_by, "exclusion_reason"),
            f"{found.label}. {found.reason}",
            texts_of(f"excluded.{found.excluded_by}", "excluded")["remedy"][survey.language],
            kept=True,
        )
        for found in exclusion_catalogue(survey)
    ]
