"""Taking out what is past its clock, with published history kept as it was.

Belongs here: the steps on files, a way back until the numbers have been compared, the log.
Does not belong here: what is due (``clocks``), building tables in between (``pipelines.upkeep``).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.importers.raw_file import edit_raw
from assets.privacy.archive import point_back, tidy, write_archive
from assets.privacy.clocks import Due, texts_of
from assets.resources import House

LOG = Path("warehouse/retention_log.jsonl")
_UNDO = Path("warehouse/undo")
HISTORY = (
    "marts.window_cells",
    "marts.response_counts",
    "marts.fieldwork",
    "publication.estimates",
    "publication.adjusted",
    "publication.rungs",
    "publication.comparisons",
    "publication.peers",
    "publication.response",
    "publication.coverage",
    "publication.fieldwork",
    "publication.breaks",
    "publication.weighting",
)
"""Tables that say the same before and after: rows go, numbers stay."""


def history(house: House) -> dict[str, str | None]:
    """What the tables of published history hold, as hashes."""
    return {table: house.warehouse.content_hash(table) for table in HISTORY}


class Step:
    """One pass over the raw files, which can be taken back until it is confirmed."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._undo = house.root / _UNDO
        self._archive_before: str | None = None
        self._archived = False
        shutil.rmtree(self._undo, ignore_errors=True)  # of a run that was killed: its tables were consistent

    def take(self, due: Due) -> None:
        """Archive sums, then take out rows and texts. The archive goes first: no month is ever counted twice."""
        if due.rows and due.through:
            self._archive_before = write_archive(self._house.root, self._house.warehouse, due.through)
            self._archived = True
        for path in sorted({*due.rows, *due.texts}):
            self._keep(path)
            edit_raw(
                path,
                drop=due.rows[path].tolist() if path in due.rows else (),
                blank=due.texts[path].tolist() if path in due.texts else (),
                columns=texts_of(self._house, path),
            )

    def take_back(self) -> None:
        """Everything as it was before ``take``."""
        for kept in self._undo.glob("*/*.parquet"):
            kept.replace(self._house.raw / kept.parent.name / kept.name)
        if self._archived:
            point_back(self._house.root, self._archive_before)
        self.confirm(Due())

    def confirm(self, due: Due) -> None:
        """The way back is closed; what no delivery uses, and the inbox files that hold what went, go as well."""
        shutil.rmtree(self._undo, ignore_errors=True)
        tidy(self._house.root)
        for path in due.unused:
            path.unlink(missing_ok=True)

    def _keep(self, path: Path) -> None:
        kept = self._undo / path.parent.name / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, kept)  # editing writes a new file: the old one stays under this name


def log(house: House, day: dt.date, due: Due, aggregate_months: Sequence[str], inbox_files: int) -> None:
    """Write down what went, how much, when and by which clock; no ids."""
    clocks = house.contract.retention
    entries: list[Mapping[str, Any]] = []
    if due.rows and due.through:
        entries.append(_entry("raw_answers_months", clocks.raw_answers_months, due.through, due.row_months))
    if due.texts and due.text_through:
        entries.append(_entry("open_text_months", clocks.open_text_months, due.text_through, due.text_months))
    if due.key_due:
        entries.append({"clock": "pseudonym_key_days", "setting": clocks.pseudonym_key_days, "age_days": due.key_age})
    if aggregate_months:
        setting = clocks.aggregates_months
        entries.append({"clock": "aggregates_months", "setting": setting, "months": list(aggregate_months)})
    if due.unused or inbox_files:
        entries.append({"clock": "files", "raw_files": len(due.unused), "inbox_files": inbox_files})
    path = house.root / LOG
    with path.open("a", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps({"day": day.isoformat(), **entry}) + "\n")


def _entry(clock: str, setting: int | None, through: dt.date, months: Mapping[str, int]) -> Mapping[str, Any]:
    return {
        "clock": clock,
        "setting": setting,
        "through": through.isoformat(),
        "rows": sum(months.values()),
        "months": dict(months),
    }
