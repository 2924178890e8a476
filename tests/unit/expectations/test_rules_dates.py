"""Which day a text is: date notations, times, offsets, clocks and Excel day numbers, against Python's own zone data."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import duckdb
import pytest

from expectations.compile_dates import date_sql
from expectations.model import Source
from tests.tiny_survey import evaluate

AMSTERDAM = "Europe/Amsterdam"
# As in the warehouse: nothing may be fetched, so what reads clocks must be built in.
OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def source(**more: object) -> Source:
    return Source(name="s", kind="responses", files="*", **more)  # type: ignore[arg-type]


def day(text: str, clock: str = AMSTERDAM, **more: object) -> dt.date | None:
    found: dt.date | None = evaluate(date_sql(source(**more), "x", clock), x=text)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-01",
        "01-02-2024",
        "1-2-2024",
        "2024-02-01 10:15:00",
        "2024-02-01T10:15:00Z",
        "2024-02-01T10:15:00.123456+01:00",
        "2024-02-01T10:15+0100",
        "01-02-2024 10:15",
        "1-2-2024 9:05",
        "1-2-2024, 9:05:10",
        "01-02-2024 10:15:00.5",
        "2024-02-01 00:00",
        "2024-02-01 11:59 PM",
        "2024-02-01 12:00 a.m.",
        "45323",
        "45323.5",
        "45323,99",
    ],
)
def test_dates_are_read_the_way_tools_write_them(text: str) -> None:
    assert day(text) == dt.date(2024, 2, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("30-02-2024", "gisteren", "2024", "02/30/2024", "", "123456", "01-02-24", "1-2-202"),
        *("2024-02-01 25:00", "2024-02-01 10:60", "2024-02-01 13:00 PM", "2024-02-01 00:30 AM"),
        *("2024-02-01T10:15:00+99:00", "10:15", "2024-02-01 10:15 uur", "2024-02-01T10:15:00 CET"),
    ],
)
def test_what_is_no_date_is_null(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%m/%d/%Y", "2/1/2024"),
        ("%m/%d/%Y", "02/01/2024 11:59:59 pm"),
        ("%m/%d/%Y %I:%M %p", "02/01/2024 11:59 PM"),
        ("%d-%m-%y", "01-02-24"),
        ("%d-%m-%y", "01-02-24 08:30"),
        ("%d/%m/%Y", "01/02/2024"),
        ("%d %b %Y", "1 Feb 2024"),
        ("%Y%m%d", "20240201"),
    ],
)
def test_a_notation_that_the_source_declares_is_read_with_and_without_a_time(pattern: str, text: str) -> None:
    assert day(text, date_formats=(pattern,)) == dt.date(2024, 2, 1)


def test_two_and_four_digits_of_a_year_go_together() -> None:
    both = ("%d-%m-%Y", "%d-%m-%y")
    assert {day(text, date_formats=both) for text in ("01-02-2024", "01-02-24")} == {dt.date(2024, 2, 1)}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-28T22:30:00Z", "2026-03-28"),
        ("2026-03-28T23:30:00Z", "2026-03-29"),  # an hour later here, and two hours from that night on
        ("2026-03-29T21:59:59Z", "2026-03-29"),
        ("2026-03-29T22:00:00Z", "2026-03-30"),
        ("2026-10-24T22:00:00Z", "2026-10-25"),
        ("2026-10-25T22:59:00Z", "2026-10-25"),  # the day of 25 hours
        ("2026-10-25T23:00:00Z", "2026-10-26"),
        ("2026-01-01T05:30:00+06:00", "2026-01-01"),
        ("2026-01-01T04:30:00+06:00", "2025-12-31"),
        ("2026-01-01 18:30:00-0500", "2026-01-02"),
    ],
)
def test_a_moment_with_an_offset_is_a_day_on_the_clock_of_the_survey(moment: str, expected: str) -> None:
    assert day(moment) == dt.date.fromisoformat(expected)


def test_a_moment_without_an_offset_is_on_the_clock_of_its_source() -> None:
    late = "2026-06-30 23:30"
    assert day(late) == dt.date(2026, 6, 30)
    assert day(late, timezone="UTC") == dt.date(2026, 7, 1)
    assert day(late, timezone="America/New_York") == dt.date(2026, 7, 1)
    assert day("2026-06-30 00:30", "America/New_York", timezone="UTC") == dt.date(2026, 6, 29)
    # A date has no moment, and an offset says more than the source.
    assert day("2026-06-30", timezone="UTC") == dt.date(2026, 6, 30)
    assert day("2026-06-30T23:30:00+02:00", timezone="UTC") == dt.date(2026, 6, 30)


def test_the_fraction_of_an_excel_day_is_a_time() -> None:
    assert day("46203.98") == dt.date(2026, 6, 30)
    assert day("46203.98", timezone="UTC") == dt.date(2026, 7, 1)
    assert day("46203", timezone="UTC") == dt.date(2026, 6, 30)


OFFSETS = ("Z", "+00:00", "+01:00", "+0200", "-05:00", "+05:30", "-11", "+14:00")
CLOCKS = (AMSTERDAM, "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


def _moments() -> list[dt.datetime]:
    """Every hour and a half around the changes of the clock in three parts of the world, and through one year."""
    days = ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-03-07", "2026-04-04", "2027-12-31")
    starts = [dt.datetime.fromisoformat(text) for text in days]
    starts += [dt.datetime(2024, 1, 1) + dt.timedelta(days=31 * n) for n in range(13)]
    return [start + dt.timedelta(minutes=91 * n) for start in starts for n in range(18)]


def test_every_moment_is_on_the_day_that_python_finds() -> None:
    written, expected = [], []
    for moment, offset in itertools.product(_moments(), OFFSETS):
        text = f"{moment:%Y-%m-%dT%H:%M:%S}{offset}"
        padded = {"Z": "+00:00", "-11": "-11:00"}.get(offset, offset)
        aware = dt.datetime.strptime(f"{moment:%Y-%m-%dT%H:%M:%S}{padded}", "%Y-%m-%dT%H:%M:%S%z")
        written.append(text)
        expected.append(aware)
    with duckdb.connect(config=OFFLINE) as connection:
        for clock in CLOCKS:
            sql = f"select list_transform($1, lambda x: {date_sql(source(), 'x', clock)})"
            found = connection.execute(sql, [written]).fetchone()
            assert found and found[0] == [moment.astimezone(ZoneInfo(clock)).date() for moment in expected]


def test_every_moment_on_the_clock_of_a_source_is_on_the_day_that_python_finds() -> None:
    moments = _moments()
    written = [f"{moment:%d-%m-%Y %H:%M}" for moment in moments]
    with duckdb.connect(config=OFFLINE) as connection:
        for clock, there in itertools.permutations(CLOCKS, 2):
            sql = f"select list_transform($1, lambda x: {date_sql(source(timezone=clock), 'x', there)})"
            found = connection.execute(sql, [written]).fetchone()
            aware = [moment.replace(tzinfo=ZoneInfo(clock)) for moment in moments]
            assert found and found[0] == [moment.astimezone(ZoneInfo(there)).date() for moment in aware]


def test_a_clock_is_read_whatever_the_clock_of_the_session() -> None:
    sql = date_sql(source(), "x", AMSTERDAM)
    with duckdb.connect(config=OFFLINE) as connection:
        for zone in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
            connection.execute(f"set TimeZone = '{zone}'")
            found = connection.execute(f"select {sql} from (select '2026-03-28T23:30:00Z' as x)").fetchone()
            assert found == (dt.date(2026, 3, 29),)
