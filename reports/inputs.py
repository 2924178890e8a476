"""What the reports read: the published tables as one object, and typed look-ups on them.

Belongs here: the frames a report may see, finding rows in them, periods and areas.
Does not belong here: what a row is (``published_rows``), any statistic (``assets.statistics``), words (``words``),
drawing (``figures``).
A row that is not there and a row without a number are both answered, so that no page has to guess.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import pandas as pd

from expectations.model import ALL, Level, Survey, Window
from reports.method_breaks import MethodBreak, MethodBreaks, no_breaks
from reports.published_rows import (
    SHOWN,
    Comparison,
    Estimate,
    Peers,
    Period,
    Responses,
    comparison_row,
    day,
    estimate_row,
    integer,
    number,
    peers_row,
    responses_row,
    text,
)

__all__ = [
    "SHOWN",
    "AreaView",
    "Comparison",
    "Estimate",
    "MethodBreak",
    "Peers",
    "Period",
    "ReportData",
    "Responses",
    "day",
    "integer",
    "number",
    "text",
]


def _key_column(frame: pd.DataFrame, name: str) -> list[Hashable]:
    """A column as plain hashable values; dates become ``datetime.date``."""
    column = frame[name]
    if name in {"period_start", "period_end"}:
        days = {value: day(value) for value in column.unique()}
        return [days[value] for value in column]
    return [str(value) for value in column]


class Rows:
    """A frame with an index on some columns; rows come back as dictionaries."""

    def __init__(self, frame: pd.DataFrame, key: tuple[str, ...]) -> None:
        self._columns = {str(name): frame[name].to_numpy(dtype=object) for name in frame.columns}
        keys = zip(*(_key_column(frame, name) for name in key), strict=True)
        self.positions = {found: position for position, found in enumerate(keys)}

    def get(self, key: tuple[Hashable, ...]) -> dict[str, Any] | None:
        """The row with this key."""
        position = self.positions.get(key)
        return None if position is None else {name: values[position] for name, values in self._columns.items()}


ESTIMATE_KEY = ("item", "measure", "window", "period_start", "target_group", "channel")
COMPARISON_KEY = ("item", "measure", "window", "period_start", "target_group", "channel", "against")


@dataclass(frozen=True)
class ReportData:
    """Everything one release of reports is made from."""

    survey: Survey
    release_id: str
    synthetic: bool
    estimates: pd.DataFrame
    comparisons: pd.DataFrame
    peers: pd.DataFrame
    response: pd.DataFrame
    deliveries: pd.DataFrame
    quality: pd.DataFrame
    checks: pd.DataFrame
    areas: pd.DataFrame
    periods: pd.DataFrame
    coverage: pd.DataFrame | None = None  # contacts without a known area; None in a release without that table
    marks: pd.DataFrame | None = None  # publication.delivery_marks
    profile: pd.DataFrame | None = None  # publication.delivery_profile
    fieldwork: pd.DataFrame | None = None  # publication.fieldwork
    expectations: pd.DataFrame | None = None  # what every expectation of the tables said
    breaks: pd.DataFrame = field(default_factory=no_breaks)  # publication.breaks
    error_rates: pd.DataFrame | None = None  # publication.error_rates
    weighting: pd.DataFrame | None = None  # publication.weighting
    rungs: pd.DataFrame | None = None  # publication.rungs
    verdicts: pd.DataFrame | None = None  # how often each sentence may be written: see report_data

    @cached_property
    def closed_periods(self) -> Mapping[str, tuple[Period, ...]]:
        """Closed periods per window, oldest first."""
        found: dict[str, list[Period]] = {}
        for row in self.periods.itertuples(index=False):
            if bool(row.closed):
                window = cast("Window", str(row.window))
                found.setdefault(window, []).append(Period(window, day(row.period_start), day(row.period_end)))
        return {window: tuple(sorted(periods, key=lambda p: p.start)) for window, periods in found.items()}

    def latest(self, window: str) -> Period | None:
        """The newest closed period of a window; None when none has closed yet."""
        periods = self.closed_periods.get(window, ())
        return periods[-1] if periods else None

    @cached_property
    def method_breaks(self) -> MethodBreaks:
        """Changes of the method, with look-ups."""
        return MethodBreaks(self.survey, self.breaks)

    def breaks_of(self, item: str) -> tuple[MethodBreak, ...]:
        """What keeps figures of a question apart, oldest first."""
        return self.method_breaks.of(item)

    def leading_period(self, level: Level) -> Period | None:
        """The period a level leads with: the newest of its headline window.

        When the headline question was measured in another way within it, the newest quarter leads, if that was measured
        in one way: four quarters are not added up across a change.
        """
        return self._in_one_way(level.headline_window, level.windows)

    def breakdown_period(self, level: Level) -> Period | None:
        """The newest period in which a level shows channels and groups: the longest window has the most answers."""
        windows = level.breakdown_windows
        if not windows:
            return None
        return self._in_one_way(level.headline_window if level.headline_window in windows else windows[-1], windows)

    def _in_one_way(self, window: Window, windows: tuple[Window, ...]) -> Period | None:
        newest, quarter = self.latest(window), self.latest("quarter") if "quarter" in windows else None
        mixed = [p is not None and self.method_breaks.inside(self.survey.headline_item, p) for p in (newest, quarter)]
        return quarter if quarter is not None and mixed[0] and not mixed[1] else newest

    def level(self, code: str) -> Level:
        """The level with this code."""
        return next(level for level in self.survey.levels if level.code == code)

    @cached_property
    def current_areas(self) -> Mapping[tuple[str, str], dict[str, Any]]:
        """Areas that exist today: (level, code) -> row of ``reference.areas``, in the order of the organisation."""
        current = self.areas[self.areas["is_current"].astype(bool)].sort_values(["sort_order", "area_code"])
        rows = cast("list[dict[str, Any]]", current.to_dict("records"))
        return {(str(row["level"]), str(row["area_code"])): row for row in rows}

    @cached_property
    def _slices(self) -> dict[str, Mapping[tuple[str, str], Any]]:
        """Row positions per (level, area) of every table that has areas."""
        frames = {"estimates": self.estimates, "comparisons": self.comparisons, "response": self.response}
        return {
            name: cast("Mapping[tuple[str, str], Any]", frame.groupby(["level", "area_code"], observed=True).indices)
            for name, frame in frames.items()
        }

    def slice_of(self, table: str, level: str, area_code: str) -> pd.DataFrame:
        """The rows of one area in ``estimates``, ``comparisons`` or ``response``."""
        frame = cast("pd.DataFrame", getattr(self, table))
        positions = self._slices[table].get((level, area_code))
        return frame.iloc[0:0] if positions is None else frame.iloc[positions]

    def area(self, level_code: str, area_code: str) -> AreaView:
        """One area with its look-ups. ``KeyError`` when it does not exist today."""
        return AreaView(self, self.level(level_code), area_code)

    @cached_property
    def top(self) -> AreaView:
        """The whole: the single area of the highest level (kept, as every page compares with it)."""
        code = next(code for level, code in self.current_areas if level == self.survey.top.code)
        return self.area(self.survey.top.code, code)


class AreaView:
    """The published figures of one area."""

    def __init__(self, data: ReportData, level: Level, code: str) -> None:
        self.data = data
        self.level = level
        self.code = code
        self.row = data.current_areas[(level.code, code)]
        self.name = text(self.row["area_name"])

    @property
    def title(self) -> str:
        """The area as a title: *Basisteam Voorbeeldstad*."""
        return self.level.title.format(name=self.name)

    @cached_property
    def period(self) -> Period | None:
        """The period this level leads with."""
        return self.data.leading_period(self.level)

    @cached_property
    def breakdown_period(self) -> Period | None:
        """The newest period in which channels and groups are shown."""
        return self.data.breakdown_period(self.level)

    @cached_property
    def _estimates(self) -> Rows:
        return Rows(self.data.slice_of("estimates", self.level.code, self.code), ESTIMATE_KEY)

    @cached_property
    def _comparisons(self) -> Rows:
        return Rows(self.data.slice_of("comparisons", self.level.code, self.code), COMPARISON_KEY)

    def estimate(
        self, item: str, measure: str, period: Period | None = None, *, group: str = ALL, channel: str = ALL
    ) -> Estimate | None:
        """One published figure; without ``period`` of the headline period. None when the row does not exist."""
        period = period or self.period
        if period is None:
            return None
        row = self._estimates.get((item, measure, period.window, period.start, group, channel))
        return None if row is None else estimate_row(row)

    def series(self, item: str, measure: str, window: Window) -> tuple[Estimate, ...]:
        """The total of the area in every closed period of a window, oldest first."""
        periods = self.data.closed_periods.get(window, ())
        found = (self.estimate(item, measure, period) for period in periods)
        return tuple(estimate for estimate in found if estimate is not None)

    def comparison(
        self,
        item: str,
        measure: str,
        against: str,
        period: Period | None = None,
        *,
        group: str = ALL,
        channel: str = ALL,
    ) -> Comparison | None:
        """The tested difference with ``year_earlier`` or ``nation``."""
        period = period or self.period
        if period is None:
            return None
        row = self._comparisons.get((item, measure, period.window, period.start, group, channel, against))
        return None if row is None else comparison_row(row)

    def peers(self, item: str, measure: str) -> Peers | None:
        """Comparable areas in the headline period; only the lowest level has them, in its headline window."""
        if self.level.code != self.data.survey.leaf.code or self.period is None:
            return None
        if self.period.window != self.level.headline_window:
            return None
        return _peers_index(self.data).get((self.code, item, measure))

    def responses(self, dimension: str, period: Period | None = None) -> tuple[Responses, ...]:
        """Invited and answered, per category of a dimension (``all`` has one row)."""
        period = period or self.period
        frame = self.data.slice_of("response", self.level.code, self.code)
        if period is None or frame.empty:
            return ()
        rows = cast("list[dict[str, Any]]", frame[frame["dimension"] == dimension].to_dict("records"))
        return tuple(
            responses_row(row)
            for row in rows
            if row["window"] == period.window and day(row["period_start"]) == period.start
        )

    @cached_property
    def parent(self) -> AreaView | None:
        """The area one level up; None at the top."""
        index = self.data.survey.levels.index(self.level)
        parent_code = text(self.row["parent_code"])
        if index == 0:
            return None
        level = self.data.survey.levels[index - 1]
        if level.code == self.data.survey.top.code:
            return self.data.top
        return self.data.area(level.code, parent_code) if (level.code, parent_code) in self.data.current_areas else None

    @property
    def ancestors(self) -> tuple[AreaView, ...]:
        """Every area above, nearest first."""
        return () if self.parent is None else (self.parent, *self.parent.ancestors)

    @property
    def children(self) -> tuple[AreaView, ...]:
        """Areas one level down, by name: never by figure."""
        index = self.data.survey.levels.index(self.level)
        if index + 1 >= len(self.data.survey.levels):
            return ()
        below = self.data.survey.levels[index + 1]
        of_top = index == 0
        codes = [
            code
            for (level, code), row in self.data.current_areas.items()
            if level == below.code and (of_top or text(row["parent_code"]) == self.code)
        ]
        return tuple(sorted((self.data.area(below.code, code) for code in codes), key=lambda area: area.name))


def _peers_index(data: ReportData) -> dict[tuple[str, str, str], Peers]:
    """All peers by (area, item, measure); made once per release object."""
    cache = data.__dict__
    if "_peers_by_key" not in cache:
        rows = cast("list[dict[str, Any]]", data.peers.to_dict("records"))
        latest = {p.window: p.start for periods in data.closed_periods.values() for p in periods[-1:]}
        cache["_peers_by_key"] = {
            (str(row["area_code"]), str(row["item"]), str(row["measure"])): peers_row(row)
            for row in rows
            if number(row["peer_mean"]) is not None and day(row["period_start"]) == latest.get(row["window"])
        }
    return cast("dict[tuple[str, str, str], Peers]", cache["_peers_by_key"])
