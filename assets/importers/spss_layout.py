"""The bytes of an SPSS file by their layout: whether its texts are whole.

Belongs here: where the dictionary ends, which bytes of a case are text, walking cases that are plain, compressed or
zipped. Does not belong here: values (`spss` has them from readstat).

A file that was cut while it was copied has blocks of zero bytes. readstat ends a text at the first of them and says
nothing: cells, or all cells of a row, would be blank. SPSS pads texts with blanks, so a zero byte in one is damage.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from assets.importers.refusal import RefusedFile

_PIECE = 4 << 20  # bytes looked at together
_WORD = 8  # the unit of a case: a number, or eight letters of a text
_MOST_WORDS = 1 << 20  # of one case
_PLAIN, _COMPRESSED, _ZIPPED = 0, 1, 2
_NOTHING, _END, _AS_IT_IS = 0, 252, 253  # command bytes: filling, end of the data, a word follows

Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Layout:
    """What the dictionary says of the cases behind it.

    Attributes:
        order: Byte order, as ``struct`` writes it.
        compression: Plain, compressed or zipped.
        cases: Number of cases; ``None`` if the file does not say.
        text: Per word of a case which of its bytes are letters of a text.
        start: Where the cases begin.
    """

    order: str
    compression: int
    cases: int | None
    text: Flags
    start: int


def refuse_broken_texts(path: Path) -> None:
    """Refuse a file with a zero byte in a text, or with another number of cases than it says.

    Raises:
        RefusedFile: ``damaged_file`` (NUL, with the row).
    """
    try:
        with path.open("rb") as file:
            layout = layout_of(file)
            if layout.compression == _PLAIN:
                broken, words = _plain(file, layout)
            else:
                file.seek(layout.start)
                pieces = _unzipped(file, layout) if layout.compression == _ZIPPED else _pieces(file)
                broken, words = _compressed(pieces, layout)
    except (struct.error, zlib.error, ValueError, OverflowError):
        raise RefusedFile("damaged_file", path.name, format="SPSS") from None
    if broken is not None:
        raise RefusedFile("damaged_file.nul", path.name, f"in rij {broken + 1}")
    cases, rest = divmod(words, len(layout.text))
    if rest or layout.cases not in (None, cases):
        raise RefusedFile("damaged_file", path.name, format="SPSS")


def layout_of(file: BinaryIO) -> Layout:
    """Read the dictionary.

    Raises:
        ValueError, struct.error: If it is no dictionary.
    """
    head = file.read(176)
    order = "<" if head[64:68] in (b"\2\0\0\0", b"\3\0\0\0") else ">"
    compression, _, cases = struct.unpack(f"{order}iii", head[72:84])
    if compression not in (_PLAIN, _COMPRESSED, _ZIPPED):
        raise ValueError(compression)

    def number() -> int:
        found: int = struct.unpack(f"{order}i", file.read(4))[0]
        return found

    def skip(size: int) -> None:
        if size < 0:
            raise ValueError(size)
        file.seek(size, 1)

    letters: list[int] = []  # of text in each word
    left = 0  # letters that the words behind the first one of a text still hold
    while (kind := number()) != 999:
        if kind == 2:
            width, labelled, missing, _, _ = struct.unpack(f"{order}5i", file.read(20))
            skip(8)
            if labelled:
                skip(-(-number() // 4) * 4)
            skip(_WORD * abs(missing))
            left = width if width >= 0 else left
            letters.append(min(left, _WORD))
            left = max(left - _WORD, 0)
            if len(letters) > _MOST_WORDS:
                raise ValueError(len(letters))
        elif kind == 3:
            for _ in range(number()):
                skip(_WORD)
                skip((file.read(1)[0] + _WORD) // _WORD * _WORD - 1)
        elif kind == 4:
            skip(4 * number())
        elif kind == 6:
            skip(80 * number())
        elif kind == 7:
            _, size, count = (number() for _ in range(3))
            skip(size * count)
        else:
            raise ValueError(kind)
    skip(4)
    if not letters:
        raise ValueError(letters)
    text = np.arange(_WORD) < np.array(letters)[:, None]
    return Layout(order, compression, None if cases < 0 else cases, text, file.tell())


def _plain(file: BinaryIO, layout: Layout) -> tuple[int | None, int]:
    """The first case with a zero byte in a text, and how many words there are."""
    text = layout.text.ravel()
    cases = max(_PIECE // text.size, 1)
    file.seek(layout.start)
    done = 0
    while piece := file.read(cases * text.size):
        whole = np.frombuffer(piece, np.uint8, count=len(piece) // text.size * text.size).reshape(-1, text.size)
        broken = np.flatnonzero(((whole == 0) & text).any(axis=1))
        if broken.size:
            return done // len(layout.text) + int(broken[0]), 0
        done += -(-len(piece) // _WORD)
    return None, done


def _compressed(pieces: Iterator[bytes], layout: Layout) -> tuple[int | None, int]:
    """The same, where eight command bytes say what the next eight words are."""
    done = 0
    data = b""
    for piece in pieces:
        data += piece
        starts, used = _commands(data)
        words: Bytes = np.frombuffer(data, np.uint8, count=used).reshape(-1, _WORD)
        data = data[used:]
        is_command = np.zeros(len(words), dtype=bool)
        is_command[np.array(starts, dtype=np.int64) // _WORD] = True
        commands = words[is_command].ravel()
        ends = np.flatnonzero(commands == _END)
        commands = commands[: ends[0]] if ends.size else commands
        commands = commands[commands != _NOTHING]
        places = done + np.flatnonzero(commands == _AS_IT_IS)
        given = words[~is_command][: len(places)]
        broken = np.flatnonzero(((given == 0) & layout.text[places % len(layout.text)]).any(axis=1))
        if broken.size:
            return int(places[broken[0]]) // len(layout.text), 0
        done += len(commands)
        if ends.size:
            break
    return None, done


def _commands(data: bytes) -> tuple[list[int], int]:
    """Where the groups of commands start whose words are all there, and where the last of those ends."""
    starts: list[int] = []
    place = 0
    while (behind := place + _WORD) <= len(data):
        behind += _WORD * data.count(_AS_IT_IS, place, behind)
        if behind > len(data):
            break
        starts.append(place)
        place = behind
    return starts, place


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _unzipped(file: BinaryIO, layout: Layout) -> Iterator[bytes]:
    """The commands and words of a .zsav: zlib streams between a header and a directory."""
    _, behind, _ = struct.unpack(f"{layout.order}3q", file.read(24))
    unzip = zlib.decompressobj()
    while (left := behind - file.tell()) > 0 and (piece := file.read(min(_PIECE, left))):
        while piece:
            if unzip.eof:
                unzip = zlib.decompressobj()
            if found := unzip.decompress(piece, _PIECE):
                yield found
            piece = unzip.unconsumed_tail or unzip.unused_data
