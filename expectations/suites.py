"""Great Expectations suites from the table contract: the second use of the one contract.

Belongs here: turning ``Table.expectations`` into GX suites, running them on a frame of the columns they need, and a
summary that holds counts and positions but no values of people. The only module that imports Great Expectations, and
it does so inside the functions: the import takes seconds.
Does not belong here: which rows are refused (``rules``), Dagster, DuckDB.

Great Expectations judges everything; what it is given differs. Of a big table it gets short frames first
(``brief_frames``: different rows, repeated values); whatever it finds anything wrong in, and whatever a short frame
can't answer, it judges on all rows. What is reported is the same in both ways.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from expectations.brief_frames import MANY_ROWS, Rows, groups_of, short_frame, wanting_unique
from expectations.model import Expectation, Table

if TYPE_CHECKING:
    import pandas as pd

SEVERITIES = ("contract", "plausible")
POSITIONS_KEPT = 20
COLUMN_KWARGS = ("column", "column_A", "column_B", "column_list", "column_set")
_COMPARED = re.compile(r"(\w+)\s*(?:==|!=|<=|>=|<|>)")
ROWS_AT_A_TIME = 1_000_000
"""Row-wise expectations run on slices of this many rows, so that memory stays bounded."""
CELLS_AT_A_TIME = 4_000_000
"""Of a big table so many cells are read at once, or one expectation's columns if those are more."""


@dataclass(frozen=True)
class ExpectationOutcome:
    """What one expectation said. ``positions`` are row positions in the checked frame, never values."""

    type: str
    columns: tuple[str, ...]
    reason: str
    passed: bool
    evaluated: int
    unexpected: int
    positions: tuple[int, ...] = ()


@dataclass(frozen=True)
class SuiteOutcome:
    """What one suite said about one table."""

    table: str
    severity: str
    rows: int
    outcomes: tuple[ExpectationOutcome, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return all(outcome.passed for outcome in self.outcomes)

    @property
    def failed(self) -> tuple[ExpectationOutcome, ...]:
        """The expectations that did not hold."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)


def expectations_of(table: Table, severity: str) -> tuple[Expectation, ...]:
    """The expectations of a table with this severity, in contract order."""
    return tuple(e for e in table.expectations if e.severity == severity)


def columns_of(expectations: Sequence[Expectation]) -> tuple[str, ...]:
    """Columns a set of expectations needs, those of their conditions included, in order of first use."""
    seen: dict[str, None] = {}
    for expectation in expectations:
        for column in (*_columns(expectation), *_condition_columns(expectation)):
            seen.setdefault(column)
    return tuple(seen)


def validate(table: Table, severity: str, frame: pd.DataFrame) -> SuiteOutcome:
    """Run one suite on a frame.

    Args:
        table: the table's contract.
        severity: ``contract`` (blocking) or ``plausible`` (warning).
        frame: rows of the table with at least ``columns_of`` the suite.

    Returns:
        One outcome per expectation. Positions are row positions in ``frame``, at most ``POSITIONS_KEPT`` of them.
    """
    expectations = expectations_of(table, severity)
    name = f"{table.layer}.{table.name}"
    if not expectations:
        return SuiteOutcome(name, severity, len(frame))
    numbered = dict(enumerate(expectations))
    found = _judged(name, numbered, frame)
    return SuiteOutcome(name, severity, len(frame), tuple(found[i] for i in numbered))


def validate_rows(table: Table, severity: str, rows: Rows) -> SuiteOutcome:
    """Run one suite on the rows of a table: what :func:`validate` says of all of them, at less cost if they are many.

    Args:
        table: the table's contract.
        severity: ``contract`` (blocking) or ``plausible`` (warning).
        rows: reads from the table.
    """
    expectations = expectations_of(table, severity)
    count = rows.count()
    if count < MANY_ROWS:
        return validate(table, severity, rows.whole(columns_of(expectations)))
    name = f"{table.layer}.{table.name}"
    numbered = dict(enumerate(expectations))
    found = _in_brief(name, numbered, rows)
    for part in _parts({i: e for i, e in numbered.items() if i not in found}, count):
        found |= _judged(name, part, rows.whole(columns_of(tuple(part.values()))))
    return SuiteOutcome(name, severity, count, tuple(found[i] for i in numbered))


def validate_together(table: Table, rows: Rows) -> tuple[SuiteOutcome, ...]:
    """All suites of a table without many rows, judged in one go: what :func:`validate_rows` says of each.

    Args:
        table: the table's contract.
        rows: reads from the table; fewer than ``MANY_ROWS`` of them.
    """
    name = f"{table.layer}.{table.name}"
    frame = rows.whole(columns_of(table.expectations))
    found = _judged(name, dict(enumerate(table.expectations)), frame)
    return tuple(
        SuiteOutcome(
            name,
            severity,
            len(frame),
            tuple(found[i] for i, e in enumerate(table.expectations) if e.severity == severity),
        )
        for severity in SEVERITIES
        if expectations_of(table, severity)
    )


def _in_brief(name: str, numbered: Mapping[int, Expectation], rows: Rows) -> dict[int, ExpectationOutcome]:
    """Outcomes of the expectations of which a short frame shows that nothing in the table is unexpected."""
    columns = {i: _columns(e) for i, e in numbered.items()}
    judged: dict[int, ExpectationOutcome] = {}
    for group in groups_of(numbered, columns):
        frame, numbers = short_frame(rows, group)
        if frame is not None:
            judged |= _run(name, {i: numbered[i] for i in numbers}, frame)
    for i in wanting_unique(numbered):
        judged |= _run(name, {i: numbered[i]}, rows.repeated(columns[i]))
    count = rows.count()
    return {i: replace(o, evaluated=count) for i, o in judged.items() if o.passed and not o.unexpected}


def _parts(numbered: Mapping[int, Expectation], count: int) -> Iterator[dict[int, Expectation]]:
    """The expectations that are judged on one frame of all rows."""
    part: dict[int, Expectation] = {}
    for i, expectation in numbered.items():
        wider = {**part, i: expectation}
        if part and len(columns_of(tuple(wider.values()))) * count > CELLS_AT_A_TIME:
            yield part
            wider = {i: expectation}
        part = wider
    if part:
        yield part


def _judged(name: str, numbered: Mapping[int, Expectation], frame: pd.DataFrame) -> dict[int, ExpectationOutcome]:
    """Outcomes on a frame of all rows, row-wise expectations slice by slice."""
    if len(frame) <= ROWS_AT_A_TIME:
        return _run(name, numbered, frame)  # one slice: every run of the library has a price of its own
    row_wise = {i: e for i, e in numbered.items() if _is_row_wise(e)}
    found = _run(name, {i: e for i, e in numbered.items() if i not in row_wise}, frame)
    if row_wise:
        for start in range(0, max(len(frame), 1), ROWS_AT_A_TIME):
            part = frame.iloc[start : start + ROWS_AT_A_TIME].reset_index(drop=True)
            for i, outcome in _run(name, row_wise, part).items():
                found[i] = _joined(found.get(i), outcome, start)
    return found


def _columns(expectation: Expectation) -> tuple[str, ...]:
    columns: list[str] = []
    for key in COLUMN_KWARGS:
        value = expectation.kwargs.get(key)
        if isinstance(value, str):
            columns.append(value)
        elif isinstance(value, list | tuple):
            columns.extend(str(v) for v in value)
    return tuple(columns)


def _condition_columns(expectation: Expectation) -> list[str]:
    """Columns the condition of an expectation compares: the names to the left of ``==`` and its like."""
    return _COMPARED.findall(str(expectation.kwargs.get("row_condition", "")))


def _is_row_wise(expectation: Expectation) -> bool:
    """Judged row by row, so slices can be added up; a share ("mostly") needs all rows at once."""
    return (
        "column_values" in expectation.type and "unique" not in expectation.type and "mostly" not in expectation.kwargs
    )


def _joined(before: ExpectationOutcome | None, now: ExpectationOutcome, offset: int) -> ExpectationOutcome:
    positions = tuple(p + offset for p in now.positions)
    if before is None:
        return ExpectationOutcome(
            now.type, now.columns, now.reason, now.passed, now.evaluated, now.unexpected, positions
        )
    return ExpectationOutcome(
        now.type,
        now.columns,
        now.reason,
        before.passed and now.passed,
        before.evaluated + now.evaluated,
        before.unexpected + now.unexpected,
        (before.positions + positions)[:POSITIONS_KEPT],
    )


def _run(name: str, numbered: Mapping[int, Expectation], frame: pd.DataFrame) -> dict[int, ExpectationOutcome]:
    if not numbered:
        return {}
    gx, definition = _great_expectations()
    suite = gx.ExpectationSuite(
        name=name,
        expectations=[{"type": e.type, "kwargs": dict(e.kwargs), "meta": {"nr": i}} for i, e in numbered.items()],
    )
    result = definition.get_batch(batch_parameters={"dataframe": frame}).validate(
        suite,
        result_format={"result_format": "COMPLETE", "partial_unexpected_count": 0, "include_unexpected_rows": False},
    )
    by_number = {int(r.expectation_config.meta["nr"]): r for r in result.results}
    return {i: _outcome(e, by_number[i], len(frame)) for i, e in numbered.items()}


def _outcome(expectation: Expectation, result: Any, rows: int) -> ExpectationOutcome:
    detail: dict[str, Any] = dict(result.result or {})
    positions = tuple(int(p) for p in (detail.get("unexpected_index_list") or ()) if isinstance(p, int))
    return ExpectationOutcome(
        type=expectation.type,
        columns=_columns(expectation),
        reason=expectation.reason,
        passed=bool(result.success),
        evaluated=int(detail.get("element_count") or rows),
        unexpected=int(detail.get("unexpected_count") or 0),
        positions=positions[:POSITIONS_KEPT],
    )


@cache
def _great_expectations() -> tuple[Any, Any]:
    """The library and a batch definition that takes any frame; made once per process."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx  # noqa: PLC0415 - four seconds, only where a suite really runs

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = cast("Any", {"globally": False})
    frames = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return gx, frames.add_batch_definition_whole_dataframe("whole")
