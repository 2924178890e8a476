"""Numbers that the text of the methods page names.

Belongs here: thresholds of the contract and fixed numbers of the method, as a reader sees them.
Does not belong here: numbers of a release (``tables``).
"""

from __future__ import annotations

from expectations.model import Survey
from reports.words import Words

ALIKE_BELOW = 30
"""A fixed number of the method (``assets.statistics``, which reports may not import); a test holds them together."""


def method_values(survey: Survey, words: Words) -> dict[str, str]:
    """Values by the name they have in ``texts/*_methods.yaml``."""
    limits = survey.thresholds
    values = {
        "wording": survey.item(survey.headline_item).wording,
        "weeks": words.integer(survey.periods.closes_after_weeks),
        "four_quarters": words.integer(survey.periods.four_quarters_from),
        "minimum": words.integer(limits.minimum_n),
        "alike": words.integer(ALIKE_BELOW),
        "percentage": words.integer(limits.percentage_from),
        "mean": words.integer(limits.compare_means_from),
        "confidence": words.hundred(limits.confidence),
        "fdr": words.percent(limits.false_discovery_rate),
        "reliability": words.decimal(limits.minimum_reliability),
        "mix": words.percent(limits.mix_counts_from),
        "drivers_from": words.integer(limits.drivers_from),
        "order_from": words.integer(limits.driver_order_from),
    }
    rules = survey.weighting
    if rules is not None:
        values |= {
            "minimum_class": words.integer(rules.minimum_class),
            "minimum_margin": words.integer(rules.minimum_margin),
            "lower": words.decimal(rules.bounds.lower),
            "upper": words.decimal(rules.bounds.upper, 0),
            "warn": words.decimal(rules.design_effect_warn),
            "stop": words.decimal(rules.design_effect_stop),
            "frozen": words.percent(rules.frozen_until),
        }
    return values
