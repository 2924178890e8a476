"""Publication tables from marts and reference frames: estimates, response and coverage.

Belongs here: joining pure statistics to tables with names, in a fixed order, with every number that may not be shown
left out. Does not belong here: formulas (``statistics``), comparisons (``publication_comparisons``), Dagster, SQL.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.figure_axes import NOWHERE, Axes, Places, find, spelled
from assets.method_breaks import MethodBreaks
from assets.publication_small_areas import Judged, small_areas
from assets.statistics import gates, intervals, uniformity
from assets.statistics.intervals import Bools, Floats, Integers, Sums
from expectations.model import ALL, Survey

FEWEST_AREAS = 3
"""Between fewer areas the variance cannot be estimated, so reliability is not known."""
STATISTICS = tuple(field.name for field in fields(Sums))
COVERAGE_STATUSES = ("published", "indicative", "too_few", "hidden", "no_data")


def sums_of(table: pa.Table) -> Sums:
    """Sufficient statistics of the rows of ``marts.window_cells``."""
    return Sums(**{name: table.column(name).to_numpy().astype(np.float64) for name in STATISTICS})


def numbers(values: Floats, shown: Bools | None = None) -> pa.Array:
    """Double column, NULL where the value is NaN or may not be shown."""
    hidden = np.isnan(values) if shown is None else np.isnan(values) | ~shown
    return pa.array(values, pa.float64(), mask=hidden)


def estimates(
    axes: Axes,
    window_cells: pa.Table,
    breaks: pa.Table | None = None,
    adjusted: pa.Table | None = None,
    response_counts: pa.Table | None = None,
) -> pa.Table:
    """``publication.estimates``: one row per figure, by level, area, group, channel, item, measure, window and period.

    Args:
        axes: Of the contract and its reference tables.
        window_cells: ``marts.window_cells``.
        breaks: ``publication.breaks``; None where nothing ever changed.
        adjusted: ``marts.adjusted``; None leaves the adjusted column empty.
        response_counts: ``marts.response_counts``: what is known of an area before anybody answers; None: nothing.

    Returns:
        Every cell with answers, and ``no_data`` rows where an area's total has none.
    """
    keys, sums = _with_totals(axes, window_cells)
    places = axes.unpack(keys)
    scales = axes.scales(places)
    found = intervals.estimate(
        sums, scales, _parent_spread(axes, keys, places, sums), axes.survey.thresholds.confidence
    )
    item_alike = _item_alike(axes, keys, places, ~scales.is_proportion & gates.alike(found.estimate, sums.n, scales))
    mixed = MethodBreaks(axes, breaks).inside(places)
    df = intervals.degrees_of_freedom(sums)
    status, reason = gates.judge(found, sums.n, scales, item_alike, axes.survey.thresholds, mixed, df)
    shown = gates.shown(status)
    reliability = _reliability(axes, places, found, sums.n >= axes.survey.thresholds.minimum_n)
    small = small_areas(axes, places, sums, Judged(status, mixed), adjusted, response_counts)
    columns = axes.columns(places)
    return pa.table(
        {
            "figure_id": pa.array(axes.figure_ids(places), pa.string()),
            **{name: columns[name] for name in ("level", "area_code", "area_name", "target_group", "channel")},
            **{name: columns[name] for name in ("item", "measure", "window", "period_start", "period_end")},
            "n": pa.array(sums.n.astype(np.int64), pa.int64(), mask=~gates.countable(status)),
            "n_eff": numbers(found.n_eff, shown),
            "estimate": numbers(found.estimate, shown),
            "se": numbers(found.se, shown),
            # not where the spread is borrowed or implied by Wilson's interval: there is none to correct
            "se_fpc": numbers(intervals.taylor_se_fpc(sums), shown & (intervals.taylor_se(sums) > 0)),
            "ci_low": numbers(found.ci_low, shown),
            "ci_high": numbers(found.ci_high, shown),
            "estimate_adjusted": numbers(small.adjusted),
            "estimate_shrunken": numbers(small.shrunken),
            "shrunken_low": numbers(small.low),
            "shrunken_high": numbers(small.high),
            "reliability": numbers(reliability, shown),
            "status": spelled(gates.STATUSES, status.astype(np.int64)),
            "reason": spelled(gates.REASONS, reason.astype(np.int64)),
        }
    )


def _with_totals(axes: Axes, window_cells: pa.Table) -> tuple[Integers, Sums]:
    """Sorted keys and sums, with zeros for totals without answers."""
    found = axes.pack(axes.places(window_cells))
    empty = np.setdiff1d(axes.totals(), found)
    keys = np.concatenate([found, empty])
    order = np.argsort(keys, kind="stable")
    sums = sums_of(window_cells)
    padded = {name: np.concatenate([getattr(sums, name), np.zeros(len(empty))])[order] for name in STATISTICS}
    return keys[order], Sums(**padded)


def _parent_spread(axes: Axes, keys: Integers, places: Places, sums: Sums) -> Floats:
    """Spread between respondents in the nearest area above that has any, for means whose answers are all equal."""
    own = intervals.spread(sums)
    borrowed = np.full(len(keys), np.nan)
    need = np.flatnonzero((own == 0) & (sums.n >= 2))
    ancestor = places.area[need]
    for _ in axes.levels:
        ancestor = np.where(ancestor >= 0, axes.parent_of_area[ancestor], NOWHERE)
        need, ancestor = need[ancestor >= 0], ancestor[ancestor >= 0]
        here = places.take(need)
        at = find(keys, axes.pack(Places(ancestor, here.group, here.channel, here.measure, here.period)))
        spread = np.where(at >= 0, own[at], np.nan)
        usable = spread > 0
        borrowed[need[usable]] = spread[usable]
        need, ancestor = need[~usable], ancestor[~usable]
    return borrowed


def _item_alike(axes: Axes, keys: Integers, places: Places, alike: Bools) -> Bools:
    """Spread the flag of one measure to all measures of the same item in the same cell."""
    step = len(axes.periods)
    item_cell = keys + (axes.first_measure[places.measure] - places.measure) * step
    return np.isin(item_cell, item_cell[alike])


def _reliability(axes: Axes, places: Places, found: intervals.Estimates, enough: Bools) -> Floats:
    """Reliability of each figure among the areas of its level, per group x channel x measure x period."""
    result = np.full(len(places.area), np.nan)
    use = np.flatnonzero(enough & (found.se > 0))
    if not len(use):
        return result
    here = places.take(use)
    code = np.ravel_multi_index(
        (axes.level_of_area[here.area], here.group, here.channel, here.measure, here.period),
        (len(axes.levels), *axes.shape[1:]),
    )
    _, family, size = np.unique(code, return_inverse=True, return_counts=True)
    tau2 = uniformity.paule_mandel(found.estimate[use], found.se[use], family.astype(np.int64), len(size))
    tau2 = np.where(size >= FEWEST_AREAS, tau2, np.nan)
    result[use] = uniformity.reliability(tau2[family], found.se[use])
    return result


def response(survey: Survey, response_counts: pa.Table) -> pa.Table:
    """``publication.response``: who was asked and who answered, without small counts.

    A row is ``hidden`` when contacts, invitations or responses are fewer than ``minimum_n`` (and not zero), ``no_data``
    without any response. A small number of contacts that were excluded, or not drawn for the survey, is left out
    together with the contacts it would follow from; invitations, responses and the rate stand.

    Args:
        survey: The contract.
        response_counts: ``marts.response_counts``.

    Returns:
        The rows in a fixed order.
    """
    levels = [level.code for level in survey.levels]
    rank = pc.index_in(response_counts.column("level"), value_set=pa.array(levels))
    order = ("rank", "area_code", "window", "period_start", "dimension", "category")
    counts = response_counts.append_column("rank", rank).sort_by([(name, "ascending") for name in order])
    contacts, excluded, invited, responses = (
        counts.column(name).to_numpy().astype(np.float64) for name in ("contacts", "excluded", "invited", "responses")
    )
    least = survey.thresholds.minimum_n
    small = [(values > 0) & (values < least) for values in (contacts, invited, responses)]
    hidden = small[0] | small[1] | small[2]
    shown = ~hidden & (responses > 0)
    not_asked = contacts - invited  # excluded or not drawn; each part must be large, or none of it, to stand
    parts = (excluded, not_asked, not_asked - excluded)
    whole = shown & ~np.logical_or.reduce([(part > 0) & (part < least) for part in parts])
    status = np.where(hidden, gates.HIDDEN, np.where(shown, gates.PUBLISHED, gates.NO_DATA))
    names = ("level", "area_code", "window", "period_start", "period_end", "dimension", "category")
    return pa.table(
        {
            **{name: counts.column(name) for name in names},
            "contacts": whole_numbers(contacts, whole),
            "excluded": whole_numbers(excluded, whole),
            "invited": whole_numbers(invited, shown),
            "responses": whole_numbers(responses, shown),
            "response_rate": numbers(intervals.divide(responses, invited), shown),
            "status": spelled(gates.STATUSES, status.astype(np.int64)),
        }
    )


def whole_numbers(values: Floats, shown: Bools) -> pa.Array:
    """Integer column, NULL where the number may not be shown."""
    return pa.array(values.astype(np.int64), pa.int64(), mask=~shown)


def coverage(survey: Survey, published: pa.Table, response_counts: pa.Table) -> pa.Table:
    """``publication.coverage``: for how many areas the headline figure could be given, per level and period.

    Args:
        survey: The contract.
        published: ``publication.estimates``.
        response_counts: ``marts.response_counts``.

    Returns:
        One row per level x window x period: areas by status of the headline percentage, and on the top level the
        contacts and those without a known area (NULL below ``minimum_n``).
    """
    headline = published.filter(
        (pc.field("item") == survey.headline_item)
        & (pc.field("measure") == "positive")
        & (pc.field("channel") == ALL)
        & (pc.field("target_group") == ALL)
    )
    periods = ["level", "window", "period_start", "period_end"]
    counts = {
        tuple(row[name] for name in (*periods, "status")): row["area_code_count"]
        for row in headline.group_by([*periods, "status"]).aggregate([("area_code", "count")]).to_pylist()
    }
    contacts = _contacts_by_level(response_counts)
    order = {level.code: position for position, level in enumerate(survey.levels)}
    found = sorted({key[:-1] for key in counts}, key=lambda key: (order[key[0]], *key[1:]))
    rows = []
    for key in found:
        row: dict[str, object] = dict(zip(periods, key, strict=True))
        row |= {f"areas_{status}": counts.get((*key, status), 0) for status in COVERAGE_STATUSES}
        row |= _unallocated(survey, key, contacts)
        rows.append(row)
    schema = pa.schema(
        [("level", pa.string()), ("window", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())]
        + [(f"areas_{status}", pa.int64()) for status in COVERAGE_STATUSES]
        + [("contacts", pa.int64()), ("unallocated", pa.int64())]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _contacts_by_level(response_counts: pa.Table) -> dict[tuple[object, ...], int]:
    totals = response_counts.filter(pc.field("dimension") == ALL)
    keys = ["level", "window", "period_start"]
    summed = totals.group_by(keys).aggregate([("contacts", "sum")]).to_pylist()
    return {tuple(row[name] for name in keys): int(row["contacts_sum"]) for row in summed}


def _unallocated(
    survey: Survey, key: tuple[object, ...], contacts: dict[tuple[object, ...], int]
) -> dict[str, int | None]:
    """Contacts of the top level, and how many of them belong to no known area."""
    level, window, start = key[:3]
    if level != survey.top.code or len(survey.levels) == 1:
        return {"contacts": None, "unallocated": None}
    total = contacts.get((level, window, start), 0)
    placed = next(
        (contacts.get((lower.code, window, start), 0) for lower in survey.levels[1:] if window in lower.windows),
        None,
    )
    missing = None if placed is None else total - placed
    least = survey.thresholds.minimum_n
    small = [number is not None and 0 < number < least for number in (total, missing)]
    return {"contacts": None if small[0] else total, "unallocated": None if any(small) else missing}
