"""Differences, false discoveries, the funnel, and the ladder of what may be said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assets.statistics import comparison
from assets.statistics.comparison import Difference, Figures
from expectations.model import Thresholds

LIMITS = Thresholds(
    minimum_n=10, mean_indicative_below=30, compare_means_from=30, percentage_from=50, caution_below=100,
    maximum_percentage_width=0.30, maximum_mean_half_width=1.0, minimum_reliability=0.5, relevant_difference=0.05,
    relevant_difference_mean=0.0222, false_discovery_rate=0.10,
)  # fmt: skip


def array(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


def test_the_difference_of_two_groups_is_welch_s_test() -> None:
    a, b = [6.0, 7, 8, 9, 9, 4], [5.0, 5, 6, 8]
    one = Figures(array(np.mean(a)), array(stats.sem(a)), array(5))
    other = Figures(array(np.mean(b)), array(stats.sem(b)), array(3))
    found = comparison.independent(one, other)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.p_value[0] == pytest.approx(expected.pvalue)
    assert found.df[0] == pytest.approx(expected.df)
    low, high = found.interval(0.95)
    assert (low[0], high[0]) == pytest.approx(tuple(expected.confidence_interval()))


def test_an_unknown_side_gives_no_verdict() -> None:
    known, unknown = Figures(array(7), array(0.1), array(50)), Figures(array(np.nan), array(np.nan), array(np.nan))
    assert np.isnan(comparison.independent(known, unknown).p_value[0])


def test_a_part_differs_from_its_whole_by_its_distance_to_the_rest() -> None:
    part, rest = Figures(array(8), array(0.2), array(40)), Figures(array(7), array(0.1), array(160))
    against_rest = comparison.independent(part, rest)
    found = comparison.part_of_whole(against_rest, array(0.2))
    whole = 0.2 * 8 + 0.8 * 7
    assert found.difference[0] == pytest.approx(8 - whole)
    assert found.se[0] == pytest.approx(0.8 * against_rest.se[0])
    assert found.p_value[0] == against_rest.p_value[0]


def test_false_discoveries_are_controlled_within_each_family() -> None:
    p = array(0.01, 0.04, 0.03, 0.5, np.nan)
    found = comparison.benjamini_hochberg(p, np.array([0, 0, 1, 1, 0]))
    assert found[:4] == pytest.approx([0.02, 0.04, 0.06, 0.5])
    assert np.isnan(found[4])


def test_nothing_to_compare_is_no_problem() -> None:
    assert comparison.benjamini_hochberg(array(), np.array([], dtype=np.int64)).size == 0
    assert comparison.funnel(array(), array(), array(), np.array([], dtype=np.int64)).z_od.size == 0


def test_without_true_differences_a_release_hardly_ever_reports_one() -> None:
    chance = np.random.default_rng(20260102)
    releases, teams = 400, 167
    p = chance.uniform(size=releases * teams)
    q = comparison.benjamini_hochberg(p, np.repeat(np.arange(releases), teams))
    flagged = (q <= 0.10).reshape(releases, teams)
    assert flagged.any(axis=1).mean() < 0.14  # 10 % of the releases at most has any false alarm, up to chance
    assert flagged.mean() < 0.002
    assert (p < 0.05).mean() > 0.045  # where testing each team on its own would have called one in twenty


def test_a_funnel_of_mere_chance_has_no_overdispersion() -> None:
    z = stats.norm.ppf((np.arange(100) + 0.5) / 100)
    found = comparison.funnel(7 + 0.2 * z, np.full(100, 0.2), np.full(100, 7.0), np.zeros(100, dtype=np.int64))
    assert found.tau2[0] == 0
    assert found.z_od == pytest.approx(z)


def test_a_funnel_with_true_differences_is_wider_and_families_do_not_mix() -> None:
    y = np.concatenate([np.linspace(6, 8, 20), np.full(20, 7.0)])
    found = comparison.funnel(y, np.full(40, 0.1), np.full(40, 7.0), np.repeat([0, 1], 20))
    assert found.tau2[0] > 0
    assert found.tau2[20] == 0
    assert abs(found.z_od[0]) < abs(found.z[0])


def outcome(difference: float, p: float, q: float) -> tuple[str, str]:
    found = Difference(array(difference), array(0.1), array(100), array(p))
    said, rule = comparison.tested_outcome(found, array(q), array(0.2), LIMITS)
    return str(said[0]), str(rule[0])


@pytest.mark.parametrize(
    ("difference", "p", "q", "expected"),
    [
        (0.3, 0.001, 0.05, ("higher", "difference")),
        (-0.3, 0.001, 0.10, ("lower", "difference")),
        (0.3, 0.03, 0.11, ("maybe_higher", "maybe_chance")),
        (-0.3, 0.03, 0.50, ("maybe_lower", "maybe_chance")),
        (0.1, 0.001, 0.05, ("no_difference", "not_relevant")),
        (0.3, 0.06, 0.50, ("no_difference", "not_visible")),
        (0.3, np.nan, np.nan, ("not_compared", "no_precision")),
    ],
)
def test_the_ladder_of_outcomes(difference: float, p: float, q: float, expected: tuple[str, str]) -> None:
    assert outcome(difference, p, q) == expected


@pytest.mark.parametrize(
    ("z", "difference", "reliability", "expected"),
    [
        (3.2, 0.4, 0.6, ("higher", "funnel")),
        (-3.2, -0.4, 0.6, ("lower", "funnel")),
        (3.0, 0.4, 0.6, ("no_difference", "within_funnel")),
        (3.2, 0.1, 0.6, ("no_difference", "not_relevant")),
        (3.2, 0.4, 0.4, ("not_compared", "reliability")),
        (3.2, 0.4, np.nan, ("not_compared", "reliability")),
        (np.nan, 0.4, 0.6, ("not_compared", "no_precision")),
    ],
)
def test_the_funnel_speaks_only_of_reliable_relevant_outliers(
    z: float, difference: float, reliability: float, expected: tuple[str, str]
) -> None:
    said, rule = comparison.funnel_outcome(array(z), array(difference), array(reliability), array(0.2), LIMITS)
    assert (str(said[0]), str(rule[0])) == expected


def test_a_relevant_difference_of_a_mean_is_a_part_of_its_scale() -> None:
    found = comparison.relevant(np.array([True, False, False]), array(1, 9, 4), array(0.05), array(0.2 / 9))
    assert found == pytest.approx([0.05, 0.2, 0.0888], abs=1e-3)


@pytest.mark.parametrize(
    ("difference", "se", "p", "q", "expected"),
    [
        (0.02, 0.05, 0.69, 0.9, ("equal", "equivalent")),
        (0.02, 0.12, 0.87, 0.9, ("no_difference", "not_visible")),  # it may well be 0.2
        (0.11, 0.05, 0.03, 0.5, ("equal", "equivalent")),  # perhaps more, but too little to matter
        (0.11, 0.02, 1e-6, 1e-5, ("no_difference", "not_relevant")),  # more for certain, and too little to matter
        (0.25, 0.02, 1e-9, 1e-8, ("higher", "difference")),
    ],
)
def test_equal_is_said_only_of_what_cannot_matter(
    difference: float, se: float, p: float, q: float, expected: tuple[str, str]
) -> None:
    found = Difference(array(difference), array(se), array(200), array(p))
    said, rule = comparison.tested_outcome(found, array(q), array(0.2), LIMITS)
    assert (str(said[0]), str(rule[0])) == expected


def test_equivalence_is_two_one_sided_tests_of_five_per_cent() -> None:
    edge = 0.2 - float(stats.t.ppf(0.95, 30)) * 0.05
    for difference, expected in ((edge - 1e-9, True), (edge + 1e-9, False), (-edge - 1e-9, False)):
        found = Difference(array(difference), array(0.05), array(30), array(0.5))
        assert comparison.equivalent(found, array(0.2))[0] == expected


@pytest.mark.parametrize(
    ("n", "seen", "found"),
    [(50, 0.76, 1.09), (75, 0.62, 0.89), (100, 0.54, 0.77), (140, 0.45, 0.65), (200, 0.38, 0.54), (300, 0.31, 0.44),
     (500, 0.24, 0.34)],
)  # fmt: skip
def test_what_a_number_of_answers_can_show(n: int, seen: float, found: float) -> None:
    """Marks with a standard deviation of 1.89 and a design effect of 1.05, n answers in each of two years."""
    se = array((2 * 1.05 * 1.89**2 / n) ** 0.5)
    assert comparison.smallest_visible(se)[0] == pytest.approx(seen, abs=0.008)
    assert comparison.smallest_found(se)[0] == pytest.approx(found, abs=0.008)


def test_four_times_as_many_answers_halve_what_can_be_found() -> None:
    change, se = array(0.05, 0.05, 0.05, 0.05), array(0.05 / 2.8016, 0.05, 1e-6, np.nan)
    needed = comparison.periods_to_find(change, se, 4.0)
    assert needed[:3].tolist() == [4, 32, 1]
    assert np.isnan(needed[3])
    assert comparison.smallest_found(se[1:2] * (4 / 32) ** 0.5)[0] <= 0.05
