"""Answers of the people who answer: one latent judgement, and every item leaning on it.

Belongs here: drawing the answers to all items that have answer points, routing, n.v.t. and unanswered items.
Does not belong here: comments (``comments``), faults (``faults``), files (``tables``, ``files``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from assets.synthetic.contacts import PERSON_MOOD, Contacts, field_positions, pick
from assets.synthetic.hashing import uniform
from assets.synthetic.parameters import Bools, Floats, Ints, numbers
from assets.synthetic.world import STREAM_ANSWERS, World, generator
from expectations.model import Item, Scale

UNANSWERED, NOT_APPLICABLE, NOT_ASKED = -1, -2, -3
STEPS_UP, STEPS_DOWN = (1.15, 0.65), (0.60, 0.58)  # distances between the points of a scale, latent; the last repeats


@dataclass(frozen=True)
class Answers:
    """The answers given to the contacts of one month.

    Attributes:
        contact: Position of the contact within the month.
        delay: Days from contact to answer.
        late: Number of deliveries the answer comes late (0, 1 or 2).
        p: True chance of "(very) satisfied", given what was heard back.
        judgement: The latent judgement, 0 = national mean.
        items: Per item the position of the answer in the scale's points (of a mark: from its minimum), or one of
            ``UNANSWERED``, ``NOT_APPLICABLE``, ``NOT_ASKED``. Where more than one may be ticked every option is a bit.
            Open items only say whether they were asked.
    """

    contact: Ints
    delay: Ints
    late: Ints
    p: Floats
    judgement: Floats
    items: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.contact)


def make_answers(world: World, contacts: Contacts) -> Answers:
    """Draw the answers of the contacts that respond."""
    rng = generator(world.seed, STREAM_ANSWERS, contacts.month)
    who = np.flatnonzero(contacts.responds)
    count = len(who)
    late, delay = _moments(world, contacts, who, rng)

    heard = rng.random(count) < contacts.heard[who]
    said = np.zeros(count, dtype=np.int64)
    for flag in (True, False):
        within = world.feedback_within * (world.feedback_heard == int(flag))
        total = within.sum()
        if total > 0:
            said[heard == flag] = pick(np.cumsum(within / total), rng.random(int((heard == flag).sum())))
    p = chance_given_feedback(world, contacts.p[who], contacts.heard[who], said)

    person = world.parameters.person_share
    mood = ndtri(uniform(contacts.person[who], PERSON_MOOD))
    judged = ndtri(p) + person * mood + np.sqrt(1 - person**2) * rng.standard_normal(count)
    centre = float(ndtri(world.mean_satisfied))
    drawn = _Draw(world, contacts, who, delay, said, heard, judged, judged - centre, rng)
    items: dict[str, Ints] = {}
    order = [item for item in world.survey.items if item.asked_when is None]
    order += [item for item in world.survey.items if item.asked_when is not None]
    for item in order:  # routed items after the items they depend on
        items[item.id] = drawn.item(item, items)
    return Answers(who, delay, late, p, judged - centre, {item.id: items[item.id] for item in world.survey.items})


def chance_given_feedback(world: World, p: Floats, heard: Floats, said: Ints) -> Floats:
    """Chance of "(very) satisfied" of people who say this of hearing back; over what they may say its mean is ``p``.

    Args:
        world: The country.
        p: Chance as a mean over what may be heard back, per contact.
        heard: Chance that anything is heard back.
        said: Position of the answer to the feedback item.
    """
    effect = world.feedback_points * world.feedback_within
    mean = effect[world.feedback_heard == 1].sum() * heard + effect[world.feedback_heard == 0].sum() * (1 - heard)
    low, high = world.parameters.clip
    chance: Floats = np.clip(p + world.feedback_points[said] / 100 - mean / 100, low, high)
    return chance


def _moments(world: World, contacts: Contacts, who: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """When an answer comes: in the delivery of its month, or one or two deliveries late (over six weeks)."""
    count = len(who)
    draw = rng.random(count)
    share = world.parameters.response.late
    late = np.where(draw < share / 3, 2, np.where(draw < share, 1, 0)).astype(np.int64)
    after = np.minimum(rng.geometric(0.16, count), 32) - 1
    on_time = contacts.invitation[who] + after
    return late, np.where(late == 0, on_time, 16 + 30 * late + rng.integers(0, 30, count)).astype(np.int64)


@dataclass(frozen=True)
class _Draw:
    """Draws item after item for the same people."""

    world: World
    contacts: Contacts
    who: Ints
    delay: Ints
    said: Ints
    heard: Bools
    judged: Floats
    judgement: Floats
    rng: np.random.Generator

    def item(self, item: Item, before: dict[str, Ints]) -> Ints:
        """The answers to one item, given the answers to the items before it."""
        scale = self.world.survey.scale_of(item)
        count = len(self.who)
        if scale.kind == "open":
            answer = np.zeros(count, dtype=np.int64)
        elif item.id == self.world.survey.feedback_item:
            answer = self.said.copy()
        elif scale.kind == "nominal":
            answer = self._nominal(item, scale)
        elif scale.kind == "multiple":
            answer = self._multiple(item, scale)
        elif scale.kind == "mark":
            answer = self._mark(item, scale)
        elif item.id == self.world.survey.headline_item:
            answer = on_scale(scale, self.judged)
        else:
            answer = self._ordinal(item, scale)
        if scale.kind != "open" and not item.required:
            answer = self._skip(item, scale, answer)
        answer[~self._asked(item, before)] = NOT_ASKED
        return answer

    def _ordinal(self, item: Item, scale: Scale) -> Ints:
        known = self.world.parameters.items.by_id.get(item.id, self.world.parameters.items.default)
        rest = np.sqrt(1 - known.loading**2) * self.rng.standard_normal(len(self.who))
        level = float(ndtri(known.share)) * np.sqrt(1 + 0.12 * known.loading**2)  # judgements spread a bit over 1
        latent = level + known.loading * self.judgement + rest + self._area_part(item)
        latent = latent + known.feedback * np.where(self.heard, 1.0, -1.0)
        return on_scale(scale, latent if item.polarity != "negative" else -latent)

    def _mark(self, item: Item, scale: Scale) -> Ints:
        known = self.world.parameters.mark
        rest = np.sqrt(1 - known.loading**2) * self.rng.standard_normal(len(self.who))
        latent = known.loading * self.judgement + rest + self._area_part(item)
        edges = mark_edges(self.world, scale)
        answer: Ints = np.searchsorted(edges, latent, side="right").astype(np.int64)
        return answer

    def _nominal(self, item: Item, scale: Scale) -> Ints:
        codes = [point.code or str(point.value) for point in scale.points]
        known = self.world.parameters.nominal.get(item.id)
        share = numbers(codes, known.share, 1.0) if known else np.arange(len(codes) + 1, 1, -1, dtype=np.float64)
        tilt = numbers(codes, known.tilt, 0.0) if known else np.zeros(len(codes))
        weight = share[None, :] * np.exp(tilt[None, :] * self.judgement[:, None])
        return pick(np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1), self.rng.random(len(self.who)))

    def _multiple(self, item: Item, scale: Scale) -> Ints:
        """The ticked options as bits; who ticks none left the question open, as far as any file can tell."""
        known = self.world.parameters.multiple.get(item.id, {})
        usual = np.linspace(0.55, 0.15, len(scale.points))
        chance = [known.get(point.code or "", float(usual[at])) for at, point in enumerate(scale.points)]
        ticked = self.rng.random((len(scale.points), len(self.who))) < np.array(chance)[:, None]
        bits: Ints = (ticked.astype(np.int64) << np.arange(len(scale.points), dtype=np.int64)[:, None]).sum(axis=0)
        return np.where(bits > 0, bits, UNANSWERED)

    def _area_part(self, item: Item) -> Floats:
        at = self.world.survey.items.index(item)
        part: Floats = self.world.item_effects[self.contacts.area[self.who], at]
        return part

    def _skip(self, item: Item, scale: Scale, answer: Ints) -> Ints:
        """Some answer n.v.t., some leave it open: more so further on in the questionnaire."""
        items = self.world.parameters.items
        place = self.world.survey.items.index(item) / max(len(self.world.survey.items) - 1, 1)
        first, last = items.nonresponse
        draw = self.rng.random((2, len(answer)))
        if scale.not_applicable and item.id != self.world.survey.headline_item:
            answer = np.where(draw[0] < items.by_id.get(item.id, items.default).not_applicable, NOT_APPLICABLE, answer)
        return np.where(draw[1] < first + (last - first) * place, UNANSWERED, answer)

    def _asked(self, item: Item, before: dict[str, Ints]) -> Bools:
        """Whether the item was put to these people: wave, target group, routing."""
        contacts = self.contacts
        asked = np.ones(len(self.who), dtype=np.bool_)
        date = contacts.date[self.who]
        asked &= date >= np.datetime64(item.first_wave, "D")
        if item.last_wave is not None:
            asked &= date + self.delay.astype("timedelta64[D]") <= np.datetime64(item.last_wave, "D")
        if item.asked_of:
            wanted = np.array([code in item.asked_of for code in self.world.group_codes])
            asked &= wanted[contacts.group[self.who]]
        if item.asked_when is not None:
            asked &= self._holds(item.asked_when.item, item.asked_when.values, before)
        return asked

    def _holds(self, name: str, values: tuple[str, ...], before: dict[str, Ints]) -> Bools:
        """Whether an earlier answer, or a field of the contact, is one of the values."""
        if name in before:
            scale = self.world.survey.scale_of(self.world.survey.item(name))
            if scale.kind == "multiple":
                wanted = sum(1 << at for at, point in enumerate(scale.points) if point.code in values)
                chosen: Bools = (before[name] > 0) & ((before[name] & wanted) != 0)
                return chosen
            codes = [point.code or str(point.value) for point in scale.points]
            if scale.kind == "mark":
                codes = [str(value) for value in range(scale.minimum or 1, (scale.maximum or 10) + 1)]
            return np.isin(before[name], [at for at, code in enumerate(codes) if code in values])
        field, codes = field_positions(self.world, self.contacts, name)
        return np.isin(field[self.who], [at for at, code in enumerate(codes) if code in values])


def mark_edges(world: World, scale: Scale) -> Floats:
    """Latent values between the points of a mark; the latent value behind a mark has spread 1 and mean about 0."""
    low, high = scale.minimum or 1, scale.maximum or 10
    weight = np.array(world.parameters.mark.shares)
    if len(weight) != high - low + 1:  # another range: the same shape, stretched
        at = np.linspace(0, len(weight) - 1, high - low + 1)
        weight = np.interp(at, np.arange(len(weight)), weight)
    edges: Floats = ndtri(np.cumsum(weight / weight.sum())[:-1])
    return edges


def on_scale(scale: Scale, latent: Floats) -> Ints:
    """Positions in the points of an ordinal scale; at 0 the positive answers begin."""
    order, edges = scale_edges(scale)
    return order[np.searchsorted(edges, latent, side="right")]


def scale_edges(scale: Scale) -> tuple[Ints, Floats]:
    """Positions of an ordinal scale's points from the worst to the best, and the latent values between them."""
    order = sorted(range(len(scale.points)), key=lambda at: scale.points[at].value or 0)
    values = [scale.points[at].value or 0 for at in order]
    if scale.positive and scale.negative and max(scale.positive) < min(scale.negative):
        order, values = order[::-1], values[::-1]  # 1 is the best answer
    good = [at for at, value in enumerate(values) if value in scale.positive]
    begin = good[0] if good else (len(values) + 1) // 2
    edges = np.zeros(max(len(values) - 1, 0))
    for at in range(begin, len(edges)):
        edges[at] = (edges[at - 1] if at > begin else 0.0) + STEPS_UP[min(at - begin, 1)]
    for at in range(begin - 2, -1, -1):
        edges[at] = edges[at + 1] - STEPS_DOWN[min(begin - 2 - at, 1)]
    return np.array(order, dtype=np.int64), edges
