"""Tables of a finished release, read back to the last byte: no number of a hidden cell, no statistic without its value.

Belongs here: Parquet (rows, row-group statistics, dictionaries, metadata) and CSV tables, held against the hidden cells
that the release itself names. Does not belong here: pages and other files (``byte_scan_files``), personal data
(``byte_scan``), deciding what is hidden. Nothing of the code that wrote the tables is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

HIDDEN = "hidden"
CELL = ("level", "area_code", "channel", "target_group", "item", "window", "period_start")
"""A cell with an item: hidden for all measures, or for none."""
NUMBERS = re.compile(r"^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$")
NOT_OF_THE_CELL = {
    "signals": frozenset({"part"}),  # between which changes of the method
    "priorities": frozenset({"share", "share_low", "share_high", "share_line", "reference_estimate", "estimate_line"}),
    "detectable": frozenset({"change"}),  # the relevant difference of the thresholds
    "drivers": frozenset({"driver_rank"}),
    "delivery_profile": frozenset({"history_months", "expected_low", "expected_high"}),  # of the months before
    "peers": frozenset({"peer_count", "peer_mean", "peer_q25", "peer_q75"}),  # figures of others
    "rungs": frozenset({"estimate", "ci_low", "ci_high", "width", "quarter_width"}),  # of the figure in figure_id
}
"""Columns of a row that are no numbers of the cell the row stands at. ``rungs`` is held against its ``figure_id``."""
RULE_SETTINGS = frozenset(
    {
        "false_discovery_rate", "single_test", "least_answers", "relevant_difference", "funnel_test",
        "minimum_reliability", "fewest_points", "points",
    }
)  # fmt: skip
"""Numbers in the inputs of a rule that are settings of the rule, or count quarters."""
RULES_AGAINST = {"year_earlier": "year_earlier", "funnel": "nation", "whole": "nation"}
"""Family of rules -> what its comparison is against."""
_REFERENCE = frozenset({"reference_n", "reference_estimate"})
_OWN = frozenset({"n", "estimate", "reliability"})
_JSON_NUMBER = re.compile(r'"(\w+)"\s*:\s*"?-?\d')


@dataclass(frozen=True, order=True)
class Finding:
    """Something that must not be in a release: where and what kind, never the value."""

    file: str
    kind: str
    place: str

    def __str__(self) -> str:
        return f"{self.file}: {self.kind} ({self.place})"


ReadTexts = Callable[[str, dict[str, str], str], Iterable[Finding]]
"""Something to select from, its columns with what they should be, and the file."""


class HiddenCells:
    """What a release hides: ids of figures and cells, in an in-memory database to join with."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, estimates: Path) -> None:
        self.connection = connection
        connection.execute(
            "create or replace table hidden_figures as "
            f"select figure_id, {_listed(CELL)} from read_parquet(?) where status = '{HIDDEN}'",
            [estimates.as_posix()],
        )
        connection.execute(
            f"create or replace table hidden_cells as select distinct {_listed(CELL)} from hidden_figures"
        )
        compared = estimates.with_name("comparisons.parquet")
        connection.execute("create or replace table hidden_references (figure_id varchar, against varchar)")
        if compared.is_file():
            connection.execute(
                "insert into hidden_references select t.figure_id, t.against from read_parquet(?) as t "
                "semi join hidden_figures as h on h.figure_id = t.reference_figure_id",
                [compared.as_posix()],
            )
        rows = connection.execute("select figure_id from hidden_figures").fetchall()
        self.ids = frozenset(str(row[0]) for row in rows)


def scan_tables(root: Path, hidden: HiddenCells, read_texts: ReadTexts = lambda *_: ()) -> Iterator[Finding]:
    """Findings in every Parquet file and every CSV table beside one.

    Args:
        root: The release.
        hidden: Its hidden cells.
        read_texts: Called with every table, as something to select from, its columns that may hold text and its
            file: what else must not stand there.
    """
    for path in sorted(root.rglob("*.parquet")):
        name = path.relative_to(root).as_posix()
        try:
            yield from _metadata(path, name)
            source = f"read_parquet('{_quoted(path)}')"
            kinds = _kinds(hidden, source)
            yield from _rows(hidden, source, kinds, path.stem, name)
            yield from read_texts(source, {c: k for c, k in kinds.items() if k.startswith("VARCHAR")}, name)
            beside = path.with_suffix(".csv")
            if beside.is_file():
                yield from _sheet(hidden, beside, kinds, name.replace(".parquet", ".csv"), read_texts)
        except (duckdb.Error, pa.ArrowException, OSError, ValueError) as error:
            yield Finding(name, "cannot be read to its last byte", type(error).__name__)


def _sheet(
    hidden: HiddenCells, path: Path, kinds: dict[str, str], name: str, read_texts: ReadTexts
) -> Iterator[Finding]:
    """A CSV table, loaded once: every cell is a text, whatever it should be."""
    hidden.connection.execute(
        "create or replace temp table sheet as select * from "
        f"read_csv('{_quoted(path)}', header = true, all_varchar = true, nullstr = '', "
        "delim = ',', quote = '\"', escape = '\"')"  # as tables are written; any other way gives other columns
    )
    if list(_kinds(hidden, "sheet")) != list(kinds):
        yield Finding(name, "other columns than its Parquet table", "header")
        return
    yield from _rows(hidden, "sheet", kinds, path.stem, name)
    yield from read_texts("sheet", kinds, name)
    hidden.connection.execute("drop table sheet")


def _kinds(hidden: HiddenCells, source: str) -> dict[str, str]:
    found = hidden.connection.execute(f"describe select * from {source}").fetchall()
    return {str(row[0]): str(row[1]) for row in found}


# Rows ---------------------------------------------------------------------------------------------------------


def _rows(hidden: HiddenCells, source: str, kinds: dict[str, str], table: str, name: str) -> Iterator[Finding]:
    numbers = [column for column, kind in kinds.items() if NUMBERS.match(kind)]
    own = [column for column in numbers if column not in NOT_OF_THE_CELL.get(table, frozenset())]
    ids = [column for column in kinds if column.endswith("figure_id")]
    for column in ids:
        mine = _numbers_of(column, ids, numbers if table == "rungs" else own)
        match = f'h.figure_id = t."{column}"'
        yield from _found(hidden, source, "hidden_figures", match, mine, name)
    key = [column for column in CELL if column in kinds]
    if {"level", "area_code", "item", "window", "period_start"} <= set(key):
        parts = [f'h."{c}" = cast(t."{c}" as {"date" if c == "period_start" else "varchar"})' for c in key]
        parts += [f"h.{c} = 'all'" for c in ("channel", "target_group") if c not in kinds]
        mine = [column for column in own if not _of_another(column, ids)]
        if "dimension" in kinds and "category" in kinds:
            yield from _categories(hidden, source, parts, mine, kinds, name)
        elif table not in {"rungs", "peers"}:
            yield from _found(hidden, source, "hidden_cells", " and ".join(parts), mine, name)
    if "status" in kinds:
        yield from _found(hidden, source, None, f"t.status = '{HIDDEN}'", own, name)
    if "inputs" in kinds:
        yield from _inputs(hidden, source, name)


def _numbers_of(column: str, ids: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Number columns about the figure an id column names: ``reference_n`` is of ``reference_figure_id``.

    What has no such prefix is about all of them (a difference is as hidden as either of its two figures), but the
    figure and base of the row itself are its own.
    """
    if column == "figure_id":
        return [n for n in numbers if not _of_another(n, ids)]
    own = {"n", "n_eff", "estimate", "peer_count"}
    prefix = column.removesuffix("figure_id")
    return [n for n in numbers if n.startswith(prefix) or (n not in own and not _of_another(n, ids))]


def _of_another(number: str, ids: Sequence[str]) -> bool:
    return any(number.startswith(i.removesuffix("figure_id")) for i in ids if i != "figure_id")


def _categories(  # noqa: PLR0917
    hidden: HiddenCells, source: str, parts: list[str], mine: list[str], kinds: dict[str, str], name: str
) -> Iterator[Finding]:
    """Rows about one category of a dimension: the cell is that of the category, and of the one it is held against."""
    for column in ("category", "other_category"):
        if column not in kinds:
            continue
        chosen = mine if column == "category" else [n for n in mine if n not in {"n", "n_eff", "estimate"}]
        for dimension, cell in (("target_group", "target_group"), ("channel", "channel"), ("channel_class", "channel")):
            other = "channel" if cell == "target_group" else "target_group"
            kept = [p for p in parts if not p.startswith((f"h.{cell} ", f"h.{other} "))]
            match = [*kept, f"t.dimension = '{dimension}'", f'h.{cell} = t."{column}"', f"h.{other} = 'all'"]
            yield from _found(hidden, source, "hidden_cells", " and ".join(match), chosen, name)


def _found(  # noqa: PLR0917
    hidden: HiddenCells, source: str, cells: str | None, match: str, numbers: Sequence[str], name: str
) -> Iterator[Finding]:
    """Rows at a hidden cell that carry a number: the first row and how many, per column."""
    if not numbers:
        return
    # Only ``where`` sees the columns: a semi join keeps the rows of the table as they are.
    joined = "" if cells is None else f"semi join {cells} as h on {match}"
    where = f"where {match}" if cells is None else ""
    counts = ", ".join(f'count(t."{n}"), min(t.row_nr) filter (t."{n}" is not null)' for n in numbers)
    row = hidden.connection.execute(
        f"with t as (select *, row_number() over () as row_nr from {source}) select {counts} from t {joined} {where}"
    ).fetchall()[0]
    for position, column in enumerate(numbers):
        count, first = row[2 * position : 2 * position + 2]
        if count:
            yield Finding(name, "hidden cell with a number", f"column {column}, row {first}, {count} row(s)")


def _inputs(hidden: HiddenCells, source: str, name: str) -> Iterator[Finding]:
    """Inputs of a rule for a hidden figure, or against a hidden one: settings of the rule, and the other's numbers."""
    select = f"with t as (select *, row_number() over () as row_nr from {source}) select t.row_nr, t.inputs from t"
    own = f"{select} semi join hidden_figures as h on h.figure_id = t.figure_id"
    families = " or ".join(f"(t.rule_id like '{f}.%' and h.against = '{a}')" for f, a in RULES_AGAINST.items())
    other = f"{select} semi join hidden_references as h on h.figure_id = t.figure_id and ({families})"
    for query, allowed, cell in ((own, _REFERENCE, "cell"), (other, _OWN, "reference")):
        shown: dict[str, list[int]] = {}
        for number, inputs in hidden.connection.execute(query).fetchall():
            named = set(_JSON_NUMBER.findall(inputs or "")) - RULE_SETTINGS - allowed
            if inputs and not _is_object(inputs):
                named.add("(no JSON)")
            for key in named:
                shown.setdefault(key, []).append(number)
        for key, numbers in sorted(shown.items()):
            place = f"column inputs, {key}, row {min(numbers)}, {len(numbers)} row(s)"
            yield Finding(name, f"hidden {cell} with a number", place)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


# Bytes around the rows ----------------------------------------------------------------------------------------


def _metadata(path: Path, name: str) -> Iterator[Finding]:
    """Statistics and dictionaries must tell of nothing but the rows: they are written apart from them."""
    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    for group in range(file.metadata.num_row_groups):
        about = file.metadata.row_group(group)
        table = file.read_row_group(group)
        for number in range(about.num_columns):
            column = about.column(number)
            if column.path_in_schema not in names or column.statistics is None:
                continue
            place = f"row group {group}, column {column.path_in_schema}"
            values = table.column(column.path_in_schema)
            statistics = column.statistics
            if statistics.has_null_count and statistics.null_count != values.null_count:
                yield Finding(name, "statistic that its rows do not bear out", f"{place}, nulls")
            if statistics.has_min_max and not _borne_out(values, statistics):
                yield Finding(name, "statistic that its rows do not bear out", f"{place}, bounds")


def _borne_out(values: pa.ChunkedArray, statistics: Any) -> bool:
    """Whether the bounds are those of the rows; bounds of long texts may be shortened."""
    if values.null_count == len(values):
        return False  # bounds of nothing
    bounds = pc.min_max(values).as_py()
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        # each on its own: of an empty and a long text only the long one is shortened
        return _bounds(_text(statistics.min), bounds["min"]) and _bounds(_text(statistics.max), bounds["max"])
    return bool(bounds["min"] == statistics.min and bounds["max"] == statistics.max)


def _bounds(noted: str, value: str) -> bool:
    """Whether a noted bound is a text of the rows, or its beginning; the last sign of a shortened one may be raised."""
    return value == noted or (len(noted) >= SHORTENED and value.startswith(noted[:-1]))


SHORTENED = 8
"""Writers may shorten the bounds of texts from this length."""


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
