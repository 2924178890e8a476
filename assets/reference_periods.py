"""Which months, quarters and four-quarter windows there are, and which of them are closed.

Belongs here: calendar arithmetic of the contract's ``periods``. Does not belong here: which level shows which window
(``reference_frame``).
"""

from __future__ import annotations

import datetime as dt

from expectations.model import Periods, Window

MONTHS_OF: dict[Window, int] = {"month": 1, "quarter": 3, "four_quarters": 12}
Period = tuple[Window, dt.date, dt.date, bool]


def period_rows(periods: Periods, as_of: dt.date) -> list[Period]:
    """Every period that has begun: window, first day, last day, closed.

    A period counts from ``first_month``: a quarter of which the first months were before the survey is left out. A
    period is closed ``closes_after_weeks`` after its last day. Four-quarter windows move at quarter ends and exist
    from ``four_quarters_from`` quarters on; they are closed when their last quarter is, which is when all are. Nothing
    starts after ``last_month``.
    """
    rows: list[Period] = []
    for window, months in MONTHS_OF.items():
        for start in _starts(periods, window, as_of):
            end = last_day(start, months)
            closed = end + dt.timedelta(weeks=periods.closes_after_weeks) <= as_of
            rows.append((window, start, end, closed))
    return rows


def last_day(start: dt.date, months: int) -> dt.date:
    """Last day of a period of whole months."""
    return _add_months(start, months) - dt.timedelta(days=1)


def _starts(periods: Periods, window: Window, as_of: dt.date) -> list[dt.date]:
    first = periods.first_month.replace(day=1)
    until = min(as_of, periods.last_month or as_of)
    if window == "month":
        return _every(first, 1, until)
    quarters = [start for start in _every(_quarter_start(first), 3, until) if start >= first]
    if window == "quarter":
        return quarters
    # A window is named by the quarter it ends in, and that quarter may be the current, open one.
    last_quarters = quarters[max(periods.four_quarters_from, 4) - 1 :]
    return [_add_months(last, -9) for last in last_quarters]


def _every(first: dt.date, months: int, until: dt.date) -> list[dt.date]:
    starts = []
    start = first
    while start <= until:
        starts.append(start)
        start = _add_months(start, months)
    return starts


def _quarter_start(day: dt.date) -> dt.date:
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def _add_months(first_of_month: dt.date, months: int) -> dt.date:
    month = first_of_month.year * 12 + first_of_month.month - 1 + months
    return dt.date(month // 12, month % 12 + 1, 1)
