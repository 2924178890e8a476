"""``politiemonitor quarantine``: see what is held back, take it out to repair it, and bring it back.

Belongs here: arguments, and what the terminal says.
Does not belong here: finding rows (``assets.quarantine``), sheets (``assets.quarantine_sheet``), repairs
(``assets.resubmission``), the run that follows (``pipelines.runs``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import console

if TYPE_CHECKING:
    from assets.quarantine import Finding, Position
    from assets.warehouse import Warehouse
    from pipelines.runs import RunOutcome
    from pipelines.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Rows that are held back: list them, export them, repair them, resubmit them. "
    "Or repair the survey contract: the next `run` judges the same rows again.",
)

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with inbox, warehouse and releases.")]
FileOption = Annotated[str | None, typer.Option("--file", help="Only rows of the file with this name.")]
RuleOption = Annotated[
    str | None,
    typer.Option("--rule", help="Only this rule (channel.unknown_code), or every rule of a column (channel)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]
DEFAULT_HOME = Path("data")
PROBLEMS_SHOWN = 20


@app.command("list")
def list_rules(
    home: HomeOption = DEFAULT_HOME,
    file: FileOption = None,
    rule: RuleOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is held back, per file and rule: how many rows, which first, why, and what helps."""
    with console.reporting(as_json=as_json) as report, _opened(home) as (_, warehouse):
        from assets.quarantine import by_row, findings, groups  # noqa: PLC0415 - help must not wait for the engine

        found = findings(warehouse, file=file, rule=rule)
        rows = len(by_row(found))
        if as_json:
            listed = [asdict(group) for group in groups(found)]
            report.line(json.dumps({"rows": rows, "groups": listed}, ensure_ascii=False, indent=1))
            return
        for group in groups(found):
            first = ", ".join(str(row) for row in group.first_rows)
            more = ", ..." if group.rows > len(group.first_rows) else ""
            report.line(f"{group.file_name}: {group.rows} x {group.rule_id} (rows {first}{more})")
            report.line(f"  {group.reason} {group.remedy}")
        report.line(f"{rows:,} rows are held back." if rows else "Nothing is held back.")


@app.command()
def show(  # noqa: PLR0917 - typer's arguments are options, never positional
    home: HomeOption = DEFAULT_HOME,
    file: FileOption = None,
    rule: RuleOption = None,
    row: Annotated[int | None, typer.Option("--row", min=1, help="Only this data record.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """The rows that are held back: where each stands, what is wrong, and the value where it is not personal."""
    with console.reporting(as_json=as_json) as report, _opened(home) as (_, warehouse):
        from assets.quarantine import by_row, findings  # noqa: PLC0415

        rows = by_row(findings(warehouse, file=file, rule=rule, row=row))
        shown = dict(list(rows.items())[:limit])
        if as_json:
            listed = [_record(position, found) for position, found in shown.items()]
            report.line(json.dumps({"rows": len(rows), "shown": listed}, ensure_ascii=False, indent=1))
            return
        for position, found in shown.items():
            report.line(f"{found[0].file_name} row {position.row} ({position})")
            for finding in found:
                value = "" if finding.value is None else f" = {finding.value!r}"
                report.line(f"  {finding.rule_id}: {finding.column}{value}. {finding.reason} {finding.remedy}")
        report.line(f"{len(shown):,} of {len(rows):,} rows that are held back.")


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="New file: .csv or .xlsx. It will hold personal data.")],
    home: HomeOption = DEFAULT_HOME,
    file: FileOption = None,
    rule: RuleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the rows that are held back as they came, to repair them; `resubmit` takes the file back."""
    with console.reporting(as_json=as_json) as report, _opened(home) as (settings, warehouse):
        from assets.quarantine import by_row, findings, taken_deliveries  # noqa: PLC0415
        from assets.quarantine_sheet import write_sheet  # noqa: PLC0415
        from assets.resubmission import sheet_rows  # noqa: PLC0415

        _refuse_place(to, settings.home)
        deliveries = taken_deliveries(warehouse, _raw(settings.home))
        found = by_row(findings(warehouse, file=file, rule=rule))
        sheets = {source: made for source, made in sheet_rows(found, deliveries).items() if made[1]}
        # One sheet per source: other sources have other columns.
        paths = {source: to if len(sheets) == 1 else to.with_stem(f"{to.stem}-{source}") for source in sheets}
        for path in paths.values():
            if path.exists():
                raise console.WrongUseError(f"{path} is there already: choose another name.")
        for source, (columns, rows) in sheets.items():
            write_sheet(paths[source], columns, rows)
        if as_json:
            files = [{"path": str(paths[s]), "source": s, "rows": len(rows)} for s, (_, rows) in sheets.items()]
            report.line(json.dumps({"files": files}, ensure_ascii=False, indent=1))
            return
        if not sheets:
            report.say("Nothing is held back: no file was written.")
            return
        report.say(
            "These files hold PERSONAL DATA. Keep them as safe as the deliveries, and remove them when you are done. "
            "Repair cells, leave the columns that start with _ alone, then: politiemonitor quarantine resubmit FILE"
        )
        for source, (_, rows) in sheets.items():
            report.say(f"{len(rows):,} rows of source {source}:")
            report.line(str(paths[source]))


@app.command()
def resubmit(
    path: Annotated[Path, typer.Argument(help="A repaired file of `quarantine export`.")],
    home: HomeOption = DEFAULT_HOME,
    run: Annotated[bool, typer.Option("--run/--no-run", help="Run the pipeline on the repaired rows.")] = True,
    with_unchanged: Annotated[
        bool,
        typer.Option("--with-unchanged", help="Also rows that were not changed: of conflicting rows, the right one."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Deliver repaired rows: check the file, put changed rows in the inbox, run, and say what is still held back."""
    with console.reporting(as_json=as_json) as report, _opened(home) as (settings, warehouse):
        from assets.quarantine import by_row, findings, taken_deliveries  # noqa: PLC0415
        from assets.resubmission import deliver, repairs_of  # noqa: PLC0415
        from pipelines import runs  # noqa: PLC0415

        if not path.is_file():
            raise console.WrongUseError(f"There is no file {path}.")
        survey = runs.load(settings)
        deliveries = taken_deliveries(warehouse, _raw(settings.home))
        before = by_row(findings(warehouse))
        repairs = repairs_of(path, before, deliveries, with_unchanged=with_unchanged)
        inbox = settings.home / "inbox"
        files = deliver(survey, inbox, settings.home / "warehouse", repairs.rows, deliveries) if repairs.rows else []
        outcome = runs.run_everything(settings) if run and files else None
        names = {file.name for file in files}
        again = {f.position for f in findings(warehouse) if f.file_name in names} if outcome else set()
        if as_json:
            told: dict[str, Any] = {
                "files": [str(file) for file in files],
                "rows": len(repairs.rows),
                "unchanged": repairs.unchanged,
                "changed_cells": repairs.changed_cells,
                "still_held_back": len(again) if outcome else None,
                "run": outcome.as_record() if outcome else None,
            }
            report.line(json.dumps(told, ensure_ascii=False, indent=1))
            report.code = _code(outcome)
            return
        report.say(
            f"{len(repairs.rows):,} rows repaired, {repairs.unchanged:,} rows left as they were and not sent in."
        )
        for column, count in sorted(repairs.changed_cells.items(), key=lambda item: (-item[1], item[0])):
            report.say(f"  changed in {count:,} rows: {column}")
        for file in files:
            report.say(f"  in the inbox: {file.name}")
        if outcome is not None:
            report.result(outcome)
            report.say(f"Of the rows you sent in {len(again):,} are still held back.")
        elif files:
            report.say("They count from the next run on: politiemonitor run")
        if not repairs.rows:
            report.say("No cell differs from what came in. Repair cells first, or use --with-unchanged.")


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Settings, Warehouse]]:
    """Settings and tables of a home that is there; what cannot be done is told in words."""
    import duckdb  # noqa: PLC0415

    from assets.quarantine import RefusedRepairError  # noqa: PLC0415
    from assets.resources import warehouse_at  # noqa: PLC0415
    from pipelines import runs  # noqa: PLC0415
    from pipelines.settings import remembered  # noqa: PLC0415

    home = home.resolve()
    if remembered(home) is None:
        raise console.WrongUseError(f"{home} is not a home yet. Make one with: politiemonitor init --home {home}")
    try:
        yield runs.run_settings(home, None, None), warehouse_at(home)
    except RefusedRepairError as error:
        more = len(error.problems) - PROBLEMS_SHOWN
        lines = [*error.problems[:PROBLEMS_SHOWN], *([f"... and {more:,} more."] if more > 0 else [])]
        raise console.DataRefusedError("\n".join(["Nothing was done.", *lines])) from None
    except duckdb.IOException:
        raise console.WrongUseError(f"Another run is busy in {home}. Wait for it, then try again.") from None


def _refuse_place(to: Path, home: Path) -> None:
    """Personal data do not go where they would be published, or taken for a delivery."""
    from assets.quarantine_sheet import SUFFIXES  # noqa: PLC0415

    if to.suffix.lower() not in SUFFIXES:
        raise console.WrongUseError(f"{to.name}: give a name that ends in {' or '.join(SUFFIXES)}.")
    folder = to.resolve().parent
    if not folder.is_dir():
        raise console.WrongUseError(f"There is no folder {folder}.")
    for name, why in (("releases", "it would be published"), ("inbox", "it would be taken for a delivery")):
        if folder.is_relative_to((home / name).resolve()):
            raise console.WrongUseError(f"{to} lies in {name}/: {why}. Choose another folder.")


def _raw(home: Path) -> Path:
    return home / "warehouse" / "raw"


def _record(position: Position, found: list[Finding]) -> dict[str, Any]:
    reasons = [
        {"rule_id": f.rule_id, "column": f.column, "value": f.value, "reason": f.reason, "remedy": f.remedy}
        for f in found
    ]
    return {
        "position": str(position),
        "file_name": found[0].file_name,
        "source": found[0].source,
        "month": found[0].month,
        "row": position.row,
        "reasons": reasons,
    }


def _code(outcome: RunOutcome | None) -> int:
    return 1 if outcome is not None and (outcome.refused or outcome.stopped) else 0
