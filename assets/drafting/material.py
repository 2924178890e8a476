"""What a file with answers tells about its columns: counts, labels, question texts. Nothing is decided here.

Belongs here: opening a file the way the intake will, counting values, finding out how dates are written.
Does not belong here: what a column is (``kinds``, ``roles``), its scale (``scales``), questionnaires (``lss``).
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets import importers
from assets.drafting.headers import Heading, coded_headings, heading_of
from assets.drafting.known import known, name_key
from assets.importers.reading import Reading
from expectations.model import Profile, Source
from expectations.spelling import plain_text

MOST_ROWS = 200_000  # so many rows are evidence enough; a larger file is not read to its end
_KEPT = 2_000  # different values of a column that are remembered; a column with more is text, a number or an id
_DATE_LIKE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([T ,].*)?")
_TIME = re.compile(r"[T ,]")
_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
_ISO = "%Y-%m-%d"
_DAYS = (_ISO, "%d-%m-%Y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y", "%d-%m-%y")
_FIRST_YEAR = 1000  # "%Y" reads "24" as a year too


@dataclass(frozen=True)
class Dates:
    """How a column writes its days.

    Attributes:
        formats: The way a day is written; a time behind it does not matter.
        first: The earliest day.
        last: The latest day.
        other: The same days with day and month the other way round, where the file does not tell which it is.
    """

    formats: tuple[str, ...]
    first: dt.date
    last: dt.date
    other: Dates | None = None


@dataclass(frozen=True)
class Column:
    """One column of the file, counted.

    Attributes:
        name: As the contract must name it.
        position: From 1.
        heading: Code, question and option that its name and question text tell.
        rows: Rows of the file.
        filled: Cells with something in them; words and declared codes for "nothing" do not count.
        distinct: Different values among them.
        values: Value -> count, in falling order; empty where there are too many different ones.
        longest: Characters of the longest value.
        numbers: Different values that are numbers.
        labels: Code -> label, as declared in the file.
        missing: Codes the file declares missing.
        dates: How its days are written, if days are what it holds.
        marks: How many of the values hold an ``@``.
        nameless: Whether the header says nothing about it.
    """

    name: str
    position: int
    heading: Heading
    rows: int
    filled: int
    distinct: int
    values: Mapping[str, int] = field(default_factory=dict)
    longest: int = 0
    numbers: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    dates: Dates | None = None
    marks: int = 0
    nameless: bool = False

    @property
    def unique(self) -> bool:
        """Whether it tells every row from every other one."""
        return self.rows > 0 and self.filled == self.distinct == self.rows


@dataclass(frozen=True)
class Material:
    """A file with answers, counted."""

    file_name: str
    format: str
    columns: tuple[Column, ...]
    rows: int
    whole: bool  # whether it was read to its end
    profile: Profile | None = None
    delimiter: str | None = None
    encoding: str | None = None
    missing_words: tuple[str, ...] = ()
    multiple: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    set_wordings: Mapping[str, str] = field(default_factory=dict)


def read_material(path: Path, most_rows: int = MOST_ROWS) -> Material:
    """Open a file as the intake would, and count it.

    Args:
        path: A file in any format that can be delivered.
        most_rows: Rows that are read at most.

    Raises:
        RefusedFile: If the file as a whole cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "copy"
        reading = importers.open_file(path, _source(None), scratch)
        profile = reading.profile or _profile(reading)
        if profile is not None and profile != reading.profile:
            reading.close()
            reading = importers.open_file(path, _source(profile), scratch)
        try:
            return _counted(path, reading, profile, most_rows)
        finally:
            reading.close()


def _source(profile: str | None) -> Source:
    return Source.model_validate({"name": "draft", "kind": "combined", "files": "*", "profile": profile})


def _profile(reading: Reading) -> str | None:
    """A tool that a file shows less plainly than the intake asks: a person looks at the draft anyway."""
    if reading.format not in ("csv", "xlsx", "ods") or not reading.columns:
        return None
    if coded_headings([n for i, n in enumerate(reading.columns, start=1) if i not in reading.nameless]):
        return "limesurvey"
    first = name_key(reading.columns[0])
    return "google_forms" if first in ("timestamp", "tijdstempel") and len(reading.columns) > 1 else None


def _counted(path: Path, reading: Reading, profile: str | None, most_rows: int) -> Material:
    batches, rows, whole = [], 0, True
    for batch in reading.rows:
        batches.append(batch.slice(0, most_rows - rows))
        rows += batches[-1].num_rows
        if rows >= most_rows:
            whole = rows == most_rows and batch.num_rows == batches[-1].num_rows and next(reading.rows, None) is None
            break
    words: Counter[str] = Counter()
    columns = []
    for index, name in enumerate(reading.columns):
        cells = pa.chunked_array([batch.column(index) for batch in batches], pa.string())
        heading = heading_of(name, reading.wordings.get(name, ""), plain=index + 1 in reading.nameless)
        columns.append(_column(reading, index, heading, cells, words))
    return Material(
        file_name=path.name,
        format=reading.format,
        columns=tuple(columns),
        rows=rows,
        whole=whole,
        profile=profile,  # type: ignore[arg-type]  # one of the names of the profiles
        delimiter=reading.delimiter,
        encoding=reading.encoding,
        missing_words=tuple(sorted(words)),
        multiple={name: tuple(found) for name, found in reading.multiple.items()},
        set_wordings={name: reading.wordings.get(name, "") for name in reading.multiple},
    )


def _column(reading: Reading, index: int, heading: Heading, cells: pa.ChunkedArray, words: Counter[str]) -> Column:
    """Count one column. ``words`` gets the words for "nothing" that were met."""
    name = reading.columns[index]
    labels = {plain_text(code): label for code, label in reading.labels.get(name, {}).items()}
    missing = tuple(dict.fromkeys(plain_text(code) for code in reading.missing_codes.get(name, ())))
    counts: Counter[str] = Counter()
    for pair in pc.value_counts(cells):
        value, count = pair["values"].as_py(), pair["counts"].as_py()
        text = plain_text(value) if value is not None else ""
        if text in known().missing:
            words[text] += count
        elif text and text not in missing:
            counts[text] += count
    kept = counts if len(counts) <= _KEPT else Counter[str]()
    return Column(
        name=name,
        position=index + 1,
        heading=heading,
        rows=len(cells),
        filled=counts.total(),
        distinct=len(counts),
        values=dict(sorted(kept.items(), key=lambda pair: (-pair[1], pair[0]))),
        longest=max(map(len, counts), default=0),
        numbers=sum(1 for value in counts if _NUMBER.fullmatch(value)),
        labels=labels,
        missing=missing,
        dates=dates_of(counts) if not labels else None,
        marks=sum(1 for value in counts if "@" in value),
        nameless=index + 1 in reading.nameless,
    )


def dates_of(values: Mapping[str, int]) -> Dates | None:
    """How the values write their days, if all of them are days.

    Args:
        values: Different values; counts do not matter.
    """
    if not values or any(not _DATE_LIKE.fullmatch(value) for value in islice(values, 50)):
        return None
    days = {_TIME.split(value, maxsplit=1)[0] for value in values}
    found = [read for pattern in _DAYS if (read := _as_written(days, pattern)) is not None]
    if not found:
        return None
    best = found[0]
    return Dates(best.formats, best.first, best.last, other=found[1] if len(found) > 1 else None)


def _as_written(days: set[str], pattern: str) -> Dates | None:
    """The days in one way of writing."""
    try:
        if pattern == _ISO:
            found = [dt.date.fromisoformat(day) for day in days]
        else:
            found = [dt.datetime.strptime(day, pattern).date() for day in days]
    except ValueError:
        return None
    return Dates((pattern,), min(found), max(found)) if min(found).year >= _FIRST_YEAR else None
