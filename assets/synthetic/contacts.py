"""One month of contacts: who had contact where, through what, and what is true about it.

Belongs here: drawing contacts, invitations and who answers, as arrays of positions in the contract's lists.
Does not belong here: the answers (``answers``), text and files (``tables``, ``files``).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assets.synthetic.hashing import Words, uniform
from assets.synthetic.parameters import Bools, Dates, FieldworkChange, Floats, Ints, shares
from assets.synthetic.world import STREAM_CONTACTS, World, add_months, generator, scaled
from expectations.compile_exclusions import contact_exclusions
from expectations.model import Area

PERSON_AGE, PERSON_MOOD, CONTACT_ID, PERSON_ID, RESPONSE_ID = 11, 12, 13, 14, 15  # purposes of hashed numbers
ID_SPACE = 2**32  # identifiers of one month; a month never gets more contacts than this


@dataclass(frozen=True)
class Contacts:
    """The contacts of one month. Positions are those of the contract's lists; -1 is empty.

    Attributes:
        month: Position of the month.
        contact: Number behind the contact identifier.
        person: Number behind the person identifier.
        date: Date of the contact.
        area: Position in ``world.leaf.codes``.
        area_row: Position in ``world.leaf.rows``: the name of that day.
        channel: Position in ``world.channel_codes``.
        group: Position in ``world.group_codes``.
        age: Position in ``world.age_codes``.
        lists: Position per code list, for the fields that have nothing to do with satisfaction.
        invitation: Days from contact to invitation; -1 = not invited.
        p: True chance of "(very) satisfied", as a mean over what may be heard back.
        p_before_feedback: The same, without the effect of hearing more back than at the start.
        heard: Chance that anything is heard back.
        responds: Whether an answer comes.
        in_scope: Whether the answer would count.
        left_out: Whether a rule of the contract keeps the contact out although it was invited.
        too_soon: Whether that rule is the one of invitations too soon after each other.
    """

    month: int
    contact: Words
    person: Words
    date: Dates
    area: Ints
    area_row: Ints
    channel: Ints
    group: Ints
    age: Ints
    lists: dict[str, Ints]
    invitation: Ints
    p: Floats
    p_before_feedback: Floats
    heard: Floats
    responds: Bools
    in_scope: Bools
    left_out: Bools
    too_soon: Bools

    def __len__(self) -> int:
        return len(self.contact)

    @property
    def eligible(self) -> Bools:
        """Invited, in scope and not left out: the contacts that figures are about."""
        return self.in_scope & (self.invitation >= 0) & ~self.left_out


def pick(cumulative: Floats, draw: Floats) -> Ints:
    """Positions drawn from cumulative shares: one row for all draws, or a row per draw."""
    if cumulative.ndim == 1:
        found: Ints = np.searchsorted(cumulative, draw, side="right").astype(np.int64)
    else:
        found = (draw[:, None] > cumulative).sum(axis=1).astype(np.int64)
    found[found == cumulative.shape[-1]] = cumulative.shape[-1] - 1  # shares add up to 1 but for rounding
    return found


def make_contacts(world: World, month: int) -> Contacts:
    """Draw the contacts of one month."""
    rng = generator(world.seed, STREAM_CONTACTS, month)
    count = int(world.contacts_per_month[month])
    first = world.months[month]
    start = np.datetime64(first, "D")
    days = (add_months(first, 1) - first).days
    day = rng.integers(0, days, count)

    # As many persons as three years have contacts, times the pool: how often one comes back does not hang on the set.
    pool = max(int(world.contacts_per_month.mean() * 36 * world.parameters.contacts_per_person.pool), 1)
    seed_space = np.uint64((world.seed * 2654435761) % 2**31) << np.uint64(33)
    person = seed_space + rng.integers(0, pool, count).astype(np.uint64)
    contact = seed_space + np.uint64(month * ID_SPACE) + np.arange(count, dtype=np.uint64)

    area = pick(np.cumsum(world.leaf.weight), rng.random(count))
    channel = pick(world.channel_mix[area], rng.random(count))
    group = pick(world.group_mix[channel], rng.random(count))
    age = pick(world.age_mix, uniform(person, PERSON_AGE))
    area_row = _recorded_rows(world, month, area, day, rng.random(count))

    points = world.channel_points[channel] + world.leaf.effect[area] + world.group_points[channel, group]
    points = points + world.age_points[age] + world.drift[month]
    for change, codes, where in (
        (world.area_change, world.leaf.codes, area),
        (world.channel_change, world.channel_codes, channel),
    ):
        if month >= change.from_month:
            points = points + change.points * (where == codes.index(change.code))
    low, high = world.parameters.clip
    before = np.clip(points / 100, low, high)
    heard_then, heard_now = (
        1 / (1 + np.exp(-(world.feedback_logit + more))) for more in (0.0, world.feedback_improvement[month])
    )
    gain = _feedback_difference(world) / 100 * (heard_now - heard_then)[area, channel]

    planted = _planted(world, month)
    excluded = rng.random(count) < world.parameters.response.excluded
    reason = code_list_positions(world, "exclusion_reason", rng.random(count))
    lists = {
        "exclusion_reason": np.where(excluded, reason, -1),
        "incident_class": code_list_positions(world, "incident_class", rng.random(count)),
        "answering_organisation": _organisation(world, channel, rng.random(count)),
        "invitation_mode": np.where(excluded, -1, _modes(world, planted, rng.random(count))),
    }
    by_age, by_group, by_channel = world.response
    chance = np.clip(by_age[age] * by_group[group] * by_channel[channel], 0.0, 0.9)
    found = Contacts(
        month=month,
        contact=contact,
        person=person,
        date=start + day.astype("timedelta64[D]"),
        area=area,
        area_row=area_row,
        channel=channel,
        group=group,
        age=age,
        lists=lists,
        invitation=np.where(excluded, -1, rng.integers(5, 13, count) + (planted.later if planted else 0)),
        p=np.clip(before + gain, low, high),
        p_before_feedback=before,
        heard=heard_now[area, channel],
        responds=(rng.random(count) < chance) & ~excluded,
        in_scope=np.array([target.in_scope for target in world.survey.target_groups])[group],
        left_out=np.zeros(count, dtype=np.bool_),
        too_soon=np.zeros(count, dtype=np.bool_),
    )
    return dataclasses.replace(found, left_out=_left_out(world, found))


def field_positions(world: World, contacts: Contacts, name: str) -> tuple[Ints, list[str]]:
    """Positions and codes of a coded contact field.

    Raises:
        ValueError: There is no such field.
    """
    if name == "channel":
        return contacts.channel, list(world.channel_codes)
    if name == "target_group":
        return contacts.group, list(world.group_codes)
    if name == "age_band":
        return contacts.age, list(world.age_codes)
    if name in contacts.lists and name in world.code_lists:
        return contacts.lists[name], [entry.code for entry in world.code_lists[name].codes]
    raise ValueError(f"{name!r} is no contact field with codes")


def _left_out(world: World, contacts: Contacts) -> Bools:
    """Who a rule of the contract leaves out, whatever the register recorded."""
    out = np.zeros(len(contacts), dtype=np.bool_)
    for rule in contact_exclusions(world.survey):
        holds = np.ones(len(contacts), dtype=np.bool_)
        for condition in rule.when:
            at, codes = field_positions(world, contacts, condition.item)
            holds &= np.isin(at, [place for place, code in enumerate(codes) if code in condition.values])
        out |= holds
    return out


def code_list_positions(world: World, field: str, draw: Floats, known: Mapping[str, float] | None = None) -> Ints:
    """Positions in the code list of a field; -1 where the contract has no such list."""
    if field not in world.code_lists:
        return np.full(len(draw), -1, dtype=np.int64)
    codes = [entry.code for entry in world.code_lists[field].codes]
    return pick(np.cumsum(shares(codes, known or world.parameters.code_shares.get(field, {}))), draw)


def _planted(world: World, month: int) -> FieldworkChange | None:
    """The planted change of the method, once it has begun."""
    change = world.parameters.changes.fieldwork
    begun = change.from_month is not None and month >= scaled(change.from_month, len(world.months))
    return change if begun else None


def _modes(world: World, planted: FieldworkChange | None, draw: Floats) -> Ints:
    return code_list_positions(world, "invitation_mode", draw, planted.invitation_mode if planted else None)


def _feedback_difference(world: World) -> float:
    """Points between having heard something back and having heard nothing."""
    effect = world.feedback_points * world.feedback_within
    return float((effect * world.feedback_heard).sum() - (effect * (1 - world.feedback_heard)).sum())


def _organisation(world: World, channel: Ints, draw: Floats) -> Ints:
    """The organisation that answered, as fits the channel; by the general shares where nothing is known of it."""
    if "answering_organisation" not in world.code_lists:
        return np.full(len(draw), -1, dtype=np.int64)
    codes = [entry.code for entry in world.code_lists["answering_organisation"].codes]
    known = world.parameters.organisations
    rows = []
    for entry in world.survey.channels:
        table = known.by_channel.get(entry.code) or known.by_class.get(entry.channel_class, {})
        usable = np.array([table.get(code, 0.0) for code in codes])
        rows.append(usable / usable.sum() if usable.sum() > 0 else shares(codes, {}))
    return pick(np.cumsum(np.vstack(rows), axis=1)[channel], draw)


def _recorded_rows(world: World, month: int, area: Ints, day: Ints, draw: Floats) -> Ints:
    """Under which validity row a contact is recorded: the name, or the predecessor, of that day."""
    first = world.months[month]
    days = (add_months(first, 1) - first).days
    edges = {0, days}
    for row in world.leaf.rows:
        starts = [row.valid_from, *([row.valid_to + dt.timedelta(days=1)] if row.valid_to else [])]
        edges |= {(edge - first).days for edge in starts if 0 < (edge - first).days < days}
    result = np.zeros(len(area), dtype=np.int64)
    ordered = sorted(edges)
    for begin, end in itertools.pairwise(ordered):
        rows, cumulative = _rows_on(world, first + dt.timedelta(days=begin))
        inside = np.flatnonzero((day >= begin) & (day < end))
        here = area[inside]
        result[inside] = rows[here, pick(cumulative[here], draw[inside])]
    return result


def _rows_on(world: World, date: dt.date) -> tuple[Ints, Floats]:
    """Per area the rows valid on a date with their cumulative shares, padded to one width."""

    def valid(row: Area) -> bool:
        return row.valid_from <= date and (row.valid_to is None or row.valid_to >= date)

    chosen = []
    for candidates in world.leaf.candidates:
        now = [(at, weight) for at, weight in candidates if valid(world.leaf.rows[at])]
        chosen.append(now or [candidates[-1]])  # an area that did not exist yet is recorded under its own name
    width = max(len(rows) for rows in chosen)
    rows_of = np.zeros((len(chosen), width), dtype=np.int64)
    cumulative = np.ones((len(chosen), width))
    for at, rows in enumerate(chosen):
        weight = np.array([max(w, 1e-9) for _, w in rows])
        rows_of[at, : len(rows)] = [row for row, _ in rows]
        cumulative[at, : len(rows)] = np.cumsum(weight / weight.sum())
        cumulative[at, len(rows) - 1 :] = 1.0
    return rows_of, cumulative
