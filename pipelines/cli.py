"""The command line ``politiemonitor``: thin, over the same Dagster jobs the UI shows.

Belongs here: arguments, exit codes (0 done, 1 data refused, 2 wrong use), which job runs.
Does not belong here: what a run prints (``console``), what it does (``runs``, ``assets``).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines import console
from pipelines.commands import bench, contract, explain, privacy, quarantine, simulate

DONE, REFUSED, WRONG_USE = 0, 1, 2

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="What citizens thought of the contact they had with the police: from deliveries to reports.",
)

app.add_typer(bench.app, name="bench")
app.add_typer(contract.app, name="contract")
app.add_typer(quarantine.app, name="quarantine")
privacy.add_to(app)
explain.add_to(app)
simulate.add_to(app)

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with inbox, warehouse and releases.")]
SurveyOption = Annotated[Path | None, typer.Option("--survey", help="Folder of a survey contract.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]
AsOfOption = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Reference day: which periods are closed (default: today)."),
]
DEFAULT_HOME = Path("data")


@app.command()
def demo(  # noqa: PLR0917 - typer's arguments are options, never positional
    home: HomeOption = DEFAULT_HOME,
    responses: Annotated[int, typer.Option(min=1000, help="About how many answers in all.")] = 150_000,
    months: Annotated[int, typer.Option(min=3, max=120, help="How many months of contacts.")] = 36,
    seed: Annotated[int, typer.Option(help="The same seed gives the same police.")] = 20261120,
    survey: SurveyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a synthetic police with known truth, run everything, and print the path of the index page."""
    from pipelines import runs  # noqa: PLC0415 - help must not wait for the engine

    with console.reporting(as_json=as_json) as report:
        settings = runs.demo_settings(home, survey, months=months)
        made = runs.make_demo(settings, responses=responses, months=months, seed=seed)
        report.result(runs.run_everything(settings, made))


@app.command()
def run(
    home: HomeOption = DEFAULT_HOME,
    survey: SurveyOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take what lies in the inbox and bring a release live: the whole way, or as much as changed."""
    from pipelines import runs  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        settings = runs.run_settings(home, survey, as_of.date() if as_of else None)
        report.result(runs.run_everything(settings))


@app.command()
def status(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Say what came in, what was held back and why, what is out of the ordinary, and which release is live."""
    from pipelines.status import status_of  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        report.status(status_of(home))


@app.command()
def verify(
    release: Annotated[str, typer.Argument(help="Release id; default: the current one.")] = "current",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Hold every file of a release against its manifest."""
    from pipelines import runs  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        report.verification(runs.verify(home, release))


@app.command()
def init(
    home: HomeOption = DEFAULT_HOME,
    survey: SurveyOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Make an empty home: drop deliveries in its inbox, then `run`."""
    from pipelines import runs  # noqa: PLC0415
    from pipelines.settings import make_home  # noqa: PLC0415

    with console.reporting() as report:
        settings = runs.run_settings(home, survey, as_of.date() if as_of else None)
        make_home(settings)
        report.line(str(settings.home))


def main() -> None:
    """Entry point; bad input ends in a message and an exit code, never in a traceback."""
    from assets.safe_errors import values_held_back  # noqa: PLC0415 - everything of a command is imported by the command

    with values_held_back():
        app()


if __name__ == "__main__":
    main()
