"""A run from the command line: make a home, run the jobs, gather what they did.

Belongs here: the order of a run and its outcome as data. Does not belong here: printing, arguments, the work itself.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.console import DataRefusedError, WrongUseError, as_plain
from pipelines.settings import Settings, make_home, remembered
from pipelines.stopwatch import Reading, measured

if TYPE_CHECKING:
    import dagster as dg

    from assets.release import Verification

DEMO_FILE = "demo.json"
LOCK_FILE = ".lock"
COUNTS = ("rows_read", "rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased")


@dataclass
class RunOutcome:
    """What a run did."""

    release_id: str | None = None
    index: Path | None = None
    work_done: str = ""
    seconds: float = 0.0
    refused: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    accounting: dict[str, int] = field(default_factory=dict)
    stages: dict[str, Reading] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """The outcome as JSON-ready data."""
        record = dict(self.__dict__)
        record["index"] = str(self.index) if self.index else None
        record["stages"] = {name: asdict(reading) for name, reading in self.stages.items()}
        return record


def run_settings(home: Path, survey: Path | None, as_of: dt.date | None) -> Settings:
    """Settings of a run: what was asked, else what the home remembers, else the default."""
    from expectations.load import DEFAULT_SURVEY  # noqa: PLC0415

    home = home.resolve()
    known = remembered(home)
    if survey is not None and not (survey / "survey.yaml").is_file():
        raise WrongUseError(f"{survey}: there is no survey.yaml in this folder. Give the folder of a survey contract.")
    chosen = survey.resolve() if survey else (known.survey if known else DEFAULT_SURVEY)
    if known and survey and known.survey.resolve() != chosen and (home / "warehouse" / "warehouse.duckdb").exists():
        raise WrongUseError(f"{home} belongs to another survey ({known.survey}). Use another --home.")
    synthetic = bool(known and known.synthetic)
    return Settings(home, chosen, as_of or (known.as_of if known else None), synthetic)


def demo_settings(home: Path, survey: Path | None, *, months: int) -> Settings:
    """Settings of a demo: the reference day is fixed by its months, so the same demo is the same on any day."""
    settings = run_settings(home, survey, None)
    inbox = settings.home / "inbox"
    if inbox.is_dir() and any(inbox.iterdir()) and not (settings.home / DEMO_FILE).exists():
        raise WrongUseError(f"{inbox} holds deliveries that are not a demo. Use another --home for the demo.")
    periods = load(settings).periods
    after = _add_months(periods.first_month, months)
    day = after + dt.timedelta(weeks=periods.closes_after_weeks, days=8)  # after the last late answer
    return Settings(settings.home, settings.survey, day, synthetic=True)


def _add_months(day: dt.date, months: int) -> dt.date:
    total = day.year * 12 + day.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)


def load(settings: Settings) -> Any:
    """The survey contract, or a refusal that names file and line."""
    from assets.resources import contract_at  # noqa: PLC0415
    from expectations.load import ContractError  # noqa: PLC0415

    try:
        return contract_at(settings.survey)
    except ContractError as error:
        raise DataRefusedError(f"The survey contract is refused:\n{error}") from None


def make_demo(settings: Settings, *, responses: int, months: int, seed: int) -> dict[str, Reading]:
    """Put a synthetic police in the inbox, unless the very same one is there already; returns what that took."""
    taken: dict[str, Reading] = {}
    from assets.code_version import code_version  # noqa: PLC0415
    from assets.progress import announce  # noqa: PLC0415
    from assets.synthetic import write_demo  # noqa: PLC0415

    survey = load(settings)
    asked = {
        "responses": responses,
        "months": months,
        "seed": seed,
        "version": code_version(survey.fingerprint, modules=("assets.synthetic",)),
    }
    marker = settings.home / DEMO_FILE
    if marker.exists() and json.loads(marker.read_text("utf-8")) == asked:
        return taken
    make_home(settings)
    inbox, truth = settings.home / "inbox", settings.home / "truth"
    marker.write_text("{}\n", "utf-8")  # from here on the inbox is a demo's, also when interrupted
    for folder in (inbox, truth):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    with measured(taken, "demo"):
        write_demo(
            survey,
            inbox,
            truth,
            responses=responses,
            months=months,
            seed=seed,
            progress=lambda done, total, stage: announce(f"demo: {stage}", done, total),
        )
    marker.write_text(json.dumps(asked) + "\n", "utf-8")
    return taken


def run_everything(settings: Settings, before: dict[str, Reading] | None = None) -> RunOutcome:
    """Intake, tables, reports: what the UI's job ``everything`` does, with the outcome gathered.

    Args:
        settings: of the run.
        before: stages that went before, for the same account.
    """
    import dagster as dg  # noqa: PLC0415

    from assets.privacy.keys import KeyFileError, needed_keys  # noqa: PLC0415
    from assets.resources import warehouse_at  # noqa: PLC0415
    from pipelines import jobs, upkeep  # noqa: PLC0415

    load(settings)
    started = time.monotonic()
    outcome = RunOutcome(stages=dict(before or {}))
    make_home(settings)
    settings.export()
    try:
        needed_keys(settings.home, settings.day)
    except KeyFileError as error:
        raise WrongUseError(str(error)) from None
    warehouse = warehouse_at(settings.home)
    with only_run(settings.home), dg.DagsterInstance.get() as instance, warehouse.kept_open():
        repository = definitions_of_home()
        for name in (jobs.INTAKE, jobs.TABLES, jobs.REPORTS):
            with measured(outcome.stages, name):
                result = jobs.run_asset_job(repository, name, instance)
            _gather_checks(result, outcome)
            if not result.success:
                outcome.stopped.extend(failures(result))
                break
            if name == jobs.REPORTS:
                _gather_release(result, settings, outcome)
    _gather_tables(settings, outcome)
    outcome.notices += [text for text in [upkeep.reminder(settings)] if text]
    outcome.seconds = round(time.monotonic() - started, 2)
    return outcome


def definitions_of_home() -> dg.RepositoryDefinition:
    """Assets, checks and jobs of the home in the environment."""
    from pipelines.definitions import defs  # noqa: PLC0415

    return defs().get_repository_def()


@contextmanager
def only_run(home: Path) -> Iterator[None]:
    """One run per home at a time; a second is refused in words."""
    with (home / LOCK_FILE).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WrongUseError(f"Another run is busy in {home}. Wait for it, or use another --home.") from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """Why a job did not finish: the cause of every step that failed."""
    messages = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            text = error.message.strip() if error else "unknown"
            messages.append(f"{event.step_key}: {text}")
    return messages or ["the run stopped before its last step"]


def _gather_checks(result: dg.ExecuteInProcessResult, outcome: RunOutcome) -> None:
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            findings = evaluation.metadata.get("findings")
            value: Any = findings.value if findings else []
            for finding in value:
                where = ", ".join(finding["columns"])
                text = (
                    f"{evaluation.asset_key.to_user_string()} {evaluation.check_name}: {finding['type']} ({where}): "
                    f"{finding['unexpected']} of {finding['evaluated']}. {finding['reason']}"
                )
                (outcome.stopped if evaluation.check_name == "contract" else outcome.warnings).append(text)


def _gather_release(result: dg.ExecuteInProcessResult, settings: Settings, outcome: RunOutcome) -> None:
    for event in result.get_asset_materialization_events():
        if event.asset_key and event.asset_key.path[-1] == "release":
            metadata = event.step_materialization_data.materialization.metadata
            outcome.release_id = str(metadata["release_id"].value)
            outcome.work_done = str(metadata["work"].value)
            if "notice" in metadata:
                outcome.notices.append(str(metadata["notice"].value))
            outcome.index = settings.home / "releases" / "current" / "index.html"


def _gather_tables(settings: Settings, outcome: RunOutcome) -> None:
    from assets.resources import warehouse_at  # noqa: PLC0415

    warehouse = warehouse_at(settings.home)
    outcome.refused = _rows(
        warehouse, "raw.deliveries", "select file_name, message, remedy from raw.deliveries where status = 'refused'"
    )
    outcome.quarantine = _rows(
        warehouse,
        "publication.quality",
        'select rule_id, any_value(reason) as reason, any_value(remedy) as remedy, sum("rows")::bigint as "rows" '
        'from publication.quality group by rule_id order by "rows" desc, rule_id',
    )
    sums = ", ".join(f"coalesce(sum({c}), 0)::bigint as {c}" for c in COUNTS)
    totals = _rows(warehouse, "publication.deliveries", f"select {sums} from publication.deliveries")
    unallocated = _rows(
        warehouse,
        "staging.contacts",
        "select count(*)::bigint as unallocated from staging.contacts where area_code = 'unallocated'",
    )
    if totals and unallocated:
        outcome.accounting = {**totals[0], **unallocated[0]}


def _rows(warehouse: Any, table: str, sql: str) -> list[dict[str, Any]]:
    if warehouse.content_hash(table) is None:
        return []
    found: list[dict[str, Any]] = warehouse.read(sql).to_pylist()
    return [{k: as_plain(v) for k, v in row.items()} for row in found]


def verify(home: Path, release: str) -> Verification:
    """Check a release against its manifest."""
    from assets.release import verify_release  # noqa: PLC0415

    folder = home.resolve() / "releases" / release
    if not folder.exists():
        raise WrongUseError(f"There is no release {release} in {folder.parent}.")
    return verify_release(folder.resolve())
