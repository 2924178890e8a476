"""Taking repaired rows back: a sheet in, deliveries of repairs in the inbox out.

Belongs here: holding a sheet against the rows as they came, splitting it by source and month, names that come after the
files they repair, writing all deliveries or none.
Does not belong here: the sheet itself (``quarantine_sheet``), what a repair does to the counts (``sql/staging``).
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets import importers
from assets.importers.expected_columns import check_columns, expected_columns
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile
from assets.importers.repair_file import write_repairs
from assets.intake import Delivery, month_of, natural, sources_of
from assets.quarantine import Finding, Position, RefusedRepairError, raw_rows
from assets.quarantine_sheet import (
    FILE,
    HELPERS,
    ROW,
    Sheet,
    SheetRow,
    guarded,
    line_ends,
    plain,
    read_sheet,
    write_sheet,
)
from expectations.declared import declared_meanings
from expectations.model import REPAIRS, Source, Survey
from expectations.spelling import plain_text

MARK = "_herstel-"
_MARK_AT_END = re.compile(rf"{MARK}[0-9]+$")
_MOST_FILES = 1000  # of repairs of one month


@dataclass(frozen=True)
class Repair:
    """One repaired row: what it repairs, and its cells as they will be delivered."""

    position: Position
    cells: dict[str, str]


@dataclass(frozen=True)
class Repairs:
    """What a sheet asks for.

    Attributes:
        rows: The rows to deliver.
        unchanged: How many rows were left as they came: those are not delivered.
        changed_cells: Column -> in how many rows it was changed.
    """

    rows: tuple[Repair, ...]
    unchanged: int
    changed_cells: dict[str, int]


def sheet_rows(
    found: Mapping[Position, Sequence[Finding]], deliveries: Mapping[str, Delivery]
) -> dict[str, tuple[list[str], list[SheetRow]]]:
    """Rows that are held back as sheets: source -> its columns and rows. Rows that were erased are left out."""
    by_delivery: dict[str, list[Position]] = defaultdict(list)
    for position in found:
        by_delivery[position.delivery_id].append(position)
    sheets: dict[str, tuple[list[str], list[SheetRow]]] = {}
    for delivery_id, positions in by_delivery.items():
        delivery = deliveries[delivery_id]
        columns, rows = sheets.setdefault(str(delivery.source), ([], []))
        columns += [c for c in delivery.columns if c != REPAIRS and c not in columns]
        raw = raw_rows(delivery, (p.row for p in positions))
        rows += [_sheet_row(p, found[p], raw[p.row]) for p in positions if p.row in raw]
    return sheets


def repairs_of(
    path: Path,
    found: Mapping[Position, Sequence[Finding]],
    deliveries: Mapping[str, Delivery],
    *,
    with_unchanged: bool = False,
) -> Repairs:
    """Read a sheet and hold it against the rows as they came.

    A cell that was not touched keeps its exact text, whatever a spreadsheet can or cannot show of it: the sheet is held
    against a sheet of the same rows that nobody touched.

    Args:
        path: The sheet.
        found: Everything that is held back now, by row.
        deliveries: Taken deliveries by id.
        with_unchanged: Deliver rows that were left as they came too: that says which of two conflicting rows is right.

    Raises:
        RefusedRepairError: With every problem, by row of the sheet; nothing is taken of such a sheet.
    """
    sheet = read_sheet(path)
    positions = _positions(sheet, found, deliveries)
    by_source = sheet_rows({p: found[p] for p in positions.values()}, deliveries)
    came = {row.position: row for _, rows in by_source.values() for row in rows}
    _refuse_columns(sheet, [c for columns, _ in by_source.values() for c in columns])
    shown = _shown(sheet, list(came.values()), path.suffix.lower())
    made, changed, unchanged = [], Counter[str](), 0
    for number, position in positions.items():
        original = came[str(position)].cells
        touched = {}
        for column, cell in sheet.rows[number].items():
            if column in HELPERS or cell in shown[str(position), column]:
                continue
            text = plain(cell) if sheet.is_guarded else cell
            if text != line_ends(original.get(column, "")):
                touched[column] = text
        if touched or with_unchanged:
            changed.update(touched.keys())
            made.append(Repair(position, {**original, **touched}))
        else:
            unchanged += 1
    return Repairs(tuple(made), unchanged, dict(changed))


def deliver(
    survey: Survey, inbox: Path, workspace: Path, repairs: Iterable[Repair], deliveries: Mapping[str, Delivery]
) -> list[Path]:
    """Write repaired rows as deliveries, one per source, month and set of columns; all of them or none.

    Args:
        survey: The contract.
        inbox: Where deliveries lie.
        workspace: A private folder of the home, for files that are not finished.
        repairs: The rows.
        deliveries: Taken deliveries by id.

    Returns:
        The new files.

    Raises:
        RefusedRepairError: If a file would not be taken as what it repairs.
    """
    parts: dict[tuple[str, dt.date, tuple[str, ...]], list[Repair]] = defaultdict(list)
    for repair in repairs:
        delivery = deliveries[repair.position.delivery_id]
        assert delivery.source is not None and delivery.month is not None  # it is taken
        filled = (c for c, cell in repair.cells.items() if cell and c not in delivery.columns)
        columns = tuple(c for c in dict.fromkeys((*delivery.columns, *filled)) if c != REPAIRS)
        parts[delivery.source, delivery.month, columns].append(repair)
    sources = {s.name: s for s in survey.sources}
    inbox.mkdir(exist_ok=True)
    names = {p.name for p in inbox.iterdir()} | {d.file_name for d in deliveries.values()}
    with tempfile.TemporaryDirectory(dir=workspace, prefix=".resubmit-") as folder:
        written = []
        for (name, month, columns), rows in sorted(parts.items(), key=lambda part: part[0]):
            source = sources[name]
            file_name = repair_name(survey, source, month, names)
            names.add(file_name)
            meanings = {d: declared_meanings(survey, source, deliveries[d].shape()) for d in _delivery_ids(rows)}
            texts = [_delivered(repair, columns, meanings[repair.position.delivery_id]) for repair in rows]
            written.append(Path(folder) / file_name)
            write_repairs(written[-1], (REPAIRS, *columns), texts)
            _refuse_what_reads_differently(survey, source, month, written[-1], texts)
        return _moved(written, inbox)


def repair_name(survey: Survey, source: Source, month: dt.date, names: Iterable[str]) -> str:
    """A new file name of a source and month that comes after every name there is: what is newest counts.

    Args:
        survey: The contract.
        source: The source whose rows are repaired.
        month: The month they are about.
        names: Names of all deliveries that are known or waiting.

    Raises:
        RefusedRepairError: If the contract leaves no room for such a name.
    """
    taken = {n.casefold() for n in names}
    of_month = sorted((n for n in names if _belongs(survey, source, month, n)), key=natural)
    newest = max((natural(n) for n in of_month), default=natural(""))
    # First in line after the original; where a later name stands in the way, after that.
    for stem in dict.fromkeys(_MARK_AT_END.sub("", n[: n.rfind(".")] if "." in n else n) for n in of_month):
        for number in range(1, _MOST_FILES):
            name = f"{stem}{MARK}{number}.csv"
            if name.casefold() not in taken and _belongs(survey, source, month, name) and natural(name) > newest:
                return name
    problem = f"No name of a file of repairs fits '{source.files}' of source {source.name}"
    raise RefusedRepairError([f"{problem}: end the pattern in sources.yaml in * and take nothing but csv out of it."])


def _positions(
    sheet: Sheet, found: Mapping[Position, Sequence[Finding]], deliveries: Mapping[str, Delivery]
) -> dict[int, Position]:
    """What each row of the sheet repairs; every row that repairs nothing is a problem."""
    problems: list[str] = []
    first: dict[Position, int] = {}
    there = {d: raw_rows(deliveries[d], rows) for d, rows in _asked(sheet, deliveries).items()}
    for number, row in sheet.rows.items():
        position = Position.parse(row[REPAIRS])
        where = f"Sheet row {number}"
        if position is None:
            problems.append(f"{where}: {REPAIRS} does not name a row. Leave that column as it was exported.")
        elif position.delivery_id not in deliveries:
            problems.append(f"{where}: {position} names a delivery that is not there. Export the quarantine again.")
        elif position not in found or position.row not in there[position.delivery_id]:
            file_name = deliveries[position.delivery_id].file_name
            problems.append(
                f"{where}: row {position.row} of {file_name} is not held back (any more). Take it out of the sheet."
            )
        elif position in first:
            problems.append(f"{where}: the same row as sheet row {first[position]}. Keep one of the two.")
        elif not _in_line(row, position, deliveries[position.delivery_id]):
            problems.append(
                f"{where}: {FILE} and {ROW} do not belong to {REPAIRS}: were columns sorted apart from each other? "
                "Export the quarantine again."
            )
        else:
            first[position] = number
    if problems:
        raise RefusedRepairError(problems)
    return {number: position for position, number in first.items()}


def _asked(sheet: Sheet, deliveries: Mapping[str, Delivery]) -> dict[str, list[int]]:
    """Row numbers that a sheet names, by delivery."""
    asked: dict[str, list[int]] = defaultdict(list)
    for row in sheet.rows.values():
        position = Position.parse(row[REPAIRS])
        if position is not None and position.delivery_id in deliveries:
            asked[position.delivery_id].append(position.row)
    return asked


def _in_line(row: Mapping[str, str], position: Position, delivery: Delivery) -> bool:
    number = row.get(ROW, str(position.row)).strip()
    name = row.get(FILE, delivery.file_name)
    return number == str(position.row) and plain(name) == plain(delivery.file_name)


def _refuse_columns(sheet: Sheet, columns: Sequence[str]) -> None:
    missing = [c for c in dict.fromkeys(columns) if c not in sheet.columns]
    extra = [c for c in sheet.columns if c not in HELPERS and c not in columns]
    problems = [f"Column '{c}' is not in the sheet. Put it back as it was exported." for c in missing]
    problems += [f"Column '{c}' is no column of these deliveries. Take it out of the sheet." for c in extra]
    if problems:
        raise RefusedRepairError(problems)


def _shown(sheet: Sheet, rows: Sequence[SheetRow], suffix: str) -> dict[tuple[str, str], set[str]]:
    """What a cell that nobody touched looks like in such a sheet, by position and column."""
    columns = [c for c in sheet.columns if c not in HELPERS]
    shown: dict[tuple[str, str], set[str]] = defaultdict(set)
    if suffix != ".xlsx" and not sheet.is_guarded:  # made from another sheet, by hand
        for row in rows:
            for column in columns:
                text = row.cells.get(column, "")
                shown[row.position, column] |= {line_ends(text), line_ends(guarded(text))}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("untouched.csv" if sheet.is_guarded else "untouched.xlsx")
        write_sheet(path, columns, rows)
        for cells in read_sheet(path).rows.values():
            for column in columns:
                shown[cells[REPAIRS], column].add(cells[column])
    return shown


def _sheet_row(position: Position, found: Sequence[Finding], cells: Mapping[str, str]) -> SheetRow:
    return SheetRow(
        str(position),
        found[0].file_name,
        position.row,
        tuple(dict.fromkeys(f.reason for f in found)),
        tuple(dict.fromkeys(f.remedy for f in found)),
        {c: cell for c, cell in cells.items() if c != REPAIRS},
    )


def _delivery_ids(rows: Iterable[Repair]) -> set[str]:
    return {repair.position.delivery_id for repair in rows}


def _delivered(repair: Repair, columns: Sequence[str], meanings: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Cells of a row, its position first. What only the original file declared is written out."""
    cells = []
    for column in columns:
        cell = repair.cells.get(column, "")
        cells.append(meanings.get(column, {}).get(plain_text(cell), cell))
    return str(repair.position), *cells


def _belongs(survey: Survey, source: Source, month: dt.date, name: str) -> bool:
    return source.name in {s.name for s in sources_of(survey, name)} and month_of(source, name) == month


def _refuse_what_reads_differently(
    survey: Survey, source: Source, month: dt.date, path: Path, texts: Sequence[tuple[str, ...]]
) -> None:
    """Hold a file against what the intake will make of it, before it lies in the inbox."""
    try:
        reading = importers.open_file(path, source, path.with_suffix(".copy"))
        rows = [cells for batch in reading.rows for cells in zip(*(c.to_pylist() for c in batch.columns), strict=True)]
        first = next((s for s in sources_of(survey, path.name) if _fits(survey, s, month, reading, path.name)), source)
        check_columns(reading, expected_columns(survey, source, month), source, path.name)
    except RefusedFile as refusal:
        raise RefusedRepairError([f"{refusal.message} {refusal.remedy}"]) from None
    if first.name != source.name:
        problem = f"{path.name} would be taken as a file of source {first.name}, not of {source.name}"
        raise RefusedRepairError([f"{problem}: give the sources patterns in sources.yaml that differ."])
    if rows != list(texts):
        raise RefusedRepairError(
            [f"{path.name} does not read back as it was written: take odd signs out of the cells."]
        )


def _fits(survey: Survey, source: Source, month: dt.date, reading: Reading, name: str) -> bool:
    if month_of(source, name) is None:
        return False
    try:
        check_columns(reading, expected_columns(survey, source, month), source, name)
    except RefusedFile:
        return False
    return True


def _moved(files: Sequence[Path], inbox: Path) -> list[Path]:
    """Files into the inbox, where each appears whole: the inbox may be on another disk."""
    waiting = [inbox / f".{file.name}.part" for file in files]  # a name that the intake leaves alone
    try:
        for file, part in zip(files, waiting, strict=True):
            part.touch(mode=0o600)
            shutil.copyfile(file, part)
        return [part.rename(inbox / file.name) for file, part in zip(files, waiting, strict=True)]
    finally:
        for part in waiting:
            part.unlink(missing_ok=True)
