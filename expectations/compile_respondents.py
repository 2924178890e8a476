"""``marts.respondents``: one row per accepted answer form, one number per measure.

Belongs here: which measures an item has, who counts in the base of an item. Does not belong here: adding up (``sql``),
weights and intervals (``assets.statistics``).
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.compile_cells import literal, name, text_list
from expectations.model import NOT_APPLICABLE, Condition, DerivedItem, Item, Scale, Survey
from expectations.shapes import StatColumn


def statistics_columns(survey: Survey) -> tuple[StatColumn, ...]:
    """Every statistics column of the survey: items in the order of the contract, then the derived items."""
    bases = [(item.id, survey.scale_of(item)) for item in survey.items]
    bases += [(derived.id, survey.scale_of(survey.item(derived.of))) for derived in survey.derived_items]
    return tuple(
        StatColumn(item, measure, f"y_{item}__{measure}", low, high)
        for item, scale in bases
        for measure, low, high in _measures(scale)
    )


def respondents_sql(survey: Survey) -> str:
    """SELECT that builds ``marts.respondents`` from ``staging.responses`` and ``staging.contacts``.

    In: accepted responses on accepted contacts of target groups in scope, neither of them excluded.
    An item is NULL for who was not asked (target group, routing on a contact field), skipped it or answered "n.v.t.".
    """
    columns = [f"{_column_sql(survey, column)} as {name(column.column_name)}" for column in statistics_columns(survey)]
    in_scope = text_list([group.code for group in survey.target_groups if group.in_scope])
    return f"""
select
  r.response_id, c.person_id, c.area_code, c.channel, channels.channel_class, c.target_group, c.age_band,
  c.incident_class,
  cast(date_trunc('month', c.contact_date) as date) as month,
  {", ".join(columns)}
from staging.responses as r
inner join staging.contacts as c on r.contact_id = c.contact_id
inner join reference.channels on c.channel = channels.channel
where c.target_group in {in_scope} and c.excluded_by is null and r.excluded_by is null
"""


def scale_range(scale: Scale) -> tuple[int, int]:
    """Lowest and highest answer of a numeric scale."""
    values = [point.value for point in scale.points if point.value is not None]
    values += [bound for bound in (scale.minimum, scale.maximum) if bound is not None]
    return min(values), max(values)


def _measures(scale: Scale) -> Sequence[tuple[str, int, int]]:
    if scale.kind == "open":
        return ()
    if scale.kind in {"nominal", "multiple"}:
        return [(f"share.{p.code}", 0, 1) for p in scale.points if p.code is not None and p.code != NOT_APPLICABLE]
    measures = [("mean", *scale_range(scale))]
    if scale.positive:
        measures.append(("positive", 0, 1))
    if scale.negative:
        measures.append(("negative", 0, 1))
    return measures


def _column_sql(survey: Survey, column: StatColumn) -> str:
    derived = next((d for d in survey.derived_items if d.id == column.item), None)
    item = survey.item(derived.of if derived is not None else column.item)
    answer = f"r.{name(item.id)}"
    value = _number_sql(survey.scale_of(item), column.measure, answer)
    in_base = _base_sql(survey, item, derived)
    return f"case when {' and '.join(in_base)} then {value} end" if in_base else value


def _number_sql(scale: Scale, measure: str, answer: str) -> str:
    if measure == "mean":
        return answer
    if measure.startswith("share.") and scale.kind == "multiple":
        return f"cast(list_contains({answer}, {literal(measure.removeprefix('share.'))}) as tinyint)"
    if measure.startswith("share."):
        return f"cast({answer} = {literal(measure.removeprefix('share.'))} as tinyint)"
    counted = scale.positive if measure == "positive" else scale.negative
    return f"cast({answer} in ({', '.join(map(str, counted))}) as tinyint)"


def _base_sql(survey: Survey, item: Item, derived: DerivedItem | None) -> list[str]:
    """Conditions to count, apart from having answered; routing within the questionnaire was applied in staging."""
    conditions = []
    if item.asked_of:
        conditions.append(f"c.target_group in {text_list(item.asked_of)}")
    if item.asked_when is not None and not _is_item(survey, item.asked_when):
        conditions.append(_condition_sql(survey, item.asked_when))
    if derived is not None:
        conditions.append(_condition_sql(survey, derived.where))
    return conditions


def _condition_sql(survey: Survey, condition: Condition) -> str:
    if not _is_item(survey, condition):
        column = "area_code" if condition.item == "area" else condition.item
        return f"c.{name(column)} in {text_list(condition.values)}"
    if survey.scale_of(survey.item(condition.item)).kind == "multiple":
        codes = ", ".join(literal(value) for value in condition.values)
        holds = f"list_has_any(r.{name(condition.item)}, [{codes}])"
    else:
        holds = f"cast(r.{name(condition.item)} as varchar) in {text_list(condition.values)}"
    if NOT_APPLICABLE in condition.values:
        return f"({holds} or list_contains(r.not_applicable, {literal(condition.item)}))"
    return holds


def _is_item(survey: Survey, condition: Condition) -> bool:
    return any(item.id == condition.item for item in survey.items)
