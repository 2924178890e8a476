"""The rules for sentences as typed objects.

Belongs here: what a rule is, reading ``rules.yaml`` and finding the rules of a family.
Does not belong here: holding rules against numbers (``assets.publication_verdicts``), the words of a report
(``reports/texts``), thresholds (``survey.yaml``).

Source of the rules: the conditions under which official statistics call something different: enough answers in both
periods, control of the false discovery rate over all areas of a level (Benjamini & Hochberg 1995), a smallest relevant
difference, and for areas a funnel with overdispersion and a least reliability (Spiegelhalter 2005).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import model_validator

from expectations.model import Code, Record

Family = Literal["year_earlier", "whole", "funnel", "trend", "driver"]
Limit = float | Code
COMPARING = ("at_least", "at_most", "above", "below")


class Requirement(Record):
    """One condition of a sentence.

    Attributes:
        input: Published number (or text, for ``among``) that is held against the limit.
        at_least: It must be this or more.
        at_most: It must be this or less.
        above: It must be more.
        below: It must be less.
        among: It must be one of these texts.
        otherwise: The reason where it is not, and where the number is not there.
    """

    input: Code
    at_least: Limit | None = None
    at_most: Limit | None = None
    above: Limit | None = None
    below: Limit | None = None
    among: tuple[str, ...] = ()
    otherwise: Code

    @model_validator(mode="after")
    def _one_limit(self) -> Requirement:
        given = [name for name in COMPARING if getattr(self, name) is not None] + ["among"] * bool(self.among)
        if len(given) != 1:
            raise ValueError(f"{self.input}: exactly one of {', '.join((*COMPARING, 'among'))} is needed, not {given}")
        return self

    @property
    def comparison(self) -> str:
        """Which of the comparisons it is."""
        return next((name for name in COMPARING if getattr(self, name) is not None), "among")

    @property
    def limit(self) -> Limit:
        """The number, or the name of a number, of a condition that is not ``among``."""
        found = next(getattr(self, name) for name in COMPARING if getattr(self, name) is not None)
        return found if isinstance(found, str) else float(found)


class SentenceRule(Record):
    """A possible sentence and what must hold before it may be written."""

    rule_id: Code
    family: Family | None = None
    sentence: dict[Literal["nl", "en"], str]
    decided_by: tuple[Code, ...] = ()  # rules of the table its family reads
    shown: tuple[Code, ...] = ()  # numbers that belong to the sentence without deciding it
    conditions: tuple[Requirement, ...] = ()
    never: bool = False

    @model_validator(mode="after")
    def _whole(self) -> SentenceRule:
        if self.never == (self.family is not None):
            raise ValueError(f"{self.rule_id}: a rule has a family, or is never")
        if set(self.sentence) != {"nl", "en"}:
            raise ValueError(f"{self.rule_id}: the sentence is needed in nl and en")
        return self


@cache
def sentence_rules() -> tuple[SentenceRule, ...]:
    """Every rule, in the order of the file."""
    path = Path(__file__).with_name("rules.yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    return tuple(SentenceRule.model_validate(entry) for entry in found)


def family_rules(family: Family) -> tuple[SentenceRule, ...]:
    """The rules of a family, in the order in which they are tried."""
    return tuple(rule for rule in sentence_rules() if rule.family == family)
