"""``politiemonitor explain``: how one published number came about.

Belongs here: arguments and exit codes. Does not belong here: finding out (``assets.explanation``), layout
(``explain_view``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines import console
from pipelines.console import WrongUseError

FigureArgument = Annotated[str, typer.Argument(help="Id of a figure: column figure_id of the tables.")]
HomeOption = Annotated[Path, typer.Option("--home", help="Folder with inbox, warehouse and releases.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]


def explain(figure_id: FigureArgument, home: HomeOption = Path("data"), as_json: JsonOption = False) -> None:
    """Say how a figure was made: definition, formula, inputs, thresholds, decisions, verdicts, files and versions."""
    with console.reporting(as_json=as_json) as report:
        from assets.explanation import UnknownFigureError  # noqa: PLC0415 - help must not wait for the tables
        from assets.explanation import explain as explained  # noqa: PLC0415
        from assets.warehouse import Warehouse  # noqa: PLC0415
        from expectations.load import load_survey  # noqa: PLC0415
        from pipelines.explain_view import print_explanation  # noqa: PLC0415
        from pipelines.settings import remembered  # noqa: PLC0415

        root = home.resolve()
        known = remembered(root)
        if known is None:
            raise WrongUseError(f"{root} is not a home yet. Make one with: politiemonitor init --home {root}")
        try:
            record = explained(root, load_survey(known.survey), Warehouse(root), figure_id)
        except UnknownFigureError as error:
            raise WrongUseError(str(error)) from None
        if as_json:
            report.line(json.dumps(record, ensure_ascii=False, indent=1))
            return
        print_explanation(report, record)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)
