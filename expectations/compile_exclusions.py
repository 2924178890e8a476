"""Exclusions: who stays out of every figure, as SQL and as a list with reasons for readers.

Belongs here: which rules judge contacts and which responses, the code of the first rule that holds, labels and reasons.
Does not belong here: rows that are refused (``compile_contacts``, ``compile_responses``), the rule that looks at other
invitations of the same person (``sql/staging/contacts.sql``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from expectations.compile_cells import literal, name, text_list
from expectations.model import CONTACT_FIELDS, Exclusion, Survey
from expectations.texts import texts_of

RECENTLY_INVITED = "recently_invited"
"""Code of the rule ``one_invitation_in_days``; an exclusion of this name gives it its label and reason."""
RECORDED = "recorded"
"""Code of a recorded reason in a survey without a list of them: such a text is not repeated anywhere."""


@dataclass(frozen=True)
class ExclusionText:
    """One reason to stay out of the figures, as readers see it."""

    excluded_by: str
    label: str
    reason: str


def contact_exclusions(survey: Survey) -> tuple[Exclusion, ...]:
    """The rules on contact fields, in the order of the contract."""
    return tuple(rule for rule in survey.exclusions if is_about_contacts(rule))


def response_exclusions(survey: Survey) -> tuple[Exclusion, ...]:
    """The rules on response fields and items, in the order of the contract."""
    return tuple(rule for rule in survey.exclusions if not is_about_contacts(rule))


def is_about_contacts(rule: Exclusion) -> bool:
    """Whether a rule is on contact fields; loading refuses a rule that mixes them with answers."""
    return all(condition.item in CONTACT_FIELDS for condition in rule.when)


def excluded_by_sql(rules: Sequence[Exclusion], holds: Callable[[str, tuple[str, ...]], str], otherwise: str) -> str:
    """Code of the first rule that holds.

    Args:
        rules: The rules, in order.
        holds: SQL of "this field has one of these codes".
        otherwise: SQL of the code where no rule holds.
    """
    branches = [
        f"when {' and '.join(f'({holds(c.item, c.values)})' for c in rule.when)} then {literal(rule.code)}"
        for rule in rules
    ]
    return f"case {' '.join(branches)} else {otherwise} end" if branches else otherwise


def contact_excluded_by_sql(survey: Survey) -> str:
    """``excluded_by`` of a contact: a rule of the contract, else the reason the register itself recorded."""
    if "exclusion_reason" in survey.code_lists:
        recorded = "code_exclusion_reason"
    else:
        recorded = f"case when text_exclusion_reason is not null then '{RECORDED}' else cast(null as varchar) end"
    return excluded_by_sql(
        contact_exclusions(survey), lambda field, codes: f"{name(f'code_{field}')} in {text_list(codes)}", recorded
    )


def exclusion_catalogue(survey: Survey) -> tuple[ExclusionText, ...]:
    """Every value ``excluded_by`` can have, once: the rules first, then what the register records."""
    catalogue = {rule.code: ExclusionText(rule.code, rule.label, rule.reason) for rule in survey.exclusions}
    ruled = {value for rule in survey.exclusions for value in _whole_reasons(rule)}
    listed = survey.code_lists.get("exclusion_reason")
    labels: dict[str, str | None] = {e.code: e.label for e in (listed.codes if listed else ()) if e.code not in ruled}
    if listed is None:
        labels[RECORDED] = None
    if survey.response_rules.one_invitation_in_days is not None:
        labels.setdefault(RECENTLY_INVITED, None)
    for code, label in labels.items():
        texts = texts_of(f"excluded.{code}", "excluded")
        named = label or texts["label"][survey.language]
        reason = texts["reason"][survey.language].format(label=named)
        catalogue.setdefault(code, ExclusionText(code, named, reason))
    return tuple(catalogue.values())


def _whole_reasons(rule: Exclusion) -> tuple[str, ...]:
    """Recorded reasons that always lead to this rule, so that they never count as a code of their own."""
    only = len(rule.when) == 1 and rule.when[0].item == "exclusion_reason"
    return rule.when[0].values if only else ()
