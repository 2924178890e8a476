"""Figures at equal mix, on respondents written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics import casemix, intervals
from assets.statistics.casemix import Design, NormalEquations, Sample
from assets.statistics.intervals import Floats, Integers, Sums

WEB, PHONE = 0, 1


def people(*groups: tuple[int, int, float, int]) -> tuple[Integers, Design, Floats, Floats]:
    """Area, design, weight (1000) and answers of groups of (area, channel, answer, how many)."""
    rows = [(area, channel, answer) for area, channel, answer, count in groups for _ in range(count)]
    area, channel, answer = (np.array(column) for column in zip(*rows, strict=True))
    design = Design(channel[:, None].astype(np.int64), (2,))
    return area.astype(np.int64), design, np.full(len(rows), 1000.0), answer[:, None].astype(np.float64)


# On the phone everybody is two points happier than on the web, in both areas alike; area 0 has mostly web.
MIXED = ((0, WEB, 5, 15), (0, WEB, 7, 15), (0, PHONE, 7, 5), (0, PHONE, 9, 5), (1, WEB, 5, 5), (1, WEB, 7, 5),
         (1, PHONE, 7, 15), (1, PHONE, 9, 15))  # fmt: skip


def equations(*groups: tuple[int, int, float, int], areas: int = 2) -> NormalEquations:
    area, design, weight, values = people(*groups)
    return casemix.normal_equations(area, areas, design, weight, values)


def test_areas_that_differ_in_mix_only_are_equal_once_adjusted() -> None:
    sums = equations(*MIXED)
    slopes = casemix.within_areas(sums)
    found = casemix.at_equal_mix(sums, slopes)
    np.testing.assert_allclose(found.raw, [[6.5, 7.5]])
    np.testing.assert_allclose(found.adjusted, [[7.0, 7.0]])
    np.testing.assert_allclose(found.mix_effect, [[-0.5, 0.5]])
    np.testing.assert_allclose(found.expected, found.raw, err_msg="an average area with this mix scores just that")
    assert slopes.rank.tolist() == [1]


def test_what_an_area_does_itself_stays() -> None:
    better = [(area, channel, answer + area, count) for area, channel, answer, count in MIXED]
    sums = equations(*better)
    found = casemix.at_equal_mix(sums, casemix.within_areas(sums))
    np.testing.assert_allclose(found.adjusted[0, 1] - found.adjusted[0, 0], 1.0)
    np.testing.assert_allclose(found.raw - found.mix_effect, found.adjusted)


def test_sums_of_two_periods_add_up_to_those_of_both() -> None:
    first, second = equations(*MIXED[:5]), equations(*MIXED[5:])
    both = first + second
    whole = equations(*MIXED)
    for name in NormalEquations.__dataclass_fields__:
        assert (getattr(both, name) == getattr(whole, name)).all(), name


def test_a_category_that_only_one_area_has_says_nothing_about_the_mix() -> None:
    sums = equations((0, WEB, 5, 20), (0, WEB, 6, 20), (1, PHONE, 8, 20), (1, PHONE, 9, 20))
    slopes = casemix.within_areas(sums)
    found = casemix.at_equal_mix(sums, slopes)
    assert slopes.rank.tolist() == [0]
    np.testing.assert_array_equal(found.adjusted, found.raw)


def test_with_few_answers_nothing_is_adjusted() -> None:
    small = [(area, channel, answer, 1) for area, channel, answer, _ in MIXED]
    sums = equations(*small)
    slopes = casemix.within_areas(sums)
    assert (slopes.rank.tolist(), slopes.coefficients.tolist()) == ([0], [[0.0, 0.0]])
    assert casemix.at_equal_mix(sums, slopes).mix_effect.tolist() == [[0.0, 0.0]]
    assert casemix.slope_variance(sums, slopes).tolist() == [[0.0, 0.0]]


def test_who_gave_no_answer_is_in_no_sum_of_that_measure() -> None:
    area, design, weight, values = people(*MIXED)
    both = np.column_stack([values[:, 0], np.where(area == 1, np.nan, values[:, 0])])
    sums = casemix.normal_equations(area, 3, design, weight, both)
    assert sums.n.tolist() == [[40, 40, 0], [40, 0, 0]]
    found = casemix.at_equal_mix(sums, casemix.within_areas(sums))
    assert np.isnan(found.adjusted).tolist() == [[False, False, True], [False, True, True]]


def variance(
    groups: tuple[tuple[int, int, float, int], ...], stratum: Integers, person: Integers, order: Integers | None = None
) -> Floats:
    area, design, weight, values = people(*groups)
    weight = weight + 100.0 * (np.arange(len(weight)) % 3)
    index = np.arange(len(area)) if order is None else order
    area, design, weight, values = area[index], design.take(index), weight[index], values[index]
    sums = casemix.normal_equations(area, 2, design, weight, values)
    sample = Sample.of(area, 2, stratum[index], int(stratum.max()) + 1, person[index])
    return casemix.residual_variance(sample, design, weight, values, sums, casemix.within_areas(sums))


SAME = ((0, WEB, 5, 9), (0, WEB, 8, 6), (1, WEB, 4, 7), (1, WEB, 9, 8))
"""Everybody has the same channel: nothing to adjust, and the variance is that of the figure itself."""
NOBODY = np.full(30, -1)


def test_without_a_mix_the_variance_is_that_of_the_weighted_mean() -> None:
    area, _, weight, values = people(*SAME)
    weight = weight + 100.0 * (np.arange(30) % 3)
    found = variance(SAME, area, NOBODY)
    for one in (0, 1):
        w, y = weight[area == one], values[area == one, 0]
        sums = [w**a * y**b for a, b in ((0, 0), (1, 0), (2, 0), (1, 1), (2, 1), (1, 2), (2, 2))]
        expected = intervals.taylor_se(Sums.simple(*(np.array([part.sum()]) for part in sums)))
        np.testing.assert_allclose(np.sqrt(found[0, one]), expected[0], rtol=1e-6)


def test_strata_and_a_person_who_answered_twice() -> None:
    area, _, weight, values = people(*SAME)
    weight = weight + 100.0 * (np.arange(30) % 3)
    u = []
    for one in (0, 1):
        w, y = weight[area == one], values[area == one, 0]
        u.append(w * (y - np.average(y, weights=w)) / w.sum())
    stratum = np.where(area == 1, 2, np.arange(30) % 2)  # area 0 lies in two strata
    person = NOBODY.copy()
    person[[0, 1, 15]] = 4  # twice in area 0, once in area 1: there it adds nothing
    found = variance(SAME, stratum, person)[0]
    by_hand = 2 * u[0][0] * u[0][1]
    for part in (u[0][0::2], u[0][1::2]):
        by_hand += len(part) / (len(part) - 1) * ((part**2).sum() - part.sum() ** 2 / len(part))
    np.testing.assert_allclose(found, [by_hand, 15 / 14 * (u[1] ** 2).sum()], rtol=1e-5)


def test_the_order_of_respondents_does_not_matter_not_even_in_the_last_digit() -> None:
    rng = np.random.default_rng(3)
    stratum = np.where(np.repeat([0, 1], 40) == 1, 1, 0)
    person = rng.integers(0, 60, 80)
    first = variance(MIXED, stratum, person)
    # ids are as good as any other ids
    assert (variance(MIXED, stratum, 59 - person, rng.permutation(80)) == first).all()


def test_adjusting_for_what_explains_answers_makes_the_variance_smaller() -> None:
    area, _, _, _ = people(*MIXED)
    adjusted, (_, design, weight, values) = variance(MIXED, area, np.full(80, -1)), people(*MIXED)
    alike = Design(np.zeros_like(design.codes), (1,))
    sums = casemix.normal_equations(area, 2, alike, weight, values)
    sample = Sample.of(area, 2, area, 2, np.full(80, -1))
    raw = casemix.residual_variance(sample, alike, weight, values, sums, casemix.within_areas(sums))
    assert (adjusted < 0.7 * raw).all()


def test_one_answer_or_equal_answers_say_nothing_about_spread() -> None:
    groups = ((0, WEB, 5, 1), (1, WEB, 8, 12))
    assert np.isnan(variance(groups, np.repeat([0, 1], [1, 12]), np.full(13, -1))).all()


def test_direct_standardisation_weighs_classes_as_in_the_whole_and_needs_answers_in_each() -> None:
    sums = equations(*MIXED)
    np.testing.assert_allclose(casemix.directly_standardised(sums, slice(0, 2), 10), [[7.0, 7.0]])
    assert np.isnan(casemix.directly_standardised(sums, slice(0, 2), 11)).all()
    few = equations(*MIXED, (2, WEB, 6, 30), areas=3)
    found = casemix.directly_standardised(few, slice(0, 2), 10)
    assert np.isnan(found).tolist() == [[False, False, True]]


def test_expected_chances_are_those_of_the_category() -> None:
    _, design, weight, values = people((0, WEB, 1, 3), (0, WEB, 0, 1), (1, PHONE, 1, 1), (1, PHONE, 0, 4))
    chances = casemix.expected_chances(design, weight, values[:, 0])
    np.testing.assert_allclose(chances, [0.75] * 4 + [0.2] * 5)
    _, design, weight, values = people((0, WEB, 1, 4), (1, PHONE, 1, 1), (1, PHONE, 0, 4))
    assert casemix.expected_chances(design, weight, values[:, 0])[0] == pytest.approx(1, abs=1e-6)
