"""Deliveries of any size for the bench: one SELECT per file, straight from DuckDB to csv.

Belongs here: how many rows, in how many months, with which values and faults. Does not belong here: measuring.

The synthetic police of the demo has known truth and takes its time; here only size and shape matter. Values follow
from the survey contract and from a hash of the row number, so the same seed writes the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assets.progress import announce
from pipelines.console import WrongUseError

if TYPE_CHECKING:
    from expectations.model import FieldMap, Item, Source, Survey

COMMENTS = (
    "De agent nam de tijd en legde goed uit wat er ging gebeuren.",
    "Ik moest lang wachten; daarna ging het snel.",
    'Er werd gezegd: "wij bellen u terug". Dat is niet gebeurd.',
    "Prima!",
    "Eerste regel van een verhaal,\nen de tweede regel ervan.",
    "Één ding: de telefonist was vriendelijk, geduldig en duidelijk. Dat maakte voor ons het verschil die avond.",
)


@dataclass(frozen=True)
class BenchSize:
    """How much: rows in all, spread evenly over months."""

    contacts: int = 10_000_000
    responses: int = 1_000_000
    months: int = 12
    seed: int = 1


def month_names(survey: Survey, months: int) -> list[str]:
    """The first months of the survey, as they stand in file names."""
    first = survey.periods.first_month
    numbers = [first.year * 12 + first.month - 1 + i for i in range(months)]
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in numbers]


@dataclass(frozen=True)
class _Month:
    """One month of the files: which rows it has, by number."""

    name: str
    start: int
    contacts: int
    responses: int
    seed: int


def write_deliveries(survey: Survey, inbox: Path, size: BenchSize) -> None:
    """Write a contact register and the answers to it for every month.

    Raises:
        WrongUseError: The survey has no contact register of its own.
    """
    from assets.warehouse import Warehouse  # noqa: PLC0415

    per_month = size.contacts // size.months
    scratch = inbox.parent / "bench.scratch"
    try:
        with Warehouse(scratch).connect() as connection:
            for number, name in enumerate(month_names(survey, size.months)):
                announce(f"bench: files of {name}", number, size.months)
                month = _Month(name, number * per_month, per_month, size.responses // size.months, size.seed)
                for kind, select in (("contacts", _contacts), ("responses", _responses)):
                    source = _source(survey, kind)
                    path = inbox / f"{source.files.replace('*', name)}.csv"
                    rows = select(survey, source, month)
                    connection.execute(f"copy ({rows}) to '{path}' (format csv, delimiter ';', header)")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _source(survey: Survey, kind: str) -> Source:
    found = next((s for s in survey.sources if s.kind == kind), None)
    if found is None:
        raise WrongUseError(f"This survey has no source of kind '{kind}': the bench needs contacts and responses.")
    return found


def _contacts(survey: Survey, source: Source, month: _Month) -> str:
    """One month of the contact register.

    One row in 2000 has a channel nobody knows, one an impossible day, and one in 5000 the id of its neighbour.
    """
    seed = month.seed
    lists = {field: [c.code for c in listed.codes] for field, listed in survey.code_lists.items()}
    areas = [a.code for a in survey.areas if a.level == survey.leaf.code and a.valid_to is None]
    day = f"date '{month.name}-01' + cast({_number('day', 28, seed)} as integer)"
    channel = _picked("channel", [c.code for c in survey.channels], seed)
    person = _number("person", max(month.contacts, 1) * 8, seed)
    excluded = _picked("exclusion_reason", lists.get("exclusion_reason", []), seed)
    values = {
        "contact_id": "'c' || lpad(cast(case when i % 5000 = 17 then i - 1 else i end as varchar), 9, '0')",
        "person_id": f"'p' || lpad(cast({person} as varchar), 10, '0')",
        "contact_date": f"case when i % 2000 = 7 then '{month.name}-32' else cast({day} as varchar) end",
        "channel": f"case when i % 2000 = 3 then 'postduif' else {channel} end",
        "target_group": _picked("target_group", [g.code for g in survey.target_groups], seed),
        "area": _picked("area", areas, seed),
        "exclusion_reason": f"case when {_number('excluded', 100, seed)} < 8 then {excluded} else '' end",
        "invitation_date": f"cast({day} + 5 as varchar)",
    }
    for field in ("incident_class", "answering_organisation", "age_band", "invitation_mode"):
        values[field] = _picked(field, lists.get(field, []), seed)
    return f"select {_listed(source, values)} from range({month.start}, {month.start + month.contacts}) as numbers(i)"


def _responses(survey: Survey, source: Source, month: _Month) -> str:
    """Answers to every so many contacts: one row in 2000 with a mark off the scale, one about an unknown contact."""
    step = max(month.contacts // max(month.responses, 1), 1)
    day = f"date '{month.name}-06' + cast({_number('answer', 40, month.seed)} as integer)"
    values = {
        "response_id": "'r' || lpad(cast(i as varchar), 9, '0')",
        "contact_id": "case when i % 2000 = 11 then 'x' else 'c' end || lpad(cast(i as varchar), 9, '0')",
        "response_date": f"cast({day} + 28 as varchar)",
    }
    first_day = f"{month.name}-01"
    for item in survey.items:
        if item.first_wave.isoformat() > first_day or (item.last_wave and item.last_wave.isoformat() < first_day):
            continue
        gate, answer = item.asked_when, f'"{item.id}"'
        values[item.id] = (
            answer if gate is None else f'case when "{gate.item}" in ({_list(gate.values)}) then {answer} end'
        )
    answers = ", ".join(f'{_answer(survey, item, month.seed)} as "{item.id}"' for item in survey.items)
    stop = month.start + month.responses * step
    rows = f"select i, {answers} from range({month.start}, {stop}, {step}) as numbers(i)"
    return f"select {_listed(source, values)} from ({rows})"


def _answer(survey: Survey, item: Item, seed: int) -> str:
    scale = survey.scale_of(item)
    if scale.kind == "open":
        filled = _picked(item.id, COMMENTS, seed)
        return f"case when {_number(f'{item.id} filled', 100, seed)} < 30 then {filled} else '' end"
    if scale.kind == "mark":
        low, high = scale.minimum or 1, scale.maximum or 10
        mark = f"cast({low} + {_number(item.id, high - low + 1, seed)} as varchar)"
        return f"case when i % 2000 = 5 then '{high + 1}' else {mark} end"
    codes = [str(p.value) if p.code is None else p.code for p in scale.points]
    return f"case when {_number(f'{item.id} blank', 100, seed)} < 4 then '' else {_picked(item.id, codes, seed)} end"


def _listed(source: Source, values: dict[str, str]) -> str:
    """The columns of a file under their names in a delivery; what the contract gives a constant has none."""
    columns = []
    for field, sql in values.items():
        mapped: FieldMap | None = source.fields.get(field)
        if mapped is None or mapped.constant is None:
            columns.append(f'{sql} as "{(mapped.column if mapped else None) or field}"')
    return ", ".join(columns)


def _number(salt: str, below: int, seed: int) -> str:
    """A number from 0 that follows from the row, the salt and the seed."""
    return f"(hash(i, {_quoted(salt)}, {seed}) % {below})"


def _picked(salt: str, choices: Sequence[str], seed: int) -> str:
    if not choices:
        return "''"
    return f"[{_list(choices)}][1 + cast({_number(salt, len(choices), seed)} as integer)]"


def _list(texts: Sequence[str]) -> str:
    return ", ".join(map(_quoted, texts))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
