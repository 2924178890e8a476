"""From respondents to window cells: exact sums, nothing lost, nothing outside the frame."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import duckdb
import pytest

MARTS = ("cells", "strata", "breakdown_cells", "area_cells", "repeat_persons", "window_cells")
SUMS = ("n", "sum_w", "sum_w2", "sum_wy", "sum_wy2")
VARIANCES = ("v_yy", "v_y1", "v_11", "fpc_yy", "fpc_y1", "fpc_11", "strata")
ROWS = [
    ("T1", "phone", "victim", "2024-01", 1, 8, 1),
    ("T1", "phone", "victim", "2024-01", 2, 6, None),
    ("T1", "112", "caller", "2024-02", 1, 9, 0),
    ("T2", "web", "victim", "2024-04", 1, None, 1),
    ("T3", "web", "caller", "2024-12", 3, 10, 0),
    ("unallocated", "phone", "caller", "2024-03", 1, 2, 1),
]


def test_a_cell_holds_the_sums_of_its_respondents(police: Any) -> None:
    police.respond(*ROWS)
    police.build("cells")
    assert police.rows(
        """select n, sum_w, sum_w2, sum_wy, sum_w2y, sum_wy2, sum_w2y2 from marts.cells
        where area_code = 'T1' and channel = 'phone' and item = 'mark' and measure = 'mean'"""
    ) == [(2, 3, 5, 20, 32, 136, 208)]


def test_a_cell_holds_the_sum_that_counts_everyone_once(police: Any) -> None:
    police.respond(*ROWS)
    police.build("cells", "weighting_effect")
    where = "where area_code = 'T1' and item = 'mark' and measure = 'mean'"
    assert police.rows(f"select channel, sum_y from marts.cells {where} order by all") == [("112", 9), ("phone", 14)]
    assert police.rows(f"select quarter, n, sum_y, sum_w, sum_wy from marts.weighting_effect {where}") == [
        (dt.date(2024, 1, 1), 3, 23, 4, 29)
    ]


def test_a_respondent_without_a_weight_stops_the_build(police: Any) -> None:
    police.respond(*ROWS)
    police.connection.execute("delete from marts.weights where area_code = 'T3'")
    with pytest.raises(duckdb.Error, match=r"marts\.weights has no weight for a respondent"):
        police.build("cells")


def test_a_missing_answer_is_outside_the_base_of_its_item_only(police: Any) -> None:
    police.respond(*ROWS)
    police.build("cells")
    assert police.rows("select item, measure, n from marts.cells where area_code = 'T2'") == [("back", "share.no", 1)]


def test_all_sums_are_64_bit_integers(police: Any) -> None:
    police.respond(*ROWS)
    police.build(*MARTS)
    types = dict(police.rows("select column_name, data_type from duckdb_columns() where table_name = 'window_cells'"))
    assert {types[name] for name in (*SUMS, *VARIANCES)} == {"BIGINT"}


def test_a_quarter_is_the_sum_of_its_months_at_every_level(police: Any) -> None:
    police.respond(*ROWS)
    police.build(*MARTS)
    assert police.figure("team", "T1", "quarter", "2024-01-01") == (3, 4, 29)
    assert police.figure("unit", "U1", "quarter", "2024-01-01") == (3, 4, 29)
    assert police.figure("nation", "NL", "quarter", "2024-01-01") == (4, 5, 31)


def test_contacts_without_a_team_count_for_the_nation_only(police: Any) -> None:
    police.respond(ROWS[-1])
    police.build(*MARTS)
    assert police.figure("nation", "NL", "month", "2024-03-01") == (1, 1, 2)
    assert police.rows("select distinct level from marts.window_cells") == [("nation",)]


def test_four_quarters_are_the_sum_of_their_quarters(police: Any) -> None:
    police.respond(*ROWS)
    police.build(*MARTS)
    assert police.figure("nation", "NL", "four_quarters", "2024-01-01") == (5, 8, 61)
    assert police.figure("team", "T3", "four_quarters", "2024-01-01") == (1, 3, 30)


def test_only_closed_periods_leave_the_marts(police: Any) -> None:
    police.respond(("T1", "phone", "victim", "2025-03", 1, 7, 0), ("T1", "phone", "victim", "2025-04", 1, 7, 0))
    police.build(*MARTS)
    found = police.rows(
        """select distinct "window", cast(period_start as varchar) from marts.window_cells order by all"""
    )
    assert found == [
        ("four_quarters", "2024-04-01"), ("month", "2025-03-01"), ("quarter", "2025-01-01")
    ]  # fmt: skip


def test_channels_add_up_to_classes_and_groups_to_the_total(police: Any) -> None:
    police.respond(*ROWS)
    police.build(*MARTS)
    place = ("nation", "NL", "quarter", "2024-01-01")
    assert police.figure(*place, channel="phone") == (3, 4, 22)
    assert police.figure(*place, channel="112") == (1, 1, 9)
    assert police.figure(*place, channel="voice") == (4, 5, 31)
    assert police.figure(*place, channel="voice", group="caller") == (2, 2, 11)
    assert police.figure(*place, group="victim") == (2, 3, 20)


def test_only_combinations_of_the_frame_leave_the_marts(police: Any) -> None:
    police.respond(*ROWS)
    police.build(*MARTS)
    outside = police.rows(
        """select count(*) from marts.window_cells
        anti join reference.frame using (level, channel, target_group, "window")"""
    )
    assert outside == [(0,)]
    assert police.figure("team", "T1", "quarter", "2024-01-01", channel="phone") is None
    assert police.figure("team", "T1", "quarter", "2024-01-01", channel="voice") == (3, 4, 29)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_the_data_teams_and_unallocated_add_up_to_the_nation(police: Any, seed: int) -> None:
    chance = random.Random(seed)
    police.respond(
        *(
            (
                chance.choice(["T1", "T2", "T3", "unallocated"]),
                chance.choice(["phone", "112", "web"]),
                chance.choice(["victim", "caller"]),
                f"2024-{chance.randint(1, 12):02}",
                chance.randint(1, 5),
                chance.choice([None, *range(1, 11)]),
                chance.choice([None, 0, 1]),
            )
            for _ in range(300)
        )
    )
    police.build(*MARTS)
    sums = ", ".join(f"sum({name})" for name in SUMS)
    everyone = police.rows(f"select item, measure, {sums} from marts.cells group by all order by all")
    year = """ "window" = 'four_quarters' and period_start = '2024-01-01' """
    totals = "channel = 'all' and target_group = 'all'"
    nation = f"select item, measure, {sums} from marts.window_cells where level = 'nation' and {year}"
    assert police.rows(f"{nation} and {totals} group by all order by all") == everyone
    for slices in (
        "channel in ('phone', '112', 'web') and target_group = 'all'",
        "channel in ('voice', 'digital') and target_group = 'all'",
        "channel = 'all' and target_group in ('victim', 'caller')",
        "channel in ('voice', 'digital') and target_group in ('victim', 'caller')",
    ):
        assert police.rows(f"{nation} and {slices} group by all order by all") == everyone

    teams = f"select item, measure, n, sum_wy2 from marts.window_cells where level = 'team' and {year} and {totals}"
    lost = "select item, measure, n, sum_wy2 from marts.cells where area_code = 'unallocated'"
    assert police.rows(
        f"select item, measure, sum(n), sum(sum_wy2) from ({teams} union all {lost}) group by all order by all"
    ) == [(item, measure, n, last) for item, measure, n, *_, last in everyone]
