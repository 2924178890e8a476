"""What rows mean, worked out a second time: from the YAML of the contract and plain Python, not from the system's code.

Belongs here: cells of a contact or a response to typed content. Does not belong here: reading files
(``second_reader``), what the system made of it (``judge``).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.torture.valid import Table

BLANKS = " \t\r\n\u00a0"
WHOLE = re.compile(r"(-?[0-9]+)(?:[.,]0+)?")
DAYS = ("%Y-%m-%d", "%d-%m-%Y")
TIMES = ("", " %H:%M:%S", " %H:%M")
CODED = (
    "channel",
    "target_group",
    "incident_class",
    "answering_organisation",
    "age_band",
    "exclusion_reason",
    "invitation_mode",
)


class Unknown:
    """A cell that means nothing the contract knows."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()
Typed = dict[str, Any]


@cache
def _contract(root: Path) -> dict[str, Any]:
    names = ("channels", "target_groups", "codes", "scales", "items", "sources")
    found: dict[str, Any] = {}
    for name in names:
        found |= yaml.safe_load((root / f"{name}.yaml").read_text("utf-8"))
    return found


def plain(cell: str) -> str:
    """Trimmed, and whole numbers without decimals."""
    text = cell.strip(BLANKS)
    found = WHOLE.fullmatch(text)
    return found[1] if found else text


def key(text: str) -> str:
    """What counts as one spelling."""
    if re.fullmatch(r"-?[0-9]+", text):
        return text
    letters = unicodedata.normalize("NFD", text).lower()
    return "".join(c for c in letters if c in "abcdefghijklmnopqrstuvwxyz0123456789")


def _spellings(entries: list[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        code = str(entry["value"] if "value" in entry else entry["code"])
        for spelling in (code, *entry.get("spellings", ()), entry["label"]):
            found.setdefault(key(plain(str(spelling))), code)
    found.pop("", None)
    return found


@cache
def _codes(root: Path) -> dict[str, dict[str, str]]:
    """Spelling to code of every coded field and every item; items that are answered in words have none."""
    contract = _contract(root)
    found = {"channel": _spellings(contract["channels"]), "target_group": _spellings(contract["target_groups"])}
    found |= {listed["field"]: _spellings(listed["codes"]) for listed in contract["codes"]}
    scales = {scale["code"]: scale for scale in contract["scales"]}
    for item in contract["items"]:
        scale = scales[item["scale"]]
        if scale["kind"] == "open":
            continue
        if scale["kind"] == "mark":
            answers = {str(mark): str(mark) for mark in range(scale["minimum"], scale["maximum"] + 1)}
        else:
            answers = _spellings(scale["points"])
        answers |= {key(plain(s)): "not_applicable" for s in (*scale.get("not_applicable", ()), "not_applicable")}
        found[item["id"]] = answers
    return found


def _missing(root: Path, kind: str) -> set[str]:
    source = next(s for s in _contract(root)["sources"] if s["kind"] == kind)
    return {plain(m) for m in source["missing"]} | {""}


def day_of(text: str) -> dt.date | Unknown:
    """A day in one of the notations of the sources, with or without a time; or a day number of Excel."""
    if re.fullmatch(r"[0-9]{5}([.,][0-9]+)?", text):
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(text[:5]))
    for day in DAYS:
        for time in TIMES:
            try:
                return dt.datetime.strptime(text, day + time).date()
            except ValueError:
                continue
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*", text, re.DOTALL):
        return day_of(text[:10])
    return UNKNOWN


def typed(root: Path, kind: str, header: tuple[str, ...], cells: tuple[str, ...]) -> Typed:
    """What one row says; ``UNKNOWN`` where it says nothing the contract knows."""
    row = dict(zip(header, cells, strict=False))
    missing = _missing(root, kind)

    def text(name: str) -> str | None:
        found = plain(row.get(name, ""))
        return None if found in missing else found

    def coded(name: str) -> Any:
        found = text(name)
        return None if found is None else _codes(root)[name].get(key(found), UNKNOWN)

    def day(name: str) -> Any:
        found = text(name)
        return None if found is None else day_of(found)

    if kind == "contacts":
        found: Typed = {f: text(f) for f in ("contact_id", "person_id")}
        found |= {f: coded(f) for f in CODED} | {f: day(f) for f in ("contact_date", "invitation_date")}
        return found | {"area_recorded": text("team")}
    found = {
        "response_id": text("response_id"),
        "contact_id": text("contact_id"),
        "response_date": day("response_date"),
    }
    answers = {}
    for item in _contract(root)["items"]:
        name = item["id"]
        if name in _codes(root):
            answers[name] = coded(name)
        else:
            words = row.get(name, "").strip(" ")
            answers[name] = None if words in missing else words
    for item in _contract(root)["items"]:
        gate = item.get("asked_when")
        if gate and answers[gate["item"]] not in gate["values"]:
            answers[item["id"]] = None  # it was not asked
    applicable = {name: None if value == "not_applicable" else value for name, value in answers.items()}
    not_applicable = tuple(sorted(name for name, value in answers.items() if value == "not_applicable"))
    return found | applicable | {"not_applicable": not_applicable}


def rows_of(root: Path, kind: str, table: Table) -> list[Typed]:
    """Every row of a table."""
    return [typed(root, kind, table.header, row) for row in table.rows]
