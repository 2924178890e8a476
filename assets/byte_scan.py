"""The scan of every byte of a finished release: hidden cells and personal data, fail closed.

Belongs here: what must not occur (from the closed home: ids as delivered and as pseudonyms, free text, canaries),
looking for it in every file, and the order of the scan. Does not belong here: hidden cells in tables
(``byte_scan_tables``) and in other files (``byte_scan_files``), who may see what (``audience``). Shares no code with
what writes a release. A finding names file, kind and place, never the value.

Free text is looked for by runs of words, so that a part of a sentence is found too; words the contract and the pages
use themselves tell of nobody. Ids of digits only that are shorter than nine cannot be told from numbers and are looked
for as pseudonyms only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.byte_scan_files import scan_file, scan_print
from assets.byte_scan_tables import Finding, HiddenCells, scan_tables
from assets.file_texts import Texts, UnreadableFileError
from assets.intake import deliveries_of
from assets.warehouse import Warehouse
from expectations.model import FieldMap, Survey

IDS = ("contact_id", "person_id", "response_id")
SHORTEST_ID = 6
SHORTEST_NUMBER = 9
SHORTEST_TEXT = 12
RUN = 5
"""Words of a free text that stand together."""
ROOMS = ("reports/texts", "expectations")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]*[A-Za-z0-9]|[A-Za-z0-9]")
_PARTS = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"[^\W_]+")


@dataclass
class Closed:
    """What stands in the closed home and nowhere else.

    Attributes:
        ids: Table with ``id`` and ``kind``.
        runs: Runs of words of free texts, in lower case.
        canaries: Texts planted to be found.
    """

    ids: pa.Table
    runs: frozenset[str]
    canaries: tuple[str, ...] = ()
    _first: frozenset[str] = field(init=False)
    _sizes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Indexes that make looking for runs quick."""
        self._first = frozenset(run.split(" ", 1)[0] for run in self.runs)
        self._sizes = tuple(sorted({run.count(" ") + 1 for run in self.runs}))

    def has_run(self, text: str) -> bool:
        """Whether a text repeats a run of a free text."""
        words = [word.lower() for word in _WORD.findall(text)]
        for at, word in enumerate(words):
            if word in self._first:
                for size in self._sizes:
                    if at + size <= len(words) and " ".join(words[at : at + size]) in self.runs:
                        return True
        return False


def closed_home(warehouse: Warehouse, survey: Survey, raw_dir: Path, canaries: Iterable[str] = ()) -> Closed:
    """What a release must not repeat, from staging and from the raw files it was made from.

    Args:
        warehouse: Tables of the home.
        survey: The contract: which columns hold ids and free text.
        raw_dir: Folder of the raw files.
        canaries: More to look for.
    """
    open_items = [item.id for item in survey.items if survey.scale_of(item).kind == "open"]
    found = [(kind, _column(warehouse, table, kind)) for table, kind in _staged()]
    texts = [_column(warehouse, "staging.response_rows", item) for item in open_items]
    for delivery in deliveries_of(warehouse.read("select * from raw.deliveries"), raw_dir):
        if delivery.status != "taken":
            continue
        source = next((s for s in survey.sources if s.name == delivery.source), None)
        path = Path(str(delivery.path))
        if source is None or not path.is_file():
            continue
        present = set(pq.read_schema(path).names)
        mapped = {name: source.fields.get(name, FieldMap()).column or name for name in (*IDS, *open_items)}
        wanted = sorted({column for column in mapped.values() if column in present})
        table = pq.read_table(path, columns=wanted)
        for name, column in mapped.items():
            if column in present:
                cells = table.column(column).cast(pa.string())
                (found.append((f"{name} as delivered", cells)) if name in IDS else texts.append(cells))
    return make_closed(
        ((kind, value) for kind, cells in found for value in _distinct(cells)),
        (value for cells in texts for value in _distinct(cells)),
        public_texts(survey),
        canaries,
    )


def make_closed(
    ids: Iterable[tuple[str, str]], texts: Iterable[str], public: Iterable[str], canaries: Iterable[str] = ()
) -> Closed:
    """The index of what must not occur.

    Args:
        ids: Kind and id, raw or as pseudonym.
        texts: Free texts.
        public: What the contract and the pages say themselves.
        canaries: More to look for.
    """
    known: dict[str, str] = {}
    runs: set[str] = set()
    for kind, value in ids:
        text = value.strip()
        if len(text) >= SHORTEST_ID and not (text.isdigit() and len(text) < SHORTEST_NUMBER):
            if _TOKEN.fullmatch(text):
                known.setdefault(text, kind)
            else:  # an id with blanks or signs: as a run of words
                runs.add(" ".join(w.lower() for w in _WORD.findall(text)))
    for value in texts:
        runs |= set(_runs(value))
    first = {run.partition(" ")[0] for run in runs}
    for text in public:
        words = [word.lower() for word in _WORD.findall(text)]
        for at, word in enumerate(words):
            if word in first:
                runs -= {" ".join(words[at : at + size]) for size in range(1, RUN + 1)}
    runs.discard("")
    table = pa.table({"id": pa.array(list(known), pa.string()), "kind": pa.array(list(known.values()), pa.string())})
    return Closed(table, frozenset(runs), tuple(canaries))


def public_texts(survey: Survey) -> list[str]:
    """Texts of the contract and of the catalogue: a respondent who writes the same words says nothing by it."""
    rooms = [Path(__file__).parents[1] / room for room in ROOMS]
    files = {path for room in (*rooms, survey.root) for path in room.rglob("*.yaml")}
    return [path.read_text("utf-8") for path in sorted(files)]


def scan_release(
    folder: Path, closed: Closed, settings: Iterable[float] = (), texts: Texts | None = None
) -> list[Finding]:
    """Look at every byte of every file of a release.

    Args:
        folder: The release; its own table of estimates says what is hidden.
        closed: What must not occur.
        settings: Thresholds that a sentence about a hidden figure may name.
        texts: What was read of the files already.

    Returns:
        Findings, sorted; empty when the release may go live. A file that cannot be read to its last byte is one.
    """
    texts = texts or Texts(folder)
    printed = frozenset(f"{value:g}" for value in settings)
    findings: list[Finding] = []
    with duckdb.connect() as connection:
        try:
            hidden = HiddenCells(connection, folder / "tables" / "estimates.parquet")
        except (duckdb.Error, OSError) as error:
            return [
                Finding("tables/estimates.parquet", "cannot be read: what is hidden is unknown", type(error).__name__)
            ]
        printed |= _labels(connection, folder)
        search = _Search(connection, closed)
        findings += scan_tables(folder, hidden, search.columns)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = path.relative_to(folder).as_posix()
            findings += search.bytes_of(path, name)
            beside = path.with_suffix(".parquet")
            if path.suffix == ".parquet":
                search.around(path, name)
                continue
            if path.suffix == ".csv" and beside.is_file():
                continue  # with its Parquet table
            try:
                search.texts(name, ((piece.place, piece.text) for piece in texts.of(path)))
                findings += scan_file(path, name, hidden.ids, printed)
            except UnreadableFileError as error:
                findings.append(Finding(name, "cannot be read to its last byte", str(error)))
        for paper in {p.parent for p in folder.rglob("*.pdf")}:
            try:
                findings += scan_print(paper, folder, texts)
            except UnreadableFileError:
                continue  # said above
        findings += search.found()
    return sorted(set(findings))


class _Search:
    """Ids, runs and canaries in texts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, closed: Closed) -> None:
        self.connection, self.closed = connection, closed
        connection.register("closed_ids_given", closed.ids)
        connection.execute("create or replace table closed_ids as select * from closed_ids_given")
        self._canaries = [
            (number, form)
            for number, canary in enumerate(closed.canaries, start=1)
            for form in {canary.encode(), canary.encode("utf-16-le"), canary.encode("utf-16-be")}
        ]
        hashes = np.fromiter(map(hash, closed.ids["id"].to_pylist()), np.int64, len(closed.ids))
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]
        self._known: dict[str, tuple[str, ...]] = {}  # text -> what it repeats
        self._findings: list[Finding] = []

    def bytes_of(self, path: Path, name: str) -> Iterator[Finding]:
        """Canaries in the bytes as they are."""
        if self._canaries:
            content = path.read_bytes()
            for number, form in self._canaries:
                at = content.find(form)
                if at >= 0:
                    yield Finding(name, f"canary {number}", f"byte {at}")

    def texts(self, name: str, pieces: Iterable[tuple[str, str]]) -> None:
        """Ids, runs and canaries in the texts of a file, each different text looked at once."""
        found = list(pieces)
        new = {text: None for _, text in found if text not in self._known}
        ids = self._ids_in(list(new))
        for text in new:
            kinds = [*ids.get(text, ()), *(["words of a respondent"] if self.closed.has_run(text) else [])]
            kinds += [f"canary {n}" for n, canary in enumerate(self.closed.canaries, start=1) if canary in text]
            self._known[text] = tuple(kinds)
        self._findings += [Finding(name, kind, place) for place, text in found for kind in self._known[text]]

    def _ids_in(self, texts: list[str]) -> dict[str, list[str]]:
        """Text -> kinds of the ids in it: by hash first, then letter by letter."""
        tokens: list[str] = []
        owners: list[int] = []
        for number, text in enumerate(texts):
            mine = [token for token in _TOKEN.findall(text) if len(token) >= SHORTEST_ID]
            parts = (part for token in mine if not token.isalnum() for part in _PARTS.findall(token))
            mine += [part for part in parts if len(part) >= SHORTEST_ID]
            tokens += mine
            owners += [number] * len(mine)
        found: dict[str, list[str]] = {}
        if tokens and len(self._hashes):
            hashes = np.fromiter(map(hash, tokens), np.int64, len(tokens))
            places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
            for at in np.flatnonzero(self._hashes[places] == hashes).tolist():
                row = int(self._order[places[at]])
                if self.closed.ids["id"][row].as_py() == tokens[at]:
                    found.setdefault(texts[owners[at]], []).append(str(self.closed.ids["kind"][row].as_py()))
        return found

    def around(self, path: Path, name: str) -> None:
        """Metadata and statistics of a Parquet table."""
        try:
            about = pq.ParquetFile(path).metadata
        except (pa.ArrowException, OSError):
            return  # said by ``scan_tables``
        said = [part.decode("utf-8", "replace") for pair in (about.metadata or {}).items() for part in pair]
        self.texts(name, (("metadata", text) for text in said))
        for group in range(about.num_row_groups):
            for number in range(about.num_columns):
                statistics = about.row_group(group).column(number).statistics
                if statistics is not None and statistics.has_min_max:
                    bounds = f"{statistics.min} {statistics.max}"
                    self.texts(name, [(f"statistics of row group {group}, column {number}", bounds)])

    def columns(self, source: str, kinds: dict[str, str], name: str) -> Iterator[Finding]:
        """Different texts of every column: whole cells against the ids in the database, words of the rest here."""
        if not kinds:
            return
        selects = []  # all columns in one go: a statement of its own for each costs more than most tables take
        for number, (column, kind) in enumerate(kinds.items()):
            cell = f'"{column}"'
            no_number = (
                f"try_cast({cell} as double) is null or (length({cell}) >= {SHORTEST_NUMBER} and {cell} not like '%.%')"
            )
            some = "true" if kind.startswith("VARCHAR") else f"({no_number})"
            selects.append(
                f"select distinct {number} as number, {cell} as cell from {source} "
                f"where length({cell}) >= {SHORTEST_ID} and {some}"
            )
        self.connection.execute(f"create or replace temp table cells as {' union all '.join(selects)}")
        same = self.connection.execute(
            "select distinct cells.number, c.kind from cells "
            "inner join closed_ids as c on cells.cell = c.id order by all"
        ).fetchall()
        columns = list(kinds)
        for number, found in same:
            yield Finding(name, str(found), f"column {columns[number]}")
        rest = self.connection.execute(
            "select number, cell from cells where not regexp_full_match(cell, '[0-9a-f]{16}')"
        ).fetchall()
        self.texts(name, ((f"column {columns[number]}", str(text)) for number, text in rest))

    def found(self) -> list[Finding]:
        """Everything found in texts."""
        return self._findings


def _labels(connection: duckdb.DuckDBPyConnection, folder: Path) -> frozenset[str]:
    """Labels of codes: some are numbers."""
    found: set[str] = set()
    for name in ("channels", "channel_classes", "target_groups"):
        path = folder / "tables" / f"{name}.parquet"
        if path.is_file():
            rows = connection.execute("select label from read_parquet(?)", [path.as_posix()]).fetchall()
            found |= {str(row[0]) for row in rows}
    return frozenset(found)


def _staged() -> list[tuple[str, str]]:
    return [
        ("staging.contact_rows", "contact_id"),
        ("staging.contact_rows", "person_id"),
        ("staging.response_rows", "response_id"),
        ("staging.response_rows", "contact_id"),
    ]


def _column(warehouse: Warehouse, table: str, column: str) -> pa.ChunkedArray:
    try:
        return warehouse.read(f'select distinct "{column}" as cell from {table}').column("cell").cast(pa.string())
    except duckdb.Error:
        return pa.chunked_array([], pa.string())


def _distinct(cells: pa.ChunkedArray) -> list[str]:
    return [value for value in pc.unique(cells).to_pylist() if value]


def _runs(text: str) -> Iterator[str]:
    words = [word.lower() for word in _WORD.findall(text)]
    if len(text.strip()) < SHORTEST_TEXT:
        return
    if len(words) <= RUN:
        yield " ".join(words)
    for at in range(len(words) - RUN + 1):
        yield " ".join(words[at : at + RUN])


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
