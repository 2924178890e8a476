"""Contrasts between groups of one sample: against everyone else, and the widest gap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from assets.statistics import design
from assets.statistics.calibrated import CalibratedDesign
from assets.statistics.group_gaps import Groups, against_rest, widest_gap

GROUPS = 3


class Sample:
    """300 respondents in five strata, weights calibrated on two margins, three groups, two measures."""

    def __init__(self) -> None:
        generator = np.random.default_rng(2)
        size = 300
        self.stratum = np.sort(generator.integers(0, 5, size))
        self.group = generator.integers(0, GROUPS, size)
        self.values = generator.integers(1, 6, (size, 2)).astype(float) + self.group[:, None] * [0.5, 0.0]
        self.values[::7, 1] = np.nan
        self.base = generator.uniform(1, 3, size)
        self.weight = self.base * generator.uniform(0.8, 1.2, size)
        self.margins = np.column_stack([np.ones(size), self.stratum == 1, generator.integers(0, 2, size)]).astype(float)

    def groups(self) -> Groups:
        size = np.bincount(self.stratum).astype(float)
        gram = CalibratedDesign(self.base, self.weight, self.margins, self.stratum, size)
        inside = (self.group[:, None] == np.arange(GROUPS)).astype(float)
        answered, y = ~np.isnan(self.values), np.nan_to_num(self.values)
        n, sum_w = (w.T @ inside for w in (answered.astype(float), answered * self.weight[:, None]))
        sum_wy = (y * self.weight[:, None]).T @ inside
        return Groups(n, sum_w, sum_wy, gram.covariances(self.values, self.group, GROUPS))

    def dense(self, one: np.ndarray, other: np.ndarray, measure: int) -> tuple[float, float]:
        """Difference of two domains and its standard error from one influence vector."""
        domains = np.column_stack([one, other]).astype(float)
        found = design.means(self.weight, self.values[:, [measure, measure]], domains)
        contrast = found.combine(np.array([[1.0], [-1.0]]))
        influence = design.residuals(contrast.z, self.base, self.margins) * self.weight[:, None]
        variance = design.variance(influence, design.Design(self.stratum))
        return float(contrast.estimate[0]), float(np.sqrt(variance[0]))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample()


def test_a_group_against_the_rest_has_the_standard_error_of_one_influence_vector(sample: Sample) -> None:
    found = against_rest(sample.groups()).found
    for measure in range(2):
        for group in range(GROUPS):
            difference, se = sample.dense(sample.group == group, sample.group != group, measure)
            assert found.difference[measure, group] == pytest.approx(difference, abs=1e-12)
            assert found.se[measure, group] == pytest.approx(se, rel=1e-9)


def test_it_is_not_that_of_two_samples(sample: Sample) -> None:
    """Groups share strata and margins: taking them as independent gives another standard error."""
    groups = sample.groups()
    apart = groups.covariance.copy()
    for group in range(GROUPS):
        own = np.isin(np.arange(2 * GROUPS), [group, GROUPS + group])
        apart[:, own[:, None] & ~own] = 0
    found = against_rest(Groups(groups.n, groups.sum_w, groups.sum_wy, apart)).found
    assert (np.abs(found.se / against_rest(groups).found.se - 1) > 0.005).any()


def test_the_widest_gap_is_between_the_highest_and_the_lowest_group(sample: Sample) -> None:
    found = widest_gap(sample.groups(), np.full((2, GROUPS), True))
    assert (found.highest[0], found.lowest[0], found.pairs[0]) == (2, 0, 3)
    difference, se = sample.dense(sample.group == 2, sample.group == 0, 0)
    assert found.found.difference[0] == pytest.approx(difference)
    assert found.found.se[0] == pytest.approx(se, rel=1e-9)


def test_its_test_and_interval_allow_for_every_pair(sample: Sample) -> None:
    found = widest_gap(sample.groups(), np.full((2, GROUPS), True))
    alone = 2 * stats.t.sf(found.found.difference / found.found.se, found.found.df)
    assert found.found.p_value == pytest.approx(np.minimum(3 * alone, 1))
    low, high = found.interval(0.95)
    half = stats.t.ppf(1 - 0.05 / 6, found.found.df) * found.found.se
    assert high - low == pytest.approx(2 * half)


def test_groups_that_do_not_take_part_are_not_the_highest(sample: Sample) -> None:
    allowed = np.array([[True, True, False], [True, False, False]])
    found = widest_gap(sample.groups(), allowed)
    assert found.highest[0] != 2
    assert (found.highest[1], found.lowest[1]) == (-1, -1)
    assert np.isnan(found.found.difference[1])


def test_a_group_in_which_everybody_answered_alike_gives_no_verdict() -> None:
    groups = Groups(
        n=np.array([[40.0, 40.0]]),
        sum_w=np.array([[40.0, 40.0]]),
        sum_wy=np.array([[40.0, 20.0]]),
        covariance=np.diag([0.0, 10.0, 0.0, 0.0])[None],
    )
    found = against_rest(groups).found
    assert np.isnan(found.se).all()
    assert np.isnan(found.p_value).all()
    assert found.difference[0].tolist() == [0.5, -0.5]


def test_a_small_group_decides_the_degrees_of_freedom() -> None:
    covariance = np.diag([9.0, 9.0, 0.0, 0.0])[None]
    groups = Groups(np.array([[30.0, 3000.0]]), np.array([[30.0, 3000.0]]), np.array([[90.0, 9000.0]]), covariance)
    df = against_rest(groups).found.df[0]
    assert df == pytest.approx([29.0, 29.0], abs=0.1)


def test_covariances_within_areas_are_those_of_all_groups_of_all_areas(sample: Sample) -> None:
    size = np.bincount(sample.stratum).astype(float)
    person = np.where(np.arange(300) % 2 == 0, np.arange(300) // 4, -1)  # two by two, across groups and areas
    gram = CalibratedDesign(sample.base, sample.weight, sample.margins, sample.stratum, size, person=person)
    area = (np.arange(300) // 30) % 2
    domain = area * GROUPS + sample.group
    whole = gram.covariances(sample.values, domain, 2 * GROUPS).reshape(2, 2, 2, GROUPS, 2, 2, GROUPS)
    apart = gram.block_covariances(sample.values, domain, 2 * GROUPS, 2).reshape(2, 2, 2, GROUPS, 2, GROUPS)
    for area_number in range(2):
        np.testing.assert_allclose(
            apart[area_number], whole[:, :, area_number, :, :, area_number], rtol=1e-9, atol=1e-6
        )
