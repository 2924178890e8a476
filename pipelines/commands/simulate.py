"""``politiemonitor simulate``: how often the figures and sentences are wrong, on police of which the truth is known.

Belongs here: arguments and what is printed. Does not belong here: the runs (``pipelines.simulate``), what is counted
(``assets.simulation``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import console
from pipelines.console import as_plain

if TYPE_CHECKING:
    from pipelines.simulate import Simulated

DEFAULT_HOME = Path("data")
ALWAYS_SHOWN = ("found", "bias")
"""Quantities to print although nothing is wanted of them."""


def add_to(app: typer.Typer) -> None:
    """Mount the command of this module."""
    app.command()(simulate)


def simulate(  # noqa: PLR0917 - typer's arguments are options, never positional
    runs: Annotated[int, typer.Option("--runs", min=1, help="How many synthetic police of every scenario.")] = 200,
    responses: Annotated[int, typer.Option(min=1000, help="About how many answers in 36 months.")] = 150_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same results.")] = 20261120,
    jobs: Annotated[int, typer.Option(min=1, help="Processes at the same time, one core each.")] = 1,
    scenario: Annotated[list[str] | None, typer.Option(help="Only this scenario; may be given again.")] = None,
    home: Annotated[Path, typer.Option("--home", help="Folder to keep the results in.")] = DEFAULT_HOME,
    survey: Annotated[Path | None, typer.Option("--survey", help="Folder of a survey contract.")] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day to write beside the results (default: today)."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")] = False,
) -> None:
    """Run the product on synthetic police with known truth: coverage, false alarms, power and bias of its figures."""
    from dataclasses import replace  # noqa: PLC0415

    from pipelines import runs as homes  # noqa: PLC0415 - help must not wait for the engine
    from pipelines.simulate import Wanted, simulate  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        settings = homes.run_settings(home, survey, None)
        settings = replace(settings, as_of=as_of.date() if as_of else None)  # the day of now, not that of the home
        done = simulate(settings, Wanted(runs, responses, seed, jobs, tuple(scenario or ())))
        if as_json:
            report.line(json.dumps(_record(done), indent=1))
            return
        for line in _lines(done):
            report.line(line)


def _record(done: Simulated) -> dict[str, Any]:
    rows = [{name: as_plain(value) for name, value in row.items()} for row in done.rates.to_pylist()]
    return {"path": str(done.path), "reused": done.reused, "seconds": done.seconds, "rates": rows}


def _lines(done: Simulated) -> Iterator[str]:
    """Everything of which something is wanted, and what can be found, as a table."""
    head = ("scenario", "quantity and statement", "figure", "simulated", "interval", "wanted")
    yield "{:<14} {:<32} {:<52} {:>10} {:>18} {:>14}".format(*head)
    for row in done.rates.to_pylist():
        if row["judgement"] == "not_judged" and row["quantity"] not in ALWAYS_SHOWN:
            continue
        figure = f"{row['level']} {row['item']} {row['measure']} {row['window']}"
        size = f" {row['size']:g}" if row["size"] else ""
        interval = "" if row["simulated_low"] is None else f"{row['simulated_low']:.4f} {row['simulated_high']:.4f}"
        ends = [row["wanted_low"], row["wanted_high"]]
        wanted = "" if ends == [None, None] else " to ".join("" if end is None else f"{end:g}" for end in ends)
        judged = {"not_met": "NOT MET", "uncertain": "uncertain"}.get(row["judgement"], "")
        yield (
            f"{row['scenario']:<14} {row['quantity'] + ' ' + row['statement'] + size:<32} {figure:<52} "
            f"{row['simulated']:>10.4f} {interval:>18} {wanted:>14} {judged}"
        ).rstrip()
    for name, (drawing, tables, counting) in done.seconds.items():
        yield f"{name}: {drawing:.1f} s drawing, {tables:.1f} s tables, {counting:.1f} s counting, on average"
    yield str(done.path)
