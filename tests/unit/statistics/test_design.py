"""Variances of samples: hand-made cases of the dense form, and the Gram form against the dense one."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics import design
from assets.statistics.calibrated import CalibratedDesign
from assets.statistics.design import Design
from assets.statistics.intervals import Floats
from assets.statistics.strata import Integers, generalised_inverse, margin_matrix, repeated_pairs

ONE = np.ones((4, 1))


def column(*values: float) -> Floats:
    return np.array(values, dtype=float)[:, None]


def test_without_strata_a_total_has_the_variance_of_the_textbook() -> None:
    u = column(1, 2, 4, 5)
    assert design.variance(u, Design(np.zeros(4, dtype=np.int64)))[0] == pytest.approx(4 * np.var(u, ddof=1))


def test_strata_take_out_what_lies_between_them() -> None:
    u = column(1, 1, 9, 9)
    assert design.variance(u, Design(np.array([0, 0, 1, 1])))[0] == 0
    assert design.variance(u, Design(np.zeros(4, dtype=np.int64)))[0] > 0


def test_units_of_a_stratum_that_are_not_among_the_respondents_count_as_zero() -> None:
    here = Design(np.array([0, 0]), size=np.array([4.0]))
    everyone = Design(np.zeros(4, dtype=np.int64))
    assert design.variance(column(3, 5), here) == pytest.approx(design.variance(column(3, 5, 0, 0), everyone))


def test_answers_of_one_cluster_count_as_one() -> None:
    clusters = Design(np.zeros(4, dtype=np.int64), cluster=np.array([7, 7, 3, 3]))
    units = Design(np.zeros(2, dtype=np.int64))
    assert design.variance(column(1, 2, 4, 5), clusters) == pytest.approx(design.variance(column(3, 9), units))
    assert design.degrees_of_freedom(clusters) == 1


def test_a_cluster_number_in_two_strata_is_two_clusters() -> None:
    assert len(Design(np.array([0, 0, 1, 1]), cluster=np.array([1, 2, 1, 2])).units()[1]) == 4


def test_a_finite_population_takes_its_part_off_and_a_whole_one_everything() -> None:
    u, stratum = column(1, 2, 4, 5), np.array([0, 0, 1, 1])
    without = design.variance(u, Design(stratum))[0]
    assert design.variance(u, Design(stratum, population=np.array([4.0, 4.0])))[0] == pytest.approx(without / 2)
    assert design.variance(u, Design(stratum, population=np.array([2.0, 2.0])))[0] == 0


def test_more_answers_than_people_is_refused() -> None:
    with pytest.raises(ValueError, match="1 strata have more sampled units"):
        design.variance(ONE, Design(np.array([0, 0, 1, 1]), population=np.array([2.0, 1.0])))


def test_a_stratum_with_one_answer_adds_its_square() -> None:
    stratum = np.array([0, 0, 1])
    others = design.variance(column(1, 2), Design(stratum[:2]))[0]
    for rule, expected in (("adjust", others + 25), ("remove", others), ("average", 2 * others)):
        design_with_rule = Design(stratum, lonely=rule)  # type: ignore[arg-type]
        assert design.variance(column(1, 2, 5), design_with_rule)[0] == pytest.approx(expected)


def test_who_did_not_answer_is_outside_the_domain_but_in_the_stratum() -> None:
    weight, stratum = np.full(4, 2.0), np.zeros(4, dtype=np.int64)
    found = design.means(weight, column(1, 3, np.nan, np.nan))
    assert found.estimate[0] == 2
    u = found.z * weight[:, None]
    assert u.ravel().tolist() == [-0.5, 0.5, 0, 0]
    assert design.variance(u, Design(stratum))[0] == pytest.approx(4 / 3 * 0.5)


def test_a_ratio_without_denominator_is_not_a_number() -> None:
    found = design.ratios(np.ones(2), column(1, 2), column(0, 0))
    assert np.isnan(found.estimate[0])


def test_a_contrast_is_one_vector_not_a_sum_of_variances() -> None:
    """Two domains that share clusters move together, so that their difference hardly varies."""
    y, domain, cluster = np.array([1.0, 2, 5, 6, 8, 9]), np.array([0, 1, 0, 1, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    pooled, weight = Design(np.zeros(6, dtype=np.int64), cluster=cluster), np.ones(6)
    both = design.domain_means(weight, y, domain, 2)
    difference = both.combine(column(-1, 1))
    assert difference.estimate[0] == pytest.approx(1)
    assert design.variance(difference.z, pooled)[0] == pytest.approx(0)
    assert np.diag(design.covariance(both.z, pooled)).min() > 1


def test_what_the_margins_explain_does_not_vary() -> None:
    """Two groups with one value each: calibrated on the groups, the mean is known exactly."""
    group, base = np.array([0, 0, 0, 1, 1]), np.array([1.0, 2, 3, 1, 2])
    x = (group[:, None] == [0, 1]).astype(float)
    weight = np.array([2.0, 4, 6, 3, 6])
    found = design.means(weight, np.where(group == 0, 4.0, 9.0)[:, None])
    pooled = Design(np.zeros(5, dtype=np.int64))
    assert design.variance(found.z * weight[:, None], pooled)[0] > 0
    assert design.variance(design.residuals(found.z, base, x) * weight[:, None], pooled)[0] == pytest.approx(
        0, abs=1e-20
    )


def test_margins_that_repeat_each_other_count_once() -> None:
    z, base = np.arange(5.0)[:, None], np.array([1.0, 2, 3, 1, 2])
    x = (np.array([0, 0, 0, 1, 1])[:, None] == [0, 1]).astype(float)
    repeated = np.hstack([x, x.sum(axis=1, keepdims=True), np.zeros((5, 1))])
    assert design.residuals(z, base, repeated) == pytest.approx(design.residuals(z, base, x))
    assert generalised_inverse(np.zeros((3, 3))).tolist() == np.zeros((3, 3)).tolist()


def test_pairs_of_the_same_person() -> None:
    one, other = repeated_pairs(np.array([7, -1, 3, 7, -1, 7]))
    assert sorted(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 3), (0, 5), (3, 5)]
    assert design.pair_variance(column(1, 9, 9, 2, 9, 4), np.array([7, -1, 3, 7, -1, 7]))[0] == 2 * (2 + 4 + 8)


def test_margins_of_lists_of_positions() -> None:
    x = margin_matrix(np.array([0, 2, 1]), np.array([0, 2, 2, 3]), 3).toarray()
    assert x.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]


class Case:
    """A random calibrated sample with everything in it: a lonely stratum, absent units, repeated persons and margins,
    unanswered questions, respondents outside every domain."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n, strata, self.domains = 150, 9, 4
        self.stratum: Integers = np.append(rng.integers(0, strata - 1, n - 1), strata - 1)
        self.size = np.bincount(self.stratum).astype(float)
        self.size[3] += 2
        self.population = 4 * self.size
        self.base = rng.uniform(1, 9, n)
        self.weight = self.base * rng.uniform(0.4, 2.5, n)
        self.margins = (rng.random((n, 6)) < 0.3).astype(float)
        self.margins[:, 5] = self.margins[:, 0] + self.margins[:, 1]
        self.values = rng.normal(6, 2, (n, 3))
        self.values[rng.random((n, 3)) < 0.2] = np.nan
        self.values[:, 2] = np.where(np.isnan(self.values[:, 1]), np.nan, self.values[:, 1] > 6)
        self.person = np.where(rng.random(n) < 0.5, -1, rng.integers(0, 30, n))
        self.domain: Integers = rng.integers(-1, self.domains, n)

    def gram(self, *, fpc: bool, persons: bool, margins: bool) -> CalibratedDesign:
        return CalibratedDesign(
            self.base,
            self.weight,
            self.margins if margins else self.margins[:, :0],
            self.stratum,
            self.size,
            population=self.population if fpc else None,
            person=self.person if persons else None,
        )

    def dense(self, z: Floats, *, fpc: bool, persons: bool, margins: bool) -> Floats:
        """Covariance of totals of z, one influence column each."""
        u = self.weight[:, None] * (design.residuals(z, self.base, self.margins) if margins else z)
        matrix = design.covariance(u, Design(self.stratum, size=self.size, population=self.population if fpc else None))
        if persons:
            one, other = repeated_pairs(self.person)
            matrix += u[one].T @ u[other] + u[other].T @ u[one]
        return matrix


FORMS = [
    {"fpc": False, "persons": False, "margins": False},
    {"fpc": False, "persons": False, "margins": True},
    {"fpc": True, "persons": False, "margins": True},
    {"fpc": False, "persons": True, "margins": True},
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "+".join(k for k, v in form.items() if v) or "plain")
@pytest.mark.parametrize("seed", range(3))
def test_the_gram_form_is_the_dense_form(seed: int, form: dict[str, bool]) -> None:
    case = Case(seed)
    matrices = case.gram(**form).covariances(case.values, case.domain, case.domains)
    overlapping = np.stack([case.domain, np.full(len(case.domain), case.domains)], axis=1)
    triples = case.gram(**form).triples(case.values, overlapping, case.domains + 1)
    inside = np.stack([(overlapping == d).any(axis=1) for d in range(case.domains + 1)], axis=1)
    for measure, y in enumerate(case.values.T):
        answered = inside * ~np.isnan(y)[:, None]
        z = np.hstack([answered * np.nan_to_num(y)[:, None], answered.astype(float)])
        expected = case.dense(z, **form)
        of_triples = np.array([t[:, measure] for t in triples])
        k = case.domains + 1
        theirs = np.array([np.diag(expected)[:k], np.diag(expected[:k, k:]), np.diag(expected)[k:]])
        np.testing.assert_allclose(of_triples, theirs, rtol=1e-9, atol=1e-9 * expected.max())
        disjoint = np.ix_(*2 * [[*range(case.domains), *range(k, k + case.domains)]])
        np.testing.assert_allclose(matrices[measure], expected[disjoint], rtol=1e-9, atol=1e-9 * expected.max())


def test_many_measures_are_done_in_parts_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(1)
    whole = case.gram(**FORMS[3]).triples(case.values, case.domain, case.domains)
    monkeypatch.setattr("assets.statistics.calibrated.CHUNK", 1)
    parts = case.gram(**FORMS[3]).triples(case.values, case.domain, case.domains)
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_nobody_gives_zeros() -> None:
    none = np.empty(0)
    empty = CalibratedDesign(none, none, np.empty((0, 2)), none.astype(np.int64), none)
    assert [t.tolist() for t in empty.triples(np.empty((0, 2)), none.astype(np.int64), 1)] == 3 * [[[0.0, 0.0]]]
