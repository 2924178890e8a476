"""Cells of the contact register in the dimensions of the survey, and the groups and margins the contract makes of them.

Belongs here: from dimensions named in ``weighting`` of the contract to classes of cells: nested groups, margins with
small cells put together with their neighbour.
Does not belong here: formulas (``statistics.weighting``), the order of steps (``weights``), checks of the contract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.statistics import weighting
from assets.statistics.intervals import Bools, Floats, Integers
from expectations.model import UNALLOCATED, Survey, Weighting

CELL = ("area_code", "channel", "target_group", "age_band")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cells:
    """Cells of one or more quarters, in the order of quarter, area, channel, group and age band.

    Attributes:
        table: ``quarter``, the columns of ``CELL``, contacts that were not left out, invited, responses.
        levels: Codes of the levels, highest first.
        values: Per dimension its values in alphabetical order.
        codes: Per dimension the position of each cell's value.
    """

    table: pa.Table
    levels: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, Integers]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def count(self, name: str) -> Integers:
        """``contacts``, ``invited`` or ``responses`` per cell."""
        counts: Integers = self.table.column(name).to_numpy().astype(np.int64)
        return counts

    def quarters(self) -> list[tuple[dt.date, Cells]]:
        """The cells of every quarter, oldest first."""
        quarter = self.table.column("quarter").to_numpy()
        starts, first = np.unique(quarter, return_index=True)
        ends = [*first[1:], len(quarter)][: len(first)]
        days = self.table.column("quarter").take(pa.array(first)).to_pylist() if len(starts) else []
        return [(day, self._slice(int(start), int(end))) for day, start, end in zip(days, first, ends, strict=True)]

    def _slice(self, start: int, end: int) -> Cells:
        codes = {name: code[start:end] for name, code in self.codes.items()}
        return Cells(self.table.slice(start, end - start), self.levels, self.values, codes)

    def groups(self, dimensions: Sequence[str]) -> Integers:
        """Group of each cell that shares these dimensions, numbered from 0 without gaps; no dimension: one group."""
        if not dimensions or not len(self):
            return np.zeros(len(self), dtype=np.int64)
        sizes = [max(len(self.values[name]), 1) for name in dimensions]
        packed = np.ravel_multi_index([self.codes[name] for name in dimensions], sizes)
        return np.unique(packed, return_inverse=True)[1].astype(np.int64)

    def paths(self, dimensions: Sequence[str]) -> list[Integers]:
        """Nested groups, finest first: the last dimension goes first, then the area goes up level by level."""
        steps: list[tuple[str, ...]] = [tuple(dimensions[:end]) for end in range(len(dimensions), 0, -1)]
        if dimensions and dimensions[0] in self.levels:
            above = self.levels[: self.levels.index(dimensions[0])]
            steps += [(level,) for level in reversed(above)]
        return [self.groups(step) for step in (*steps, ())]


@dataclass(frozen=True)
class Margin:
    """One margin: the column of each cell, from 0, the population of each column, and how many cells were put together.

    ``collapsed`` is the number of cells of the margin that lost a column of their own.
    """

    dimensions: tuple[str, ...]
    column: Integers
    total: Floats
    collapsed: int


def cells_of(survey: Survey, leaf_counts: pa.Table, area_rollup: pa.Table) -> Cells:
    """Cells with contacts that were not left out.

    Args:
        survey: The contract.
        leaf_counts: ``marts.leaf_counts``.
        area_rollup: ``reference.area_rollup``.
    """
    quarter = pc.cast(pc.floor_temporal(leaf_counts.column("month"), unit="quarter"), pa.date32())
    eligible = pc.subtract(leaf_counts.column("contacts"), leaf_counts.column("excluded"))
    names = ("contacts", "invited", "responses")
    keys = ("quarter", *CELL)
    counted = pa.table(
        {
            "quarter": quarter,
            **{name: leaf_counts.column(name) for name in CELL},
            "contacts": eligible,
            "invited": leaf_counts.column("invited"),
            "responses": leaf_counts.column("responses"),
        }
    )
    summed = counted.group_by(list(keys), use_threads=False).aggregate([(name, "sum") for name in names])
    table = summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
    table = table.filter(pc.field("contacts") > 0).sort_by([(name, "ascending") for name in keys])
    own = {name: sorted(pc.unique(table.column(name)).to_pylist()) for name in CELL}
    at = {
        name: pc.index_in(table.column(name), value_set=pa.array(values, pa.string())).to_numpy().astype(np.int64)
        for name, values in own.items()
    }
    classes = {channel.code: channel.channel_class for channel in survey.channels}
    above = {(row["leaf_code"], row["level"]): row["area_code"] for row in area_rollup.to_pylist()}
    # Dimensions that follow from a column of the register: its values, each with the value of the dimension.
    follows = {
        level.code: ("area_code", [above.get((leaf, level.code), UNALLOCATED) for leaf in own["area_code"]])
        for level in survey.levels
    }
    follows["channel_class"] = ("channel", [classes.get(channel, UNKNOWN) for channel in own["channel"]])
    follows |= {name: (name, own[name]) for name in ("channel", "target_group", "age_band")}
    values, codes = {}, {}
    for name, (column, dimension_values) in follows.items():
        values[name] = tuple(sorted(set(dimension_values)))
        position = np.array([values[name].index(value) for value in dimension_values], dtype=np.int64)
        codes[name] = position[at[column]] if len(position) else np.zeros(0, dtype=np.int64)
    return Cells(table, tuple(level.code for level in survey.levels), values, codes)


def margins_of(cells: Cells, rules: Weighting, margin_set: int) -> list[Margin]:
    """Margins of a set, small cells put together; none for the step after the last set.

    Args:
        cells: Of one quarter.
        rules: The weighting of the contract.
        margin_set: Position of the set.

    Raises:
        ValueError: The margins do not count the same population.
    """
    if margin_set >= len(rules.margin_sets):
        return []
    found = [_margin(cells, rules, dimensions) for dimensions in rules.margin_sets[margin_set]]
    names = [" x ".join(margin.dimensions) for margin in found]
    weighting.require_additive([margin.total for margin in found], names)
    return found


def _margin(cells: Cells, rules: Weighting, dimensions: tuple[str, ...]) -> Margin:
    responses = cells.count("responses")
    own = cells.groups(dimensions)
    label = _with_named_neighbours(cells, rules, dimensions, own)
    paths = cells.paths(dimensions)
    label = weighting.merged(responses, [label, *paths[1:]], rules.minimum_margin)
    classes = int(label.max(initial=-1)) + 1
    total = np.bincount(label, cells.count("contacts"), classes).astype(np.float64)
    return Margin(dimensions, label, total, int(own.max(initial=-1)) + 1 - classes)


def _with_named_neighbours(cells: Cells, rules: Weighting, dimensions: tuple[str, ...], own: Integers) -> Integers:
    """Groups of a margin after small ones joined the neighbour that the contract names, smallest first."""
    named = [name for name in reversed(dimensions) if name in rules.neighbours]
    if not named or not len(own):
        return own
    size = np.bincount(own, cells.count("responses")).astype(np.int64)
    small: Bools = size < rules.minimum_margin
    first = np.unique(own, return_index=True)[1]
    places = [tuple(int(cells.codes[name][row]) for name in dimensions) for row in first]
    group_at = {place: group for group, place in enumerate(places)}
    root = list(range(len(size)))

    def leader(group: int) -> int:
        while root[group] != group:
            group = root[group]
        return group

    for group in sorted(np.flatnonzero(small).tolist(), key=lambda g: (size[g], g)):
        here = leader(group)
        if size[here] >= rules.minimum_margin:
            continue
        for name in named:
            neighbour = _neighbour(cells, rules, dimensions, places[group], name)
            there = group_at.get(neighbour) if neighbour is not None else None
            if there is not None and leader(there) != here:
                root[here] = leader(there)
                size[leader(there)] += size[here]
                break
    leaders = np.array([leader(group) for group in range(len(root))], dtype=np.int64)
    return leaders[own]


def _neighbour(
    cells: Cells, rules: Weighting, dimensions: tuple[str, ...], place: tuple[int, ...], name: str
) -> tuple[int, ...] | None:
    values = cells.values[name]
    at = dimensions.index(name)
    wanted = rules.neighbours[name].get(values[place[at]])
    if wanted not in values:
        return None
    return (*place[:at], values.index(wanted), *place[at + 1 :])
