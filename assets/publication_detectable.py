"""``publication.detectable``: what an area's own figure can show at all, so that nobody waits for what cannot come.

Belongs here: the rows and what may be told of them. Does not belong here: the formulas (``statistics.comparison``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from assets.figure_axes import NOWHERE, Axes, Places, find
from assets.publication_figures import in_periods, published_figures
from assets.publication_subjects import leading_measures
from assets.publication_tables import numbers, whole_numbers
from assets.statistics import comparison
from assets.statistics.intervals import Floats, Integers

MOST_QUARTERS = 20
"""Five years: nothing is promised beyond, as by then the survey and the area are other ones."""
QUARTERS_OF = {"month": 1 / 3, "quarter": 1.0, "four_quarters": 4.0}
RESTS_ON = ("two_periods", "one_period")


def detectable(axes: Axes, published: pa.Table) -> pa.Table:
    """The smallest difference with a year earlier that can be seen or found, and when a lasting change would show.

    The standard error of the difference is that of the two figures of the newest comparison; of the newest figure
    alone, taken twice, where there is no figure of a year earlier. The lasting change is the relevant difference of the
    thresholds: 5 percentage points, or 0.2 on a mark of 1 to 10.

    Args:
        axes: Of the contract and its reference tables.
        published: ``publication.estimates``.

    Returns:
        One row per area and leading measure, in the newest period of the headline window of its level. Without a
        published figure the numbers are NULL.
    """
    pairs = [(axes.latest(level.headline_window), position) for position, level in enumerate(axes.survey.levels)]
    newest = {position: period for period, position in pairs if period != NOWHERE}
    wanted = set(newest.values()) | {axes.year_earlier(period) for period in newest.values()}
    figures = published_figures(axes, in_periods(published, axes, sorted(wanted - {NOWHERE})))
    places = _places(axes, newest)
    at = find(figures.keys, axes.pack(places))
    places, at = places.take(at >= 0), at[at >= 0]

    earlier = np.array([axes.year_earlier(p) for p in range(len(axes.periods))], dtype=np.int64)[places.period]
    then = Places(places.area, places.group, places.channel, places.measure, np.maximum(earlier, 0))
    own = figures.column("se", at)
    other = figures.column("se", np.where(earlier >= 0, find(figures.keys, axes.pack(then)), NOWHERE))
    both = ~np.isnan(other)
    se: Floats = np.sqrt(own**2 + np.where(both, other, own) ** 2)

    scales, limits = axes.scales(places), axes.survey.thresholds
    proportion, mean = (
        np.full(len(at), least) for least in (limits.relevant_difference, limits.relevant_difference_mean)
    )
    change = comparison.relevant(scales.is_proportion, scales.highest - scales.lowest, proportion, mean)
    quarters = np.array([QUARTERS_OF[p.window] for p in axes.periods], dtype=np.float64)[places.period]
    needed = comparison.periods_to_find(change, se, quarters)
    within = needed <= MOST_QUARTERS
    columns = axes.columns(places)
    names = ("level", "area_code", "item", "measure", "window", "period_start", "period_end")
    return pa.table(
        {
            **{name: columns[name] for name in names},
            "figure_id": figures.ids(at),
            "status": pa.array(figures.status[at], pa.string()),
            "rests_on": pa.array(np.where(both, *RESTS_ON), pa.string(), mask=np.isnan(se)),
            "smallest_visible": numbers(comparison.smallest_visible(se)),
            "smallest_found": numbers(comparison.smallest_found(se)),
            "change": numbers(change),
            "quarters_to_find": whole_numbers(np.where(within, needed, 0.0), within),
        }
    )


def _places(axes: Axes, newest: dict[int, int]) -> Places:
    """Totals of every area in the newest period of its level, leading measures only, in publication order."""
    areas = [area for area, level in enumerate(axes.level_of_area.tolist()) if level in newest]
    measures = leading_measures(axes)
    rows = [(area, 0, 0, measure, newest[int(axes.level_of_area[area])]) for area in areas for measure in measures]
    found: Integers = np.array(rows, dtype=np.int64).reshape(-1, 5)
    return Places(*found.T)
