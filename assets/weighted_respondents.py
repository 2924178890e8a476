"""Respondents with their weights as arrays, for statistics that need persons and not sums.

Belongs here: the respondents of a period in an order that follows from what they answered, their weights from
``marts.weights``, and the design of every quarter. Does not belong here: statistics, published tables, SQL.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assets.figure_axes import SEPARATOR
from assets.statistics.calibrated import CalibratedDesign
from assets.statistics.intervals import Floats, Integers
from assets.statistics.strata import margin_matrix

CELL = ("area_code", "channel", "target_group", "age_band")
"""Columns that, with the quarter, say which weight a respondent has."""
UNKNOWN = "unknown"
IDS = ("response_id", "person_id")
"""Pseudonyms: they change with the key, and no figure may depend on the key."""
MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""Constants of splitmix64 (Steele, Lea & Flood 2014), which spreads any change over all bits."""


@dataclass(frozen=True)
class Respondents:
    """Respondents of some quarters.

    Attributes:
        rows: ``marts.respondents``, in an order that depends on what is in the rows and on nothing else.
        weights: ``marts.weights``.
        cell: Per respondent the row of ``weights`` it belongs to.
    """

    rows: pa.Table
    weights: pa.Table
    cell: Integers

    def weight(self) -> Floats:
        """Weights in thousandths of a contact."""
        return _numbers(self.weights, "weight")[self.cell]

    def values(self, columns: list[str]) -> Floats:
        """Statistics columns side by side, NaN where not answered."""
        return np.column_stack([_numbers(self.rows, name) for name in columns]) if columns else np.empty((0, 0))

    def codes(self, column: str, values: list[str]) -> Integers:
        """Position of each respondent's value among ``values``, -1 for any other."""
        return _positions(self.rows.column(column), pa.array(values, pa.string()))

    def take(self, index: Integers) -> Respondents:
        """The respondents at these positions."""
        return Respondents(self.rows.take(pa.array(index)), self.weights, self.cell[index])

    def quarters(self) -> Iterator[tuple[Integers, CalibratedDesign]]:
        """Per quarter the positions of its respondents and its design.

        Strata are leaf area x quarter; a person who answered more than once is one sampling unit.
        """
        quarter = _numbers_of(pc.cast(self.weights.column("quarter"), pa.int32()))[self.cell]
        weight, base = self.weight(), _numbers(self.weights, "base_weight")[self.cell]
        areas = self.rows.column("area_code").combine_chunks().dictionary_encode()
        stratum = areas.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        person = _persons(self.rows)
        for when in np.unique(quarter).tolist():
            index = np.flatnonzero(quarter == when)
            margins = pc.take(self.weights.column("margins"), pa.array(self.cell[index])).combine_chunks()
            positions = margins.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
            lengths = pc.list_value_length(margins).to_numpy(zero_copy_only=False)
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
            x = margin_matrix(positions, offsets, int(positions.max(initial=-1)) + 1)
            size = np.bincount(stratum[index], minlength=len(areas.dictionary)).astype(np.float64)
            yield index, CalibratedDesign(base[index], weight[index], x, stratum[index], size, person=person[index])


def respondents_between(respondents: pa.Table, weights: pa.Table, start: dt.date, end: dt.date) -> Respondents:
    """Respondents on contacts of a period of whole quarters.

    Args:
        respondents: ``marts.respondents``.
        weights: ``marts.weights``.
        start: First day of the period.
        end: Last day of the period.

    Raises:
        ValueError: A respondent has no weight; the tables do not belong together.
    """
    within = (pc.field("month") >= pa.scalar(start)) & (pc.field("month") <= pa.scalar(end))
    rows = in_content_order(respondents.filter(within))
    quarter = pc.cast(pc.floor_temporal(rows.column("month"), unit="quarter"), pa.date32())
    filled = pc.fill_null(rows.column("age_band"), UNKNOWN)
    place = rows.set_column(rows.schema.get_field_index("age_band"), "age_band", filled).append_column(
        "quarter", quarter
    )
    quarters = (pc.field("quarter") >= pa.scalar(start)) & (pc.field("quarter") <= pa.scalar(end))
    weights = weights.filter(quarters)
    cell = _positions(_joined(place), _joined(weights).combine_chunks())
    if (cell < 0).any():
        raise ValueError(f"{int((cell < 0).sum())} respondents have no weight: rebuild marts.weights and respondents")
    return Respondents(rows, weights, cell)


def in_content_order(rows: pa.Table) -> pa.Table:
    """Rows sorted by a hash of everything but pseudonyms: the same order however and whenever the table was built.

    Rows that are equal but for their ids may change places, which changes nothing. The order has nothing to do with
    time or place, so that neighbours are as good as drawn at random.
    """
    digest: NDArray[np.uint64] = np.zeros(rows.num_rows, dtype=np.uint64)
    for name in sorted(set(rows.column_names) - set(IDS)):
        digest = _mixed(digest ^ _mixed(_whole_numbers(rows.column(name))))
    return rows.take(pa.array(np.argsort(digest, kind="stable")))


def _whole_numbers(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Values as whole numbers that do not depend on the order of the rows; 0 for NULL."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        rank = (
            pc.rank(encoded.dictionary, sort_keys="ascending") if len(encoded.dictionary) else pa.array([], pa.uint64())
        )
        column = pc.take(rank, encoded.indices)
    elif pa.types.is_date(column.type):
        column = pc.cast(column, pa.int32())
    filled = pc.fill_null(pc.add(pc.cast(column, pa.int64()), 1 << 32), 0)
    numbers: NDArray[np.uint64] = _numbers_of(filled).astype(np.uint64)
    return numbers


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):  # arithmetic modulo 2^64 is meant
        values = values + MIXERS[0]
        values = (values ^ (values >> np.uint64(30))) * MIXERS[1]
        values = (values ^ (values >> np.uint64(27))) * MIXERS[2]
    return values ^ (values >> np.uint64(31))


def _persons(rows: pa.Table) -> Integers:
    """A number per person, -1 where the person is not known."""
    encoded = rows.column("person_id").combine_chunks().dictionary_encode()
    return _numbers_of(pc.fill_null(pc.cast(encoded.indices, pa.int64()), -1))


def _joined(table: pa.Table) -> pa.ChunkedArray:
    columns = [pc.cast(table.column(name), pa.string()) for name in ("quarter", *CELL)]
    return pc.binary_join_element_wise(*columns, SEPARATOR)


def _positions(column: pa.ChunkedArray, values: pa.Array) -> Integers:
    return _numbers_of(pc.fill_null(pc.index_in(column, value_set=values), -1)).astype(np.int64)


def _numbers(table: pa.Table, name: str) -> Floats:
    return _numbers_of(table.column(name)).astype(np.float64)


def _numbers_of(column: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = column.to_numpy()
    return numbers
