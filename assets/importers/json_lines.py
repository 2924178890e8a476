"""Reader of JSON lines (.jsonl, .ndjson): one object per line, every value to text without loss.

Belongs here: lines to objects, the columns of a file whose objects have different keys, JSON values to text.
Does not belong here: encodings (`encoding`), what values mean.

Two passes: the first proves every line and collects the keys, so that the second can write columns. A number keeps
every digit: the parser never makes it a double. A key that an object lacks is null, as ``null`` is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.importers.encoding import as_utf8
from assets.importers.reading import BATCH_ROWS, Reading, named, text_batch
from assets.importers.refusal import RefusedFile
from assets.importers.text import number_text
from expectations.model import Source

_LONGEST_LINE = 64 << 20
_BATCH_BYTES = 32 << 20  # of text in memory at a time
_MOST_COLUMNS = 1 << 14


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a file of JSON lines: every line is proven, the columns are known, rows still to be read."""
    encoded = as_utf8(path, source.encoding, scratch)
    lines = _Lines(path.name, encoded.path, encoded.start)
    keys: dict[str, None] = {}
    for number, record, _ in lines.read(_KEYS):
        keys.update(dict.fromkeys(record))
        if len(keys) > _MOST_COLUMNS:
            raise RefusedFile("unreadable.columns", path.name, f"regel {number}", limit=_MOST_COLUMNS)
    if not keys:
        raise RefusedFile("empty_file" if lines.count == 0 else "no_rows", path.name)
    names, nameless = named(list(keys))
    return Reading("jsonl", names, _batches(lines, list(keys)), encoded.name, nameless=nameless)


def _batches(lines: _Lines, keys: list[str]) -> Iterator[pa.RecordBatch]:
    columns: list[list[str | None]] = [[] for _ in keys]
    rows, size = 0, 0
    for _, record, length in lines.read(_VALUES):
        for key, column in zip(keys, columns, strict=True):
            value = record.get(key)
            column.append(value if value is None or type(value) in _AS_IT_IS else _text(value))
        rows, size = rows + 1, size + length + 8 * len(keys)
        if rows == BATCH_ROWS or size > _BATCH_BYTES:
            yield text_batch(columns, len(keys))
            columns = [[] for _ in keys]
            rows, size = 0, 0
    if rows:
        yield text_batch(columns, len(keys))


class _Lines:
    """The objects of a file with their line numbers, as often as they are asked for."""

    def __init__(self, file_name: str, path: Path, start: int) -> None:
        self._file_name = file_name
        self._path = path
        self._start = start
        self.count = 0  # objects seen by the last pass

    def read(self, decoder: json.JSONDecoder) -> Iterator[tuple[int, dict[str, Any], int]]:
        """One pass: line number, object and length of the line."""
        self.count = 0
        with self._path.open("rb") as file:
            file.seek(self._start)
            number = 0
            while line := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(line) > _LONGEST_LINE:
                    raise RefusedFile("unreadable.cell", self._file_name, self._position(number))
                if line.strip(b" \t\r\n"):
                    record = self._record(decoder, line, number)
                    self.count += 1
                    yield number, record, len(line)

    def _record(self, decoder: json.JSONDecoder, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = decoder.decode(line.decode())
            if b"\\u" in line:
                _json(found).encode()  # half a character, as ``\\ud83d`` alone is, cannot be text
        except _TwiceError:
            raise RefusedFile("unreadable.json_key", self._file_name, self._position(number)) from None
        except (ValueError, RecursionError):
            raise RefusedFile("unreadable.json", self._file_name, self._position(number)) from None
        if not isinstance(found, dict):
            raise RefusedFile("unreadable.json_object", self._file_name, self._position(number))
        return found

    def _position(self, number: int) -> str:
        return f"rij {self.count + 1} (regel {number} van het bestand)"


class _Integer(str):
    """A whole JSON number with the digits that stood in the file."""

    __slots__ = ()


class _Real(str):
    """Any other JSON number with the digits that stood in the file."""

    __slots__ = ()


_AS_IT_IS = (str, _Integer)


class _TwiceError(ValueError):
    """An object has the same key twice: nobody can tell which value counts."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def _no_json(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def _decoder(integer: type[str], real: type[str]) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_int=integer, parse_float=real, parse_constant=_no_json, object_pairs_hook=_object, strict=False
    )


_KEYS = _decoder(str, str)  # the first pass: no value is looked at
_VALUES = _decoder(_Integer, _Real)


def _text(value: Any) -> str:
    if isinstance(value, _Real):
        return _real(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _json(value)


def _real(text: str) -> str:
    """The number as the other formats show it, if that is the same number; else the digits of the file."""
    value = float(text)
    try:
        same = math.isfinite(value) and Decimal(repr(value)) == Decimal(text)
    except ArithmeticError:  # an exponent beyond all bounds
        same = False
    return number_text(value) if same else str(text)


def _json(value: Any) -> str:
    """A nested value as JSON on one line, numbers with the digits of the file."""
    if isinstance(value, _Integer | _Real):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
