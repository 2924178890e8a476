"""What the contract asked over time: remembered outside the tables, and never rewritten."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from assets.break_guard import Found
from assets.question_history import FILE, HistoryError, contract_changes, remembered
from expectations.model import Scale, ScalePoint, Survey
from tests.tiny_survey import tiny_survey

SURVEY = tiny_survey()
JAN, FEB, MAR, APR = (dt.date(2024, month, 1) for month in range(1, 5))


def reworded(survey: Survey = SURVEY, item: str = "satisfaction", **changes: Any) -> Survey:
    changes = changes or {"wording": "Hoe tevreden bent u over alles?"}
    items = tuple(i.model_copy(update=changes) if i.id == item else i for i in survey.items)
    return survey.model_copy(update={"items": items})


def changes_after(home: Path, *runs: tuple[Survey, list[dt.date]]) -> list[Found]:
    """Runs one after the other: the contract of each, and the months delivered by then."""
    found: list[Found] = []
    for survey, months in runs:
        found = contract_changes(remembered(home, survey, max(months, default=None)), months)
    return found


def test_the_first_contract_of_a_home_breaks_with_nothing(tmp_path: Path) -> None:
    assert changes_after(tmp_path, (SURVEY, [JAN, FEB, MAR])) == []


def test_a_rewording_counts_from_the_first_month_delivered_after_it(tmp_path: Path) -> None:
    found = changes_after(tmp_path, (SURVEY, [JAN, FEB]), (reworded(), [JAN, FEB, MAR]))
    assert found == [Found(MAR, "satisfaction", "wording")]


def test_without_a_new_month_a_rewording_waits_for_one(tmp_path: Path) -> None:
    runs = [(SURVEY, [JAN, FEB]), (reworded(), [JAN, FEB])]
    assert changes_after(tmp_path, *runs) == []
    assert changes_after(tmp_path / "b", *runs, (reworded(), [JAN, FEB, APR])) == [
        Found(APR, "satisfaction", "wording")
    ]


def test_a_rewording_that_was_taken_back_in_time_is_none(tmp_path: Path) -> None:
    runs = [(SURVEY, [JAN]), (reworded(), [JAN]), (SURVEY, [JAN]), (SURVEY, [JAN, FEB])]
    assert changes_after(tmp_path, *runs) == []


def test_a_rewording_that_was_taken_back_later_is_two(tmp_path: Path) -> None:
    runs = [(SURVEY, [JAN]), (reworded(), [JAN, FEB]), (SURVEY, [JAN, FEB, MAR])]
    assert [found.date for found in changes_after(tmp_path, *runs)] == [FEB, MAR]


def test_it_stays_known_in_later_runs_and_with_older_months_delivered_again(tmp_path: Path) -> None:
    runs = [(SURVEY, [FEB]), (reworded(), [FEB, MAR]), (reworded(), [JAN, FEB, MAR, APR])]
    assert changes_after(tmp_path, *runs) == [Found(MAR, "satisfaction", "wording")]


def test_capitals_and_punctuation_are_no_rewording(tmp_path: Path) -> None:
    assert changes_after(tmp_path, (SURVEY, [JAN]), (reworded(wording="SATISFACTION!"), [JAN, FEB])) == []


def test_another_scale_is_found_but_what_counts_as_satisfied_is_decided_afterwards(tmp_path: Path) -> None:
    five = SURVEY.scales["five"]
    positive = SURVEY.model_copy(
        update={"scales": SURVEY.scales | {"five": five.model_copy(update={"positive": (5,)})}}
    )
    assert changes_after(tmp_path, (SURVEY, [JAN]), (positive, [JAN, FEB])) == []
    points = tuple(ScalePoint(value=p.value, label=f"heel {p.label}") for p in five.points)
    other = SURVEY.model_copy(
        update={"scales": SURVEY.scales | {"five": Scale(code="five", kind="ordinal", points=points)}}
    )
    found = changes_after(tmp_path / "b", (SURVEY, [JAN]), (other, [JAN, FEB]))
    assert {(f.item, f.cause) for f in found} == {(i, "scale") for i in ("satisfaction", "news", "report", "retired")}


def test_new_items_and_items_that_are_gone_break_with_nothing(tmp_path: Path) -> None:
    fewer = SURVEY.model_copy(update={"items": tuple(i for i in SURVEY.items if i.id != "mark")})
    assert changes_after(tmp_path, (fewer, [JAN]), (SURVEY, [JAN, FEB])) == []
    assert changes_after(tmp_path / "b", (SURVEY, [JAN]), (reworded(item="mark"), [FEB]), (fewer, [MAR])) == []


def test_a_run_that_asks_the_same_adds_nothing(tmp_path: Path) -> None:
    remembered(tmp_path, SURVEY, JAN)
    before = (tmp_path / FILE).read_bytes()
    remembered(tmp_path, SURVEY, JAN)
    remembered(tmp_path, SURVEY, None)  # a home whose files were taken away has not forgotten what it had
    assert (tmp_path / FILE).read_bytes() == before
    remembered(tmp_path, SURVEY, FEB)
    assert (tmp_path / FILE).read_bytes().startswith(before)


def test_the_file_holds_hashes_and_no_question(tmp_path: Path) -> None:
    remembered(tmp_path, reworded(), JAN)
    assert "tevreden" not in (tmp_path / FILE).read_text("utf-8")


def test_another_survey_in_the_same_home_is_left_aside(tmp_path: Path) -> None:
    remembered(tmp_path, reworded(SURVEY.model_copy(update={"code": "other"})), JAN)
    assert changes_after(tmp_path, (SURVEY, [JAN, FEB])) == []


def test_half_a_line_of_a_machine_that_stopped_is_written_again(tmp_path: Path) -> None:
    remembered(tmp_path, SURVEY, JAN)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole + b'{"survey": "ti')
    assert len(remembered(tmp_path, SURVEY, FEB)) == 2
    assert len(remembered(tmp_path, SURVEY, FEB)) == 2


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"survey": "tiny", "through": "x", "items": {}}'])
def test_a_damaged_line_is_refused_with_its_number_and_what_to_do(tmp_path: Path, line: str) -> None:
    remembered(tmp_path, SURVEY, JAN)
    path = tmp_path / FILE
    path.write_text(line + "\n" + path.read_text("utf-8"), "utf-8")
    with pytest.raises(HistoryError, match=r"line 1 is damaged; put back a copy"):
        remembered(tmp_path, SURVEY, JAN)
