"""The contract as tables: periods, frame, organisation, code lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assets.reference_areas import area_lookup_rows, area_rollup_rows
from assets.reference_frame import frame_rows
from assets.reference_periods import period_rows
from assets.reference_tables import reference_tables
from expectations.ddl import resolved_columns
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Area, Periods, Survey
from tests.tiny_survey import AREAS, AS_OF, FIRST, tiny_survey

Day = dt.date
PERIODS = Periods(first_month=Day(2023, 10, 1), closes_after_weeks=6)


def starts(window: str, as_of: dt.date, periods: Periods = PERIODS, *, closed: bool | None = None) -> list[dt.date]:
    return [
        start for w, start, _, is_closed in period_rows(periods, as_of) if w == window and closed in {None, is_closed}
    ]


def test_a_quarter_closes_six_weeks_after_its_end() -> None:
    # The last quarter of 2023 ends on 31 December; six weeks later it is 11 February.
    assert starts("quarter", Day(2024, 2, 10), closed=True) == []
    assert starts("quarter", Day(2024, 2, 11), closed=True) == [Day(2023, 10, 1)]


def test_four_quarters_are_shown_after_four_closed_quarters() -> None:
    assert starts("four_quarters", Day(2024, 11, 10), closed=True) == []  # 30 September + 6 weeks = 11 November
    assert starts("four_quarters", Day(2024, 11, 11), closed=True) == [Day(2023, 10, 1)]
    assert starts("four_quarters", Day(2025, 2, 11), closed=True) == [Day(2023, 10, 1), Day(2024, 1, 1)]


def test_windows_move_at_quarter_ends_and_have_whole_periods() -> None:
    rows = period_rows(PERIODS, Day(2024, 12, 31))
    assert ("four_quarters", Day(2023, 10, 1), Day(2024, 9, 30), True) in rows
    assert ("quarter", Day(2024, 1, 1), Day(2024, 3, 31), True) in rows
    assert ("month", Day(2024, 2, 1), Day(2024, 2, 29), True) in rows
    assert ("month", Day(2024, 12, 1), Day(2024, 12, 31), False) in rows


def test_a_quarter_that_began_before_the_survey_is_left_out() -> None:
    late = Periods(first_month=Day(2024, 2, 1), closes_after_weeks=6)
    assert starts("month", Day(2024, 5, 1), late) == [Day(2024, m, 1) for m in (2, 3, 4, 5)]
    assert starts("quarter", Day(2024, 5, 1), late) == [Day(2024, 4, 1)]


def test_more_quarters_may_be_asked_before_the_first_long_window() -> None:
    patient = PERIODS.model_copy(update={"four_quarters_from": 5})
    assert starts("four_quarters", Day(2025, 3, 1), patient, closed=True) == [Day(2024, 1, 1)]


def test_before_the_survey_begins_there_are_no_periods() -> None:
    assert period_rows(PERIODS, Day(2023, 9, 30)) == []


def test_with_no_waiting_time_a_period_closes_on_its_last_day() -> None:
    eager = Periods(first_month=Day(2021, 7, 1), closes_after_weeks=0)
    assert starts("quarter", Day(2021, 9, 30), eager, closed=True) == [Day(2021, 7, 1)]


def test_the_frame_holds_totals_channels_groups_and_crossings_as_the_levels_say() -> None:
    rows = set(frame_rows(tiny_survey()))
    assert ("nation", "all", "all", "month") in rows
    assert ("nation", "web", "all", "month") not in rows
    assert {("nation", c, "all", "quarter") for c in ("web", "phone", "online", "voice")} <= rows
    assert {("nation", c, "reporter", "quarter") for c in ("all", "online", "voice")} <= rows
    assert ("nation", "web", "reporter", "quarter") not in rows  # crossings are by class
    assert ("team", "online", "all", "four_quarters") in rows
    assert ("team", "web", "all", "four_quarters") not in rows  # a team sees classes of channels
    assert ("team", "online", "reporter", "four_quarters") not in rows  # and no crossings
    assert not [row for row in rows if row[2] == "suspect"]  # out of scope


def with_areas(*areas: Area) -> Survey:
    return tiny_survey().model_copy(update={"areas": (*AREAS, *areas)})


def an_area(code: str, name: str, **more: Any) -> Area:
    return Area(**({"level": "team", "code": code, "name": name, "parent": "NL", "valid_from": FIRST} | more))


ENDED = Day(2024, 6, 30)


def lookup(survey: Survey, as_of: dt.date = AS_OF) -> dict[str, str]:
    return {key: area for key, _, area in area_lookup_rows(survey, as_of)}


def test_codes_names_and_spellings_of_an_area_are_found() -> None:
    assert {"t1": "T1", "noord": "T1", "north": "T1", "zuid": "T2"}.items() <= lookup(tiny_survey()).items()


def test_a_merged_area_counts_with_its_successor_from_the_day_it_ended() -> None:
    survey = with_areas(
        an_area("T9", "West", valid_to=ENDED, successor="T8"), an_area("T8", "Oost", valid_to=ENDED, successor="T1")
    )
    assert lookup(survey)["west"] == lookup(survey)["t9"] == "T1"
    assert lookup(survey, ENDED)["west"] == "T9"
    assert [r for r in area_lookup_rows(survey, AS_OF) if r[0] == "west"] == [("west", "T9", "T1")]


def test_a_renamed_area_is_found_under_both_names() -> None:
    survey = with_areas(an_area("T3", "Oud", valid_to=ENDED), an_area("T3", "Nieuw", valid_from=Day(2024, 7, 1)))
    assert lookup(survey)["oud"] == lookup(survey)["nieuw"] == "T3"


def test_history_of_a_split_area_goes_to_its_largest_part() -> None:
    parts = [
        an_area("T4", "Midden", valid_to=ENDED, successor=to, share=share) for to, share in (("T1", 0.4), ("T2", 0.6))
    ]
    survey = with_areas(*parts)
    assert lookup(survey)["midden"] == "T2"


@pytest.mark.parametrize(
    "areas",
    [
        [an_area("T5", "Zuid")],
        [an_area("T6", "Weg", valid_to=ENDED)],
        [an_area("T7", "Rond", valid_to=ENDED, successor="T7")],
    ],
)
def test_a_name_that_means_two_areas_or_none_is_not_found(areas: list[Area]) -> None:
    assert not {"weg", "rond"} & lookup(with_areas(*areas)).keys()
    if areas[0].name == "Zuid":
        assert "zuid" not in lookup(with_areas(*areas))
        assert lookup(with_areas(*areas))["t5"] == "T5"


def test_leaf_areas_add_up_and_contacts_without_an_area_count_at_the_top_only() -> None:
    assert area_rollup_rows(tiny_survey(), AS_OF) == [
        ("T1", "nation", "NL"),
        ("T1", "team", "T1"),
        ("T2", "nation", "NL"),
        ("T2", "team", "T2"),
        ("unallocated", "nation", "NL"),
    ]


def test_every_reference_table_follows_its_contract() -> None:
    survey = tiny_survey()
    tables = reference_tables(survey, AS_OF)
    assert {f"reference.{name}" for name in tables} == {key for key in survey.tables if key.startswith("reference.")}
    for name, table in tables.items():
        contract = survey.tables[f"reference.{name}"]
        assert table.column_names == [column.name for column in resolved_columns(survey, contract)]
        keys = table.select(list(contract.key)).to_pylist()
        assert len({tuple(key.values()) for key in keys}) == table.num_rows > 0


def test_measures_are_named_by_their_scale() -> None:
    measures = {(m["item"], m["measure"]): m for m in reference_tables(tiny_survey(), AS_OF)["measures"].to_pylist()}
    assert measures["satisfaction", "positive"]["label"] == "(zeer) tevreden"
    assert measures["heard", "share.yes"] == {
        "item": "heard",
        "measure": "share.yes",
        "label": "Ja",
        "scale_min": 0,
        "scale_max": 1,
    }
    assert (measures["mark", "mean"]["scale_min"], measures["mark", "mean"]["scale_max"]) == (1, 10)
    assert measures["satisfaction_heard", "mean"]["scale_max"] == 5


def test_the_police_has_one_nation_ten_units_43_districts_and_167_teams() -> None:
    survey = load_survey(DEFAULT_SURVEY)
    rollup = area_rollup_rows(survey, Day(2025, 6, 30))
    counted = {level.code: len({area for _, at, area in rollup if at == level.code}) for level in survey.levels}
    assert counted == {"nation": 1, "unit": 10, "district": 43, "team": 167}
