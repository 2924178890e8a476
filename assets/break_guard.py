"""The break guard on fieldwork: months that were surveyed in another way than the months before them.

Belongs here: the three series that are watched (mix of ways of inviting, lead time, part that is invited) and what a
month must have to be judged. Does not belong here: the walk along the months (``statistics.change_points``), questions
(``question_changes``), declared breaks and texts (``publication_breaks``).

Fieldwork is watched as a whole, over all channels: what changes it is decided once, for everybody. Ways of inviting
that were not recorded are no way of inviting: a register that starts to record them has not changed its method.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.statistics.change_points import Changes, Far, change_points, total_variation
from assets.statistics.intervals import Bools, Floats
from expectations.model import ALL, BreakCause, BreakGuard

NOT_RECORDED = "none"


@dataclass(frozen=True)
class Found:
    """A change or an odd month, with what it was before and what it is since.

    Attributes:
        date: First day of the month.
        item: The item it is about, ``all`` for every item.
        cause: What changed.
        odd: A single month that was different; the next one was as before.
        about: Of the mix of ways of inviting: the way whose share grew most.
        before: Share or mean number of days in the months before, where there is such a number.
        after: The same in the month itself.
    """

    date: dt.date
    item: str
    cause: BreakCause
    odd: bool = False
    about: str = ""
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class _Series:
    """Months that say something, in order, and per month what is added up over the months of the yardstick."""

    months: Sequence[dt.date]
    parts: Floats  # one row per month
    names: Sequence[str] = ()

    def where(self, enough: Bools) -> _Series:
        months = [month for month, use in zip(self.months, enough.tolist(), strict=True) if use]
        return _Series(months, self.parts[enough], self.names)

    def pooled(self, months: Sequence[int]) -> Floats:
        total: Floats = self.parts[list(months)].sum(axis=0)
        return total

    def ratio(self, months: Sequence[int]) -> float:
        """First column over second column."""
        above, below = self.pooled(months)[:2]
        return float(above / below)


def fieldwork_changes(guard: BreakGuard, fieldwork: pa.Table) -> list[Found]:
    """Changes and odd months in the way of inviting, the lead time and the part that is invited.

    Args:
        guard: Limits of the contract. A month with fewer invitations than ``least_contacts`` (for the part that is
            invited: fewer contacts) says nothing, and is no yardstick either.
        fieldwork: ``marts.fieldwork``.

    Returns:
        In order of date.
    """
    found = [*_modes(guard, fieldwork), *_lead_time(guard, fieldwork), *_sampling(guard, fieldwork)]
    return sorted(found, key=lambda change: (change.date, change.cause))


def _modes(guard: BreakGuard, fieldwork: pa.Table) -> list[Found]:
    recorded = fieldwork.filter(pc.field("invitation_mode") != NOT_RECORDED)
    names = sorted(set(recorded.column("invitation_mode").to_pylist()))
    months = sorted(set(recorded.column("month").to_pylist()))
    counts = np.zeros((len(months), len(names)))
    rows = zip(*(recorded.column(name).to_pylist() for name in ("month", "invitation_mode", "invited")), strict=True)
    for month, mode, invited in rows:
        counts[months.index(month), names.index(mode)] += invited
    series = _Series(months, counts, names).where(counts.sum(axis=1) >= guard.least_contacts)

    def far(before: Sequence[int], month: int) -> bool:
        return total_variation(series.pooled(before), series.pooled([month])) > guard.mode_shares

    def told(before: Sequence[int], month: int) -> Found:
        then, now = (series.pooled(pool) / series.pooled(pool).sum() for pool in (before, [month]))
        most = int((now - then).argmax())
        mode, share, new_share = series.names[most], float(then[most]), float(now[most])
        return Found(series.months[month], ALL, "mode", about=mode, before=share, after=new_share)

    changes = _walk(guard, series, far)
    found = [told(before, month) for month, before in zip(changes.first, changes.before, strict=True)]
    return found + [Found(series.months[month], ALL, "mode", odd=True) for month in changes.odd]


def _lead_time(guard: BreakGuard, fieldwork: pa.Table) -> list[Found]:
    series = _sums(fieldwork, "lead_days", "lead_n")
    return _level(guard, series.where(series.parts[:, 1] >= guard.least_contacts), "lead_time", guard.lead_days)


def _sampling(guard: BreakGuard, fieldwork: pa.Table) -> list[Found]:
    series = _sums(fieldwork, "invited", "contacts")
    return _level(guard, series.where(series.parts[:, 1] >= guard.least_contacts), "sampling", guard.invited_share)


def _level(guard: BreakGuard, series: _Series, cause: BreakCause, limit: float) -> list[Found]:
    """Changes in a ratio of two sums."""

    def far(before: Sequence[int], month: int) -> bool:
        return abs(series.ratio([month]) - series.ratio(before)) > limit

    changes = _walk(guard, series, far)
    found = [
        Found(series.months[month], ALL, cause, before=series.ratio(before), after=series.ratio([month]))
        for month, before in zip(changes.first, changes.before, strict=True)
    ]
    return found + [Found(series.months[month], ALL, cause, odd=True) for month in changes.odd]


def _walk(guard: BreakGuard, series: _Series, far: Far) -> Changes:
    return change_points(len(series.months), far, guard.months_before)


def _sums(fieldwork: pa.Table, *names: str) -> _Series:
    summed = fieldwork.group_by("month").aggregate([(name, "sum") for name in names]).sort_by("month")
    columns = [summed.column(f"{name}_sum").to_numpy().astype(np.float64) for name in names]
    return _Series(summed.column("month").to_pylist(), np.stack(columns, axis=1))
