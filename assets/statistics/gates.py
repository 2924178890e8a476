"""Which figures may be shown: primary disclosure and precision rules.

Belongs here: status and reason of a figure on its own, and blanking of what may not be shown. Does not belong here:
figures that could be derived from others (secondary suppression), the sentences made of reasons (``reports``).

The two ideas are separate and both must pass: disclosure (nobody recognisable: ``hidden``, not even n) and precision
(nothing that chance alone could make: ``too_few``, n may stand).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.statistics.intervals import Bools, Estimates, Floats, Measures
from expectations.model import Thresholds

Codes = NDArray[np.int8]
STATUSES = ("published", "indicative", "too_few", "hidden", "no_data")
PUBLISHED, INDICATIVE, TOO_FEW, HIDDEN, NO_DATA = range(5)
REASONS = (
    "",
    "no_answers",  # nobody answered
    "disclosure",  # fewer answers than minimum_n, or a small group that answered alike
    "too_few_answers",  # percentage on fewer than percentage_from answers
    "interval_too_wide",  # the value may lie anywhere in a range too wide to be of use
    "few_answers",  # mean on fewer than mean_indicative_below answers
    "caution",  # percentage on fewer than caution_below answers
    "borrowed_spread",  # all answers equal: the range comes from the parent area
    "break",  # the method changed within the period: one figure would mix two ways of measuring
    "few_degrees",  # hardly more answers than strata: the standard error itself is uncertain
)
NONE, NO_ANSWERS, DISCLOSURE, TOO_FEW_ANSWERS, TOO_WIDE, FEW_ANSWERS, CAUTION, BORROWED, BREAK, FEW_DEGREES = range(10)
GROUP_DISCLOSURE_BELOW = 30
"""'Nobody' or 'everybody' in a group smaller than this says something about each of its members."""
FEWEST_DEGREES = 8
"""Below so many degrees of freedom a standard error is not to be relied on (US National Center for Health Statistics,
presentation standards for proportions, 2017)."""
TEN_POINT_RANGE = 9.0
"""Range of the scale on which ``maximum_mean_half_width`` is given."""


def alike(estimate: Floats, n: Floats, measures: Measures) -> Bools:
    """Small groups in which everybody gave the lowest or the highest answer.

    A mean at the end of its scale, or a share of exactly 0 or 1, betrays the answer of each member.
    """
    return (n > 0) & (n < GROUP_DISCLOSURE_BELOW) & ((estimate <= measures.lowest) | (estimate >= measures.highest))


def judge(  # noqa: PLR0917
    found: Estimates,
    n: Floats,
    measures: Measures,
    item_alike: Bools,
    thresholds: Thresholds,
    mixed: Bools | None = None,
    df: Floats | None = None,
) -> tuple[Codes, Codes]:
    """Status and reason of every figure.

    The first rule that applies wins. A percentage on fewer than ``percentage_from`` answers is ``too_few`` before
    anyone looks at its value: if it were ``hidden`` only at 0 or 1, the status itself would tell the value. For the
    same reason both disclosure rules share one reason, and ``item_alike`` must be equal for all measures of an item.

    Args:
        found: The estimates.
        n: Number of answers.
        measures: Shares or means, and their scales.
        item_alike: Some mean of this item in this cell is :func:`alike`.
        thresholds: Of the survey.
        mixed: The method changed within the period. Such a figure has no value to show, so it is ``too_few``, after
            the rules about who may be recognised and before those about its value.
        df: Degrees of freedom of the standard error; None: enough.

    Returns:
        Positions in ``STATUSES`` and in ``REASONS``.
    """
    is_proportion = measures.is_proportion
    width = found.ci_high - found.ci_low
    limit = np.where(
        is_proportion,
        thresholds.maximum_percentage_width,
        2 * thresholds.maximum_mean_half_width * (measures.highest - measures.lowest) / TEN_POINT_RANGE,
    )
    small_percentage = is_proportion & (n < thresholds.percentage_from)
    # ~(width <= limit) rather than width > limit: no interval is too wide as well
    rules: tuple[tuple[Bools, int, int], ...] = (
        (n == 0, NO_DATA, NO_ANSWERS),
        (n < thresholds.minimum_n, HIDDEN, DISCLOSURE),
        (item_alike, HIDDEN, DISCLOSURE),
        (np.zeros(len(n), dtype=np.bool_) if mixed is None else mixed, TOO_FEW, BREAK),
        (small_percentage, TOO_FEW, TOO_FEW_ANSWERS),
        (is_proportion & alike(found.estimate, n, measures), HIDDEN, DISCLOSURE),
        (~(width <= limit), TOO_FEW, TOO_WIDE),
        (~is_proportion & (n < thresholds.mean_indicative_below), INDICATIVE, FEW_ANSWERS),
        (found.borrowed, INDICATIVE, BORROWED),
        (is_proportion & (n < thresholds.caution_below), INDICATIVE, CAUTION),
        (np.zeros(len(n), dtype=np.bool_) if df is None else df < FEWEST_DEGREES, INDICATIVE, FEW_DEGREES),
    )
    conditions = [rule[0] for rule in rules]
    status = np.select(conditions, [np.int8(rule[1]) for rule in rules], np.int8(PUBLISHED))
    reason = np.select(conditions, [np.int8(rule[2]) for rule in rules], np.int8(NONE))
    return status.astype(np.int8), reason.astype(np.int8)


def shown(status: Codes) -> Bools:
    """Figures with an estimate."""
    return status <= INDICATIVE


def countable(status: Codes) -> Bools:
    """Figures whose number of answers may stand."""
    return status <= TOO_FEW


def only_where(allowed: Bools, values: Floats) -> Floats:
    """Values where they are allowed, NaN elsewhere."""
    return np.where(allowed, values, np.nan)
