"""How much areas truly differ, and how far one figure can be trusted to show it.

Belongs here: between-area variance per family of figures (DerSimonian-Laird, Paule-Mandel) and reliability.
Does not belong here: shrunken estimates themselves, verdicts about an area (``comparison``).

Sources: DerSimonian & Laird (1986), Controlled Clinical Trials 7:177; Paule & Mandel (1982), J. Res. NBS 87:377, equal
to ``metafor::rma(method = "DL" | "PM")``.
"""

from __future__ import annotations

import numpy as np

from assets.statistics.intervals import Floats, Integers, divide

MOST_STEPS = 60
PRECISION = 1e-12


def _totals(values: Floats, family: Integers, families: int) -> Floats:
    return np.bincount(family, weights=values, minlength=families).astype(np.float64)


def _heterogeneity(y: Floats, weight: Floats, family: Integers, families: int) -> Floats:
    """Cochran's Q per family: sum of w (y - weighted mean)^2."""
    centre = divide(_totals(weight * y, family, families), _totals(weight, family, families))
    return _totals(weight * (y - centre[family]) ** 2, family, families)


def dersimonian_laird(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """Between-area variance per family by moments, truncated at zero; NaN for fewer than two areas.

    Args:
        y: Estimates, all known.
        se: Their standard errors, all positive.
        family: Family of each estimate, 0 .. families - 1.
        families: Number of families.

    Returns:
        tau2 per family.
    """
    weight = 1 / se**2
    total = _totals(weight, family, families)
    count = _totals(np.ones_like(y), family, families)
    room = total - divide(_totals(weight**2, family, families), total)
    tau2 = divide(_heterogeneity(y, weight, family, families) - (count - 1), room)
    return np.where(count >= 2, np.maximum(tau2, 0.0), np.nan)


def paule_mandel(y: Floats, se: Floats, family: Integers, families: int) -> Floats:
    """Between-area variance per family such that the generalised Q equals its expectation; zero if Q(0) is smaller.

    Newton's method on the decreasing convex function Q(tau2) - (k - 1), from zero: it climbs to the root and never
    passes it (DerSimonian & Kacker 2007, Contemporary Clinical Trials 28:105). All families at once.

    Args:
        y: Estimates, all known.
        se: Their standard errors, all positive.
        family: Family of each estimate, 0 .. families - 1.
        families: Number of families.

    Returns:
        tau2 per family; NaN for fewer than two areas.
    """
    count = _totals(np.ones_like(y), family, families)
    tau2 = np.zeros(families)
    for _ in range(MOST_STEPS):
        weight = 1 / (se**2 + tau2[family])
        total = _totals(weight, family, families)
        centre = divide(_totals(weight * y, family, families), total)
        squares = (y - centre[family]) ** 2
        excess = _totals(weight * squares, family, families) - (count - 1)
        step = np.nan_to_num(divide(np.maximum(excess, 0.0), _totals(weight**2 * squares, family, families)))
        tau2 = tau2 + step
        if np.all(step <= PRECISION * tau2):
            break
    return np.where(count >= 2, tau2, np.nan)


def reliability(tau2: Floats, se: Floats) -> Floats:
    """Share of the variance between areas that is true difference: tau2 / (tau2 + se^2). Not known is NaN."""
    return divide(tau2 + np.zeros_like(se), tau2 + se**2)
