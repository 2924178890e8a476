"""What follows from published sums, on tables small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from assets.statistics.disclosure_audit import RowSpace, classes
from assets.statistics.intervals import Bools


def rows(*lines: str) -> sparse.csr_matrix:
    """Rows over people: '1100' counts the first two of four."""
    return sparse.csr_matrix(np.array([[float(c) for c in line] for line in lines]))


def follows(published: sparse.csr_matrix, wanted: sparse.csr_matrix) -> list[bool]:
    space = RowSpace([published])
    found, _ = space.derivable([wanted], space.witnesses())
    return found.tolist()


def test_a_part_follows_from_the_whole_and_all_other_parts() -> None:
    assert follows(rows("1111", "1000", "0100", "0010"), rows("0001")) == [True]


def test_two_hidden_parts_of_a_whole_do_not_follow_but_their_sum_does() -> None:
    assert follows(rows("1111", "1000", "0100"), rows("0001", "0010", "0011")) == [False, False, True]


def test_windows_that_move_by_a_quarter_reveal_the_quarter_that_comes_in() -> None:
    windows = rows("11110", "01111")
    assert follows(windows, rows("00001")) == [False]
    assert follows(sparse.vstack([windows, rows("10000")]).tocsr(), rows("00001")) == [True]


def test_a_combination_with_other_numbers_than_one_is_found() -> None:
    assert follows(rows("110", "011", "101"), rows("100")) == [True]  # half of the first and third less the second


def test_dependent_and_empty_rows_do_no_harm() -> None:
    published = rows("1111", "1100", "0011", "0000", "1111")
    assert follows(published, rows("0011", "0001")) == [True, False]


def test_nothing_follows_from_nothing() -> None:
    assert follows(sparse.csr_matrix((0, 3)), rows("100", "111")) == [False, False]


def test_a_national_figure_reveals_the_hidden_one_of_the_only_unit_that_hides() -> None:
    units = [rows("11", "10", "01"), rows("11")]
    nation = [rows("10"), rows("10")]  # its first class: one unit shows it, the other does not
    hidden = [sparse.csr_matrix((1, 2)), rows("10")]
    space = RowSpace(units, nation)
    found, _ = space.derivable(hidden, space.witnesses())
    assert found.tolist() == [True]
    hides_too = RowSpace([rows("11"), rows("11")], nation)
    assert hides_too.derivable(hidden, hides_too.witnesses())[0].tolist() == [False]


def test_a_joint_row_that_two_units_hide_still_gives_their_sum() -> None:
    space = RowSpace([rows("11"), rows("11")], [rows("10"), rows("10")])
    found, _ = space.derivable([rows("01"), rows("01")], space.witnesses())
    assert found.tolist() == [True]


def test_witnesses_leave_every_published_figure_as_it_is() -> None:
    units, nation = [rows("1100", "0110"), rows("110")], [rows("0010"), rows("100")]
    space = RowSpace(units, nation)
    witnesses = space.witnesses()
    for published, witness in zip(units, witnesses, strict=True):
        np.testing.assert_allclose(published @ witness, 0.0, atol=1e-8)
    np.testing.assert_allclose(sum(r @ w for r, w in zip(nation, witnesses, strict=True)), 0.0, atol=1e-8)


def test_people_in_the_same_rows_are_one_class() -> None:
    of_column, count = classes(rows("11100", "00110"))
    assert count == 4
    assert of_column[0] == of_column[1]
    assert len({of_column[1], of_column[2], of_column[3], of_column[4]}) == 4


def exactly(published: sparse.csr_matrix, wanted: sparse.csr_matrix) -> Bools:
    """The same by the rank of dense matrices."""
    dense, targets = published.toarray(), wanted.toarray()
    rank = np.linalg.matrix_rank(dense)
    return np.array([np.linalg.matrix_rank(np.vstack([dense, t])) == rank for t in targets])


@pytest.mark.parametrize("seed", range(8))
def test_random_tables_agree_with_the_rank_of_dense_matrices(seed: int) -> None:
    draw = np.random.default_rng(seed)
    units = [sparse.csr_matrix((draw.random((9, 12)) < 0.3).astype(np.float64)) for _ in range(3)]
    nation = [sparse.csr_matrix((draw.random((4, 12)) < 0.3).astype(np.float64)) for _ in range(3)]
    first = np.vstack([units[0].toarray()[:1], draw.random((6, 12)) < 0.2])
    targets = [sparse.csr_matrix(first), *(sparse.csr_matrix((7, 12)) for _ in range(2))]
    space = RowSpace(units, nation)
    found, _ = space.derivable(targets, space.witnesses())
    whole = sparse.vstack([sparse.block_diag(units), sparse.hstack(nation)]).tocsr()
    np.testing.assert_array_equal(found, exactly(whole, sparse.hstack(targets).tocsr()))
    assert found[0]


def chain(length: int) -> NDArray[np.float64]:
    """Figures that tell everything, but the first class only by numbers that grow by half with every link."""
    return np.eye(length) + np.eye(length, k=1) + np.eye(length, k=3)


@pytest.mark.parametrize("length", [20, 30, 40, 50])
def test_long_chains_of_figures_over_units_are_followed_to_their_end(length: int) -> None:
    everyone = np.hstack([chain(length), np.zeros((length, 2))])  # and two classes that are in no figure
    units = [sparse.csr_matrix(everyone[:, at::2]) for at in (0, 1)]
    own = [sparse.csr_matrix((0, part.shape[1])) for part in units]
    space = RowSpace(own, units)
    each = np.eye(length + 2)
    found, clearest = space.derivable([sparse.csr_matrix(each[:, at::2]) for at in (0, 1)], space.witnesses())
    assert found.tolist() == [True] * length + [False] * 2
    assert clearest > 0.1


def test_a_chain_that_is_too_long_for_the_numbers_of_one_unit_stops_the_audit_and_is_not_taken_for_safe() -> None:
    space = RowSpace([sparse.csr_matrix(chain(40))])
    with pytest.raises(ArithmeticError, match="could not compute"):
        space.witnesses()
