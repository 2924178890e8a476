"""Control charts: limits of ordinary variation, and the rules that call a point special."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics import xmr
from assets.statistics.intervals import Floats


def values(*numbers: float) -> Floats:
    return np.array(numbers, dtype=np.float64)


def signals(*numbers: float) -> list[str]:
    found = values(*numbers)
    return [str(rule) for rule in xmr.rules(found, xmr.xmr(found))]


def test_limits_are_the_mean_and_2_66_mean_moving_ranges() -> None:
    found = xmr.xmr(values(4, 6, 5, 7, 3))  # moving ranges 2, 1, 2, 4
    assert (found.centre[0], found.lower[0], found.upper[0]) == pytest.approx((5, 5 - 2.66 * 2.25, 5 + 2.66 * 2.25))


def test_one_wild_range_does_not_widen_its_own_limits() -> None:
    series = values(1, 2, 1, 2, 1, 2, 20, 2, 1, 2, 1, 2, 1, 2)
    assert xmr.xmr(series).upper[0] < xmr.xmr(series, screened=False).upper[0]
    assert xmr.rules(series, xmr.xmr(series))[6] == "above_limit"


def test_a_series_without_variation_has_its_mean_for_limits_and_no_signal() -> None:
    found = xmr.xmr(values(*[7.0] * 20))
    assert (found.lower[0], found.upper[0]) == (7, 7)
    assert set(signals(*[7.0] * 20)) == {"common"}


def test_limits_of_a_baseline_hold_for_what_comes_after() -> None:
    series = values(1, 2, 1, 2, 9, 9)
    assert xmr.xmr(series, baseline=4).centre[5] == 1.5


def test_a_single_point_has_a_mean_and_no_limits() -> None:
    found = xmr.xmr(values(7))
    assert found.centre[0] == 7
    assert np.isnan(found.lower[0])
    assert signals(7) == ["common"]
    assert signals() == []


def test_seven_in_a_row_on_one_side_are_a_run_and_a_value_on_the_mean_breaks_it() -> None:
    low, high = [4.0, 4.2, 4.1, 4.3, 4.0, 4.2, 4.1], [5.0, 5.2, 5.1, 5.3, 5.0, 5.2, 5.1]
    limits = xmr.Limits(*(np.full(14, line) for line in (4.65, 3.0, 6.3)))
    assert list(xmr.rules(values(*low, *high), limits)) == ["run_low"] * 7 + ["run_high"] * 7
    broken = values(*low[:3], 4.65, *low[4:], *high)
    assert list(xmr.rules(broken, limits)[:7]) == ["common"] * 7


def test_six_rises_in_a_row_are_a_trend_and_five_are_none() -> None:
    flat = xmr.Limits(*(np.full(8, line) for line in (3.5, -20.0, 30.0)))
    assert list(xmr.rules(values(0, 1, 2, 3, 4, 5, 6, 5.5), flat)) == ["trend_up"] * 7 + ["common"]
    assert "trend_up" not in xmr.rules(values(0, 1, 2, 3, 4, 5, 5, 6), flat)


def test_two_of_three_in_the_outer_third_need_all_three_on_that_side() -> None:
    limits = xmr.Limits(*(np.full(3, line) for line in (0.0, -3.0, 3.0)))
    assert list(xmr.rules(values(2.1, 0.5, 2.2), limits)) == ["two_of_three_high", "common", "two_of_three_high"]
    assert list(xmr.rules(values(2.1, -0.5, 2.2), limits)) == ["common"] * 3


def test_outside_the_limits_goes_before_every_other_rule() -> None:
    limits = xmr.Limits(*(np.full(7, line) for line in (0.0, -3.0, 3.0)))
    assert list(xmr.rules(values(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 9.0), limits)) == ["trend_up"] * 6 + ["above_limit"]


def test_laney_s_limits_follow_the_number_of_answers() -> None:
    share, n = values(0.5, 0.6, 0.5, 0.4, 0.5), values(100, 100, 400, 100, 100)
    found = xmr.laney(share, n)
    assert (found.upper - found.centre)[2] == pytest.approx((found.upper - found.centre)[0] / 2)
    assert xmr.laney(values(0.0, 0.0), values(10, 20)).upper[0] == 0


def test_with_equal_numbers_of_answers_laney_is_xmr() -> None:
    share = np.random.default_rng(1).uniform(0.4, 0.6, 20)
    by_number, by_range = xmr.laney(share, np.full(20, 50.0)), xmr.xmr(share, screened=False)
    assert by_number.upper == pytest.approx(by_range.upper, abs=1e-3)  # 3 / 1.128 against 2.66


def test_a_stable_process_shows_a_signal_at_its_newest_point_in_two_per_cent_of_charts() -> None:
    chance = np.random.default_rng(20260106).normal(size=(1500, 24))
    newest = sum(str(xmr.rules(series, xmr.xmr(series))[-1]) != "common" for series in chance)
    assert 0.010 < newest / len(chance) < 0.032


def test_each_part_of_a_series_stands_on_its_own() -> None:
    parts = xmr.by_segment(np.array([0, 0, 1, 1, 1], dtype=np.int64))
    assert [part.tolist() for part in parts] == [[0, 1], [2, 3, 4]]
