"""The command line, run the way a person runs it, with what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """The result of ``--json``."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def politiemonitor(*arguments: object, browser: bool = False, process: bool = False, kept_runs: bool = False) -> Done:
    """Run one command.

    Args:
        *arguments: of the command line.
        browser: without one, pages get live charts, which is quicker.
        process: in a process of its own, as a person does; otherwise in this one, which saves the imports.
        kept_runs: let Dagster write its event log into the home, as it does for a person; otherwise it stays in
            memory, which saves half of the time of a small run.
    """
    settings = {} if browser else {"POLITIEMONITOR_BROWSER": "none"}
    words = [str(argument) for argument in arguments]
    if process:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("POLITIEMONITOR_", "DAGSTER_"))}
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *words],
            cwd=ROOT, env=environment | settings, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)
    from pipelines.cli import app

    with pytest.MonkeyPatch.context() as patch:
        if not kept_runs:
            patch.setattr(dg.DagsterInstance, "get", staticmethod(dg.DagsterInstance.ephemeral))
        for name in ("POLITIEMONITOR_HOME", "POLITIEMONITOR_SURVEY", "POLITIEMONITOR_AS_OF", "DAGSTER_HOME"):
            patch.setenv(name, "")  # what the command sets is undone afterwards
        ran = CliRunner().invoke(app, words, env=settings)
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return Done(ran.exit_code, ran.stdout, ran.stderr)
