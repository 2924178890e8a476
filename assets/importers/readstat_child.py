"""A process of its own that reads one SPSS or Stata file with readstat and hands over what it found.

Belongs here: calls of the library, and messages to the process that asked (`statistical`, which starts this as a
script: it imports nothing of this project). Does not belong here: what any value means.

readstat is written in C, and some damage makes it write where it must not. In a process of its own that costs this
file, not the run; and one process per file keeps such damage away from the next file.

A message is a length (8 bytes), a JSON object, and the bytes that its ``sizes`` announce.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyreadstat

META = (
    "column_names",
    "column_labels",
    "file_encoding",
    "missing_ranges",
    "mr_sets",
    "original_variable_types",
    "readstat_variable_types",
)


def main() -> None:
    """Read the file of the request on the command line; the meaning of values first, then the values."""
    request = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no message
    try:
        for head, payloads in _messages(request):
            _send(out, head, payloads)
    except BrokenPipeError:
        os._exit(0)  # nobody asks any more
    except MemoryError:
        _send(out, {"fault": "memory"}, [])
    except Exception as fault:
        _send(out, {"fault": f"{type(fault).__name__}: {fault}"}, [])


def _messages(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
    reader = pyreadstat.read_sav if request["kind"] == "sav" else pyreadstat.read_dta
    options = {
        "user_missing": True,
        "disable_datetime_conversion": True,
        "output_format": "dict",
        "encoding": request["encoding"],
    }
    path = request["path"]
    _, meta = reader(path, metadataonly=True, **options)
    told = {name: getattr(meta, name) for name in META}
    # Keys are numbers here and there, which JSON would make texts of.
    told["labels"] = {column: list(labels.items()) for column, labels in meta.variable_value_labels.items()}
    told["own_encoding"] = _own_encoding(reader, path, meta) if request["encoding"] else meta.file_encoding
    yield {"meta": told}, []
    names = list(meta.column_names)
    rows = max(min(request["rows"], request["cells"] // max(len(names), 1)), 1)
    offset, count = 0, rows
    while count == rows:
        data, _ = reader(path, row_offset=offset, row_limit=rows, **options)
        lengths = {len(values) for values in data.values()}
        if len(lengths) > 1:
            raise ValueError("columns of unequal length")
        count = lengths.pop() if lengths else 0
        offset += count
        if count:
            packed = [_packed(data[name]) for name in names]
            yield {"columns": [kind for kind, _ in packed], "rows": count}, [content for _, content in packed]
    yield {"end": offset}, []


def _own_encoding(reader: Any, path: str, meta: Any) -> str | None:
    """What the file says of its encoding; given another one from outside, readstat does not tell."""
    try:
        _, own = reader(path, metadataonly=True, output_format="dict")
    except Exception:
        return None
    found: str | None = own.file_encoding
    return found


def _packed(values: list[Any]) -> tuple[str, bytes]:
    """Numbers as doubles; anything else, and numbers with reasons for missing among them, as JSON."""
    if not any(isinstance(value, str) for value in values):
        return "numbers", np.array(values, dtype=np.float64).tobytes()
    return "values", json.dumps(values, ensure_ascii=False).encode()


def _send(out: BinaryIO, head: dict[str, Any], payloads: list[bytes]) -> None:
    text = json.dumps(head | {"sizes": [len(p) for p in payloads]}).encode()
    out.write(struct.pack("<Q", len(text)))
    out.write(text)
    for payload in payloads:
        out.write(payload)
    out.flush()


if __name__ == "__main__":
    main()
