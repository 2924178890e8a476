"""What is counted in a run, on tables written by hand; and a whole run of a small survey, from register to counts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.reference_tables import ARROW_TYPES
from assets.simulation import study
from assets.simulation.harness import Harness, order
from assets.simulation.measures import Key, Tally, tallies
from assets.simulation.police import Police, Truth
from assets.simulation.rates import read_rates, write_rates
from assets.simulation.scenarios import Scenario, reduced
from assets.simulation.study import Provenance, RunDone, error_rates, run_scenario
from expectations.ddl import resolved_columns
from expectations.model import Survey
from tests.tiny_survey import tiny_survey

AS_OF = dt.date(2026, 2, 20)
MONTHS = tuple(dt.date(2024 + month // 12, month % 12 + 1, 1) for month in range(24))
NEWEST, BEFORE = (dt.date(2025, 1, 1), dt.date(2024, 1, 1))


@cache
def survey() -> Survey:
    return reduced(tiny_survey().model_copy(update={"feedback_item": None}))


def rows(table: str, given: list[dict[str, object]]) -> pa.Table:
    """Rows of a contract table: what is not said is empty, or something of the right type."""
    columns = resolved_columns(survey(), survey().tables[table])
    schema = pa.schema([(c.name, ARROW_TYPES[c.type]) for c in columns])
    usual = {"varchar": "-", "date": NEWEST, "bigint": 0, "double": 0.0, "boolean": True, "integer": 0}
    blank = {c.name: None if c.nullable else usual[c.type] for c in columns}
    return pa.Table.from_pylist([blank | row for row in given], schema=schema)


def place(area: str, start: dt.date = NEWEST, **more: object) -> dict[str, object]:
    where = {"level": "team", "area_code": area, "channel": "all", "target_group": "all", "item": "satisfaction"}
    return {**where, "measure": "positive", "window": "four_quarters", "period_start": start, **more}


def estimate(area: str, value: float, low: float, high: float, **more: object) -> dict[str, object]:
    shown = {"figure_id": f"{area}{more.get('period_start', '')}", "estimate": value, "ci_low": low, "ci_high": high}
    return {**place(area), **shown, **more}


def police(shift: tuple[float, float] = (0.0, 0.0)) -> Police:
    """Two teams, 10 contacts a month each; T1 has truth 0.5, T2 0.7; of 4 answers a month half is positive."""
    size = (24, 2)
    expected = np.tile([5.0, 7.0], (24, 1))
    kinds = ("percentage", "mean")
    truth = Truth(("T1", "T2"), MONTHS, np.full(size, 10.0), dict.fromkeys(kinds, expected),
                  dict.fromkeys(kinds, np.full(size, 4.0)), dict.fromkeys(kinds, np.full(size, 2.0)),
                  np.array(shift))  # fmt: skip
    return Police({}, truth, AS_OF)


def counted(
    scenario: Scenario, drawn: Police, estimates: list[dict[str, object]], compared: list[dict[str, object]]
) -> dict[tuple[object, ...], tuple[float, float]]:
    """Total and count by (quantity, statement, window, size) of the percentages of teams."""
    given = {
        "publication.estimates": rows("publication.estimates", estimates),
        "publication.comparisons": rows("publication.comparisons", compared),
    }
    with Harness(survey(), AS_OF, given) as harness:
        harness.build((*given, "reference.area_rollup", "reference.periods"))
        found = tallies("any", scenario, drawn, harness)
    return {(t.key.quantity, t.key.statement, t.key.window, t.key.size): (t.total, t.count)
            for t in found if t.key.level == "team"}  # fmt: skip


def still() -> Scenario:
    return Scenario(months=24, areas_differ=True)


def test_an_interval_covers_when_the_truth_lies_in_it_and_hidden_figures_do_not_count() -> None:
    found = counted(still(), police(), [
        estimate("T1", 0.55, 0.49, 0.60),
        estimate("T2", 0.55, 0.49, 0.60),
        estimate("T1", 0.5, 0.4, 0.6, period_start=BEFORE, figure_id="b"),
        place("T2", BEFORE, figure_id="hidden"),
    ], [])  # fmt: skip
    assert found["coverage", "interval", "four_quarters", 0] == (2, 3)


def test_a_shrunken_estimate_is_held_against_the_truth_of_its_own_team() -> None:
    shrunken = {"estimate_shrunken": 0.6, "shrunken_low": 0.5, "shrunken_high": 0.65}
    teams = [estimate(team, 0.6, 0.1, 0.2, **shrunken) for team in ("T1", "T2")]
    assert counted(still(), police(), teams, [])["coverage", "shrunken", "four_quarters", 0] == (1, 2)


def test_bias_is_in_points_of_the_newest_period_with_weights_and_without() -> None:
    found = counted(still(), police(), [
        estimate("T1", 0.53, 0.4, 0.6),
        estimate("T2", 0.71, 0.6, 0.8),
        estimate("T1", 0.9, 0.4, 0.6, period_start=BEFORE, figure_id="b"),
    ], [])  # fmt: skip
    assert found["bias", "weighted", "four_quarters", 0] == (pytest.approx(3 + 1), 2)
    assert found["bias", "unweighted", "four_quarters", 0] == (pytest.approx(0 - 20), 2)


def against(area: str, outcome: str, reference: str = "year_earlier") -> dict[str, object]:
    return place(area, against=reference, outcome=outcome, figure_id=area, rule="difference")


TEAMS = [estimate("T1", 0.5, 0.4, 0.6), estimate("T2", 0.7, 0.6, 0.8)]


def test_where_nothing_changes_every_change_that_is_said_is_false() -> None:
    found = counted(still(), police(), TEAMS, [against("T1", "lower"), against("T2", "maybe_higher")])
    assert found["alarm", "year_earlier", "four_quarters", 0] == (1, 2)
    assert found["alarm", "maybe", "four_quarters", 0] == (1, 2)
    assert found["alarms", "year_earlier", "four_quarters", 0] == (1, 1)
    assert found["any_alarm", "year_earlier", "four_quarters", 0] == (1, 1)


def test_what_is_not_compared_can_not_be_false() -> None:
    found = counted(still(), police(), TEAMS, [against("T1", "no_difference"), against("T2", "not_compared")])
    assert found["alarm", "year_earlier", "four_quarters", 0] == (0, 1)


def test_in_a_funnel_every_team_counts_whether_or_not_it_can_be_judged() -> None:
    equal = Scenario(months=24, areas_differ=False)
    lines = [against("T1", "not_compared", "nation"), against("T2", "higher", "nation")]
    assert counted(equal, police(), TEAMS, lines)["alarm", "funnel", "four_quarters", 0] == (1, 2)


def test_a_planted_change_is_found_in_its_own_direction_only() -> None:
    changes = Scenario(months=24, areas_differ=True, shifts=(5.0, 10.0), shifted_share=0.5)
    found = counted(changes, police((5.0, -10.0)), TEAMS, [against("T1", "higher"), against("T2", "higher")])
    assert found["found", "year_earlier", "four_quarters", 5] == (1, 1)
    assert found["found", "year_earlier", "four_quarters", 10] == (0, 1)
    assert found["wrong_way", "year_earlier", "four_quarters", 10] == (1, 1)
    assert found["false_discovery", "year_earlier", "four_quarters", 0] == (0.5, 1)


def test_saying_that_a_shifted_team_stayed_equal_is_counted() -> None:
    changes = Scenario(months=24, areas_differ=True, shifts=(10.0,), shifted_share=0.5)
    found = counted(changes, police((10.0, 0.0)), TEAMS, [against("T1", "equal"), against("T2", "equal")])
    assert found["wrong_equal", "year_earlier", "four_quarters", 10] == (1, 1)
    assert found["said_equal", "year_earlier", "four_quarters", 0] == (1, 1)
    assert found["false_discovery", "year_earlier", "four_quarters", 0] == (0, 1)


def test_every_table_comes_after_what_it_reads() -> None:
    from assets.simulation.harness import reads

    made = order(survey(), ["publication.comparisons"], ["staging.contacts", "staging.responses"])
    for at, table in enumerate(made):
        assert table.startswith("staging.") or set(reads(survey(), table)) <= set(made[:at])
    assert {"marts.respondents", "marts.cells", "publication.estimates"} <= set(made)
    assert len(set(made)) == len(made)


def test_a_table_with_other_columns_than_its_contract_is_refused() -> None:
    with (
        Harness(
            survey(), AS_OF, {"reference.channel_classes": pa.table({"channel_class": ["a"], "label": ["A"]})}
        ) as h,
        pytest.raises(ValueError, match="sort_order"),
    ):
        h.build(["reference.channel_classes"])


@pytest.fixture(scope="module")
def done() -> Iterator[RunDone]:
    yield run_scenario(tiny_survey().model_copy(update={"feedback_item": None}), "equal", 0, 7, 3000)


def test_a_run_goes_from_a_drawn_register_to_counts(done: RunDone) -> None:
    keys = {(t.key.quantity, t.key.statement, t.key.level) for t in done.found}
    assert {
        ("coverage", "interval", "nation"),
        ("coverage", "interval", "team"),
        ("bias", "weighted", "nation"),
    } <= keys
    assert ("alarm", "funnel", "team") in keys
    covered = [t for t in done.found if t.key.quantity == "coverage" and t.key.statement == "interval"]
    assert sum(t.total for t in covered) / sum(t.count for t in covered) > 0.75  # nominal 0.95; a handful of figures


def tally(total: float, count: float, quantity: str = "coverage") -> Tally:
    return Tally(Key("steady", quantity, "interval", "team", "satisfaction", "positive", "quarter"), total, count)


def test_runs_add_up_the_same_in_any_order() -> None:
    runs = [RunDone("steady", run, (tally(run + 90.0, 100.0),), (0, 0, 0)) for run in range(5)]
    where = Provenance(150_000, 1, "abc", AS_OF)
    assert error_rates(runs, where).equals(error_rates(runs[::-1], where))
    row = error_rates(runs, where).to_pylist()[0]
    assert (row["simulated"], row["runs"], row["trials"]) == (0.92, 5, 500)
    assert (row["wanted_low"], row["wanted_high"], row["judgement"]) == (0.93, 0.97, "uncertain")


def test_a_mean_may_lie_outside_nought_and_one() -> None:
    runs = [RunDone("steady", run, (tally(-3.0, 2.0, "bias"),), (0, 0, 0)) for run in range(2)]
    assert error_rates(runs, Provenance(1, 1, "", AS_OF)).column("simulated").to_pylist() == [-1.5]


def test_nothing_simulated_is_an_empty_table_and_results_survive_their_file(tmp_path: Path) -> None:
    where = Provenance(150_000, 1, "abc", AS_OF)
    for runs in ([], [RunDone("steady", 0, (tally(9.0, 10.0),), (0, 0, 0))]):
        rates = error_rates(runs, where)
        write_rates(rates, tmp_path / "rates.csv")
        assert read_rates(tmp_path / "rates.csv").equals(rates)


def test_another_file_is_no_file_of_results(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("scenario,colour\nsteady,red\n")
    with pytest.raises(ValueError, match="colour"):
        read_rates(tmp_path / "rates.csv")


def test_the_version_of_the_code_changes_with_the_contract() -> None:
    other = survey().model_copy(update={"fingerprint": json.dumps("other")})
    assert study.simulated_code(survey()) != study.simulated_code(other)
