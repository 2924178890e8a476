"""Reader of Stata data files (.dta): codes as text, and what the file declares about them.

Belongs here: value labels, extended missing values (``.a`` ... ``.z``), Stata dates, numbers of 32 bits.
Does not belong here: what a missing code means for a question, what Stata shares with SPSS (`statistical`).

``.`` is nothing, so null. ``.a`` is a reason why there is nothing: it stays as the code ``.a``, as Stata shows it, and
is declared missing. Months, quarters and weeks are as Stata shows them: ``2024m3``, ``2024q1``, ``2024w9``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assets.importers.reading import Reading, named, text_batch
from assets.importers.refusal import RefusedFile, quoted
from assets.importers.statistical import FAULTS, StatisticalFile, Values, numbers, text_or_empty
from assets.importers.text import array_text, number_text
from expectations.model import Source

MAGIC = b"<stata_d"
_OLD_RELEASES = range(104, 116)  # the first byte of files before Stata 13
_BYTE_ORDERS = (1, 2)
_FIRST_UNICODE = 118
_HEAD = 64  # bytes that hold the release
_EPOCH = np.datetime64("1960-01-01T00:00:00", "ms")
_DAY = 86_400_000


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a Stata file: variables and labels are known, rows still to be read."""
    with path.open("rb") as opened:
        start = opened.read(_HEAD)
    if not start:
        raise RefusedFile("empty_file", path.name)
    if not start.startswith(MAGIC) and not (len(start) > 8 and start[0] in _OLD_RELEASES and start[1] in _BYTE_ORDERS):
        raise RefusedFile("damaged_file", path.name, format="Stata")
    file = StatisticalFile(path, "dta", source.encoding)
    names, nameless = named(file.columns)
    encoding = file.settle_encoding(_own_encoding(start))
    reading = Reading("dta", names, iter(()), encoding, nameless=nameless)
    try:
        reading.labels = file.labels(_code)
        reading.wordings = file.wordings()
    except FAULTS as fault:
        raise file.refused() from fault
    reading.rows = _batches(file, reading)
    return reading


def _own_encoding(head: bytes) -> str:
    """Unicode since Stata 14 (release 118); before that readstat takes Windows-1252."""
    release = re.search(rb"<release>(\d+)</release>", head)
    return "utf-8" if release is not None and int(release[1]) >= _FIRST_UNICODE else "cp1252"


def _batches(file: StatisticalFile, reading: Reading) -> Iterator[pa.RecordBatch]:
    """Batches in order; the missing codes are completed with those that occur."""
    meta, columns = file.meta, file.columns
    try:
        types = meta.readstat_variable_types
        shown = {c: _shown(meta.original_variable_types.get(c) or "") for c in columns}
        if leap := [c for c in columns if shown[c] == "C"]:  # these moments count leap seconds
            raise RefusedFile("unreadable.column_type", file.path.name, columns=quoted(leap))
        missing = {c: {code for code in reading.labels.get(c, {}) if _is_missing(code)} for c in columns}
        for data in file.pieces():
            texts = []
            for c in columns:
                if types[c] == "string":
                    texts.append(pa.array(text_or_empty(data[c]), pa.string()))
                    continue
                extended = _extended(data[c])
                missing[c] |= set(extended.values())
                values = numbers([None if i in extended else v for i, v in enumerate(data[c])] if extended else data[c])
                texts.append(_with(_text(values, shown[c], narrow=types[c] == "float"), extended))
            yield text_batch(texts, len(columns))
        reading.missing_codes = {c: tuple(sorted(found)) for c, found in sorted(missing.items()) if found}
    except FAULTS as fault:
        raise file.refused() from fault


def _code(code: object) -> str:
    """A labelled code as the rows show it; an extended missing value is a letter here."""
    return f".{code}" if isinstance(code, str) else number_text(float(str(code)))


def _is_missing(code: str) -> bool:
    return len(code) == 2 and code[0] == "." and code[1].isalpha()


def _extended(values: Values) -> dict[int, str]:
    """Where a reason for missing stands, and which."""
    return {i: f".{v}" for i, v in enumerate(values) if isinstance(v, str)} if isinstance(values, list) else {}


def _with(texts: pa.Array, extended: dict[int, str]) -> pa.Array:
    if not extended:
        return texts
    return pa.array([extended.get(i, text) for i, text in enumerate(texts.to_pylist())], pa.string())


def _shown(declared: str) -> str:
    """Kind of a Stata display format: ``%td``, ``%-tdD_m_Y``, ``%tc``, ``%tm`` ...; ``plain`` for numbers."""
    name = declared.lstrip("%-")
    if name.startswith("d"):
        return "d"  # as dates were called before Stata 10
    return name[1] if len(name) > 1 and name[0] == "t" and name[1] in "cCdwmqhy" else "plain"


def _text(values: np.ndarray[Any, Any], kind: str, *, narrow: bool) -> pa.Array:
    """One numeric variable as text; not-a-number is missing without a reason, so null."""
    present = np.isfinite(values)
    if kind in ("plain", "y"):
        return array_text(pa.array(values.astype(np.float32) if narrow else values, from_pandas=True))
    if kind in ("c", "d"):
        millis = np.zeros(len(values), dtype=np.int64)
        millis[present] = np.round(values[present] * (1 if kind == "c" else _DAY)).astype(np.int64)
        moments = pa.array(_EPOCH + millis.astype("timedelta64[ms]"), pa.timestamp("ms"), mask=~present)
        return array_text(moments)
    period: Callable[[int], str] = _PERIODS[kind]
    return pa.array(
        [period(int(v)) if p else None for v, p in zip(values.tolist(), present.tolist(), strict=True)], pa.string()
    )


def _period(letter: str, in_a_year: int) -> Callable[[int], str]:
    return lambda number: f"{1960 + number // in_a_year}{letter}{number % in_a_year + 1}"


_PERIODS = {"w": _period("w", 52), "m": _period("m", 12), "q": _period("q", 4), "h": _period("h", 2)}
