"""Erasing one person: what has to go, and taking it out of raw files and inbox.

Belongs here: the plan of an erasure (also for a dry run) and carrying it out on files.
Does not belong here: finding the person (``subject``), building the tables again (``pipelines.upkeep``), texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from assets import importers
from assets.importers.raw_file import edit_raw, raw_facts, remove_unfinished, unfinished
from assets.importers.refusal import RefusedFile
from assets.intake import inbox_files, sources_of
from assets.privacy.figures import touched_figures
from assets.privacy.subject import Subject, find_subject
from assets.privacy.tombstones import add_tombstones
from assets.raw import known_deliveries
from assets.release import CURRENT
from assets.resources import House
from expectations.model import Source, Survey
from expectations.spelling import plain_text

SHORT = 6
"""Shorter ids occur in any file by chance: they are not looked for in files of unknown form."""


@dataclass(frozen=True)
class ErasePlan:
    """What an erasure takes out.

    Attributes:
        subject: The person's rows.
        files: Rows per delivery, by file name.
        inbox: Files of the inbox with these very bytes.
        unread: Files of the inbox that hold the person and were never taken: there is no raw file to fall back on.
        unreadable: Files of the inbox that no reader can open: nobody knows.
        figures: Figures of the live release in which the person counts.
    """

    subject: Subject
    files: dict[str, int]
    inbox: tuple[Path, ...] = ()
    unread: tuple[Path, ...] = ()
    unreadable: tuple[Path, ...] = ()
    figures: list[dict[str, object]] = field(default_factory=list)


def plan_erasure(house: House, identifier: str, kind: str | None) -> ErasePlan | None:
    """What erasing a person would take out; None when no row of any file has the id."""
    remove_unfinished(house.raw)
    subject = find_subject(house.contract, house.raw, plain_text(identifier), kind)
    if subject is None:
        return None
    by_delivery = {path.stem: rows for path, rows in subject.rows.items()}
    names = {d.delivery_id: d.file_name for d in known_deliveries(house)}
    files: dict[str, int] = {}
    for delivery, rows in by_delivery.items():
        name = names.get(delivery, f"{delivery} (no longer a delivery)")
        files[name] = files.get(name, 0) + len(rows)
    same, unread, unreadable = _inbox(house, subject, set(by_delivery))
    estimates = house.releases / CURRENT / "tables" / "estimates.parquet"
    return ErasePlan(
        subject,
        dict(sorted(files.items())),
        inbox=same,
        unread=unread,
        unreadable=unreadable,
        figures=touched_figures(house.warehouse, estimates, by_delivery),
    )


def carry_out(house: House, plan: ErasePlan, *, keep_inbox: bool) -> None:
    """Take a person out of the raw files and the inbox; the tables still have to be built again.

    The tombstones come first: whatever interrupts this, no later file brings the person back.
    """
    add_tombstones(house.root, house.key_ring.tombstone, house.day, plan.subject.ids)
    for path, rows in sorted(plan.subject.rows.items()):
        edit_raw(path, drop=rows)
    if not keep_inbox:
        for path in plan.inbox:
            path.unlink(missing_ok=True)


def delivery_file_ids(paths: Iterable[Path]) -> dict[Path, str]:
    """Delivery id of files, from their bytes."""
    found = {}
    for path in paths:
        with path.open("rb") as file:
            found[path] = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return found


def traces(house: House, ids: Iterable[str]) -> list[Path]:
    """Other files of the home, such as exports, in which an id can be read. Nobody knows their form: they are named."""
    words = [identifier.encode() for identifier in ids if len(identifier) >= SHORT]
    own = (house.raw, house.inbox, house.releases, house.warehouse.path, house.root / "truth")
    return [
        path
        for path in sorted(house.root.rglob("*"))
        if path.is_file() and not any(path.is_relative_to(place) for place in own) and _has_any(path, words)
    ]


def _inbox(
    house: House, subject: Subject, deliveries: set[str]
) -> tuple[tuple[Path, ...], tuple[Path, ...], tuple[Path, ...]]:
    """Files with the bytes of these deliveries, untaken files that hold the person, untaken files nobody can read."""
    taken = {path.stem for path in house.raw.glob("*/*.parquet")}
    same, unread, unreadable = [], [], []
    for path, delivery in sorted(delivery_file_ids(inbox_files(house.inbox)).items()):
        if delivery in deliveries:
            same.append(path)
        elif delivery not in taken:
            holds = _holds(house.contract, path, [identifier for _, identifier in subject.ids], house.raw)
            if holds is None:
                unreadable.append(path)
            elif holds:
                unread.append(path)
    return tuple(same), tuple(unread), tuple(unreadable)


def _holds(survey: Survey, path: Path, ids: list[str], scratch_dir: Path) -> bool | None:
    """Whether a cell of a file is one of the ids; None for a file that cannot be read."""
    fitting = sources_of(survey, path.name)
    source = fitting[0] if fitting else Source(name="unknown", kind="combined", files="*")
    scratch_dir.mkdir(parents=True, exist_ok=True)
    scratch = unfinished(scratch_dir / f"{path.name}.utf8")
    sought = pa.array(ids, pa.string())
    try:
        reading = importers.open_file(path, source, scratch)
        try:
            return any(
                pc.any(pc.is_in(pc.utf8_trim_whitespace(column), value_set=sought)).as_py()
                for batch in reading.rows
                for column in batch.columns
            )
        finally:
            reading.close()
    except (RefusedFile, OSError):
        return None
    finally:
        scratch.unlink(missing_ok=True)


def _has_any(path: Path, words: list[bytes]) -> bool:
    overlap = max((len(word) for word in words), default=1) - 1
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            text = before + chunk
            if any(word in text for word in words):
                return True
            before = text[-overlap:] if overlap else b""
    return False


def edited_inbox(house: House) -> list[Path]:
    """Files of the inbox whose raw file was edited: they still hold what was taken out there."""
    edited = {path.stem for path in house.raw.glob("*/*.parquet") if (raw_facts(path) or {}).get("edited")}
    # Hashing an inbox takes long: only where there is something to find.
    found = delivery_file_ids(inbox_files(house.inbox)) if edited else {}
    return sorted(path for path, delivery in found.items() if delivery in edited)
