"""How the true variance between the smallest areas divides over the levels of an organisation.

Belongs here: variance components of nested random effects when the sampling variance of every figure is known.
Does not belong here: the variance between the areas of one level as a whole (``uniformity``), what an organisation is.

y_t = mu + b_unit(t) + b_district(t) + b_t + e_t with var(e_t) = se_t^2 known: restricted maximum likelihood by Fisher
scoring, never below zero. Sources: Harville (1977), JASA 72:320; Konstantopoulos (2011), Research Synthesis Methods
2:61. Equal to ``metafor::rma.mv(y, se^2, random = ~ 1 | unit/district/team)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.statistics.intervals import Bools, Floats, Integers

MOST_STEPS = 200
MOST_HALVINGS = 20
PRECISION = 1e-10
FEWEST_AREAS = 3
"""Between fewer areas a variance can't be estimated."""


@dataclass(frozen=True)
class _Blocks:
    """Figures in blocks that share no random effect: (blocks, places) with places to spare.

    Attributes:
        y: Estimates, 0 in spare places.
        variance: Sampling variances, 1 in spare places.
        used: Which places hold a figure.
        alike: Per component whether two places belong to the same area: (components, blocks, places, places).
    """

    y: Floats
    variance: Floats
    used: Floats
    alike: Floats


@dataclass(frozen=True)
class _State:
    """Value, slope and information of the restricted log-likelihood at some variance components."""

    value: float
    score: Floats
    information: Floats


def usable_levels(memberships: Integers) -> Bools:
    """Levels whose own component can be told from those of the other levels.

    Args:
        memberships: Area of each figure per level, (levels, figures), from the highest level to the lowest.

    Returns:
        Per level: it has at least three areas, and fewer than the next level that is usable (a level with as many
        areas as the one below it holds one area each, so that the two can't be told apart; the lower one counts).
    """
    sizes = [len(np.unique(row)) for row in memberships]
    usable = np.zeros(len(sizes), dtype=np.bool_)
    below = np.inf
    for level in range(len(sizes) - 1, -1, -1):
        usable[level] = FEWEST_AREAS <= sizes[level] < below
        below = sizes[level] if usable[level] else below
    return usable


def components(y: Floats, se: Floats, memberships: Integers) -> Floats:
    """Variance between the areas of each level within those of the level above.

    Args:
        y: Estimates of the areas of the lowest level, all known.
        se: Their standard errors, all positive.
        memberships: Area of each figure per level, (levels, figures), from the highest level to the lowest; nested.

    Returns:
        One variance per level in squared units of ``y``; NaN for a level that is not usable.
    """
    found = np.full(len(memberships), np.nan)
    usable = usable_levels(memberships) if len(y) else np.zeros(len(memberships), dtype=np.bool_)
    if usable.any():
        found[usable] = _restricted(_in_blocks(y, se, memberships[usable]))
    return found


def shares(variances: Floats) -> Floats:
    """Each level's part of the variance between the smallest areas; NaN where they do not differ at all."""
    total = np.nansum(variances, axis=-1, keepdims=True)
    return np.where(total > 0, variances / np.where(total > 0, total, 1.0), np.nan)


def _in_blocks(y: Floats, se: Floats, memberships: Integers) -> _Blocks:
    _, block = np.unique(memberships[0], return_inverse=True)
    order = np.argsort(block, kind="stable")
    sizes = np.bincount(block)
    place = np.arange(len(y)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    shape = (len(sizes), int(sizes.max()))
    at = (block[order], place)
    values, variance, used = np.zeros(shape), np.ones(shape), np.zeros(shape)
    values[at], variance[at], used[at] = y[order], se[order] ** 2, 1.0
    area = np.full((len(memberships), *shape), -1, dtype=np.int64)
    for level, row in enumerate(memberships):
        area[level][at] = row[order]
    alike = (area[..., :, None] == area[..., None, :]) & (area[..., :, None] >= 0)
    return _Blocks(values, variance, used, alike.astype(np.float64))


def _restricted(blocks: _Blocks) -> Floats:
    """Fisher scoring with step halving; a component at zero that wants to be negative stays there."""
    levels = len(blocks.alike)
    size = blocks.used.sum()
    centre = (blocks.y * blocks.used).sum() / size
    spread = (((blocks.y - centre) * blocks.used) ** 2).sum() / max(size - 1, 1)
    variances = np.full(levels, spread / (2 * levels))
    state = _state(blocks, variances)
    for _ in range(MOST_STEPS):
        free = (variances > 0) | (state.score > 0)
        step = np.zeros(levels)
        step[free] = np.linalg.lstsq(state.information[np.ix_(free, free)], state.score[free])[0]
        for _ in range(MOST_HALVINGS):
            moved = np.maximum(variances + step, 0.0)
            reached = _state(blocks, moved)
            if reached.value >= state.value - PRECISION * abs(state.value):
                break
            step = step / 2
        still = np.abs(moved - variances) <= PRECISION * spread
        variances, state = moved, reached
        if still.all():
            break
    return variances


def _state(blocks: _Blocks, variances: Floats) -> _State:
    """Restricted log-likelihood without its constant, by block; only the common mean ties the blocks together."""
    covariance = np.tensordot(variances, blocks.alike, axes=1)
    diagonal = np.arange(covariance.shape[-1])
    covariance[:, diagonal, diagonal] += blocks.variance
    precision = np.linalg.inv(covariance)
    pulled = (precision @ blocks.used[..., None])[..., 0]  # V^-1 1
    weight = float((pulled * blocks.used).sum())
    residual = (blocks.y - (pulled * blocks.y).sum() / weight) * blocks.used
    fitted = (precision @ residual[..., None])[..., 0]  # P y
    seen = (blocks.alike @ pulled[..., None])[..., 0]  # G V^-1 1 per level
    turned = precision @ blocks.alike  # V^-1 G per level
    levels = len(blocks.alike)
    quadratic = ((blocks.alike @ fitted[..., None])[..., 0] * fitted).reshape(levels, -1).sum(axis=1)
    across = (seen * pulled).reshape(levels, -1).sum(axis=1) / weight
    trace = turned[..., diagonal, diagonal].reshape(levels, -1).sum(axis=1) - across
    between = seen.reshape(levels, -1) @ (precision @ seen[..., None])[..., 0].reshape(levels, -1).T / weight
    flipped = np.swapaxes(turned, -1, -2).reshape(levels, -1)
    information = turned.reshape(levels, -1) @ flipped.T - 2 * between + np.outer(across, across)
    _, logarithm = np.linalg.slogdet(covariance)
    value = -0.5 * (float(logarithm.sum()) + np.log(weight) + float((fitted * residual).sum()))
    return _State(value, 0.5 * (quadratic - trace), 0.5 * information)
