"""``politiemonitor erase``, ``retention`` and ``key``: what is about persons, taken out or put out of reach.

Belongs here: arguments and what is printed. Does not belong here: the work (``pipelines.upkeep``, ``assets.privacy``).
No id is ever printed: it stands in the command already, and output ends up in logs.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines import console

if TYPE_CHECKING:
    from pipelines.console import Report
    from pipelines.upkeep import Erasure, Retained

HomeOption = Annotated[Path, typer.Option("--home", help="Folder with inbox, warehouse and releases.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")]
DEFAULT_HOME = Path("data")

key_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The keys of the pseudonyms of a home.")


class IdKind(StrEnum):
    """What an id can be the id of."""

    response = "response"
    contact = "contact"
    person = "person"


def add_to(app: typer.Typer) -> None:
    """Mount the commands of this module."""
    app.command()(erase)
    app.command()(retention)
    app.add_typer(key_app, name="key")


def erase(  # noqa: PLR0917 - typer's arguments are options, never positional
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A response id, contact id or person id.")],
    home: HomeOption = DEFAULT_HOME,
    kind: Annotated[IdKind | None, typer.Option("--kind", help="What the id is; default: find out.")] = None,
    dry_run: DryRunOption = False,
    keep_inbox: Annotated[bool, typer.Option("--keep-inbox", help="Leave the files in the inbox alone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Erase a person from raw files, tables and inbox for good, and say which released figures that touches."""
    from pipelines import upkeep  # noqa: PLC0415 - help must not wait for the engine

    with console.reporting(as_json=as_json) as report:
        field = f"{kind.value}_id" if kind else None
        settings = upkeep.settings_of(home)
        outcome = upkeep.erase(settings, identifier, field, dry_run=dry_run, keep_inbox=keep_inbox)
        report.code = 1 if outcome.problems else 0
        if as_json:
            report.line(json.dumps(asdict(outcome), ensure_ascii=False, indent=1))
        else:
            _say_erasure(report, outcome)


def retention(
    home: HomeOption = DEFAULT_HOME,
    dry_run: DryRunOption = False,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the clocks (default: that of the home)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take out what is past the clocks of the survey contract; published figures stay what they were."""
    from pipelines import upkeep  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        settings = upkeep.settings_of(home)
        outcome = upkeep.retain(settings, as_of.date() if as_of else None, dry_run=dry_run)
        report.code = 1 if outcome.problems else 0
        if as_json:
            report.line(json.dumps(asdict(outcome), ensure_ascii=False, indent=1))
        else:
            _say_retained(report, outcome)


@key_app.command()
def show(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Say which keys a home has, how old they are and where they stand; never a key itself."""
    from assets.privacy.keys import KeyFileError, key_file, known_keys  # noqa: PLC0415
    from pipelines import upkeep  # noqa: PLC0415

    with console.reporting(as_json=as_json) as report:
        settings = upkeep.settings_of(home)
        path = key_file(settings.home)
        try:
            keys = known_keys(settings.home)
        except KeyFileError as error:
            raise console.WrongUseError(str(error)) from None
        if keys is None:
            raise console.DataRefusedError(f"There is no key yet at {path}: the first run makes it.")
        named = {"pseudonym": keys.pseudonym, "tombstone": keys.tombstone}
        facts = {
            name: {"id": k.id, "created": k.created.isoformat(), "age_days": (settings.day - k.created).days}
            for name, k in named.items()
        }
        if as_json:
            report.line(json.dumps({"file": str(path), **facts}, indent=1))
            return
        report.line(f"file       {path}")
        for name, fact in facts.items():
            report.line(f"{name:<10} {fact['id']}, made {fact['created']}, {fact['age_days']} days ago")


@key_app.command()
def rotate(
    home: HomeOption = DEFAULT_HOME,
    forget_tombstones: Annotated[
        bool,
        typer.Option("--forget-tombstones", help="The key file is lost: erased persons are no longer recognised."),
    ] = False,
) -> None:
    """Replace the key of the pseudonyms; the next run builds staging with it, published figures stay the same."""
    from pipelines import upkeep  # noqa: PLC0415

    with console.reporting() as report:
        keys = upkeep.rotate_key(upkeep.settings_of(home), forget_tombstones=forget_tombstones)
        report.line(f"New pseudonym key {keys.pseudonym.id}. The next run builds staging with it.")


def _say_erasure(report: Report, outcome: Erasure) -> None:
    verb = "Erased" if outcome.done else "Would erase"
    report.line(
        f"{verb}: {outcome.rows} rows of one person ({outcome.contacts} contacts, {outcome.responses} responses)."
    )
    for name, rows in outcome.files.items():
        report.line(f"  {name}: {rows} rows")
    _say_inbox(report, outcome)
    for path in outcome.traces:
        report.line(f"  {path} still holds an id of the person. It is not one of the system's own files: remove it.")
    for notice in outcome.notices:
        report.line(f"  {notice}")
    for problem in outcome.problems:
        report.say(f"Stopped: {problem}", "bold")
    counted = "counted" if outcome.done else "counts"
    report.line(f"Released figures in which the person {counted}: {outcome.figures}.")
    if outcome.figures_file:
        report.line(f"  listed in {outcome.figures_file}")
    if outcome.problems:
        report.line(
            "The tables could not be built without the person. Solve what stopped them, then: politiemonitor run"
        )
    elif outcome.done:
        report.line("`politiemonitor run` brings the next release. Releases that are out stay: they hold sums of many.")


def _say_inbox(report: Report, outcome: Erasure) -> None:
    for name in outcome.inbox:
        if outcome.inbox_kept:
            report.line(f"  inbox: {name} still holds the person (--keep-inbox). Remove it yourself.")
        elif outcome.done:
            report.line(f"  inbox: {name} was removed; its other rows stay in the raw file and keep counting.")
        else:
            report.line(f"  inbox: {name} would be removed; its other rows stay in the raw file and keep counting.")
    for name in outcome.unread:
        report.line(
            f"  inbox: {name} was never taken and holds the person. Rows of erased persons are left out at intake."
        )
    for name in outcome.unreadable:
        report.line(f"  inbox: {name} can not be read: look yourself whether it holds the person.")


def _say_retained(report: Report, outcome: Retained) -> None:
    if outcome.nothing:
        report.line(f"Nothing is past its clock on {outcome.day}.")
    verb = "Removed" if outcome.done else "Due"
    clocks = outcome.clocks
    if outcome.rows:
        report.line(
            f"{verb}: rows of contacts up to {outcome.through} (raw_answers_months: {clocks['raw_answers_months']}); "
            "their sums stay in the archive."
        )
        _say_months(report, outcome.rows)
    if outcome.texts:
        report.line(f"{verb}: texts up to {outcome.text_through} (open_text_months: {clocks['open_text_months']}).")
        _say_months(report, outcome.texts)
    if outcome.key_due:
        what = "Replaced" if outcome.done else "Due"
        report.line(
            f"{what}: the pseudonym key of {outcome.key_age_days} days "
            f"(pseudonym_key_days: {clocks['pseudonym_key_days']})."
        )
    if outcome.aggregate_months:
        report.line(
            f"{verb}: archived sums before {outcome.aggregates_before} "
            f"(aggregates_months: {clocks['aggregates_months']}): " + ", ".join(outcome.aggregate_months)
        )
    if outcome.raw_files:
        report.line(f"{verb}: {outcome.raw_files} raw files that no delivery uses.")
    if outcome.inbox_files:
        report.line(f"{verb}: {outcome.inbox_files} files of the inbox that hold what goes; raw files stay.")
    for problem in outcome.problems:
        report.say(f"Stopped, and everything was put back: {problem}", "bold")
    if outcome.done and not outcome.nothing:
        report.line("Published figures are what they were. What went is in warehouse/retention_log.jsonl.")


def _say_months(report: Report, months: Mapping[str, int]) -> None:
    for month, rows in months.items():
        report.line(f"  {month}: {rows:,}")
