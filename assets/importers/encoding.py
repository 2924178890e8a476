"""Which text encoding a file is in, proven on every byte, and the same text as UTF-8.

Belongs here: byte order marks, strict decoding with the position of the first wrong byte, text that was decoded wrongly
before (``Ã©`` for ``é``), NUL characters. Does not belong here: delimiters, quotes, rows.

Silent sources: byte order mark, then UTF-16 by its zero bytes, then strict UTF-8, then Windows-1252. Latin-1 is never
guessed: it accepts every byte, so it proves nothing.

Text was decoded wrongly before where its signs, written back as the bytes they came from, are valid UTF-8. In one line
they may be pasted by a citizen; a file is refused where they stand in many of the lines with letters like é.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assets.importers.refusal import RefusedFile
from expectations.model import REPAIRS

CHUNK = 4 << 20
_BOMS = (  # longest first: the mark of UTF-32-LE starts with that of UTF-16-LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The bytes 80-9f are other signs in Windows-1252 than in Latin-1; text that was decoded wrongly may have either.
_WINDOWS = {bytes([b]).decode("cp1252", "ignore"): b for b in range(0x80, 0xA0)}
_ONE_BYTE = {ord(sign): chr(byte) for sign, byte in _WINDOWS.items() if sign}
# What UTF-8 looks like as Windows-1252 or Latin-1: a first byte with as many further ones as it announces.
_FURTHER = f"[\x80-\xbf{''.join(_WINDOWS)}]"
_LOOKS_BROKEN = re.compile(f"(?:[Â-ß]{_FURTHER}|[à-ï]{_FURTHER}{{2}}|[ð-ô]{_FURTHER}{{3}})+")
# In good text too these signs follow a letter, as in „Spaß“ and É»: alone they prove nothing. Â and Ã end no word.
_MAY_FOLLOW = re.compile("[Ä-ßà-ô][\xa0ª«®°²³¹º»‘’“”‚„‹›…–—•™]+")
_LETTERS = re.compile(f"[\xa0-\xff{''.join(_WINDOWS)}]")  # what a wrong decoding would have broken
_C1 = re.compile("[\x80-\x9f]")  # control characters: in "Latin-1" they are the quotes and euros of Windows-1252
_SAMPLE = 4 << 20  # characters looked at for mojibake
_LEAST_LINES, _LEAST_PLACES = 2, 3  # of mojibake in valid UTF-8; in a one-byte encoding one place tells
_LEAST_SHARE = 1 / 3  # of the lines with such letters, broken or sound
_HEADER = 4096  # mojibake this early is in the column names


@dataclass(frozen=True)
class Encoded:
    """A text file in a proven encoding. ``path`` is UTF-8 from byte ``start`` on: the file itself, or the copy."""

    name: str
    path: Path
    start: int


def as_utf8(path: Path, declared: str | None, copy: Path) -> Encoded:
    """Prove the encoding of ``path`` and give it as UTF-8; ``copy`` is written only if it is in another encoding.

    Raises:
        RefusedFile: ``wrong_encoding``, ``damaged_file`` (NUL) or ``empty_file``.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    mark, marked = next(((m, n) for m, n in _BOMS if head.startswith(m)), (b"", None))
    if not head[len(mark) :].strip(b"\r\n\t \x00") and path.stat().st_size <= len(head):
        raise RefusedFile("empty_file", path.name)
    name = _agreed(path, declared, marked)
    if name is not None:
        return _prove(path, name, len(mark), copy)
    if marked is None and (wide := _zero_bytes(head)):
        return _prove(path, wide, 0, copy)
    try:
        return _prove(path, "utf-8", len(mark), copy)
    except RefusedFile as refused:
        if refused.reason != "wrong_encoding":
            raise  # NUL, or broken letters within valid UTF-8: another encoding would not help
        try:
            return _prove(path, "cp1252", 0, copy)
        except RefusedFile as other:
            # UTF-8 with one bad byte looks broken as Windows-1252: then the bad byte is the news.
            raise (refused if other.reason == "wrong_encoding.mojibake" else other) from None


def _agreed(path: Path, declared: str | None, marked: str | None) -> str | None:
    """The encoding from contract and byte order mark; ``None`` if both are silent."""
    if declared is None:
        return marked
    try:
        name = codecs.lookup(declared).name.removesuffix("-sig")
    except LookupError:
        raise RefusedFile("wrong_encoding.unknown", path.name, encoding=declared) from None
    if marked is None:
        return {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)
    if name not in (marked, marked.rpartition("-")[0]):  # utf-16 fits utf-16-le
        raise RefusedFile("wrong_encoding.other", path.name, encoding=declared, found=marked)
    return marked


def _zero_bytes(head: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte of Western text is zero."""
    if len(head) < 4:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def _chunks(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(CHUNK):
            yield chunk


def mojibake(text: str) -> list[str]:
    """The places where text is UTF-8 that was decoded as Windows-1252 or Latin-1."""
    return [found for found in _LOOKS_BROKEN.findall(text) if not _MAY_FOLLOW.fullmatch(found) and _is_utf8(found)]


def _is_utf8(signs: str) -> bool:
    try:
        signs.translate(_ONE_BYTE).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Watch:
    """What to look for in decoded text, chunk by chunk."""

    def __init__(self, path: Path, name: str) -> None:
        self._file = path.name
        self._name = name
        self._seen = 0
        self._places = 0  # with mojibake
        self._broken = 0  # lines with mojibake
        self._lettered = 0  # lines with letters that are mojibake or would have become it
        self._in_header = False
        self._is_repairs = False

    def look(self, text: str) -> None:
        if (nul := text.find("\x00")) >= 0:
            raise RefusedFile("damaged_file.nul", self._file, f"bij teken {self._seen + nul + 1}")
        if self._seen == 0:
            self._is_repairs = REPAIRS in text.split("\n", 1)[0][:_HEADER]
        if not text.isascii():
            if self._name == "iso8859-1" and (control := _C1.search(text)):
                where = f"teken {self._seen + control.start() + 1}"
                raise RefusedFile("wrong_encoding", self._file, where, encoding="latin-1")
            if self._seen < _SAMPLE:
                for line in text.split("\n"):
                    if not line.isascii() and _LETTERS.search(line):
                        places = mojibake(line)
                        self._places += len(places)
                        self._broken += bool(places)
                        self._lettered += 1
                self._in_header |= self._seen == 0 and bool(mojibake(text.split("\n", 1)[0][:_HEADER]))
        self._seen += len(text)

    def conclude(self) -> None:
        # One citizen may paste broken text into valid UTF-8; a whole file of it is the export's fault.
        lines, places = (_LEAST_LINES, _LEAST_PLACES) if self._name.startswith("utf") else (1, 1)
        # A file of repairs has few rows, of files that were taken: broken letters in it were there before.
        many = self._broken >= lines and self._places >= places and not (self._is_repairs and lines > 1)
        if self._in_header or (many and self._broken >= _LEAST_SHARE * self._lettered):
            where = "in de kolomnamen" if self._in_header else "in de cellen"
            raise RefusedFile("wrong_encoding.mojibake", self._file, where)


def _prove(path: Path, name: str, start: int, copy: Path) -> Encoded:
    """Decode the whole file strictly; write the copy unless it is UTF-8 already."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    wide = name.startswith("utf")
    # A one-byte encoding accepts (nearly) every file. If all of it is valid UTF-8 too, it is UTF-8.
    rival = None if wide else codecs.getincrementaldecoder("utf-8")("strict")
    ascii_only = True
    watch = _Watch(path, name)
    writer = None if name == "utf-8" else copy.open("w", encoding="utf-8", newline="")
    try:
        done = start
        for chunk in _chunks(path, start):
            text = _decode(decoder, chunk, done, path, name)
            done += len(chunk)
            if rival is not None:
                ascii_only = ascii_only and chunk.isascii()
                try:
                    rival.decode(chunk)
                except UnicodeDecodeError:
                    rival = None
            watch.look(text)
            if writer is not None:
                writer.write(text)
        _decode(decoder, b"", done, path, name)
        if rival is not None and not ascii_only:
            try:
                rival.decode(b"", final=True)
            except UnicodeDecodeError:
                pass
            else:
                raise RefusedFile("wrong_encoding.other", path.name, encoding=name, found="utf-8")
        watch.conclude()
    finally:
        if writer is not None:
            writer.close()
    return Encoded(name, path, start) if writer is None else Encoded(name, copy, 0)


def _decode(decoder: codecs.IncrementalDecoder, chunk: bytes, done: int, path: Path, name: str) -> str:
    """Decode one chunk (the end of the file if it is empty); refuse with the byte position in the file."""
    waiting = decoder.getstate()[0]
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        # The error counts from the bytes the decoder still had in hand.
        position = done - len(waiting if isinstance(waiting, bytes) else b"") + error.start
        raise RefusedFile("wrong_encoding", path.name, f"byte {position}", encoding=name) from None
