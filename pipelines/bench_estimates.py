"""What all estimates of a release cost in time and memory, beside one bare GROUP BY over the same cells.

Belongs here: a drawn police in the staging tables, the stages from respondents to verdicts and how they are read off.
Does not belong here: reading files and validating them (``bench``), arguments and printing (``commands.bench``), what
the tables are made from: the order follows from their SQL and builders.

The floor is one GROUP BY of DuckDB over ``marts.cells``: sums per leaf area, channel, target group, item, measure and
quarter, without roll-ups, windows, variances or anything said about them. Checks of the tables are not measured.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.bench import MARKER, SLOWEST, own_home
from pipelines.runs import load
from pipelines.settings import Settings
from pipelines.stopwatch import Reading, as_lines, as_records, measured, ratio

if TYPE_CHECKING:
    from assets.warehouse import Warehouse
    from expectations.model import Survey, Table

CELLS, WINDOW_CELLS, ESTIMATES = "marts.cells", "marts.window_cells", "publication.estimates"
FLOOR = "floor: GROUP BY over the cells"
STAGES = {
    "cells: answers, weights, sums": (CELLS,),
    "windows: roll-up and variances": (WINDOW_CELLS,),
    "estimates: intervals and gates": (ESTIMATES,),
}
"""What is made in each stage, with all that it is made from and that is not there yet; the rest is the last stage."""
REST = "all that is said with them"
GIVEN = ("staging.contacts", "staging.responses")
COUNTED = ("marts.respondents", CELLS, WINDOW_CELLS, ESTIMATES, "publication.comparisons", "publication.verdicts")
_FLOOR_SQL = """
create or replace temporary table floor_of_bench as
select area_code, channel, target_group, item, measure, date_trunc('quarter', month) as quarter,
    sum(n) as n, sum(sum_w) as sum_w, sum(sum_wy) as sum_wy
from marts.cells group by all
"""


@dataclass(frozen=True)
class EstimatesSize:
    """How much: answers over all months of the survey that are drawn."""

    responses: int = 1_000_000
    months: int = 36
    seed: int = 1


@dataclass
class EstimatesBench:
    """What a run of the bench read off the clock.

    Attributes:
        contacts, responses: rows of the staging tables.
        areas: areas with figures, over all levels.
        stages: per stage what it took.
        tables: seconds per table, the slowest first.
        rows: rows of the tables that tell the size of the work.
        shown: estimates that may be shown.
    """

    contacts: int = 0
    responses: int = 0
    areas: int = 0
    stages: dict[str, Reading] = field(default_factory=dict)
    tables: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    shown: int = 0

    def whole(self) -> Reading:
        """All stages together: from answers to everything that is said."""
        stages = [reading for name, reading in self.stages.items() if name != FLOOR]
        return Reading(round(sum(stage.seconds for stage in stages), 2), max(stage.peak_mib for stage in stages), 0)

    def as_record(self) -> dict[str, Any]:
        """The result as JSON-ready data."""
        whole = asdict(self.whole()) | {"ratio": ratio(self.whole(), self.stages[FLOOR])}
        return asdict(self) | {"stages": as_records(self.stages, FLOOR), "whole": whole}

    def lines(self) -> Iterator[str]:
        """The result as a table."""
        yield f"{self.contacts:,} contacts, {self.responses:,} responses, {self.areas} areas"
        yield from as_lines({**self.stages, "whole": self.whole()}, FLOOR)
        yield "slowest tables:"
        for table, seconds in self.tables.items():
            yield f"  {table:<48}{seconds:>8.1f}"
        yield "rows: " + ", ".join(f"{name} {count:,}" for name, count in self.rows.items())
        yield f"estimates that may be shown: {self.shown:,}"


def run_estimates_bench(home: Path, survey: Path | None, size: EstimatesSize) -> EstimatesBench:
    """Draw a police (or use that of last time) and measure, stage by stage, all that is made from its answers.

    Args:
        home: Of the bench.
        survey: Folder of a survey contract; None is the shipped one.
        size: How much.
    """
    from assets.resources import warehouse_at  # noqa: PLC0415 - help must not wait for the engine
    from expectations.load import DEFAULT_SURVEY  # noqa: PLC0415

    settings = Settings(own_home(home), (survey or DEFAULT_SURVEY).resolve(), synthetic=True)
    contract: Survey = load(settings)
    day = _prepared(settings, contract, size)
    bench, warehouse = EstimatesBench(), warehouse_at(settings.home)
    with warehouse.kept_open():
        making = _Making(warehouse, contract)
        making.given(settings.home, day)
        for name, wanted in STAGES.items():
            with measured(bench.stages, name):
                making.make(wanted)
            if wanted == (CELLS,):
                with measured(bench.stages, FLOOR), warehouse.connect() as connection:
                    connection.execute(_FLOOR_SQL)
        with measured(bench.stages, REST):
            making.make(making.published())
        bench.tables = dict(sorted(making.seconds.items(), key=lambda item: -item[1])[:SLOWEST])
        bench.rows = {name: making.rows[name] for name in COUNTED if name in making.rows}
        bench.contacts, bench.responses = (making.rows[name] for name in GIVEN)
        found = warehouse.read(
            f"select count(distinct level || area_code) as areas, count(estimate) as shown from {ESTIMATES}"
        ).to_pylist()[0]
        bench.areas, bench.shown = found["areas"], found["shown"]
    return bench


class _Making:
    """Makes tables in the warehouse of the bench, in the order that follows from what they read."""

    def __init__(self, warehouse: Warehouse, survey: Survey) -> None:
        self.warehouse, self.survey = warehouse, survey
        self.seconds: dict[str, float] = {}
        self.rows: dict[str, int] = {}

    def given(self, home: Path, day: str) -> None:
        """The reference tables and the drawn staging tables."""
        from assets.reference_tables import reference_tables  # noqa: PLC0415

        for name, frame in reference_tables(self.survey, dt.date.fromisoformat(day)).items():
            key = f"reference.{name}"
            self.rows[key] = self.warehouse.build_frame(self.survey.tables[key], frame, self.survey, day).rows
        for key in GIVEN:
            select = f"select * from read_parquet('{_drawn_file(home, key)}')"
            self.rows[key] = self.warehouse.build(self.survey.tables[key], select, self.survey).rows

    def published(self) -> list[str]:
        """Published tables that figures lead to."""
        from assets.simulation.harness import order  # noqa: PLC0415

        return [
            name
            for name, table in self.survey.tables.items()
            if table.layer == "publication" and CELLS in order(self.survey, [name], given=GIVEN)
        ]

    def make(self, wanted: Iterable[str]) -> None:
        """Make these tables and what they are made from; what needs files is empty."""
        from assets.progress import announce  # noqa: PLC0415
        from assets.simulation.harness import order  # noqa: PLC0415

        for name in order(self.survey, wanted, given=GIVEN, there=self.rows):
            announce(f"bench: {name}")
            started = time.monotonic()
            self.rows[name] = self._built(self.survey.tables[name])
            self.seconds[name] = round(time.monotonic() - started, 1)

    def _built(self, table: Table) -> int:
        """Rows of a table made the way its asset makes it."""
        from assets.publication import BUILDERS  # noqa: PLC0415
        from assets.simulation.harness import COMPILED  # noqa: PLC0415
        from assets.warehouse import sql_path, sql_text  # noqa: PLC0415
        from expectations.ddl import resolved_columns  # noqa: PLC0415

        name = f"{table.layer}.{table.name}"
        if name in BUILDERS:
            frames = {read: self.warehouse.read(f"select * from {read}") for read in BUILDERS[name].reads}
            made = BUILDERS[name].make(self.survey, frames)
            return self.warehouse.build_frame(table, made, self.survey, FLOOR).rows
        if name in COMPILED:
            select = COMPILED[name](self.survey)
        elif table.layer not in {"raw", "staging"} and sql_path(table.layer, table.name).exists():
            select = sql_text(table.layer, table.name)
        else:  # made from files or from earlier releases: there are none
            columns = (f'cast(null as {c.type}) as "{c.name}"' for c in resolved_columns(self.survey, table))
            select = f"select {', '.join(columns)} limit 0"
        return self.warehouse.build(table, select, self.survey).rows


def _drawn_file(home: Path, table: str) -> Path:
    return home / f"{table}.parquet"


def _prepared(settings: Settings, survey: Survey, size: EstimatesSize) -> str:
    """A home with the drawn tables and nothing of an earlier run; the day they are looked at, as an ISO date."""
    marker = settings.home / MARKER
    asked = asdict(size) | {"survey": survey.fingerprint}
    known = json.loads(marker.read_text("utf-8")) if marker.exists() else {}
    shutil.rmtree(settings.home / "warehouse", ignore_errors=True)
    if known.get("asked") == asked:
        return str(known["day"])
    settings.home.mkdir(parents=True, exist_ok=True)
    marker.write_text("{}\n", "utf-8")  # from here on this home is the bench's, also when interrupted
    # In a process of its own: what drawing needs is given back before anything is measured.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        day = pool.submit(_draw, settings.survey, settings.home, size).result()
    marker.write_text(json.dumps({"asked": asked, "day": day}) + "\n", "utf-8")
    return day


def _draw(survey: Path, home: Path, size: EstimatesSize) -> str:
    """Write contacts and answers of a police to files; the day on which its last period is closed."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    from assets.simulation.police import draw_police  # noqa: PLC0415
    from assets.simulation.scenarios import FULL_MONTHS, Scenario  # noqa: PLC0415
    from expectations.load import load_survey  # noqa: PLC0415

    scenario = Scenario(months=size.months, areas_differ=True)
    responses = round(size.responses * FULL_MONTHS / size.months)
    police = draw_police(load_survey(survey), scenario, size.seed, responses, whole=True)
    for name, table in police.tables.items():
        pq.write_table(table, _drawn_file(home, name))
    return police.as_of.isoformat()
