"""The synthetic police: same arguments, same bytes; true values known; every fault written down; any contract."""

import csv
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from assets.synthetic import write_demo
from assets.synthetic.hashing import identifiers, mix
from assets.synthetic.parameters import load_comments, load_parameters
from assets.synthetic.planting import area_variants
from assets.synthetic.tables import AreaResolver
from assets.synthetic.world import make_world
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import RESPONSE_FIELDS, Channel, Item
from expectations.spelling import spelling_key
from expectations.spelling_sql import field_spellings, scale_spellings
from tests.unit.assets.synthetic.police import REFUSED, Police

RESPONSES, MONTHS = 18_000, 12


@pytest.fixture(scope="module")
def survey():
    return load_survey(DEFAULT_SURVEY)


@pytest.fixture(scope="module")
def police(survey, tmp_path_factory):
    return Police(survey, tmp_path_factory.mktemp("police"), responses=RESPONSES, months=MONTHS)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# --- the same arguments give the same bytes ---------------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes_in_deliveries_and_truth(survey, tmp_path):
    for name in ("one", "two"):
        write_demo(survey, tmp_path / name / "inbox", tmp_path / name / "truth", responses=700, months=9, seed=5)

    for folder in ("inbox", "truth"):
        assert bytes_of(tmp_path / "one" / folder) == bytes_of(tmp_path / "two" / folder)


def test_another_seed_gives_other_people(survey, tmp_path):
    for seed in (1, 2):
        write_demo(survey, tmp_path / str(seed), tmp_path / f"truth{seed}", responses=200, months=1, seed=seed)

    one, two = bytes_of(tmp_path / "1"), bytes_of(tmp_path / "2")
    assert one.keys() == two.keys()
    assert all(one[name] != two[name] for name in one)


def test_identifiers_are_different_hexadecimal_words():
    numbers = np.arange(1000, dtype=np.uint64)
    made = identifiers(numbers, 1).to_pylist()
    assert len(set(made)) == 1000
    assert all(len(text) == 16 and int(text, 16) >= 0 for text in made)
    assert not set(made) & set(identifiers(numbers, 2).to_pylist())
    assert mix(np.array([0], dtype=np.uint64))[0] == 0xE220A8397B1DCDAF  # published first value of splitmix64


def test_progress_tells_every_month(survey, tmp_path):
    told = []
    write_demo(survey, tmp_path / "i", tmp_path / "t", responses=60, months=3, progress=lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert "contacts_2023-12" in told[-1][2]


# --- deliveries look as the contract says -----------------------------------------------------------------------------


def test_every_delivery_has_every_column_of_its_source(police):
    items = [item.id for item in police.survey.items]
    for name, file in police.files.iterrows():
        columns = list(police.read(name).columns[:-2])
        if file.source == "contacts":
            assert columns[0] == "contact_id"
            assert {"team", "channel", "target_group", "exclusion_reason", "invitation_date"} <= set(columns)
        else:
            assert columns == [*RESPONSE_FIELDS, *items]


def test_formats_encodings_and_delimiters_differ_between_months(survey, tmp_path):
    police = Police(survey, tmp_path, responses=1500, months=36)
    assert set(police.files["format"]) == {"csv", "xlsx", "sav", "parquet"}
    assert set(police.files.encoding) == {"utf-8", "cp1252", "utf-8-sig", ""}
    assert set(police.files.delimiter) == {";", ",", ""}
    assert set(police.files.date_format) == {"%Y-%m-%d", "%d-%m-%Y", ""}
    assert "responses_2025-05_herlevering.csv" in police.files.index
    assert (police.files["rows"] == [len(police.read(name)) for name in police.files.index]).all()
    contacts = police.contacts  # old names and dissolved teams are recorded under what they were called that day
    day = pd.to_datetime(contacts.contact_date, format="mixed", dayfirst=False, errors="coerce")
    old = contacts.team.isin(["Maas en Mergelland (voorbeeld)", "RE01-D2-T9"])
    assert old.any()
    iso = contacts.contact_date.str.match(r"\d{4}-")
    assert (day[old & iso] < "2025-01-01").all()
    assert (day[(contacts.team == "Heuvelland") & iso & contacts.fault.isna()] >= "2025-01-01").all()


def test_every_value_that_is_not_planted_means_something_in_the_contract(police):
    contacts = police.contacts[police.contacts.fault.isna()]
    for field, keys in field_spellings(police.survey).items():
        values = set((contacts if field in contacts else police.responses)[field]) - {""}
        assert values
        assert {value for value in values if spelling_key(value) not in keys} == set(), field
    world = make_world(police.survey, load_parameters(), 1, 100, 1)
    resolve = AreaResolver(world)
    assert {name for name in set(contacts.team) if resolve(name) not in world.leaf.codes} == set()

    responses = police.responses
    for item in police.survey.items:
        scale = police.survey.scale_of(item)
        if scale.kind != "open":
            known = scale_spellings(scale)
            values = set(responses[item.id]) - {"", "Geen antwoord"}
            assert {v for v in values if spelling_key(v) not in known} == set(), item.id


def test_spelling_variants_mean_the_same_team_and_strange_names_mean_none(survey):
    resolve = AreaResolver(make_world(survey, load_parameters(), 1, 100, 1))
    assert {resolve(text) for text in area_variants("Noordwest-Fryslân")} == {"RE01-D1-T3"}
    assert {resolve(text) for text in load_comments().unknown_areas} == {None}


def test_a_follow_up_question_is_answered_only_by_those_who_got_it(survey, tmp_path):
    followed = next(item for item in survey.items if item.asked_when is not None)
    early = followed.model_copy(update={"first_wave": survey.periods.first_month})
    changed = survey.model_copy(update={"items": tuple(early if i.id == early.id else i for i in survey.items)})
    rows = Police(changed, tmp_path, responses=2000, months=1).responses
    asked = rows[followed.asked_when.item].isin(followed.asked_when.values)
    assert (rows.loc[asked, followed.id] != "").mean() > 0.8
    assert (rows.loc[~asked, followed.id] == "").all()


def test_a_question_is_empty_before_its_first_wave(police):
    item = next(item for item in police.survey.items if item.first_wave > police.survey.periods.first_month)
    assert item.first_wave >= dt.date(2024, 10, 1)
    assert (police.responses[item.id] == "").all()


# --- what is true is known --------------------------------------------------------------------------------------------


def test_true_team_effects_spread_by_three_and_a_half_points(police):
    areas = police.table("areas")
    assert len(areas) == 167
    assert areas.effect.std(ddof=0) == pytest.approx(3.5, abs=1e-6)
    assert np.average(areas.effect, weights=areas.weight) == pytest.approx(0, abs=0.1)
    assert areas.p_true.std() == pytest.approx(0.038, abs=0.008)  # effects and a different mix of channels
    assert areas.weight.between(0.001, 0.016).all()


def test_observed_satisfaction_per_channel_is_near_the_parameters(police):
    rows = police.responses.merge(police.contacts[["contact_id", "channel"]], on="contact_id")
    rows = rows[rows.satisfaction != ""]
    satisfied = rows.satisfaction.isin(["4", "5", "Tevreden", "Zeer tevreden"]).groupby(rows.channel).mean()
    assert satisfied["desk"] == pytest.approx(0.745, abs=0.04)
    assert satisfied["tel_0900"] == pytest.approx(0.645, abs=0.03)
    assert satisfied["internet_report"] == pytest.approx(0.439, abs=0.06)
    told = police.table("channels").set_index("channel")
    assert (told.parameter - told.p_true).abs().max() < 0.04


def test_people_who_heard_back_are_about_25_points_more_satisfied(police):
    rows = police.responses[police.responses.satisfaction != ""]
    satisfied = rows.satisfaction.isin(["4", "5", "Tevreden", "Zeer tevreden"])
    labels = {"within_14_days", "later"}
    heard, not_heard = rows.heard_back.isin(labels), rows.heard_back.isin({"no", "not_yet"})
    assert satisfied[heard].mean() - satisfied[not_heard].mean() == pytest.approx(0.25, abs=0.04)


def test_response_is_15_to_25_percent_of_the_invited_everywhere(police):
    assert police.summary.answered == pytest.approx(RESPONSES, rel=0.03)
    assert police.summary.answered / police.summary.invited == pytest.approx(0.20, abs=0.01)
    contacts = police.contacts[police.contacts.fault.isna()]
    assert (contacts.exclusion_reason != "").mean() == pytest.approx(0.08, abs=0.01)
    invited = contacts[contacts.exclusion_reason == ""]
    answered = invited.contact_id.isin(set(police.table("answers").contact_id))
    for field in ("channel", "target_group", "age_band"):
        big = answered.groupby(invited[field]).agg(["mean", "size"]).query("size > 2000")
        assert big["mean"].between(0.145, 0.255).all(), field
    by_age = answered.groupby(invited.age_band).mean()
    assert by_age["16-24"] < by_age["25-44"] < by_age["45-64"] < by_age["65plus"]


def test_an_excluded_contact_is_not_invited_and_does_not_answer(police):
    contacts = police.contacts[police.contacts.fault.isna()]
    excluded = contacts[contacts.exclusion_reason != ""]
    assert (excluded.invitation_date == "").all()
    assert (excluded.invitation_mode == "").all()
    assert not set(excluded.contact_id) & set(police.table("answers").contact_id)


def test_some_answers_come_in_a_later_delivery(police):
    answers = police.table("answers")
    month = (answers.contact_date.astype("datetime64[s]").dt.year - 2023) * 12
    late = answers.delivered - (month + answers.contact_date.astype("datetime64[s]").dt.month - 10)
    assert (late[answers.delivered >= 0] > 0).mean() == pytest.approx(0.06, abs=0.01)
    assert set(late[answers.delivered >= 0]) == {0, 1, 2}
    assert (answers.delivered < 0).sum() == police.summary.undelivered > 0


def test_the_planted_changes_are_in_the_truth(police):
    change = police.told["changes"]["area"]
    months = police.table("area_months").query("area_code == @change['code']").sort_values("month")
    before, after = months.p_true[: change["from_month"]], months.p_true[change["from_month"] :]
    assert before.mean() - after.mean() == pytest.approx(0.12, abs=0.04)


def test_one_person_can_have_several_contacts_and_keeps_the_same_age(police):
    contacts = police.contacts[police.contacts.fault.isna()]
    assert 0.01 < (contacts.person_id.value_counts() > 1).mean() < 0.2
    plain = contacts[contacts.age_band.isin([c.code for c in police.survey.code_lists["age_band"].codes])]
    assert plain.groupby("person_id").age_band.nunique().max() == 1


# --- every fault is written down --------------------------------------------------------------------------------------


def test_fault_counts_are_the_marked_rows(police):
    counted = police.faults.merge(police.files.reset_index()[["file_name", "source"]], on="file_name")
    assert counted.groupby(counted.source + "." + counted.fault).size().to_dict() == police.summary.faults
    assert police.told["faults"] == police.summary.faults
    assert not police.faults.duplicated(["file_name", "row"]).any()


def test_every_planted_fault_is_there(police):
    contacts, responses = police.rows("contacts"), police.rows("responses")
    by_fault = dict(tuple(contacts.groupby("fault")))
    assert set(by_fault["unknown_area"].team) <= set(load_comments().unknown_areas)
    assert (by_fault["empty_area"].team == "").all()
    assert set(by_fault["unknown_channel"].channel) <= set(load_comments().unknown_channels)
    assert by_fault["future_date"].contact_date.str.contains("2099").all()
    assert (by_fault["missing_id"].contact_id == "").all()
    assert len(by_fault["future_date"]) == 6
    assert len(by_fault["missing_id"]) == 5
    pairs = by_fault["conflicting_duplicate"].groupby("contact_id")
    assert (pairs.size() == 2).all()
    assert (pairs.channel.nunique() == 2).all()
    columns = [c for c in contacts.columns if not c.startswith("_") and c != "fault"]
    copies = by_fault["exact_duplicate"][[*columns, "_file"]]
    originals = contacts[contacts.fault.isna()][[*columns, "_file"]]
    assert len(copies.merge(originals, on=[*columns, "_file"])) == len(copies)

    by_fault = dict(tuple(responses.groupby("fault")))
    invalid = by_fault["invalid_answer"]
    assert ((invalid.mark == "11") | (invalid.satisfaction == "7")).all()
    assert not set(by_fault["unknown_contact"].contact_id) & set(contacts.contact_id)
    assert set(by_fault["second_answer"].contact_id) <= set(responses[responses.fault.isna()].contact_id)
    assert (by_fault["missing_id"].response_id == "").all()
    assert by_fault["future_date"].response_date.str.contains("2099").all()


def test_a_fault_that_refuses_a_contact_leaves_the_answers_alone(police):
    ids = police.faults[police.faults.fault.isin(REFUSED) & police.faults.file_name.str.startswith("contacts")].id
    assert not set(ids) & set(police.table("answers").contact_id)


def test_the_second_delivery_corrects_some_answers_lacks_a_few_and_repeats_the_rest(police):
    again = next(name for name in police.files.index if "herlevering" in name)
    first, second = police.read(again.replace("_herlevering", "")), police.read(again)
    both = first.merge(second, on="response_id", suffixes=("", "_again"))
    assert len(both) == len(second) == len(first) - round(0.01 * len(first)) < len(first)
    differs = both.mark != both.mark_again
    assert differs.sum() == police.summary.faults["responses.corrected"] > 0
    assert (both.satisfaction == both.satisfaction_again).all()


def test_planted_personal_data_and_hostile_strings_stand_where_truth_says(police):
    planted = police.table("personal_data")
    rows = police.rows("responses").drop_duplicates("response_id").set_index("response_id")
    comments = [item.id for item in police.survey.items if police.survey.scale_of(item).kind == "open"]
    written = (rows[comments] != "").sum().sum()
    assert (planted.kind != "hostile").sum() / written == pytest.approx(0.03, abs=0.005)
    assert set(planted.kind) == {
        "name", "phone", "email", "address", "plate", "iban", "citizen_number", "hostile",
    }  # fmt: skip
    untouched = planted[planted.response_id.isin(rows.index[rows.fault.isna()])]
    assert len(untouched) > 0.95 * len(planted)
    lost = [
        text
        for key, item, text in untouched[["response_id", "item", "text"]].itertuples(index=False)
        if text.strip() not in rows.loc[key, item]
    ]
    assert lost == []


def test_csv_files_are_plain_csv(police):
    name = police.files.index[(police.files.encoding == "utf-8") & (police.files.source == "responses")][0]
    with (police.inbox / name).open(encoding="utf-8", newline="") as file:
        widths = {len(row) for row in csv.reader(file, delimiter=police.files.loc[name].delimiter)}
    assert widths == {len(RESPONSE_FIELDS) + len(police.survey.items)}


# --- any contract -----------------------------------------------------------------------------------------------------


def test_a_new_item_and_a_new_channel_just_work(survey, tmp_path):
    privacy = Item(
        id="privacy",
        wording="Hoe tevreden bent u over de privacy?",
        label="Privacy",
        theme="access",
        scale=survey.item(survey.headline_item).scale,
        part_of_service=True,
        first_wave=survey.periods.first_month,
    )
    kiosk = Channel(code="kiosk", label="Zuil in het gemeentehuis", channel_class="fysiek")
    changed = survey.model_copy(update={"items": (*survey.items, privacy), "channels": (*survey.channels, kiosk)})
    police = Police(changed, tmp_path, responses=3000, months=2)
    answers = police.responses.privacy
    assert (answers != "").mean() > 0.9
    assert answers.isin(["4", "5"]).mean() == pytest.approx(0.62, abs=0.1)
    contacts = police.contacts
    assert 0.01 < (contacts.channel == "kiosk").mean() < 0.08
    assert police.table("channels").set_index("channel").parameter["kiosk"] == 0.745


def test_a_survey_without_reorganisations_feedback_or_mark_just_works(survey, tmp_path):
    leaf = survey.leaf.code
    areas = tuple(a for a in survey.areas if a.level != leaf or (a.valid_to is None and a.successor is None))
    kept = tuple(i for i in survey.items if i.id not in {survey.mark_item, survey.feedback_item})
    changed = survey.model_copy(
        update={"areas": areas, "items": kept, "mark_item": None, "feedback_item": None, "derived_items": ()}
    )
    police = Police(changed, tmp_path, responses=1500, months=2)
    assert police.summary.answered == pytest.approx(1500, rel=0.1)
    assert "mark" not in police.responses.columns


def test_a_survey_without_a_contact_register_is_refused_with_a_reason(survey, tmp_path):
    changed = survey.model_copy(update={"sources": survey.sources[1:]})
    with pytest.raises(ValueError, match="no source of kind 'contacts'"):
        write_demo(changed, tmp_path, tmp_path, responses=10, months=1)
