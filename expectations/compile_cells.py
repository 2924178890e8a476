"""SQL of single values: raw text to plain text and codes; and the list of faults of a row.

Belongs here: fragments that say how one cell is read and how one fault is written down.
Does not belong here: days (``compile_dates``), which cells a table has (``compile_contacts``, ``compile_responses``),
running SQL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.model import CONTACT_FIELDS, REPAIRS, RESPONSE_FIELDS, ROW_AS_ID, FieldMap, Source
from expectations.shapes import DeliveryShape
from expectations.spelling import plain_text, spelling_key
from expectations.spelling_sql import plain_text_sql, spelling_key_sql

_DATES = {field for field, kind in {**CONTACT_FIELDS, **RESPONSE_FIELDS}.items() if kind == "date"}
FAULTS_TYPE = "struct(rule_id varchar, column_name varchar, value varchar)[]"
SHOWN_VALUE_LENGTH = 40
"""A longer value is no code or date but perhaps a sentence about a person: it is not repeated in the quarantine."""
_PERSONAL = "@|([0-9].*){6}|[A-Za-z]\\w*([0-9]\\w*){4}|([0-9]\\w*){4}[A-Za-z]"
"""An address, or more digits than a code has (six, or four in a word): an id or a number of a person, out of place."""
_PERSONAL_DATE = "@|[0-9]{9}|[0-9][A-Za-z]+[0-9]+[A-Za-z]"
"""The same where a date was expected, which has digits and may have the name of a month."""

# A combined row is contact and response at once: what it does not say of the one, it says of the other.
STAND_INS = {
    "response_id": "contact_id",
    "contact_id": "response_id",
    "response_date": "contact_date",
    "contact_date": "response_date",
}


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong with a row.

    Attributes:
        rule_id: ``<field>.<what is wrong>``.
        column_name: Contract field.
        predicate: SQL that is true where the row breaks the rule.
        shown: SQL of the value to repeat to the analyst; None for personal columns and free text.
    """

    rule_id: str
    column_name: str
    predicate: str
    shown: str | None = None


def literal(text: str) -> str:
    """SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """Quoted SQL identifier: raw columns may be called anything."""
    return '"' + identifier.replace('"', '""') + '"'


def text_list(values: Sequence[str]) -> str:
    """SQL list of strings between parentheses."""
    return "(" + ", ".join(literal(v) for v in values) + ")"


def lookup(keys: Mapping[str, str], expression: str) -> str:
    """Code of a key through a constant map.

    DuckDB evaluates this once per distinct value of a dictionary-encoded column, which is why no join is made.
    """
    if not keys:
        return "cast(null as varchar)"
    pairs = ", ".join(f"{literal(k)}: {literal(v)}" for k, v in keys.items())
    return f"map {{{pairs}}}[{expression}]"


def code_sql(keys: Mapping[str, str], plain: str) -> str:
    """Code of a plain text column, NULL where the spelling is unknown.

    A text that is such a code is the answer itself: most files hold codes, and to make a spelling key costs more than
    all the rest.
    """
    looked_up = lookup(keys, f"({spelling_key_sql(plain)})")
    codes = sorted(code for code in set(keys.values()) if keys.get(spelling_key(code)) == code)
    return f"case when {plain} in {text_list(codes)} then {plain} else {looked_up} end" if codes else looked_up


def text_sql(
    source: Source, shape: DeliveryShape, field: str, codes: Mapping[str, str] | None = None, *, open_text: bool = False
) -> str:
    """Plain text of a contract field in one shape of file; NULL where it is missing.

    The order is: a value the contract maps by hand, a value the file labels with a known answer, a missing code, the
    value itself. What the contract says by hand may thus give meaning to an empty cell or to a missing code.

    Args:
        source: The source of the file.
        shape: Columns, missing codes and labels of the file.
        field: Contract field.
        codes: Spelling keys of a coded field: labels of the file count when they are among them.
        open_text: Keep the text as it is, only trimmed.
    """
    mapped = source.fields.get(delivered_field(source, shape, field), FieldMap())
    if mapped.constant is not None:
        return literal(mapped.constant) if mapped.constant else "cast(null as varchar)"
    column = mapped.column or delivered_field(source, shape, field)
    if column == ROW_AS_ID:
        return "_delivery_id || '-' || _row"
    if column not in shape.columns:
        return "cast(null as varchar)"
    cell = f"trim({name(column)})" if open_text else plain_text_sql(name(column), source.decimal)
    values = {plain_text(raw): value for raw, value in mapped.values.items()}
    for raw, label in shape.labels.get(column, {}).items():
        known = (codes or {}).get(spelling_key(label))
        if known is not None:
            values.setdefault(plain_text(raw), known)
    missing = [plain_text(m) for m in (*source.missing, *shape.missing_codes.get(column, ()))]
    # A missing code that a hand-made mapping names is no longer missing; a label never revives one.
    by_hand = {plain_text(raw) for raw in mapped.values}
    values = {raw: value for raw, value in values.items() if raw in by_hand or raw not in missing}
    branches = []
    if values:
        # coalesce: a real null and an empty cell are the same nothing, and a mapping may name it.
        filled = f"coalesce({cell}, '')"
        branches.append(f"when {filled} in {text_list(list(values))} then {lookup(values, filled)}")
    branches.append(f"when {cell} in {text_list(sorted({'', *missing}))} then null")
    return f"case {' '.join(branches)} else {cell} end"


def seconds_sql(source: Source, text: str) -> str:
    """Whole seconds of a text; NULL where it is no number from 0 on."""
    digits = f"replace({text}, '.', '')" if source.decimal == "," else text
    number = f"try_cast(replace({digits}, ',', '.') as double)"
    return f"case when regexp_full_match({text}, '[0-9]+([.,][0-9]+)*') then try_cast(floor({number}) as integer) end"


def delivered_field(source: Source, shape: DeliveryShape, field: str) -> str:
    """The field itself, or the one that stands in for it in a combined file that lacks it."""
    other = STAND_INS.get(field)
    if shape.kind != "combined" or other is None or _is_delivered(source, shape, field):
        return field
    return other if _is_delivered(source, shape, other) else field


def _is_delivered(source: Source, shape: DeliveryShape, field: str) -> bool:
    mapped = source.fields.get(field, FieldMap())
    return mapped.constant is not None or (mapped.column or field) in (*shape.columns, ROW_AS_ID)


def faults_sql(faults: Sequence[Fault]) -> str:
    """List of the faults of a row; the structs are only made for rows that have one."""
    if not faults:
        return f"cast([] as {FAULTS_TYPE})"
    any_fault = " or ".join(f"coalesce({f.predicate}, false)" for f in faults)
    structs = []
    for fault in faults:
        shown = "cast(null as varchar)"
        if fault.shown is not None:
            shown = _shown_sql(fault.shown, _PERSONAL_DATE if fault.column_name in _DATES else _PERSONAL)
        structs.append(
            f"case when {fault.predicate} then {{'rule_id': {literal(fault.rule_id)}, "
            f"'column_name': {literal(fault.column_name)}, 'value': {shown}}} end"
        )
    listed = f"list_filter([{', '.join(structs)}], lambda fault: fault is not null)"
    return f"case when {any_fault} then {listed} else cast([] as {FAULTS_TYPE}) end"


def _shown_sql(text: str, personal: str) -> str:
    """A value that an analyst may see; NULL where it may say who someone is."""
    hidden = f"length({text}) > {SHOWN_VALUE_LENGTH} or regexp_matches({text}, {literal(personal)}, 's')"
    return f"case when {hidden} then null else {text} end"


def marked_sql(marks: Mapping[str, str]) -> str:
    """List of the names whose predicate holds."""
    if not marks:
        return "cast([] as varchar[])"
    any_mark = " or ".join(f"coalesce({predicate}, false)" for predicate in marks.values())
    listed = ", ".join(f"case when {predicate} then {literal(mark)} end" for mark, predicate in marks.items())
    return (
        f"case when {any_mark} then list_filter([{listed}], lambda mark: mark is not null) "
        "else cast([] as varchar[]) end"
    )


def files_sql(shapes: Sequence[DeliveryShape]) -> str:
    """The raw rows of files of one shape."""
    paths = ", ".join(literal(shape.path) for shape in shapes)
    return f"read_parquet([{paths}], union_by_name = false)"


def head_sql(shapes: Sequence[DeliveryShape]) -> str:
    """Columns every raw row starts with: delivery, row, order of the delivery, and the row that this one repairs."""
    sequences = ", ".join(f"{literal(s.delivery_id)}: {s.sequence}" for s in shapes)
    repairs = f"nullif(trim({name(REPAIRS)}), '')" if REPAIRS in shapes[0].columns else "cast(null as varchar)"
    return (
        "_delivery_id as delivery_id, cast(_row as bigint) as row_number, "
        f"cast(map {{{sequences}}}[_delivery_id] as integer) as sequence, {repairs} as repairs"
    )


def empty_head_sql() -> str:
    """The same columns where there is no file."""
    types = {"delivery_id": "varchar", "row_number": "bigint", "sequence": "integer", "repairs": "varchar"}
    return ", ".join(f"cast(null as {kind}) as {column}" for column, kind in types.items())


def grouped_by_shape(shapes: Sequence[DeliveryShape]) -> list[list[DeliveryShape]]:
    """Files that one SELECT can read: same source, columns, missing codes and labels."""
    groups: dict[str, list[DeliveryShape]] = {}
    for shape in sorted(shapes, key=lambda s: (s.sequence, s.delivery_id)):
        key = json.dumps([shape.source, shape.columns, shape.missing_codes, shape.labels], sort_keys=True)
        groups.setdefault(key, []).append(shape)
    return list(groups.values())
