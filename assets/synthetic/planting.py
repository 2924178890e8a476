"""Faults as they come with real deliveries, planted on purpose.

Belongs here: which faults a contact register or a response file gets, and what each looks like under this contract.
A fault that keeps a contact out is planted only on contacts nobody answered for, so it does not drag an answer with it.
Does not belong here: the tool (``faults``), what a reader should do about a fault (the contract).

Contacts: ``area_spelling`` (another way to write the name, still that area), ``unknown_area``, ``empty_area`` (both
count as not allocated), ``unknown_channel``, ``future_date``, ``missing_id``, ``conflicting_duplicate`` (both copies
are marked), ``exact_duplicate`` (the added copy is marked).
Responses: ``invalid_answer`` (a mark above the scale, a point that isn't there), ``future_date``, ``missing_id``,
``unknown_contact``, ``second_answer`` (another response to an answered contact, a day later),
``conflicting_duplicate``, ``exact_duplicate``, ``bot`` (another response with the hidden field filled in),
``abandoned`` (hardly any answer), ``strange_duration`` (no number of seconds).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.synthetic.contacts import CONTACT_ID, ID_SPACE, RESPONSE_ID, Contacts
from assets.synthetic.faults import FAULT, FUTURE, Planter, wanted
from assets.synthetic.hashing import identifiers
from assets.synthetic.parameters import Bools, Ints, load_comments
from assets.synthetic.tables import AreaResolver, answer_texts, column_of, response_fields
from assets.synthetic.world import World
from expectations.model import FieldMap, Item, Source


def plant_in_contacts(
    world: World, source: Source, contacts: Contacts, table: pa.Table, *, date_format: str, rng: np.random.Generator
) -> pa.Table:
    """Plant the faults of one month of the contact register."""
    known = world.parameters.faults.contacts
    texts = load_comments()
    planter = Planter(table, rng)
    months, month = len(world.months), contacts.month
    unanswered: Bools = ~contacts.responds

    def rows(fault: str, among: Bools | None = None) -> Ints:
        share, whole = wanted(known[fault], months, month)
        return planter.free(among, share, whole)

    def has_column(field: str) -> bool:
        return source.fields.get(field, FieldMap()).constant is None

    if has_column("area"):
        area = column_of(source, "area")
        resolve = AreaResolver(world)
        chosen = rows("area_spelling")
        codes = [world.leaf.codes[at] for at in contacts.area[chosen]]
        names = [world.leaf.rows[at].name for at in contacts.area_row[chosen]]
        variants = [_variant(n, c, resolve, rng) for n, c in zip(names, codes, strict=True)]
        good = np.array([v is not None for v in variants], dtype=np.bool_)
        planter.spoil(chosen[good], "area_spelling", area, [v for v in variants if v is not None])
        strange = [text for text in texts.unknown_areas if resolve(text) is None]
        chosen = rows("unknown_area")
        planter.spoil(chosen, "unknown_area", area, [strange[at % len(strange)] for at in range(len(chosen))])
        chosen = rows("empty_area")
        planter.spoil(chosen, "empty_area", area, [""] * len(chosen))
    if has_column("channel"):
        chosen = rows("unknown_channel", unanswered)
        strange = list(texts.unknown_channels)
        values = [strange[at % len(strange)] for at in range(len(chosen))]
        planter.spoil(chosen, "unknown_channel", column_of(source, "channel"), values)
    chosen = rows("future_date", unanswered)
    future = [FUTURE.strftime(date_format)] * len(chosen)
    planter.spoil(chosen, "future_date", column_of(source, "contact_date"), future)
    chosen = rows("missing_id", unanswered)
    planter.spoil(chosen, "missing_id", column_of(source, "contact_id"), [""] * len(chosen))
    if has_column("channel") and len(world.channel_codes) > 1:
        chosen = rows("conflicting_duplicate", unanswered)
        copies = planter.copy(chosen, "conflicting_duplicate", marks_original=True)
        other = [(at + 1) % len(world.channel_codes) for at in contacts.channel[chosen].tolist()]
        planter.put(copies, column_of(source, "channel"), [world.channel_codes[at] for at in other])
    planter.copy(rows("exact_duplicate"), "exact_duplicate")
    return _shuffled(planter.table, rng)


def plant_in_responses(
    world: World,
    source: Source,
    month: int,
    table: pa.Table,
    *,
    date_format: str,
    labels: bool,
    rng: np.random.Generator,
) -> pa.Table:
    """Plant the faults of one response file. The month that is delivered again gets none in its rows."""
    known = world.parameters.faults.responses
    planter = Planter(table, rng)
    months = len(world.months)
    spare = np.uint64(month * ID_SPACE + ID_SPACE // 2)  # numbers no contact has
    response, contact = column_of(source, "response_id"), column_of(source, "contact_id")
    date = column_of(source, "response_date")
    judged = judged_items(world, source)

    def rows(fault: str, among: Bools | None = None) -> Ints:
        share, whole = wanted(known[fault], months, month)
        return planter.free(among, share, whole)

    chosen = rows("invalid_answer")
    for at, row in enumerate(chosen.tolist()):
        if judged:
            item = judged[at % len(judged)]
            planter.spoil(np.array([row]), "invalid_answer", column_of(source, item.id), [_invalid(world, item)])
    chosen = rows("future_date")
    planter.spoil(chosen, "future_date", date, [FUTURE.strftime(date_format)] * len(chosen))
    chosen = rows("missing_id")
    planter.spoil(chosen, "missing_id", response, [""] * len(chosen))

    kept = _first_answer(world, source)
    if kept is not None:
        chosen = rows("abandoned", pc.not_equal(planter.table.column(column_of(source, kept.id)), "").to_numpy())
        _abandon(world, source, planter, chosen, kept)
    if "duration_seconds" in response_fields(world.survey, source):
        chosen = rows("strange_duration")
        planter.spoil(chosen, "strange_duration", column_of(source, "duration_seconds"), ["4 min"] * len(chosen))

    chosen = rows("unknown_contact")
    copies = planter.copy(chosen, "unknown_contact")
    fresh = spare + np.arange(len(copies), dtype=np.uint64)
    planter.put(copies, response, identifiers(fresh, RESPONSE_ID).to_pylist())
    planter.put(copies, contact, identifiers(fresh, CONTACT_ID).to_pylist())
    _without_comments(world, source, planter, copies)

    chosen = rows("second_answer")
    copies = planter.copy(chosen, "second_answer")
    fresh = spare + np.uint64(ID_SPACE // 4) + np.arange(len(copies), dtype=np.uint64)
    planter.put(copies, response, identifiers(fresh, RESPONSE_ID).to_pylist())
    later = [_next_day(planter.value(int(row), date) or "", date_format) for row in chosen]
    planter.put(copies, date, later)
    _without_comments(world, source, planter, copies)

    if "honeypot" in response_fields(world.survey, source):
        chosen = rows("bot")
        copies = planter.copy(chosen, "bot")
        fresh = spare + np.uint64(ID_SPACE // 8) + np.arange(len(copies), dtype=np.uint64)
        planter.put(copies, response, identifiers(fresh, RESPONSE_ID).to_pylist())
        planter.put(copies, column_of(source, "honeypot"), ["https://example.org/win"] * len(copies))
        _without_comments(world, source, planter, copies)

    if judged:
        chosen = rows("conflicting_duplicate")
        copies = planter.copy(chosen, "conflicting_duplicate", marks_original=True)
        _change(world, source, planter, copies, judged[0], labels=labels)
    planter.copy(rows("exact_duplicate"), "exact_duplicate")
    return _shuffled(planter.table, rng)


def redelivered(world: World, source: Source, table: pa.Table, *, labels: bool, rng: np.random.Generator) -> pa.Table:
    """The same rows again, some with a corrected answer (marked ``corrected``).

    A few rows are no longer there, where the contract says that those still count: the truth stays what it is.
    """
    planter = Planter(table, rng)
    judged = judged_items(world, source)
    if judged:
        chosen = planter.free(None, world.parameters.faults.redelivery_corrected, None)
        planter.put(chosen, FAULT, ["corrected"] * len(chosen))
        _change(world, source, planter, chosen, judged[0], labels=labels)
    again = _shuffled(planter.table, rng)
    lacking = 0 if source.vanished == "withdrawn" else round(len(again) * world.parameters.faults.redelivery_lacking)
    return again.slice(lacking)


def judged_items(world: World, source: Source) -> list[Item]:
    """The mark and the headline item, as far as the contract has them and the delivery has their column."""
    survey = world.survey
    ids = [survey.mark_item, survey.headline_item]
    items = [survey.item(item_id) for item_id in ids if item_id is not None]
    return [i for i in items if survey.scale_of(i).kind in {"mark", "ordinal"} and column_of(source, i.id)]


def _invalid(world: World, item: Item) -> str:
    """An answer one or two above the highest there is: the famous mark 11."""
    scale = world.survey.scale_of(item)
    if scale.kind == "mark":
        return str((scale.maximum or 10) + 1)
    return str(max(point.value or 0 for point in scale.points) + 2)


def _change(world: World, source: Source, planter: Planter, rows: Ints, item: Item, *, labels: bool) -> None:
    """Give rows another valid answer to an item."""
    column = column_of(source, item.id)
    texts = answer_texts(world.survey, source, item, labels=labels)[:-2]
    at = {text: place for place, text in enumerate(texts)}
    now = [planter.value(int(row), column) or "" for row in rows]
    planter.put(rows, column, [texts[(at.get(text, 0) + 1) % len(texts)] for text in now])


def _first_answer(world: World, source: Source) -> Item | None:
    """The question that people still answer before they give up; none where one answer is enough."""
    closed = [item for item in world.survey.items if world.survey.scale_of(item).kind not in {"open", "multiple"}]
    delivered = [item for item in closed if source.fields.get(item.id, FieldMap()).constant is None]
    enough = world.survey.response_rules.minimum_answered == 1
    return None if enough or not delivered else delivered[0]


def _abandon(world: World, source: Source, planter: Planter, rows: Ints, kept: Item) -> None:
    """Empty all answers to choose from but one; what is required stays."""
    planter.put(rows, FAULT, ["abandoned"] * len(rows))
    for item in world.survey.items:
        if item == kept or item.required or world.survey.scale_of(item).kind == "open":
            continue
        mapped = source.fields.get(item.id, FieldMap())
        for column in mapped.columns.values() or (column_of(source, item.id),):
            planter.put(rows, column, [""] * len(rows))


def _without_comments(world: World, source: Source, planter: Planter, rows: Ints) -> None:
    """Made-up rows carry no comment, so that every planted string of personal data stands where truth says."""
    for item in world.survey.items:
        if world.survey.scale_of(item).kind == "open":
            planter.put(rows, column_of(source, item.id), [""] * len(rows))


def _next_day(text: str, date_format: str) -> str:
    return (dt.datetime.strptime(text, date_format).date() + dt.timedelta(days=1)).strftime(date_format)


def _variant(name: str, code: str, resolve: AreaResolver, rng: np.random.Generator) -> str | None:
    """Another way to write the name that still leads to the area, if there is one."""
    usable = [text for text in area_variants(name) if text != name and resolve(text) == code]
    return usable[int(rng.integers(len(usable)))] if usable else None


def area_variants(name: str) -> tuple[str, ...]:
    """Ways in which people write the name of an area and still mean it."""
    plain = name.translate(str.maketrans("ëéèâúûôüï", "eeeauuoui"))
    return (
        name.upper(),
        name.lower(),
        f"{name} (BT)",
        f"Basisteam {name}",
        f" {name} ",
        name.replace("-", " - ") if "-" in name else name.replace(" ", "  "),
        name.replace("-", " ") if "-" in name else f"Team {name}",
        plain if plain != name else f"basisteam {name.upper()} (BT)",
    )


def _shuffled(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Rows in an order that tells nothing."""
    return table.take(pa.array(rng.permutation(len(table)))).combine_chunks()
