"""The row rules of the contract, compiled to SQL: public face of the ``compile_*`` modules.

Belongs here: what other rooms import.
Does not belong here: running SQL (``assets.warehouse``), table contracts (``ddl``).
"""

from __future__ import annotations

from expectations.compile_contacts import contact_rows_sql
from expectations.compile_exclusions import ExclusionText, exclusion_catalogue
from expectations.compile_respondents import respondents_sql, scale_range, statistics_columns
from expectations.compile_responses import response_rows_sql
from expectations.rule_texts import RuleText, rule_catalogue
from expectations.shapes import DeliveryShape, StatColumn
from expectations.spelling import area_spelling_key, spelling_key

__all__ = [
    "DeliveryShape",
    "ExclusionText",
    "RuleText",
    "StatColumn",
    "area_spelling_key",
    "contact_rows_sql",
    "exclusion_catalogue",
    "respondents_sql",
    "response_rows_sql",
    "rule_catalogue",
    "scale_range",
    "spelling_key",
    "statistics_columns",
]
