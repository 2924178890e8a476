"""The benches measure the real jobs and tables, and every row they made is accounted for."""

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


@pytest.mark.slow
def test_the_bench_of_estimates_makes_every_table_that_figures_lead_to(tmp_path: Path) -> None:
    home = tmp_path / "bench"
    size = ("--responses", 2000, "--months", 3)
    done = politiemonitor("bench", "estimates", "--home", home, *size, "--json")

    assert done.code == 0, done.err
    record = done.record
    assert record["areas"] >= 221 and 1000 < record["responses"] < 3000 and record["contacts"] > record["responses"]
    floor = next(reading for name, reading in record["stages"].items() if name.startswith("floor"))
    assert floor["ratio"] == 1 and record["whole"]["ratio"] > 1 and record["whole"]["peak_mib"] > 0
    assert all(record["rows"][f"publication.{name}"] > 0 for name in ("estimates", "comparisons", "verdicts"))

    drawn = {path: path.stat().st_mtime_ns for path in home.glob("*.parquet")}
    again = politiemonitor("bench", "estimates", "--home", home, *size, "--json").record
    assert again["rows"] == record["rows"]
    assert {path: path.stat().st_mtime_ns for path in home.glob("*.parquet")} == drawn, "drawn once"


@pytest.mark.parametrize("command", ["intake", "estimates"])
def test_the_bench_leaves_another_home_alone(tmp_path: Path, command: str) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "contacts_2026-01.csv").write_text("contact_id\n", "utf-8")

    done = politiemonitor("bench", command, "--home", tmp_path)

    assert done.code == 2
    assert "another --home" in done.err
    assert (tmp_path / "inbox" / "contacts_2026-01.csv").exists()
