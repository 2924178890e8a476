"""How people go through the questionnaire: how long it takes, whether they agree, and the few who do it strangely.

Belongs here: durations, consent, and what the contract flags: too fast, one answer to everything, copied comments.
Does not belong here: what people think (``answers``), rows that no reader should accept (``planting``).

A strange way of answering never moves the headline: who gives one answer to everything gives it to that question too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.synthetic.answers import NOT_ASKED, Answers
from assets.synthetic.parameters import Bools, Ints, load_comments
from assets.synthetic.world import STREAM_CONDUCT, World, generator
from expectations.compile_exclusions import response_exclusions
from expectations.model import Item

FASTEST, SLOWEST = 8, 3600


@dataclass(frozen=True)
class Conduct:
    """One value per answer of a month.

    Attributes:
        seconds: Time spent on the questionnaire.
        agrees: Whether the answers may be used.
        speeds: Whether it was faster than the contract believes.
        lines: Whether one answer was given to all questions with the same scale.
        copies: Whether the comment is one that others wrote as well.
    """

    seconds: Ints
    agrees: Bools
    speeds: Bools
    lines: Bools
    copies: Bools

    @property
    def marks(self) -> dict[str, Bools]:
        """What a reader of the deliveries should find, by its name."""
        return {
            "no_consent": ~self.agrees,
            "speeder": self.speeds,
            "straight_liner": self.lines,
            "same_text": self.copies,
        }


def make_conduct(world: World, month: int, answers: Answers) -> tuple[Answers, Conduct]:
    """Draw how the questionnaires of a month were filled in; straight lines are drawn through the answers."""
    rng = generator(world.seed, STREAM_CONDUCT, month)
    known, rules, count = world.parameters.conduct, world.survey.response_rules, len(answers)
    seconds = np.exp(np.log(known.seconds) + known.spread * rng.standard_normal(count))
    limit = rules.speeder_seconds or FASTEST
    speeds = (rng.random(count) < known.speeders) & (rules.speeder_seconds is not None) & (limit > FASTEST)
    fast = FASTEST + rng.random(count) * max(limit - FASTEST, 0)
    seconds = np.where(speeds, np.minimum(fast, limit - 1), np.clip(seconds, limit + 5, SLOWEST))
    agrees = ~((rng.random(count) < world.parameters.response.no_consent) & bool(refusals(world)))
    lines = rng.random(count) < known.straight_liners
    items = dict(answers.items)
    lines &= _draw_lines(world, items, lines)
    conduct = Conduct(np.floor(seconds).astype(np.int64), agrees, speeds, lines, np.zeros(count, dtype=np.bool_))
    return dataclasses.replace(answers, items=items), conduct


def refusals(world: World) -> tuple[str, ...]:
    """Codes of consent with which the contract leaves an answer out."""
    if "consent" not in world.code_lists:
        return ()
    named = [c.values for rule in response_exclusions(world.survey) for c in rule.when if c.item == "consent"]
    return tuple(code for codes in named for code in codes)


def copy_comments(
    world: World, month: int, conduct: Conduct, comments: Mapping[str, pa.Array], taken: Bools
) -> tuple[dict[str, pa.Array], Conduct]:
    """Put one long comment in several answers.

    Args:
        world: The country.
        month: Position of the month.
        conduct: How the answers were given.
        comments: Comments per open item.
        taken: Answers with something planted in a comment, which stay as they are.

    Returns:
        The comments, and the conduct with the copies marked.
    """
    rng = generator(world.seed, STREAM_CONDUCT, month + len(world.months))
    rules, wanted = world.survey.response_rules, world.parameters.conduct.copied_comments
    item = next(iter(comments), None)
    if item is None or rules.same_text_from is None or wanted < rules.same_text_from:
        return dict(comments), conduct
    written = comments[item].is_valid().to_numpy(zero_copy_only=False) & ~taken
    usable = np.flatnonzero(written)
    if len(usable) < 4 * wanted:
        return dict(comments), conduct
    chosen = np.sort(rng.permutation(usable)[:wanted])
    mask = np.zeros(len(written), dtype=np.bool_)
    mask[chosen] = True
    text = _long_text(world, month, rng)
    copied = pc.replace_with_mask(comments[item], pa.array(mask), pa.array([text] * wanted))
    return {**comments, item: copied}, dataclasses.replace(conduct, copies=mask)


def _draw_lines(world: World, items: dict[str, Ints], lines: Bools) -> Bools:
    """Give one answer to all questions with one scale; says for whom that made a line that the contract sees."""
    least = world.survey.response_rules.straight_line_items
    drawn = np.zeros(len(lines), dtype=np.bool_)
    if least is None:
        return drawn
    for group in _same_scale(world, least):
        asked = np.vstack([items[item.id] != NOT_ASKED for item in group])
        given = np.full(len(lines), -1, dtype=np.int64)
        headline = [item for item in group if item.id == world.survey.headline_item]
        for item in (*headline, *group):  # the headline answer, else the first answer there is
            given = np.where(given < 0, items[item.id], given)
        straight = lines & (given >= 0) & (asked.sum(axis=0) >= least)
        for item, put in zip(group, asked, strict=True):
            open_headline = item.id == world.survey.headline_item
            changed = straight & put & ((items[item.id] >= 0) if open_headline else True)
            items[item.id] = np.where(changed, given, items[item.id])
        answered = np.vstack([items[item.id] >= 0 for item in group]).sum(axis=0)
        drawn |= straight & (answered >= least)
    return drawn


def _same_scale(world: World, least: int) -> list[list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in world.survey.items:
        if world.survey.scale_of(item).kind == "ordinal":
            groups.setdefault(item.scale, []).append(item)
    return [group for group in groups.values() if len(group) >= least]


def _long_text(world: World, month: int, rng: np.random.Generator) -> str:
    """A comment that is long enough to be seen as copied, another one every month."""
    sentences = load_comments().in_language(world.survey.language)
    pool = (*sentences.improve, *sentences.negative)
    text = f"Actie {month + 1}:" if world.survey.language == "nl" else f"Action {month + 1}:"
    while len(text) < max(world.survey.response_rules.same_text_length, 120):
        text += f" {pool[int(rng.integers(len(pool)))]}"
    return text
