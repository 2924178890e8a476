"""What may be expected of a month: few false alarms, real changes seen, and silence where history is short."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics.expected_range import expected_count, expected_share
from expectations.model import Plausibility

SETTINGS = Plausibility()
ORDINARY = 1500  # simulated months per situation


def rate(outside: list[bool]) -> float:
    return sum(outside) / len(outside)


def counts(level: float, spread: float, months: int, seed: int, change: float = 1.0) -> list[bool]:
    """Is the last of so many months of a count outside its range? ``spread``: of the true level, as part of it."""
    rng = np.random.default_rng(seed)
    outside = []
    for _ in range(ORDINARY):
        true = level * np.exp(rng.normal(0, spread, months + 1))
        true[-1] *= change
        *history, now = rng.poisson(true).tolist()
        found = expected_count(history, SETTINGS)
        assert found is not None
        outside.append(not found.low <= now <= found.high)
    return outside


def shares(part: float, rows: int, spread: float, months: int, seed: int, change: float = 0.0) -> list[bool]:
    """The same of a share of so many rows; ``spread``: standard deviation of the true share."""
    rng = np.random.default_rng(seed)
    outside = []
    for _ in range(ORDINARY):
        true = np.clip(rng.normal(part, spread, months + 1), 0, 1)
        true[-1] += change
        bases = rng.poisson(rows, months + 1)
        *history, now = rng.binomial(bases, true).tolist()
        found = expected_share(history, bases[:-1].tolist(), float(bases[-1]), SETTINGS)
        assert found is not None
        outside.append(not found.low <= now / bases[-1] <= found.high)
    return outside


def test_an_ordinary_month_hardly_ever_gives_a_false_alarm() -> None:
    volumes = [
        counts(level, spread, months, seed=1) for level in (40, 8000) for spread in (0, 0.05) for months in (6, 12)
    ]
    mixes = [shares(p, n, s, m, seed=2) for p in (0.02, 0.3) for n in (300, 8000) for s in (0, 0.01) for m in (6, 12)]
    everything = [flag for situation in volumes + mixes for flag in situation]
    assert rate(everything) <= SETTINGS.false_alarms, (
        "measured: 0.0012 of 36,000 simulated ordinary months, 0.006 in the worst situation"
    )
    assert max(rate(situation) for situation in volumes + mixes) <= 0.008, "nor often in any single situation"


@pytest.mark.parametrize(("months", "least"), [(6, 0.75), (12, 0.99)])
def test_half_a_file_is_seen(months: int, least: float) -> None:
    assert rate(counts(8000, 0.03, months, seed=3, change=0.5)) >= least


@pytest.mark.parametrize(("months", "least"), [(6, 0.60), (12, 0.99)])
def test_a_channel_that_grows_by_ten_points_is_seen(months: int, least: float) -> None:
    assert rate(shares(0.2, 8000, 0.005, months, seed=4, change=0.10)) >= least


def test_one_odd_month_before_does_not_hide_the_next() -> None:
    steady = [1000, 1010, 990, 1005, 995, 1000, 1008, 992, 1003, 997, 1001]
    without, with_odd = expected_count([*steady, 999], SETTINGS), expected_count([*steady, 20], SETTINGS)
    assert without is not None and with_odd is not None
    assert with_odd.low > 500, "a mean and a standard deviation would have made room for anything"


def test_too_short_a_history_says_nothing() -> None:
    assert expected_count([100] * (SETTINGS.least_months - 1), SETTINGS) is None
    assert expected_share([10] * 5, [100] * 5, 100, SETTINGS) is None
    assert expected_count([100] * SETTINGS.least_months, SETTINGS) is not None


def test_a_month_without_rows_has_no_share() -> None:
    assert expected_share([10] * 12, [100] * 12, 0, SETTINGS) is None


def test_a_change_too_small_to_matter_is_never_a_warning() -> None:
    constant = expected_count([1_000_000] * 12, SETTINGS)
    assert constant is not None
    assert constant.low <= 900_001 and constant.high >= 1_099_999
    share = expected_share([300_000] * 12, [1_000_000] * 12, 1_000_000, SETTINGS)
    assert share is not None
    assert share.low <= 0.2801 and share.high >= 0.3199


def test_a_range_stays_within_what_is_possible() -> None:
    nothing = expected_share([0] * 12, [50] * 12, 50, SETTINGS)
    everything = expected_share([50] * 12, [50] * 12, 50, SETTINGS)
    few = expected_count([1, 0, 2, 0, 1, 0], SETTINGS)
    assert nothing is not None and everything is not None and few is not None
    assert nothing.low == 0 and 0.02 < nothing.high < 0.5
    assert everything.high == 1 and 0.5 < everything.low < 0.98
    assert few.low == 0
