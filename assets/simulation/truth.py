"""What is true of every contact, whether or not it is answered: the chance of "satisfied", the expected mark.

Belongs here: expected answers of a synthetic contact, and their sums per month and leaf area. Does not belong here:
drawing contacts or answers (``assets.synthetic``), figures and their intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from assets.synthetic.answers import chance_given_feedback, mark_edges, scale_edges
from assets.synthetic.contacts import Contacts
from assets.synthetic.parameters import Bools, Floats
from assets.synthetic.world import World
from expectations.model import Item, Survey

PERCENTAGE, MEAN = "percentage", "mean"
"""The two kinds of figure that are held against the truth: share satisfied, and mean mark."""


@dataclass(frozen=True)
class Subject:
    """A figure that is held against the truth."""

    kind: str
    item: str
    measure: str


def subjects(survey: Survey) -> tuple[Subject, ...]:
    """Share satisfied, and the mean of the mark; of the headline question where the survey asks no mark."""
    return (
        Subject(PERCENTAGE, survey.headline_item, "positive"),
        Subject(MEAN, survey.mark_item or survey.headline_item, "mean"),
    )


def expected_answers(world: World, contacts: Contacts, where: Bools) -> dict[str, Floats]:
    """Expected value of each subject per contact, over what may be heard back and over how people judge.

    Args:
        world: The country.
        contacts: Of one month.
        where: For which contacts.

    Returns:
        Per kind of subject one value per contact: a chance, a mean on the scale.
    """
    p, heard, area = contacts.p[where], contacts.heard[where], contacts.area[where]
    wanted = subjects(world.survey)
    found = {subject.kind: np.zeros(len(p)) for subject in wanted}
    curves = {s.kind: _Curve.of(world, world.survey.item(s.item)) for s in wanted if s.measure == "mean"}
    for said, weight in enumerate(_said(world, heard)):
        chance = chance_given_feedback(world, p, heard, np.full(len(p), said))
        latent = ndtri(chance)
        for subject in wanted:
            curve = curves.get(subject.kind)
            found[subject.kind] += weight * (chance if curve is None else curve.at(latent, area))
    return found


def _said(world: World, heard: Floats) -> Floats:
    """Chance of every answer to the feedback item, answers x contacts; one answer where the survey has no such item."""
    chances = np.zeros((len(world.feedback_within), len(heard)))
    for flag, part in ((1, heard), (0, 1 - heard)):
        within = world.feedback_within * (world.feedback_heard == flag)
        if within.sum() > 0:
            chances += within[:, None] / within.sum() * part
        else:
            chances[0] += part  # as answers are drawn: no such answer, so the first one
    return chances


@dataclass(frozen=True)
class _Curve:
    """Expected answer on a scale as a function of the latent judgement of a contact, whose answers spread 1 around it.

    Attributes:
        grid, values: The function; finer than any digit that is looked at.
        loading, centre, shift: What the item makes of the judgement: loading, national mean, shift per leaf area.
    """

    grid: Floats
    values: Floats
    loading: float
    centre: float
    shift: Floats

    @classmethod
    def of(cls, world: World, item: Item) -> _Curve:
        scale = world.survey.scale_of(item)
        if scale.kind == "mark":
            edges, points = mark_edges(world, scale), np.arange(scale.minimum or 1, (scale.maximum or 10) + 1)
            at = world.survey.items.index(item)
            loading, centre = world.parameters.mark.loading, float(ndtri(world.mean_satisfied))
            shift = world.item_effects[:, at]
        else:
            order, edges = scale_edges(scale)
            points = np.array([scale.points[position].value or 0 for position in order])
            loading, centre, shift = 1.0, 0.0, np.zeros(len(world.leaf.codes))
        grid = np.linspace(-6, 6, 4001)
        steps = np.diff(points).astype(np.float64)
        values = points[0] + (steps[:, None] * ndtr(grid[None, :] - edges[:, None])).sum(axis=0)
        return cls(grid, values, loading, centre, shift)

    def at(self, latent: Floats, area: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
        mean = self.loading * (latent - self.centre) + self.shift[area]
        found: Floats = np.interp(mean, self.grid, self.values)
        return found
