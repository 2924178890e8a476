"""The rules of re-delivery once more, in plain Python over lists of rows: what the SQL is held against.

Written from the rules as they are told to an analyst, not from the SQL:

1. Newest wins, row by row. A refused row replaces no good one, only older refused ones of the same id.
2. A row and its repairs are one row: the newest good one stands for it, or the newest if none is good.
3. A row that the newest full delivery of its source and month lacks, and every later file too, is withdrawn or kept.
4. Of identical copies in one file the first counts; copies that differ are all held back, but for those repaired.
5. A response needs an accepted contact, and the first response to a contact counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Position = tuple[str, int]
Fates = dict[Position, tuple[str, str | None]]
CONTENT_FIELDS = ("contact_id", "channel", "mark", "response_date")


@dataclass(frozen=True)
class Row:
    """One row as a file held it. An empty text is nothing."""

    number: int
    cells: Mapping[str, str]
    repairs: str = ""

    def id(self, kind: str) -> str:
        """Id as a contact or as a response; a combined row has one id for both."""
        own = self.cells.get("contact_id" if kind == "contacts" else "response_id", "")
        return own or (self.cells.get("response_id", "") if "contact_id" not in self.cells else "")

    def content(self, kind: str) -> tuple[str, ...]:
        """What two copies are compared by."""
        names = ("channel",) if kind == "contacts" else ("mark", "response_date", "contact_id")
        return tuple(self.cells.get(name, "") for name in names)


@dataclass(frozen=True)
class File:
    """One taken file, in the order of delivery."""

    sequence: int
    delivery_id: str
    source: str
    month: str
    rows: tuple[Row, ...]
    has_repairs: bool


@dataclass
class Judged:
    """A row of one kind on its way to a fate."""

    file: File
    row: Row
    id: str
    refused: bool
    content: tuple[str, ...] = field(default=())

    @property
    def position(self) -> Position:
        return self.file.delivery_id, self.row.number

    @property
    def age(self) -> tuple[int, str, int]:
        """Higher is newer; within a file the first row goes before the next."""
        return self.file.sequence, self.file.delivery_id, -self.row.number


def contact_fates(files: Iterable[File], vanished: Mapping[str, str]) -> Fates:
    """Status and note of every contact row."""
    files = [f for f in files if f.source in {"contacts", "both"}]
    rows = [Judged(f, r, r.id("contacts"), _bad_contact(r), r.content("contacts")) for f in files for r in f.rows]
    return _fates(rows, vanished)[0]


def response_fates(files: Iterable[File], vanished: Mapping[str, str], contacts: Fates) -> Fates:
    """Status and note of every response row, given what became of the contacts."""
    files = list(files)
    accepted = {
        r.id("contacts")
        for f in files
        if f.source in {"contacts", "both"}
        for r in f.rows
        if contacts[f.delivery_id, r.number][0] == "accepted"
    }
    rows = []
    for file in files:
        if file.source not in {"responses", "both"}:
            continue
        for row in file.rows:
            bad = row.cells["mark"] == "11" or not row.id("responses") or not _contact_of(row)
            bad = bad or (file.source == "both" and _bad_contact(row)) or _contact_of(row) not in accepted
            rows.append(Judged(file, row, row.id("responses"), bad, row.content("responses")))
    fates, standing = _fates(rows, vanished)
    answers: dict[str, list[Judged]] = defaultdict(list)
    for judged in rows:
        if fates[judged.position][0] == "accepted":
            answers[_contact_of(judged.row)].append(judged)
    for same in answers.values():
        first = min(same, key=lambda j: (j.row.cells["response_date"], j.file.sequence, j.row.number))
        for judged in same:
            if judged is not first:
                fates[judged.position] = ("quarantined", None)
    for position, stands in standing.items():
        if fates[stands][0] == "quarantined":
            fates[position] = ("superseded", None)
    return fates


def _bad_contact(row: Row) -> bool:
    return row.cells["channel"] == "?" or not row.id("contacts")


def _contact_of(row: Row) -> str:
    return row.id("contacts")


def _fates(rows: list[Judged], vanished: Mapping[str, str]) -> tuple[Fates, dict[Position, Position]]:
    """Fates by the rules 1 to 4, and which row stands for each row that was repaired."""
    at = {j.position: j for j in rows}
    conflicting = _in_conflict(rows)
    good = {p: not j.refused and p not in conflicting for p, j in at.items()}
    standing = _repaired(rows, at, good)
    freed = {p for p, stands in standing.items() if good[stands]}
    conflicting = _in_conflict([j for j in rows if j.position not in freed])
    gone = _vanished(rows)
    fates: Fates = {}
    for position, stands in standing.items():
        repaired = good[stands] and at[stands].file.sequence > at[position].file.sequence
        fates[position] = ("superseded", "repaired" if repaired else None)
    for position, newest in gone.items():
        if vanished[at[position].file.source] == "withdrawn" and position not in fates:
            fates[position] = ("superseded", "withdrawn" if newest else None)
    same_id: dict[object, list[Judged]] = defaultdict(list)
    for judged in rows:
        if judged.position not in fates:
            same_id[judged.id or judged.position].append(judged)
    for same in same_id.values():
        fine = [j for j in same if not j.refused and j.position not in conflicting]
        winner = max(fine, key=lambda j: j.age) if fine else None
        newest_file = max(j.file.sequence for j in same)
        for judged in same:
            if judged is winner:
                fates[judged.position] = ("accepted", "vanished" if judged.position in gone else None)
            elif judged in fine or judged.file.sequence < newest_file:
                fates[judged.position] = ("superseded", None)
            else:
                fates[judged.position] = ("quarantined", None)
    return fates, standing


def _in_conflict(rows: Iterable[Judged]) -> set[Position]:
    copies: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for judged in rows:
        if judged.id:
            copies[judged.file.delivery_id, judged.id].append(judged)
    return {j.position for same in copies.values() if len({j.content for j in same}) > 1 for j in same}


def _repaired(
    rows: list[Judged], at: Mapping[Position, Judged], good: Mapping[Position, bool]
) -> dict[Position, Position]:
    def repaired_by(judged: Judged) -> Judged | None:
        delivery, _, number = judged.row.repairs.partition(":")
        target = at.get((delivery, int(number))) if number.isdecimal() else None
        return target if target is not None and target.file.sequence < judged.file.sequence else None

    def root(judged: Judged) -> Position:
        older = repaired_by(judged)
        return judged.position if older is None else root(older)

    versions: dict[Position, list[Judged]] = defaultdict(list)
    for judged in rows:
        versions[root(judged)].append(judged)
    standing = {}
    for same in versions.values():
        stands = max(same, key=lambda j: (good[j.position], *j.age))
        standing |= {j.position: stands.position for j in same if j is not stands}
    return standing


def _vanished(rows: list[Judged]) -> dict[Position, bool]:
    """Rows that vanished, and whether each is the newest with its id."""
    months: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for judged in rows:
        months[judged.file.source, judged.file.month].append(judged)
    found: dict[Position, bool] = {}
    for same in months.values():
        whole = [j.file.sequence for j in same if not j.file.has_repairs]
        newest = max(whole, default=0)
        there = {j.id for j in same if j.file.sequence >= newest and j.id}
        gone = [j for j in same if j.file.sequence < newest and j.id not in there]
        for judged in gone:
            namesakes = [j for j in gone if j.id == judged.id] if judged.id else [judged]
            found[judged.position] = judged is max(namesakes, key=lambda j: (j.file.sequence, -j.row.number))
    return found
