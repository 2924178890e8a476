"""What the readers of SPSS and Stata files share: the process that reads, its faults, encodings, labels.

Belongs here: talking to `readstat_child`, turning any fault of it into a refusal, encoding names.
Does not belong here: calls of the library (`readstat_child`), what SPSS (`spss`) or Stata (`stata`) declares of values.
"""

from __future__ import annotations

import codecs
import json
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import numpy as np

from assets.importers import readstat_child
from assets.importers.reading import BATCH_ROWS
from assets.importers.refusal import RefusedFile
from assets.importers.text import value_text

FAULTS = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError)  # what nonsense in a file leads to
_CELLS = 2_000_000  # values in memory at a time: a file of 2,000 variables is read in smaller pieces
_SILENCE = 600  # seconds without a message after which the reading process is taken to be lost
_LARGEST_MESSAGE = 2 << 30
_LABELS = {"sav": "SPSS", "dta": "Stata"}

Values = np.ndarray[Any, Any] | list[Any]  # doubles, or anything


class StatisticalFile:
    """A file that is being read in a process of its own.

    Attributes:
        path: The file.
        kind: ``sav`` or ``dta``.
        encoding: As the contract declares it; ``None``: as the file says.
        meta: What the file says of its variables.
    """

    def __init__(self, path: Path, kind: str, encoding: str | None) -> None:
        self.path = path
        self.kind = kind
        self.encoding = encoding
        request = {
            "path": str(path),
            "kind": kind,
            "encoding": _iconv_name(encoding, path.name),
            "rows": BATCH_ROWS,
            "cells": _CELLS,
        }
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a script of ours, no shell
            [sys.executable, "-I", str(readstat_child.__file__), json.dumps(request)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.close = weakref.finalize(self, _stop, self._process)
        self.meta = SimpleNamespace(**self._receive()[0]["meta"])
        if any(name is None for name in self.meta.column_names):  # readstat reads on past some damage
            raise self._given_up(self.refused())

    @property
    def columns(self) -> list[str]:
        """Names of the variables."""
        return list(self.meta.column_names)

    def pieces(self) -> Iterator[dict[str, Values]]:
        """The values of all variables, some rows at a time; can be asked for once."""
        try:
            while "end" not in (message := self._receive())[0]:
                kinds, contents = message[0]["columns"], message[1]
                yield {
                    name: np.frombuffer(content, dtype=np.float64) if kind == "numbers" else json.loads(content)
                    for name, kind, content in zip(self.columns, kinds, contents, strict=True)
                }
        finally:
            self.close()

    def labels(self, code_text: Callable[[Any], str] = value_text) -> dict[str, dict[str, str]]:
        """Per variable code -> label."""
        return {
            column: {code_text(code): label or "" for code, label in sorted(labels, key=lambda kv: str(kv[0]))}
            for column, labels in sorted(self.meta.labels.items())
        }

    def wordings(self) -> dict[str, str]:
        """Per variable its label: the question, mostly."""
        pairs = zip(self.columns, self.meta.column_labels, strict=True)
        return {column: " ".join(label.split()) for column, label in pairs if label and label.strip()}

    def settle_encoding(self, own: str | None) -> str | None:
        """The encoding to show, after judging the one of the contract against the one of the file itself.

        Raises:
            RefusedFile: ``wrong_encoding``, if the file is Unicode and the contract says otherwise, or the other way
                round and the texts do not bear it out.
        """
        if self.encoding is None:
            return own
        wanted = codecs.lookup(self.encoding).name
        unicode = (own or "").lower().replace("-", "") == "utf8"
        if unicode and wanted != "utf-8":
            raise RefusedFile("wrong_encoding.other", self.path.name, encoding=self.encoding, found="utf-8")
        if wanted == "utf-8" and not unicode:
            self._prove_unicode()
        return wanted

    def _prove_unicode(self) -> None:
        """Decode every text anew: readstat takes half a letter at the end of a text for cut off, and drops it."""
        raw = StatisticalFile(self.path, self.kind, "latin-1")
        done = 0
        for data in raw.pieces():
            for position, values in enumerate(data.values(), start=1):
                for number, text in enumerate(values if isinstance(values, list) else (), start=done + 1):
                    try:
                        str(text).encode("latin-1").decode("utf-8")
                    except UnicodeDecodeError:
                        where, name = f"rij {number}, kolom {position}", self.encoding
                        raise RefusedFile("wrong_encoding.labels", self.path.name, where, encoding=name) from None
            done += len(next(iter(data.values())))

    def refused(self, fault: str = "") -> RefusedFile:
        """The refusal of a fault."""
        if "encoding" in fault.lower() or "UnicodeDecodeError" in fault:
            name = self.encoding or "die in het bestand staat"
            return RefusedFile("wrong_encoding.labels", self.path.name, "een tekst of label", encoding=name)
        return RefusedFile("damaged_file", self.path.name, format=_LABELS[self.kind])

    def _receive(self) -> tuple[dict[str, Any], list[bytes]]:
        """The next message; a process that died, lost its way or ran out of memory is a refusal."""
        assert self._process.stdout is not None  # it was asked for
        watch = threading.Timer(_SILENCE, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            (length,) = struct.unpack("<Q", _exactly(self._process.stdout, 8))
            head = json.loads(_exactly(self._process.stdout, length))
            contents = [_exactly(self._process.stdout, size) for size in head["sizes"]]
        except (EOFError, ValueError, LookupError) as fault:
            raise self._given_up(self.refused()) from fault
        finally:
            watch.cancel()
        if head.get("fault") == "memory":
            self.close()
            raise MemoryError
        if "fault" in head:
            raise self._given_up(self.refused(head["fault"]))
        return head, contents

    def _given_up(self, refused: RefusedFile) -> RefusedFile:
        self.close()
        return refused


def numbers(values: Values) -> np.ndarray[Any, Any]:
    """Numeric values as doubles; what is missing by itself is not a number."""
    return np.asarray(values, dtype=np.float64)


def text_or_empty(values: Values) -> list[str]:
    """Texts; a text variable has no missing, an empty text stays."""
    return ["" if v is None or v != v else str(v) for v in values]  # noqa: PLR0124 - not-a-number


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    if not 0 <= size <= _LARGEST_MESSAGE:
        raise ValueError(size)
    content = pipe.read(size)
    if len(content) != size:
        raise EOFError
    return content


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _iconv_name(declared: str | None, file_name: str) -> str | None:
    """The name by which readstat knows an encoding: ``latin-1`` is ``ISO-8859-1`` there."""
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared).name.removesuffix("-sig")
    except LookupError:
        raise RefusedFile("wrong_encoding.unknown", file_name, encoding=declared) from None
    return name.upper().replace("ISO8859-", "ISO-8859-")
