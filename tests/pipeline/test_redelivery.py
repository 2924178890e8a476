"""Files that come in later: late answers, the same file twice, a corrected month that lacks rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from expectations.load import load_survey

from .command import politiemonitor
from .small_police import AS_OF, contacts, responses, write_csv

LATE = 6
TEAM, ITS_AREAS = "RE01-D1-T1", {"NL", "RE01", "RE01-D1", "RE01-D1-T1"}
KEY = ["level", "area_code", "target_group", "channel", "item", "measure", "window", "period_start"]


def run(home: Path) -> dict[str, dict[str, Any]]:
    """Run, and tell what became of every file."""
    done = politiemonitor("run", "--home", home, "--as-of", AS_OF)
    assert done.code == 0, done.err
    deliveries = politiemonitor("status", "--home", home, "--json").record["deliveries"]
    for row in deliveries:
        parts = ("rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased")
        assert row["rows_read"] == sum(row[part] for part in parts), row["file_name"]
    return {row["file_name"]: row for row in deliveries}


def estimates(home: Path) -> pd.DataFrame:
    table = pd.read_parquet(home / "releases/current/tables/estimates.parquet")
    return table.set_index(KEY)[["n", "estimate", "se", "status"]].sort_index()


def test_late_answers_change_the_month_of_their_contact_and_nothing_else(
    clean_home: Path, small_survey: Path, copy_of: Callable[[Path], Path]
) -> None:
    home = copy_of(clean_home)
    before = estimates(home)
    register = contacts("2025-08")
    unanswered = register.iloc[len(register) // 2 :]
    # So few that the released quarter keeps its weights: one answer more in one team moves no other team.
    late = responses(unanswered[unanswered["team"] == TEAM].head(LATE), load_survey(small_survey), LATE)
    write_csv(late.assign(response_date="2025-10-03"), home / "inbox/responses_2025-10.csv")
    first = home / "inbox/contacts_2025-07.csv"
    (home / "inbox/contacts_2025-07_nogmaals.csv").write_bytes(first.read_bytes())

    files = run(home)

    assert files["responses_2025-10.csv"]["rows_accepted"] == LATE
    assert files["contacts_2025-07_nogmaals.csv"]["status"] == "repeat", "the same file twice changes nothing"
    after = estimates(home)
    figures = ["n", "estimate", "status"]
    same = (before == after) | (before.isna() & after.isna())
    changed = before[~same[figures].all(axis=1)].index.to_frame(index=False)
    assert len(changed) > 0
    assert set(changed["area_code"]) == ITS_AREAS
    assert {(w, str(p)[:10]) for w, p in zip(changed["window"], changed["period_start"], strict=True)} == {
        ("month", "2025-08-01"),
        ("quarter", "2025-07-01"),
        ("four_quarters", "2024-10-01"),
    }, "what holds the month of the contacts, not the month in which the answers came in"
    # A standard error at the highest levels rests on how everyone in the quarter fits the margins: a little moves.
    elsewhere = ~before.index.get_level_values("area_code").isin(ITS_AREAS)
    assert np.allclose(before.loc[elsewhere, "se"], after.loc[elsewhere, "se"], rtol=0.02, equal_nan=True)
    weighted = pd.read_parquet(home / "releases/current/tables/weighting.parquet")
    assert set(weighted.loc[weighted["quarter"].astype(str) == "2025-07-01", "weights_from"]) == {"kept"}


def test_a_full_redelivery_replaces_withdraws_and_keeps_as_the_contract_says(
    clean_home: Path, small_survey: Path, copy_of: Callable[[Path], Path]
) -> None:
    home = copy_of(clean_home)
    register = contacts("2025-09")
    answers = responses(register, load_survey(small_survey))
    gone = [0, 1, len(register) - 1]  # two of them were answered
    corrected = register.drop(index=gone).assign(channel="desk")
    write_csv(corrected, home / "inbox/contacts_2025-09_herlevering.csv")
    answers.loc[5, "mark"] = "1"
    write_csv(answers.drop(index=[10, 11]), home / "inbox/responses_2025-09_herlevering.csv")

    files = run(home)

    def counts(name: str, *parts: str) -> list[int]:
        return [files[name][f"rows_{part}"] for part in parts]

    read, answered = len(register), len(answers)
    old, new = "contacts_2025-09.csv", "contacts_2025-09_herlevering.csv"
    assert counts(old, "accepted", "superseded", "withdrawn") == [0, read, 3]
    assert counts(new, "accepted", "superseded", "without_answer") == [read - 3, 0, read - 3 - (answered - 2)]
    old, new = "responses_2025-09.csv", "responses_2025-09_herlevering.csv"
    assert counts(old, "accepted", "vanished", "superseded", "withdrawn") == [2, 2, answered - 2, 0]
    assert counts(new, "accepted", "quarantined", "without_contact") == [answered - 4, 2, 2]
    held = politiemonitor("quarantine", "list", "--home", home, "--json").record
    assert [(g["file_name"], g["rule_id"], g["rows"]) for g in held["groups"]] == [
        (new, "contact_id.unknown_contact", 2)
    ]
