"""A release is whole or it is not there; ``current`` always points at a whole one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assets import release


def build(folder: Path, text: str = "page") -> Path:
    (folder / "teams").mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "teams/a.html").write_text("team")
    release.write_manifest(folder, {"release_id": folder.name})
    return folder


def test_publishing_names_the_folder_and_switches_current_last(tmp_path: Path) -> None:
    release.publish(build(tmp_path / ".building-one", "one"), tmp_path, "one")
    assert (tmp_path / "current/index.html").read_text() == "one"
    release.publish(build(tmp_path / ".building-two", "two"), tmp_path, "two")
    assert (tmp_path / "current/index.html").read_text() == "two"
    assert (tmp_path / "one/index.html").read_text() == "one", "an earlier release stays what it was"
    assert {p.name for p in tmp_path.iterdir()} == {"one", "two", "current"}


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda f: (f / "index.html").write_text("changed"), "index.html: changed after the release (hash differs)"),
        (lambda f: (f / "teams/a.html").unlink(), "teams/a.html: absent"),
        (lambda f: (f / "extra.csv").write_text("x"), "extra.csv: not in the manifest"),
        (lambda f: (f / "manifest.json").unlink(), "r: manifest.json is absent"),
    ],
)
def test_what_was_done_to_a_release_is_named(tmp_path: Path, harm: object, told: str) -> None:
    folder = build(tmp_path / "r")
    assert release.verify_release(folder).whole
    harm(folder)  # type: ignore[operator]
    assert told in release.verify_release(folder).problems


def test_the_manifest_is_the_same_for_the_same_files(tmp_path: Path) -> None:
    one, two = build(tmp_path / "a/r"), build(tmp_path / "b/r")
    assert (one / "manifest.json").read_bytes() == (two / "manifest.json").read_bytes()
    assert set(json.loads((one / "manifest.json").read_text())["files"]) == {"index.html", "teams/a.html"}


def test_no_release_yet_is_no_error(tmp_path: Path) -> None:
    assert release.current_release(tmp_path) is None
