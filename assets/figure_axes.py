"""The place of a figure: area x target group x channel x measure x period, as codes that sort and look up fast.

Belongs here: packing a figure's place into one number and moving along an axis (to the parent, to a year earlier).
Does not belong here: what the figure is (``statistics``), which tables it ends up in (``publication_tables``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.statistics.intervals import Bools, Floats, Integers, Measures
from expectations.model import ALL, Survey

SEPARATOR = "\x1f"
NOWHERE = -1


@dataclass(frozen=True)
class Places:
    """Positions of figures on the five axes."""

    area: Integers
    group: Integers
    channel: Integers
    measure: Integers
    period: Integers

    def take(self, index: Integers | Bools) -> Places:
        """The figures at these positions."""
        return Places(self.area[index], self.group[index], self.channel[index], self.measure[index], self.period[index])


@dataclass(frozen=True)
class Area:
    """A current area: position of its level, code, name, position of its parent on the area axis (-1 at the top)."""

    level: int
    code: str
    name: str
    parent: int


@dataclass(frozen=True)
class Period:
    """A closed period."""

    window: str
    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Measure:
    """A measure of an item with the range it can have."""

    item: str
    name: str
    lowest: float
    highest: float

    @property
    def is_proportion(self) -> bool:
        """A share between 0 and 1."""
        return self.name != "mean"


class Axes:
    """The five axes in publication order; built from the reference tables, so order never depends on the data."""

    def __init__(self, survey: Survey, areas: pa.Table, periods: pa.Table, measures: pa.Table) -> None:
        self.survey = survey
        self.levels = [level.code for level in survey.levels]
        self.areas = _areas(self.levels, areas.to_pylist())
        self.groups = [ALL, *(group.code for group in survey.target_groups)]
        self.channels = [ALL, *(c.code for c in survey.channel_classes), *(c.code for c in survey.channels)]
        self.measures = [
            Measure(m["item"], m["measure"], float(m["scale_min"]), float(m["scale_max"])) for m in measures.to_pylist()
        ]
        self.periods = _closed(periods.to_pylist())
        self.shape = (len(self.areas), len(self.groups), len(self.channels), len(self.measures), len(self.periods))
        self.level_of_area = np.array([area.level for area in self.areas], dtype=np.int64)
        self.parent_of_area = np.array([area.parent for area in self.areas], dtype=np.int64)
        first: dict[str, int] = {}
        for position, measure in enumerate(self.measures):
            first.setdefault(measure.item, position)
        self.first_measure = np.array([first[m.item] for m in self.measures], dtype=np.int64)

    def places(self, table: pa.Table) -> Places:
        """Positions of the rows of a table with the columns of a figure's place (level, area_code ... period_start).

        Raises:
            ValueError: A row stands outside the axes; the tables it came from do not belong together.
        """
        found = Places(
            area=_positions(
                _joined(table, "level", "area_code"), [f"{self.levels[a.level]}{SEPARATOR}{a.code}" for a in self.areas]
            ),
            group=_positions(table.column("target_group"), self.groups),
            channel=_positions(table.column("channel"), self.channels),
            measure=_positions(
                _joined(table, "item", "measure"), [f"{m.item}{SEPARATOR}{m.name}" for m in self.measures]
            ),
            period=_positions(
                _joined(table, "window", "period_start"), [f"{p.window}{SEPARATOR}{p.start}" for p in self.periods]
            ),
        )
        for axis in ("area", "group", "channel", "measure", "period"):
            outside = int((getattr(found, axis) < 0).sum())
            if outside:
                raise ValueError(f"{outside} figures have an unknown {axis}: rebuild marts and reference together")
        return found

    def pack(self, places: Places) -> Integers:
        """One number per figure whose order is the publication order."""
        index = (places.area, places.group, places.channel, places.measure, places.period)
        packed: Integers = np.ravel_multi_index(index, self.shape).astype(np.int64)
        return packed

    def unpack(self, keys: Integers) -> Places:
        """The inverse of :meth:`pack`."""
        return Places(*(axis.astype(np.int64) for axis in np.unravel_index(keys, self.shape)))

    def scales(self, places: Places) -> Measures:
        """Kind and range of each figure."""
        kinds = np.array([m.is_proportion for m in self.measures], dtype=np.bool_)
        lowest: Floats = np.array([m.lowest for m in self.measures], dtype=np.float64)
        highest: Floats = np.array([m.highest for m in self.measures], dtype=np.float64)
        return Measures(kinds, lowest, highest).take(places.measure)

    def totals(self) -> Integers:
        """Keys of the figures that always exist: the total of every area, measure and closed period of its level."""
        windows = [{str(window) for window in level.windows} for level in self.survey.levels]
        pairs = [
            (area, period)
            for area, where in enumerate(self.areas)
            for period, when in enumerate(self.periods)
            if when.window in windows[where.level]
        ]
        if not pairs:
            return np.empty(0, dtype=np.int64)
        area, period = np.array(pairs, dtype=np.int64).T
        count = len(self.measures)
        zeros = np.zeros(len(pairs) * count, dtype=np.int64)
        measure = np.tile(np.arange(count, dtype=np.int64), len(pairs))
        return self.pack(Places(np.repeat(area, count), zeros, zeros, measure, np.repeat(period, count)))

    def period_position(self, window: str, start: dt.date) -> int:
        """Position of a closed period, -1 if there is none."""
        wanted = (n for n, p in enumerate(self.periods) if p.window == window and p.start == start)
        return next(wanted, NOWHERE)

    def latest(self, window: str) -> int:
        """Position of the newest closed period of a window, -1 if none has closed."""
        return max((n for n, p in enumerate(self.periods) if p.window == window), default=NOWHERE)

    def year_earlier(self, period: int) -> int:
        """Position of the same period one year before, -1 if it is not there."""
        when = self.periods[period]
        return self.period_position(when.window, when.start.replace(year=when.start.year - 1))

    def figure_ids(self, places: Places) -> Iterator[str]:
        """First 16 hexadecimal digits of sha256 of ``level|area|group|channel|item|measure|window|period_start``."""
        areas = [f"{self.levels[a.level]}|{a.code}|" for a in self.areas]
        measures = [f"{m.item}|{m.name}|" for m in self.measures]
        periods = [f"{p.window}|{p.start.isoformat()}" for p in self.periods]
        groups, channels = [f"{g}|" for g in self.groups], [f"{c}|" for c in self.channels]
        rows: Iterable[tuple[int, int, int, int, int]] = zip(
            places.area.tolist(),
            places.group.tolist(),
            places.channel.tolist(),
            places.measure.tolist(),
            places.period.tolist(),
            strict=True,
        )
        sha256 = hashlib.sha256
        for a, g, c, m, p in rows:
            yield sha256((areas[a] + groups[g] + channels[c] + measures[m] + periods[p]).encode()).hexdigest()[:16]

    def columns(self, places: Places) -> dict[str, pa.Array]:
        """The places as table columns, area name included."""
        levels = self.level_of_area[places.area]
        return {
            "level": spelled(self.levels, levels),
            "area_code": spelled([a.code for a in self.areas], places.area),
            "area_name": spelled([a.name for a in self.areas], places.area),
            "target_group": spelled(self.groups, places.group),
            "channel": spelled(self.channels, places.channel),
            "item": spelled([m.item for m in self.measures], places.measure),
            "measure": spelled([m.name for m in self.measures], places.measure),
            "window": spelled([p.window for p in self.periods], places.period),
            "period_start": spelled([p.start for p in self.periods], places.period, pa.date32()),
            "period_end": spelled([p.end for p in self.periods], places.period, pa.date32()),
        }


def spelled(values: Sequence[object], positions: Integers, kind: pa.DataType | None = None) -> pa.Array:
    """Positions as the values they stand for."""
    return pa.array(list(values), kind or pa.string()).take(pa.array(positions))


def find(keys: Integers, wanted: Integers) -> Integers:
    """Position of each wanted key among sorted keys, -1 where it is not there."""
    if not len(keys):
        return np.full(len(wanted), NOWHERE, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, NOWHERE).astype(np.int64)


def _positions(column: pa.ChunkedArray, values: list[str]) -> Integers:
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(values, pa.string())), NOWHERE)
    positions: Integers = found.to_numpy().astype(np.int64)
    return positions


def _joined(table: pa.Table, *names: str) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(pc.cast(table.column(name), pa.string()) for name in names), SEPARATOR)


def _areas(levels: list[str], rows: list[dict[str, object]]) -> list[Area]:
    """Current areas from top to leaf, within a level in the order of the organisation."""
    current = sorted(
        (row for row in rows if row["is_current"]),
        key=lambda row: (levels.index(str(row["level"])), row["sort_order"], str(row["area_code"])),
    )
    position = {(levels.index(str(row["level"])), str(row["area_code"])): n for n, row in enumerate(current)}
    found = []
    for row in current:
        level = levels.index(str(row["level"]))
        parent = position.get((level - 1, str(row["parent_code"])), NOWHERE)
        found.append(Area(level, str(row["area_code"]), str(row["area_name"]), parent))
    return found


def _closed(rows: list[dict[str, object]]) -> list[Period]:
    """Closed periods, short windows first, oldest first."""
    order = ("month", "quarter", "four_quarters")
    found = []
    for row in rows:
        start, end = row["period_start"], row["period_end"]
        if row["closed"] and isinstance(start, dt.date) and isinstance(end, dt.date):
            found.append(Period(str(row["window"]), start, end))
    return sorted(found, key=lambda p: (order.index(p.window), p.start))
