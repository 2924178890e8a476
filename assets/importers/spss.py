"""Reader of SPSS data files (.sav, .zsav): codes as text, and what the file declares about them.

Belongs here: value labels, user-missing codes and ranges, system-missing as null, SPSS dates, multiple-response sets.
Does not belong here: what a missing code means for a question (the row rules use ``missing_codes`` and ``labels``),
what SPSS shares with Stata (`statistical`). SPSS itself drops blanks at the end of a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assets.importers.reading import Reading, named, text_batch
from assets.importers.refusal import RefusedFile
from assets.importers.spss_layout import refuse_broken_texts
from assets.importers.statistical import FAULTS, StatisticalFile, numbers, text_or_empty
from assets.importers.text import array_text, duration_text, value_text
from expectations.model import Source

_MAGIC = (b"$FL2", b"$FL3")
_EPOCH = np.datetime64("1582-10-14T00:00:00", "us")  # SPSS counts seconds from here
_DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR")
_MOMENTS = ("DATETIME", "YMDHMS")


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open an SPSS file: variables, labels and missing codes are known, rows still to be read."""
    with path.open("rb") as opened:
        start = opened.read(4)
    if not start:
        raise RefusedFile("empty_file", path.name)
    if start not in _MAGIC:
        raise RefusedFile("damaged_file", path.name, format="SPSS")
    file = StatisticalFile(path, "sav", source.encoding)
    encoding = file.settle_encoding(file.meta.own_encoding)
    names, nameless = named(file.columns)
    reading = Reading("sav", names, iter(()), encoding, nameless=nameless)
    try:
        reading.labels = file.labels()
        reading.wordings = file.wordings()
        _multiple_response(file.meta, reading)
    except FAULTS as fault:
        raise file.refused() from fault
    reading.rows = _batches(file, reading)
    return reading


def _multiple_response(meta: Any, reading: Reading) -> None:
    """Sets of yes/no columns. A set whose columns hold codes is several questions of one kind, not options."""
    by_name = {name.casefold(): name for name in reading.columns}
    for name, declared in sorted((meta.mr_sets or {}).items()):
        options = [by_name.get(option.casefold()) for option in declared["variable_list"]]
        known = tuple(option for option in options if option is not None)
        if not declared["is_dichotomy"] or not known or len(known) != len(options):
            continue
        reading.multiple[name] = known
        reading.counted[name] = value_text(declared["counted_value"])
        if (label := " ".join((declared["label"] or "").split())) and name not in reading.columns:
            reading.wordings[name] = label


def _batches(file: StatisticalFile, reading: Reading) -> Iterator[pa.RecordBatch]:
    """Batches in order; the missing codes are completed with the values that fall in a declared range."""
    refuse_broken_texts(file.path)
    meta, columns = file.meta, file.columns
    try:
        kinds = {c: _format(meta.original_variable_types.get(c)) for c in columns}
        missing: dict[str, set[str | float]] = {c: _declared(meta, c) for c in meta.missing_ranges}
        for data in file.pieces():
            texts = []
            for c in columns:
                if meta.readstat_variable_types[c] == "string":
                    texts.append(pa.array(text_or_empty(data[c]), pa.string()))
                    continue
                values = numbers(data[c])
                missing.setdefault(c, set()).update(_within(values, meta.missing_ranges.get(c, [])))
                texts.append(_text(values, kinds[c]))
            yield text_batch(texts, len(columns))
        reading.missing_codes = {c: _codes(found, kinds[c]) for c, found in sorted(missing.items()) if found}
    except FAULTS as fault:
        raise file.refused() from fault


def _format(declared: str | None) -> str:
    """``date``, ``moment``, ``time`` or ``plain`` from an SPSS print format such as ``EDATE10``."""
    name = (declared or "").rstrip("0123456789.")
    if name in _DATES:
        return "date"
    if name in _MOMENTS:
        return "moment"
    return "time" if name in ("TIME", "DTIME", "MTIME") else "plain"


def _text(values: np.ndarray[Any, Any], kind: str) -> pa.Array:
    """One numeric variable as text; not-a-number is system-missing, so null."""
    if kind == "plain":
        return array_text(pa.array(values, from_pandas=True))
    present = np.isfinite(values)
    micros = np.zeros(len(values), dtype="timedelta64[us]")
    micros[present] = np.round(values[present] * 1e6).astype("timedelta64[us]")
    if kind == "time":
        texts = [duration_text(int(m.astype(np.int64))) for m in micros]
        return pa.array([t if p else None for t, p in zip(texts, present, strict=True)], pa.string())
    moments = pa.array(_EPOCH + micros, pa.timestamp("us"), mask=~present)
    return moments.cast(pa.date32(), safe=False).cast(pa.string()) if kind == "date" else array_text(moments)


def _declared(meta: Any, column: str) -> set[str | float]:
    """Codes that are missing by themselves, and labelled codes within a missing range."""
    ranges = meta.missing_ranges[column]
    single = {r["lo"] for r in ranges if r["lo"] == r["hi"]}
    labelled = [code for code, _ in meta.labels.get(column, []) if not isinstance(code, str)]
    return single | {c for c in labelled for r in ranges if not isinstance(r["lo"], str) and r["lo"] <= c <= r["hi"]}


def _within(values: np.ndarray[Any, Any], ranges: list[dict[str, Any]]) -> set[str | float]:
    """The values that occur within a declared range."""
    found: set[str | float] = set()
    for r in ranges:
        if r["lo"] != r["hi"]:
            found |= set(np.unique(values[(values >= r["lo"]) & (values <= r["hi"])]).tolist())
    return found


def _codes(found: set[str | float], kind: str) -> tuple[str, ...]:
    """The codes exactly as the rows show them."""
    words = sorted(c for c in found if isinstance(c, str))
    codes = sorted(c for c in found if not isinstance(c, str))
    return (*words, *_text(np.asarray(codes, dtype=np.float64), kind).to_pylist())
