"""The code location: everything Dagster knows, built when asked for.

Belongs here: putting assets, checks, jobs and the resource together for the home and survey in the environment.
Does not belong here: what any of them does.
Importing this module builds nothing and imports neither DuckDB nor Great Expectations.
"""

import warnings

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Definitions for the home and the survey contract in the environment (``POLITIEMONITOR_*``)."""
    # Single-run backfills and pools are marked beta; known, and silenced in this one place.
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    from assets.house import build_assets  # noqa: PLC0415 - importing this module must stay free
    from assets.resources import House, contract_at  # noqa: PLC0415
    from pipelines import jobs  # noqa: PLC0415
    from pipelines.settings import from_environment  # noqa: PLC0415

    settings = from_environment()
    survey = contract_at(settings.survey)
    built = build_assets(survey)
    return dg.Definitions(
        assets=built.assets,
        asset_checks=built.checks,
        jobs=[*jobs.asset_jobs(), jobs.everything],
        resources={
            "house": House(
                home=str(settings.home),
                survey=str(settings.survey),
                as_of=settings.day.isoformat(),
                synthetic=settings.synthetic,
            )
        },
        executor=dg.in_process_executor,
    )
