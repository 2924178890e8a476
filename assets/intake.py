"""From the inbox to raw files: which delivery each file is, whether it is taken, and why not.

Belongs here: names to sources and months, hashes and repeats, the order of deliveries, the table of deliveries.
Does not belong here: reading formats (`assets.importers`), rules on rows (`expectations.rules`), Dagster.

The result depends on names and bytes only, never on times of files or on the order of the folder. Taking one month
gives the same deliveries as taking all and keeping that month.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import pyarrow as pa

from assets import importers
from assets.importers.expected_columns import Expected, check_columns, expected_columns
from assets.importers.raw_file import raw_facts, remove_unfinished, unfinished, write_raw
from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile, quoted
from assets.privacy.tombstones import Tombstones
from expectations.model import Source, Survey
from expectations.shapes import DeliveryShape

Kind = Literal["contacts", "responses", "combined"]
Status = Literal["taken", "refused", "repeat"]
_UNFINISHED_COPIES = (".part", ".tmp", ".crdownload", ".filepart")
_READING_SETTINGS = ("format", "profile", "delimiter", "encoding", "header_rows", "sheet")


@dataclass(frozen=True)
class Delivery:
    """One file of the inbox: a row of ``raw.deliveries``.

    ``rows_read`` is what the file held, also when rows were erased since; ``content_marker`` changes when they are.
    ``shape_json`` holds missing codes, labels and question texts per column, as the file declares them. ``path`` is the
    raw file of a taken delivery; it is not in the table, because it depends on where the home is.
    """

    delivery_id: str
    source: str | None
    kind: Kind | None
    file_name: str
    sha256: str
    month: dt.date | None
    sequence: int
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    rows_read: int = 0
    status: Status = "taken"
    reason: str | None = None
    message: str | None = None
    remedy: str | None = None
    columns: tuple[str, ...] = ()
    shape_json: str = "{}"
    content_marker: str | None = None
    path: str = ""

    def shape(self) -> DeliveryShape:
        """What the row rules need to know of a taken delivery; ``ValueError`` for any other."""
        if self.status != "taken" or self.source is None or self.kind is None or self.month is None:
            raise ValueError(f"{self.file_name} is not taken: it has no rows")
        declared = json.loads(self.shape_json)
        return DeliveryShape(
            delivery_id=self.delivery_id,
            source=self.source,
            kind=self.kind,
            month=self.month,
            sequence=self.sequence,
            path=self.path,
            columns=self.columns,
            missing_codes={c: tuple(codes) for c, codes in declared.get("missing_codes", {}).items()},
            labels=declared.get("labels", {}),
            content=self.content_marker or "",
        )


SCHEMA = pa.schema(
    [
        ("delivery_id", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("file_name", pa.string()),
        ("sha256", pa.string()),
        ("month", pa.date32()),
        ("sequence", pa.int32()),
        ("format", pa.string()),
        ("encoding", pa.string()),
        ("delimiter", pa.string()),
        ("rows_read", pa.int64()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("remedy", pa.string()),
        ("columns", pa.list_(pa.string())),
        ("shape_json", pa.string()),
        ("content_marker", pa.string()),
    ]
)


def deliveries_table(deliveries: Iterable[Delivery]) -> pa.Table:
    """The rows of ``raw.deliveries``, in the order of delivery."""
    rows = [asdict(d) for d in sorted(deliveries, key=lambda d: d.sequence)]
    return pa.Table.from_pylist([{n: row[n] for n in SCHEMA.names} for row in rows], schema=SCHEMA)


def deliveries_of(table: pa.Table, raw_dir: Path) -> list[Delivery]:
    """The deliveries of an earlier ``deliveries_table``."""
    names = {f.name for f in fields(Delivery)}
    found = []
    for row in table.to_pylist():
        values = {k: v for k, v in row.items() if k in names}
        values["columns"] = tuple(values["columns"] or ())
        if values["status"] == "taken":
            values["path"] = str(_raw_path(raw_dir, values["source"], values["delivery_id"]))
        found.append(Delivery(**values))
    return found


def known_by_id(deliveries: Iterable[Delivery]) -> dict[str, Delivery]:
    """Earlier deliveries by id, for ``take_inbox``; of equal bytes the one that was not a repeat."""
    return {d.delivery_id: d for d in sorted(deliveries, key=lambda d: d.status != "repeat")}


def in_order(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Deliveries of several takes as one series: ordered and numbered as one take of them all would."""
    ordered = sorted(deliveries, key=lambda d: _rank(d.month, d.file_name))
    return [replace(delivery, sequence=number) for number, delivery in enumerate(ordered, start=1)]


def take_inbox(
    survey: Survey,
    inbox: Path,
    raw_dir: Path,
    known: Mapping[str, Delivery],
    month: set[dt.date] | None = None,
    *,
    tombstones: Tombstones | None = None,
    progress: Callable[[Delivery], None] | None = None,
) -> list[Delivery]:
    """Take every file of the inbox that fits the contract into a raw file, and say of the others why not.

    Args:
        survey: The contract.
        inbox: Folder with deliveries; hidden files, folders and unfinished copies (``.part``, ``.tmp``) are left alone.
        raw_dir: Raw files go to ``<raw_dir>/<source>/<delivery_id>.parquet``. A whole one is not made again.
        known: Earlier deliveries by id. One whose file has left the inbox stays as long as its raw file is whole,
            whichever version of a reader made it, and no file with its name or its bytes is there instead: clearing
            the inbox is not withdrawing data.
        month: Only these months (first days). Files without a recognisable source or month belong to none, so they
            are reported only when this is ``None``.
        tombstones: Of persons who were erased: their rows are counted as read and left out.
        progress: Called after each delivery.

    Returns:
        One delivery per file, in order.
    """
    remove_unfinished(raw_dir)
    entries = [_Entry(survey, path) for path in inbox_files(inbox)]
    names = {e.name for e in entries}
    some_left = any(d.file_name not in names for d in known.values())
    wanted_sizes = {e.size for e in entries if month is None or e.month in month}
    for entry in entries:
        # A repeat has equal bytes, so equal size: other files need no hash when only some months are taken.
        if some_left or entry.size in wanted_sizes:
            entry.hash_bytes()
    entries += _kept(survey, raw_dir, known, entries)
    entries.sort(key=lambda e: _rank(e.month, e.name))
    wanted_hashes = {e.sha256 for e in entries if month is None or e.month in month}
    first: dict[str, str] = {}  # bytes -> the taken file that had them first
    result: list[Delivery] = []
    for sequence, entry in enumerate(entries, start=1):
        wanted = month is None or entry.month in month
        if not wanted and (not entry.sha256 or entry.sha256 not in wanted_hashes):
            continue
        delivery = _take(_Desk(survey, raw_dir, tombstones), entry, sequence, first)
        if delivery.status == "taken":
            first[delivery.sha256] = delivery.file_name
        if wanted:
            result.append(delivery)
            if progress is not None:
                progress(delivery)
    return result


@dataclass(frozen=True)
class _Desk:
    """Where files are taken: the contract, the raw folder, and who was erased."""

    survey: Survey
    raw_dir: Path
    tombstones: Tombstones | None


class _Entry:
    """A file of the inbox with what its name says, or a delivery whose file has left the inbox (``path`` is None)."""

    def __init__(self, survey: Survey, path: Path, kept: Delivery | None = None) -> None:
        self.name = kept.file_name if kept else path.name
        self.path = None if kept else path
        self.sha256 = kept.sha256 if kept else ""
        self.fault = ""
        self.sources = sources_of(survey, self.name)
        if kept:
            self.sources = [s for s in self.sources if s.name == kept.source]
        months = [m for s in self.sources if (m := month_of(s, self.name)) is not None]
        self.month = months[0] if months else None
        self.seen = (0, 0)
        try:
            self.seen = self.state()
        except OSError as fault:
            self.fault = fault.strerror or "onbekende fout"
        self.size = self.seen[0]

    def state(self) -> tuple[int, int]:
        """Size and time of change: only to notice that a file changes while it is read."""
        if self.path is None:
            return self.seen
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns

    def hash_bytes(self) -> None:
        """Compute the hash; a file that cannot be read gets none, and a fault."""
        if self.path is None or self.sha256 or self.fault:
            return
        try:
            with self.path.open("rb") as file:
                self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as fault:
            self.fault = fault.strerror or "onbekende fout"


def _kept(survey: Survey, raw_dir: Path, known: Mapping[str, Delivery], entries: Sequence[_Entry]) -> list[_Entry]:
    """Earlier deliveries that are not in the inbox any more and still have a whole raw file."""
    names, hashes = {e.name for e in entries}, {e.sha256 for e in entries}
    kept = []
    for _, delivery in sorted(known.items()):
        if delivery.file_name in names or delivery.sha256 in hashes:
            continue
        entry = _Entry(survey, raw_dir, delivery)
        raw_files = [_raw_path(raw_dir, s.name, delivery.delivery_id) for s in entry.sources]
        if entry.month is not None and any(raw_facts(path) is not None for path in raw_files):
            kept.append(entry)
    return kept


def inbox_files(inbox: Path) -> list[Path]:
    """Files of an inbox that are deliveries."""
    if not inbox.is_dir():
        return []
    return [
        path
        for path in inbox.iterdir()
        if path.is_file() and not path.name.startswith((".", "~$")) and path.suffix.lower() not in _UNFINISHED_COPIES
    ]


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key in which ``v2`` comes before ``v10``; equal but for capitals are told apart by the name itself."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(p), "") if i % 2 else (1, 0, p) for i, p in enumerate(parts)], name


def _rank(month: dt.date | None, name: str) -> tuple[dt.date, tuple[list[tuple[int, int, str]], str]]:
    """Files without a month come last: a stray file does not renumber the deliveries."""
    return month or dt.date.max, natural(name)


def sources_of(survey: Survey, file_name: str) -> list[Source]:
    """The sources whose pattern fits, those that read this format first; capitals do not matter."""
    fitting = [s for s in survey.sources if fnmatchcase(file_name.lower(), s.files.lower())]
    claimed = importers.format_of(Path(file_name))
    return sorted(fitting, key=lambda s: s.format is not None and s.format != claimed)


def month_of(source: Source, file_name: str) -> dt.date | None:
    """The month a file is about, from its name or from the contract."""
    text = source.month_constant
    if text is None and source.month is not None and (found := re.search(source.month, file_name)):
        text = found[1] if found.re.groups else found[0]
    parts = re.fullmatch(r"([0-9]{4})[-_. ]?(0[1-9]|1[0-2])(?:-01)?", text or "")
    return dt.date(int(parts[1]), int(parts[2]), 1) if parts and parts[1] != "0000" else None


def _take(desk: _Desk, entry: _Entry, sequence: int, first: Mapping[str, str]) -> Delivery:
    """Take, refuse or recognise one file. ``first`` says which file had these bytes before."""
    source = entry.sources[0] if entry.sources else None
    # Bytes that cannot be read have no hash; the name stands in, so that the refusal has an id.
    sha256 = entry.sha256 or hashlib.sha256(entry.name.encode()).hexdigest()
    delivery = Delivery(
        delivery_id=sha256[:16],
        source=source.name if source else None,
        kind=source.kind if source else None,
        file_name=entry.name,
        sha256=sha256,
        month=entry.month,
        sequence=sequence,
        format=importers.format_of(Path(entry.name)),
    )
    if entry.fault:
        return _refused(delivery, RefusedFile("unreadable", entry.name, detail=entry.fault))
    if source is None:
        patterns = quoted([s.files for s in desk.survey.sources])
        return _refused(delivery, RefusedFile("unknown_source", entry.name, patterns=patterns))
    if entry.month is None:
        example = source.files.replace("*", "2026-03", 1).replace("*", "") + Path(entry.name).suffix
        return _refused(delivery, RefusedFile("unknown_month", entry.name, example=example))
    if sha256 in first:
        words = RefusedFile("repeat", entry.name, original=first[sha256])
        return replace(_refused(delivery, words), status="repeat")
    return _read_as_any(desk, entry, delivery)


def _read_as_any(desk: _Desk, entry: _Entry, delivery: Delivery) -> Delivery:
    """Read a file as the first source that it fits; the refusal of the first source counts if it fits none."""
    refused: list[Delivery] = []
    for source in entry.sources:
        if (month := month_of(source, entry.name)) is None:
            continue
        attempt = replace(delivery, source=source.name, kind=source.kind, month=month)
        try:
            return _read(desk, source, attempt, entry)
        except RefusedFile as refusal:
            refused.append(_refused(attempt, refusal))
        except OSError as fault:
            detail = fault.strerror or "onbekende fout"
            refused.append(_refused(attempt, RefusedFile("unreadable", entry.name, detail=detail)))
    return refused[0]


def _read(desk: _Desk, source: Source, delivery: Delivery, entry: _Entry) -> Delivery:
    """Read a file into its raw file, or find that this was done before."""
    assert delivery.month is not None  # the caller found it
    expected = expected_columns(desk.survey, source, delivery.month)
    target = _raw_path(desk.raw_dir, source.name, delivery.delivery_id)
    # What is no longer in the inbox cannot be read again: its raw file counts, however it was made.
    facts = raw_facts(target, _origin(source, entry.name) if entry.path is not None else None)
    if facts is None:
        assert entry.path is not None  # a kept delivery has its raw file
        _read_anew(desk, source, delivery, entry, expected)
        facts = raw_facts(target)
        assert facts is not None  # it was just written
    else:
        # The contract may have changed since: columns are judged again, rows are not read again.
        columns, nameless = tuple(facts["columns"]), tuple(facts["nameless"])
        check_columns(Reading(facts["format"], columns, iter(()), nameless=nameless), expected, source, entry.name)
    declared = {
        "missing_codes": facts["missing_codes"],
        "labels": facts["labels"],
        "wordings": facts.get("wordings", {}),
    }
    return replace(
        delivery,
        format=facts["format"],
        encoding=facts["encoding"],
        delimiter=facts["delimiter"],
        rows_read=facts.get("rows_read", facts["rows"]),
        columns=tuple(facts["columns"]),
        shape_json=json.dumps(declared, ensure_ascii=False, sort_keys=True),
        content_marker=facts.get("content"),
        path=str(target),
    )


def _read_anew(desk: _Desk, source: Source, delivery: Delivery, entry: _Entry, expected: Expected) -> None:
    """Read the file itself; the raw file appears whole or not at all."""
    assert entry.path is not None
    target = _raw_path(desk.raw_dir, source.name, delivery.delivery_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = unfinished(target.with_suffix(".utf8"))
    try:
        reading = importers.open_file(entry.path, source, scratch)
        try:
            check_columns(reading, expected, source, entry.name)
            leave_out = desk.tombstones.finder(source, _shape(source, delivery, reading)) if desk.tombstones else None
            origin = _origin(source, entry.name)
            write_raw(reading, target, delivery.delivery_id, origin, entry.name, leave_out=leave_out)
        finally:
            reading.close()
    finally:
        scratch.unlink(missing_ok=True)
    if entry.state() != entry.seen:
        target.unlink(missing_ok=True)  # these are not the rows of the bytes that were hashed
        raise RefusedFile("unreadable.changing", entry.name)


def _shape(source: Source, delivery: Delivery, reading: Reading) -> DeliveryShape:
    """What the SQL of cells needs to know of a file that is being read; it has no raw file yet."""
    assert delivery.month is not None  # the caller found it
    known = (delivery.delivery_id, source.name, source.kind, delivery.month, delivery.sequence, "", reading.columns)
    return DeliveryShape(*known, missing_codes=reading.missing_codes, labels=reading.labels)


def _refused(delivery: Delivery, refusal: RefusedFile) -> Delivery:
    return replace(delivery, status="refused", reason=refusal.code, message=refusal.message, remedy=refusal.remedy)


def _origin(source: Source, file_name: str) -> str:
    """What a raw file depends on besides its bytes: the dialect, the claimed format, the readers."""
    settings: Sequence[object] = [getattr(source, s) for s in _READING_SETTINGS]
    return json.dumps([importers.VERSION, importers.format_of(Path(file_name)), *settings])


def _raw_path(raw_dir: Path, source: str, delivery_id: str) -> Path:
    return raw_dir / source / f"{delivery_id}.parquet"
