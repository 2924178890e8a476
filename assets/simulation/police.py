"""A synthetic police of one scenario as arrays: the register and the answers as staging tables, and what is true.

Belongs here: drawing month after month with ``assets.synthetic``, what a scenario changes in it, and putting contacts
and answers in the columns of the staging tables. Does not belong here: how people behave (``assets.synthetic``), files.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assets.simulation.scenarios import FULL_MONTHS, Scenario, drawn, parameters_of, reduced
from assets.simulation.truth import expected_answers, subjects
from assets.synthetic.answers import Answers, make_answers
from assets.synthetic.contacts import Contacts, make_contacts
from assets.synthetic.invitations import Invitations
from assets.synthetic.parameters import Bools, Floats, Ints
from assets.synthetic.world import World, add_months, generator, make_world
from expectations.compile_exclusions import RECENTLY_INVITED
from expectations.ddl import resolved_columns
from expectations.model import Item, Survey

STREAM_SHIFTS, STREAM_THINNING = 21, 22
YEAR = 12


@dataclass(frozen=True)
class Truth:
    """What is true of a drawn police, per month and leaf area.

    Attributes:
        areas: Codes of the leaf areas.
        months: First days.
        contacts: Eligible contacts, months x areas.
        expected: Per kind of subject the sum of the expected answers over these contacts, months x areas.
        answers: Per kind of subject the number of answers that count, months x areas.
        answered: Per kind of subject the sum of these answers, months x areas.
        shift: Points by which each leaf area shifts in the last year.
    """

    areas: tuple[str, ...]
    months: tuple[dt.date, ...]
    contacts: Floats
    expected: dict[str, Floats]
    answers: dict[str, Floats]
    answered: dict[str, Floats]
    shift: Floats


@dataclass(frozen=True)
class Police:
    """A drawn police: what the staging tables hold, what is true, and the day it is looked at."""

    tables: dict[str, pa.Table]
    truth: Truth
    as_of: dt.date


def draw_police(survey: Survey, scenario: Scenario, seed: int, responses: int, *, whole: bool = False) -> Police:
    """Draw a police.

    Args:
        survey: The whole contract.
        scenario: What is different from the demo.
        seed: The same seed gives the same police.
        responses: About how many answers, for 36 months.
        whole: Answers to the items of the whole contract, for a bench.

    Returns:
        ``staging.contacts`` and ``staging.responses`` of the reduced (or whole) contract, and the truth.
    """
    if whole:
        return _Drawing(survey, survey, scenario, seed, responses).police()
    return _Drawing(drawn(survey), reduced(survey), scenario, seed, responses).police()


class _Drawing:
    """Draws month after month and keeps what is needed."""

    def __init__(self, answered: Survey, counted: Survey, scenario: Scenario, seed: int, responses: int) -> None:
        self.scenario, self.survey = scenario, counted
        self.world = _world(answered, scenario, seed, responses)
        self.shift = _shifts(self.world, scenario)
        self.places = (len(self.world.months), len(self.world.leaf.codes))
        self.contacts = np.zeros(self.places)
        kinds = [subject.kind for subject in subjects(self.survey)]
        self.expected, self.answers, self.answered = ({kind: np.zeros(self.places) for kind in kinds} for _ in range(3))

    def police(self) -> Police:
        world = self.world
        invitations = Invitations(world)
        registers, questionnaires = [], []
        for month in range(len(world.months)):
            contacts = invitations.of_month(self._shifted(make_contacts(world, month)))
            answers = self._thinned(contacts, make_answers(world, contacts))
            self._add(month, contacts, answers)
            registers.append(_register(world, contacts))
            questionnaires.append(_questionnaires(self.survey, contacts, answers))
        after = add_months(world.months[-1], 1) + dt.timedelta(weeks=world.survey.periods.closes_after_weeks)
        truth = Truth(
            world.leaf.codes,
            world.months,
            self.contacts,
            self.expected,
            self.answers,
            self.answered,
            self.shift,
        )
        tables = {
            "staging.contacts": _filled(self.survey, "staging.contacts", pa.concat_tables(registers)),
            "staging.responses": _filled(self.survey, "staging.responses", pa.concat_tables(questionnaires)),
        }
        return Police(tables, truth, after)

    def _shifted(self, contacts: Contacts) -> Contacts:
        if contacts.month < len(self.world.months) - YEAR or not self.shift.any():
            return contacts
        low, high = self.world.parameters.clip
        return dataclasses.replace(contacts, p=np.clip(contacts.p + self.shift[contacts.area] / 100, low, high))

    def _thinned(self, contacts: Contacts, answers: Answers) -> Answers:
        """Without the satisfied people who do not care to answer."""
        if self.scenario.dissatisfied_ratio == 1:
            return answers
        rng = generator(self.world.seed, STREAM_THINNING, contacts.month)
        item = self.survey.item(self.survey.headline_item)
        positive = _numbers(self.survey, item, "positive")[np.maximum(answers.items[item.id], 0)] == 1
        stays = ~positive | (rng.random(len(answers)) < 1 / self.scenario.dissatisfied_ratio)
        items = {name: values[stays] for name, values in answers.items.items()}
        kept = {f: getattr(answers, f)[stays] for f in ("contact", "delay", "late", "p", "judgement")}
        return Answers(items=items, **kept)

    def _add(self, month: int, contacts: Contacts, answers: Answers) -> None:
        eligible = contacts.eligible
        area, count = contacts.area[eligible], self.places[1]
        self.contacts[month] = np.bincount(area, minlength=count)
        values = expected_answers(self.world, contacts, eligible)
        counts = eligible[answers.contact]
        for subject in subjects(self.survey):
            self.expected[subject.kind][month] = np.bincount(area, values[subject.kind], minlength=count)
            given = answers.items[subject.item]
            use = counts & (given >= 0)
            where = contacts.area[answers.contact[use]]
            number = _numbers(self.survey, self.survey.item(subject.item), subject.measure)[given[use]]
            self.answers[subject.kind][month] = np.bincount(where, minlength=count)
            self.answered[subject.kind][month] = np.bincount(where, number, minlength=count)


def _world(survey: Survey, scenario: Scenario, seed: int, responses: int) -> World:
    """The country of a scenario; where satisfied people answer less often, as many contacts with as many answers."""
    parameters = parameters_of(survey, scenario)
    wanted = max(round(responses * scenario.months / FULL_MONTHS), 1)
    if scenario.dissatisfied_ratio == 1:
        return make_world(survey, parameters, seed, wanted, scenario.months)
    satisfied = make_world(survey, parameters, seed, wanted, 1).mean_satisfied
    more = 1 / (satisfied / scenario.dissatisfied_ratio + 1 - satisfied)
    response = parameters.response.model_copy(update={"rate": parameters.response.rate * more})
    thinned = parameters.model_copy(update={"response": response})
    return make_world(survey, thinned, seed, round(wanted * more), scenario.months)


def _shifts(world: World, scenario: Scenario) -> Floats:
    """Points per leaf area; up or down by the toss of a coin."""
    shift = np.zeros(len(world.leaf.codes))
    if not scenario.shifts or len(world.months) <= YEAR:
        return shift
    rng = generator(world.seed, STREAM_SHIFTS)
    each = max(round(scenario.shifted_share * len(shift)), 1)
    chosen = rng.permutation(len(shift))[: each * len(scenario.shifts)]
    sizes = np.repeat(np.array(scenario.shifts), each)[: len(chosen)]
    shift[chosen] = sizes * rng.choice([-1.0, 1.0], len(chosen))
    return shift


def _numbers(survey: Survey, item: Item, measure: str) -> Floats:
    """What an answer counts for, per position in the points of the scale."""
    scale = survey.scale_of(item)
    if scale.kind == "mark":
        values = np.arange(scale.minimum or 1, (scale.maximum or 10) + 1)
    else:
        values = np.array([point.value or 0 for point in scale.points])
    return (np.isin(values, scale.positive) if measure == "positive" else values).astype(np.float64)


def _register(world: World, contacts: Contacts) -> pa.Table:
    """The contacts of a month with the columns of ``staging.contacts`` that a figure can depend on."""
    reasons = _codes(world, "exclusion_reason")
    reason = contacts.lists["exclusion_reason"]
    outside = np.where(contacts.left_out, len(reasons), np.where(contacts.invitation < 0, reason, -1))
    day = np.where(contacts.invitation >= 0, contacts.invitation, 0).astype("timedelta64[D]")
    columns = {
        "contact_id": _ids(contacts.contact),
        "person_id": _ids(contacts.person),
        "contact_date": pa.array(contacts.date),
        "channel": _coded(world.channel_codes, contacts.channel),
        "target_group": _coded(world.group_codes, contacts.group),
        "area_code": _coded(world.leaf.codes, contacts.area),
        "age_band": _coded(world.age_codes, contacts.age) if "age_band" in world.code_lists else None,
        "excluded_by": _coded((*reasons, RECENTLY_INVITED), outside),
        "invitation_date": pa.array(contacts.date + day, mask=contacts.invitation < 0),
        "row_number": pa.array(np.arange(1, len(contacts) + 1)),
        **{field: _coded(_codes(world, field), at) for field, at in contacts.lists.items() if _codes(world, field)},
    }
    return pa.table({name: column for name, column in columns.items() if column is not None})


def _questionnaires(survey: Survey, contacts: Contacts, answers: Answers) -> pa.Table:
    """The answers to the contacts of a month with the columns of ``staging.responses``."""
    ids = _ids(contacts.contact[answers.contact])
    date = contacts.date[answers.contact] + answers.delay.astype("timedelta64[D]")
    columns = {
        "response_id": ids,
        "contact_id": ids,
        "response_date": pa.array(date),
        "answered": pa.array(sum((given >= 0).astype(np.int64) for given in answers.items.values())),
        "row_number": pa.array(np.arange(1, len(answers) + 1)),
    }
    for item in survey.items:
        columns[item.id] = _answers(survey, item, answers.items[item.id])
    return pa.table(columns)


def _answers(survey: Survey, item: Item, given: Ints) -> pa.Array:
    scale = survey.scale_of(item)
    if scale.kind in {"ordinal", "mark"}:
        values = _numbers(survey, item, "mean").astype(np.int8)
        return pa.array(values[np.maximum(given, 0)], mask=given < 0)
    if scale.kind == "nominal":
        return _coded([point.code or str(point.value) for point in scale.points], np.where(given >= 0, given, -1))
    if scale.kind == "multiple":
        return pa.array(
            [[p.code for at, p in enumerate(scale.points) if v > 0 and v >> at & 1] for v in given.tolist()]
        )
    return pa.nulls(len(given), pa.string())


def _filled(survey: Survey, table: str, rows: pa.Table) -> pa.Table:
    """All columns of a table: what is not simulated is empty, and a delivery has a name."""
    for column in resolved_columns(survey, survey.tables[table]):
        if column.name in rows.column_names:
            continue
        if column.name == "delivery_id":
            values = pa.array(["simulated"]).take(pa.array(np.zeros(len(rows), dtype=np.int64)))
        elif column.type == "varchar[]" and not column.nullable:
            offsets = pa.array(np.zeros(len(rows) + 1, dtype=np.int32))
            values = pa.ListArray.from_arrays(offsets, pa.array([], pa.string()))
        else:
            values = pa.nulls(len(rows), pa.date32() if column.type == "date" else pa.string())
        rows = rows.append_column(column.name, values)
    return rows


def _codes(world: World, field: str) -> list[str]:
    return [entry.code for entry in world.code_lists[field].codes] if field in world.code_lists else []


def _coded(codes: list[str] | tuple[str, ...], at: Ints) -> pa.Array:
    """The code at each position; NULL at -1."""
    mask: Bools = at < 0
    return pa.DictionaryArray.from_arrays(pa.array(np.maximum(at, 0).astype(np.int16), mask=mask), list(codes)).cast(
        pa.string()
    )


def _ids(numbers: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> pa.Array:
    return pa.array(numbers).cast(pa.string())
