"""A release: a folder that is whole before anyone can see it, and a ``current`` that points at one.

Belongs here: naming a release after its content, its manifest, the switch, and checking a release against its
manifest. Does not belong here: pages (``reports``), tables (``export``), Dagster.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
CURRENT = "current"
_CHUNK = 1 << 20


class ReleaseStoppedError(Exception):
    """A release that must not go live; ``problems`` says why, in words for a person."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"release stopped: {len(self.problems)} problem(s): " + "; ".join(self.problems[:5]))


@dataclass(frozen=True)
class Verification:
    """What a check of a release against its manifest found."""

    release_id: str
    files: int
    problems: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether every file is there, unchanged, and nothing else is."""
        return not self.problems


def release_name(label: str, version: str) -> str:
    """``<latest closed period>-<content version>``: the same inputs give the same name."""
    return f"{label}-{version[:10]}"


def file_hash(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write the manifest: the facts of the run and a hash of every file but the manifest itself."""
    files = {
        path.relative_to(folder).as_posix(): {"sha256": file_hash(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    manifest = {**facts, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release; ``ReleaseStoppedError`` in words when it is absent or damaged."""
    path = folder / MANIFEST
    try:
        loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ReleaseStoppedError([f"{folder.name}: {MANIFEST} is absent"]) from None
    except ValueError as error:
        raise ReleaseStoppedError([f"{folder.name}: {MANIFEST} is damaged ({error})"]) from None
    return loaded


def verify_release(folder: Path) -> Verification:
    """Hold every file of a release against its manifest."""
    try:
        manifest = read_manifest(folder)
    except ReleaseStoppedError as error:
        return Verification(folder.name, 0, error.problems)
    expected: dict[str, dict[str, Any]] = manifest.get("files", {})
    present = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    problems = [f"{name}: absent" for name in expected if name not in present]
    problems += [f"{name}: not in the manifest" for name in present if name not in expected and name != MANIFEST]
    problems += [
        f"{name}: changed after the release (hash differs)"
        for name, entry in expected.items()
        if name in present and file_hash(present[name]) != entry["sha256"]
    ]
    return Verification(str(manifest.get("release_id", folder.name)), len(expected), tuple(sorted(problems)))


def publish(building: Path, releases: Path, release_id: str) -> Path:
    """Give a finished folder its name and switch ``current`` to it: one rename each, the switch last."""
    final = releases / release_id
    os.sync()  # thousands of small files: one call instead of one each
    if final.exists():
        shutil.rmtree(final)
    building.rename(final)
    _sync(releases)
    switch_current(releases, release_id)
    return final


def switch_current(releases: Path, release_id: str) -> None:
    """Point ``current`` at a release atomically."""
    link = releases / f".{CURRENT}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id, target_is_directory=True)
    link.replace(releases / CURRENT)
    _sync(releases)


def current_release(releases: Path) -> Path | None:
    """The folder ``current`` points at, or None before the first release."""
    link = releases / CURRENT
    return link.resolve() if link.exists() else None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
