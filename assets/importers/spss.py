"""Reader of SPSS data files (.sav, .zsav): codes as text, and what the file declares about them.

Belongs here: values to text, value labels, user-missing codes and ranges, system-missing as null, SPSS dates.
Does not belong here: what a missing code means for a question; the row rules use ``missing_codes`` and ``labels``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyreadstat

from assets.importers.reading import BATCH_ROWS, Reading, named, text_batch
from assets.importers.refusal import RefusedFile
from assets.importers.text import array_text, value_text
from expectations.model import Source

_MAGIC = (b"$FL2", b"$FL3")
_EPOCH = np.datetime64("1582-10-14T00:00:00", "us")  # SPSS counts seconds from here
_DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR")
_MOMENTS = ("DATETIME", "YMDHMS")
_FAULTS = (  # what readstat and the binding raise on damaged files
    pyreadstat.ReadstatError,
    pyreadstat.PyreadstatError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    MemoryError,
    OSError,
)


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open an SPSS file: variables, labels and missing codes are known, rows still to be read."""
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise RefusedFile("empty_file", path.name)
    if start not in _MAGIC:
        raise RefusedFile("damaged_file", path.name, format="SPSS")
    try:
        return _open(path, source)
    except _FAULTS as fault:
        raise _refused(path, source, fault) from fault


def _open(path: Path, source: Source) -> Reading:
    options: dict[str, Any] = {
        "user_missing": True,
        "disable_datetime_conversion": True,
        "encoding": source.encoding,
    }
    _, meta = pyreadstat.read_sav(path, metadataonly=True, **options)
    if any(name is None for name in meta.column_names):  # readstat reads on past some damage
        raise RefusedFile("damaged_file", path.name, format="SPSS")
    names, nameless = named(list(meta.column_names))
    reading = Reading("sav", names, iter(()), meta.file_encoding, nameless=nameless)
    reading.labels = {
        column: {value_text(code): label or "" for code, label in sorted(labels.items(), key=lambda kv: str(kv[0]))}
        for column, labels in sorted(meta.variable_value_labels.items())
    }
    reading.rows = _batches(path, source, options, meta, reading)
    return reading


def _batches(
    path: Path, source: Source, options: dict[str, Any], meta: Any, reading: Reading
) -> Iterator[pa.RecordBatch]:
    """Batches in order; the missing codes are completed with the values that fall in a declared range."""
    try:
        kinds = {c: _format(meta.original_variable_types.get(c)) for c in meta.column_names}
        missing: dict[str, set[str | float]] = {c: _declared(meta, c) for c in meta.missing_ranges}
        offset, count = 0, BATCH_ROWS
        while count == BATCH_ROWS:
            data, _ = pyreadstat.read_sav(
                path, row_offset=offset, row_limit=BATCH_ROWS, output_format="dict", **options
            )
            # With a missing value among them numbers come as objects, so the declared type decides.
            columns = {
                c: np.array(data[c], dtype=object if meta.readstat_variable_types[c] == "string" else np.float64)
                for c in meta.column_names
            }
            count = len(next(iter(columns.values()))) if columns else 0
            offset += count
            for name, ranges in meta.missing_ranges.items():
                missing[name] |= _within(columns[name], ranges)
            if count:
                yield text_batch([_text(columns[c], kinds[c]) for c in meta.column_names], len(meta.column_names))
        reading.missing_codes = {c: _codes(found, kinds[c]) for c, found in sorted(missing.items()) if found}
    except _FAULTS as fault:
        raise _refused(path, source, fault) from fault


def _format(declared: str | None) -> str:
    """``date``, ``moment``, ``time`` or ``plain`` from an SPSS print format such as ``EDATE10``."""
    name = (declared or "").rstrip("0123456789.")
    if name in _DATES:
        return "date"
    if name in _MOMENTS:
        return "moment"
    return "time" if name in ("TIME", "DTIME", "MTIME") else "plain"


def _text(values: np.ndarray[Any, Any], kind: str) -> pa.Array:
    """One variable as text. Numeric: not-a-number is system-missing, so null. Text: an empty text stays."""
    if values.dtype == object:
        return pa.array(["" if v is None or v != v else str(v) for v in values.tolist()], pa.string())  # noqa: PLR0124
    if kind == "plain":
        return array_text(pa.array(values, from_pandas=True))
    present = np.isfinite(values)
    micros = np.zeros(len(values), dtype="timedelta64[us]")
    micros[present] = np.round(values[present] * 1e6).astype("timedelta64[us]")
    if kind == "time":
        texts = [_duration(int(m.astype(np.int64))) for m in micros]
        return pa.array([t if p else None for t, p in zip(texts, present, strict=True)], pa.string())
    moments = pa.array(_EPOCH + micros, pa.timestamp("us"), mask=~present)
    return moments.cast(pa.date32(), safe=False).cast(pa.string()) if kind == "date" else array_text(moments)


def _duration(micros: int) -> str:
    sign, seconds = ("-" if micros < 0 else ""), abs(micros) // 1_000_000
    rest = f".{abs(micros) % 1_000_000:06d}".rstrip("0").rstrip(".")
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{rest}"


def _declared(meta: Any, column: str) -> set[str | float]:
    """Codes that are missing by themselves, and labelled codes within a missing range."""
    ranges = meta.missing_ranges[column]
    single = {r["lo"] for r in ranges if r["lo"] == r["hi"]}
    labelled = [code for code in meta.variable_value_labels.get(column, {}) if not isinstance(code, str)]
    return single | {c for c in labelled for r in ranges if not isinstance(r["lo"], str) and r["lo"] <= c <= r["hi"]}


def _within(values: np.ndarray[Any, Any], ranges: list[dict[str, Any]]) -> set[str | float]:
    """The values that occur within a declared range."""
    found: set[str | float] = set()
    if values.dtype != object:
        for r in ranges:
            if r["lo"] != r["hi"]:
                found |= set(np.unique(values[(values >= r["lo"]) & (values <= r["hi"])]).tolist())
    return found


def _codes(found: set[str | float], kind: str) -> tuple[str, ...]:
    """The codes exactly as the rows show them."""
    words = sorted(c for c in found if isinstance(c, str))
    numbers = sorted(c for c in found if not isinstance(c, str))
    return (*words, *_text(np.asarray(numbers, dtype=np.float64), kind).to_pylist())


def _refused(path: Path, source: Source, fault: Exception) -> RefusedFile:
    if "encoding" in str(fault).lower() or isinstance(fault, UnicodeDecodeError):
        name = source.encoding or "die in het bestand staat"
        return RefusedFile("wrong_encoding", path.name, "een tekst in het bestand", encoding=name)
    return RefusedFile("damaged_file", path.name, format="SPSS")
