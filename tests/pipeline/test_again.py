"""The same inputs give the same bytes, and a second run does no work that its inputs don't ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from .command import politiemonitor
from .small_police import AS_OF, OPEN_MONTH, contacts, deliver, write_csv


def digests(release: Path) -> dict[str, str]:
    release = release.resolve()
    return {
        path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(release.rglob("*"))
        if path.is_file()
    } | {"id": release.name}


def test_two_homes_with_the_same_deliveries_publish_the_same_bytes(
    clean_home: Path, small_survey: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere"
    deliver(other / "inbox", small_survey)
    done = politiemonitor("run", "--home", other, "--survey", small_survey, "--as-of", AS_OF)
    assert done.code == 0, done.err
    here, there = digests(clean_home / "releases/current"), digests(other / "releases/current")
    assert len(here) > 30 and here == there


def test_a_second_run_without_new_deliveries_does_nothing_again(
    clean_home: Path, copy_of: Callable[[Path], Path]
) -> None:
    home = copy_of(clean_home)
    before = digests(home / "releases/current")
    times = {p: p.stat().st_mtime_ns for p in (home / "releases").rglob("*") if p.is_file()}

    again = politiemonitor("run", "--home", home, "--as-of", AS_OF, "--json")

    assert again.code == 0, again.err
    assert again.record["work_done"] == "nothing had changed"
    assert digests(home / "releases/current") == before
    assert {p: p.stat().st_mtime_ns for p in (home / "releases").rglob("*") if p.is_file()} == times


def test_a_delivery_for_an_open_quarter_leaves_published_figures_and_pages_of_areas_alone(
    clean_home: Path, copy_of: Callable[[Path], Path]
) -> None:
    home = copy_of(clean_home)
    before = digests(home / "releases/current")
    write_csv(contacts(OPEN_MONTH), home / "inbox" / f"contacts_{OPEN_MONTH}.csv")

    done = politiemonitor("run", "--home", home, "--as-of", AS_OF)

    assert done.code == 0, done.err
    after = digests(home / "releases/current")
    changed = {name for name in before if before[name] != after.get(name)}
    assert "quality/index.html" in changed, "the new file is accounted for"
    assert not [name for name in changed if name.split("/")[0] in {"national", "units", "districts", "teams"}]


def test_verify_tells_whole_from_tampered(clean_home: Path, copy_of: Callable[[Path], Path]) -> None:
    home = copy_of(clean_home)
    assert politiemonitor("verify", "--home", home).code == 0
    page = home / "releases/current/index.html"
    page.write_bytes(page.read_bytes().replace(b"e", b"a", 1))
    (home / "releases/current/stray.txt").write_text("?")
    told = politiemonitor("verify", "--home", home)
    assert told.code == 1
    assert "index.html: changed" in told.out and "stray.txt: not in the manifest" in told.out
