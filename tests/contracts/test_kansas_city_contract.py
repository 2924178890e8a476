"""A survey that has nothing to do with the Dutch police fits the same contract."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from expectations.load import load_survey
from expectations.model import Survey
from expectations.spelling import spelling_key

ROOT = Path(__file__).parents[1] / "surveys" / "kansas_city"
FILE = Path(__file__).parents[2] / "../shared/data/satisfaction/kansas_city/FY2022_RS_Cleaned_safe.csv"


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_survey(ROOT)


def test_levels_and_their_folders_come_from_the_contract(survey: Survey) -> None:
    assert [(level.code, level.folder, level.single) for level in survey.levels] == [
        ("city", "city", True),
        ("district", "districts", False),
    ]
    assert [area.code for area in survey.areas] == ["KC", "1", "2", "3", "4", "5", "6"]


def test_only_residents_with_police_contact_count(survey: Survey) -> None:
    assert [group.code for group in survey.target_groups if group.in_scope] == ["contact"]


def test_dont_know_is_outside_every_base(survey: Survey) -> None:
    assert "9" in survey.scale_of(survey.item("q3_01")).not_applicable


def test_every_value_of_the_real_file_is_known(survey: Survey) -> None:
    if not FILE.exists():
        pytest.skip("the Kansas City file is not beside this checkout (../shared/data/satisfaction/kansas_city)")
    with FILE.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    source = survey.sources[0]
    fields = {name: field.column for name, field in source.fields.items() if field.column}
    assert set(fields.values()) | {item.id for item in survey.items} <= set(rows[0])
    channels = {spelling_key(t) for c in survey.channels for t in (c.code, c.label, *c.spellings)}
    groups = {spelling_key(t) for g in survey.target_groups for t in (g.code, g.label, *g.spellings)}
    areas = {area.code for area in survey.areas if area.level == "district"}
    scale = survey.scale_of(survey.items[0])
    answers = {str(point.value) for point in scale.points} | set(scale.not_applicable) | set(source.missing)
    for row in rows:
        assert spelling_key(row["method"]) in channels
        assert spelling_key(row["q31_02"]) in groups
        assert row["counci"] in areas
        assert row["quarte"] in source.fields["contact_date"].values
        assert {row[item.id] for item in survey.items} <= answers
    assert len({row["id"] for row in rows}) == len(rows)
