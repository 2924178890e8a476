"""Every text in a finished file, with its place: what checks of a release read.

Belongs here: files of any kind to pieces of text, fail closed: a kind of file that cannot be read to the last byte is
an error. Does not belong here: judging what they say (``audience``, ``byte_scan``), tables in Parquet (``byte_scan``),
and anything of the code that wrote the files.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from assets.pdf_text import UnreadablePdfError, pdf_texts

PLAIN = frozenset({".css", ".js", ".csv", ".txt", ".md", ".json", ".jsonl"})
MARKUP = frozenset({".html", ".svg", ".xml"})
ARCHIVES = frozenset({".xlsx", ".ods", ".zip"})
_TAG = re.compile(r"<(?:!--.*?-->|[^<>]*)>", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


class UnreadableFileError(Exception):
    """A file that no check can read to its last byte; the message names its place, never what it holds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One text. ``place`` is words for a person: a line and column, an attribute, a page."""

    place: str
    text: str


@dataclass
class Texts:
    """The texts of the files below a folder, each file read once however often it is asked for."""

    root: Path
    _known: dict[Path, tuple[Piece, ...]] = field(default_factory=dict)

    def of(self, path: Path) -> tuple[Piece, ...]:
        """Pieces of one file.

        Raises:
            UnreadableFileError: See ``pieces``.
        """
        if path not in self._known:
            self._known[path] = tuple(pieces(path.suffix.lower(), path.read_bytes()))
        return self._known[path]


def pieces(suffix: str, content: bytes) -> Iterator[Piece]:
    """Texts of a file: words on it, attributes, comments, keys and strings of JSON, cells, members of archives.

    Args:
        suffix: Kind of file, in lower case with its point.
        content: The bytes.

    Raises:
        UnreadableFileError: The kind is unknown, or the bytes are not of that kind.
    """
    if suffix in PLAIN or suffix in MARKUP:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableFileError(f"byte {error.start} is no UTF-8") from None
        if "\0" in text:
            raise UnreadableFileError("it holds NUL bytes")
        if suffix == ".json":
            yield from _json("", text)
        elif suffix == ".svg":
            yield from _picture(text)
        elif suffix in MARKUP:
            yield from _markup(text)
        else:
            yield from (Piece(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1))
    elif suffix == ".pdf":
        try:
            yield from (Piece(place, _visible(text)) for place, text in pdf_texts(content))
        except UnreadablePdfError as error:
            raise UnreadableFileError(str(error)) from None
    elif suffix in ARCHIVES:
        yield from _archive(content)
    else:
        raise UnreadableFileError(f"files of kind {suffix or '(none)'} are not read")


def json_strings(place: str, value: Any) -> Iterator[Piece]:
    """Keys and strings of a JSON value with their path."""
    if isinstance(value, str):
        yield Piece(place, _visible(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield Piece(f"{place} key", key)
            yield from json_strings(f"{place}.{key}" if len(key) <= 40 else f"{place}.(long key)", inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from json_strings(f"{place}[{position}]", inner)


def _json(place: str, text: str) -> Iterator[Piece]:
    try:
        found = json.loads(text)
    except ValueError:
        raise UnreadableFileError(f"{place or 'it'} is no JSON") from None
    yield from json_strings(place or "$", found)


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


class _Markup(HTMLParser):
    """Pieces of HTML in the order of the file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Piece] = []
        self._json = False

    def _at(self) -> str:
        line, column = self.getpos()
        return f"{line}:{column}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value:
                self.found.append(Piece(f"{self._at()} <{tag} {name}>", _visible(unquote(value))))
        self._json = tag == "script" and dict(attrs).get("type") == "application/json"

    def handle_data(self, data: str) -> None:
        if self._json:
            self.found.extend(_json(f"{self._at()} script", data))
        elif data.strip():
            self.found.append(Piece(self._at(), _visible(data)))

    def handle_endtag(self, tag: str) -> None:
        self._json = False

    def handle_comment(self, data: str) -> None:
        self.found.append(Piece(f"{self._at()} comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(Piece(f"{self._at()} declaration", decl))

    def handle_pi(self, data: str) -> None:
        self.found.append(Piece(f"{self._at()} instruction", data))

    def unknown_decl(self, data: str) -> None:
        self.found.append(Piece(f"{self._at()} declaration", data))


def _markup(text: str) -> Iterator[Piece]:
    reader = _Markup()
    reader.feed(text)
    reader.close()
    yield from reader.found


def _picture(text: str) -> Iterator[Piece]:
    """Pieces of SVG: its drawn texts, and attributes that hold more than coordinates. Many and alike, so by pattern."""
    end = 0
    for tag in _TAG.finditer(text):
        between = text[end : tag.start()]
        if between.strip():
            yield Piece(f"character {end}", _visible(_plain(between)))
        if tag[0].startswith("<!--"):
            yield Piece(f"character {tag.start()} comment", tag[0][4:-3])
        else:
            for found in _ATTRIBUTE.finditer(tag[0]):
                value = found[2] if found[2] is not None else found[3]
                if value and not _is_drawing(value):
                    yield Piece(f"character {tag.start()} @{found[1]}", _visible(_plain(unquote(value))))
        end = tag.end()
    if text[end:].strip():
        yield Piece(f"character {end}", _visible(_plain(text[end:])))


def _is_drawing(value: str) -> bool:
    return not any(c.isalpha() and c not in "MLHVCSQTAZmlhvcsqtaze" for c in value)


def _plain(text: str) -> str:
    return html.unescape(text) if "&" in text else text


def _archive(content: bytes) -> Iterator[Piece]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield Piece("member name", member.filename)
                suffix = Path(member.filename).suffix.lower()
                if member.is_dir():
                    continue
                suffix = ".xml" if suffix in {".rels", ".vml", ""} else suffix
                for piece in pieces(suffix, archive.read(member)):
                    yield Piece(f"{member.filename} {piece.place}", piece.text)
            if archive.comment:
                yield Piece("comment", archive.comment.decode("utf-8", "replace"))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise UnreadableFileError(f"not an archive that can be read ({type(error).__name__})") from None
