"""True differences between areas: estimators, interval, test, reliability, and the division over levels."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics import nested, uniformity
from assets.statistics.intervals import Floats
from assets.statistics.uniformity import ESTIMATORS

# Thirteen trials of the BCG vaccine, log relative risk and its variance: Colditz et al. (1994), JAMA 271:698; results
# in Viechtbauer (2007), Statistics in Medicine 26:37, and of metafor 3.8-1 to all digits.
BCG = np.array([
    -0.889311333920205, -1.585388657201431, -1.348073148299693, -1.441551190021305, -0.217547322211296,
    -0.786115585818864, -1.620898223598392, 0.011952333523841, -0.469417648738149, -1.371344803472784,
    -0.339358828338391, 0.445913400571379, -0.017313948216880,
])  # fmt: skip
BCG_SE = np.sqrt([
    0.325584765003961, 0.194581121398144, 0.415367965367965, 0.020010031902248, 0.051210172169631, 0.006905618455909,
    0.223017247572315, 0.003961579297818, 0.056434210463249, 0.073024793613029, 0.012412213971560, 0.532505845200153,
    0.071404659683986,
])  # fmt: skip


def one_family(y: Floats) -> np.ndarray:
    return np.zeros(len(y), dtype=np.int64)


@pytest.mark.parametrize("name", ["DL", "HE", "PM", "EB", "REML", "ML"])
def test_chance_alone_is_no_true_difference(name: str) -> None:
    y, se = np.array([7.0, 7.1, 6.9, 7.0]), np.full(4, 0.2)
    assert ESTIMATORS[name](y, se, one_family(y), 1)[0] == 0


@pytest.mark.parametrize("name", ["DL", "HE", "PM", "EB", "REML"])
def test_with_equal_precision_it_is_the_variance_minus_the_noise(name: str) -> None:
    y, se = np.array([6.0, 7, 8, 9]), np.full(4, 0.5)
    assert ESTIMATORS[name](y, se, one_family(y), 1)[0] == pytest.approx(np.var(y, ddof=1) - 0.25)


def test_maximum_likelihood_divides_by_the_number_of_areas() -> None:
    y, se = np.array([6.0, 7, 8, 9]), np.full(4, 0.5)
    assert uniformity.ml(y, se, one_family(y), 1)[0] == pytest.approx(np.var(y) - 0.25)


@pytest.mark.parametrize(
    ("name", "expected"), [("DL", 0.30876026286238), ("REML", 0.31324325813648), ("PM", 0.31806845220502)]
)
def test_a_published_example(name: str, expected: float) -> None:
    assert ESTIMATORS[name](BCG, BCG_SE, one_family(BCG), 1)[0] == pytest.approx(expected, rel=1e-9)


def test_the_interval_of_a_published_example() -> None:
    low, high = uniformity.q_profile(BCG, BCG_SE, one_family(BCG), 1, 0.95)
    assert [low[0], high[0]] == pytest.approx([0.11971836114126, 1.11147908406093], rel=1e-9)


def test_the_test_of_a_published_example() -> None:
    found = uniformity.homogeneity(BCG, BCG_SE, one_family(BCG), 1)
    assert [found.q[0], found.df[0]] == pytest.approx([152.23300808237, 12.0])
    assert found.p_value[0] == pytest.approx(1.9967645908e-26, rel=1e-6)
    tau2 = uniformity.paule_mandel(BCG, BCG_SE, one_family(BCG), 1)
    assert uniformity.i_squared(tau2, BCG_SE, one_family(BCG), 1)[0] == pytest.approx(0.92330337954153)


def test_the_interval_holds_the_estimate_and_begins_at_zero_where_areas_may_not_differ() -> None:
    y, se = np.array([7.0, 7.4, 6.8, 7.1]), np.full(4, 0.2)
    low, high = uniformity.q_profile(y, se, one_family(y), 1, 0.95)
    assert low[0] == 0
    assert high[0] > uniformity.paule_mandel(y, se, one_family(y), 1)[0]
    still, wide = uniformity.q_profile(np.full(4, 7.0), se, one_family(y), 1, 0.95)
    assert (still[0], wide[0]) == (0, 0)


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_families_are_independent_and_a_single_area_is_unknown(name: str) -> None:
    y, se = np.array([6.0, 8, 7, 5, 9]), np.array([0.1, 0.2, 0.1, 0.3, 0.1])
    together = ESTIMATORS[name](y, se, np.array([0, 0, 1, 2, 2]), 3)
    alone = ESTIMATORS[name](y[3:], se[3:], np.zeros(2, dtype=np.int64), 1)
    assert together[2] == pytest.approx(alone[0])
    assert np.isnan(together[1])


def test_without_figures_there_is_nothing() -> None:
    nothing = np.empty(0)
    for estimator in ESTIMATORS.values():
        assert np.isnan(estimator(nothing, nothing, nothing.astype(np.int64), 1)).all()


def test_a_tenth_of_the_areas_lies_above_and_a_tenth_below_the_gap() -> None:
    assert uniformity.gap_90_10(np.array([0.1]))[0] == pytest.approx(0.25631, abs=1e-5)


def test_reliability_is_the_share_that_is_not_chance() -> None:
    found = uniformity.reliability(np.array([0.04, 0.0, np.nan]), np.array([0.2, 0.2, 0.2]))
    assert found[:2] == pytest.approx([0.5, 0.0])
    assert np.isnan(found[2])


def test_widened_standard_errors_keep_the_false_alarms_of_small_areas_near_the_level() -> None:
    """2,000 releases of 100 areas with 12 answers each that do not differ at all."""
    generator = np.random.default_rng(1)
    answers = generator.normal(7, 2, size=(2000 * 100, 12))
    y, se = answers.mean(axis=1), answers.std(axis=1, ddof=1) / np.sqrt(12)
    family = np.repeat(np.arange(2000), 100)
    plain = uniformity.homogeneity(y, se, family, 2000).p_value < 0.05
    widened = uniformity.homogeneity(y, uniformity.widened_se(se, np.full(len(y), 11.0)), family, 2000).p_value < 0.05
    assert plain.mean() > 0.25
    assert widened.mean() < 0.08
    assert np.isnan(uniformity.widened_se(np.array([1.0]), np.array([2.0])))[0]


NESTED = np.array([[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], range(12)])


def test_variance_that_is_all_between_units_is_given_to_the_units() -> None:
    y = np.repeat([5.0, 7.0, 9.0], 4)
    found = nested.shares(nested.components(y, np.full(12, 0.1), NESTED))
    assert found == pytest.approx([1.0, 0.0, 0.0])


def test_in_a_balanced_organisation_the_components_are_those_of_the_analysis_of_variance() -> None:
    y = np.array([4.0, 5, 7, 8.5, 6, 7.5, 9, 10, 1, 2, 3.5, 5.5])
    between_teams = ((y.reshape(6, 2) - y.reshape(6, 2).mean(axis=1, keepdims=True)) ** 2).sum() / 6
    districts = y.reshape(3, 2, 2).mean(axis=2)
    between_districts = 2 * ((districts - districts.mean(axis=1, keepdims=True)) ** 2).sum() / 3
    units = y.reshape(3, 4).mean(axis=1)
    between_units = 4 * np.var(units, ddof=1)
    expected = [
        (between_units - between_districts) / 4,
        (between_districts - between_teams) / 2,
        between_teams - 0.01,
    ]
    assert nested.components(y, np.full(12, 0.1), NESTED) == pytest.approx(expected, rel=1e-6)


def test_a_level_that_divides_no_further_than_the_one_below_has_no_share_of_its_own() -> None:
    y = np.array([4.0, 5, 7, 8, 6, 7])
    same = np.array([[0, 0, 0, 1, 1, 1], range(6), range(6)])
    assert nested.usable_levels(same).tolist() == [False, False, True]
    found = nested.components(y, np.full(6, 0.1), same)
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(np.var(y, ddof=1) - 0.01)
    assert nested.shares(found)[2] == 1


def test_areas_that_do_not_differ_have_no_shares() -> None:
    found = nested.components(np.full(12, 7.0), np.full(12, 0.1), NESTED)
    assert found.tolist() == [0, 0, 0]
    assert np.isnan(nested.shares(found)).all()
    assert np.isnan(nested.components(np.empty(0), np.empty(0), np.empty((3, 0), dtype=np.int64))).all()
