"""Every text in a PDF: what stands on its pages, and what its structure and description say.

Belongs here: text out of bytes, for checks of finished files. Does not belong here: making PDFs (``reports.pdf``),
judging what they say. Only text drawn with a font that names its characters (as browsers do) can be read; a font
without such names is an error, because its text could say anything.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

_STREAM = re.compile(rb"\bstream\r?\n.*?\bendstream\b", re.DOTALL)
_HEX = re.compile(rb"<(?!<)([0-9A-Fa-f\s]+)>")
_LITERAL = re.compile(rb"\(((?:\\.|[^()\\])*)\)", re.DOTALL)
_BLOCK = re.compile(rb"\bBT\b.*?\bET\b", re.DOTALL)
_SHOWN = re.compile(
    rb"/(?P<font>[^\s/<>\[\]()]+)\s+[-\d.]+\s+Tf"
    rb"|(?P<texts>\[(?:\s*(?:<[^>]*>|\((?:\\.|[^()\\])*\)|[-\d.]+))*\s*\]\s*TJ|(?:<[^>]*>|\((?:\\.|[^()\\])*\))\s*Tj)"
    rb"|[-\d.]+\s+(?P<down>[-\d.]+)\s+T[dD]\b"
    rb"|(?P<line>\bBT\b|\bTm\b|T\*)",
    re.DOTALL,
)
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_SECTION = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
_MARKED = re.compile(rb"/(?:ActualText|Alt|E|T)\s*(?:<[^>]*>|\((?:\\.|[^()\\])*\))", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class UnreadablePdfError(Exception):
    """Text in a PDF that no check can read."""


def pdf_texts(content: bytes) -> Iterator[tuple[str, str]]:
    """Texts of a PDF with their place.

    Args:
        content: The file.

    Yields:
        Place (``page 1``, ``form 12``, ``metadata``, ``structure``) and text. Lines of a page are separated by line
        ends; characters that are drawn one by one on a line stand together.

    Raises:
        UnreadablePdfError: The file is no PDF, is locked, or draws text with a font that does not name its characters.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            yield from _texts(document)
    except pikepdf.PdfError as error:
        raise UnreadablePdfError(f"not a PDF that can be read ({type(error).__name__})") from None


def _texts(document: pikepdf.Pdf) -> Iterator[tuple[str, str]]:
    fonts: dict[tuple[int, int], dict[int, str]] = {}
    for number, page in enumerate(document.pages, start=1):
        page.contents_coalesce()
        contents = page.obj.get("/Contents")
        if contents is not None:
            yield from _drawn(f"page {number}", contents, page.resources, fonts)
    for thing in document.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        if thing.get("/Subtype") == "/Form":
            yield from _drawn(f"form {thing.objgen[0]}", thing, thing.get("/Resources", pikepdf.Dictionary()), fonts)
        elif thing.get("/Type") == "/Metadata":
            yield "metadata", thing.read_bytes().decode("utf-8", "replace")
        elif thing.get("/Type") == "/EmbeddedFile":
            raise UnreadablePdfError("a file is attached to it")
    plain = io.BytesIO()
    document.save(
        plain,
        qdf=True,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    outside = _STREAM.sub(b"", plain.getvalue())
    yield "structure", "\n".join(_strings(outside))


def _drawn(
    place: str, stream: Any, resources: Any, fonts: dict[tuple[int, int], dict[int, str]]
) -> Iterator[tuple[str, str]]:
    named = resources.get("/Font", pikepdf.Dictionary())
    content = stream.read_bytes()
    pieces: list[str] = []
    characters: dict[int, str] | None = None  # of the font chosen last
    known: dict[bytes, dict[int, str]] = {}
    for found in (part for block in _BLOCK.findall(content) for part in _SHOWN.finditer(block)):
        if found["font"] is not None:
            name = found["font"]
            if name not in known:
                font = named.get("/" + name.decode("latin-1"))
                if font is None:
                    raise UnreadablePdfError(f"{place}: a font is absent")
                if font.objgen not in fonts:
                    fonts[font.objgen] = _characters(font, place)
                known[name] = fonts[font.objgen]
            characters = known[name]
        elif found["texts"] is not None:
            if characters is None:
                raise UnreadablePdfError(f"{place}: text without a font")
            pieces.append(_shown(found["texts"], characters))
        elif found["line"] is not None or float(found["down"]):
            pieces.append("\n")
    yield place, "".join(pieces)
    if _MARKED.search(content):
        yield f"{place} marks", "\n".join(_strings(b"\n".join(_MARKED.findall(content))))


def _characters(font: Any, place: str) -> dict[int, str]:
    """Code of a character in the font -> what it says."""
    if "/ToUnicode" not in font:
        raise UnreadablePdfError(f"{place}: a font does not name its characters")
    names: dict[int, str] = {}
    for kind, body in _SECTION.findall(font["/ToUnicode"].read_bytes()):
        if kind == b"char":
            names |= {int(code, 16): _utf16(text) for code, text in _PAIR.findall(body)}
            continue
        for low, high, start, listed in _RANGE.findall(body):
            codes = range(int(low, 16), int(high, 16) + 1)
            if start:
                first = _utf16(start)
                names |= {c: first[:-1] + chr(ord(first[-1]) + c - codes[0]) for c in codes}
            else:
                texts = re.findall(rb"<([0-9A-Fa-f]+)>", listed)
                names |= {c: _utf16(text) for c, text in zip(codes, texts, strict=False)}
    return names


def _shown(operand: bytes, characters: dict[int, str]) -> str:
    codes = b"".join(
        bytes.fromhex(found[1:-1].decode("ascii")) if found.startswith(b"<") else _unescaped(found[1:-1])
        for found in re.findall(rb"<[^>]*>|\((?:\\.|[^()\\])*\)", operand, re.DOTALL)
    )
    return "".join(characters.get(codes[i] << 8 | codes[i + 1], "\ufffd") for i in range(0, len(codes) - 1, 2))


def _strings(content: bytes) -> Iterator[str]:
    for found in _HEX.findall(content):
        digits = re.sub(rb"\s", b"", found)
        yield _text(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")))
    for found in _LITERAL.findall(content):
        yield _text(_unescaped(found))


def _text(raw: bytes) -> str:
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be", "replace")


def _unescaped(raw: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        mark = found[1]
        return bytes([int(mark, 8) & 255]) if mark.isdigit() else _ESCAPES.get(mark, mark)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, raw, flags=re.DOTALL)
