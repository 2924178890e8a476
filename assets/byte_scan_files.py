"""Pages, pictures, JSON, lists and PDFs of a finished release: no number where a hidden figure is named.

Belongs here: elements, objects and rows that name a hidden figure, and numbers in print that no page has.
Does not belong here: tables (``byte_scan_tables``), personal data (``byte_scan``). Nothing of the code that wrote the
files is used.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl

from assets.byte_scan_tables import Finding
from assets.file_texts import Piece, Texts

FIGURE_ID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{16}(?![0-9a-zA-Z])")
KIND = "hidden cell with a number"
SHARED_LISTS = "herkomst/gegevens"
"""Folder of the data on where figures come from: entries that point into lists many figures share."""
POINTERS = {"w": "places", "p": "spans", "d": "definitions", "c": "decisions"}
"""What an entry of a hidden figure may hold besides the mark that it is hidden (``h``)."""
_NUMBER = re.compile(r"(?<![\w.,-])[-+\u2212]?\d[\d.,]*\s?%?")
_BARE = re.compile(r"^\s*[-+\u2212~\u2248<>=n\s]*\d[\d.,\s]*%?\*?\s*$")
_DIGIT = re.compile(r"\d")
_VOID = frozenset({"meta", "link", "img", "source", "br", "hr", "input"})
_PRINTED = re.compile(r"\d+(?:[.,:]\d+)*")


def scan_file(path: Path, name: str, hidden: frozenset[str], settings: frozenset[str]) -> Iterator[Finding]:
    """Numbers beside the name of a hidden figure.

    Args:
        path: A file that is no table.
        name: What to call it.
        hidden: Ids of hidden figures.
        settings: Numbers that tell nothing of a cell: thresholds as they are printed, labels of codes ("112").
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        for sheet in book.worksheets:
            rows = ([str(c) for c in row if c is not None] for row in sheet.iter_rows(values_only=True))
            yield from _rows(name, f"{sheet.title} row", rows, hidden)
        return
    if suffix not in {".html", ".svg", ".xml", ".json", ".jsonl", ".js", ".csv", ".txt", ".md"}:
        return
    text = path.read_text("utf-8-sig", errors="replace")
    if hidden.isdisjoint(FIGURE_ID.findall(text)):
        return
    if suffix in {".html", ".svg", ".xml"}:
        reader = _Elements(name, hidden, settings)
        reader.feed(text)
        reader.close()
        yield from reader.findings
    elif suffix == ".csv":
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        yield from _rows(name, "row", csv.reader(io.StringIO(text), delimiter=delimiter), hidden)
    else:
        yield from _described(path, name, text, hidden, settings)


def _rows(name: str, place: str, rows: Iterator[list[str]], hidden: frozenset[str]) -> Iterator[Finding]:
    for number, row in enumerate(rows, start=1):
        if any(cell in hidden for cell in row):
            for position, cell in enumerate(row):
                if _BARE.match(cell):
                    yield Finding(name, KIND, f"{place} {number}, cell {position + 1}")


def _described(path: Path, name: str, text: str, hidden: frozenset[str], settings: frozenset[str]) -> Iterator[Finding]:
    """Objects in JSON, also where a script assigns them; a script that cannot be read so must name nothing hidden."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        parts = [("$", text)]
    elif suffix == ".jsonl":
        parts = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    else:
        start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=0)
        end = max(text.rfind("}"), text.rfind("]")) + 1
        parts = [("script", text[start:end])]
    for place, part in parts:
        try:
            found = json.loads(part)
        except ValueError:
            yield Finding(name, "hidden figure in a text that cannot be read", place)
            continue
        if name.startswith(f"{SHARED_LISTS}/") and isinstance(found, dict):
            yield from _referring(name, path, found, hidden, settings)
        else:
            yield from objects(name, place, found, hidden, settings)


def _referring(
    name: str, path: Path, entries: dict[str, Any], hidden: frozenset[str], settings: frozenset[str]
) -> Iterator[Finding]:
    """Entries of hidden figures point at texts that many figures share: only pointers, at texts that are no number."""
    try:
        text = (path.parent / "basis.js").read_text("utf-8")
        shared: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except (OSError, ValueError):
        yield Finding(name, "hidden figure in a text that cannot be read", "basis.js")
        return
    for figure_id in hidden & entries.keys():
        entry = entries[figure_id]
        for key, value in entry.items() if isinstance(entry, dict) else [("", None)]:
            shelf = shared.get(POINTERS.get(key, ""), [])
            if key == "h" and value == 1:
                continue
            if not isinstance(value, int) or not 0 <= value < len(shelf):
                yield Finding(name, KIND, f"{figure_id}.{key}")
            elif any(_BARE.match(told) and told not in settings for told in _resolved(shelf[value], shared)):
                yield Finding(name, KIND, f"{figure_id}.{key}, the text it points at")


def _resolved(thing: Any, shared: dict[str, Any]) -> list[str]:
    """Texts of a shared thing; numbers in it are places in the list of lines, of which the last text is the content."""
    lines = shared.get("lines", [])
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, list):
        return [str(lines[t][-1]) if isinstance(t, int) and t < len(lines) else str(t) for t in thing]
    return [str(thing)]


def objects(
    name: str, place: str, value: Any, hidden: frozenset[str], settings: frozenset[str], *, inside: bool = False
) -> Iterator[Finding]:
    """Numbers in an object that names a hidden figure, in its key or in one of its values; and in all below it."""
    if isinstance(value, dict):
        mine = inside or any(isinstance(v, str) and v in hidden for v in value.values())
        for key, inner in value.items():
            yield from objects(name, f"{place}.{key[:40]}", inner, hidden, settings, inside=mine or key in hidden)
    elif isinstance(value, list):
        mine = inside or any(isinstance(v, str) and v in hidden for v in value)
        for number, inner in enumerate(value):
            yield from objects(name, f"{place}[{number}]", inner, hidden, settings, inside=mine)
    elif inside and (
        (isinstance(value, int | float) and not isinstance(value, bool))
        or (isinstance(value, str) and _says(value, settings))
    ):
        yield Finding(name, KIND, place)


def _says(text: str, settings: frozenset[str]) -> bool:
    """Whether a text tells a number: a bare one, or one in a sentence that is no setting (codes and dates are none)."""
    if _BARE.match(text):
        return True
    if " " not in text:  # a code, a date, a hash
        return False
    return any(_value(found) not in settings for found in _NUMBER.findall(text))


def _value(number: str) -> str:
    return number.strip(" .,%")


class _Elements(HTMLParser):
    """Elements that name a hidden figure: what they and those inside them say."""

    def __init__(self, name: str, hidden: frozenset[str], settings: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.findings: list[Finding] = []
        self._name, self._hidden, self._settings = name, hidden, settings
        self._open: list[tuple[str, bool]] = []
        self._json = False

    def _note(self, what: str) -> None:
        line, column = self.getpos()
        self.findings.append(Finding(self._name, KIND, f"{line}:{column} {what}"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside = bool(self._open and self._open[-1][1])
        values = [value or "" for _, value in attrs]
        mine = any(not self._hidden.isdisjoint(FIGURE_ID.findall(value)) for value in values)
        if mine or inside:
            for attribute, value in attrs:
                silent = not value or attribute in {"class", "id", "href", "for"} or value in self._hidden
                if not silent and _says(str(value), self._settings):
                    self._note(f"<{tag} {attribute}>")
        if tag not in _VOID:
            self._open.append((tag, mine or inside))
        self._json = tag == "script" and dict(attrs).get("type") == "application/json"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID and self._open:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        self._json = False
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._json and not self._hidden.isdisjoint(FIGURE_ID.findall(data)):
            try:
                found = json.loads(data)
            except ValueError:
                self._note("script that cannot be read")
                return
            self.findings.extend(objects(self._name, "script", found, self._hidden, self._settings))
        elif self._open and self._open[-1][1] and _DIGIT.search(data) and _says(data, self._settings):
            self._note(f"<{self._open[-1][0]}>")

    def handle_comment(self, data: str) -> None:
        if not self._hidden.isdisjoint(FIGURE_ID.findall(data)):
            self._note("comment")


def scan_print(folder: Path, root: Path, texts: Texts) -> Iterator[Finding]:
    """Numbers in the PDF of a folder that stand nowhere on its page or pictures: print can name no figure.

    Args:
        folder: Of one page.
        root: The release.
        texts: What was read of its files.
    """
    for paper in sorted(folder.glob("*.pdf")):
        others = [p for p in folder.rglob("*") if p.suffix in {".html", ".svg"}]
        known = {n for path in others for piece in texts.of(path) for n in _PRINTED.findall(piece.text)}
        pieces: Sequence[Piece] = texts.of(paper)
        known |= {str(n) for n in range(1, 1 + sum(p.place.startswith("page ") for p in pieces))}
        for piece in pieces:
            if piece.place.startswith(("page ", "form ")):
                for line in piece.text.splitlines():
                    if any(n not in known for n in _PRINTED.findall(line)):
                        yield Finding(paper.relative_to(root).as_posix(), "number that is not on the page", piece.place)
                        break
