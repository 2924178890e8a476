"""A stage's time and memory, also of a stage that failed."""

import numpy as np
import pytest

from pipelines.stopwatch import Reading, as_lines, as_records, measured, ratio


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


def test_stages_are_told_as_multiples_of_the_floor() -> None:
    stages = {"floor": Reading(2.0, 100), "work": Reading(5.0, 150)}
    assert as_records(stages, "floor")["work"] == {
        "seconds": 5.0, "peak_mib": 150, "children_mib": 0, "ratio": 2.5, "memory_ratio": 1.5,
    }  # fmt: skip
    assert [line.split()[:1] for line in as_lines(stages, "floor")] == [["stage"], ["floor"], ["work"]]


def test_a_floor_too_short_for_the_clock_divides_by_a_hundredth() -> None:
    assert ratio(Reading(1.0, 1), Reading(0.0, 1)) == 100
