"""What Dagster shows: every table an asset with owner, group, schema and description; every check really runs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from expectations import suites
from expectations.load import load_survey
from pipelines import jobs
from pipelines.settings import Settings, make_home

from .small_police import AREAS, AS_OF, deliver


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, small_survey: Path) -> Settings:
    made = Settings(tmp_path_factory.mktemp("dagster") / "home", small_survey, AS_OF)
    make_home(made)
    deliver(made.home / "inbox", small_survey, ("2025-07",), count=60)
    return made


@pytest.fixture(scope="module")
def repository(settings: Settings) -> Iterator[dg.RepositoryDefinition]:
    from pipelines.definitions import defs

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("POLITIEMONITOR_HOME", "POLITIEMONITOR_SURVEY", "POLITIEMONITOR_AS_OF", "DAGSTER_HOME"):
            patch.setenv(name, "")  # so that what export() sets is undone
        settings.export()
        yield defs().get_repository_def()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Keeps runs in memory: writing every event to a file takes half of the time of a small run."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_every_table_is_an_asset_that_explains_itself(repository: dg.RepositoryDefinition, small_survey: Path) -> None:
    graph = repository.asset_graph
    for name, table in load_survey(small_survey).tables.items():
        node = graph.get(dg.AssetKey(name.split(".")))
        assert node.group_name == table.layer
        assert node.owners and table.grain in (node.description or "")
        schema = node.metadata["dagster/column_schema"]
        assert all(column.description for column in schema.columns)


def test_deliveries_are_cut_by_month_and_pages_by_area(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph
    deliveries = graph.get(dg.AssetKey(["raw", "deliveries"])).partitions_def
    assert isinstance(deliveries, dg.MonthlyPartitionsDefinition)
    pages = graph.get(dg.AssetKey(["reports", "pages"])).partitions_def
    assert pages is not None and len(pages.get_partition_keys()) == AREAS


def test_the_jobs_are_there(repository: dg.RepositoryDefinition) -> None:
    assert {"intake", "tables", "reports", "everything"} <= set(repository.job_names)


def test_every_check_of_the_contract_runs_and_shows_no_values(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, small_survey: Path
) -> None:
    survey = load_survey(small_survey)
    expected = {
        (name, severity)
        for name, table in survey.tables.items()
        for severity in suites.SEVERITIES
        if suites.expectations_of(table, severity)
    }
    evaluations = []
    for job in (jobs.INTAKE, jobs.TABLES):
        result = jobs.run_asset_job(repository, job, instance)
        assert result.success
        evaluations += result.get_asset_check_evaluations()
    assert {(e.asset_key.to_user_string().replace("/", "."), e.check_name) for e in evaluations} == expected
    shown = repr([e.metadata for e in evaluations]) + repr(
        [m.step_materialization_data.materialization.metadata for m in result.get_asset_materialization_events()]
    )
    assert "c20250700001" not in shown and "p20250700001" not in shown and "r20250700001" not in shown


def test_a_blocking_check_stops_what_comes_after(
    repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets import checks

    real = checks.check_table

    def failing(warehouse: object, table: object, severity: str) -> suites.SuiteOutcome:
        outcome = real(warehouse, table, severity)  # type: ignore[arg-type]
        if outcome.table == "staging.contacts" and severity == "contract":
            bad = suites.ExpectationOutcome("made_to_fail", ("contact_id",), "test", False, 1, 1)
            return suites.SuiteOutcome(outcome.table, severity, outcome.rows, (bad,))
        return outcome

    monkeypatch.setattr(checks, "check_table", failing)
    result = jobs.run_asset_job(repository, jobs.TABLES, instance)
    assert not result.success
    built = {e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key}
    assert "staging/contacts" in built
    assert "marts/respondents" not in built and "publication/estimates" not in built


def test_one_month_alone_gives_the_same_deliveries(
    repository: dg.RepositoryDefinition, settings: Settings, instance: dg.DagsterInstance
) -> None:
    from assets.raw import known_deliveries
    from assets.resources import House

    house = House(home=str(settings.home), survey=str(settings.survey), as_of=AS_OF.isoformat())
    assert jobs.run_asset_job(repository, jobs.INTAKE, instance).success
    before = known_deliveries(house)
    result = jobs.run_asset_job(repository, jobs.INTAKE, instance, partitions=("2025-07-01", "2025-07-01"))
    assert result.success
    assert len(before) == 2 and known_deliveries(house) == before


def test_the_job_everything_brings_a_release_live(
    repository: dg.RepositoryDefinition,
    settings: Settings,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from reports.browser import working_browser

    monkeypatch.setenv("POLITIEMONITOR_BROWSER", "none")
    working_browser.cache_clear()
    result = repository.get_job(jobs.EVERYTHING).execute_in_process(instance=instance, run_config=dict(jobs.QUIET))
    assert result.success
    assert {run.job_name for run in instance.get_runs()} >= {"everything", "intake", "tables", "reports"}
    assert (settings.home / "releases/current/index.html").exists()
