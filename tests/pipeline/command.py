"""The command line, run the way a person runs it, with what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def politiemonitor(*arguments: object, browser: bool = False) -> Done:
    """Run one command; without a browser pages get live charts, which is quicker."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("POLITIEMONITOR_", "DAGSTER_"))}
    if not browser:
        environment["POLITIEMONITOR_BROWSER"] = "none"
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)
