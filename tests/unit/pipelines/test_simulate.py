"""Runs are divided, kept and gone on with: the runs themselves are replaced by a count of how often they were made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from assets.publication_error_rates import rates_file
from assets.simulation.measures import Key, Tally
from assets.simulation.rates import FILE_NAME, read_rates
from assets.simulation.study import RunDone
from expectations.load import DEFAULT_SURVEY, load_survey
from pipelines import simulate
from pipelines.console import WrongUseError
from pipelines.settings import Settings
from pipelines.simulate import Wanted


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The runs that were made."""
    runs: list[tuple[str, int]] = []

    def one_run(survey: Path, name: str, run: int, seed: int, responses: int) -> RunDone:
        runs.append((name, run))
        key = Key(name, "coverage", "interval", "team", "satisfaction", "positive", "quarter")
        return RunDone(name, run, (Tally(key, 90.0 + run, 100.0),), (0.1, 0.2, 0.3))

    monkeypatch.setattr(simulate, "_one_run", one_run)
    return runs


def asked(runs: int, scenarios: tuple[str, ...] = ("steady", "equal"), seed: int = 1) -> Wanted:
    return Wanted(runs=runs, responses=5000, seed=seed, jobs=1, scenarios=scenarios)


def at(home: Path) -> Settings:
    return Settings(home, DEFAULT_SURVEY, dt.date(2026, 11, 24))


def test_every_scenario_gets_its_runs_and_the_result_is_kept_in_the_home(
    tmp_path: Path, made: list[tuple[str, int]]
) -> None:
    done = simulate.simulate(at(tmp_path), asked(2))
    assert sorted(made) == [("equal", 0), ("equal", 1), ("steady", 0), ("steady", 1)]
    assert read_rates(done.path).equals(done.rates)
    assert {row["runs"] for row in done.rates.to_pylist()} == {2}
    assert {str(row["simulated_on"]) for row in done.rates.to_pylist()} == {"2026-11-24"}


def test_an_interrupted_simulation_goes_on_where_it_was(tmp_path: Path, made: list[tuple[str, int]]) -> None:
    simulate.simulate(at(tmp_path), asked(2))
    with (tmp_path / "simulation" / "runs.jsonl").open("a") as file:
        file.write('["steady", 2, [0.1')  # killed while writing
    made.clear()
    whole = simulate.simulate(at(tmp_path), asked(3))
    assert sorted(made) == [("equal", 2), ("steady", 2)]
    assert whole.reused == 4
    assert {row["runs"] for row in whole.rates.to_pylist()} == {3}
    made.clear()
    assert simulate.simulate(at(tmp_path), asked(3)).rates.equals(whole.rates)
    assert not made


def test_runs_of_another_seed_are_not_mixed_in(tmp_path: Path, made: list[tuple[str, int]]) -> None:
    simulate.simulate(at(tmp_path), asked(2))
    made.clear()
    assert simulate.simulate(at(tmp_path), asked(2, seed=2)).reused == 0
    assert len(made) == 4


def test_an_unknown_scenario_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="steady"):
        simulate.simulate(at(tmp_path), asked(1, ("stable",)))


def test_results_of_the_home_go_before_those_that_come_with_the_contract(tmp_path: Path) -> None:
    shipped = tmp_path / "contract"
    shipped.mkdir()
    survey = load_survey(DEFAULT_SURVEY).model_copy(update={"root": shipped})
    assert rates_file(tmp_path / "home", survey) is None
    (shipped / FILE_NAME).touch()
    assert rates_file(tmp_path / "home", survey) == shipped / FILE_NAME
    own = tmp_path / "home" / "simulation" / FILE_NAME
    own.parent.mkdir(parents=True)
    own.touch()
    assert rates_file(tmp_path / "home", survey) == own
