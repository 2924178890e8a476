"""Flags of a response: answers that count, and that an analyst may want to look at.

Belongs here: who answered too fast or gave one answer to everything, and the keys by which equal comments are found.
Does not belong here: responses that are refused (``compile_responses``) or left out (``compile_exclusions``), comparing
comments over responses (``sql/staging/responses.sql``).
"""

from __future__ import annotations

from collections.abc import Callable

from expectations.compile_cells import marked_sql
from expectations.model import Item, Survey

SPEEDER, STRAIGHT_LINER, SAME_TEXT = "speeder", "straight_liner", "same_text"


def flags(survey: Survey) -> tuple[str, ...]:
    """The flags that this survey gives."""
    rules = survey.response_rules
    set_for = {
        SPEEDER: rules.speeder_seconds,
        STRAIGHT_LINER: rules.straight_line_items if _straight_groups(survey) else None,
        SAME_TEXT: rules.same_text_from if _open_items(survey) else None,
    }
    return tuple(flag for flag, limit in set_for.items() if limit is not None)


def flags_sql(survey: Survey, *, seconds: str, value: Callable[[Item], str]) -> str:
    """List of the flags that one response can get on its own.

    Args:
        survey: The contract.
        seconds: SQL of how long the response took.
        value: SQL of the code of the answer to an item on a numeric scale; NULL where there is none.
    """
    rules = survey.response_rules
    marks: dict[str, str] = {}
    if rules.speeder_seconds is not None:
        marks[SPEEDER] = f"{seconds} < {rules.speeder_seconds}"
    straight = []
    for items in _straight_groups(survey):
        values = ", ".join(value(item) for item in items)
        answered = " + ".join(f"({value(item)} is not null)::integer" for item in items)
        # least and greatest leave out what was not answered
        straight.append(f"({answered} >= {rules.straight_line_items} and least({values}) = greatest({values}))")
    if straight:
        marks[STRAIGHT_LINER] = " or ".join(straight)
    return marked_sql(marks)


def text_keys_sql(survey: Survey, text: Callable[[Item], str]) -> str:
    """List of hashes of the comments that are too long to be equal by chance; layout and capitals do not matter."""
    items = _open_items(survey) if survey.response_rules.same_text_from is not None else []
    if not items:
        return "cast([] as ubigint[])"
    length = survey.response_rules.same_text_length
    # Lambdas, so that only long comments are taken apart: what stands twice in a CASE is worked out for every row.
    texts = ", ".join(text(item) for item in items)
    plain = f"list_transform([{texts}], lambda text: trim(regexp_replace(lower(text), '\\s+', ' ', 'g')))"
    keys = f"list_transform(list_filter({plain}, lambda text: length(text) >= {length}), lambda text: hash(text))"
    written = " or ".join(f"length({text(item)}) >= {length}" for item in items)
    return f"case when {written} then list_distinct({keys}) else cast([] as ubigint[]) end"


def _straight_groups(survey: Survey) -> list[list[Item]]:
    """Items that share a numeric scale, where there are enough of them to draw a line through."""
    least = survey.response_rules.straight_line_items
    groups: dict[str, list[Item]] = {}
    for item in survey.items:
        if survey.scale_of(item).kind in {"ordinal", "mark"}:
            groups.setdefault(item.scale, []).append(item)
    return [items for items in groups.values() if least is not None and len(items) >= least]


def _open_items(survey: Survey) -> list[Item]:
    return [item for item in survey.items if survey.scale_of(item).kind == "open"]
