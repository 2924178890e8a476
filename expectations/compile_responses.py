"""``staging.response_rows``: every row of answers typed, mapped and judged in one pass.

Belongs here: the columns and rules of a response, and routing between items of one questionnaire.
Does not belong here: rules that need the contact (``sql/staging/response_versions.sql``, ``compile_respondents``).

An answer to a question that was not put to the respondent (routing) is no reason to refuse the whole row: it is set
aside, that is made empty, and its item is listed in ``set_aside`` so that the quality page can count it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from expectations.compile_cells import (
    Fault,
    code_sql,
    date_sql,
    faults_sql,
    files_sql,
    grouped_by_shape,
    head_sql,
    marked_sql,
    name,
    text_list,
    text_sql,
)
from expectations.model import NOT_APPLICABLE, RESPONSE_FIELDS, Item, Source, Survey
from expectations.shapes import DeliveryShape
from expectations.spelling_sql import scale_spellings


def response_rows_sql(survey: Survey, shapes: Sequence[DeliveryShape], as_of: dt.date) -> str:
    """SELECT that builds ``staging.response_rows`` from the taken files with responses.

    Args:
        survey: The contract.
        shapes: The taken files; those without responses are left aside.
        as_of: The day after which no date can be.

    Returns:
        One statement; it reads the raw Parquet files only.
    """
    sources = {source.name: source for source in survey.sources}
    groups = grouped_by_shape([s for s in shapes if s.kind in {"responses", "combined"}])
    branches = [_branch(survey, sources[group[0].source], group) for group in groups] or [_empty_branch(survey)]
    items = survey.items
    closed = [item for item in items if _is_closed(survey, item)]
    codes = "".join(f", {code_sql(scale_spellings(survey.scale_of(i)), text_of(i))} as {code_of(i)}" for i in closed)
    routed = [item for item in items if asked_sql(survey, item) is not None]
    kept = ", ".join(f"{_kept_sql(survey, item)} as {_kept(item)}" for item in items)
    aside = marked_sql({i.id: _set_aside_sql(survey, i) for i in routed})
    not_applicable = marked_sql({i.id: f"{_kept(i)} = '{NOT_APPLICABLE}'" for i in closed})
    values = ", ".join(f"{_value_sql(survey, item)} as {name(item.id)}" for item in items)
    answered = " + ".join(f"({_kept(item)} is not null)::integer" for item in items)
    hashed = ", ".join([*(f"text_{f}" for f in RESPONSE_FIELDS), *(text_of(item) for item in items)])
    return f"""
with raw_rows as ({" union all by name ".join(branches)}),
coded_rows as (select *{codes} from raw_rows),
routed_rows as (select *, {kept}, {aside} as set_aside from coded_rows)
select
  delivery_id, row_number, sequence,
  text_response_id as response_id, text_contact_id as contact_id, date_response_date as response_date,
  {values},
  {not_applicable} as not_applicable, set_aside, {answered} as answered,
  hash({hashed}) as row_hash,
  {faults_sql(response_faults(survey, as_of))} as faults
from routed_rows
"""


def response_faults(survey: Survey, as_of: dt.date) -> list[Fault]:
    """The row rules of a response: its ids and date first, then the items in the order of the questionnaire."""
    date, text = "date_response_date", "text_response_date"
    faults = [Fault(f"{field}.required", field, f"text_{field} is null") for field in RESPONSE_FIELDS]
    faults += [
        Fault("response_date.not_a_date", "response_date", f"{text} is not null and {date} is null", text),
        Fault("response_date.future", "response_date", f"{date} > date '{as_of}'", text),
    ]
    for item in survey.items:
        faults += _item_faults(survey, item)
    nothing = " and ".join(f"{text_of(item)} is null" for item in survey.items)
    faults.append(Fault("response.empty", "response_id", nothing))
    return faults


def asked_sql(survey: Survey, item: Item) -> str | None:
    """Whether an item was put to the respondent, as far as the questionnaire itself tells; None if to everyone.

    A condition on a contact field is not known here: ``compile_respondents`` applies it. Conditions chain: a
    question behind a question that was itself skipped was not put either.
    """
    ids = {i.id: i for i in survey.items}
    parts: list[str] = []
    condition, seen = item.asked_when, {item.id}
    while condition is not None and condition.item in ids and condition.item not in seen:
        gate = ids[condition.item]
        parts.append(f"coalesce({code_of(gate)} in {text_list(condition.values)}, false)")
        seen.add(gate.id)
        condition = gate.asked_when
    return " and ".join(parts) if parts else None


def text_of(item: Item) -> str:
    """Column with the plain text of an item."""
    return name(f"text_{item.id}")


def code_of(item: Item) -> str:
    """Column with the code of the answer to a closed item."""
    return name(f"code_{item.id}")


def _kept(item: Item) -> str:
    return name(f"kept_{item.id}")


def _is_closed(survey: Survey, item: Item) -> bool:
    return survey.scale_of(item).kind != "open"


def _kept_sql(survey: Survey, item: Item) -> str:
    answer = code_of(item) if _is_closed(survey, item) else text_of(item)
    asked = asked_sql(survey, item)
    return answer if asked is None else f"case when {asked} then {answer} end"


def _set_aside_sql(survey: Survey, item: Item) -> str:
    """Answered without being asked; a questionnaire may well fill in "not applicable" for a skipped question."""
    answered = f"{text_of(item)} is not null and not ({asked_sql(survey, item)})"
    return f"{answered} and {code_of(item)} <> '{NOT_APPLICABLE}'" if _is_closed(survey, item) else answered


def _value_sql(survey: Survey, item: Item) -> str:
    if not _is_closed(survey, item):
        return _kept(item)
    code = f"nullif({_kept(item)}, '{NOT_APPLICABLE}')"
    return code if survey.scale_of(item).kind == "nominal" else f"cast({code} as tinyint)"


def _item_faults(survey: Survey, item: Item) -> list[Fault]:
    text, scale = text_of(item), survey.scale_of(item)
    faults: list[Fault] = []
    asked = asked_sql(survey, item) or "true"
    wave = _in_wave_sql(survey, item)
    if item.required:
        faults.append(Fault(f"{item.id}.required", item.id, f"{text} is null and ({asked}) and ({wave})"))
    if scale.kind != "open":
        unknown = f"{text} is not null and {code_of(item)} is null"
        if scale.kind == "mark":
            number = f"regexp_full_match({text}, '-?[0-9]+')"
            faults.append(Fault(f"{item.id}.out_of_range", item.id, f"{unknown} and {number}", text))
            unknown = f"{unknown} and not {number}"
        faults.append(Fault(f"{item.id}.not_an_answer", item.id, unknown, text))
    faults.append(Fault(f"{item.id}.outside_wave", item.id, f"{text} is not null and not ({wave})"))
    return faults


def _in_wave_sql(survey: Survey, item: Item) -> str:
    """Whether the item was asked; who was invited in the last wave may answer until its period closes."""
    start = f"date_response_date >= date '{item.first_wave}'"
    if item.last_wave is None:
        return start
    closes = item.last_wave + dt.timedelta(weeks=survey.periods.closes_after_weeks)
    return f"{start} and date_response_date <= date '{closes}'"


def _branch(survey: Survey, source: Source, group: Sequence[DeliveryShape]) -> str:
    shape = group[0]
    fields = ", ".join(f"{text_sql(source, shape, f)} as text_{f}" for f in RESPONSE_FIELDS)
    items = ", ".join(f"{_item_text(survey, source, shape, item)} as {text_of(item)}" for item in survey.items)
    date = date_sql(source, "text_response_date")
    return (
        f"select *, {date} as date_response_date "
        f"from (select {head_sql(group)}, {fields}, {items} from {files_sql(group)})"
    )


def _item_text(survey: Survey, source: Source, shape: DeliveryShape, item: Item) -> str:
    if not _is_closed(survey, item):
        return text_sql(source, shape, item.id, open_text=True)
    return text_sql(source, shape, item.id, scale_spellings(survey.scale_of(item)))


def _empty_branch(survey: Survey) -> str:
    fields = ", ".join(f"cast(null as varchar) as text_{f}" for f in RESPONSE_FIELDS)
    items = ", ".join(f"cast(null as varchar) as {text_of(item)}" for item in survey.items)
    return (
        "select cast(null as varchar) as delivery_id, cast(null as bigint) as row_number, "
        f"cast(null as integer) as sequence, {fields}, {items}, cast(null as date) as date_response_date where false"
    )
