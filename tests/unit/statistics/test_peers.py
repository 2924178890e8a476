"""Comparable areas."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics import peers


def test_the_nearest_areas_are_near_on_every_standardised_feature() -> None:
    features = np.array([[1.0, 0.5], [1.1, 0.5], [9.0, 0.5], [1.0, 0.1]])
    assert peers.nearest(features, 1)[:2].ravel().tolist() == [1, 0]


def test_an_area_is_not_its_own_peer_and_there_are_never_more_peers_than_areas() -> None:
    found = peers.nearest(np.arange(5, dtype=np.float64)[:, None], 20)
    assert found.shape == (5, 4)
    assert all(area not in row for area, row in enumerate(found.tolist()))


def test_a_feature_that_is_the_same_everywhere_says_nothing() -> None:
    assert not np.isnan(peers.standardise(np.array([[1.0, 2.0], [1.0, 3.0]]))).any()


def test_a_single_area_has_no_peers() -> None:
    assert peers.nearest(np.array([[1.0]])).shape == (1, 0)


def test_fewer_than_eight_published_peers_say_nothing() -> None:
    values = np.full(20, 0.7)
    assert peers.summarise(values, np.arange(20) < 7, is_proportion=True) is None
    assert peers.summarise(values, np.arange(20) < 8, is_proportion=True) is not None


def test_positions_are_rounded_and_in_order_of_size_so_they_name_no_one() -> None:
    values = np.array([0.7349, 0.612, 0.7751, 0.651, 0.699, 0.7, 0.701, 0.81])
    found = peers.summarise(values, np.full(8, True), is_proportion=True)
    assert found is not None
    assert found.positions == (0.61, 0.65, 0.7, 0.7, 0.7, 0.73, 0.78, 0.81)
    assert found.mean == pytest.approx(values.mean())
    marks = peers.summarise(values * 10, np.full(8, True), is_proportion=False)
    assert marks is not None
    assert marks.positions[0] == 6.1
