"""The contract this product ships with: what issue and method ask of it, in numbers and names."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from expectations.areas import final_codes
from expectations.compile_exclusions import exclusion_catalogue
from expectations.compile_flags import flags
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey
from expectations.spelling import area_spelling_key

ORGANISATION = Path(__file__).parents[2] / "../shared/data/organisation"
PARTS = [
    "reachability", "waiting_time", "treatment", "taken_seriously", "listened_to", "expertise",
    "clarity_next_steps", "feedback", "result", "tailored", "channel_fit",
]  # fmt: skip


@pytest.fixture(scope="module")
def survey() -> Survey:
    return load_survey(DEFAULT_SURVEY)


def test_it_says_that_it_is_provisional(survey: Survey) -> None:
    assert survey.status == "voorlopig"


def test_the_organisation_of_today_is_1_10_43_167(survey: Survey) -> None:
    today = Counter(area.level for area in survey.areas if area.valid_to is None)
    assert today == {"nation": 1, "unit": 10, "district": 43, "team": 167}


def test_invented_examples_of_renaming_and_merging_say_so(survey: Survey) -> None:
    former = [area for area in survey.areas if area.valid_to is not None]
    assert {area.code for area in former} == {"RE01-D2-T9", "RE10-D3-T1"}
    assert all("(voorbeeld)" in area.name and "verzonnen" in area.note for area in former)
    finals = final_codes(area for area in survey.areas if area.level == "team")
    assert finals["RE01-D2-T9"] == "RE01-D2-T7"


def test_names_of_today_are_the_published_ones(survey: Survey) -> None:
    path = ORGANISATION / "politie_basisteams_hierarchie.csv"
    if not path.exists():
        pytest.skip("the list of teams is not beside this checkout (../shared/data/organisation)")
    with path.open(encoding="utf-8-sig", newline="") as handle:
        published = {
            (row["team_sleutel_eigen"], row["basisteam"], row["district_sleutel_eigen"])
            for row in csv.DictReader(handle)
        }
    teams = [area for area in survey.areas if area.level == "team" and area.valid_to is None]
    assert {(team.code, team.name, team.parent) for team in teams} == published


def test_labels_of_statline_lead_to_their_team(survey: Survey) -> None:
    keys = {
        area_spelling_key(text): area.code
        for area in survey.areas
        if area.level == "team"
        for text in (area.name, *area.spellings)
    }
    assert keys[area_spelling_key("Dronten / Noordoostpolder / Urk (BT)")] == "RE03-D2-T1"
    assert keys[area_spelling_key("Basisteam Den Bosch")] == "RE09-D1-T1"


def test_weights_add_up_to_the_country_on_every_level(survey: Survey) -> None:
    for level in ("unit", "district", "team"):
        today = [area.weight for area in survey.areas if area.level == level and area.valid_to is None]
        assert sum(today) == pytest.approx(1, abs=0.001)


def test_overall_satisfaction_has_the_five_points_of_the_cbs(survey: Survey) -> None:
    scale = survey.scale_of(survey.item(survey.headline_item))
    assert [point.label for point in scale.points] == [
        "Zeer ontevreden", "Ontevreden", "Niet tevreden, niet ontevreden", "Tevreden", "Zeer tevreden",
    ]  # fmt: skip
    assert (scale.positive, scale.negative) == ((4, 5), (1, 2))


def test_the_mark_runs_from_1_to_10(survey: Survey) -> None:
    assert survey.mark_item is not None
    scale = survey.scale_of(survey.item(survey.mark_item))
    assert (scale.kind, scale.minimum, scale.maximum) == ("mark", 1, 10)


def test_the_parts_of_the_service_are_eleven_questions_with_not_applicable(survey: Survey) -> None:
    parts = [item for item in survey.items if item.part_of_service]
    assert [item.id for item in parts] == PARTS
    assert all(survey.scale_of(item).not_applicable for item in parts)


def test_the_other_questions_are_there_with_their_answers(survey: Survey) -> None:
    answers = {
        item.id: [point.code for point in survey.scale_of(item).points]
        for item in survey.items
        if survey.scale_of(item).kind == "nominal"
    }
    assert answers["heard_back"] == ["within_14_days", "later", "not_yet", "no"]
    assert answers["referred"] == ["no", "victim_support", "other_body"]
    assert set(answers) == {"need", "heard_back", "wanted_channel", "referred", "right_door"}
    assert [item.id for item in survey.items if survey.scale_of(item).kind == "open"] == [
        "went_well",
        "could_be_better",
    ]


def test_only_who_was_referred_is_asked_about_the_right_door(survey: Survey) -> None:
    routed = {item.id: item.asked_when for item in survey.items if item.asked_when is not None}
    assert set(routed) == {"right_door"}
    assert routed["right_door"].item == "referred"
    assert routed["right_door"].values == ("victim_support", "other_body")


def test_all_but_the_added_question_are_asked_from_the_first_month(survey: Survey) -> None:
    later = {item.id for item in survey.items if item.first_wave > survey.periods.first_month}
    assert later == {"right_door"}


def test_satisfaction_is_split_by_having_heard_back(survey: Survey) -> None:
    derived = {item.id: (item.of, item.where.item, set(item.where.values)) for item in survey.derived_items}
    assert derived == {
        "satisfaction_with_feedback": ("satisfaction", "heard_back", {"within_14_days", "later"}),
        "satisfaction_without_feedback": ("satisfaction", "heard_back", {"no", "not_yet"}),
    }


def test_there_are_at_least_nine_channels_in_three_classes(survey: Survey) -> None:
    classes = Counter(channel.channel_class for channel in survey.channels)
    assert set(classes) == {"digitaal", "telefonisch", "fysiek"}
    assert sum(classes.values()) >= 9


def test_the_four_target_groups_all_count(survey: Survey) -> None:
    assert [g.code for g in survey.target_groups if g.in_scope] == ["aangever", "benadeelde", "slachtoffer", "melder"]


def test_months_and_crossings_stop_at_the_unit_and_teams_show_classes(survey: Survey) -> None:
    shown = {level.code: ("month" in level.windows, level.crossing, level.channels) for level in survey.levels}
    assert shown == {
        "nation": (True, True, "channel"),
        "unit": (True, True, "channel"),
        "district": (False, False, "channel"),
        "team": (False, False, "class"),
    }


def test_who_stays_out_is_written_down_with_a_reason(survey: Survey) -> None:
    named = {"under_16", "domestic_violence", "serious_case", "suspect", "objection", "no_address"}
    assert {rule.code for rule in survey.exclusions} == {*named, "recently_invited", "no_consent"}
    # Every reason that the register may record has a rule, so that readers see why.
    recorded = {entry.code for entry in survey.code_lists["exclusion_reason"].codes}
    assert {found.excluded_by for found in exclusion_catalogue(survey)} == {*recorded, "no_consent"}
    assert all(len(rule.reason) > 30 for rule in survey.exclusions)
    assert survey.response_rules.one_invitation_in_days == 90


def test_the_rules_on_responses_fit_the_questionnaire(survey: Survey) -> None:
    assert flags(survey) == ("speeder", "straight_liner", "same_text")
    closed = [item for item in survey.items if survey.scale_of(item).kind != "open"]
    assert 1 < survey.response_rules.minimum_answered < len(closed) / 2


def test_thresholds_are_those_of_the_method(survey: Survey) -> None:
    limits = survey.thresholds
    assert (limits.minimum_n, limits.mean_indicative_below, limits.compare_means_from) == (10, 30, 30)
    assert (limits.percentage_from, limits.caution_below) == (50, 100)
    assert (limits.maximum_percentage_width, limits.maximum_mean_half_width) == (0.30, 1.0)
    assert (limits.minimum_reliability, limits.relevant_difference, limits.false_discovery_rate) == (0.5, 0.05, 0.1)
    assert limits.relevant_difference_mean * 9 == pytest.approx(0.2, abs=0.001)
