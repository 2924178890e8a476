"""What the terminal shows: progress on stderr, results on stdout, errors in words.

Belongs here: drawing progress, printing results and turning known errors into messages and exit codes.
Does not belong here: doing the work.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from assets.release import Verification
    from pipelines.runs import RunOutcome
    from pipelines.status import Status


class WrongUseError(Exception):
    """The command was given something it can't work with; the message says what to do."""


class DataRefusedError(Exception):
    """Nothing could be published from what was delivered; the message says why."""


class Report:
    """Prints results, for people or for machines."""

    def __init__(self, console: Console, *, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json
        self.code = 0

    def line(self, text: str) -> None:
        """One line on stdout."""
        print(text)  # noqa: T201 - results go to stdout

    def say(self, text: str, style: str | None = None) -> None:
        """One line on stderr."""
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def result(self, outcome: RunOutcome) -> None:
        """What a run did: refusals with reasons, accounting, the index page."""
        self.code = 1 if outcome.refused or outcome.stopped else 0
        if self._as_json:
            self.line(json.dumps(outcome.as_record(), ensure_ascii=False, indent=1))
            return
        for refusal in outcome.refused:
            self.say(f"Refused: {refusal['file_name']}: {refusal['message']} {refusal['remedy']}", "bold")
        for reason in outcome.quarantine:
            self.say(f"Quarantine: {reason['rows']} x {reason['rule_id']}: {reason['reason']} {reason['remedy']}")
        for problem in outcome.stopped:
            self.say(f"Stopped: {problem}", "bold")
        for warning in outcome.warnings:
            self.say(f"Warning: {warning}")
        if outcome.accounting:
            self.say(_accounting(outcome.accounting))
        for name, reading in outcome.stages.items():
            self.say(f"Stage {name}: {reading.seconds:.0f} s, at most {reading.peak_mib:,} MiB")
        for notice in outcome.notices:
            self.say(notice)
        if outcome.index:
            self.say(f"Release {outcome.release_id} ({outcome.work_done}), {outcome.seconds:.0f} s. Open:")
            self.line(str(outcome.index))

    def status(self, status: Status) -> None:
        """The state of a home."""
        if self._as_json:
            self.line(json.dumps(status.as_record(), ensure_ascii=False, indent=1))
            return
        from pipelines.status_view import print_status  # noqa: PLC0415 - it needs what this module defines

        print_status(status)

    def verification(self, verification: Verification) -> None:
        """Whether a release is what it was."""
        self.code = 0 if verification.whole else 1
        if self._as_json:
            record = {
                "release_id": verification.release_id,
                "files": verification.files,
                "whole": verification.whole,
                "problems": list(verification.problems),
            }
            self.line(json.dumps(record, ensure_ascii=False, indent=1))
            return
        for problem in verification.problems:
            self.line(problem)
        verdict = "whole" if verification.whole else f"NOT whole: {len(verification.problems)} problem(s)"
        self.line(f"{verification.release_id}: {verification.files} files, {verdict}")


def _accounting(total: dict[str, int]) -> str:
    return (
        f"Rows: read {total['rows_read']:,} = accepted {total['rows_accepted']:,} "
        f"+ superseded {total['rows_superseded']:,} + quarantined {total['rows_quarantined']:,} "
        f"+ erased {total['rows_erased']:,}; without a known team {total['unallocated']:,}"
    )


@contextmanager
def reporting(*, as_json: bool = False) -> Iterator[Report]:
    """Draw progress while the block runs; end the process with the right exit code."""
    _silence()
    console = Console(stderr=True)
    report = Report(console, as_json=as_json)
    try:
        with _progress(console):
            yield report
    except WrongUseError as error:
        report.say(str(error), "bold")
        raise typer.Exit(2) from None
    except DataRefusedError as error:
        report.say(str(error), "bold")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        report.say("Stopped by you. What was live stays live; run again to finish.")
        raise typer.Exit(130) from None
    if report.code:
        raise typer.Exit(report.code)


@contextmanager
def _progress(console: Console) -> Iterator[None]:
    from assets.progress import listening  # noqa: PLC0415 - after _silence

    if not console.is_terminal:
        with listening(_Lines(console)):
            yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def listener(stage: str, done: int, total: int) -> None:
            progress.update(task, description=stage, completed=done, total=total or None)

        with listening(listener):
            yield


class _Lines:
    """Progress where lines can't be redrawn (a log): now and then what the work is at."""

    SECONDS = 10.0

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say it when the last line is long enough ago."""
        now = time.monotonic()
        if now - self._said < self.SECONDS:
            return
        self._said = now
        how_far = f" ({done} of {total})" if total else ""
        self._console.print(f"... {stage}{how_far}", markup=False, highlight=False, soft_wrap=True)


def _silence() -> None:
    """Deprecations inside the libraries concern whoever updates the lock file, not who runs a command."""
    if not sys.warnoptions:
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", module=r"dagster.*")


def as_plain(value: Any) -> Any:
    """A value JSON can hold."""
    return value.isoformat() if hasattr(value, "isoformat") else value
