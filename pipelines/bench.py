"""How much intake and validated staging cost, as a ratio to DuckDB merely reading the same files.

Belongs here: the named floor, running the stages, putting what they took side by side.
Does not belong here: the files (``bench_files``), what a stage does (``assets``), arguments (``commands.bench``).

The floor is what nobody can go below with this engine: DuckDB reads the same csv files with every cell as text and
writes them to Parquet, in this process, with the settings the warehouse has. The stages are the Dagster jobs that
every run starts, over a home of their own.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import jobs
from pipelines.bench_files import BenchSize, month_names, write_deliveries
from pipelines.console import WrongUseError
from pipelines.runs import failures
from pipelines.settings import Settings, make_home
from pipelines.stopwatch import Reading, as_lines, as_records, measured

if TYPE_CHECKING:
    import dagster as dg

    from expectations.model import Survey

MARKER = "bench.json"
FLOOR, INTAKE, STAGING = "floor: DuckDB csv to Parquet", "intake: files to raw", "staging: validated, with checks"
SLOWEST = 12


@dataclass
class Bench:
    """What a run of the bench read off the clock.

    Attributes:
        contacts, responses: rows in the files.
        megabytes: size of the files.
        stages: per stage what it took; the first is the floor.
        steps: per table or check of the staging stage its seconds, the slowest first.
        accounting: rows read and what became of them, of all files together.
    """

    contacts: int
    responses: int
    megabytes: int
    stages: dict[str, Reading] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)
    accounting: dict[str, int] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """The result as JSON-ready data."""
        return asdict(self) | {"stages": as_records(self.stages, FLOOR)}

    def lines(self) -> Iterator[str]:
        """The result as a table."""
        yield f"{self.contacts:,} contacts, {self.responses:,} responses, {self.megabytes:,} MB of csv"
        yield from as_lines(self.stages, FLOOR)
        yield "slowest steps of staging:"
        for step, seconds in self.steps.items():
            yield f"  {step:<48}{seconds:>8.1f}"
        yield "rows: " + ", ".join(f"{name} {count:,}" for name, count in self.accounting.items())


def bench_settings(home: Path, survey: Path | None, size: BenchSize) -> Settings:
    """A home of the bench's own; it never touches one that was made for anything else."""
    from expectations.load import DEFAULT_SURVEY  # noqa: PLC0415 - help must not wait for the contract

    settings = Settings(own_home(home), (survey or DEFAULT_SURVEY).resolve(), synthetic=True)
    last = month_names(_contract(settings), size.months)[-1]
    after = dt.date.fromisoformat(f"{last}-01") + dt.timedelta(days=92)  # every answer is in
    return Settings(home, settings.survey, after, synthetic=True)


def own_home(home: Path) -> Path:
    """The home of a bench, refused where something else was made in it: a bench clears what it finds.

    Raises:
        WrongUseError: The home holds something that is not the bench's.
    """
    home = home.resolve()
    if home.exists() and any(home.iterdir()) and not (home / MARKER).exists():
        raise WrongUseError(f"{home} was not made by the bench. Use another --home: the bench clears its own.")
    return home


def run_bench(settings: Settings, size: BenchSize) -> Bench:
    """Make the files (or use those of last time), then measure floor, intake and staging one after the other.

    Args:
        settings: of ``bench_settings``.
        size: rows, months and seed.
    """
    import dagster as dg  # noqa: PLC0415

    from assets.resources import warehouse_at  # noqa: PLC0415

    survey = _contract(settings)
    inbox = _prepared(settings, survey, size)
    files = sorted(inbox.glob("*.csv"))
    bench = Bench(size.contacts, size.responses, sum(f.stat().st_size for f in files) // 1_000_000)
    warehouse = warehouse_at(settings.home)
    settings.export()
    with _keys_in(settings.home), dg.DagsterInstance.get() as instance:
        repository = _repository()
        # The floor starts from the same process, with the libraries of the jobs loaded, so that memory compares.
        with measured(bench.stages, FLOOR):
            _floor(survey, inbox, settings.home / "floor")
        with warehouse.kept_open():
            with measured(bench.stages, INTAKE):
                _require(jobs.run_asset_job(repository, jobs.INTAKE, instance))
            with measured(bench.stages, STAGING):
                result = jobs.run_asset_job(repository, jobs.TABLES, instance, assets=_staging(survey))
            _require(result)
        bench.steps = _seconds_per_step(result)
        bench.accounting = _accounting(warehouse)
    shutil.rmtree(settings.home / "floor")
    return bench


def _contract(settings: Settings) -> Survey:
    from pipelines.runs import load  # noqa: PLC0415

    survey: Survey = load(settings)
    return survey


def _prepared(settings: Settings, survey: Survey, size: BenchSize) -> Path:
    """The inbox with the files asked for, and nothing else of an earlier run in the home."""
    marker, inbox = settings.home / MARKER, settings.home / "inbox"
    asked = asdict(size) | {"survey": survey.fingerprint}
    known = json.loads(marker.read_text("utf-8")) if marker.exists() else None
    for leftover in ("warehouse", "dagster", "floor"):
        shutil.rmtree(settings.home / leftover, ignore_errors=True)
    make_home(settings)
    if known == asked:
        return inbox
    marker.write_text("{}\n", "utf-8")  # from here on this home is the bench's, also when interrupted
    shutil.rmtree(inbox)
    inbox.mkdir()
    write_deliveries(survey, inbox, size)
    marker.write_text(json.dumps(asked) + "\n", "utf-8")
    return inbox


@contextmanager
def _keys_in(home: Path) -> Iterator[None]:
    """Keys of invented people stand in the bench's own home, not among those of real ones."""
    from assets.privacy.keys import KEY_FILE  # noqa: PLC0415

    before = os.environ.get(KEY_FILE)
    os.environ[KEY_FILE] = str(home / "bench.keys.json")
    try:
        yield
    finally:
        if before is None:
            del os.environ[KEY_FILE]
        else:
            os.environ[KEY_FILE] = before


def _floor(survey: Survey, inbox: Path, target: Path) -> None:
    """Read the files of each source as text and write them to Parquet, nothing more."""
    from assets.warehouse import Warehouse  # noqa: PLC0415

    target.mkdir()
    with Warehouse(target).connect() as connection:
        for source in survey.sources:
            if not any(inbox.glob(f"{source.files}.csv")):
                continue
            files, into = inbox / f"{source.files}.csv", target / f"{source.name}.parquet"
            connection.execute(
                f"copy (from read_csv('{files}', all_varchar = true)) to '{into}' (format parquet, compression zstd)"
            )


def _staging(survey: Survey) -> list[dg.AssetKey]:
    """Every reference and staging table: what lies between raw files and the marts."""
    from assets.specs import asset_key  # noqa: PLC0415

    return [asset_key(t) for t in survey.tables.values() if t.layer in {"reference", "staging"}]


def _repository() -> dg.RepositoryDefinition:
    from pipelines.definitions import defs  # noqa: PLC0415

    return defs().get_repository_def()


def _require(result: dg.ExecuteInProcessResult) -> None:
    if not result.success:
        raise WrongUseError("The bench stopped. " + " ".join(failures(result)))


def _seconds_per_step(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    """Seconds of the slowest steps."""
    took = {
        str(event.step_key): round(event.step_success_data.duration_ms / 1000, 1)
        for event in result.all_events
        if event.is_step_success
    }
    return dict(sorted(took.items(), key=lambda item: -item[1])[:SLOWEST])


def _accounting(warehouse: Any) -> dict[str, int]:
    """Rows read and what became of them."""
    columns = ("rows_read", "rows_accepted", "rows_superseded", "rows_quarantined", "rows_erased")
    sums = ", ".join(f"sum({c})::bigint as {c.removeprefix('rows_')}" for c in columns)
    found: dict[str, int] = warehouse.read(f"select {sums} from staging.delivery_accounts").to_pylist()[0]
    return found
