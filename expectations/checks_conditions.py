"""What must hold for conditions: something with codes that exists, and codes that it can have.

Belongs here: routing, subsets and exclusions as far as they are conditions; exclusions and response rules as a whole.
Does not belong here: questions (``checks_items``), what a condition becomes (``compile_*``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from expectations.checks import RESERVED, repeated
from expectations.model import CONTACT_FIELDS, RESPONSE_FIELDS, Condition, Exclusion, Item, Survey
from expectations.positions import Document, Location, Problem


def check_rules(survey: Survey, document: Document) -> list[Problem]:
    """Problems of the exclusions, the rules on responses and the clock.

    Args:
        survey: The typed contract.
        document: ``survey.yaml``.

    Returns:
        All problems found.
    """
    problems = [*_exclusions(survey, document), *_response_rules(survey, document)]
    if not is_timezone(survey.timezone):
        message = f"there is no time zone '{survey.timezone}'; write one like Europe/Amsterdam"
        problems.append(document.problem(("timezone",), message))
    return problems


def is_timezone(name: str) -> bool:
    """Whether a name is a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def check_condition(
    survey: Survey, condition: Condition, known: set[str] | None, document: Document, at: Location
) -> Iterator[Problem]:
    """Problems of one condition.

    Args:
        survey: The contract.
        condition: The condition.
        known: The codes that what it names can have; None if it can't be named here.
        document: Where it stands.
        at: The place in the document.

    Yields:
        The problems found.
    """
    if known is None:
        if condition.item in {item.id for item in survey.items}:
            reason = f"'{condition.item}' is not asked before this item, or has no answers to choose from"
        else:
            reason = f"'{condition.item}' is neither an item nor a contact field with codes"
        yield document.problem((*at, "item"), reason)
        return
    if not condition.values:
        yield document.problem((*at, "values"), "name at least one answer")
    for j, value in enumerate(condition.values):
        if value not in known:
            message = f"'{value}' is not an answer to '{condition.item}': {', '.join(sorted(known))}"
            yield document.problem((*at, "values", j), message)


def known_values(survey: Survey, name: str, items: Sequence[Item]) -> set[str] | None:
    """Codes of an item or a contact field; None where there are none to choose from."""
    for item in items:
        if item.id == name:
            scale = survey.scales.get(item.scale)
            if scale is None or scale.kind == "open":
                return None
            if scale.kind == "mark":
                return {str(v) for v in range(scale.minimum or 0, (scale.maximum or 0) + 1)}
            return {own_code(point.value, point.code) for point in scale.points}
    if name == "channel":
        return {channel.code for channel in survey.channels}
    if name == "target_group":
        return {group.code for group in survey.target_groups}
    return _listed(survey, name) if name in CONTACT_FIELDS else None


def own_code(value: int | None, code: str | None) -> str:
    """The code of an answer as conditions and files name it."""
    return code if code is not None else str(value)


def _listed(survey: Survey, name: str) -> set[str] | None:
    code_list = survey.code_lists.get(name)
    return {entry.code for entry in code_list.codes} if code_list is not None else None


def _exclusions(survey: Survey, document: Document) -> Iterator[Problem]:
    codes = [(("exclusions", i, "code"), rule.code) for i, rule in enumerate(survey.exclusions)]
    yield from repeated(document, "exclusion", codes)
    for i, rule in enumerate(survey.exclusions):
        at: Location = ("exclusions", i)
        if rule.code in RESERVED:
            yield document.problem((*at, "code"), f"the code '{rule.code}' is taken by the system")
        for name in ("label", "reason"):
            if not getattr(rule, name).strip():
                yield document.problem((*at, name), f"exclusion '{rule.code}' needs a {name}, for readers")
        yield from _one_side(rule, document, at)
        for j, condition in enumerate(rule.when):
            place: Location = (*at, "when", j)
            if condition.item in RESPONSE_FIELDS and condition.item not in CONTACT_FIELDS:
                known = _listed(survey, condition.item)
            else:
                known = known_values(survey, condition.item, survey.items)
            if known is None:
                message = f"'{condition.item}' is no contact field, response field or item with codes to choose from"
                yield document.problem((*place, "item"), message)
            else:
                yield from check_condition(survey, condition, known, document, place)


def _one_side(rule: Exclusion, document: Document, at: Location) -> Iterator[Problem]:
    """A rule is judged where its row is read: contacts and answers come in different files."""
    of_contacts = [condition.item in CONTACT_FIELDS for condition in rule.when]
    if any(of_contacts) and not all(of_contacts):
        message = f"exclusion '{rule.code}' mixes contact fields with answers: make it two rules"
        yield document.problem((*at, "when"), message)


def _response_rules(survey: Survey, document: Document) -> Iterator[Problem]:
    rules = survey.response_rules
    kinds = [survey.scales[item.scale].kind for item in survey.items if item.scale in survey.scales]
    closed = sum(kind != "open" for kind in kinds) or len(kinds)
    if rules.minimum_answered > closed:
        message = (
            f"minimum_answered is {rules.minimum_answered}, but only {closed} questions have answers to choose from"
        )
        yield document.problem(("response_rules", "minimum_answered"), message)
    numeric = {code for code, scale in survey.scales.items() if scale.kind in ("ordinal", "mark")}
    longest = max((sum(item.scale == code for item in survey.items) for code in numeric), default=0)
    if rules.straight_line_items is not None and rules.straight_line_items > longest:
        message = (
            f"straight_line_items is {rules.straight_line_items}, but no scale is used by more than {longest} questions"
        )
        yield document.problem(("response_rules", "straight_line_items"), message)
    if rules.same_text_from is not None and "open" not in kinds:
        message = "same_text_from compares comments, but no question is open"
        yield document.problem(("response_rules", "same_text_from"), message)
    if rules.one_invitation_in_days is None:
        return
    for name in ("person_id", "invitation_date"):
        constants = [s.fields[name].constant for s in survey.sources if s.kind != "responses" and name in s.fields]
        if "" in constants:
            message = f"one_invitation_in_days needs the {name} of a contact, which sources.yaml says there is not"
            yield document.problem(("response_rules", "one_invitation_in_days"), message)
