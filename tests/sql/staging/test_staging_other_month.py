"""A file that holds contacts of another month than its name says is warned about."""

from __future__ import annotations

import datetime as dt

from expectations import suites
from tests.sql.staging.fates import accounts
from tests.tiny_survey import House, contact, response

FEBRUARY = dt.date(2024, 2, 1)


def contacts(*dates: str) -> list[dict[str, str | None]]:
    return [contact(f"c{n}", contact_date=date) for n, date in enumerate(dates)]


def test_the_share_is_of_rows_with_a_date_in_another_month(house: House) -> None:
    house.deliver("contacts", contacts("2024-02-01", "2024-02-29", "2024-03-01", "2023-02-10", "", "?"), month=FEBRUARY)
    house.deliver("both", [contact("b1") | response("b1", "b1", contact_date="2024-01-31")], month=FEBRUARY)
    house.build()
    assert accounts(house, "share_other_month") == {"d1": (0.5,), "d2": (1.0,)}


def test_answers_may_come_late_and_no_date_is_no_share(house: House) -> None:
    house.deliver("contacts", contacts("", "?"), month=FEBRUARY)
    house.deliver("responses", [response("r1", "c1", response_date="2024-03-20")], month=FEBRUARY)
    house.build()
    assert accounts(house, "share_other_month") == {"d1": (None,), "d2": (None,)}


def test_more_than_one_in_five_is_a_warning_on_that_file(house: House) -> None:
    good = ["2024-02-05"] * 4
    house.deliver("contacts", contacts(*good, "2024-03-01"), month=FEBRUARY)
    house.build()
    assert warned(house) == []
    house.deliver("contacts", contacts(*good, "2024-03-01", "2024-03-02"), month=FEBRUARY)
    house.build()
    assert warned(house) == ["share_other_month"]


def warned(house: House) -> list[str]:
    """Columns of the accounts that a plausibility check warns about, apart from what a re-delivery withdraws."""
    table = house.survey.tables["staging.delivery_accounts"]
    frame = house.warehouse.read("from staging.delivery_accounts").to_pandas()
    failed = suites.validate(table, "plausible", frame).failed
    return [column for outcome in failed for column in outcome.columns if column == "share_other_month"]
