"""How long a stage took and how much memory it needed at most.

Belongs here: reading clocks and the kernel's own account of memory. Does not belong here: what the stages are.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")
RESET_PEAK = "5"


@dataclass
class Reading:
    """One stage.

    Attributes:
        seconds: wall time.
        peak_mib: highest resident memory of this process during the stage, in MiB. Where the kernel can't reset its
            account: the highest up to its end.
        children_mib: highest resident memory of any child process up to the end of the stage, in MiB.
    """

    seconds: float = 0.0
    peak_mib: int = 0
    children_mib: int = 0


@contextmanager
def measured(into: dict[str, Reading], stage: str) -> Iterator[None]:
    """Measure a block and keep what was read under the name of the stage, also when the block fails."""
    _reset_peak()
    started = time.monotonic()
    try:
        yield
    finally:
        into[stage] = Reading(
            seconds=round(time.monotonic() - started, 2),
            peak_mib=_peak_kib() // 1024,
            children_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        )


def _reset_peak() -> None:
    try:
        CLEAR.write_text(RESET_PEAK)
    except OSError:
        return


def _peak_kib() -> int:
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        lines = []
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
