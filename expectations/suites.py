"""Great Expectations suites from the table contract: the second use of the one contract.

Belongs here: turning ``Table.expectations`` into GX suites, running them on a frame of the columns they need, and a
summary that holds counts and positions but no values of people. The only module that imports Great Expectations, and
it does so inside the functions: the import takes seconds.
Does not belong here: which rows are refused (``rules``), Dagster, DuckDB.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from expectations.model import Expectation, Table

if TYPE_CHECKING:
    import pandas as pd

SEVERITIES = ("contract", "plausible")
POSITIONS_KEPT = 20
COLUMN_KWARGS = ("column", "column_A", "column_B", "column_list", "column_set")
ROWS_AT_A_TIME = 1_000_000
"""Row-wise expectations run on slices of this many rows, so that memory stays bounded."""


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
    """Columns a set of expectations needs, in order of first use."""
    seen: dict[str, None] = {}
    for expectation in expectations:
        for column in _columns(expectation):
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
    row_wise = {i: e for i, e in numbered.items() if _is_row_wise(e)}
    found = _run(name, {i: e for i, e in numbered.items() if i not in row_wise}, frame)
    for start in range(0, max(len(frame), 1), ROWS_AT_A_TIME):
        part = frame.iloc[start : start + ROWS_AT_A_TIME].reset_index(drop=True)
        for i, outcome in _run(name, row_wise, part).items():
            found[i] = _joined(found.get(i), outcome, start)
    return SuiteOutcome(name, severity, len(frame), tuple(found[i] for i in numbered))


def _columns(expectation: Expectation) -> tuple[str, ...]:
    columns: list[str] = []
    for key in COLUMN_KWARGS:
        value = expectation.kwargs.get(key)
        if isinstance(value, str):
            columns.append(value)
        elif isinstance(value, list | tuple):
            columns.extend(str(v) for v in value)
    return tuple(columns)


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
