"""What is simulated: worlds that differ from the demo in one respect each, and the contract they are run with.

Belongs here: the scenarios as data, turned into parameters of the synthetic police; the reduced contract; what is
wanted of the results. Does not belong here: drawing (``police``), running tables (``harness``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from assets.synthetic.parameters import Parameters, load_parameters
from expectations.lineage import depends_on
from expectations.model import Survey

FILE = Path(__file__).with_name("scenarios.yaml")
FULL_MONTHS = 36
"""The number of responses is given for so many months."""


class _Entry(BaseModel):
    """Immutable, and a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Scenario(_Entry):
    """One kind of synthetic police.

    Attributes:
        months: Months of contacts, from the survey's first month.
        areas_differ: Whether leaf areas truly differ; if not, only their mix of what figures are adjusted for does.
        shifts: Sizes, in percentage points, by which some leaf areas shift in the last year.
        shifted_share: Part of the leaf areas that shifts by each of these sizes.
        response_range: Lowest and highest response over the ages, groups and channels, relative to the mean.
        dissatisfied_ratio: Chance to answer of who is not satisfied, against that of who is.
    """

    months: int
    areas_differ: bool
    shifts: tuple[float, ...] = ()
    shifted_share: float = 0.0
    response_range: tuple[float, float] | None = None
    dissatisfied_ratio: float = 1.0


class Wanted(_Entry):
    """The band that results of a kind should lie in; without ends nothing is wanted."""

    quantity: str
    statement: str | None = None
    scenario: str | None = None
    measure: str | None = None
    low: float | None = None
    high: float | None = None

    def fits(self, scenario: str, quantity: str, statement: str, measure: str) -> bool:
        """Whether the entry is about this kind of result."""
        named = ((self.scenario, scenario), (self.statement, statement), (self.measure, measure))
        return quantity == self.quantity and all(wanted in (None, value) for wanted, value in named)


class _File(_Entry):
    scenarios: dict[str, Scenario]
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Study:
    """Everything in ``scenarios.yaml``."""

    scenarios: Mapping[str, Scenario]
    wanted: tuple[Wanted, ...]

    def band(self, scenario: str, quantity: str, statement: str, measure: str) -> tuple[float | None, float | None]:
        """Lowest and highest wanted value; None where there is no such end."""
        found = (entry for entry in self.wanted if entry.fits(scenario, quantity, statement, measure))
        first = next(found, None)
        return (first.low, first.high) if first else (None, None)


@cache
def load_study() -> Study:
    """The scenarios that come with the package."""
    content = _File.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
    return Study(content.scenarios, content.wanted)


def drawn(survey: Survey) -> Survey:
    """The contract of the answers that are drawn: headline, mark and feedback, and what decides who is asked."""
    return _with(survey, survey.headline_item, survey.mark_item, survey.feedback_item)


def reduced(survey: Survey) -> Survey:
    """The contract of the figures that are made: headline and mark, and what decides who is asked.

    Every item costs as much as these two. Tables, thresholds, areas, groups, channels, windows and weights are those of
    the whole contract. The feedback question is answered, because it moves judgements, but has no figures.
    """
    kept = _with(survey, survey.headline_item, survey.mark_item)
    known = {item.id for item in kept.items}
    return kept.model_copy(update={} if survey.feedback_item in known else {"feedback_item": None})


def _with(survey: Survey, *wanted: str | None) -> Survey:
    kept = frozenset().union(*(depends_on(survey, item) for item in wanted if item is not None))
    items = tuple(item for item in survey.items if item.id in kept)
    return survey.model_copy(update={"items": items, "derived_items": ()})


def parameters_of(survey: Survey, scenario: Scenario) -> Parameters:
    """The numbers of the demo without anything that changes over time, and with what the scenario is about."""
    known = load_parameters()
    changes, feedback, spread = known.changes, known.feedback, known.spread
    still = {
        "drift": known.drift.model_copy(update={"points": 0.0}),
        "changes": changes.model_copy(
            update={
                "area": changes.area.model_copy(update={"points": 0.0}),
                "channel": changes.channel.model_copy(update={"points": 0.0}),
                "fieldwork": changes.fieldwork.model_copy(update={"from_month": None}),
            }
        ),
    }
    improvement = feedback.improvement.model_copy(update={"logit": 0.0})
    still["feedback"] = feedback.model_copy(update={"improvement": improvement})
    if not scenario.areas_differ:
        # Not nought: the spread of the drawn effects is what they are scaled by.
        still["spread"] = spread.model_copy(update={"total": 1e-9, "parents": {}, "item": 0.0})
        still["feedback"] = still["feedback"].model_copy(update={"area_spread": 0.0})
        # Figures are adjusted for classes of channels. Channels of one class that are judged differently would leave
        # true differences between areas: nothing to call a false alarm.
        satisfied = known.channels.satisfied.model_copy(update={"by_code": {}})
        still["channels"] = known.channels.model_copy(update={"satisfied": satisfied})
        still["groups"] = known.groups.model_copy(update={"by_channel": {}})
    if scenario.response_range is not None:
        still["response"] = known.response.model_copy(update=_response(survey, known, scenario.response_range))
    return known.model_copy(update=still)


def _response(survey: Survey, known: Parameters, ends: tuple[float, float]) -> dict[str, dict[str, float]]:
    """Response per age, group and channel, from low to high; of channels the best judged answer most."""

    def spread_out(codes: list[str]) -> dict[str, float]:
        middle = [sum(ends) / 2]
        return dict(zip(codes, np.linspace(*ends, len(codes)).tolist() if len(codes) > 1 else middle, strict=True))

    satisfied = known.channels.satisfied
    judged = {
        c.code: satisfied.by_code.get(c.code, satisfied.by_class.get(c.channel_class, satisfied.default))
        for c in survey.channels
    }
    ages = survey.code_lists.get("age_band")
    return {
        "age": spread_out([entry.code for entry in ages.codes] if ages else []),
        "group": spread_out([group.code for group in survey.target_groups if group.in_scope]),
        "channel": spread_out(sorted(judged, key=lambda code: (judged[code], code))),
    }
