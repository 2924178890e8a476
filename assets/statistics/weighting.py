"""Weights: selection, response classes, calibration to known totals, and what a set of weights costs.

Belongs here: pure formulas on arrays of cells or respondents. Sources: raking (Deming & Stephan 1940, Ann Math Stat
11:427), calibration with the linear, raking and logit distance (Deville & Sarndal 1992, JASA 87:376, cases 1, 2 and 6),
response homogeneity classes (Sarndal, Swensson & Wretman 1992, section 15.6), the design effect of unequal weights
(Kish 1965, section 11.7).
Does not belong here: which cells and margins there are (the survey contract, ``assets.weights``), tables, variance.

Everything is linear in the counts of a cell, so a cell of c respondents stands for c equal rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import linalg, sparse

from assets.statistics.intervals import Floats, Integers

Distance = Literal["linear", "raking", "logit"]
RAKED = 1e-10
"""Raking has converged when every margin is met to this part of its total."""
CALIBRATED = 1e-12
"""The same for calibration; the next step of Newton would be past double precision."""
SWEEPS = 500
NEWTON_STEPS = 60
_RIDGE = 1e-11
"""Margins overlap (each adds up to the total), so the information matrix is singular: this much of its largest diagonal
is added. Newton's step becomes inexact by the same part; where it ends does not change."""


class NoSolutionError(Exception):
    """No weights within the bounds meet the totals, or the iterations did not get there."""


@dataclass(frozen=True)
class Calibrated:
    """Result of a calibration.

    Attributes:
        factor: Calibrated weight divided by the weight before, per row.
        steps: Sweeps of raking or steps of Newton.
        error: Largest ``|sum / total - 1|`` over the totals.
    """

    factor: Floats
    steps: int
    error: float


def kish_deff(weight: Floats, count: Floats | None = None) -> float:
    """Kish's design effect of unequal weights, ``n * sum(w^2) / sum(w)^2``; NaN without respondents.

    Args:
        weight: Weight per respondent or cell, any unit.
        count: Respondents per cell; None: one.
    """
    count = np.ones_like(weight) if count is None else count
    total = float((count * weight).sum())
    return float(count.sum() * (count * weight**2).sum() / total**2) if total > 0 else float("nan")


def merged(count: Integers, paths: Sequence[Integers], minimum: int) -> Integers:
    """Classes in which small cells were merged with their smallest sibling until each class is large enough.

    Cells of one finest group are one class. Within the parent group of a class that is too small it is merged with
    the smallest other class of that parent, and so on; what is still too small when it is alone in its parent is merged
    within the parent above. Ties go to the class of the first cell.

    Args:
        count: What is to be enough (respondents, or invited contacts), per cell.
        paths: Group of every cell, finest first, each nested in the next; the last is usually one group.
        minimum: Least count of a class.

    Returns:
        Class per cell, from 0 in the order of the first cell of each class.
    """
    if not len(count):
        return np.zeros(0, dtype=np.int64)
    _, label = np.unique(paths[0], return_inverse=True)
    label = label.astype(np.int64)
    for parent in paths[1:]:
        size = np.bincount(label, count).astype(np.int64)
        if np.all(size[label] >= minimum):
            break
        for group in np.unique(parent[size[label] < minimum]):
            members = np.unique(label[parent == group])
            for old, new in _merge_siblings(members.tolist(), size, minimum).items():
                label[label == old] = new
    return _numbered(label)


def _merge_siblings(members: list[int], size: Integers, minimum: int) -> dict[int, int]:
    """Which classes of one parent go into which other; sizes of the merged ones are kept up to date."""
    target: dict[int, int] = {}
    left = sorted(members)
    while len(left) > 1:
        left.sort(key=lambda c: (size[c], c))
        smallest, sibling = left[0], left[1]
        if size[smallest] >= minimum:
            break
        size[sibling] += size[smallest]
        target = {old: sibling if new == smallest else new for old, new in target.items()} | {smallest: sibling}
        left.remove(smallest)
    return target


def _numbered(label: Integers) -> Integers:
    """The same classes, numbered in the order of their first row."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    numbered: Integers = rank[inverse]
    return numbered


def base_weights(
    contacts: Integers, invited: Integers, responses: Integers, selection: Integers, response_class: Integers
) -> Floats:
    """Weight before calibration per cell, ``(1 / pi) * a``: contacts that one respondent stands for.

    ``1 / pi`` is contacts per invited contact in the selection class; ``a`` the sum of those over the invited divided
    by the sum over the respondents of the response class.

    Args:
        contacts: Contacts that could be invited, per cell.
        invited: Of which invited.
        responses: Of which answered.
        selection: Selection class of each cell, from 0.
        response_class: Response class of each cell, from 0.

    Returns:
        Positive weights; NaN where a selection class has no invitation or a response class no respondent.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse_pi = (np.bincount(selection, contacts) / np.bincount(selection, invited))[selection]
        asked = np.bincount(response_class, np.where(invited > 0, inverse_pi, 0.0) * invited)
        answered = np.bincount(response_class, np.where(responses > 0, inverse_pi, 0.0) * responses)
        weight: Floats = inverse_pi * (asked / answered)[response_class]
    return np.where(np.isfinite(weight) & (weight > 0), weight, np.nan)


def require_additive(totals: Sequence[Floats], names: Sequence[str]) -> None:
    """All margins count the same population.

    Raises:
        ValueError: Some margin adds up to another total than the first; says which.
    """
    sums = [float(margin.sum()) for margin in totals]
    wrong = [
        f"{name}: {total:.10g}"
        for name, total in zip(names, sums, strict=True)
        if abs(total - sums[0]) > 1e-9 * abs(sums[0])
    ]
    if wrong:
        raise ValueError(
            f"margins must add up to the same total as {names[0]} ({sums[0]:.10g}), but {'; '.join(wrong)}"
        )


def rake(
    weight: Floats, margins: Sequence[Integers], totals: Sequence[Floats], count: Floats | None = None
) -> Calibrated:
    """Raking by iterative proportional fitting.

    Args:
        weight: Weight before, per row.
        margins: Per margin the class of each row, from 0.
        totals: Per margin the known total of each class.
        count: Respondents per row; None: one.

    Raises:
        NoSolutionError: A class with a total has no respondent, or no convergence in 500 sweeps.
    """
    count = np.ones_like(weight) if count is None else count
    for margin, total in zip(margins, totals, strict=True):
        empty = (np.bincount(margin, count * weight, len(total)) <= 0) & (total > 0)
        if np.any(empty):
            raise NoSolutionError(f"{int(empty.sum())} margin cells have contacts but no respondent")
    factor = np.ones_like(weight)
    error = np.inf
    for sweep in range(1, SWEEPS + 1):
        for margin, total in zip(margins, totals, strict=True):
            found = np.bincount(margin, count * weight * factor, len(total))
            factor = (
                factor * np.divide(total, found, out=np.ones_like(total, dtype=np.float64), where=found > 0)[margin]
            )
        error = max(
            float(np.max(np.abs(np.bincount(m, count * weight * factor, len(t))[t > 0] / t[t > 0] - 1), initial=0.0))
            for m, t in zip(margins, totals, strict=True)
        )
        if error < RAKED:
            return Calibrated(factor, sweep, error)
    raise NoSolutionError(f"raking did not converge in {SWEEPS} sweeps; largest error {error:.2e}")


def calibrate(
    weight: Floats,
    x: Any,
    totals: Floats,
    distance: Distance = "logit",
    bounds: tuple[float, float] = (-np.inf, np.inf),
    *,
    count: Floats | None = None,
) -> Calibrated:
    """Calibration of weights to known totals by Newton's method.

    Args:
        weight: Weight before, per row.
        x: Auxiliary values, rows by totals: a dense array or a scipy sparse matrix.
        totals: Known totals of the columns of ``x``.
        distance: ``linear`` (regression estimator; with bounds: truncated linear), ``raking`` (exponential), ``logit``
            (needs finite bounds around 1).
        bounds: Least and largest factor. ``raking`` has none.
        count: Respondents per row; None: one. Rows without respondents get a factor too, but do not count.

    Raises:
        NoSolutionError: No factors within the bounds were found that meet the totals.
        ValueError: Bounds that do not fit the distance.
    """
    low, high = bounds
    if distance == "logit" and not (np.isfinite(low) and np.isfinite(high) and low < 1 < high):
        raise ValueError("the logit distance needs a lower bound below 1 and an upper bound above 1")
    design = x if sparse.issparse(x) else np.asarray(x, dtype=np.float64)
    base = weight if count is None else weight * count
    scale = np.where(totals != 0, np.abs(totals), 1.0)
    multipliers = np.zeros(len(totals))
    factor, slope = _factors(np.zeros(len(weight)), distance, low, high)
    misfit = totals - design.T @ (base * factor)
    error = float(np.max(np.abs(misfit) / scale, initial=0.0))
    for step in range(NEWTON_STEPS):
        if error < CALIBRATED:
            return Calibrated(factor, step, error)
        direction = _newton_step(design, base * slope, misfit)
        part = 1.0
        while True:
            # The whole step first; a shorter one only where it would lead away from the totals.
            tried = multipliers + part * direction
            new_factor, new_slope = _factors(design @ tried, distance, low, high)
            new_misfit = totals - design.T @ (base * new_factor)
            new_error = float(np.max(np.abs(new_misfit) / scale))
            if np.isfinite(new_error) and (new_error < error or part < 1e-3):
                break
            part /= 2
        if not new_error < error:
            break
        multipliers, factor, slope, misfit, error = tried, new_factor, new_slope, new_misfit, new_error
    if error < 100 * CALIBRATED:  # as far as double precision goes with these totals
        return Calibrated(factor, NEWTON_STEPS, error)
    raise NoSolutionError(f"no factors between {low:g} and {high:g} meet the totals; largest error {error:.2e}")


def _factors(u: Floats, distance: Distance, low: float, high: float) -> tuple[Floats, Floats]:
    """The calibration function ``F(u)`` and its derivative; ``F(0) = F'(0) = 1``."""
    if distance == "raking":
        exponential = np.exp(np.minimum(u, 500.0))
        return exponential, exponential
    if distance == "linear":
        return np.clip(1 + u, low, high), ((1 + u >= low) & (1 + u <= high)).astype(np.float64)
    room = (high - low) / ((1 - low) * (high - 1))
    grown = np.exp(np.clip(room * u, -500.0, 500.0))
    factor = (low * (high - 1) + high * (1 - low) * grown) / (high - 1 + (1 - low) * grown)
    return factor, (factor - low) * (high - factor) / ((1 - low) * (high - 1))


def _newton_step(design: Any, weight: Floats, misfit: Floats) -> Floats:
    if sparse.issparse(design):
        information = (design.T @ sparse.diags_array(weight) @ design).toarray()
    else:
        information = design.T @ (weight[:, None] * design)
    diagonal = np.diag(information).copy()
    # Columns of very different size (an intercept and a score) would each need their own ridge: scale them to one.
    size = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = information / np.outer(size, size)
    scaled[np.diag_indices_from(scaled)] += _RIDGE
    solved: Floats = linalg.solve(scaled, misfit / size, assume_a="sym") / size
    return solved


def indicator_matrix(columns: Sequence[Integers], width: int) -> Any:
    """Sparse rows by columns matrix of ones: one column per margin for every row.

    Args:
        columns: Per margin the column of each row.
        width: Number of columns.
    """
    rows = len(columns[0]) if columns else 0
    at = np.concatenate([np.arange(rows)] * len(columns)) if columns else np.zeros(0, dtype=np.int64)
    where = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    return sparse.csr_array((np.ones(len(at)), (at, where)), shape=(rows, width))
