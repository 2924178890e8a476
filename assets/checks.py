"""Every table's two checks: ``contract`` blocks what comes after, ``plausible`` warns.

Belongs here: running the suites of ``expectations.suites`` as Dagster asset checks, and remembering what they said for
a table whose content did not change. Metadata shows counts and positions, not people.
Does not belong here: which expectations exist (``expectations/tables``).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg
import duckdb
import pandas as pd

from assets.progress import announce
from assets.resources import House
from assets.safe_errors import held_back
from assets.specs import POOL, asset_key
from assets.warehouse import Warehouse
from expectations import suites
from expectations.brief_frames import MANY_ROWS
from expectations.compile_cells import name as quoted
from expectations.model import Table

BLOCKING = "contract"
"""The check that stops what comes after."""
DDL = """
create schema if not exists meta;
create table if not exists meta.checks (
    table_name varchar not null, check_name varchar not null, fingerprint varchar not null,
    passed boolean not null, evaluated bigint not null, failed integer not null, outcomes varchar not null,
    primary key (table_name, check_name)
)
"""


_IN_ORDER: dict[tuple[str, str], suites.SuiteOutcome] = {}
"""What suites said of content they found in good order, by table and fingerprint; as long as the process lives."""


class TableRows:
    """The rows of a built table, as a suite asks for them; see ``expectations.brief_frames.Rows``.

    Args:
        warehouse: Where the table is.
        name: ``layer.table``.
    """

    def __init__(self, warehouse: Warehouse, name: str) -> None:
        self._warehouse = warehouse
        self._name = name
        self._count = int(warehouse.read(f"select count(*) as n from {name}").column("n")[0].as_py())

    def count(self) -> int:
        """How many rows there are."""
        return self._count

    def whole(self, columns: Sequence[str]) -> pd.DataFrame:
        """All rows, in the order of the table."""
        if not columns:
            return pd.DataFrame(index=pd.RangeIndex(self._count))
        return self._frame(f"select {_listed(columns)} from {self._name}")

    def different(self, columns: Sequence[str], at_most: int) -> pd.DataFrame | None:
        """Every different row once; None if there are more than ``at_most``."""
        frame = self._frame(f"select distinct {_listed(columns)} from {self._name} limit {at_most + 1}")
        return frame if len(frame) <= at_most else None

    def repeated(self, columns: Sequence[str]) -> pd.DataFrame:
        """Rows that stand there more than once, each of them twice."""
        listed = _listed(columns)
        repeats = f"select {listed} from {self._name} group by {listed} having count(*) > 1"
        return self._frame(f"select {listed} from ({repeats}) cross join range(2)")

    def _frame(self, select_sql: str) -> pd.DataFrame:
        # Column by column, and each let go as soon as it is converted: the rows are never there twice.
        frame: pd.DataFrame = self._warehouse.read(select_sql).to_pandas(split_blocks=True, self_destruct=True)
        return frame


def table_checks(table: Table) -> list[dg.AssetChecksDefinition]:
    """The checks of one table in one step: at most one per severity, none where the contract names no expectation."""
    severities = [severity for severity in suites.SEVERITIES if suites.expectations_of(table, severity)]
    return [_checks(table, severities)] if severities else []


def check_table(warehouse: Warehouse, table: Table, severity: str) -> suites.SuiteOutcome:
    """Run one suite on a table, or return what it said when content and suite are what they were.

    Of a short table all suites are run in one go and what they said is kept: every run of the library has a price of
    its own. Content that this process found in good order before, in whatever home, is in good order.
    """
    name = f"{table.layer}.{table.name}"
    fingerprint = _fingerprint(warehouse, table, severity)
    known = _recorded(warehouse, name, severity, fingerprint)
    if known is not None:
        return known
    outcome = _IN_ORDER.get((name, fingerprint))
    if outcome is not None:
        _record(warehouse, outcome, fingerprint)
        return outcome
    rows = TableRows(warehouse, name)
    short = rows.count() < MANY_ROWS
    found = suites.validate_together(table, rows) if short else (suites.validate_rows(table, severity, rows),)
    for judged in found:
        own = _fingerprint(warehouse, table, judged.severity)
        _record(warehouse, judged, own)
        if judged.passed:
            _IN_ORDER[name, own] = judged
    return next(judged for judged in found if judged.severity == severity)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(quoted(column) for column in columns)


def _checks(table: Table, severities: Sequence[str]) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            severity,
            asset=asset_key(table),
            blocking=severity == BLOCKING,
            description="\n".join(f"- {e.type}: {e.reason}" for e in suites.expectations_of(table, severity)),
        )
        for severity in severities
    ]

    # one step for both: a step costs more than most suites do
    @dg.multi_asset_check(specs=specs, name="_".join([*asset_key(table).path, "checks"]), pool=POOL)
    @held_back
    def check(house: House) -> Iterator[dg.AssetCheckResult]:
        announce("checks")
        for severity in severities:
            outcome = check_table(house.warehouse, table, severity)
            yield dg.AssetCheckResult(
                asset_key=asset_key(table),
                check_name=severity,
                passed=outcome.passed,
                severity=dg.AssetCheckSeverity.ERROR if severity == BLOCKING else dg.AssetCheckSeverity.WARN,
                metadata=_metadata(outcome),
            )

    return check


def _metadata(outcome: suites.SuiteOutcome) -> dict[str, Any]:
    return {
        "rows": outcome.rows,
        "expectations": len(outcome.outcomes),
        "failed": len(outcome.failed),
        "findings": dg.MetadataValue.json([asdict(o) for o in outcome.failed]),
    }


def _fingerprint(warehouse: Warehouse, table: Table, severity: str) -> str:
    content = warehouse.content_hash(f"{table.layer}.{table.name}")
    expected = [e.model_dump(mode="json") for e in suites.expectations_of(table, severity)]
    return hashlib.sha256(json.dumps([severity, content, expected], sort_keys=True).encode()).hexdigest()


def _recorded(warehouse: Warehouse, name: str, severity: str, fingerprint: str) -> suites.SuiteOutcome | None:
    with warehouse.connect() as connection:
        try:
            row = connection.execute(
                "select evaluated, outcomes from meta.checks "
                "where table_name = ? and check_name = ? and fingerprint = ?",
                [name, severity, fingerprint],
            ).fetchone()
        except duckdb.CatalogException:  # the first check of a home
            connection.execute(DDL)
            return None
    if row is None:
        return None
    return suites.SuiteOutcome(name, severity, int(row[0]), tuple(_outcomes(json.loads(row[1]))))


def _outcomes(records: Sequence[dict[str, Any]]) -> list[suites.ExpectationOutcome]:
    return [
        suites.ExpectationOutcome(**{**r, "columns": tuple(r["columns"]), "positions": tuple(r["positions"])})
        for r in records
    ]


def _record(warehouse: Warehouse, outcome: suites.SuiteOutcome, fingerprint: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(
            "insert or replace into meta.checks values (?, ?, ?, ?, ?, ?, ?)",
            [
                outcome.table,
                outcome.severity,
                fingerprint,
                outcome.passed,
                outcome.rows,
                len(outcome.failed),
                json.dumps([asdict(o) for o in outcome.outcomes]),
            ],
        )


def recorded_checks(warehouse: Warehouse) -> list[dict[str, Any]]:
    """What every check said last, one record per check, in a fixed order; for the manifest and the quality page."""
    return [
        {
            "table_name": name,
            "check": check,
            "passed": passed,
            "severity": check,
            "evaluated": evaluated,
            "failed_expectations": len(failed),
            "reasons": "; ".join(f"{o['reason']} ({o['unexpected']} of {o['evaluated']})" for o in failed),
        }
        for name, check, passed, evaluated, outcomes in _last_words(warehouse)
        for failed in [[o for o in outcomes if not o["passed"]]]
    ]


def recorded_expectations(warehouse: Warehouse) -> list[dict[str, Any]]:
    """What every expectation said last, one record each, in the order of the contracts: counts, no positions."""
    return [
        {
            "table_name": name,
            "severity": check,
            "type": o["type"],
            "columns": tuple(o["columns"]),
            "reason": o["reason"],
            "passed": bool(o["passed"]),
            "evaluated": int(o["evaluated"]),
            "unexpected": int(o["unexpected"]),
        }
        for name, check, _, _, outcomes in _last_words(warehouse)
        for o in outcomes
    ]


def _last_words(warehouse: Warehouse) -> list[tuple[str, str, bool, int, list[dict[str, Any]]]]:
    with warehouse.connect(read_only=True) as connection:
        exists = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = 'meta' and table_name = 'checks'"
        ).fetchone()
        if not exists or not exists[0]:
            return []
        rows = connection.execute(
            "select table_name, check_name, passed, evaluated, outcomes from meta.checks order by all"
        ).fetchall()
    return [(str(name), str(check), bool(ok), int(rows_), json.loads(found)) for name, check, ok, rows_, found in rows]
