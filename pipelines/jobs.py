"""What can be launched: intake, tables, reports, and everything in that order.

Belongs here: job definitions and how one job runs the others. Does not belong here: assets, settings, output.

Deliveries are partitioned by month and pages by area; Dagster keeps one partition definition per asset job, so
``everything`` is a job of three steps that runs the three asset jobs one after the other, in this process, on the same
instance, each over all of its partitions. The runs stand in the UI as runs of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARENT_RUN_ID_TAG,
)

INTAKE = "intake"
TABLES = "tables"
REPORTS = "reports"
EVERYTHING = "everything"

QUIET: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Run configuration of runs started by the command line: the event log keeps all, the terminal stays readable."""


def asset_jobs() -> list[Any]:
    """The three jobs over assets."""
    return [
        dg.define_asset_job(
            INTAKE,
            selection=dg.AssetSelection.groups("raw"),
            description="Take what lies in the inbox: read, refuse or keep as text.",
        ),
        dg.define_asset_job(
            TABLES,
            selection=dg.AssetSelection.groups("reference", "staging", "marts", "publication"),
            description="From deliveries to published estimates, with the checks that block or warn.",
        ),
        dg.define_asset_job(
            REPORTS,
            selection=dg.AssetSelection.groups("reports"),
            description="Render the pages that changed and put a release live.",
        ),
    ]


def run_asset_job(
    repository: dg.RepositoryDefinition,
    name: str,
    instance: dg.DagsterInstance,
    *,
    tags: Mapping[str, str] | None = None,
    partitions: tuple[str, str] | None = None,
    assets: Sequence[dg.AssetKey] | None = None,
    quiet: bool = True,
) -> dg.ExecuteInProcessResult:
    """Run an asset job over a range of its partitions (default: all of them) in this process.

    Args:
        repository: with the job.
        name: of the job.
        instance: keeps the run.
        tags: of the run.
        partitions: first and last partition.
        assets: only these of the job, with their checks.
        quiet: nothing of the run on the terminal.

    Returns:
        The result; a failure is in it, not raised.
    """
    job = repository.get_job(name)
    run_tags = dict(tags or {})
    if job.partitions_def is not None:
        keys = job.partitions_def.get_partition_keys()
        first, last = partitions or (keys[0], keys[-1])
        run_tags |= {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
    config = dict(QUIET) if quiet else {}
    return job.execute_in_process(
        instance=instance, run_config=config, tags=run_tags, raise_on_error=False, asset_selection=assets
    )


def _step(name: str) -> Any:
    @dg.op(
        name=f"run_{name}", ins={"after": dg.In(dg.Nothing)}, description=f"Runs the job {name} over all partitions."
    )
    def step(context: dg.OpExecutionContext) -> None:
        from pipelines.definitions import defs  # noqa: PLC0415 - the definitions hold this job

        repository = defs().get_repository_def()
        result = run_asset_job(repository, name, context.instance, tags={PARENT_RUN_ID_TAG: context.run_id})
        if not result.success:
            raise dg.Failure(
                description=f"the job {name} did not finish; see its own run",
                metadata={"run": result.run_id},
                allow_retries=False,
            )

    return step


@dg.job(
    name=EVERYTHING,
    executor_def=dg.in_process_executor,
    description="Deliveries in the inbox to a live release: intake, tables, reports.",
)
def everything() -> None:
    """Intake, tables and reports, each after the one before."""
    reports = _step(REPORTS)
    tables = _step(TABLES)
    intake = _step(INTAKE)
    reports(after=tables(after=intake()))
