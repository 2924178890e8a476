"""Zip archives: what may be unpacked, and the one file of a zipped delivery.

Belongs here: bounds on what unpacks, passwords, a zip of one file as a delivery.
Does not belong here: the formats in it.

A zip is a wrapper: one file that some reader knows. Which format that is shows only after opening. Two files in one zip
are two deliveries, and the contract judges them one by one, so they are refused.
"""

from __future__ import annotations

import errno
import struct
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa

from assets.importers.reading import Reading
from assets.importers.refusal import RefusedFile, quoted

LARGEST_GB = 4  # unpacked
_LARGEST_RATIO = 300  # real tables pack to a tenth; a bomb to a thousandth
_SMALL = 64 << 20  # below this no ratio hurts
_CHUNK = 4 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers add unasked
FAULTS = (  # what a damaged archive makes the library raise, in reading its directory or a part of it
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    RuntimeError,  # a part that claims a password; a method that does not exist
)


def refuse_bombs(archive: zipfile.ZipFile, file_name: str) -> None:
    """Refuse an archive that unpacks to more than a table can be.

    Raises:
        RefusedFile: ``unreadable.too_large`` or ``unreadable.zip_bomb``.
    """
    parts = archive.infolist()
    size, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if size > LARGEST_GB << 30:
        raise RefusedFile("unreadable.too_large", file_name, limit=LARGEST_GB)
    if size > _SMALL and size > _LARGEST_RATIO * packed:
        raise RefusedFile("unreadable.zip_bomb", file_name, ratio=_LARGEST_RATIO)


def read_zipped(path: Path, scratch: Path, open_inner: Callable[[Path, str], Reading]) -> Reading:
    """Unpack the one file of a zip beside ``scratch`` and open it.

    The unpacked file is removed when the rows are read or given up (``Reading.close``), and with the reading.

    Args:
        path: The zip.
        scratch: The path for temporary copies; the unpacked file gets a name beside it.
        open_inner: Opens a file under another name than its path has.
    """
    if path.stat().st_size == 0:
        raise RefusedFile("empty_file", path.name)
    target = scratch.with_name(f".unpacked.{scratch.name.lstrip('.')}")
    unpacked = _Unpacked(target)
    try:
        inner = _unpack(path, target)
        shown = f"{path.name} ({inner})"
        try:
            reading = open_inner(target, inner)
        except RefusedFile as refused:
            raise refused.about(shown) from None
    except BaseException:
        unpacked.remove()
        raise
    reading.rows = _rows(reading.rows, unpacked, shown)
    return reading


class _Unpacked:
    """A file that is there as long as something may read it."""

    def __init__(self, path: Path) -> None:
        self.remove = weakref.finalize(self, path.unlink, missing_ok=True)


def _rows(rows: Iterator[pa.RecordBatch], unpacked: _Unpacked, shown: str) -> Iterator[pa.RecordBatch]:
    try:
        yield from rows
    except RefusedFile as refused:
        raise refused.about(shown) from None
    finally:
        unpacked.remove()


def _unpack(path: Path, target: Path) -> str:
    """Write the one file of the zip to ``target``; its name, without folders."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bombs(archive, path.name)
            part, name = _only_file(archive, path.name)
            written = 0
            with archive.open(part) as source, target.open("wb") as file:
                while chunk := source.read(_CHUNK):  # at most the announced size; the checksum is judged at the end
                    written += file.write(chunk)
            if written != part.file_size:
                raise zipfile.BadZipFile(name)
    except FAULTS as fault:
        if isinstance(fault, OSError) and fault.errno in _DISK_FULL:
            raise
        raise RefusedFile("damaged_file", path.name, format="zip") from fault
    return name


def _only_file(archive: zipfile.ZipFile, file_name: str) -> tuple[zipfile.ZipInfo, str]:
    """The file that the zip is about, and its name without folders."""
    files = [part for part in archive.infolist() if not part.is_dir() and not _litter(part.filename)]
    if not files:
        raise RefusedFile("empty_file.zip", file_name)
    names = [PurePosixPath(part.filename.replace("\\", "/")).name for part in files]
    if len(files) > 1:
        raise RefusedFile("unknown_format.zip_of_many", file_name, number=len(files), found=quoted(names, 5))
    part, name = files[0], " ".join(names[0].split())
    if part.flag_bits & _ENCRYPTED:
        raise RefusedFile("damaged_file.zip_password", file_name)
    if name.lower().endswith(".zip"):
        raise RefusedFile("unknown_format.zip_in_zip", file_name)
    if part.compress_type not in _METHODS:
        raise RefusedFile("unreadable.zip_method", file_name)
    return part, name


def _litter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return any(part in _LITTER for part in parts) or parts[-1].startswith("._")
