"""Reader of delimited text: every cell exactly as it stands, every record at its own number.

Belongs here: delimiter, quotes, header rows, records. Does not belong here: encodings (`encoding`), what cells mean.

Two parsers, one result. Arrow is fast but lenient: it joins ``"a"b`` to ``ab`` and closes an open quote at the end of
the file. So the quotes of the file are checked first (`quotes_are_regular`, a proof on bytes); where they are regular,
Arrow and the strict parser of Python agree record by record. Everything else goes through the strict parser, which
accepts it or refuses it with the number of the record. A record of another length always ends there too.

A tab separated file whose quotes make no sense as quotes, and whose lines all have equally many tabs, was written
without quoting (Google Forms does): there a quote is a character like any other.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from assets.importers.encoding import CHUNK, Encoded, as_utf8
from assets.importers.header import header_of, rows_to_look_at
from assets.importers.reading import BATCH_ROWS, Reading, text_rows
from assets.importers.refusal import RefusedFile
from expectations.model import Source

DELIMITERS = (";", ",", "\t", "|")
_SAMPLE = 256 << 10
_BLOCK = 8 << 20  # bytes per Arrow block: bounds memory; a longer record goes to the strict parser
_LARGEST_CELL = 16 << 20


def read(path: Path, source: Source, scratch: Path) -> Reading:
    """Open a csv file: encoding, delimiter and header are settled, rows still to be read.

    Args:
        path: The file.
        source: Its dialect; what is silent is sniffed.
        scratch: Where a UTF-8 copy may be written; the caller removes it.
    """
    encoded = as_utf8(path, source.encoding, scratch)
    table = _Table(path.name, encoded, source)
    header = table.header
    return Reading(
        "csv",
        header.names,
        table.rows(),
        encoded.name,
        table.delimiter,
        header.notes,
        nameless=header.nameless,
        wordings=header.wordings,
        profile=header.profile,
    )


class _Table:
    """The records of one file after its header."""

    def __init__(self, file_name: str, encoded: Encoded, source: Source) -> None:
        self.file_name = file_name
        self._path = encoded.path
        self._start = encoded.start
        self._header_rows = 1 if source.header_rows is None else source.header_rows  # until the header is settled
        sample = self._sample()
        announced = _announced(sample)
        if announced is not None:  # first line "sep=;", written for Excel
            self._start += len(sample.splitlines(keepends=True)[0].encode())
            sample = self._sample()
        if (markup := _markup(sample) or _json(sample)) is not None:
            raise RefusedFile("unknown_format.content", file_name, expected="csv", found=markup)
        sniffed = announced or sniff_delimiter(sample)
        self.delimiter = source.delimiter or sniffed
        self._quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
        if self.delimiter == "\t" and not self._quotes_hold() and self._fits_without_quotes():
            self._quoting = csv.QUOTE_NONE
        head = self._head(rows_to_look_at(source))
        if head and source.delimiter and source.delimiter != sniffed and len(head[0]) == 1 and sniffed in head[0][0]:
            expected, found = _shown(source.delimiter), _shown(sniffed)
            raise RefusedFile("unreadable.delimiter", file_name, expected=expected, found=found)
        self.header = header_of(head, source, file_name)
        self._header_rows = self.header.rows
        self.width = len(self.header.names)

    def rows(self) -> Iterator[pa.RecordBatch]:
        """All batches; falls over to the strict parser where Arrow stops, without losing its place."""
        done = 0
        unquoted = self._quoting == csv.QUOTE_NONE
        if unquoted or quotes_are_regular(_bytes(self._path, self._start), ord(self.delimiter)):
            try:
                for batch in self._fast():
                    yield batch
                    done += batch.num_rows
            except pa.ArrowInvalid:
                pass  # a record of another length, or a very long one: the strict parser says which
            else:
                return
        yield from self._strict(done)

    def _sample(self) -> str:
        with self._path.open("rb") as file:
            file.seek(self._start)
            return file.read(_SAMPLE).decode("utf-8", errors="ignore")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Every record with its line number; an empty line is no record, except in a file of one column."""
        csv.field_size_limit(_LARGEST_CELL)
        with self._path.open("rb") as raw:
            raw.seek(self._start)
            text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
            reader = csv.reader(text, delimiter=self.delimiter, quoting=self._quoting, strict=True)
            number = 0
            width = 0
            try:
                for record in reader:
                    if record:
                        width = width or len(record)
                        number += 1
                        yield reader.line_num, record
                    elif width == 1:
                        number += 1
                        yield reader.line_num, [""]
            except csv.Error as error:
                reason = "unreadable.cell" if "limit" in str(error) else "unreadable.quotes"
                where = _position(number + 1 - self._header_rows, reader.line_num)
                raise RefusedFile(reason, self.file_name, where) from None

    def _quotes_hold(self) -> bool:
        """Whether the file can be read with quotes as quotes."""
        if quotes_are_regular(_bytes(self._path, self._start), ord(self.delimiter)):
            return True
        try:
            deque(self._records(), maxlen=0)
        except RefusedFile:
            return False
        return True

    def _fits_without_quotes(self) -> bool:
        """Whether every line has equally many tabs: tools that put no tab or line end in a cell need no quotes."""
        with self._path.open("rb") as file:
            file.seek(self._start)
            return len({line.count(b"\t") for line in file if line.strip(b"\r\n")}) == 1

    def _head(self, count: int) -> list[list[str]]:
        """The first records. One that cannot be read ends them: reading the rows meets it again, with its number."""
        head: list[list[str]] = []
        try:
            for _, record in itertools.islice(self._records(), count):
                head.append(record)
        except RefusedFile:
            if len(head) < max(self._header_rows, 1):
                raise
        return head

    def _strict(self, done: int) -> Iterator[pa.RecordBatch]:
        """Python's parser: the judge of every record that is not plain."""
        records = itertools.islice(self._records(), self._header_rows + done, None)
        rows: list[list[str]] = []
        for number, (line, record) in enumerate(records, start=done + 1):
            if len(record) != self.width:
                where = _position(number, line)
                raise RefusedFile("ragged_row", self.file_name, where, found=len(record), expected=self.width)
            rows.append(record)
            if len(rows) == BATCH_ROWS:
                yield text_rows(rows, self.width)
                rows = []
        if rows:
            yield text_rows(rows, self.width)

    def _fast(self) -> Iterator[pa.RecordBatch]:
        """Arrow's parser; all columns text, nothing is null, no name is read (names may repeat)."""
        with pa.OSFile(str(self._path)) as file:
            file.seek(self._start)
            reader = pa_csv.open_csv(
                file,
                pa_csv.ReadOptions(autogenerate_column_names=True, block_size=_BLOCK),
                pa_csv.ParseOptions(
                    delimiter=self.delimiter,
                    quote_char=False if self._quoting == csv.QUOTE_NONE else '"',
                    newlines_in_values=True,
                    ignore_empty_lines=self.width > 1,
                ),
                pa_csv.ConvertOptions(
                    column_types={f"f{i}": pa.string() for i in range(self.width)},
                    strings_can_be_null=False,
                    check_utf8=False,  # proven already
                ),
            )
            # Empty lines before the header of a one-column file: no record for the strict parser, one for Arrow.
            skip = self._header_rows + (self._empty_lines() if self.width == 1 else 0)
            for batch in reader:
                cut = min(skip, batch.num_rows)
                skip -= cut
                if batch.num_rows > cut:
                    yield batch.slice(cut)

    def _empty_lines(self) -> int:
        with self._path.open("rb") as raw:
            raw.seek(self._start)
            text = io.TextIOWrapper(raw, encoding="utf-8")
            return sum(1 for _ in itertools.takewhile(lambda line: line == "\n", text))


def quotes_are_regular(chunks: Iterable[bytes], delimiter: int) -> bool:
    """Whether every quote opens a cell, closes a cell or is doubled within one.

    Counting quotes, an odd one opens and must follow a delimiter, a line end or a quote (it was doubled); an even one
    closes and must be followed by one of those. If all do, "odd" is "inside quotes" by induction, and every parser
    agrees.
    """
    neighbour = np.zeros(256, dtype=bool)
    neighbour[[delimiter, ord("\n"), ord("\r"), ord('"')]] = True
    inside = False
    edge = b"\n"  # the byte before the ones to judge, and the last one still to judge
    for chunk in itertools.chain(chunks, [b"\n"]):
        data = np.frombuffer(edge + chunk, dtype=np.uint8)
        edge = edge[-1:] + chunk if len(data) < 2 else data[-2:].tobytes()
        places = np.flatnonzero(data[1:-1] == ord('"')) + 1
        if not places.size:
            continue
        opens = np.arange(places.size) % 2 == int(inside)
        if not neighbour[np.where(opens, data[places - 1], data[places + 1])].all():
            return False
        inside ^= bool(places.size % 2)
    return not inside


def sniff_delimiter(sample: str) -> str:
    """The delimiter that cuts most records of the sample into equally many cells; a comma for a single column."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = [len(r) for r in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if r]
        except csv.Error:
            continue
        if len(sample.encode()) >= _SAMPLE - 8 and len(widths) > 2:
            widths.pop()  # cut off by the end of the sample
        if not widths or widths[0] < 2:
            continue
        score = (round(sum(w == widths[0] for w in widths) / len(widths), 2), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _announced(sample: str) -> str | None:
    first = sample.split("\n", 1)[0].strip("\r")
    return first[4] if len(first) == 5 and first.lower().startswith("sep=") else None


def _markup(sample: str) -> str | None:
    """What a file is that starts as markup, in words."""
    start = sample.lstrip()[:15].lower()
    if start.startswith(("<!doctype html", "<html")):
        return "een webpagina (HTML)"
    return "een XML-bestand" if start.startswith("<?xml") else None


def _json(sample: str) -> str | None:
    """What a file is that starts as JSON, in words; of a long file only the start is there."""
    start = sample.lstrip()
    inner = start[1:].lstrip() if start.startswith("[") else start
    for text, lines in ((start, True), (inner, False)):  # all of it, else the first element of a list
        if not text.startswith(("{", "[")):
            continue
        try:
            found, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            continue
        behind = text[end:].lstrip(" \t")
        follows = ("\n", "\r") if lines else (",", "\n", "\r", "]")
        if not found or not (behind or "\n").startswith(follows):
            continue
        whole = lines and isinstance(found, dict) and "\n" not in text[:end].strip()
        return "een JSON-lines-bestand" if whole else "een JSON-bestand"
    return None


def _bytes(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(CHUNK):
            yield chunk


def _position(record: int, line: int) -> str:
    return f"rij {record} (regel {line} van het bestand)" if record > 0 else f"regel {line} van het bestand"


def _shown(delimiter: str) -> str:
    return "een tab" if delimiter == "\t" else f"'{delimiter}'"
