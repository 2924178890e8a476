"""Spellings in SQL, and the lookups from spelling keys to codes that the row rules use.

Belongs here: the SQL twin of ``spelling``, and which spelling of channels, groups, lists and scales means which code.
Does not belong here: typing and faults (``compile_cells``), areas (they are a table: ``reference.area_lookup``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from expectations.model import NOT_APPLICABLE, Channel, CodeEntry, Scale, Survey, TargetGroup
from expectations.spelling import spelling_key


def plain_text_sql(expression: str, decimal: str | None = None) -> str:
    """SQL of :func:`expectations.spelling.plain_text`.

    Args:
        expression: Text as it was delivered.
        decimal: The decimal mark of the source; None where it is silent: a point and a comma both count.
    """
    marks = f"[{decimal or '.,'}]"
    return f"regexp_replace(trim({expression}, e' \\t\\r\\n\u00a0'), '^(-?[0-9]+){marks}0+$', '\\1')"


def spelling_key_sql(plain: str) -> str:
    """SQL of :func:`expectations.spelling.spelling_key` for an expression that already is plain text."""
    stripped = f"regexp_replace(lower(strip_accents({plain})), '[^a-z0-9]+', '', 'g')"
    # Whole numbers as they are; and letters and digits only, from which nothing has to be stripped at great cost.
    return f"case when regexp_full_match({plain}, '-?[0-9]+|[A-Za-z0-9]+') then lower({plain}) else {stripped} end"


def area_spelling_key_sql(plain: str) -> str:
    """SQL of :func:`expectations.spelling.area_spelling_key` for an expression that already is plain text."""
    return bare_area_sql(f"({spelling_key_sql(plain)})")


def bare_area_sql(key: str) -> str:
    """Spelling key of an area from the spelling key of the text as a whole, best a column: it stands here often."""
    bare = f"regexp_replace(regexp_replace({key}, '^(basisteam|team|politie)', ''), 'bt$', '')"
    dressed = f"regexp_matches({key}, '^(basisteam|team|politie)|bt$')"
    return f"case when {dressed} then coalesce(nullif({bare}, ''), {key}) else {key} end"


def entry_spellings(entries: Iterable[Channel | TargetGroup | CodeEntry]) -> dict[str, str]:
    """Spelling key to code of channels, target groups or the codes of a list.

    Codes go before declared spellings, and those before labels: a label that looks like another entry's code is not
    allowed to replace it.
    """
    known = tuple(entries)
    return _lookup(
        [(entry.code, entry.code) for entry in known]
        + [(spelling, entry.code) for entry in known for spelling in entry.spellings]
        + [(entry.label, entry.code) for entry in known]
    )


def scale_spellings(scale: Scale) -> dict[str, str]:
    """Spelling key to answer code of a closed scale; answers "not applicable" have a code of their own.

    Declared spellings go first: a survey that sends 1 for the best answer says so with a spelling.
    """
    coded = [(point, str(point.value) if point.code is None else point.code) for point in scale.points]
    return _lookup(
        [(spelling, code) for point, code in coded for spelling in point.spellings]
        + [(spelling, NOT_APPLICABLE) for spelling in (*scale.not_applicable, NOT_APPLICABLE)]
        + [(point.label, code) for point, code in coded]
        + [(code, code) for _, code in coded]
        + [(str(mark), str(mark)) for mark in _marks(scale)]
    )


def field_spellings(survey: Survey) -> Mapping[str, dict[str, str]]:
    """Spelling key to code for every coded contact field."""
    fields = {
        "channel": entry_spellings(survey.channels),
        "target_group": entry_spellings(survey.target_groups),
    }
    for listed in survey.code_lists.values():
        fields[listed.field] = entry_spellings(listed.codes)
    return fields


def _lookup(spelled: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Spelling key to code; what comes first wins, empty keys mean nothing."""
    keys: dict[str, str] = {}
    for spelling, code in spelled:
        keys.setdefault(spelling_key(spelling), code)
    keys.pop("", None)
    return keys


def _marks(scale: Scale) -> range:
    """Whole marks of a mark scale; empty for every other scale."""
    if scale.kind != "mark" or scale.minimum is None or scale.maximum is None:
        return range(0)
    return range(scale.minimum, scale.maximum + 1)
