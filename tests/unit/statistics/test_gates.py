"""Primary disclosure and precision rules: which figures may be shown, and why not."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics import gates
from assets.statistics.intervals import Estimates, Measures
from expectations.model import Thresholds

THRESHOLDS = Thresholds(
    minimum_n=10, mean_indicative_below=30, compare_means_from=30, percentage_from=50, caution_below=100,
    maximum_percentage_width=0.30, maximum_mean_half_width=1.0, minimum_reliability=0.5, relevant_difference=0.05,
    relevant_difference_mean=0.0222, false_discovery_rate=0.10,
)  # fmt: skip


def verdict(
    n: float, estimate: float, half_width: float, *, share: bool, borrowed: bool = False, alike: bool = False,
    thresholds: Thresholds = THRESHOLDS, scale: tuple[float, float] = (1.0, 10.0), df: float = 100,
) -> tuple[str, str]:  # fmt: skip
    low, high = (0.0, 1.0) if share else scale
    found = Estimates(
        estimate=np.array([estimate]), se=np.array([0.1]), n_eff=np.array([n]),
        ci_low=np.array([estimate - half_width]), ci_high=np.array([estimate + half_width]),
        borrowed=np.array([borrowed]),
    )  # fmt: skip
    kind = Measures(np.array([share]), np.array([low]), np.array([high]))
    status, reason = gates.judge(found, np.array([n]), kind, np.array([alike]), thresholds, df=np.array([df]))
    return gates.STATUSES[status[0]], gates.REASONS[reason[0]]


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, ("no_data", "no_answers")),
        (1, ("hidden", "disclosure")),
        (9, ("hidden", "disclosure")),
        (10, ("indicative", "few_answers")),
        (29, ("indicative", "few_answers")),
        (30, ("published", "")),
    ],
)
def test_a_mean_by_number_of_answers(n: int, expected: tuple[str, str]) -> None:
    assert verdict(n, 7.1, 0.5, share=False) == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, ("no_data", "no_answers")),
        (9, ("hidden", "disclosure")),
        (10, ("too_few", "too_few_answers")),
        (49, ("too_few", "too_few_answers")),
        (50, ("indicative", "caution")),
        (99, ("indicative", "caution")),
        (100, ("published", "")),
    ],
)
def test_a_percentage_by_number_of_answers(n: int, expected: tuple[str, str]) -> None:
    assert verdict(n, 0.7, 0.1, share=True) == expected


def test_too_wide_an_interval_is_not_shown_however_many_answered() -> None:
    assert verdict(200, 0.5, 0.151, share=True) == ("too_few", "interval_too_wide")
    assert verdict(200, 7.0, 1.01, share=False) == ("too_few", "interval_too_wide")
    assert verdict(200, 7.0, 0.99, share=False) == ("published", "")


def test_the_width_of_a_mean_follows_the_range_of_its_scale() -> None:
    assert verdict(200, 4.0, 0.45, share=False, scale=(1.0, 5.0)) == ("too_few", "interval_too_wide")
    assert verdict(200, 4.0, 0.44, share=False, scale=(1.0, 5.0)) == ("published", "")


def test_no_interval_is_too_wide_an_interval() -> None:
    assert verdict(200, 7.0, np.nan, share=False) == ("too_few", "interval_too_wide")


def test_a_borrowed_spread_is_indicative_at_most() -> None:
    assert verdict(40, 7.0, 0.5, share=False, borrowed=True) == ("indicative", "borrowed_spread")


def test_hardly_more_answers_than_strata_is_indicative_at_most() -> None:
    assert verdict(200, 7.0, 0.5, share=False, df=7) == ("indicative", "few_degrees")
    assert verdict(200, 7.0, 0.5, share=False, df=8) == ("published", "")
    assert verdict(200, 7.0, 1.5, share=False, df=7) == ("too_few", "interval_too_wide")


def test_nobody_or_everybody_of_a_small_group_is_hidden() -> None:
    early = THRESHOLDS.model_copy(update={"percentage_from": 20})
    assert verdict(29, 1.0, 0.05, share=True, thresholds=early) == ("hidden", "disclosure")
    assert verdict(29, 0.0, 0.05, share=True, thresholds=early) == ("hidden", "disclosure")
    assert verdict(30, 1.0, 0.05, share=True, thresholds=early) == ("indicative", "caution")


def test_a_percentage_on_too_few_answers_looks_the_same_whatever_its_value() -> None:
    assert verdict(20, 1.0, 0.05, share=True) == verdict(20, 0.6, 0.05, share=True)


def test_a_small_group_that_answered_alike_looks_like_a_group_below_the_minimum() -> None:
    assert verdict(20, 10.0, 0.5, share=False, alike=True) == verdict(9, 7.0, 0.5, share=False)
    assert verdict(20, 1.0, 0.05, share=True, alike=True) == verdict(9, 0.5, 0.5, share=True)


def test_alike_means_the_end_of_the_scale_in_a_small_group() -> None:
    kind = Measures(np.full(4, False), np.ones(4), np.full(4, 10.0))
    found = gates.alike(np.array([10.0, 1.0, 10.0, 7.0]), np.array([29.0, 12.0, 30.0, 12.0]), kind)
    assert found.tolist() == [True, True, False, False]


def test_numbers_follow_the_status() -> None:
    status = np.arange(5, dtype=np.int8)
    assert gates.shown(status).tolist() == [True, True, False, False, False]
    assert gates.countable(status).tolist() == [True, True, True, False, False]
