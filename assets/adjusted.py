"""``marts.adjusted``: what every leaf area would score if all of them had the same mix of contacts.

Belongs here: from respondents and weights to the sums of the regression, once per quarter; windows by adding quarters;
back to rows. Does not belong here: the formulas (``statistics.casemix``), what is published of it
(``publication_small_areas``), comparisons of adjusted figures.

Adjusters are characteristics of the contact that an area does not choose and that are no service: class of channel,
target group, class of incident, age band. A survey that lacks one of them, or has one category of it, adjusts for the
others; a survey without any gets its figures as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.figure_axes import Axes, Period, find, spelled
from assets.statistics import casemix
from assets.statistics.casemix import Design, NormalEquations, Sample
from assets.statistics.intervals import Floats, Integers
from expectations.compile_respondents import statistics_columns

ADJUSTERS = ("channel_class", "target_group", "incident_class", "age_band")
CLASSES = 0
"""The adjuster whose classes direct standardisation uses: the three a team may publish."""
WINDOWS = ("quarter", "four_quarters")
CELL = ("quarter", "area_code", "channel", "target_group", "age_band")
"""What says which weight a respondent has."""
UNKNOWN = "unknown"
NO_ANSWER = -128
"""In whole answers of one byte, which no scale reaches."""
BLOCK = 12
"""Measures at a time: bounds the memory that respondents x measures take as floating point numbers."""
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("area_code", "item", "measure", "window")]
    + [("period_start", pa.date32()), ("period_end", pa.date32()), ("n", pa.int64())]
    + [
        (name, pa.float64())
        for name in ("raw", "adjusted", "adjusted_se", "mix_effect", "expected_for_mix", "standardised")
    ]
    + [("slopes", pa.int64())]
)


@dataclass(frozen=True)
class _People:
    """Respondents of closed periods as arrays, quarter by quarter; one element or row per respondent.

    Attributes:
        quarter: First day of the quarter, in days; sorted.
        area: Position of the leaf area; the position after the last is an unknown area.
        areas: Codes of the leaf areas.
        person: The same number for the same person, -1 where that is not known.
        design: Adjusters.
        weight: In thousandths of a contact.
        answers: Respondents x measures, whole numbers or ``NO_ANSWER``.
    """

    quarter: Integers
    area: Integers
    areas: tuple[str, ...]
    person: Integers
    design: Design
    weight: Floats
    answers: NDArray[np.int8]

    def values(self, rows: slice, measures: slice) -> Floats:
        """Answers as floating point numbers, NaN where there is none."""
        part = self.answers[rows, measures]
        return np.where(part == NO_ANSWER, np.nan, part)

    def between(self, start: dt.date, end: dt.date) -> slice:
        """The respondents of a period of whole quarters."""
        first, last = np.searchsorted(self.quarter, [_days(start), _days(end)], side="left")
        return slice(int(first), int(last))

    def blocks(self) -> Iterator[slice]:
        """Measures, a few at a time."""
        for start in range(0, self.answers.shape[1], BLOCK):
            yield slice(start, min(start + BLOCK, self.answers.shape[1]))


def adjusted(
    axes: Axes, respondents: pa.Table, weights: pa.Table, archived: pa.Table, archived_counts: pa.Table
) -> pa.Table:
    """``marts.adjusted``.

    Args:
        axes: Of the contract and its reference tables.
        respondents: ``marts.respondents``.
        weights: ``marts.weights``.
        archived: ``marts.archived_adjusted``: what was made of periods of which rows are gone.
        archived_counts: ``marts.archived_counts``: of which months rows are gone.

    Returns:
        A row per leaf area, measure and closed quarter or four quarters with answers.

    Raises:
        ValueError: A respondent has no weight.
    """
    gone = set(archived_counts.column("month").unique().to_pylist())
    periods = [when for when in axes.periods if when.window in WINDOWS and when.window in axes.survey.leaf.windows]
    whole = [when for when in periods if not any(when.start <= month <= when.end for month in gone)]
    tables = [_archived(axes, archived, {(when.window, when.start) for when in periods if when not in whole})]
    if whole and respondents.num_rows:
        people = _people(axes, respondents, weights, [when for when in whole if when.window == WINDOWS[0]] or whole)
        quarters = {}
        for start in np.unique(people.quarter).tolist():
            quarters[start] = _equations(people, start)
        tables += [_rows(axes, people, quarters, when) for when in whole]
    return pa.concat_tables(tables)


def _archived(axes: Axes, archived: pa.Table, periods: set[tuple[str, dt.date]]) -> pa.Table:
    """What the archive says of some periods, of areas that exist."""
    current = set(_leaves(axes))
    rows = archived.select(SCHEMA.names).cast(SCHEMA)
    keep = [
        (row["window"], row["period_start"]) in periods and row["area_code"] in current
        for row in rows.select(["window", "period_start", "area_code"]).to_pylist()
    ]
    return rows.filter(pa.array(keep, pa.bool_()))


def _leaves(axes: Axes) -> tuple[str, ...]:
    leaf = len(axes.levels) - 1
    return tuple(area.code for area in axes.areas if area.level == leaf)


def _people(axes: Axes, respondents: pa.Table, weights: pa.Table, periods: list[Period]) -> _People:
    """The arrays that every period is cut from."""
    first, last = min(when.start for when in periods), max(when.end for when in periods)
    rows = respondents.filter((pc.field("month") >= pa.scalar(first)) & (pc.field("month") <= pa.scalar(last)))
    quarter = pc.cast(pc.floor_temporal(rows.column("month"), unit="quarter"), pa.date32())
    rows = rows.append_column("quarter", quarter).sort_by("quarter")
    for name in ("age_band", "incident_class"):
        filled = pc.fill_null(rows.column(name), UNKNOWN)
        rows = rows.set_column(rows.column_names.index(name), name, filled)
    areas = _leaves(axes)
    categories = [sorted(rows.column(name).unique().to_pylist()) for name in ADJUSTERS]
    area = _codes(rows.column("area_code"), areas)
    encoded = rows.column("person_id").combine_chunks().dictionary_encode()
    answers = np.empty((rows.num_rows, len(statistics_columns(axes.survey))), dtype=np.int8)
    for position, column in enumerate(statistics_columns(axes.survey)):
        answers[:, position] = pc.fill_null(rows.column(column.column_name), NO_ANSWER).to_numpy()
    return _People(
        quarter=pc.cast(rows.column("quarter"), pa.int32()).to_numpy().astype(np.int64),
        area=np.where(area >= 0, area, len(areas)),
        areas=areas,
        person=pc.fill_null(pc.cast(encoded.indices, pa.int64()), -1).to_numpy(zero_copy_only=False),
        design=Design(
            np.column_stack([_codes(rows.column(n), v) for n, v in zip(ADJUSTERS, categories, strict=True)]),
            tuple(len(values) for values in categories),
        ),
        weight=_weights(rows, weights),
        answers=answers,
    )


def _weights(rows: pa.Table, weights: pa.Table) -> Floats:
    """The weight of every respondent, in thousandths of a contact."""
    values = {name: weights.column(name).unique().to_pylist() for name in CELL}
    shape = tuple(len(values[name]) + 1 for name in CELL)
    # a value that no weight has gets the last position, which no weight has either
    both = [
        np.ravel_multi_index([_codes(t.column(n), values[n]) % (len(values[n]) + 1) for n in CELL], shape)
        for t in (weights, rows)
    ]
    order = np.argsort(both[0], kind="stable")
    at = find(both[0][order], both[1])
    if (at < 0).any():
        raise ValueError(f"{int((at < 0).sum())} respondents have no weight: rebuild marts.weights and respondents")
    found: Floats = weights.column("weight").to_numpy().astype(np.float64)[order][at]
    return found


def _equations(people: _People, start: int) -> NormalEquations:
    """The sums of the regressions of one quarter; first day in days."""
    first, last = np.searchsorted(people.quarter, [start, start + 1])
    rows, everything = slice(int(first), int(last)), slice(None)
    return casemix.normal_equations(
        people.area[rows],
        len(people.areas) + 1,
        Design(people.design.codes[rows], people.design.sizes),
        people.weight[rows],
        people.values(rows, everything),
    )


def _rows(axes: Axes, people: _People, quarters: dict[int, NormalEquations], when: Period) -> pa.Table:
    """Rows of one period: all its areas and measures with answers."""
    own = [sums for start, sums in sorted(quarters.items()) if _days(when.start) <= start <= _days(when.end)]
    if not own:
        return SCHEMA.empty_table()
    sums = reduce(add, own)
    slopes = casemix.within_areas(sums)
    found = casemix.at_equal_mix(sums, slopes)
    measures = statistics_columns(axes.survey)
    place = {(m.item, m.name): n for n, m in enumerate(axes.measures)}
    order = np.argsort([place[m.item, m.measure] for m in measures], kind="stable")
    area, ranked = np.nonzero(sums.n[order, : len(people.areas)].T > 0)
    measure = order[ranked]
    classes = slice(people.design.offsets[CLASSES], people.design.offsets[CLASSES] + people.design.sizes[CLASSES])
    numbers = {
        "raw": found.raw,
        "adjusted": found.adjusted,
        "adjusted_se": _standard_error(people, when, sums, slopes),
        "mix_effect": found.mix_effect,
        "expected_for_mix": found.expected,
        "standardised": casemix.directly_standardised(sums, classes, axes.survey.thresholds.minimum_n),
    }
    count = len(area)
    columns = {
        "area_code": spelled(people.areas, area),
        "item": spelled([m.item for m in measures], measure),
        "measure": spelled([m.measure for m in measures], measure),
        "window": pa.array([when.window] * count, pa.string()),
        "period_start": pa.array([when.start] * count, pa.date32()),
        "period_end": pa.array([when.end] * count, pa.date32()),
        "n": sums.n[measure, area].astype(np.int64),
        **{name: _nullable(values[measure, area]) for name, values in numbers.items()},
        "slopes": slopes.rank[measure],
    }
    return pa.table(columns, schema=SCHEMA)


def _standard_error(people: _People, when: Period, sums: NormalEquations, slopes: casemix.Slopes) -> Floats:
    """Of adjusted figures, measures x areas."""
    rows = people.between(when.start, when.end)
    area, areas = people.area[rows], len(people.areas) + 1
    starts, quarter = np.unique(people.quarter[rows], return_inverse=True)
    sample = Sample.of(area, areas, quarter * areas + area, len(starts) * areas, people.person[rows])
    design = Design(people.design.codes[rows], people.design.sizes)
    weight = people.weight[rows]
    variance = np.concatenate(
        [
            casemix.residual_variance(sample, design, weight, people.values(rows, at), sums.of(at), slopes.of(at))
            for at in people.blocks()
        ]
    )
    return np.sqrt(variance + casemix.slope_variance(sums, slopes))


def _codes(column: pa.ChunkedArray, values: list[object] | tuple[str, ...]) -> Integers:
    """Position of each value of a column in a list, -1 where it is not there."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(values, column.type)), -1)
    positions: Integers = found.to_numpy().astype(np.int64)
    return positions


def _days(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
