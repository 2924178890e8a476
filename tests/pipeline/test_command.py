"""The command line as a person meets it: exit codes, streams, and no traceback for what they did wrong."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

from .command import politiemonitor
from .small_police import AS_OF, edit, small_contract


def test_results_go_to_stdout_and_everything_else_to_stderr(clean_home: Path, copy_of: Callable[[Path], Path]) -> None:
    home = copy_of(clean_home)
    done = politiemonitor("run", "--home", home, "--as-of", AS_OF, process=True)
    assert done.code == 0, done.err
    assert done.out.strip() == str(home / "releases/current/index.html")
    assert "nothing had changed" in done.err and "Rows: read" in done.err
    record = json.loads(politiemonitor("run", "--home", home, "--as-of", AS_OF, "--json", process=True).out)
    assert record["index"] and set(record["stages"]) == {"intake", "tables", "reports"}


def test_wrong_use_is_two_and_says_what_to_do(tmp_path: Path) -> None:
    assert politiemonitor("run", "--nonsense").code == 2
    missing = politiemonitor("run", "--home", tmp_path / "h", "--survey", tmp_path)
    assert (missing.code, "survey.yaml" in missing.err) == (2, True)
    nowhere = politiemonitor("status", "--home", tmp_path / "nothing")
    assert (nowhere.code, "politiemonitor init" in nowhere.err) == (2, True)
    unknown = politiemonitor("verify", "2020K1-x", "--home", tmp_path)
    assert (unknown.code, "2020K1-x" in unknown.err) == (2, True)


def test_a_demo_never_overwrites_real_deliveries(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox/contacts_2026-01.csv").write_text("x")
    refused = politiemonitor("demo", "--home", tmp_path)
    assert (refused.code, "another --home" in refused.err) == (2, True)
    assert (tmp_path / "inbox/contacts_2026-01.csv").read_text() == "x"


def test_a_wrong_contract_is_refused_with_file_and_line(tmp_path: Path) -> None:
    survey = small_contract(tmp_path)
    edit(survey / "items.yaml", "scale: mark10", "scale: mark11")
    done = politiemonitor("run", "--home", tmp_path / "home", "--survey", survey)
    assert done.code == 1 and "Traceback" not in done.err
    line = next(i for i, text in enumerate((survey / "items.yaml").read_text().splitlines(), 1) if "mark11" in text)
    assert f"items.yaml:{line}:" in done.err


def test_a_second_run_in_the_same_home_is_refused_in_words(clean_home: Path, copy_of: Callable[[Path], Path]) -> None:
    home = copy_of(clean_home)
    with (home / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        done = politiemonitor("run", "--home", home, "--as-of", AS_OF)
    assert (done.code, "Another run is busy" in done.err) == (2, True)


def test_an_empty_home_gives_a_release_without_figures_and_no_traceback(tmp_path: Path, small_survey: Path) -> None:
    home = tmp_path / "home"
    assert politiemonitor("init", "--home", home, "--survey", small_survey).code == 0
    done = politiemonitor("run", "--home", home, "--as-of", AS_OF)
    assert "Traceback" not in done.err
    assert done.code == 0, done.err
