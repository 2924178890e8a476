"""Which parts of a service go together with the overall opinion, and how sure the order is.

Belongs here: weighted correlations from exact sums, the exact division of R2 over predictors (LMG), relative weights,
a bootstrap of both. Does not belong here: which items are drivers and who answered them (``publication_drivers``),
any word about causes.

LMG is the average, over all orders in which predictors may enter a regression, of what each adds to R2: the Shapley
value of R2. Sources: Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis; Gromping
(2006), Journal of Statistical Software 17(1); Johnson (2000), Multivariate Behavioral Research 35:1 and Genizi (1993),
Statistica Sinica 3:407 for relative weights. Equal to ``relaimpo::calc.relimp(type = c("lmg", "genizi"))``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assets.statistics.intervals import Floats, Integers

SINGULAR = 1e-10
"""Part of a predictor's variance that the others leave unexplained, below which it adds nothing of its own."""
MOST_PREDICTORS = 14
"""2^14 models in every draw of the bootstrap: beyond that the exact division takes minutes."""
BLOCKS = 1000
"""Random groups of respondents that are drawn with replacement: enough that drawing groups and drawing persons
give the same spread (relative error of the variance sqrt(2 / 1000) = 4 %)."""


@dataclass(frozen=True)
class Importance:
    """Division of R2 over p predictors.

    Attributes:
        r2: Explained part of the variance of the outcome.
        share: LMG of each predictor as part of R2; adds up to 1.
        low: Lower bound of the share.
        high: Upper bound of the share.
        relative_weight: Johnson's relative weight as part of R2, a second opinion on ``share``.
        top: Part of the draws in which the predictor is among the first ``leading``.
    """

    r2: float
    share: Floats
    low: Floats
    high: Floats
    relative_weight: Floats
    top: Floats


def block_moments(values: Floats, weight: Floats, block: Integers, blocks: int) -> Floats:
    """Weighted sums of squares and products per block of respondents.

    Args:
        values: n x q, all known.
        weight: n weights.
        block: Block of each respondent.
        blocks: Number of blocks.

    Returns:
        blocks x (1 + q) x (1 + q): sum of w v v' with v = (1, values). Whole numbers in give whole numbers out, so that
        the order of adding up does not matter.
    """
    size = values.shape[1] + 1
    extended = np.column_stack([np.ones(len(values)), values])
    adding = sparse.csr_array((weight, (block, np.arange(len(block)))), shape=(blocks, len(block)))
    upper = np.triu_indices(size)
    moments = np.zeros((blocks, size, size))
    for row in range(size):  # a column of products at a time: never respondents x products
        here = upper[0] == row
        columns = upper[1][here]
        moments[:, row, columns] = adding @ (extended[:, [row]] * extended[:, columns])
        moments[:, columns, row] = moments[:, row, columns]
    return moments


def correlations(moments: Floats) -> Floats:
    """Correlation matrices (..., q, q) from moments (..., 1 + q, 1 + q).

    A variable that does not vary is correlated with nothing.
    """
    total = moments[..., :1, :1]
    sums = moments[..., 1:, :1]
    covariance = moments[..., 1:, 1:] * total - sums * np.swapaxes(sums, -1, -2)
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    flat = variance <= SINGULAR * np.diagonal(moments[..., 1:, 1:] * total, axis1=-2, axis2=-1)
    scale = np.where(flat, 0.0, 1 / np.sqrt(np.where(flat, 1.0, variance)))
    found = covariance * scale[..., :, None] * scale[..., None, :]
    diagonal = np.arange(found.shape[-1])
    found[..., diagonal, diagonal] = 1.0
    return found


def lmg(correlation: Floats) -> Floats:
    """LMG of each predictor; the sum over predictors is R2.

    Visits every subset of predictors once, by removing from the remaining correlations what the chosen ones explain
    (a sweep), for all matrices at the same time.

    Args:
        correlation: (..., p + 1, p + 1); the outcome stands last.

    Returns:
        (..., p).

    Raises:
        ValueError: More than 14 predictors.
    """
    count = correlation.shape[-1] - 1
    if count > MOST_PREDICTORS:
        raise ValueError(f"{count} predictors: the exact division takes at most {MOST_PREDICTORS}")
    stacked = np.moveaxis(correlation.reshape(-1, count + 1, count + 1), 0, -1)
    explained = np.zeros((2**count, stacked.shape[-1]))
    # Predictors are decided on from the first to the last; what is left of the matrix belongs to the undecided ones.
    todo: list[tuple[int, int, Floats, Floats]] = [(0, 0, explained[0], stacked)]
    while todo:
        chosen, first, r2, left = todo.pop()
        if first == count:
            explained[chosen] = r2
            continue
        todo.append((chosen, first + 1, r2, left[1:, 1:]))
        pivot = left[0, 0]
        usable = pivot > SINGULAR
        scaled = np.where(usable, left[0, 1:] / np.where(usable, pivot, 1.0), 0.0)
        swept = left[1:, 1:] - left[0, 1:, None] * scaled
        gained = r2 + left[0, -1] * scaled[-1]
        todo.append((chosen | 1 << first, first + 1, gained, swept))
    return _averaged(explained, count).reshape(*correlation.shape[:-2], count)


def _averaged(explained: Floats, count: int) -> Floats:
    """Average of what each predictor adds to each subset of the others, all orders alike (draws x predictors)."""
    subset = np.arange(2**count)
    size = np.array([int(s).bit_count() for s in subset])
    chance = np.array([math.factorial(s) * math.factorial(count - s - 1) / math.factorial(count) for s in range(count)])
    found = np.empty((explained.shape[1], count))
    for predictor in range(count):
        without = subset[subset >> predictor & 1 == 0]
        added = explained[without | 1 << predictor] - explained[without]
        found[:, predictor] = (added * chance[size[without], None]).sum(axis=0)
    return found


def relative_weights(correlation: Floats) -> Floats:
    """Johnson's relative weight (Genizi's measure) of each predictor; the sum is R2.

    With R = V D V' the correlations of the predictors and L = V sqrt(D) V': weights (L o L) (L^-1 r)^2.

    Args:
        correlation: (..., p + 1, p + 1); the outcome stands last.
    """
    values, vectors = np.linalg.eigh(correlation[..., :-1, :-1])
    turned = np.swapaxes(vectors, -1, -2)
    usable = values > SINGULAR
    root = (vectors * np.sqrt(np.where(usable, values, 0.0))[..., None, :]) @ turned
    inverse = (vectors * np.where(usable, 1 / np.sqrt(np.where(usable, values, 1.0)), 0.0)[..., None, :]) @ turned
    beta = inverse @ correlation[..., :-1, -1:]
    weights: Floats = ((root**2) @ beta**2)[..., 0]
    return weights


def importance(moments: Floats, draws: int, seed: int, confidence: float, leading: int = 3) -> Importance:
    """Shares of R2 with intervals by a bootstrap of blocks of respondents.

    Every draw takes as many blocks as there are, with replacement, and divides R2 anew; the bounds are the quantiles of
    the shares over the draws. Blocks must be random groups of respondents of about equal size.

    Args:
        moments: blocks x (1 + q) x (1 + q), of ``block_moments``; the outcome is the last variable.
        draws: Number of draws.
        seed: Of the draws.
        confidence: Of the interval, e.g. 0.95.
        leading: How many predictors count as the first.

    Returns:
        Shares that are NaN where nothing goes together with the outcome.
    """
    blocks, size = len(moments), moments.shape[1]
    count = size - 2
    generator = np.random.default_rng(seed)
    taken = generator.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws).astype(np.float64)
    drawn = (taken @ moments.reshape(blocks, -1)).reshape(draws, size, size)
    whole = correlations(moments.sum(axis=0))
    parts = lmg(np.concatenate([whole[None], correlations(drawn)]))
    r2 = parts.sum(axis=1)
    if not r2.min() > 0:
        nothing = np.full(count, np.nan)
        return Importance(float(r2[0]), nothing, nothing, nothing, nothing, nothing)
    shares = parts / r2[:, None]
    low, high = (np.quantile(shares[1:], tail, axis=0) for tail in (0.5 - confidence / 2, 0.5 + confidence / 2))
    order = np.argsort(-shares[1:], axis=1, kind="stable")[:, :leading]
    top = np.bincount(order.ravel(), minlength=count) / draws
    weights = relative_weights(whole)
    return Importance(float(r2[0]), shares[0], low, high, weights / weights.sum(), top)
