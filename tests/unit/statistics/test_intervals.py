"""Estimates and intervals from sufficient statistics, and each of their edge cases."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy import stats

from assets.statistics import intervals
from assets.statistics.intervals import Measures, Sums


def sums(*samples: tuple[list[float], list[float]]) -> Sums:
    """Sums of (weights, answers) per figure."""
    columns = []
    for weights, answers in samples:
        w, y = np.array(weights, dtype=float), np.array(answers, dtype=float)
        columns.append(
            (len(y), w.sum(), (w**2).sum(), (w * y).sum(), (w**2 * y).sum(), (w * y**2).sum(), (w**2 * y**2).sum())
        )
    return Sums.simple(*(np.array(c, dtype=float) for c in zip(*columns, strict=True)))


def equal(*answers: float) -> tuple[list[float], list[float]]:
    return [1.0] * len(answers), list(answers)


SHARE = Measures(np.array([True]), np.array([0.0]), np.array([1.0]))
MARK = Measures(np.array([False]), np.array([1.0]), np.array([10.0]))
NO_PARENT = np.array([np.nan])


def one(sample: tuple[list[float], list[float]], kind: Measures, parent: float = np.nan) -> dict[str, float]:
    found = intervals.estimate(sums(sample), kind, np.array([parent]), 0.95)
    return {name: getattr(found, name)[0] for name in ("estimate", "se", "n_eff", "ci_low", "ci_high", "borrowed")}


def test_without_weights_the_mean_has_the_textbook_standard_error_and_t_interval() -> None:
    answers = [4.0, 7, 8, 8, 10]
    found = one(equal(*answers), MARK)
    expected = stats.t.interval(0.95, 4, np.mean(answers), stats.sem(answers))
    assert found["estimate"] == pytest.approx(np.mean(answers))
    assert found["se"] == pytest.approx(stats.sem(answers))
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((expected[0], min(expected[1], 10)))
    assert found["n_eff"] == 5


def test_with_weights_the_standard_error_is_the_linearised_one() -> None:
    w, y = np.array([1.0, 2, 1, 3]), np.array([5.0, 7, 9, 6])
    m = (w * y).sum() / w.sum()
    u = w * (y - m) / w.sum()
    found = one((w.tolist(), y.tolist()), MARK)
    assert found["se"] == pytest.approx(np.sqrt(4 / 3 * (u**2).sum()))
    assert found["n_eff"] == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_scaling_all_weights_changes_nothing() -> None:
    small, large = one(([1, 2, 1, 3], [0, 1, 1, 1]), SHARE), one(([1000, 2000, 1000, 3000], [0, 1, 1, 1]), SHARE)
    assert small == pytest.approx(large)


def test_no_answers_is_nothing_at_all() -> None:
    found = one(([], []), MARK)
    assert all(np.isnan(found[name]) for name in ("estimate", "se", "n_eff", "ci_low", "ci_high"))


@pytest.mark.parametrize("kind", [SHARE, MARK])
def test_one_answer_has_no_standard_error_and_no_interval(kind: Measures) -> None:
    found = one(equal(1), kind)
    assert found["estimate"] == 1
    assert all(np.isnan(found[name]) for name in ("se", "ci_low", "ci_high"))


def test_a_mean_without_spread_borrows_it_from_the_parent() -> None:
    found = one(([1, 1, 2], [7, 7, 7]), MARK, parent=1.5)
    assert found["borrowed"]
    assert found["se"] == pytest.approx(1.5 * np.sqrt(6) / 4)
    assert found["ci_low"] < 7 < found["ci_high"]


def test_a_mean_without_spread_and_without_parent_has_no_interval() -> None:
    found = one(equal(7, 7, 7), MARK)
    assert found["borrowed"]
    assert np.isnan(found["se"])
    assert np.isnan(found["ci_low"])


def test_rounding_error_is_not_spread() -> None:
    assert intervals.spread(sums(([3, 7, 11], [0.1, 0.1, 0.1])))[0] == 0


def test_one_differing_answer_among_ten_million_is_spread() -> None:
    n = 1e7
    y, y2 = 10 * n - 1, 100 * n - 19
    assert intervals.spread(Sums.simple(*(np.array([v]) for v in (n, n, n, y, y, y2, y2))))[0] > 0


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_nobody_or_everybody_has_a_one_sided_wilson_interval_on_kish(answer: float) -> None:
    found = one(([1, 2, 3], [answer] * 3), SHARE)
    t, n_eff = stats.t.ppf(0.975, 2), 36 / 14
    width = (t**2 / n_eff) / (1 + t**2 / n_eff)
    assert found["n_eff"] == pytest.approx(n_eff)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((1 - width, 1) if answer else (0, width))
    assert found["se"] == pytest.approx(width / 2 / t)
    assert not found["borrowed"]


def test_the_effective_number_never_exceeds_the_number_of_answers() -> None:
    negative_correlation = ([5.0, 1, 1, 5, 1, 1], [0.0, 1, 1, 1, 0, 0])
    assert one(negative_correlation, SHARE)["n_eff"] <= 6


def test_an_interval_never_leaves_its_scale() -> None:
    found = one(equal(10, 10, 10, 9), MARK)
    assert found["ci_high"] == 10


def test_answers_without_weight_stop_the_release() -> None:
    with pytest.raises(ValueError, match="without a positive weight"):
        intervals.estimate(sums(([0, 0], [1, 2])), MARK, NO_PARENT, 0.95)


def test_wilson_covers_about_95_percent() -> None:
    chance = np.random.default_rng(20260101)
    runs = 20_000
    for p, n in ((0.15, 20), (0.4, 50), (0.9, 30)):
        hits = chance.binomial(n, p, runs).astype(float)
        full = np.full(runs, float(n))
        found = intervals.estimate(
            Sums.simple(full, full, full, hits, hits, hits, hits),
            Measures(np.full(runs, True), np.zeros(runs), np.ones(runs)),
            np.full(runs, np.nan),
            0.95,
        )
        coverage = np.mean((found.ci_low <= p) & (p <= found.ci_high))
        assert 0.94 <= coverage <= 0.985, (p, n, coverage)


def strata(*samples: list[float]) -> Sums:
    """One figure of equally weighted answers per stratum, as the sum of its strata."""
    parts = [sums(equal(*answers)) for answers in samples]
    return Sums(**{f.name: np.sum([getattr(part, f.name) for part in parts], axis=0) for f in fields(Sums)})


def test_spread_between_strata_is_not_uncertainty() -> None:
    found = strata([4.0, 6, 8], [1, 2, 3])
    within = 3 / 2 * (8 + 2)  # n/(n-1) times the squares around the mean of the own stratum
    assert intervals.taylor_se(found)[0] == pytest.approx(np.sqrt(within) / 6)
    assert intervals.degrees_of_freedom(found)[0] == 4


def test_a_stratum_of_one_answer_counts_in_full() -> None:
    found = strata([4.0, 6], [8])
    squares = 2 * ((4 - 5) ** 2 + (6 - 5) ** 2) + (8 - 6) ** 2  # 6 is the mean of all
    assert intervals.taylor_se(found)[0] == pytest.approx(np.sqrt(squares) / 3)
    assert intervals.degrees_of_freedom(strata([8.0], [9], [7]))[0] == 1, "never below 1"


def test_answers_equal_within_strata_have_no_spread_of_their_own() -> None:
    found = intervals.estimate(strata([7.0, 7], [9, 9]), MARK, np.array([1.5]), 0.95)
    assert found.borrowed[0]
    assert found.se[0] == pytest.approx(1.5 / 2)
    rounded = replace(strata([7.0, 7], [9, 9]), v_yy=np.array([1e-5]))  # sums of tables are whole numbers
    assert intervals.taylor_se(rounded)[0] == 0


def test_the_interval_has_the_degrees_of_freedom_of_its_strata() -> None:
    found = intervals.estimate(strata([4.0, 6, 8], [1, 2, 3]), MARK, NO_PARENT, 0.95)
    assert found.ci_high[0] - found.estimate[0] == pytest.approx(stats.t.ppf(0.975, 4) * found.se[0])


def test_the_finite_population_correction_makes_its_own_standard_error() -> None:
    found = sums(equal(4, 6, 8, 10))
    half = replace(found, **{f"fpc_{part}": getattr(found, f"v_{part}") / 2 for part in ("yy", "y1", "11")})
    assert intervals.taylor_se_fpc(half)[0] == pytest.approx(intervals.taylor_se(found)[0] / np.sqrt(2))
    assert intervals.taylor_se(half)[0] == intervals.taylor_se(found)[0]
