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
    empty_head_sql,
    faults_sql,
    files_sql,
    grouped_by_shape,
    head_sql,
    literal,
    marked_sql,
    name,
    seconds_sql,
    text_list,
    text_sql,
)
from expectations.compile_dates import date_sql
from expectations.compile_exclusions import excluded_by_sql, response_exclusions
from expectations.compile_flags import flags_sql, text_keys_sql
from expectations.compile_multiple import empty_ticks, is_multiple, ticks
from expectations.model import NOT_APPLICABLE, OPTIONAL_FIELDS, RESPONSE_FIELDS, Item, Source, Survey
from expectations.pseudonyms import pseudonym_sql
from expectations.shapes import DeliveryShape
from expectations.spelling_sql import field_spellings, scale_spellings

ID_FIELDS = ("response_id", "contact_id")


def response_rows_sql(survey: Survey, shapes: Sequence[DeliveryShape], as_of: dt.date, *, keyed: bool = False) -> str:
    """SELECT that builds ``staging.response_rows`` from the taken files with responses.

    Args:
        survey: The contract.
        shapes: The taken files; those without responses are left aside.
        as_of: The day after which no date can be.
        keyed: Ids are pseudonyms; without it they are as they came, for tests of this SQL.

    Returns:
        One statement; it reads the raw Parquet files only.
    """
    sources = {source.name: source for source in survey.sources}
    groups = grouped_by_shape([s for s in shapes if s.kind in {"responses", "combined"}])
    branches = [_branch(survey, sources[group[0].source], group) for group in groups] or [_empty_branch(survey)]
    items = survey.items
    closed = [item for item in items if _is_closed(survey, item)]
    coded = {f"code_{field}": code_sql(keys, f"text_{field}") for field, keys in _coded_fields(survey).items()}
    # The options of a "tick all that apply" were looked up per file: how they are written differs.
    coded |= {
        code_of(item): code_sql(scale_spellings(survey.scale_of(item)), text_of(item))
        for item in closed
        if not is_multiple(survey, item)
    }
    codes = "".join(f", {code} as {column}" for column, code in coded.items())
    routed = [item for item in items if asked_sql(survey, item) is not None]
    kept = ", ".join(f"{_kept_sql(survey, item)} as {_kept(item)}" for item in items)
    aside = marked_sql({i.id: _set_aside_sql(survey, i) for i in routed})
    not_applicable = marked_sql({i.id: f"{_kept(i)} = {_nothing_applies(survey, i)}" for i in closed})
    values = ", ".join(f"{_value_sql(survey, item)} as {name(item.id)}" for item in items)
    answered = " + ".join(f"({_kept(item)} is not null)::integer" for item in items)
    answered_closed = " + ".join(f"({_kept(item)} is not null)::integer" for item in closed) or "0"
    ids = {field: f"key_{field}" if keyed else f"text_{field}" for field in ID_FIELDS}
    if keyed:
        codes += "".join(f", {pseudonym_sql(f'text_{field}')} as key_{field}" for field in ID_FIELDS)
    # The pseudonyms in the hash of the row too: a plain hash would let an id be guessed.
    hashed = ", ".join([*(ids.get(f, f"text_{f}") for f in RESPONSE_FIELDS), *(text_of(item) for item in items)])
    consent = "code_consent" if "code_consent" in coded else "cast(null as varchar)"
    excluded_by = excluded_by_sql(
        response_exclusions(survey), lambda field, values: _has_one_of(survey, field, values), "cast(null as varchar)"
    )
    flags = flags_sql(
        survey, seconds="number_duration_seconds", value=lambda i: f"nullif({_kept(i)}, '{NOT_APPLICABLE}')"
    )
    return f"""
with raw_rows as ({" union all by name ".join(branches)}),
coded_rows as (select *{codes} from raw_rows),
routed_rows as (select *, {kept}, {aside} as set_aside from coded_rows),
counted_rows as (select *, {answered} as answered, {answered_closed} as answered_closed from routed_rows)
select
  delivery_id, row_number, sequence,
  {ids["response_id"]} as response_id, {ids["contact_id"]} as contact_id, date_response_date as response_date,
  number_duration_seconds as duration_seconds, {consent} as consent,
  {values},
  {not_applicable} as not_applicable, set_aside, answered,
  {excluded_by} as excluded_by, {flags} as flags, {text_keys_sql(survey, _kept)} as text_keys, repairs,
  hash({hashed}) as row_hash,
  {faults_sql(response_faults(survey, as_of))} as faults
from counted_rows
"""


def response_faults(survey: Survey, as_of: dt.date) -> list[Fault]:
    """The row rules of a response: its own fields first, then the items in the order of the questionnaire."""
    date, text = "date_response_date", "text_response_date"
    required = [field for field in RESPONSE_FIELDS if field not in OPTIONAL_FIELDS]
    faults = [Fault(f"{field}.required", field, f"text_{field} is null") for field in required]
    faults += [
        Fault("response_date.not_a_date", "response_date", f"{text} is not null and {date} is null", text),
        Fault("response_date.future", "response_date", f"{date} > date '{as_of}'", text),
        Fault(
            "duration_seconds.not_a_number",
            "duration_seconds",
            "text_duration_seconds is not null and number_duration_seconds is null",
            "text_duration_seconds",
        ),
        Fault("honeypot.filled", "honeypot", "nullif(text_honeypot, '') is not null"),
    ]
    for field in _coded_fields(survey):
        unknown = f"text_{field} is not null and code_{field} is null"
        faults.append(Fault(f"{field}.unknown_code", field, unknown, f"text_{field}"))
    for item in survey.items:
        faults += _item_faults(survey, item)
    nothing = " and ".join(f"{text_of(item)} is null" for item in survey.items)
    counted = "answered_closed" if any(_is_closed(survey, item) for item in survey.items) else "answered"
    few = f"{counted} < {survey.response_rules.minimum_answered}"
    faults += [
        Fault("response.empty", "response_id", nothing),
        Fault("response.too_few_answers", "response_id", f"{few} and not ({nothing})"),
    ]
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
        parts.append(f"coalesce({_one_of(survey, gate, code_of(gate), condition.values)}, false)")
        seen.add(gate.id)
        condition = gate.asked_when
    return " and ".join(parts) if parts else None


def text_of(item: Item) -> str:
    """Column with the plain text of an item."""
    return name(f"text_{item.id}")


def code_of(item: Item) -> str:
    """Column with the code of the answer to a closed item."""
    return name(f"code_{item.id}")


def _unknown_of(item: Item) -> str:
    """Column with the first thing in the cell of a "tick all that apply" that is no option."""
    return name(f"unknown_{item.id}")


def _kept(item: Item) -> str:
    return name(f"kept_{item.id}")


def _is_closed(survey: Survey, item: Item) -> bool:
    return survey.scale_of(item).kind != "open"


def _kept_sql(survey: Survey, item: Item) -> str:
    answer = code_of(item) if _is_closed(survey, item) else text_of(item)
    asked = asked_sql(survey, item)
    return answer if asked is None else f"case when {asked} then {answer} end"


def _nothing_applies(survey: Survey, item: Item) -> str:
    """The answer "not applicable" as it stands in the column of codes."""
    return f"['{NOT_APPLICABLE}']" if is_multiple(survey, item) else f"'{NOT_APPLICABLE}'"


def _one_of(survey: Survey, item: Item, answer: str, codes: Sequence[str]) -> str:
    """Whether an answer is, or holds, one of some codes."""
    if is_multiple(survey, item):
        return f"list_has_any({answer}, [{', '.join(literal(code) for code in codes)}])"
    return f"{answer} in {text_list(codes)}"


def _has_one_of(survey: Survey, field: str, codes: Sequence[str]) -> str:
    """The same for a response field or an item, of which an answer that was set aside does not count."""
    item = next((item for item in survey.items if item.id == field), None)
    return (
        f"{name(f'code_{field}')} in {text_list(codes)}" if item is None else _one_of(survey, item, _kept(item), codes)
    )


def _coded_fields(survey: Survey) -> dict[str, dict[str, str]]:
    """Response fields with a code list, and their spellings."""
    return {field: keys for field, keys in field_spellings(survey).items() if field in RESPONSE_FIELDS}


def _set_aside_sql(survey: Survey, item: Item) -> str:
    """Answered without being asked; a questionnaire may well fill in "not applicable" for a skipped question."""
    answered = f"{text_of(item)} is not null and not ({asked_sql(survey, item)})"
    nothing = _nothing_applies(survey, item)
    return f"{answered} and {code_of(item)} <> {nothing}" if _is_closed(survey, item) else answered


def _value_sql(survey: Survey, item: Item) -> str:
    if not _is_closed(survey, item):
        return _kept(item)
    code = f"nullif({_kept(item)}, {_nothing_applies(survey, item)})"
    return f"cast({code} as tinyint)" if survey.scale_of(item).kind in {"ordinal", "mark"} else code


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
        shown = _unknown_of(item) if is_multiple(survey, item) else text
        faults.append(Fault(f"{item.id}.not_an_answer", item.id, unknown, shown))
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
    keys = _coded_fields(survey)
    fields = [f"{text_sql(source, shape, f, keys.get(f))} as text_{f}" for f in RESPONSE_FIELDS]
    items, codes = [], []
    for item in survey.items:
        if is_multiple(survey, item):
            found = ticks(survey, source, shape, item, text_of(item))
            items.append(f"{found.text} as {text_of(item)}")
            codes += [f"{found.code} as {code_of(item)}", f"{found.unknown} as {_unknown_of(item)}"]
        else:
            items.append(f"{_item_text(survey, source, shape, item)} as {text_of(item)}")
    typed = [
        f"{date_sql(source, 'text_response_date', survey.timezone)} as date_response_date",
        f"{seconds_sql(source, 'text_duration_seconds')} as number_duration_seconds",
        *codes,
    ]
    texts = ", ".join([head_sql(group), *fields, *items])
    return f"select *, {', '.join(typed)} from (select {texts} from {files_sql(group)})"


def _item_text(survey: Survey, source: Source, shape: DeliveryShape, item: Item) -> str:
    if not _is_closed(survey, item):
        return text_sql(source, shape, item.id, open_text=True)
    return text_sql(source, shape, item.id, scale_spellings(survey.scale_of(item)))


def _empty_branch(survey: Survey) -> str:
    columns = [f"cast(null as varchar) as text_{f}" for f in RESPONSE_FIELDS]
    for item in survey.items:
        if is_multiple(survey, item):
            columns += empty_ticks(text_of(item), code_of(item), _unknown_of(item))
        else:
            columns.append(f"cast(null as varchar) as {text_of(item)}")
    columns += ["cast(null as date) as date_response_date", "cast(null as integer) as number_duration_seconds"]
    return f"select {empty_head_sql()}, {', '.join(columns)} where false"
