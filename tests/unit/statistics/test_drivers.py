"""Division of explained variance over predictors, and how sure it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from assets.statistics import drivers
from assets.statistics.intervals import Floats


def moments_of(values: Floats, weight: Floats | None = None) -> Floats:
    weight = np.ones(len(values)) if weight is None else weight
    return drivers.block_moments(values, weight, np.zeros(len(values), dtype=np.int64), 1)[0]


def sample(n: int = 400) -> Floats:
    generator = np.random.default_rng(3)
    common = generator.normal(size=(n, 1))
    parts = common + generator.normal(size=(n, 4))
    overall = parts @ [0.5, 0.3, 0.0, 0.2] + generator.normal(size=n)
    return np.column_stack([parts, overall])


def test_correlations_are_those_of_the_weighted_answers() -> None:
    values, weight = sample(), np.random.default_rng(5).integers(1, 9, 400).astype(float)
    expected = np.cov(values, rowvar=False, aweights=weight)
    scale = np.sqrt(np.diag(expected))
    found = drivers.correlations(moments_of(values, weight))
    np.testing.assert_allclose(found, expected / np.outer(scale, scale), atol=1e-12)


def test_what_does_not_vary_goes_together_with_nothing() -> None:
    values = np.column_stack([np.full(50, 3.0), np.arange(50.0)])
    assert drivers.correlations(moments_of(values)).tolist() == [[1, 0], [0, 1]]


def test_lmg_is_the_mean_gain_over_all_orders_of_the_predictors() -> None:
    correlation = np.corrcoef(sample(), rowvar=False)

    def r2(chosen: tuple[int, ...]) -> float:
        if not chosen:
            return 0.0
        inside, outcome = correlation[np.ix_(chosen, chosen)], correlation[list(chosen), -1]
        return float(outcome @ np.linalg.solve(inside, outcome))

    expected = np.zeros(4)
    for order in itertools.permutations(range(4)):
        for place, predictor in enumerate(order):
            expected[predictor] += (r2(order[: place + 1]) - r2(order[:place])) / 24
    np.testing.assert_allclose(drivers.lmg(correlation), expected, atol=1e-12)
    assert drivers.lmg(correlation).sum() == pytest.approx(r2((0, 1, 2, 3)))


def test_many_correlation_matrices_at_once_are_as_one_by_one() -> None:
    stacked = np.stack([np.corrcoef(sample(n), rowvar=False) for n in (50, 60, 70)])
    np.testing.assert_allclose(drivers.lmg(stacked), [drivers.lmg(one) for one in stacked], atol=1e-14)


def test_relative_weights_of_unrelated_predictors_are_squared_correlations() -> None:
    correlation = np.eye(3)
    correlation[:2, 2] = correlation[2, :2] = (0.6, 0.3)
    assert drivers.relative_weights(correlation) == pytest.approx([0.36, 0.09])
    assert drivers.lmg(correlation) == pytest.approx([0.36, 0.09])


def test_a_predictor_that_repeats_another_shares_with_it() -> None:
    values = sample()
    twice = np.column_stack([values[:, 0], values[:, 0], values[:, 1], values[:, -1]])
    found = drivers.lmg(np.corrcoef(twice, rowvar=False))
    alone = drivers.lmg(np.corrcoef(twice[:, 1:], rowvar=False))
    assert found[0] == pytest.approx(found[1])
    assert found.sum() == pytest.approx(alone.sum())
    assert drivers.relative_weights(np.corrcoef(twice, rowvar=False)).sum() == pytest.approx(alone.sum())


def test_too_many_predictors_are_refused_and_not_waited_for() -> None:
    with pytest.raises(ValueError, match="at most 14"):
        drivers.lmg(np.eye(16))


def test_the_bootstrap_is_the_same_every_time_and_surrounds_the_shares() -> None:
    values = sample(2000)
    blocks = drivers.block_moments(values, np.ones(2000), np.arange(2000) % 500, 500)
    once, again = (drivers.importance(blocks, 200, 7, 0.95) for _ in range(2))
    assert once.low.tolist() == again.low.tolist()
    assert (once.low < once.share).all()
    assert (once.share < once.high).all()
    assert once.share.sum() == pytest.approx(1)
    assert once.top.sum() == pytest.approx(3)
    assert once.top.argmin() == 2


def test_the_bootstrap_of_blocks_has_the_spread_of_fresh_samples() -> None:
    generator = np.random.default_rng(11)
    weights = np.ones(1000)
    shares, widths = [], []
    for seed in range(40):
        common = generator.normal(size=(1000, 1))
        parts = common + generator.normal(size=(1000, 3))
        values = np.column_stack([parts, parts @ [0.5, 0.3, 0.2] + generator.normal(size=1000)])
        found = drivers.importance(drivers.block_moments(values, weights, np.arange(1000) % 250, 250), 100, seed, 0.95)
        shares.append(found.share)
        widths.append(found.high - found.low)
    ratio = np.mean(widths, axis=0) / (2 * 1.96 * np.std(shares, axis=0, ddof=1))
    assert ((ratio > 0.7) & (ratio < 1.4)).all()


def test_an_outcome_without_spread_is_not_divided() -> None:
    values = np.column_stack([sample()[:, :2], np.full(400, 4.0)])
    found = drivers.importance(moments_of(values)[None], 10, 1, 0.95)
    assert np.isnan(found.share).all()
