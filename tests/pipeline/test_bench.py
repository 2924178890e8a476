"""The bench measures the real jobs, and every row it made is accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from .command import politiemonitor

SMALL = ("--contacts", 1200, "--responses", 240, "--months", 2)


@pytest.mark.slow
def test_the_bench_runs_the_jobs_and_accounts_for_every_row(tmp_path: Path) -> None:
    home = tmp_path / "bench"
    done = politiemonitor("bench", "intake", "--home", home, *SMALL, "--json")

    assert done.code == 0, done.err
    record = done.record
    floor, intake, staging = record["stages"].values()
    assert floor["ratio"] == 1 and intake["seconds"] > 0 and staging["peak_mib"] > 0
    rows = record["accounting"]
    assert rows["read"] == 1440
    assert rows["accepted"] + rows["superseded"] + rows["quarantined"] + rows["erased"] == 1440
    assert rows["quarantined"] > 0, "the bench plants faults: a stage without them measures less work"
    assert "staging__contact_rows" in record["steps"]
    assert sorted(p.name[:8] for p in (home / "inbox").iterdir()) == ["contacts", "contacts", "response", "response"]


def test_the_bench_leaves_another_home_alone(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "contacts_2026-01.csv").write_text("contact_id\n", "utf-8")

    done = politiemonitor("bench", "intake", "--home", tmp_path, *SMALL)

    assert done.code == 2
    assert "another --home" in done.err
    assert (tmp_path / "inbox" / "contacts_2026-01.csv").exists()
