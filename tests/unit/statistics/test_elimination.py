"""Exact arithmetic modulo a prime in floats, and rows in reduced echelon form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from assets.statistics.elimination import Echelon, P, balanced, inverse, multiples, product, sparse_product
from assets.statistics.intervals import Floats

LARGEST = P // 2


def residuals(echelon: Echelon, rows: Floats) -> Floats:
    """What is left of rows of any numbers: the long way."""
    left = balanced(rows - product(rows[:, echelon.pivots], echelon.rests))
    left[:, echelon.pivots] = 0
    return left


def test_the_modulus_is_prime_and_products_fit() -> None:
    assert all(P % divisor for divisor in range(2, int(P**0.5) + 1))
    assert P < 2**26


def test_balanced_numbers_are_small_and_zero_is_zero() -> None:
    numbers = np.array([0, 1, -1, P, -P, P + 2, 7 * P - 3, LARGEST, LARGEST + 1, 2**52], dtype=np.int64)
    expected = [0, 1, -1, 0, 0, 2, -3, LARGEST, -LARGEST, (2**52 + LARGEST) % P - LARGEST]
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


@pytest.mark.parametrize("largest", [1, LARGEST])
def test_products_of_sparse_matrices_are_exact_and_have_no_zeros(largest: int) -> None:
    rng = np.random.default_rng(largest)
    left, right = (rng.integers(-largest, LARGEST + 1, shape) for shape in ((4, 300), (300, 5)))
    left, right = (part * (rng.random(part.shape) < 0.3) for part in (left, right))
    right[:, 2] = 0
    found = sparse_product(*(sparse.csr_array(part.astype(np.float64)) for part in (left, right)))
    expected = (left.astype(object) @ right.astype(object)) % P
    assert (found.toarray() % P).tolist() == expected.tolist()
    assert found.nnz == np.count_nonzero(expected)


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


@pytest.mark.parametrize("seed", range(30))
def test_pivots_move_into_the_columns_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(4, 30))
    rows = rng.integers(-1, 2, (int(rng.integers(1, columns)), columns)).astype(np.float64)
    asked = rng.random(columns) < 0.5
    echelon = Echelon(columns)
    for row in rows:
        residual = residuals(echelon, row[None])[0]
        if residual.any():
            echelon.add(residual)
    echelon.prefer(asked)

    elsewhere = ~asked[echelon.pivots]
    assert not echelon.rests[elsewhere][:, asked].any()
    assert len(echelon) == np.linalg.matrix_rank(rows)
    assert not residuals(echelon, rows).any()  # still the same space
    assert not echelon.rests[:, echelon.pivots].any()
    assert echelon.occupied.tolist() == np.count_nonzero(echelon.rests, axis=0).tolist()
    assert [column for column in echelon.pivots if echelon.slot[column] < 0] == []
    assert sorted(np.flatnonzero(echelon.slot >= 0)) == sorted(echelon.pivots)


@pytest.mark.parametrize("ones", [1, 3, 40])
def test_a_row_of_ones_is_reduced_like_any_other(ones: int) -> None:
    echelon = Echelon(60)
    for column in range(0, 58):
        residual = residuals(echelon, (np.arange(60)[None] == column) * 1.0 + (np.arange(60)[None] > 57) * 2.0)[0]
        echelon.add(residual)
    columns = np.arange(ones) + 10
    row = np.zeros((1, 60))
    row[0, columns] = 1
    assert echelon.residual(columns).tolist() == residuals(echelon, row)[0].tolist()
