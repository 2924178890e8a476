"""Adding up over runs, by hand: ratios with the runs as units, and what lies outside a wanted band."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assets.statistics.intervals import wilson
from assets.statistics.simulation import Summary, judgements, means, shares

NAN = float("nan")


def test_a_share_is_the_ratio_of_the_totals_and_runs_are_the_units() -> None:
    # Two runs: 9 of 10 and 15 of 20. Value 24/30 = 0.8; parts 9 - 8 = 1 and 15 - 16 = -1.
    # Variance 2/1 * (1 + 1) / 30^2 = 4/900, so 0.16 / (4/900) = 36 trials' worth, at most the 30 there were.
    found = shares(np.array([[9.0, 15.0]]), np.array([[10.0, 20.0]]))
    low, high = wilson(np.array([0.8]), np.array([30.0]), float(stats.t.ppf(0.975, 1)))
    assert (found.value[0], found.runs[0], found.count[0]) == (pytest.approx(0.8), 2, 30)
    assert (found.low[0], found.high[0]) == (pytest.approx(low[0]), pytest.approx(high[0]))


def test_runs_that_differ_more_than_chance_count_as_fewer_trials() -> None:
    alike = shares(np.array([[50.0, 50.0, 50.0, 50.0]]), np.full((1, 4), 100.0))
    apart = shares(np.array([[100.0, 0.0, 100.0, 0.0]]), np.full((1, 4), 100.0))
    assert alike.value[0] == apart.value[0] == 0.5
    assert apart.high[0] - apart.low[0] > 3 * (alike.high[0] - alike.low[0])


def test_never_is_not_certain() -> None:
    found = shares(np.zeros((1, 200)), np.full((1, 200), 167.0))
    assert found.value[0] == 0
    assert 0 < found.high[0] < 0.001


def test_a_mean_has_the_interval_of_a_mean_over_runs_when_all_runs_count_alike() -> None:
    values = np.array([0.1, -0.2, 0.4, 0.3])
    found = means(values[None, :], np.ones((1, 4)))
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert found.value[0] == pytest.approx(0.15)
    assert (found.low[0], found.high[0]) == (pytest.approx(0.15 - half), pytest.approx(0.15 + half))


def test_a_run_in_which_nothing_could_happen_is_no_run() -> None:
    with_empty = shares(np.array([[3.0, 4.0, 0.0]]), np.array([[5.0, 5.0, 0.0]]))
    without = shares(np.array([[3.0, 4.0]]), np.array([[5.0, 5.0]]))
    assert (with_empty.value[0], with_empty.low[0], with_empty.runs[0]) == (without.value[0], without.low[0], 2)


def test_one_run_says_nothing_about_spread() -> None:
    found = shares(np.array([[3.0]]), np.array([[5.0]]))
    assert found.value[0] == 0.6
    assert np.isnan(found.low[0])
    assert np.isnan(found.high[0])


@pytest.mark.parametrize(
    ("value", "low", "high", "wanted", "judged"),
    [
        (0.95, 0.94, 0.96, (0.93, 0.97), "met"),
        (0.93, 0.90, 0.95, (0.93, 0.97), "met"),
        (0.92, 0.90, 0.94, (0.93, 0.97), "uncertain"),
        (0.92, 0.91, 0.925, (0.93, 0.97), "not_met"),
        (0.98, 0.96, 0.99, (0.93, 0.97), "uncertain"),
        (0.98, 0.975, 0.99, (0.93, 0.97), "not_met"),
        (0.004, 0.001, 0.02, (NAN, 0.005), "met"),
        (0.01, 0.006, 0.02, (NAN, 0.005), "not_met"),
        (0.5, NAN, NAN, (0.93, 0.97), "uncertain"),
        (0.5, 0.4, 0.6, (NAN, NAN), "not_judged"),
        (NAN, NAN, NAN, (0.93, 0.97), "not_judged"),
    ],
)
def test_a_value_outside_its_band_is_never_called_met(
    value: float, low: float, high: float, wanted: tuple[float, float], judged: str
) -> None:
    one = Summary(*(np.array([number]) for number in (value, low, high, 5.0, 50.0)))
    assert judgements(one, np.array([wanted[0]]), np.array([wanted[1]])) == [judged]
