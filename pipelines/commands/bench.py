"""``politiemonitor bench``: what intake, staging and estimates cost, each beside a named floor.

Belongs here: arguments and printing. Does not belong here: measuring (``pipelines.bench``, ``bench_estimates``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines import console
from pipelines.bench_files import BenchSize

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure what the work costs on this machine.")
DEFAULT_SIZE = BenchSize()


@app.command()
def intake(  # noqa: PLR0917 - typer's arguments are options, never positional
    home: Annotated[Path, typer.Option("--home", help="Folder of the bench; it clears what it left there.")] = Path(
        "data/bench"
    ),
    contacts: Annotated[int, typer.Option(min=1000, help="Rows of the contact register.")] = DEFAULT_SIZE.contacts,
    responses: Annotated[int, typer.Option(min=100, help="Rows of answers.")] = DEFAULT_SIZE.responses,
    months: Annotated[int, typer.Option(min=1, max=36, help="Over so many files of each kind.")] = DEFAULT_SIZE.months,
    seed: Annotated[int, typer.Option(help="The same seed writes the same files.")] = DEFAULT_SIZE.seed,
    survey: Annotated[Path | None, typer.Option("--survey", help="Folder of a survey contract.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")] = False,
) -> None:
    """Time and memory of taking files and of validated staging, as a multiple of DuckDB reading the same files."""
    from pipelines import bench  # noqa: PLC0415 - help must not wait for the engine

    size = BenchSize(contacts, responses, months, seed)
    with console.reporting(as_json=as_json) as report:
        done = bench.run_bench(bench.bench_settings(home, survey, size), size)
        if as_json:
            report.line(json.dumps(done.as_record(), indent=1))
            return
        for line in done.lines():
            report.line(line)


@app.command()
def estimates(  # noqa: PLR0917 - typer's arguments are options, never positional
    home: Annotated[Path, typer.Option("--home", help="Folder of the bench; it clears what it left there.")] = Path(
        "data/bench_estimates"
    ),
    responses: Annotated[int, typer.Option(min=1000, help="Answers, over all months.")] = 1_000_000,
    months: Annotated[int, typer.Option(min=1, max=36, help="Months of contacts.")] = 36,
    seed: Annotated[int, typer.Option(help="The same seed draws the same police.")] = 1,
    survey: Annotated[Path | None, typer.Option("--survey", help="Folder of a survey contract.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")] = False,
) -> None:
    """Time and memory of all estimates of a release, as a multiple of one bare GROUP BY over the same cells."""
    from pipelines.bench_estimates import EstimatesSize, run_estimates_bench  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        done = run_estimates_bench(home, survey, EstimatesSize(responses, months, seed))
        if as_json:
            report.line(json.dumps(done.as_record(), indent=1))
            return
        for line in done.lines():
            report.line(line)
