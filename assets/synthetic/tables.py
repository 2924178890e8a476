"""From positions to the text of a delivery: columns, codes, names and dates as the contract says they may be written.

Belongs here: the table of one delivery as text, before faults and before a file format.
Does not belong here: drawing (``contacts``, ``answers``, ``comments``), faults (``faults``), bytes (``files``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from assets.synthetic.answers import NOT_APPLICABLE, Answers
from assets.synthetic.conduct import Conduct, refusals
from assets.synthetic.contacts import CONTACT_ID, PERSON_ID, RESPONSE_ID, Contacts
from assets.synthetic.faults import FAULT
from assets.synthetic.hashing import identifiers
from assets.synthetic.parameters import Bools, Dates, Floats, Ints
from assets.synthetic.world import World
from expectations.compile_multiple import separator_of
from expectations.model import CONTACT_FIELDS, RESPONSE_FIELDS, UNALLOCATED, FieldMap, Item, Source, Survey
from expectations.spelling import area_spelling_key


def source_of(survey: Survey, kind: str) -> Source:
    """The one source of a kind; a clear error where the contract has none."""
    for source in survey.sources:
        if source.kind == kind:
            if (source.header_rows or 1) != 1:
                raise ValueError(f"source {source.name!r}: synthetic deliveries have one header row")
            return source
    needs = "synthetic data need contacts and responses"
    raise ValueError(f"survey {survey.code!r} has no source of kind {kind!r}: {needs}")


def column_of(source: Source, field: str) -> str:
    """The raw column name of a field."""
    return source.fields.get(field, FieldMap()).column or field


class AreaResolver:
    """What a reader of the contract makes of a recorded area: the current code, or nothing."""

    def __init__(self, world: World) -> None:
        areas = zip(world.leaf.codes, world.leaf.candidates, strict=True)
        owner = {row: code for code, rows in areas for row, _ in rows}
        found: dict[str, set[str]] = {}
        for at, row in enumerate(world.leaf.rows):
            for text in (row.code, row.name, *row.spellings):
                found.setdefault(area_spelling_key(text), set()).add(owner.get(at, UNALLOCATED))
        self._code_of = {key: next(iter(codes)) for key, codes in found.items() if len(codes) == 1}
        self._owner = owner

    def __call__(self, text: str) -> str | None:
        """Current code of a recorded name or code, None if there is none or more than one."""
        return self._code_of.get(area_spelling_key(text))

    def texts(self, world: World) -> list[str]:
        """The name to write per validity row: its code where the name would not lead to it."""
        rows = enumerate(world.leaf.rows)
        return [row.name if self(row.name) == self._owner.get(at) else row.code for at, row in rows]


def contacts_table(
    world: World, source: Source, contacts: Contacts, date_format: str, rng: np.random.Generator
) -> pa.Table:
    """One month of the contact register as text, with an empty ``FAULT`` column."""
    survey, count = world.survey, len(contacts)
    spelt = world.parameters.deliveries.declared_spelling
    draw = rng.random((3, count))
    day = np.where(contacts.invitation >= 0, contacts.invitation, 0).astype("timedelta64[D]")
    names = AreaResolver(world).texts(world)
    as_code = draw[0] < world.parameters.deliveries.area_as_code
    columns: dict[str, pa.Array] = {
        "contact_id": identifiers(contacts.contact, CONTACT_ID),
        "person_id": identifiers(contacts.person, PERSON_ID),
        "contact_date": dates(contacts.date, date_format),
        "channel": coded(source, "channel", survey.channels, contacts.channel, np.where(draw[1] < spelt, draw[2], -1)),
        "target_group": coded(
            source, "target_group", survey.target_groups, contacts.group, np.where(draw[2] < spelt, draw[1], -1)
        ),
        "area": take([*names, *(row.code for row in world.leaf.rows)], contacts.area_row + as_code * len(names)),
        "invitation_date": dates(contacts.date + day, date_format, contacts.invitation >= 0),
    }
    positions = {**contacts.lists, "age_band": contacts.age}
    for field, where in positions.items():
        entries = world.code_lists[field].codes if field in world.code_lists else ()
        columns[field] = coded(source, field, entries, where if entries else np.full(count, -1), np.full(count, -1.0))
    kept = [f for f in CONTACT_FIELDS if source.fields.get(f, FieldMap()).constant is None]
    table = {column_of(source, field): columns[field] for field in kept}
    return pa.table({**table, FAULT: pa.nulls(count, pa.string())})


def answers_table(
    world: World, contacts: Contacts, answers: Answers, conduct: Conduct, comments: Mapping[str, pa.Array]
) -> pa.Table:
    """The answers of one month, not yet as text: positions for closed items, text for open ones."""
    number = contacts.contact[answers.contact]
    date = contacts.date[answers.contact] + answers.delay.astype("timedelta64[D]")
    columns: dict[str, Any] = {
        "response_id": identifiers(number, RESPONSE_ID),
        "contact_id": identifiers(number, CONTACT_ID),
        "response_date": pa.array(date),
        "duration_seconds": pa.array(conduct.seconds).cast(pa.string()),
        "honeypot": pa.array([""] * len(answers), pa.string()),
    }
    if "consent" in world.code_lists:
        codes = [entry.code for entry in world.code_lists["consent"].codes]
        refused = next((code for code in codes if code in refusals(world)), codes[-1])
        agreed = next((code for code in codes if code not in refusals(world)), codes[0])
        columns["consent"] = take([refused, agreed], conduct.agrees.astype(np.int64))
    for item in world.survey.items:
        closed = item.id not in comments
        columns[item.id] = pa.array(answers.items[item.id].astype(np.int32)) if closed else comments[item.id]
    return pa.table(columns)


def responses_text(survey: Survey, source: Source, answers: pa.Table, date_format: str, *, labels: bool) -> pa.Table:
    """Answers as text, with an empty ``FAULT`` column.

    Args:
        survey: The contract.
        source: The source of the responses.
        answers: Tables made by ``answers_table``, one after the other.
        date_format: How dates are written.
        labels: Write the words of an ordinal answer instead of its value, as some survey tools do.
    """
    columns: dict[str, pa.Array] = {}
    for field in [f for f in response_fields(survey, source) if f in answers.column_names]:
        values = answers.column(field).combine_chunks()
        text = dates(values.to_numpy(zero_copy_only=False), date_format) if field == "response_date" else values
        columns[column_of(source, field)] = text
    for item in survey.items:
        values = answers.column(item.id).combine_chunks()
        kind = survey.scale_of(item).kind
        if kind == "multiple":
            columns |= ticked_columns(survey, source, item, values.to_numpy(zero_copy_only=False).astype(np.int64))
            continue
        if kind == "open":
            text = values.fill_null("")
        else:
            pool = answer_texts(survey, source, item, labels=labels)
            at = values.to_numpy(zero_copy_only=False).astype(np.int64)
            text = take(pool, np.where(at >= 0, at, np.where(at == NOT_APPLICABLE, len(pool) - 2, len(pool) - 1)))
        columns[column_of(source, item.id)] = text
    return pa.table({**columns, FAULT: pa.nulls(len(answers), pa.string())})


def response_fields(survey: Survey, source: Source) -> list[str]:
    """The fields of every response that a delivery of this source has; consent only where the contract has a list."""
    fields = [f for f in RESPONSE_FIELDS if f != "consent" or "consent" in survey.code_lists]
    return [f for f in fields if source.fields.get(f, FieldMap()).constant is None]


def ticked_columns(survey: Survey, source: Source, item: Item, bits: Ints) -> dict[str, pa.Array]:
    """How "tick all that apply" is written: a column per option, or all ticked options in one."""
    scale, mapped = survey.scale_of(item), source.fields.get(item.id, FieldMap())
    nothing = bits == NOT_APPLICABLE
    if mapped.columns:
        places = {point.code: at for at, point in enumerate(scale.points)}
        marks = {
            option: nothing if option not in places else (bits > 0) & (bits >> places[option] & 1 == 1)
            for option in mapped.columns
        }
        return {column: take(["", "1"], marks[option].astype(np.int64)) for option, column in mapped.columns.items()}
    between = separator_of(source, item) + " "
    usable = [text for text in scale.not_applicable if text not in source.missing]
    known, at = np.unique(np.where(bits > 0, bits, np.where(nothing, NOT_APPLICABLE, 0)), return_inverse=True)
    pool = [
        between.join(p.label for place, p in enumerate(scale.points) if code >> place & 1)
        if code > 0
        else (usable[0] if usable and code == NOT_APPLICABLE else "")
        for code in known.tolist()
    ]
    return {column_of(source, item.id): take(pool, at.astype(np.int64))}


def answer_texts(survey: Survey, source: Source, item: Item, *, labels: bool = False) -> list[str]:
    """What is written for every position of an answer, then for n.v.t., then for nothing."""
    scale = survey.scale_of(item)
    raw_of = {value: raw for raw, value in source.fields.get(item.id, FieldMap()).values.items()}
    if scale.kind == "mark":
        plain = [str(value) for value in range(scale.minimum or 1, (scale.maximum or 10) + 1)]
    else:
        plain = [p.label if labels and p.code is None else p.code or str(p.value) for p in scale.points]
    usable = [text for text in scale.not_applicable if text not in source.missing]
    return [*(raw_of.get(text, text) for text in plain), usable[0] if usable else "", ""]


def coded(source: Source, field: str, entries: Sequence[Any], where: Ints, spelling: Floats) -> pa.Array:
    """The code of every row, or one of its declared spellings.

    Args:
        source: The source of the file.
        field: Contract field.
        entries: Entries with ``code``, ``label`` and ``spellings``.
        where: Position of the entry per row; -1 = empty.
        spelling: From 0 to 1: which spelling; negative: the code.
    """
    raw_of = {value: raw for raw, value in source.fields.get(field, FieldMap()).values.items()}
    pool: list[str] = []
    begin: list[int] = []
    size: list[int] = []
    for entry in entries:
        other = [text for text in (entry.label, *entry.spellings) if text not in source.missing]
        begin.append(len(pool))
        size.append(len(other))
        pool += [raw_of.get(entry.code, entry.code), *other]
    if not pool:
        return take([""], np.zeros(len(where), dtype=np.int64))
    code = np.array(begin)[where]
    shift = 1 + np.floor(np.clip(spelling, 0, 0.999999) * np.array(size)[where]).astype(np.int64)
    at = np.where((spelling >= 0) & (np.array(size)[where] > 0), code + shift, code)
    return take([*pool, ""], np.where(where >= 0, at, len(pool)))


def dates(date: Dates, form: str, where: Bools | None = None) -> pa.Array:
    """Dates as text; empty where there is none."""
    if not len(date):
        return pa.array([], pa.string())
    day = date.astype("datetime64[D]").astype(np.int64)
    first, last = int(day.min()), int(day.max())
    pool = [(dt.date(1970, 1, 1) + dt.timedelta(days=at)).strftime(form) for at in range(first, last + 1)]
    at = day - first
    return take([*pool, ""], at if where is None else np.where(where, at, len(pool)))


def take(pool: Sequence[str], where: Ints) -> pa.Array:
    """The text at each position."""
    return pa.array(pool, pa.string()).take(pa.array(where))
