"""Small hand-made files to draft from, and how many rows a draft accepts of the very file it came from."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from assets import intake
from assets.drafting import Draft, draft_contract, write_contract
from expectations.load import load_survey
from expectations.model import Survey
from expectations.rules import contact_rows_sql, response_rows_sql

AS_OF = dt.date(2026, 11, 24)


@dataclass(frozen=True)
class Judged:
    """What the row rules of a draft make of a file."""

    status: str
    read: int
    accepted: int
    faults: Counter[str]


def write_csv(path: Path, header: list[str], rows: list[list[Any]], delimiter: str = ";") -> Path:
    """A csv file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([header, *rows])
    return path


def drafted(path: Path, folder: Path, **options: Any) -> tuple[Draft, Survey]:
    """A draft of a file, written to a folder and loaded from there."""
    draft = draft_contract(path, **options)
    write_contract(draft, folder)
    return draft, load_survey(folder)


def plain(folder: Path, name: str) -> Any:
    """A YAML file of a draft, read by a reader that is not the contract's own."""
    return yaml.safe_load((folder / name).read_text("utf-8"))


def judged(path: Path, survey: Survey, scratch: Path) -> Judged:
    """The very file, taken and judged by the row rules of a contract."""
    inbox, raw = scratch / "inbox", scratch / "raw"
    inbox.mkdir(parents=True)
    raw.mkdir()
    shutil.copyfile(path, inbox / path.name)
    (delivery,) = intake.take_inbox(survey, inbox, raw, {})
    if delivery.status != "taken":
        return Judged(delivery.status, 0, 0, Counter([delivery.reason or ""]))
    shapes = [delivery.shape()]
    with duckdb.connect() as connection:
        connection.execute("create schema reference")
        connection.execute("create table reference.area_lookup (spelling_key varchar, area_code varchar)")
        connection.execute(f"create table c as {contact_rows_sql(survey, shapes, AS_OF)}")
        connection.execute(f"create table r as {response_rows_sql(survey, shapes, AS_OF)}")
        both = "from r join c using (delivery_id, row_number)"
        counted = connection.execute(
            f"select count(*), count(*) filter (where len(r.faults) = 0 and len(c.faults) = 0) {both}"
        ).fetchone()
        faults = connection.execute(
            f"select fault.rule_id, count(*) from (select unnest(r.faults || c.faults) as fault {both}) group by all"
        ).fetchall()
    assert counted is not None
    return Judged("taken", counted[0], counted[1], Counter(dict(faults)))
