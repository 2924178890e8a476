"""How long a stage took and how much memory it needed at most.

Belongs here: reading clocks and the kernel's own account of memory, stages beside the floor of a bench. Does not belong
here: what the stages are.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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


def ratio(reading: Reading, floor: Reading, of: str = "seconds") -> float:
    """A stage as a multiple of the floor.

    Args:
        reading: The stage.
        floor: The least that could be done with the same rows.
        of: Which number of a reading.
    """
    return round(float(getattr(reading, of)) / max(float(getattr(floor, of)), 0.01), 2)


def as_records(stages: Mapping[str, Reading], floor: str) -> dict[str, dict[str, float]]:
    """Stages as JSON-ready data, each with its multiple of the floor."""
    return {
        name: asdict(reading)
        | {"ratio": ratio(reading, stages[floor]), "memory_ratio": ratio(reading, stages[floor], "peak_mib")}
        for name, reading in stages.items()
    }


def as_lines(stages: Mapping[str, Reading], floor: str) -> Iterator[str]:
    """Stages as a table of text."""
    yield f"{'stage':<34}{'seconds':>9}{'peak MiB':>10}{'x floor':>9}{'x memory':>10}"
    for name, reading in stages.items():
        of_floor, memory = ratio(reading, stages[floor]), ratio(reading, stages[floor], "peak_mib")
        yield f"{name:<34}{reading.seconds:>9.1f}{reading.peak_mib:>10,}{of_floor:>9.2f}{memory:>10.2f}"


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
