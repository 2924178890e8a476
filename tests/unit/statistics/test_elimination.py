"""Exact arithmetic modulo a prime in floats, and rows in reduced echelon form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from assets.statistics.elimination import Echelon, P, balanced, distinct, from_integers, inverse, multiples, product

LARGEST = P // 2


def test_the_modulus_is_prime_and_products_fit() -> None:
    assert all(P % divisor for divisor in range(2, int(P**0.5) + 1))
    assert P < 2**26


def test_balanced_numbers_are_small_and_zero_is_zero() -> None:
    numbers = np.array([0, 1, -1, P, -P, P + 2, 7 * P - 3, LARGEST, LARGEST + 1, 2**52], dtype=np.int64)
    expected = [0, 1, -1, 0, 0, 2, -3, LARGEST, -LARGEST, (2**52 + LARGEST) % P - LARGEST]
    assert from_integers(numbers).tolist() == expected
    assert balanced(numbers.astype(np.float64)).tolist() == expected


@pytest.mark.parametrize("number", [1, -1, 2, 3, LARGEST, -LARGEST])
def test_a_number_times_its_inverse_is_one(number: int) -> None:
    assert int(inverse(float(number))) * number % P == 1


@pytest.mark.parametrize("largest", [1, 1000, LARGEST])
def test_products_are_exact(largest: int) -> None:
    rng = np.random.default_rng(largest)
    left, right = rng.integers(-largest, largest + 1, (4, 3000)), rng.integers(-LARGEST, LARGEST + 1, (3000, 3))
    expected = (left.astype(object) @ right.astype(object)) % P
    for form in (left.astype(np.float64), sparse.csr_array(left.astype(np.float64))):
        assert (product(form, right.astype(np.float64)) % P).tolist() == expected.tolist()


def test_more_terms_than_stay_exact_are_refused() -> None:
    long = np.full(2**15 + 1, float(LARGEST))
    with pytest.raises(ValueError, match="stay exact"):
        product(long, long[:, None])


def test_multiples_are_recognised() -> None:
    row = np.array([0.0, 2, -1])
    assert multiples(np.array([[0.0, -4, 2], [0, 2, 1], [1, 2, -1], [0, 0, 0]]), row).tolist() == [
        True,
        False,
        False,
        False,
    ]


def test_distinct_keeps_one_of_all_multiples() -> None:
    rows = np.array([[0.0, 2, 4], [0, 0, 0], [0, -1, -2], [0, 1, 3]])
    assert sorted(distinct(rows).tolist()) == [[0, 1, 2], [0, 1, 3]]


@pytest.mark.parametrize("seed", range(30))
def test_pivots_move_into_the_columns_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(4, 30))
    rows = rng.integers(-1, 2, (int(rng.integers(1, columns)), columns)).astype(np.float64)
    asked = rng.random(columns) < 0.5
    echelon = Echelon(columns)
    for row in rows:
        residual = echelon.residuals(row[None])[0]
        if residual.any():
            echelon.add(residual)
    echelon.prefer(asked)

    elsewhere = ~asked[echelon.pivots]
    assert not echelon.rests[elsewhere][:, asked].any()
    assert len(echelon) == np.linalg.matrix_rank(rows)
    assert not echelon.residuals(rows).any()  # still the same space
    assert not echelon.rests[:, echelon.pivots].any()
    assert echelon.occupied.tolist() == np.count_nonzero(echelon.rests, axis=0).tolist()
    assert [column for column in echelon.pivots if echelon.slot[column] < 0] == []
    assert sorted(np.flatnonzero(echelon.slot >= 0)) == sorted(echelon.pivots)


@pytest.mark.parametrize("ones", [1, 3, 40])
def test_a_row_of_ones_is_reduced_like_any_other(ones: int) -> None:
    echelon = Echelon(60)
    for column in range(0, 58):
        residual = echelon.residuals((np.arange(60)[None] == column) * 1.0 + (np.arange(60)[None] > 57) * 2.0)[0]
        echelon.add(residual)
    columns = np.arange(ones) + 10
    row = np.zeros((1, 60))
    row[0, columns] = 1
    assert echelon.residual(columns).tolist() == echelon.residuals(row)[0].tolist()
