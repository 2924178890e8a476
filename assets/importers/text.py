"""Values of typed formats (Excel, SPSS, Parquet) as the text a csv export of the same answers would hold.

Belongs here: number, date and truth values to text, for single values and for Arrow columns.
Does not belong here: any guess about what a text means; that is for the survey contract.

A whole number has no decimals (``4.0`` -> ``4``), a moment at midnight is a date, dates are ISO, TRUE/FALSE are as in
Excel.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

_EXACT = 2**53  # whole numbers below this are exact as a double


def number_text(value: float) -> str:
    """Shortest text that reads back as the same number, without decimals if it is whole."""
    if math.isfinite(value) and value == math.floor(value) and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)


def value_text(value: object) -> str:  # noqa: PLR0911 - one line per type reads best
    """A single value as text; nothing becomes an empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        if value.time() == dt.time() and value.tzinfo is None:
            return value.date().isoformat()
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_text(value // dt.timedelta(microseconds=1))
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def duration_text(micros: int) -> str:
    """A duration or a time of day as ``26:05:00``; a fraction of a second only where there is one."""
    sign, seconds = ("-" if micros < 0 else ""), abs(micros) // 1_000_000
    rest = f".{abs(micros) % 1_000_000:06d}".rstrip("0").rstrip(".")
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{rest}"


def array_text(array: pa.Array) -> pa.Array:  # noqa: PLR0911 - one line per type reads best
    """An Arrow column as text; null stays null, not-a-number becomes null (that is how tools write "nothing").

    Raises:
        pa.ArrowInvalid, UnicodeDecodeError: If the values cannot be text (binary that is not UTF-8).
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return array_text(array.dictionary_decode())
    if pa.types.is_string(kind):
        return array
    if pa.types.is_floating(kind):
        return _float_text(array)
    if pa.types.is_boolean(kind):
        return pc.if_else(array, pa.scalar("TRUE"), pa.scalar("FALSE"))
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            return pa.array([None if v is None else value_text(v) for v in array.to_pylist()], pa.string())
        text = pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
        return pc.replace_substring_regex(text, r" 00:00:00$", "")
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else value_text(v) for v in array.to_pylist()], pa.string())
    if pa.types.is_nested(kind):
        dumped = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in array.to_pylist()]
        return pa.array(dumped, pa.string())
    text = array.cast(pa.string())
    text.validate(full=True)  # binary is cast unchecked
    return text


def _float_text(array: pa.Array) -> pa.Array:
    """Floating numbers as text; columns of whole numbers, by far the most, without a Python loop."""
    clean = array.cast(pa.float64())
    present = pc.and_kleene(clean.is_valid(), pc.invert(pc.fill_null(pc.is_nan(clean), fill_value=False)))
    clean = pc.if_else(present, clean, pa.scalar(None, pa.float64()))
    whole = pc.fill_null(pc.and_(pc.equal(pc.floor(clean), clean), pc.less(pc.abs(clean), float(_EXACT))), True)
    if pc.all(whole).as_py() in (True, None):
        return clean.cast(pa.int64()).cast(pa.string())
    if array.type != pa.float64():  # 0.1 of 32 bits is 0.1, not the 0.10000000149011612 that it is as a double
        narrow = array.to_numpy(zero_copy_only=False)
        shortest = [float(str(n)) if ok else None for n, ok in zip(narrow, present.to_pylist(), strict=True)]
        clean = pa.array(shortest, pa.float64())
    return pa.array([None if v is None else number_text(v) for v in clean.to_pylist()], pa.string())
