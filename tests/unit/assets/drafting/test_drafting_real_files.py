"""Drafts of real files that nobody here wrote, held against independent readings of the same files."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from drafting_files import drafted, judged, plain

from assets.drafting import draft_contract
from assets.drafting.known import known
from assets.drafting.scales import OFTEN
from expectations.spelling import plain_text, spelling_key

DATA = Path(__file__).parents[4] / "../shared/data"
EXPORTS = DATA / "survey_exports"
LSS = EXPORTS / "limesurvey/limesurvey_survey_987793.lss"
SAV = EXPORTS / "spss/burgerpeiling_dataformat_2022.sav"

pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the real survey files are not beside this checkout")

# File, rows, and how many of them the row rules of the draft accept: the others hold an answer that fewer than five
# people gave, which a draft may not write down, or no closed answer at all.
ANSWERS = [
    ("survey_exports/limesurvey/2016_uk_public_data.csv", 273, 250),
    ("survey_exports/limesurvey/2017_us_public_data.csv", 164, 130),
    ("survey_exports/google_forms/2018_learning_r_form_responses.tsv", 3062, 3050),
    ("survey_exports/surveymonkey/comma-survey.csv", 1129, 1090),
    ("survey_exports/surveymonkey/flying-etiquette.csv", 1040, 1030),
    ("survey_exports/surveymonkey/steak-risk-survey.csv", 550, 540),
    ("survey_exports/surveymonkey/sleeping-alone-data.csv", 1093, 1000),  # no column tells its rows apart
    ("satisfaction/kansas_city/FY2022_RS_Cleaned_safe.csv", 1033, 1030),
]


@pytest.mark.parametrize(("name", "rows", "least"), ANSWERS, ids=[Path(name).name for name, _, _ in ANSWERS])
def test_a_draft_accepts_the_rows_of_its_own_file(tmp_path: Path, name: str, rows: int, least: int) -> None:
    path = DATA / name
    draft, survey = drafted(path, tmp_path / "contract")
    result = judged(path, survey, tmp_path / "home")
    assert (result.status, result.read) == ("taken", rows)
    assert result.accepted >= least, result.faults
    print(f"{path.name}: {draft.counts['items']} items, {result.accepted} of {rows} rows accepted")

    # what goes to quarantine was announced, cell by cell
    refused = sum(count for rule, count in result.faults.items() if rule.endswith((".not_an_answer", ".out_of_range")))
    announced = [int(found[1]) for text in draft.decide if (found := re.search(r"(\d+) an(?:swers|twoorden)", text))]
    assert refused == sum(announced)


@pytest.mark.parametrize("name", [name for name, _, _ in ANSWERS], ids=[Path(name).name for name, _, _ in ANSWERS])
def test_every_answer_in_a_draft_is_a_number_a_known_word_or_given_often(tmp_path: Path, name: str) -> None:
    path = DATA / name
    _, survey = drafted(path, tmp_path / "contract")
    tabs = path.suffix == ".tsv"
    raw = pd.read_csv(path, sep="\t" if tabs else ",", quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL, dtype=str,
                      keep_default_na=False, encoding_errors="replace", header=None)  # fmt: skip
    often: Counter[str] = Counter()
    for column in raw.columns:
        counts = Counter(spelling_key(plain_text(value)) for value in raw[column].iloc[1:])
        often |= counts  # the largest count of a value in any column
    listed = [(point.label, scale.kind) for scale in survey.scales.values() for point in scale.points]
    listed += [(entry.label, "list") for entries in survey.code_lists.values() for entry in entries.codes]
    listed += [(channel.label, "list") for channel in survey.channels] + [(a.name, "list") for a in survey.areas[1:]]
    made_up = {"survey", "respondent", "everywhere", "questionnaire", "everybody", "vragenlijst", "iedereen", "unknown"}
    for label, kind in listed:
        text = label.removesuffix(")").rpartition(" (")[0] if re.search(r" \(\d+\)$", label) else label
        allowed = kind == "multiple" or known().is_word(text) or text.isdigit() or spelling_key(text) in made_up
        assert allowed or often[spelling_key(text)] >= OFTEN, label


def test_the_dutch_questionnaire_comes_over_whole(tmp_path: Path) -> None:
    text = LSS.read_text("utf-8")

    def cells(table: str) -> list[dict[str, str]]:
        """An independent reading: by pattern, not by parser."""
        body = re.search(rf"<{table}>(.*?)</{table}>", text, re.DOTALL)
        rows = re.findall(r"<row>(.*?)</row>", body[1] if body else "", re.DOTALL)
        return [dict(re.findall(r"<(\w+)><!\[CDATA\[(.*?)\]\]></\1>", row, re.DOTALL)) for row in rows]

    questions, rows = cells("questions"), cells("subquestions")
    kinds = Counter(question["type"] for question in questions)
    assert kinds == {"X": 1, "Q": 3, "T": 3} and len(rows) == 24
    draft, survey = drafted(LSS, tmp_path / "contract")
    mapped = survey.sources[0].fields
    fields = {mapped[item.id].column if item.id in mapped else item.id for item in survey.items} - {None}
    ignored = set(survey.sources[0].ignore_columns)
    codes = {question["qid"]: question["title"] for question in questions}
    texts = {question["title"] for question in questions if question["type"] == "T"}
    matrix = {f"{codes[row['parent_qid']]}[{row['title']}]" for row in rows}
    personal = {"personalInfo[name]", "personalInfo[email]"}
    assert fields == (texts | matrix) - personal
    assert personal | {"specificIntro"} <= ignored
    assert survey.language == "nl"
    assert len(survey.items) == len(texts | matrix) - len(personal) + 1  # and the headline that the file lacks
    print(f"{len(questions)} questions, {len(rows)} rows -> {len(survey.items) - 1} items, {len(personal)} personal")
    wordings = {item.wording for item in survey.items}
    assert {question["question"] for question in questions if question["type"] == "T"} <= wordings
    assert draft.counts["open"] == 25


def test_the_dutch_resident_survey_comes_over_with_labels_sets_and_missing_codes(tmp_path: Path) -> None:
    _, meta = pyreadstat.read_sav(SAV, metadataonly=True, user_missing=True)
    _, survey = drafted(SAV, tmp_path / "contract")
    source = survey.sources[0]
    used: list[str] = []
    for name, field in source.fields.items():
        used += field.columns.values() or (
            [field.column] if field.column else [] if field.constant is not None else [name]
        )
    used += [item.id for item in survey.items if item.id not in source.fields]
    assert sorted([*used, *source.ignore_columns]) == sorted(meta.column_names)  # all 178, each once
    assert len(meta.column_names) == 178

    labelled = 0
    for item in survey.items:
        scale, labels = survey.scale_of(item), meta.variable_value_labels.get(item.id)
        if scale.kind not in {"ordinal", "nominal", "mark"} or labels is None:
            continue
        labelled += 1
        ours = {spelling_key(point.label) for point in scale.points} | {spelling_key(t) for t in scale.not_applicable}
        ours |= (
            {str(n) for n in range(scale.minimum or 0, (scale.maximum or -1) + 1)} if scale.kind == "mark" else set()
        )
        declared = {code for (code,) in [(code,) for code in labels] if not missing(meta, item.id, code)}
        assert {spelling_key(labels[code].strip()) for code in declared} == ours, item.id
        assert item.wording and not item.wording.startswith("[")
    assert labelled > 95
    assert set(meta.mr_sets) <= {item.id for item in survey.items}
    for name, found in meta.mr_sets.items():
        assert list(source.fields[name].columns.values()) == found["variable_list"]
    spelled = {text for scale in survey.scales.values() for point in scale.points for text in point.spellings}
    assert not {"-1", "88", "99"} & spelled
    assert [channel.label for channel in survey.channels[:2]] == ["websurvey,", "schriftelijke enquete"]
    assert survey.scales["agreement5"].points[-1].label == "helemaal eens"
    print(
        f"178 variables -> {len(survey.items)} items on {len(survey.scales)} scales, {len(meta.mr_sets)} declared sets"
    )


def missing(meta: object, column: str, code: float) -> bool:
    ranges = meta.missing_ranges.get(column, [])
    return any(found["lo"] <= code <= found["hi"] for found in ranges)


def test_matrices_and_ticks_of_limesurvey_share_their_scales(tmp_path: Path) -> None:
    path = EXPORTS / "limesurvey/2017_us_public_data.csv"
    _, survey = drafted(path, tmp_path / "contract")
    header = path.read_text("utf-8").partition("\n")[0]
    ticks = {item.id: survey.scale_of(item) for item in survey.items if survey.scale_of(item).kind == "multiple"}
    for name, scale in ticks.items():
        code = survey.sources[0].fields[name].columns[scale.points[0].code or ""].partition("[")[0]
        assert len(scale.points) == len(set(re.findall(rf"\b{code}\[\d+\]\.", header))), name
    assert {"current_emp13", "tool4can", "fund2", "fund3", "fund4"} <= set(ticks)
    agreement = [item for item in survey.items if item.scale == "agreement5"]
    assert len(agreement) == 20
    assert survey.scales["agreement5"].points[0].label == "Strongly disagree"


def test_a_form_says_what_it_can_not_know(tmp_path: Path) -> None:
    draft = draft_contract(EXPORTS / "google_forms/2018_learning_r_form_responses.tsv")
    assert any("'Timestamp' is the best to tell responses apart, but 33 rows" in text for text in draft.decide)
    assert any("several answers may be ticked" in text for text in draft.decide)


def test_people_and_technique_of_qualtrics_are_left_out(tmp_path: Path) -> None:
    path = EXPORTS / "qualtrics/three_header_rows.csv"
    _, survey = drafted(path, tmp_path / "contract")
    source = survey.sources[0]
    assert source.profile == "qualtrics"
    assert [source.fields[f].column for f in ("response_id", "contact_date", "response_date", "duration_seconds")] == [
        "ResponseId", "StartDate", "EndDate", "Duration (in seconds)",
    ]  # fmt: skip
    assert {"IPAddress", "RecipientEmail", "RecipientLastName", "LocationLatitude"} <= set(source.ignore_columns)
    assert survey.item("q1").wording == "This is a multiple choice question."


def test_a_surveymonkey_matrix_and_its_ticks_are_told_apart(tmp_path: Path) -> None:
    _, survey = drafted(EXPORTS / "surveymonkey/sleeping-alone-data.csv", tmp_path / "contract")
    (ticks,) = [item for item in survey.items if survey.scale_of(item).kind == "multiple"]
    assert len(survey.scale_of(ticks).points) == 11
    assert [i.id for i in survey.items if i.scale == "agreement5"] == ["q22", "q23", "q24"]
    assert survey.sources[0].date_formats == ("%m/%d/%y",)
    assert plain(tmp_path / "contract", "survey.yaml")["language"] == "en"


def test_small_files_of_every_alphabet_give_contracts_that_load(tmp_path: Path) -> None:
    made = 0
    for path in sorted((EXPORTS / "spss").glob("*.sav")):
        if path != SAV:
            drafted(path, tmp_path / path.stem)
            made += 1
    assert made >= 9
