"""What a file itself declares about its codes, as text that says the same without that file.

Belongs here: missing codes and value labels (SPSS, Stata) of a delivery, written out for rows that leave it: repaired
rows come back in a file that can declare nothing.
Does not belong here: SQL (``compile_cells``, whose order of meanings this follows), reading labels from a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import chain

from expectations.compile_multiple import NOT_TICKED, TICKED
from expectations.model import CONTACT_FIELDS, RESPONSE_FIELDS, FieldMap, Source, Survey
from expectations.shapes import DeliveryShape
from expectations.spelling import plain_text, spelling_key
from expectations.spelling_sql import field_spellings, scale_spellings


def declared_meanings(survey: Survey, source: Source, shape: DeliveryShape) -> dict[str, dict[str, str]]:
    """Column -> plain text of a cell -> what to write instead, where a cell means something by declaration only.

    Args:
        survey: The contract.
        source: The source of the delivery.
        shape: The delivery, with its missing codes and labels.
    """
    written: dict[str, dict[str, str]] = {}
    for column, mapped, known in _columns(survey, source):
        by_hand = {plain_text(raw) for raw in mapped.values}
        missing = {plain_text(code) for code in shape.missing_codes.get(column, ())}
        nothing = {plain_text(text) for text in source.missing} | {""}
        instead = written.setdefault(column, {})
        for raw, label in shape.labels.get(column, {}).items():
            text = plain_text(label)
            # A label that the contract maps by hand, or takes for nothing, would not mean its answer any more.
            if spelling_key(label) in known and text not in by_hand and text not in nothing:
                instead[plain_text(raw)] = label
        instead |= dict.fromkeys(missing, "")
        for raw in by_hand:
            instead.pop(raw, None)
    return {column: instead for column, instead in written.items() if instead}


def _columns(survey: Survey, source: Source) -> Iterator[tuple[str, FieldMap, Set[str]]]:
    """Columns that the contract reads, how, and the keys of the spellings it knows there."""
    fields = field_spellings(survey)
    for name in chain(CONTACT_FIELDS, RESPONSE_FIELDS):
        mapped = source.fields.get(name, FieldMap())
        yield mapped.column or name, mapped, fields.get(name, {}).keys()
    for item in survey.items:
        mapped, scale = source.fields.get(item.id, FieldMap()), survey.scale_of(item)
        for option, column in mapped.columns.items():
            texts = chain.from_iterable((p.label, *p.spellings) for p in scale.points if p.code == option)
            yield column, mapped, {spelling_key(text) for text in chain(texts, [option], TICKED, NOT_TICKED)}
        if not mapped.columns:
            yield mapped.column or item.id, mapped, scale_spellings(scale).keys()
