"""A stage's time and memory, also of a stage that failed."""

import numpy as np
import pytest

from pipelines.stopwatch import Reading, measured


def test_memory_that_a_stage_takes_is_seen() -> None:
    readings: dict[str, Reading] = {}
    with measured(readings, "small"):
        pass
    with measured(readings, "large"):
        taken = np.ones(50_000_000)  # 381 MiB
    del taken
    assert readings["large"].peak_mib >= readings["small"].peak_mib + 300


def test_a_stage_that_fails_is_measured_too() -> None:
    readings: dict[str, Reading] = {}
    with pytest.raises(ZeroDivisionError), measured(readings, "broken"):
        _ = 1 / 0
    assert set(readings) == {"broken"}
