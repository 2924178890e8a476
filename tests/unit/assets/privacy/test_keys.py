"""Keys stand outside the home, readable by their owner only; a lost key is told, never quietly replaced."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import stat
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from assets.privacy.keys import Key, KeyFileError, Keys, home_id, key_file, known_keys, needed_keys, rotated_keys
from assets.warehouse import Warehouse
from expectations.pseudonyms import PSEUDONYM_DIGITS, pseudonym_sql, tombstone_sql

DAY, LATER = dt.date(2026, 1, 5), dt.date(2026, 6, 1)
IDS = ["r1", "", "a b", "é", "0", "x" * 55, "x" * 56, "x" * 64, "日本", "r'; drop table x; --"]


def oracle(key: Key, identifier: str) -> str:
    return hmac.new(key.secret, identifier.encode(), hashlib.sha256).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_keys_are_made_once_and_kept_outside_the_home(home: Path) -> None:
    assert known_keys(home) is None
    made = needed_keys(home, DAY)
    path = key_file(home)
    assert not path.is_relative_to(home)
    assert path.stem == home_id(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert needed_keys(home, LATER) == made == known_keys(home)
    assert (made.pseudonym.created, made.tombstone.created) == (DAY, DAY)
    assert made.pseudonym.secret != made.tombstone.secret


def test_no_file_of_the_home_holds_a_key(home: Path) -> None:
    keys = needed_keys(home, DAY)
    secrets = [k.secret.hex().encode() for k in (keys.pseudonym, keys.tombstone)]
    for path in home.rglob("*"):
        assert path.is_dir() or not any(secret in path.read_bytes() for secret in secrets)
    assert keys.pseudonym.secret.hex() not in repr(keys)


def test_two_homes_have_different_keys_and_one_home_may_name_its_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert needed_keys(home, DAY).pseudonym.secret != needed_keys(tmp_path / "other", DAY).pseudonym.secret
    named = tmp_path / "elsewhere" / "keys.json"
    monkeypatch.setenv("POLITIEMONITOR_KEY_FILE", str(named))
    needed_keys(tmp_path / "third", DAY)
    assert named.exists()


def test_rotation_replaces_the_pseudonym_key_only(home: Path) -> None:
    before = needed_keys(home, DAY)
    after = rotated_keys(home, LATER)
    assert after.pseudonym.secret != before.pseudonym.secret
    assert (after.pseudonym.created, after.tombstone) == (LATER, before.tombstone)
    assert needed_keys(home, LATER) == after
    assert stat.S_IMODE(key_file(home).stat().st_mode) == 0o600


def test_a_lost_key_file_is_told_with_its_remedy(home: Path) -> None:
    before = needed_keys(home, DAY)
    key_file(home).unlink()
    with pytest.raises(KeyFileError, match="key rotate") as told:
        needed_keys(home, DAY)
    assert str(key_file(home)) in str(told.value)
    assert rotated_keys(home, DAY).tombstone != before.tombstone
    needed_keys(home, DAY)


def test_with_tombstones_new_keys_have_to_be_confirmed(home: Path) -> None:
    needed_keys(home, DAY)
    key_file(home).unlink()
    with pytest.raises(KeyFileError, match="--forget-tombstones"):
        rotated_keys(home, DAY, tombstones=3)
    assert not key_file(home).exists()
    rotated_keys(home, DAY, tombstones=3, forget_tombstones=True)
    needed_keys(home, DAY)


def test_the_keys_of_another_home_are_refused(home: Path, tmp_path: Path) -> None:
    needed_keys(home, DAY)
    other = needed_keys(tmp_path / "other", DAY)
    key_file(home).write_bytes(key_file(tmp_path / "other").read_bytes())
    with pytest.raises(KeyFileError, match="another home") as told:
        needed_keys(home, DAY)
    assert other.pseudonym.secret.hex() not in str(told.value)


@pytest.mark.parametrize("damage", [
    lambda text: text[:-40], lambda text: "[]", lambda text: json.dumps({"pseudonym": {}}),
    lambda text: text.replace('"key": "', '"key": "zz'), lambda text: "null",
])  # fmt: skip
def test_a_damaged_key_file_is_told_without_quoting_it(home: Path, damage: Callable[[str], str]) -> None:
    keys = needed_keys(home, DAY)
    path = key_file(home)
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    with pytest.raises(KeyFileError, match="damaged") as told:
        needed_keys(home, DAY)
    assert keys.pseudonym.secret.hex() not in str(told.value) and told.value.__cause__ is None


def test_a_key_file_that_others_may_read_is_refused(home: Path) -> None:
    needed_keys(home, DAY)
    key_file(home).chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        known_keys(home)


def test_the_sql_is_hmac_sha256(tmp_path: Path) -> None:
    keys = Keys(Key("a", DAY, bytes(range(32))), Key("b", DAY, bytes(range(32, 64))))
    with Warehouse(tmp_path, lambda: keys).connect() as connection:
        rows = connection.execute(
            f"select id, {pseudonym_sql('id')}, {tombstone_sql('id')} from (select unnest(?::varchar[]) as id)", [IDS]
        ).fetchall()
        empty = connection.execute(f"select {pseudonym_sql('cast(null as varchar)')}").fetchone()
    assert len(rows) == len(IDS)
    for identifier, pseudonym, tombstone in rows:
        assert pseudonym == oracle(keys.pseudonym, identifier)[:PSEUDONYM_DIGITS]
        assert tombstone == oracle(keys.tombstone, identifier)
    assert empty == (None,)


def test_without_a_key_no_pseudonym_is_made(tmp_path: Path) -> None:
    with Warehouse(tmp_path).connect() as connection, pytest.raises(duckdb.Error, match="no pseudonym_outer"):
        connection.execute(f"select {pseudonym_sql('id')} from (select 'r1' as id)").fetchall()
