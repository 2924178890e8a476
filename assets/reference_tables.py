"""The contract as tables: code lists, organisation, periods, and the frame of what may be published.

Belongs here: survey contract in, Arrow tables out, one per ``reference`` table.
Does not belong here: building them in the warehouse, what the contract must satisfy (``expectations.checks``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from assets.reference_areas import area_lookup_rows, area_rollup_rows, area_rows
from assets.reference_frame import frame_rows
from assets.reference_periods import period_rows
from expectations.ddl import resolved_columns
from expectations.model import Scale, Survey
from expectations.rules import exclusion_catalogue, rule_catalogue, statistics_columns
from expectations.spelling_sql import field_spellings

ARROW_TYPES = {
    "varchar": pa.string(),
    "date": pa.date32(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
}
# Names of the measures where the contract has none of its own.
MEASURE_WORDS = {
    "nl": {"mean": "gemiddelde", "positive": "positief", "negative": "negatief"},
    "en": {"mean": "mean", "positive": "positive", "negative": "negative"},
}
Row = tuple[Any, ...]


def reference_tables(survey: Survey, as_of: dt.date) -> dict[str, pa.Table]:
    """Every reference table by name.

    Args:
        survey: The contract.
        as_of: The day the organisation and the closing of periods are looked at.

    Returns:
        Arrow tables with the columns and types of the table contracts, in a fixed order of rows.
    """
    rows: dict[str, Iterable[Row]] = {
        "sources": ((s.name, s.kind, s.holds, s.vanished) for s in survey.sources),
        "areas": area_rows(survey, as_of),
        "area_lookup": area_lookup_rows(survey, as_of),
        "area_rollup": area_rollup_rows(survey, as_of),
        "channels": ((c.code, c.label, c.channel_class, n) for n, c in enumerate(survey.channels)),
        "channel_classes": ((c.code, c.label, n) for n, c in enumerate(survey.channel_classes)),
        "target_groups": ((g.code, g.label, g.in_scope, n) for n, g in enumerate(survey.target_groups)),
        "spellings": _spelling_rows(survey),
        "items": _item_rows(survey),
        "measures": _measure_rows(survey),
        "periods": period_rows(survey.periods, as_of),
        "frame": frame_rows(survey),
        "exclusions": ((e.excluded_by, e.label, e.reason, n) for n, e in enumerate(exclusion_catalogue(survey))),
        "response_rules": _response_rule_rows(survey),
        "rules": ((r.rule_id, r.table_name, r.column_name, r.reason, r.remedy) for r in rule_catalogue(survey)),
    }
    return {name: _arrow(survey, name, list(table)) for name, table in rows.items()}


def _arrow(survey: Survey, name: str, rows: Sequence[Row]) -> pa.Table:
    columns = resolved_columns(survey, survey.tables[f"reference.{name}"])
    schema = pa.schema([(c.name, ARROW_TYPES[c.type]) for c in columns])
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def _spelling_rows(survey: Survey) -> list[Row]:
    return sorted((field, key, code) for field, keys in field_spellings(survey).items() for key, code in keys.items())


def _response_rule_rows(survey: Survey) -> list[Row]:
    """The rules that the survey has."""
    amounts = survey.response_rules.model_dump()
    return sorted((setting, amount) for setting, amount in amounts.items() if amount is not None)


def _item_rows(survey: Survey) -> list[Row]:
    rows: list[Row] = [(i.id, i.label, i.wording, i.theme, i.scale, i.part_of_service) for i in survey.items]
    for derived in survey.derived_items:
        base = survey.item(derived.of)
        rows.append((derived.id, derived.label, base.wording, base.theme, base.scale, False))
    return [(*row, n) for n, row in enumerate(rows)]


def _measure_rows(survey: Survey) -> list[Row]:
    scales = {i.id: survey.scale_of(i) for i in survey.items}
    scales |= {d.id: survey.scale_of(survey.item(d.of)) for d in survey.derived_items}
    words = MEASURE_WORDS[survey.language]
    return [
        (c.item, c.measure, _measure_label(scales[c.item], c.measure, words), c.scale_min, c.scale_max)
        for c in statistics_columns(survey)
    ]


def _measure_label(scale: Scale, measure: str, words: dict[str, str]) -> str:
    if measure == "mean":
        return words["mean"]
    if measure == "positive":
        return scale.positive_label or words["positive"]
    if measure == "negative":
        return scale.negative_label or words["negative"]
    return next(p.label for p in scale.points if measure == f"share.{p.code}")
