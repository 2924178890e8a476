"""Which questions a figure depends on.

Belongs here: following derived items and routing back to the questions that were put. Does not belong here: how a
figure is made of them (``compile_respondents``), what changed in them (``assets``).
"""

from __future__ import annotations

from expectations.model import Survey


def depends_on(survey: Survey, item_id: str) -> frozenset[str]:
    """The item itself, what it is derived from, and the questions that decide who is asked it or counts in it."""
    asked = {item.id: item for item in survey.items}
    derived = {item.id: item for item in survey.derived_items}
    found: set[str] = set()
    waiting = [item_id]
    while waiting:
        name = waiting.pop()
        if name in found or name not in asked.keys() | derived.keys():
            continue  # a condition may be on a field of the contact
        found.add(name)
        if name in derived:
            waiting += [derived[name].of, derived[name].where.item]
        else:
            condition = asked[name].asked_when
            waiting += [condition.item] if condition is not None else []
    return frozenset(found)
