"""Figures of areas at the same mix of contacts: what an area does not choose is taken out of the comparison.

Belongs here: regression on adjusters with an intercept per area, its normal equations (sums that add up over periods),
adjusted figures and what an average area would score with the same mix, direct standardisation, expected numbers from a
logistic model. Does not belong here: which adjusters there are, tables, comparisons of areas, shrinkage
(``small_area``).

An adjuster is a characteristic of the contact that the area does not choose and that is no service. All adjusters are
categories, given as codes: every category has its own column, and the generalised inverse takes care of the columns
that follow from others. Adjusted figures do not depend on that choice.

Sources: the linear model with a group intercept is the analysis of covariance, e.g. Searle (1971), Linear Models,
ch. 8, equal to R ``lm(y ~ x + factor(area))``; its use for adjusted means is that of the HCAHPS survey. Direct and
indirect standardisation: Breslow & Day (1987), Statistical Methods in Cancer Research II, ch. 2. Logistic regression by
Newton's method, equal to R ``glm(family = binomial)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy import sparse, special

from assets.statistics.intervals import EQUAL_ANSWERS, Floats, Integers, divide

DEPENDENT = 1e-9
"""Relative size of an eigenvalue below which a direction of the adjusters is a consequence of others."""
ANSWERS_PER_SLOPE = 10
"""Answers beyond one per area that every slope needs; with fewer nothing is adjusted."""
MOST_STEPS = 50
PRECISION = 1e-12
FINEST = 2.0**21
"""Steps into which the largest contribution to a variance is divided: see :func:`residual_variance`."""


@dataclass(frozen=True)
class Design:
    """Adjusters of n respondents.

    Attributes:
        codes: n x adjusters, the category of each respondent per adjuster, from 0.
        sizes: Number of categories per adjuster.
    """

    codes: Integers
    sizes: tuple[int, ...]

    @property
    def columns(self) -> int:
        """Categories of all adjusters together (p)."""
        return sum(self.sizes)

    @property
    def offsets(self) -> tuple[int, ...]:
        """First column of every adjuster."""
        return tuple(sum(self.sizes[:position]) for position in range(len(self.sizes)))

    def take(self, index: Integers) -> Design:
        """The adjusters of these respondents."""
        return Design(self.codes[index], self.sizes)


@dataclass(frozen=True)
class NormalEquations:
    """Sums behind the regressions of k measures on p adjuster columns; additive over disjoint respondents.

    Sums of whole weights and whole answers are exact, so that no order of adding changes them.

    Attributes:
        n: k x areas, answers.
        sum_w: k x areas, weights.
        sum_w2: k x areas, squared weights.
        sum_wy: k x areas.
        sum_wyy: k x areas.
        n_z: k x areas x p, answers per category.
        sum_wz: k x areas x p, weights per category.
        sum_wzy: k x areas x p.
        sum_wzz: k x p x p, weights per pair of categories, all areas together.
    """

    n: Floats
    sum_w: Floats
    sum_w2: Floats
    sum_wy: Floats
    sum_wyy: Floats
    n_z: Floats
    sum_wz: Floats
    sum_wzy: Floats
    sum_wzz: Floats

    def __add__(self, other: NormalEquations) -> NormalEquations:
        return NormalEquations(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def of(self, measures: slice) -> NormalEquations:
        """The sums of some of the measures."""
        return NormalEquations(*(getattr(self, f.name)[measures] for f in fields(self)))


@dataclass(frozen=True)
class Sample:
    """Who was drawn from what, of n respondents.

    Attributes:
        area: n, position of the area.
        areas: Number of areas.
        stratum: n, position of the stratum; a stratum lies within one area.
        stratum_size: Respondents per stratum, with and without an answer to an item.
        again: Positions of answers of people who answered more than once in one area.
        group: The same number for the same person in the same area, one element per element of ``again``.
    """

    area: Integers
    areas: int
    stratum: Integers
    stratum_size: Floats
    again: Integers
    group: Integers

    @classmethod
    def of(cls, area: Integers, areas: int, stratum: Integers, strata: int, person: Integers) -> Sample:
        """Sample in which everybody of a stratum is among the n respondents.

        Args:
            area: n, position of the area.
            areas: Number of areas.
            stratum: n, position of the stratum.
            strata: Number of strata.
            person: n, the same number for the same person, from 0; -1 where nobody knows who.
        """
        asked = np.flatnonzero(person >= 0)
        within = person[asked] * areas + area[asked]
        _, group, times = np.unique(within, return_inverse=True, return_counts=True)
        repeated = times[group] > 1
        size = np.bincount(stratum, minlength=strata).astype(np.float64)
        return cls(area, areas, stratum, size, asked[repeated], np.unique(group[repeated], return_inverse=True)[1])


@dataclass(frozen=True)
class Slopes:
    """What a category does to the answers within areas.

    Attributes:
        coefficients: k x p, in units of the answer; only differences within an adjuster mean something.
        covariance: k x p x p, of the coefficients.
        rank: k, slopes that could be estimated; 0 where nothing is adjusted.
    """

    coefficients: Floats
    covariance: Floats
    rank: Integers

    def of(self, measures: slice) -> Slopes:
        """The slopes of some of the measures."""
        return Slopes(self.coefficients[measures], self.covariance[measures], self.rank[measures])


@dataclass(frozen=True)
class AtEqualMix:
    """Figures of k measures x areas; NaN without answers.

    Attributes:
        raw: Weighted mean.
        adjusted: What the area would score with the mix of all areas together.
        mix_effect: raw - adjusted: what its own mix does.
        expected: What an average area would score with the mix of this area.
    """

    raw: Floats
    adjusted: Floats
    mix_effect: Floats
    expected: Floats


def normal_equations(area: Integers, areas: int, design: Design, weight: Floats, values: Floats) -> NormalEquations:
    """Sums over respondents for the regression of every measure.

    Args:
        area: n, position of the area of each respondent.
        areas: Number of areas.
        design: Adjusters of the n respondents.
        weight: n, positive.
        values: n x k, NaN where there is no answer: who gave no answer is in no sum of that measure.
    """
    known = np.isfinite(values).astype(np.float64)
    answer = np.nan_to_num(values)
    weighted = weight[:, None] * known
    weighted_y = weighted * answer
    in_area = _indicator(area, areas)
    measures = values.shape[1]
    per_category = {name: np.zeros((measures, areas, design.columns)) for name in ("n_z", "sum_wz", "sum_wzy")}
    sum_wzz = np.zeros((measures, design.columns, design.columns))
    for here, size, codes in _adjusters(design):
        in_category = _indicator(area * size + codes, areas * size)
        for target, what in zip(per_category.values(), (known, weighted, weighted_y), strict=True):
            target[:, :, here : here + size] = (in_category @ what).reshape(areas, size, measures).transpose(2, 0, 1)
        for there, other_size, other_codes in _adjusters(design):
            if there < here:
                continue
            pairs = _indicator(codes * other_size + other_codes, size * other_size) @ weighted
            block = pairs.reshape(size, other_size, measures).transpose(2, 0, 1)
            sum_wzz[:, here : here + size, there : there + other_size] = block
            sum_wzz[:, there : there + other_size, here : here + size] = block.transpose(0, 2, 1)
    return NormalEquations(
        n=(in_area @ known).T,
        sum_w=(in_area @ weighted).T,
        sum_w2=(in_area @ (weight[:, None] * weighted)).T,
        sum_wy=(in_area @ weighted_y).T,
        sum_wyy=(in_area @ (weighted_y * answer)).T,
        **per_category,
        sum_wzz=sum_wzz,
    )


def within_areas(equations: NormalEquations) -> Slopes:
    """Weighted least squares of every measure on the adjusters, with an intercept per area.

    The covariance is that of ordinary least squares, times sum(w^2) / sum(w) for the unequal weights. Where there are
    fewer than ``ANSWERS_PER_SLOPE`` answers per slope, all slopes are zero.
    """
    per_area = np.nan_to_num(divide(np.ones_like(equations.sum_w), equations.sum_w))
    sum_wz = equations.sum_wz
    centred = equations.sum_wzz - np.einsum("kap,kaq->kpq", sum_wz * per_area[:, :, None], sum_wz)
    products = equations.sum_wzy.sum(axis=1) - np.einsum("kap,ka->kp", sum_wz, equations.sum_wy * per_area)
    squares = (equations.sum_wyy - equations.sum_wy**2 * per_area).sum(axis=1)
    inverse, rank = _generalised_inverse(centred, equations.sum_wzz)
    answers = equations.n.sum(axis=1)
    freedom = answers - (equations.n > 0).sum(axis=1)
    rank = np.where(freedom >= ANSWERS_PER_SLOPE * rank, rank, 0)
    inverse = np.where(rank[:, None, None] > 0, inverse, 0.0)
    coefficients = np.einsum("kpq,kq->kp", inverse, products)
    residual = np.maximum(squares - np.einsum("kp,kp->k", coefficients, products), 0.0)
    total = equations.sum_w.sum(axis=1)
    per_answer = divide(residual, total) * divide(answers, freedom - rank)
    variance = np.nan_to_num(per_answer * divide(equations.sum_w2.sum(axis=1), total))
    return Slopes(coefficients, variance[:, None, None] * inverse, rank.astype(np.int64))


def at_equal_mix(equations: NormalEquations, slopes: Slopes) -> AtEqualMix:
    """Figures of every area as they are, and at the mix of all respondents together."""
    raw = divide(equations.sum_wy, equations.sum_w)
    mix_effect = np.einsum("kap,kp->ka", _mix_difference(equations), slopes.coefficients)
    mix_effect = np.where(np.isnan(raw), np.nan, mix_effect)
    overall = divide(equations.sum_wy.sum(axis=1), equations.sum_w.sum(axis=1))[:, None]
    return AtEqualMix(raw, raw - mix_effect, mix_effect, overall + mix_effect)


def slope_variance(equations: NormalEquations, slopes: Slopes) -> Floats:
    """Part of the variance of adjusted figures that comes from estimating the slopes; k x areas."""
    difference = _mix_difference(equations)
    variance: Floats = (np.einsum("kap,kpq->kaq", difference, slopes.covariance) * difference).sum(axis=2)
    return np.maximum(variance, 0.0)


def residual_variance(  # noqa: PLR0917 - a sample, its answers and what was made of them
    sample: Sample, design: Design, weight: Floats, values: Floats, equations: NormalEquations, slopes: Slopes
) -> Floats:
    """Linearised variance of the adjusted figures at given slopes: that of the weighted mean of y - z'b per area.

    With u_i = w_i (e_i - mean of e in the area) / sum(w): the sum over strata of n_h / (n_h - 1) * (sum(u^2) -
    sum(u)^2 / n_h), and for answers of one person in one area the products u_i u_j. A stratum of one respondent counts
    with u^2. The contributions are counted in steps of 1 / ``FINEST`` of the largest one, so that their sums are whole
    numbers: the order of the respondents does not matter, not even in the last digit.

    Args:
        sample: Of the n respondents.
        design: Their adjusters.
        weight: n, positive.
        values: n x k, NaN where there is no answer.
        equations: Of these respondents.
        slopes: Of these equations.

    Returns:
        k x areas; NaN for fewer than two answers, and where all answers are equal: they say nothing of their spread.
    """
    centre = divide(equations.sum_wy - np.einsum("kap,kp->ka", equations.sum_wz, slopes.coefficients), equations.sum_w)
    contribution = np.nan_to_num(weight[:, None] * (values - fitted(design, slopes) - centre.T[sample.area]))
    step = np.maximum(np.abs(contribution).max(axis=0, initial=0.0), np.finfo(float).tiny) / FINEST
    steps = np.rint(contribution / step).astype(np.int64)
    in_stratum = _indicator(sample.stratum, len(sample.stratum_size), np.int64)
    sums, squares = (in_stratum @ steps).astype(np.float64), (in_stratum @ steps**2).astype(np.float64)
    size = np.maximum(sample.stratum_size, 2.0)[:, None]
    several = size / (size - 1) * (squares - sums**2 / size)
    area_of_stratum = np.zeros(len(sample.stratum_size), dtype=np.int64)
    area_of_stratum[sample.stratum] = sample.area
    per_area = _indicator(area_of_stratum, sample.areas) @ np.where(sample.stratum_size[:, None] >= 2, several, squares)
    variance = divide(((per_area + _repeated(sample, steps)) * step**2).T, equations.sum_w**2)
    squared = divide(equations.sum_wyy, equations.sum_w)
    between = squared - divide(equations.sum_wy, equations.sum_w) ** 2
    alike = between <= EQUAL_ANSWERS * np.maximum(squared, EQUAL_ANSWERS)
    return np.where((equations.n >= 2) & ~alike, np.maximum(variance, 0.0), np.nan)


def fitted(design: Design, slopes: Slopes) -> Floats:
    """What the adjusters of each respondent add to the answer: z'b, n x k."""
    result = np.zeros((len(design.codes), len(slopes.coefficients)))
    for here, size, codes in _adjusters(design):
        result += slopes.coefficients[:, here : here + size].T[codes]
    return result


def directly_standardised(equations: NormalEquations, classes: slice, least: float) -> Floats:
    """Means per class of an area, weighed with the shares of the classes in all areas together.

    Args:
        equations: Of the respondents.
        classes: Columns of the adjuster that has the classes.
        least: Answers that every class needs in an area, apart from classes nobody answered in.

    Returns:
        k x areas; NaN where a class has too few answers.
    """
    sum_w = equations.sum_wz[:, :, classes]
    used = sum_w.sum(axis=1) > 0
    means = np.nan_to_num(divide(equations.sum_wzy[:, :, classes], sum_w))
    shares = divide(sum_w.sum(axis=1), np.broadcast_to(sum_w.sum(axis=(1, 2))[:, None], used.shape))
    enough = ((equations.n_z[:, :, classes] >= least) | ~used[:, None, :]).all(axis=2) & used.any(axis=1)[:, None]
    return np.where(enough, (means * np.nan_to_num(shares)[:, None, :]).sum(axis=2), np.nan)


def expected_chances(design: Design, weight: Floats, happened: Floats) -> Floats:
    """Chance of each respondent in a logistic regression on the adjusters alone, without areas.

    With these, the observed number of an area can be set against the expected one (indirect standardisation): the
    expected number is the sum of the chances, its variance the sum of chance * (1 - chance). Who is in a category with
    one kind of answer only gets a chance of (almost) 0 or 1.

    Args:
        design: Adjusters of the n respondents.
        weight: n, positive.
        happened: n, 0 or 1.

    Returns:
        n chances.

    Raises:
        ValueError: The regression does not converge.
    """
    columns = sparse.vstack([_indicator(codes, size) for _, size, codes in _adjusters(design)], format="csr")
    coefficients = np.zeros(columns.shape[0])
    for _ in range(MOST_STEPS):
        chance = special.expit(columns.T @ coefficients)
        score = columns @ (weight * (happened - chance))
        information = (columns.multiply(weight * chance * (1 - chance)) @ columns.T).toarray()[None]
        inverse, _ = _generalised_inverse(information, information)
        step = inverse[0] @ score
        coefficients = coefficients + step
        if np.abs(step).max(initial=0.0) <= PRECISION * max(1.0, float(np.abs(coefficients).max(initial=0.0))):
            return np.asarray(special.expit(columns.T @ coefficients), dtype=np.float64)
    raise ValueError(f"the logistic regression does not converge in {MOST_STEPS} steps")


def _adjusters(design: Design) -> Iterator[tuple[int, int, Integers]]:
    """First column, number of categories and codes of every adjuster."""
    for position, (here, size) in enumerate(zip(design.offsets, design.sizes, strict=True)):
        yield here, size, design.codes[:, position]


def _indicator(position: Integers, size: int, kind: type = np.float64) -> Any:
    """Sparse size x n matrix that adds rows up per position."""
    rows = len(position)
    return sparse.csr_matrix((np.ones(rows, dtype=kind), (position, np.arange(rows))), shape=(size, rows))


def _repeated(sample: Sample, steps: Integers) -> Floats:
    """Sum over pairs of answers of one person in one area of the products of their contributions; areas x k."""
    result = np.zeros((sample.areas, steps.shape[1]))
    if not len(sample.again):
        return result
    answers, groups = steps[sample.again], int(sample.group.max()) + 1
    together = _indicator(sample.group, groups, np.int64)
    products = (together @ answers) ** 2 - together @ answers**2
    area_of_group = np.zeros(groups, dtype=np.int64)
    area_of_group[sample.group] = sample.area[sample.again]
    result += _indicator(area_of_group, sample.areas, np.int64) @ products
    return result


def _mix_difference(equations: NormalEquations) -> Floats:
    """Shares of the categories in an area minus those in all areas together; k x areas x p, 0 without answers."""
    own = equations.sum_wz * np.nan_to_num(divide(np.ones_like(equations.sum_w), equations.sum_w))[:, :, None]
    total = equations.sum_w.sum(axis=1)
    whole = equations.sum_wz.sum(axis=1) * np.nan_to_num(divide(np.ones_like(total), total))[:, None]
    return np.where(equations.sum_w[:, :, None] > 0, own - whole[:, None, :], 0.0)


def _generalised_inverse(matrices: Floats, scale: Floats) -> tuple[Floats, Integers]:
    """Moore-Penrose inverse and rank of symmetric matrices (k x p x p).

    Args:
        matrices: To invert; what is left of ``scale`` after taking out area means.
        scale: Matrices whose diagonal says how large numbers are: an eigenvalue is zero if it is rounding of these.
    """
    values, vectors = np.linalg.eigh(matrices)
    largest = np.einsum("kpp->kp", scale).max(axis=1, initial=0.0)
    kept = values > DEPENDENT * largest[:, None]
    inverse = np.einsum("kpi,ki,kqi->kpq", vectors, np.where(kept, divide(np.ones_like(values), values), 0.0), vectors)
    return inverse, kept.sum(axis=1).astype(np.int64)
