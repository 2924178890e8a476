"""``marts.calibrated_variance``: the variance of figures of the higher levels under calibrated weights.

Belongs here: from respondents and weights to the arrays of the pure function, one quarter at a time, and back to rows.
Does not belong here: the formula (``statistics.calibrated``), the variance with fixed weights (``sql/marts``).

With calibrated weights the margins say part of what an answer says; what counts is the rest (Deville & Sarndal 1992, as
in R's ``calibrate()``). At the lower levels that makes hardly a difference and there are many areas: there the fixed
weights serve. People who answered more than once are added for all levels alike, in ``marts.repeat_persons``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import NOWHERE, SEPARATOR, spelled
from assets.statistics.calibrated import CalibratedDesign
from assets.statistics.intervals import Bools, Floats, Integers
from assets.statistics.strata import indicator, margin_matrix
from expectations.compile_respondents import statistics_columns
from expectations.model import ALL, Level, Survey

CELL = ("area_code", "channel", "target_group", "age_band")
LEVELS_WITH_FIXED_WEIGHTS = 2
"""The lowest levels; the top level is never one of them."""
PLACE = ("level", "area_code", "channel", "target_group", "window", "period_start", "item", "measure")
SCHEMA = pa.schema(
    [(name, pa.date32() if name == "period_start" else pa.string()) for name in PLACE]
    + [(name, pa.int64()) for name in ("n", "v_yy", "v_y1", "v_11")]
)


@dataclass(frozen=True)
class Reference:
    """``reference.area_rollup`` and ``reference.frame``: what an area consists of, what a level may publish."""

    area_rollup: pa.Table
    frame: pa.Table


@dataclass(frozen=True)
class _Quarter:
    """Respondents of one quarter: their codes, statistics (n x k, NaN = not answered), and how they were drawn."""

    start: dt.date
    people: pa.Table
    values: Floats
    design: CalibratedDesign


@dataclass(frozen=True)
class _Figures:
    """Which figures a respondent is in.

    Attributes:
        domain: n x b positions of figures; -1 is none.
        places: Per figure area, channel, target group, window and first day.
    """

    domain: Integers
    places: dict[str, pa.Array]
    count: int


def exact_levels(survey: Survey) -> Sequence[Level]:
    """Levels whose variances are those of calibrated weights: all but the lowest two, and the top level always."""
    return survey.levels[:-LEVELS_WITH_FIXED_WEIGHTS] or survey.levels[:1]


def calibrated_variance(  # noqa: PLR0917 - the tables it is made of
    survey: Survey,
    respondents: pa.Table,
    weights: pa.Table,
    strata: pa.Table,
    reference: Reference,
    archived: pa.Table,
    archived_counts: pa.Table,
) -> pa.Table:
    """``marts.calibrated_variance``.

    Args:
        survey: The contract.
        respondents: ``marts.respondents``.
        weights: ``marts.weights``.
        strata: ``marts.strata``.
        reference: Areas and combinations.
        archived: ``marts.archived_variance``: what was made of quarters of which rows are gone.
        archived_counts: ``marts.archived_counts``: of which months rows are gone.

    Returns:
        A row per figure with answers, in quarters whose weights were calibrated; variances in squared units of weight.

    Raises:
        ValueError: A respondent has no weight.
    """
    tables = [archived.select(SCHEMA.names).cast(SCHEMA)]
    gone = set(_quarters(archived_counts.column("month")).to_pylist())
    quarters = _quarters(respondents.column("month"))
    for start in sorted(set(quarters.unique().to_pylist()) - gone):
        here = weights.filter(pc.field("quarter") == pa.scalar(start))
        if not pc.sum(pc.list_value_length(here.column("margins"))).as_py():
            continue
        people = respondents.filter(pc.equal(quarters, pa.scalar(start)))
        quarter = _quarter(survey, start, people, here, strata.filter(pc.field("quarter") == pa.scalar(start)))
        tables.extend(_level_rows(survey, level, quarter, reference) for level in exact_levels(survey))
    return pa.concat_tables(tables)


def _quarters(months: pa.ChunkedArray) -> pa.ChunkedArray:
    """First day of the quarter of each month."""
    return pc.cast(pc.floor_temporal(months, unit="quarter"), pa.date32())


def _quarter(survey: Survey, start: dt.date, people: pa.Table, weights: pa.Table, strata: pa.Table) -> _Quarter:
    """The arrays of one quarter; every table holds rows of that quarter only."""
    age_band = pc.fill_null(people.column("age_band"), "unknown")
    cell = pc.binary_join_element_wise(*(people.column(name) for name in CELL[:-1]), age_band, SEPARATOR)
    cells = pc.binary_join_element_wise(*(weights.column(name) for name in CELL), SEPARATOR)
    at = _positions(cell, cells.to_pylist())
    if (at < 0).any():
        raise ValueError(f"{int((at < 0).sum())} respondents of {start} have no weight: rebuild the marts together")
    margins = weights.column("margins").combine_chunks()
    columns = margin_matrix(
        margins.flatten().to_numpy().astype(np.int64),
        np.concatenate([[0], np.cumsum(pc.list_value_length(margins).to_numpy())]).astype(np.int64),
        1 + int(pc.max(margins.flatten()).as_py()),
    )
    answers = [people.column(column.column_name).cast(pa.float64()) for column in statistics_columns(survey)]
    return _Quarter(
        start=start,
        people=people,
        values=np.column_stack([answer.to_numpy() for answer in answers]),
        design=CalibratedDesign(
            base_weight=weights.column("base_weight").to_numpy()[at],
            weight=weights.column("weight").to_numpy()[at].astype(np.float64),
            margins=columns[at],
            stratum=_positions(people.column("area_code"), strata.column("area_code").to_pylist()),
            stratum_size=strata.column("responses").to_numpy().astype(np.float64),
        ),
    )


def _level_rows(survey: Survey, level: Level, quarter: _Quarter, reference: Reference) -> pa.Table:
    """Rows of the figures of one level: every combination it may publish, of the quarter and of its months."""
    figures = _figures(survey, level, quarter, reference)
    answered = (~np.isnan(quarter.values)).astype(np.float64)
    count = np.zeros((figures.count, answered.shape[1]))
    for column in figures.domain.T:
        count += indicator(column, figures.count) @ answered
    triple = quarter.design.triples(quarter.values, figures.domain, figures.count)
    where, measure = np.nonzero(count)
    measures = statistics_columns(survey)
    v_yy, v_y1, v_11 = (np.rint(part[where, measure]).astype(np.int64) for part in triple)
    columns = {
        "level": pa.array([level.code] * len(where), pa.string()),
        **{name: values.take(pa.array(where)) for name, values in figures.places.items()},
        "item": spelled([m.item for m in measures], measure),
        "measure": spelled([m.measure for m in measures], measure),
        "n": np.rint(count[where, measure]).astype(np.int64),
        "v_yy": np.maximum(v_yy, 0),  # a variance below zero is rounding
        "v_y1": v_y1,
        "v_11": np.maximum(v_11, 0),
    }
    return pa.table(columns, schema=SCHEMA)


def _figures(survey: Survey, level: Level, quarter: _Quarter, reference: Reference) -> _Figures:
    """Figures of one level: areas x channels x groups x (the quarter, its months), as far as the frame has them."""
    people = quarter.people
    leaves = reference.area_rollup.filter(pc.field("level") == level.code)
    areas = sorted(set(leaves.column("area_code").to_pylist()))
    leaf = _positions(people.column("area_code"), leaves.column("leaf_code").to_pylist())
    area = np.where(leaf >= 0, np.append(_positions(leaves.column("area_code"), areas), NOWHERE)[leaf], NOWHERE)
    channels = list(dict.fromkeys([ALL, *(c.code for c in survey.channel_classes), *(c.code for c in survey.channels)]))
    groups = [ALL, *(group.code for group in survey.target_groups)]
    periods = [quarter.start, *sorted(set(people.column("month").to_pylist()))]
    month = 1 + _positions(people.column("month"), periods[1:], pa.date32())
    allowed = _allowed(level, reference.frame, channels, groups)
    total = np.zeros(len(area), dtype=np.int64)
    in_class, in_channel = (_positions(people.column(name), channels) for name in ("channel_class", "channel"))
    in_group = _positions(people.column("target_group"), groups)

    shape = (len(areas), len(channels), len(groups), len(periods))
    columns = []
    for period in (total, month):
        for channel in (total, in_class, np.where(in_channel == in_class, NOWHERE, in_channel)):
            for group in (total, in_group):
                inside = (area >= 0) & (channel >= 0) & (group >= 0)
                inside &= allowed[np.minimum(period, 1), channel, group]
                figure = np.ravel_multi_index([np.where(inside, x, 0) for x in (area, channel, group, period)], shape)
                columns.append(np.where(inside, figure, NOWHERE))
    found, domain = np.unique(np.column_stack(columns), return_inverse=True)
    outside = int(found[0] == NOWHERE) if len(found) else 0  # -1 sorts before every figure
    at = np.unravel_index(found[outside:], shape)
    windows = np.minimum(at[3], 1)
    return _Figures(
        domain=domain.reshape(-1, len(columns)) - outside,
        places={
            "area_code": spelled(areas, at[0]),
            "channel": spelled(channels, at[1]),
            "target_group": spelled(groups, at[2]),
            "window": spelled(["quarter", "month"], windows),
            "period_start": spelled(periods, at[3], pa.date32()),
        },
        count=len(found) - outside,
    )


def _allowed(level: Level, frame: pa.Table, channels: list[str], groups: list[str]) -> Bools:
    """Whether the level publishes a channel x group per quarter (longer windows are made of them) and per month."""
    allowed = np.zeros((2, len(channels), len(groups)), dtype=np.bool_)
    rows = frame.filter(pc.field("level") == level.code)
    for channel, group, window in zip(
        *(rows.column(name).to_pylist() for name in ("channel", "target_group", "window")), strict=True
    ):
        if channel in channels and group in groups:
            allowed[int(window == "month"), channels.index(channel), groups.index(group)] = True
    return allowed


def _positions(column: pa.ChunkedArray, values: Sequence[object], kind: pa.DataType | None = None) -> Integers:
    """Position of each value of a column in a list, -1 where it is not there."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(values, kind or pa.string())), NOWHERE)
    positions: Integers = found.to_numpy().astype(np.int64)
    return positions
