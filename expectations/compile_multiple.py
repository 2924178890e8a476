"""SQL of "tick all that apply": one column per option, or all ticked options joined in one column.

Belongs here: which options a respondent ticked, as a list of codes, and what in the cells is no option.
Does not belong here: routing and rules (``compile_responses``), measures (``compile_respondents``).

An item counts as answered when at least one option is ticked: tools write the same for "none of these" and for a
question that was skipped. A survey that wants to know offers "none of these" as an option of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.compile_cells import code_sql, literal, lookup, text_list, text_sql
from expectations.model import NOT_APPLICABLE, FieldMap, Item, Scale, Source, Survey
from expectations.shapes import DeliveryShape
from expectations.spelling import plain_text, spelling_key
from expectations.spelling_sql import plain_text_sql, scale_spellings, spelling_key_sql

TICKED = ("y", "yes", "ja", "j", "1", "x", "true", "waar", "checked", "selected", "aangevinkt", "genoemd", "gekozen")
NOT_TICKED = ("n", "no", "nee", "0", "false", "onwaar", "unchecked", "not selected", "niet aangevinkt", "niet genoemd",
              "niet gekozen", "not quoted", "-")  # fmt: skip
SEPARATORS: Mapping[str | None, str] = {"google_forms": ",", "microsoft_forms": ";"}
USUAL_SEPARATOR = ";"
"""Between ticked options where neither the source nor the tool that wrote the file says otherwise."""
# Around every part of a cell while options are looked for: characters that no cell can hold after cleaning.
_BEGIN, _END = "\u0001", "\u0002"
_UNKNOWN = "\u0003"


@dataclass(frozen=True)
class Ticks:
    """The raw side of one item: SQL over the columns of a file, and SQL over ``text`` once that has a name.

    Attributes:
        text: What the cells say; NULL where nothing is ticked.
        code: List of the ticked codes, sorted; NULL where nothing is ticked or something is no option.
        unknown: The first thing that is no option.
    """

    text: str
    code: str
    unknown: str


def separator_of(source: Source, item: Item) -> str:
    """What stands between ticked options in one column, without the blanks around it."""
    declared = source.fields.get(item.id, FieldMap()).separator
    separator = declared or SEPARATORS.get(source.profile, USUAL_SEPARATOR)
    return separator.strip() or separator


def ticks(survey: Survey, source: Source, shape: DeliveryShape, item: Item, text_column: str) -> Ticks:
    """How the answers to one item are read from files of one shape."""
    scale = survey.scale_of(item)
    mapped = source.fields.get(item.id, FieldMap())
    if mapped.columns:
        text = _columns_text(source, shape, scale, mapped)
        parts = _split(text_column, _END)
        known = {point.code: point.code for point in scale.points if point.code} | {NOT_APPLICABLE: NOT_APPLICABLE}
        codes = f"list_transform({parts}, lambda part: {lookup(known, 'part')})"
        unknown = f"substr(list_filter({parts}, lambda part: starts_with(part, {literal(_UNKNOWN)}))[1], 2)"
        return Ticks(text, _sorted(codes), unknown)
    text = text_sql(source, shape, item.id)
    separator = separator_of(source, item)
    spellings = scale_spellings(scale)
    sequences = _sequences(scale, separator, spellings)
    parts = f"list_transform({_split(text_column, separator)}, lambda part: {plain_text_sql('part', source.decimal)})"
    keys = f"list_transform({parts}, lambda part: {spelling_key_sql('part')})"
    unknown = f"list_filter({parts}, lambda part: ({spelling_key_sql('part')}) not in {text_list(_keys(sequences))})[1]"
    return Ticks(text, _sorted(_joined_codes(keys, sequences)), unknown)


def is_multiple(survey: Survey, item: Item) -> bool:
    """Whether respondents may tick more than one answer."""
    return survey.scale_of(item).kind == "multiple"


def _columns_text(source: Source, shape: DeliveryShape, scale: Scale, mapped: FieldMap) -> str:
    """Ticked options behind each other; what is neither a tick nor the lack of one is marked."""
    labels = {point.code: (point.code, point.label, *point.spellings) for point in scale.points if point.code}
    labels[NOT_APPLICABLE] = (NOT_APPLICABLE, *scale.not_applicable)
    parts = []
    for option, column in mapped.columns.items():
        if column not in shape.columns:
            continue
        marks = {spelling_key(mark): "1" for mark in (*labels.get(option, ()), *TICKED)}
        marks |= {spelling_key(mark): "0" for mark in NOT_TICKED if spelling_key(mark) not in marks}
        marks.pop("", None)
        # The column of one option is read like a field of its own, with the hand-made values of the item.
        alone = source.model_copy(update={"fields": {option: FieldMap(column=column, values=mapped.values)}})
        cell = text_sql(alone, shape, option, marks)
        mark = code_sql(marks, "cell")
        said = (
            f"case when cell is null then null when {mark} = '1' then {literal(option)} "
            f"when {mark} = '0' or cell = '-' then null else {literal(_UNKNOWN)} || cell end"
        )
        parts.append(f"list_transform([{cell}], lambda cell: {said})[1]")
    if not parts:
        return "cast(null as varchar)"
    return f"nullif(concat_ws({literal(_END)}, {', '.join(parts)}), '')"


def _split(text: str, separator: str) -> str:
    """The parts of a cell, without blanks around them and without empty ones."""
    return f"list_filter(str_split({text}, {literal(separator)}), lambda part: trim(part) <> '')"


def _sequences(scale: Scale, separator: str, spellings: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """The keys that stand behind each other in a cell when an option is ticked; the longest first.

    An option may hold the separator itself: "Ja, binnen 14 dagen" in a file that joins with commas is two parts.
    """
    listed = [(text, spellings[spelling_key(text)]) for text in _spelled(scale) if spelling_key(text) in spellings]
    found: dict[tuple[str, ...], str] = {}
    for text, code in listed:
        keys = tuple(spelling_key(plain_text(part)) for part in text.split(separator) if part.strip())
        if keys and all(keys):
            found.setdefault(keys, code)
    return dict(sorted(found.items(), key=lambda entry: (-len(entry[0]), entry[0])))


def _spelled(scale: Scale) -> list[str]:
    points = [text for point in scale.points for text in (*point.spellings, point.label, point.code or "")]
    return [*points, *scale.not_applicable, NOT_APPLICABLE]


def _keys(sequences: Mapping[tuple[str, ...], str]) -> list[str]:
    return sorted({key for sequence in sequences for key in sequence})


def _joined_codes(keys: str, sequences: Mapping[tuple[str, ...], str]) -> str:
    """Codes of the parts: options of several parts are put together first, the longest before the shorter ones."""
    long = {sequence: code for sequence, code in sequences.items() if len(sequence) > 1}
    short = {sequence[0]: code for sequence, code in sequences.items() if len(sequence) == 1}
    if not long:
        return f"list_transform({keys}, lambda part: {lookup(short, 'part')})"
    marked = f"list_transform({keys}, lambda part: {literal(_BEGIN)} || part || {literal(_END)})"
    text = f"array_to_string({marked}, '')"
    for sequence, code in long.items():
        together = "".join(f"{_BEGIN}{key}{_END}" for key in sequence)
        text = f"replace({text}, {literal(together)}, {literal(f'{_BEGIN}{_UNKNOWN}{code}{_END}')})"
    pieces = f"str_split(replace({text}, {literal(_BEGIN)}, ''), {literal(_END)})[1:-2]"  # nothing follows the last end
    known = short | {f"{_UNKNOWN}{code}": code for code in long.values()}
    return f"list_transform({pieces}, lambda part: {lookup(known, 'part')})"


def _sorted(codes: str) -> str:
    """Sorted, distinct codes; NULL if one is not known. Beside an option, "not applicable" says nothing."""
    applicable = f"list_filter(codes, lambda code: code <> {literal(NOT_APPLICABLE)})"
    read = (
        "case when codes is null or len(codes) = 0 or len(list_filter(codes, lambda code: code is null)) > 0 then null "
        f"when len({applicable}) > 0 then list_sort(list_distinct({applicable})) else [{literal(NOT_APPLICABLE)}] end"
    )
    return f"list_transform([{codes}], lambda codes: {read})[1]"


def empty_ticks(text: str, code: str, unknown: str) -> Sequence[str]:
    """The columns of an item where there is no file."""
    return [
        f"cast(null as varchar) as {text}",
        f"cast(null as varchar[]) as {code}",
        f"cast(null as varchar) as {unknown}",
    ]
