"""Weights by hand: who stands for how many, bounds that hold, margins that are met or refused with words."""

from __future__ import annotations

import numpy as np
import pytest

from assets.statistics.weighting import (
    NoSolutionError,
    base_weights,
    calibrate,
    indicator_matrix,
    kish_deff,
    merged,
    rake,
    require_additive,
)


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def real(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


def test_equal_weights_cost_nothing_and_unequal_ones_do() -> None:
    assert kish_deff(real(3, 3, 3)) == 1
    assert kish_deff(real(1, 3)) == pytest.approx(2 * 10 / 16)
    assert kish_deff(real(1, 3), real(2, 2)) == pytest.approx(kish_deff(real(1, 1, 3, 3)))
    assert np.isnan(kish_deff(real(1.0), real(0.0)))


def test_a_small_class_goes_with_its_smallest_sibling() -> None:
    team, everyone = whole(0, 0, 0, 1), whole(0, 0, 0, 0)
    assert merged(whole(5, 30, 16, 40), [whole(0, 1, 2, 3), team, everyone], 20).tolist() == [0, 1, 0, 2]


def test_what_is_too_small_as_a_whole_team_goes_one_level_up() -> None:
    team, district, everyone = whole(0, 0, 1, 2), whole(0, 0, 0, 1), whole(0, 0, 0, 0)
    paths = [whole(0, 1, 2, 3), team, district, everyone]
    assert merged(whole(5, 6, 30, 50), paths, 20).tolist() == [0, 0, 0, 1]
    assert merged(whole(1, 2, 3, 4), paths, 20).tolist() == [0, 0, 0, 0]  # never an error: everyone is one class
    assert merged(whole(20, 20, 20, 20), paths, 20).tolist() == [0, 1, 2, 3]


def test_an_empty_class_is_merged_too() -> None:
    assert merged(whole(0, 25, 30), [whole(0, 1, 2), whole(0, 0, 0)], 20).tolist() == [0, 0, 1]


def test_a_base_weight_is_selection_times_response() -> None:
    # Half of the first cell was invited, all of the second; both answer in one class: 100 * 2 + 50 asked, 60 answered.
    found = base_weights(whole(200, 50), whole(100, 50), whole(20, 20), whole(0, 1), whole(0, 0))
    assert found == pytest.approx([2 * 250 / 60, 250 / 60])
    assert found @ [20, 20] == pytest.approx(250)


def test_without_invitations_or_answers_there_is_no_base_weight() -> None:
    assert np.isnan(base_weights(whole(5), whole(0), whole(0), whole(0), whole(0))).all()
    assert np.isnan(base_weights(whole(5), whole(5), whole(0), whole(0), whole(0))).all()


MARGINS = [whole(0, 0, 1, 1), whole(0, 1, 0, 1)]
TOTALS = [real(60, 40), real(55, 45)]
BASE = real(1, 1, 1, 1)
COUNT = real(20, 30, 25, 25)


def sums(weight: np.ndarray) -> list[float]:
    return [float(total) for margin in MARGINS for total in np.bincount(margin, weight * COUNT)]


def test_raking_meets_every_margin_and_equals_calibration_with_the_raking_distance() -> None:
    raked = rake(BASE, MARGINS, TOTALS, COUNT)
    assert sums(BASE * raked.factor) == pytest.approx([60, 40, 55, 45], rel=1e-9)
    design = indicator_matrix([MARGINS[0], MARGINS[1] + 2], 4)
    found = calibrate(BASE, design, np.concatenate(TOTALS), "raking", count=COUNT)
    assert found.factor == pytest.approx(raked.factor, rel=1e-9)
    dense = calibrate(BASE, design.toarray(), np.concatenate(TOTALS), "raking", count=COUNT)
    assert dense.factor == pytest.approx(found.factor, rel=1e-12)


@pytest.mark.parametrize("bounds", [(0.3, 3.0), (0.6, 1.6)])
def test_logit_calibration_meets_the_margins_within_its_bounds(bounds: tuple[float, float]) -> None:
    design = indicator_matrix([MARGINS[0], MARGINS[1] + 2], 4)
    found = calibrate(BASE, design, np.concatenate(TOTALS), "logit", bounds, count=COUNT)
    assert sums(BASE * found.factor) == pytest.approx([60, 40, 55, 45], rel=1e-9)
    assert bounds[0] < found.factor.min() and found.factor.max() < bounds[1]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_counts_a_calibration_is_exact_or_refused(seed: int) -> None:
    chance = np.random.default_rng(seed)
    margins = [chance.integers(0, k, 300) for k in (8, 5, 3)]
    count = chance.integers(0, 4, 300).astype(np.float64)
    base = chance.uniform(1, 9, 300)
    truth = base * np.exp(chance.normal(0, 0.2 * (seed + 1), 300))
    totals = [np.bincount(margin, truth * count, k) for margin, k in zip(margins, (8, 5, 3), strict=True)]
    design = indicator_matrix([margins[0], margins[1] + 8, margins[2] + 13], 16)
    try:
        found = calibrate(base, design, np.concatenate(totals), "logit", (0.3, 3.0), count=count)
    except NoSolutionError:
        assert seed > 2, "a small shift always has a solution"
        return
    assert found.error < 1e-9 and found.factor.min() > 0.3 and found.factor.max() < 3
    for margin, total in zip(margins, totals, strict=True):
        assert np.bincount(margin, base * found.factor * count) == pytest.approx(total, rel=1e-9)


def test_no_weights_within_the_bounds_is_said_not_forced() -> None:
    design = indicator_matrix([MARGINS[0]], 2)
    with pytest.raises(NoSolutionError, match=r"no factors between 0\.3 and 3"):
        calibrate(BASE, design, real(90, 10), "logit", (0.3, 3.0), count=real(10, 10, 40, 40))


def test_a_logit_distance_needs_bounds_around_one() -> None:
    with pytest.raises(ValueError, match="needs a lower bound below 1"):
        calibrate(BASE, np.ones((4, 1)), real(4), "logit", (1.1, 3.0))


def test_raking_says_which_cells_it_cannot_reach() -> None:
    with pytest.raises(NoSolutionError, match="1 margin cells have contacts but no respondent"):
        rake(BASE, MARGINS, TOTALS, real(20, 30, 0, 0))


def test_margins_of_another_population_are_refused_with_their_totals() -> None:
    require_additive([real(60, 40), real(100)], ["team", "unit"])
    with pytest.raises(ValueError, match=r"same total as team \(100\), but age_band: 99"):
        require_additive([real(60, 40), real(100), real(50, 49)], ["team", "unit", "age_band"])


def test_without_cells_there_are_no_classes() -> None:
    assert merged(whole(), [whole(), whole()], 20).tolist() == []
