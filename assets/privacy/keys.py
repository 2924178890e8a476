"""The keys of a home: one for pseudonyms, which can be replaced, and one for tombstones, which never is.

Belongs here: the key file (outside the home, readable by its owner only), making and rotating keys, and noticing that a
key is lost. Does not belong here: hashing (``expectations.pseudonyms``), what a new key means for tables (``tables``).

The home remembers which keys it was built with, by their ids. A key id is random: it tells nothing of the key.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

SETTINGS_FILE = "settings.json"
KEY_FILE = "POLITIEMONITOR_KEY_FILE"
USED_FILE = Path("warehouse/key_ids.json")
_BLOCK_BYTES = 64  # of SHA-256
_SECRET_BYTES = 32
_OWNER_ONLY = 0o600


class KeyFileError(Exception):
    """There is no usable key; the message says which file and what helps, and never repeats a key."""


@dataclass(frozen=True)
class Key:
    """One key. ``repr`` hides the secret."""

    id: str
    created: dt.date
    secret: bytes

    def __repr__(self) -> str:
        """Id and day only: an object that ends up in a log gives nothing away."""
        return f"Key({self.id}, {self.created})"

    @property
    def blocks(self) -> tuple[bytes, bytes]:
        """The inner and outer block of HMAC."""
        padded = self.secret.ljust(_BLOCK_BYTES, b"\0")
        return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


@dataclass(frozen=True)
class Keys:
    """The keys of one home."""

    pseudonym: Key
    tombstone: Key


def home_id(home: Path) -> str:
    """The lasting id of a home; it gets one when it has none."""
    path = home / SETTINGS_FILE
    stored: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if not stored.get("id"):
        stored["id"] = secrets.token_hex(8)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return str(stored["id"])


def key_file(home: Path) -> Path:
    """Where the keys of a home stand: named in the environment, else in the user's folder for configuration."""
    if named := os.environ.get(KEY_FILE):
        return Path(named).expanduser().resolve()
    configuration = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return configuration / "politiemonitor" / "keys" / f"{home_id(home)}.json"


def known_keys(home: Path) -> Keys | None:
    """The keys of a home, None before they are first needed.

    Raises:
        KeyFileError: The file is damaged, or others may read it.
    """
    try:
        return _read(key_file(home))
    except FileNotFoundError:
        return None


def needed_keys(home: Path, today: dt.date) -> Keys:
    """The keys of a home, made when it never had any.

    Args:
        home: The home.
        today: The day a new key is dated.

    Raises:
        KeyFileError: The home had keys and they are gone, or they are not the ones of its tombstones.
    """
    used = _used(home)
    keys = known_keys(home)
    if keys is None:
        if used:
            raise KeyFileError(
                f"The key file of this home is gone: {key_file(home)}. Put it back (or name its place in {KEY_FILE}). "
                "If it is lost for good, `politiemonitor key rotate` makes new keys and the next run builds "
                "everything again from the raw files."
            )
        keys = Keys(_new_key(today), _new_key(today))
        _write(key_file(home), keys)
    elif used.get("tombstone", keys.tombstone.id) != keys.tombstone.id:
        raise KeyFileError(
            f"{key_file(home)} holds the keys of another home. Put back the key file of this home, or name its place "
            f"in {KEY_FILE}. If it is lost for good, remove the wrong one and run `politiemonitor key rotate`."
        )
    _remember(home, keys)
    return keys


def rotated_keys(home: Path, today: dt.date, *, tombstones: int = 0, forget_tombstones: bool = False) -> Keys:
    """Replace the key of the pseudonyms; the one of the tombstones stays.

    Args:
        home: The home.
        today: The day the new key is dated.
        tombstones: How many the home has: with another key they mean nothing.
        forget_tombstones: The key file is lost, and that erased persons are no longer recognised is understood.

    Raises:
        KeyFileError: The key file is lost, there are tombstones, and that was not confirmed.
    """
    keys = known_keys(home)
    if keys is not None:
        needed_keys(home, today)  # of this home, or an error
        keys = replace(keys, pseudonym=_new_key(today))
    else:
        if tombstones and not forget_tombstones:
            raise KeyFileError(
                f"The key file of this home is gone: {key_file(home)}. New keys can be made, but they do not recognise "
                f"the persons who were erased ({tombstones} ids): a file that holds them again would be taken whole. "
                "Put the file back, or confirm with --forget-tombstones."
            )
        keys = Keys(_new_key(today), _new_key(today))
    _write(key_file(home), keys)
    _remember(home, keys)
    return keys


def _new_key(today: dt.date) -> Key:
    return Key(secrets.token_hex(4), today, secrets.token_bytes(_SECRET_BYTES))


def _used(home: Path) -> dict[str, str]:
    """Ids of the keys this home was built with; empty before the first."""
    path = home / USED_FILE
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def _remember(home: Path, keys: Keys) -> None:
    used = {"pseudonym": keys.pseudonym.id, "tombstone": keys.tombstone.id}
    if _used(home) != used:
        path = home / USED_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(used, indent=1) + "\n", "utf-8")


def _read(path: Path) -> Keys:
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path}: others than its owner may read the keys. Change that with: chmod 600 {path}")
        stored: Mapping[str, Mapping[str, str]] = json.loads(path.read_text("utf-8"))
        pseudonym, tombstone = (_key_of(stored[name]) for name in ("pseudonym", "tombstone"))
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, TypeError):
        # Not the message of the parser: it may quote the file.
        raise KeyFileError(f"{path} is damaged: it is not a key file. Put back a copy of it.") from None
    except OSError as fault:
        raise KeyFileError(f"{path} can not be read: {fault.strerror}.") from None
    return Keys(pseudonym, tombstone)


def _key_of(stored: Mapping[str, str]) -> Key:
    secret = bytes.fromhex(stored["key"])
    if len(secret) != _SECRET_BYTES:
        raise ValueError("a key of another length")
    return Key(stored["id"], dt.date.fromisoformat(stored["created"]), secret)


def _write(path: Path, keys: Keys) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    named = {"pseudonym": keys.pseudonym, "tombstone": keys.tombstone}
    record = {n: {"id": k.id, "created": k.created.isoformat(), "key": k.secret.hex()} for n, k in named.items()}
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY), "w") as file:
            file.write(json.dumps(record, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as fault:
        fresh.unlink(missing_ok=True)
        raise KeyFileError(
            f"The key file {path} can not be written: {fault.strerror}. Name another place in {KEY_FILE}."
        ) from None
