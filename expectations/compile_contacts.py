"""``staging.contact_rows``: every row of the contact register typed, mapped and judged in one pass.

Belongs here: the columns and rules of a contact. Does not belong here: which row of a repeated contact counts
(``sql/staging/contact_versions.sql``), responses (``compile_responses``).
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
    text_sql,
)
from expectations.compile_dates import date_sql
from expectations.compile_exclusions import contact_excluded_by_sql
from expectations.model import CONTACT_FIELDS, UNALLOCATED, Source, Survey
from expectations.pseudonyms import pseudonym_sql
from expectations.shapes import DeliveryShape
from expectations.spelling_sql import bare_area_sql, field_spellings, spelling_key_sql

DATE_FIELDS = ("contact_date", "invitation_date")
ID_FIELDS = ("contact_id", "person_id")
REQUIRED_FIELDS = ("contact_id", "contact_date", "channel", "target_group")
OUTPUT_FIELDS = tuple(f for f in CONTACT_FIELDS if f not in {*DATE_FIELDS, "area"})


def contact_rows_sql(
    survey: Survey,
    shapes: Sequence[DeliveryShape],
    as_of: dt.date,
    *,
    keyed: bool = False,
    archived_through: dt.date | None = None,
) -> str:
    """SELECT that builds ``staging.contact_rows`` from the taken files with contacts.

    Args:
        survey: The contract.
        shapes: The taken files; those without contacts are left aside.
        as_of: The day after which no date can be.
        keyed: Ids are pseudonyms; without it they are as they came, for tests of this SQL.
        archived_through: Last day whose contacts are archived: a row about it would count twice.

    Returns:
        One statement; it reads the raw Parquet files and ``reference.area_lookup``.
    """
    sources = {source.name: source for source in survey.sources}
    groups = grouped_by_shape([s for s in shapes if s.kind in {"contacts", "combined"}])
    branches = [_branch(survey, sources[group[0].source], group) for group in groups] or [_empty_branch()]
    spellings = field_spellings(survey)
    coded = [f for f in CONTACT_FIELDS if f in spellings]
    codes = ", ".join(f"{code_sql(spellings[f], f'text_{f}')} as code_{f}" for f in coded)
    values = {f: f"{'code_' if f in coded else 'text_'}{f}" for f in OUTPUT_FIELDS}
    if keyed:  # in the hash of the row too: a plain hash would let an id be guessed
        values |= {f: f"key_{f}" for f in ID_FIELDS}
        codes += "".join(f", {pseudonym_sql(f'text_{f}')} as key_{f}" for f in ID_FIELDS)
    outputs = ", ".join(f"{value} as {f}" for f, value in values.items())
    texts = ", ".join(values[f] if f in ID_FIELDS else f"text_{f}" for f in CONTACT_FIELDS)
    if survey.leaf.single:  # one area: every contact belongs to it, recorded or not
        area, areas = literal((survey.leaf.area or {}).get("code", UNALLOCATED)), ""
    else:
        area = f"coalesce(area_lookup.area_code, '{UNALLOCATED}')"
        areas = "left join reference.area_lookup on area_lookup.spelling_key = " + bare_area_sql("coded_rows.area_key")
    return f"""
with raw_rows as ({" union all by name ".join(branches)}),
coded_rows as (
  select *, {codes}, {spelling_key_sql("text_area")} as area_key from raw_rows
)
select
  delivery_id, row_number, sequence, {outputs},
  date_contact_date as contact_date, date_invitation_date as invitation_date,
  {area} as area_code, text_area as area_recorded,
  {contact_excluded_by_sql(survey)} as excluded_by, repairs,
  hash({texts}) as row_hash,
  {faults_sql(contact_faults(survey, as_of, archived_through))} as faults
from coded_rows {areas}
"""


def contact_faults(survey: Survey, as_of: dt.date, archived_through: dt.date | None = None) -> list[Fault]:
    """The row rules of a contact, in the order of the columns."""
    personal = {c.name for c in survey.columns.values() if c.personal} | {"contact_id", "person_id"}
    spellings = field_spellings(survey)
    faults: list[Fault] = []
    for field in CONTACT_FIELDS:
        text = f"text_{field}"
        shown = None if field in personal else text
        if field in REQUIRED_FIELDS:
            faults.append(Fault(f"{field}.required", field, f"{text} is null"))
        if field in spellings:
            faults.append(Fault(f"{field}.unknown_code", field, f"{text} is not null and code_{field} is null", shown))
        if field in DATE_FIELDS:
            date = f"date_{field}"
            faults += [
                Fault(f"{field}.not_a_date", field, f"{text} is not null and {date} is null", shown),
                Fault(f"{field}.future", field, f"{date} > date '{as_of}'", shown),
            ]
    first_month = survey.periods.first_month
    faults += [
        Fault(
            "contact_date.before_first_month",
            "contact_date",
            f"date_contact_date < date '{first_month}'",
            "text_contact_date",
        ),
        Fault(
            "invitation_date.before_contact",
            "invitation_date",
            "date_invitation_date < date_contact_date",
            "text_invitation_date",
        ),
    ]
    if archived_through is not None:
        archived = f"date_contact_date <= date '{archived_through}'"
        faults.append(Fault("contact_date.archived", "contact_date", archived, "text_contact_date"))
    return faults


def contact_texts(survey: Survey, source: Source, shape: DeliveryShape, fields: Sequence[str]) -> list[str]:
    """Text columns of contact fields in one shape of file."""
    spellings = field_spellings(survey)
    return [f"{text_sql(source, shape, f, spellings.get(f))} as text_{f}" for f in fields]


def _branch(survey: Survey, source: Source, group: Sequence[DeliveryShape]) -> str:
    texts = ", ".join(contact_texts(survey, source, group[0], tuple(CONTACT_FIELDS)))
    dates = ", ".join(f"{date_sql(source, f'text_{f}', survey.timezone)} as date_{f}" for f in DATE_FIELDS)
    return f"select *, {dates} from (select {head_sql(group)}, {texts} from {files_sql(group)})"


def _empty_branch() -> str:
    texts = ", ".join(f"cast(null as varchar) as text_{f}" for f in CONTACT_FIELDS)
    dates = ", ".join(f"cast(null as date) as date_{f}" for f in DATE_FIELDS)
    return f"select {empty_head_sql()}, {texts}, {dates} where false"
