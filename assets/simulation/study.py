"""Runs of the scenarios, and what they say together: the rows of ``publication.error_rates``.

Belongs here: one run from seed to tallies, adding runs up to rows.
Does not belong here: the file the rows are kept in (``rates``), dividing runs over processes and showing
progress (``pipelines.simulate``), formulas (``assets.statistics.simulation``).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from assets.code_version import code_version
from assets.publication import CODE as PUBLICATION_CODE
from assets.simulation.harness import Harness
from assets.simulation.measures import TABLES, Key, Tally, tallies
from assets.simulation.police import draw_police
from assets.simulation.rates import SCHEMA
from assets.simulation.scenarios import load_study, reduced
from assets.statistics.intervals import Floats
from assets.statistics.simulation import Summary, judgements, means, shares
from assets.warehouse import sql_path
from expectations.model import Survey

AVERAGED = ("bias", "alarms")
"""Quantities that are means; the others are shares."""
CODE = (*PUBLICATION_CODE, "assets.simulation", "assets.synthetic", "assets.publication", "expectations.rules")
"""What the results come from, beside the SQL and the contract."""


@dataclass(frozen=True)
class Provenance:
    """Where results come from.

    Attributes:
        responses: Answers asked for, over 36 months.
        seed: Of all runs.
        code: Version of the code and the contract that were simulated.
        day: Day of the simulation, given by who asked for it.
    """

    responses: int
    seed: int
    code: str
    day: dt.date


@dataclass(frozen=True)
class RunDone:
    """One run of one scenario, with the seconds of its parts (drawing, tables, counting)."""

    scenario: str
    run: int
    found: tuple[Tally, ...]
    seconds: tuple[float, float, float]


def simulated_code(survey: Survey) -> str:
    """Version of everything the results depend on."""
    selects = [path.read_text("utf-8") for path in sorted(sql_path("marts", "cells").parents[1].rglob("*.sql"))]
    return code_version(survey.fingerprint, *selects, modules=CODE)


def run_scenario(survey: Survey, name: str, run: int, seed: int, responses: int) -> RunDone:
    """Draw one police, make its tables, hold them against the truth.

    Args:
        survey: The whole contract.
        name: Of the scenario.
        run: Number of the run, from 0.
        seed: Of the study; every run and scenario has its own police.
        responses: About how many answers, for 36 months.
    """
    scenario, contract = load_study().scenarios[name], reduced(survey)
    place = list(load_study().scenarios).index(name)
    own_seed = int(np.random.SeedSequence([seed, run, place]).generate_state(1)[0])
    clock = [time.perf_counter()]
    police = draw_police(survey, scenario, own_seed, responses)
    clock.append(time.perf_counter())
    with Harness(contract, police.as_of, police.tables) as harness:
        harness.build(TABLES)
        clock.append(time.perf_counter())
        found = tallies(name, scenario, police, harness)
    clock.append(time.perf_counter())
    return RunDone(name, run, tuple(found), (clock[1] - clock[0], clock[2] - clock[1], clock[3] - clock[2]))


def error_rates(done: Iterable[RunDone], provenance: Provenance) -> pa.Table:
    """All runs together, one row per kind of result.

    Args:
        done: Runs, in any order.
        provenance: Where they come from.

    Returns:
        The rows of ``publication.error_rates`` in the order of their key.
    """
    ordered = sorted(done, key=lambda one: (one.scenario, one.run))
    column = {run: at for at, run in enumerate(sorted({one.run for one in ordered}))}
    keys = sorted({tally.key for one in ordered for tally in one.found})
    row = {key: at for at, key in enumerate(keys)}
    totals, counts = np.zeros((len(keys), len(column))), np.zeros((len(keys), len(column)))
    for one in ordered:
        for tally in one.found:
            totals[row[tally.key], column[one.run]] = tally.total
            counts[row[tally.key], column[one.run]] = tally.count
    if not keys:
        return SCHEMA.empty_table()
    averaged = np.array([key.quantity in AVERAGED for key in keys])
    mean, share = means(totals, counts), shares(np.where(averaged[:, None], 0.0, totals), counts)
    found = Summary(*(np.where(averaged, getattr(mean, f.name), getattr(share, f.name)) for f in fields(Summary)))
    return _table(keys, found, provenance)


def _table(keys: Sequence[Key], found: Summary, provenance: Provenance) -> pa.Table:
    study = load_study()
    bands = [study.band(key.scenario, key.quantity, key.statement, key.measure) for key in keys]
    low, high = (np.array([np.nan if band[end] is None else band[end] for band in bands]) for end in (0, 1))
    rows = len(keys)
    columns: dict[str, object] = {f.name: [getattr(key, f.name) for key in keys] for f in fields(Key)}
    columns |= {
        "simulated": _numbers(found.value),
        "simulated_low": _numbers(found.low),
        "simulated_high": _numbers(found.high),
        "wanted_low": _numbers(low),
        "wanted_high": _numbers(high),
        "judgement": judgements(found, low, high),
        "runs": found.runs.astype(np.int64),
        "trials": found.count.astype(np.int64),
        "simulated_responses": [provenance.responses] * rows,
        "seed": [provenance.seed] * rows,
        "simulated_code": [provenance.code] * rows,
        "simulated_on": [provenance.day] * rows,
    }
    return pa.table([pa.array(columns[field.name], field.type) for field in SCHEMA], schema=SCHEMA)


def _numbers(values: Floats) -> pa.Array:
    """Rounded to what any number of runs can tell, so that the file is the same on every machine."""
    return pa.array(np.round(values, 6), pa.float64(), mask=np.isnan(values))
