"""The variance that comes with the sums: strata of leaf area x quarter, people who answered twice, calibrated weights.

What SQL adds up must be what the dense formulas of ``statistics.design`` say of the same respondents.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.statistics import design

MARTS = ("cells", "strata", "breakdown_cells", "area_cells", "repeat_persons", "window_cells")
CONTACTS_PER_ANSWER = 4
CLASSES = {"phone": "voice", "112": "voice", "web": "digital"}
UNITS = {"T1": "U1", "T2": "U1", "T3": "U2"}


def triple(police: Any, level: str, area: str, window: str, start: str, **place: str) -> dict[str, int]:
    names = ("n", "sum_w", "sum_wy", "v_yy", "v_y1", "v_11", "fpc_yy", "fpc_y1", "fpc_11", "strata")
    place = {"channel": "all", "target_group": "all", "item": "mark", "measure": "mean"} | place
    same = " and ".join(f"{name} = '{value}'" for name, value in place.items())
    found = police.rows(
        f"""select {", ".join(names)} from marts.window_cells where level = '{level}' and area_code = '{area}'
        and "window" = '{window}' and period_start = '{start}' and {same}"""
    )
    assert len(found) == 1
    return dict(zip(names, found[0], strict=True))


def variance_of_mean(row: dict[str, int], kind: str = "v") -> float:
    m = row["sum_wy"] / row["sum_w"]
    return (row[f"{kind}_yy"] - 2 * m * row[f"{kind}_y1"] + m**2 * row[f"{kind}_11"]) / row["sum_w"] ** 2


def test_a_variance_is_that_of_the_stratum_with_everybody_in_it(police: Any) -> None:
    police.respond(
        ("T1", "phone", "victim", "2024-01", 1000, 8, 1),
        ("T1", "phone", "victim", "2024-02", 2000, 6, 1),
        ("T1", "web", "caller", "2024-03", 1000, None, 1),
    )
    police.build(*MARTS)
    row = triple(police, "team", "T1", "quarter", "2024-01-01")
    z = np.array([8_000, 12_000, 0])  # the third did not answer this question, and is in the stratum
    assert row["v_yy"] == pytest.approx(3 / 2 * ((z**2).sum() - z.sum() ** 2 / 3), abs=0.5)
    w = np.array([1_000, 2_000, 0])
    assert row["v_11"] == pytest.approx(3 / 2 * ((w**2).sum() - w.sum() ** 2 / 3), abs=0.5)
    assert row["v_y1"] == pytest.approx(3 / 2 * ((w * z).sum() - w.sum() * z.sum() / 3), abs=0.5)
    assert row["fpc_yy"] == pytest.approx(row["v_yy"] * (1 - 1 / CONTACTS_PER_ANSWER), abs=0.5)
    assert (row["n"], row["strata"]) == (2, 1)


def test_variances_of_areas_and_quarters_add_up_and_those_of_channels_do_not(police: Any) -> None:
    police.respond(
        *(("T1", "phone", "victim", "2024-01", 1000, mark, 1) for mark in (4, 7)),
        *(("T1", "web", "victim", "2024-02", 1000, mark, 1) for mark in (8, 10)),
        *(("T2", "web", "victim", "2024-04", 1000, mark, 1) for mark in (3, 10)),
    )
    police.build(*MARTS)
    first = triple(police, "nation", "NL", "quarter", "2024-01-01")
    second = triple(police, "nation", "NL", "quarter", "2024-04-01")
    year = triple(police, "nation", "NL", "four_quarters", "2024-01-01")
    assert all(year[name] == first[name] + second[name] for name in year)
    slices = [triple(police, "nation", "NL", "quarter", "2024-01-01", channel=c) for c in ("voice", "digital")]
    assert first["v_yy"] != sum(row["v_yy"] for row in slices)


def test_the_only_answer_of_a_stratum_counts_with_its_own_square(police: Any) -> None:
    police.respond(("T1", "phone", "victim", "2024-01", 1000, 8, 1), ("T2", "web", "victim", "2024-01", 3000, 4, 1))
    police.build(*MARTS)
    row = triple(police, "nation", "NL", "quarter", "2024-01-01")
    assert (row["v_yy"], row["v_y1"], row["v_11"]) == (8_000**2 + 12_000**2, 8 * 10**6 + 4 * 9 * 10**6, 10 * 10**6)
    assert row["strata"] == 2


def test_squares_of_large_sums_do_not_overflow(police: Any) -> None:
    police.respond(*(("T1", "phone", "victim", "2024-01", 10**8, mark, 1) for mark in (10, 10, 10, 9)))
    police.build(*MARTS)
    row = triple(police, "team", "T1", "quarter", "2024-01-01")  # (sum w y)^2 needs 64 bits and more
    assert row["v_yy"] == pytest.approx(4 / 3 * 0.75 * 1e16, rel=1e-9)


def test_answers_without_a_stratum_are_not_left_out_in_silence(police: Any) -> None:
    police.respond(("T1", "phone", "victim", "2024-01", 1000, 8, 1))
    police.connection.execute("delete from marts.leaf_counts")
    police.build("cells", "strata", "breakdown_cells")
    assert police.rows("select distinct v_yy from marts.breakdown_cells") == [(None,)], "the table contract refuses it"


Row = tuple[Any, ...]


def drawn(seed: int, count: int = 160) -> list[Row]:
    """Respondents at random; every seventh is a person who answered before, perhaps in another area or quarter."""
    chance = random.Random(seed)
    return [
        (
            chance.choice(["T1", "T1", "T1", "T2", "T2", "T3", "unallocated"]),
            chance.choice(["phone", "112", "web"]),
            chance.choice(["victim", "caller"]),
            f"2024-{chance.randint(1, 12):02}",
            chance.randint(400, 9000),
            chance.choice([None, *range(1, 11)]),
            1,
            f"p{n if n % 7 else chance.randint(0, n)}",
        )
        for n in range(count)
    ]


def dense(rows: list[Row], inside: list[bool], *, corrected: bool = False) -> float:
    """Variance of the mean mark in a domain, from one influence value per respondent."""
    weight = np.array([row[4] for row in rows], dtype=float)
    mark = np.array([[np.nan if row[5] is None else row[5]] for row in rows], dtype=float)
    quarter = [(row[0], (int(row[3][5:]) - 1) // 3) for row in rows]
    strata = sorted(set(quarter))
    stratum = np.array([strata.index(q) for q in quarter])
    size = np.bincount(stratum).astype(float)
    drawn_by = design.Design(stratum, size=size, population=CONTACTS_PER_ANSWER * size if corrected else None)
    influence = weight[:, None] * design.means(weight, mark, np.array(inside, dtype=float)[:, None]).z
    people = sorted({row[7] for row in rows})
    person = np.array([people.index(row[7]) for row in rows])
    times = np.bincount(person)
    twice = design.pair_variance(influence, np.where(times[person] > 1, person, -1))
    one = float(design.variance(influence, drawn_by)[0])
    return one + float(twice[0]) * ((1 - 1 / CONTACTS_PER_ANSWER) if corrected else 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_sums_in_sql_are_the_dense_formulas(police: Any, seed: int) -> None:
    rows = drawn(seed)
    police.respond(*rows)
    police.build(*MARTS)
    figures: list[tuple[str, str, str, str, dict[str, str], Callable[[Row], bool]]] = [
        ("nation", "NL", "four_quarters", "2024-01-01", {}, lambda r: True),
        ("nation", "NL", "month", "2024-03-01", {}, lambda r: r[3] == "2024-03"),
        ("nation", "NL", "quarter", "2024-04-01", {"channel": "112"},
         lambda r: r[1] == "112" and "2024-04" <= r[3] <= "2024-06"),
        ("nation", "NL", "four_quarters", "2024-01-01", {"channel": "voice", "target_group": "victim"},
         lambda r: CLASSES[r[1]] == "voice" and r[2] == "victim"),
        ("unit", "U1", "four_quarters", "2024-01-01", {}, lambda r: UNITS.get(r[0]) == "U1"),
        ("team", "T1", "four_quarters", "2024-01-01", {}, lambda r: r[0] == "T1"),
        ("team", "T1", "quarter", "2024-07-01", {"channel": "voice"},
         lambda r: r[0] == "T1" and CLASSES[r[1]] == "voice" and "2024-07" <= r[3] <= "2024-09"),
    ]  # fmt: skip
    largest = 0.0
    for level, area, window, start, place, holds in figures:
        row = triple(police, level, area, window, start, **place)
        inside = [holds(r) for r in rows]
        assert row["n"] == sum(i and r[5] is not None for i, r in zip(inside, rows, strict=True)) > 5
        for kind, corrected in (("v", False), ("fpc", True)):
            expected = dense(rows, inside, corrected=corrected)
            largest = max(largest, abs(variance_of_mean(row, kind) / expected - 1))
            assert variance_of_mean(row, kind) == pytest.approx(expected, rel=1e-6), (level, place, kind)
    print(f"{2 * len(figures)} variances compared, largest relative difference {largest:.1e}")


def test_a_person_who_answered_twice_makes_a_figure_less_certain_only_where_both_answers_are(police: Any) -> None:
    answers = [("T1", "phone", "victim", "2024-01", 1000, mark, 1) for mark in (2, 4, 9)]
    later = ("T2", "web", "victim", "2024-04", 1000, 2, 1)
    police.respond(*((*row, f"p{n}") for n, row in enumerate(answers)), (*later, "p0"))
    police.build(*MARTS)
    assert {row[:2] for row in police.rows("select level, \"window\" from marts.repeat_persons")} == {
        ("nation", "four_quarters"), ("unit", "four_quarters"),
    }  # fmt: skip
    assert police.rows(
        "select v_yy, v_y1, v_11, fpc_11 from marts.repeat_persons where level = 'unit' and measure = 'mean'"
    ) == [(8 * 10**6, 4 * 10**6, 2 * 10**6, 1_500_000)]


def test_windows_with_archived_months_keep_what_the_archive_says_of_people(police: Any) -> None:
    answers = [("T1", "phone", "victim", "2024-01", 1000, mark, 1, "p1") for mark in (2, 4)]
    police.respond(*answers)
    police.connection.execute("insert into marts.archived_counts (month) values ('2024-02-01')")
    police.connection.execute(
        """insert into marts.archived_repeats values
        ('team', 'T1', 'all', 'all', 'quarter', '2024-01-01', 'mark', 'mean', 7, 7, 7, 7, 7, 7)"""
    )
    police.build("strata", "repeat_persons")
    found = police.rows("""select "window", period_start::varchar, v_yy from marts.repeat_persons where item = 'mark'
        and measure = 'mean' order by all""")
    assert found == [("month", "2024-01-01", 16 * 10**6), ("quarter", "2024-01-01", 7)]


def test_a_calibrated_variance_takes_the_place_of_the_fixed_one_for_the_same_answers_only(police: Any) -> None:
    police.respond(*(("T1", "phone", "victim", "2024-01", 1000, mark, 1) for mark in (2, 4, 9)))
    place = "('nation', 'NL', 'all', 'all', '{}', '2024-01-01', 'mark', 'mean', {}, 1, 2, 3)"
    police.connection.execute(
        f"insert into marts.calibrated_variance values {place.format('quarter', 3)}, {place.format('month', 2)}"
    )
    police.build(*MARTS)
    quarter = triple(police, "nation", "NL", "quarter", "2024-01-01")
    assert (quarter["v_yy"], quarter["v_y1"], quarter["v_11"]) == (1, 2, 3)
    assert triple(police, "nation", "NL", "four_quarters", "2024-01-01")["v_11"] == 3
    assert triple(police, "nation", "NL", "month", "2024-01-01")["v_yy"] > 3, "about other answers: left alone"
