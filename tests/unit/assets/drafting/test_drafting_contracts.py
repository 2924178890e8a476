"""Whole drafts of small files: they load, they run on the very file, and they tell nothing about anyone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from drafting_files import drafted, judged, plain, write_csv

from assets.drafting import DraftError, draft_contract, write_contract
from assets.drafting.plan_fields import ONE_AREA
from assets.drafting.words import MARKS, texts
from assets.drafting.yaml_text import comment, flow, scalar
from assets.importers.refusal import RefusedFile
from expectations.model import ROW_AS_ID

SATISFIED = ["Zeer ontevreden", "Ontevreden", "Neutraal", "Tevreden", "Zeer tevreden"]
HEADER = ["Antwoordnummer", "Datum ingevuld", "Kanaal", "Basisteam", "Leeftijd", "Hoe tevreden bent u?",
          "Welk cijfer geeft u?", "Waarom belde u?", "Wat kan beter?", "Wat is uw naam?"]  # fmt: skip


def rows(count: int = 60) -> list[list[Any]]:
    return [
        [
            1000 + n,
            f"{n % 28 + 1:02d}-{n % 3 + 1:02d}-2026",
            ["Balie", "Telefoon", ""][n % 3],
            ["Noord", "Zuid", "Oost"][n % 3] if n else "Kleine plaats",
            ["16-24", "25-64", "65+"][n % 3],
            SATISFIED[n % 5] if n % 7 else "weet niet",
            n % 10 + 1,
            ["Aangifte", "Melding"][n % 2] if n != 5 else "Mijn buurman Piet de Boer",
            f"Dat verhaal van mij, nummer {n}",
            f"Jan Jansen {n}",
        ]
        for n in range(count)
    ]


def export(folder: Path, count: int = 60, name: str = "uitvraag_2026-03.csv") -> Path:
    return write_csv(folder / name, HEADER, rows(count))


def test_a_plain_export_becomes_a_whole_contract(tmp_path: Path) -> None:
    draft, survey = drafted(export(tmp_path), tmp_path / "contract")
    scales = {item.label: survey.scale_of(item).kind for item in survey.items}
    assert scales == {
        "Hoe tevreden bent u": "ordinal",
        "Welk cijfer geeft u": "mark",
        "Waarom belde u": "nominal",
        "Wat kan beter": "open",
    }
    assert (survey.language, survey.headline_item, survey.mark_item) == ("nl", "q6", "q7")
    assert [channel.label for channel in survey.channels] == ["Balie", "Telefoon", "Onbekend"]
    assert [area.name for area in survey.areas][1:] == ["Oost", "Zuid", "Noord"]
    assert [entry.code for entry in survey.code_lists["age_band"].codes] == ["16_24", "25_64", "65"]
    source = survey.sources[0]
    assert (source.kind, source.delimiter, source.date_formats) == ("combined", ";", ("%d-%m-%Y",))
    assert source.month is not None and source.files == "uitvraag_*"
    assert source.ignore_columns == ("Wat is uw naam?",)
    assert survey.scale_of(survey.items[0]).not_applicable == ("weet niet",)
    assert draft.counts["rows"] == 60


def test_a_draft_runs_on_the_very_file(tmp_path: Path) -> None:
    path = export(tmp_path)
    _, survey = drafted(path, tmp_path / "contract")
    result = judged(path, survey, tmp_path / "home")
    # the one answer that may be about one person is not in the contract, so its row waits in quarantine
    assert (result.read, result.accepted, dict(result.faults)) == (60, 59, {"q8.not_an_answer": 1})


def test_nothing_that_few_people_wrote_stands_in_a_draft(tmp_path: Path) -> None:
    draft = draft_contract(export(tmp_path))
    everything = "\n".join([*draft.files.values(), *draft.decide])
    for telling in ("Piet", "Jansen", "verhaal", "Kleine plaats", "1003"):
        assert telling not in everything
    assert "minstens 5 keer" in draft.files["scales.yaml"]
    assert any("1 antwoorden staan niet in hun schaal, bij q8" in decision for decision in draft.decide)


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    path = export(tmp_path)
    assert draft_contract(path) == draft_contract(path)


def test_every_decision_stands_in_the_file_it_is_about(tmp_path: Path) -> None:
    draft = draft_contract(export(tmp_path))
    for decision in draft.decide:
        name, _, what = decision.partition(": ")
        if name in draft.files and name.endswith(".yaml"):
            flat = " ".join(draft.files[name].replace("\n#", "").split())
            assert " ".join(what.split()) in flat, decision


def test_the_language_can_be_chosen(tmp_path: Path) -> None:
    draft, survey = drafted(export(tmp_path), tmp_path / "contract", language="en")
    assert survey.language == "en"
    assert "DECIDE:" in draft.files["survey.yaml"] and "BESLIS" not in "".join(draft.files.values())


def test_both_languages_say_the_same_things() -> None:
    assert texts("nl").keys() == texts("en").keys()
    assert set(MARKS) == {"nl", "en"}


def test_a_file_without_dates_channels_or_areas_gets_one_of_each(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "q.csv", ["id", "Was het goed?"], [[n, ["Ja", "Nee"][n % 2]] for n in range(10)])
    draft, survey = drafted(path, tmp_path / "contract")
    assert len(survey.channels) == len(survey.target_groups) == 1
    assert survey.areas[-1].code == ONE_AREA
    assert judged(path, survey, tmp_path / "home").accepted == 10
    assert any("Alles telt in 2025-01" in decision for decision in draft.decide)


def test_a_file_without_a_question_for_a_verdict_gets_one_that_no_delivery_must_have(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "q.csv", ["id", "Was het goed?"], [[n, ["Ja", "Nee"][n % 2]] for n in range(10)])
    draft, survey = drafted(path, tmp_path / "contract")
    assert survey.headline_item == "overall"
    assert survey.sources[0].fields["overall"].constant == ""
    assert "bedacht" in draft.decide[0]


def test_rows_of_a_file_without_an_id_are_told_apart_by_their_place_and_the_draft_says_so(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "q.csv", ["Was het goed?", "Kwam u terug?"], [["Ja", "Nee"], ["Nee", "Ja"]] * 5)
    draft, survey = drafted(path, tmp_path / "contract")
    assert any("geen kolom onderscheidt de antwoorden" in decision for decision in draft.decide)
    assert survey.sources[0].fields["response_id"].column == ROW_AS_ID
    assert judged(path, survey, tmp_path / "home").accepted == 10


def test_labels_and_missing_codes_of_a_sav_are_taken_over(tmp_path: Path) -> None:
    count = 30
    frame = pd.DataFrame(
        {
            "resp": range(count),
            "modus": [1 + n % 2 for n in range(count)],
            "t01": [1 + n % 6 for n in range(count)],
            "c01": [1 + n % 11 for n in range(count)],
            "r01": [[1, 2, 99][n % 3] for n in range(count)],
            "zw_0": [1.0 if n % 2 else None for n in range(count)],
            "zw_1": [1.0 if n % 3 else None for n in range(count)],
        }
    )
    agree = ("helemaal eens", "eens", "niet eens / niet oneens", "oneens", "helemaal oneens", "weet niet / geen mening")
    path = tmp_path / "peiling.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels=["nummer", "fieldwork", "[t01] Ik voel me veilig", "[c01] Welk cijfer?", "Kwam u terug?",
                       "Waarom? [te druk]", "Waarom? [geen zin]"],
        variable_value_labels={
            "modus": {1: "internet", 2: "papier"},
            "t01": dict(enumerate(agree, start=1)),
            "c01": {n: str(n) for n in range(1, 11)} | {11: "weet niet"},
            "r01": {1: "ja", 2: "nee", 99: "niet ingevuld"},
            "zw_0": {1: "aangevinkt"},
            "zw_1": {1: "aangevinkt"},
        },
        missing_ranges={"r01": [99]},
    )  # fmt: skip
    draft, survey = drafted(path, tmp_path / "contract")
    scales = {item.id: survey.scale_of(item) for item in survey.items}
    assert {name: scale.kind for name, scale in scales.items()} == {
        "t01": "ordinal", "c01": "mark", "r01": "nominal", "zw": "multiple",
    }  # fmt: skip
    assert scales["t01"].points[-1].label == "helemaal eens" and scales["t01"].positive == (4, 5)
    assert scales["c01"].not_applicable == ("weet niet",)
    assert [point.label for point in scales["r01"].points] == ["ja", "nee"]
    assert [point.label for point in scales["zw"].points] == ["te druk", "geen zin"]
    assert [channel.label for channel in survey.channels] == ["internet", "papier"]
    assert survey.sources[0].format == "sav"
    result = judged(path, survey, tmp_path / "home")
    assert (result.accepted, result.faults) == (count, {})
    assert draft.counts["left_out"] == 0


def test_a_stata_file_is_drafted_like_a_sav(tmp_path: Path) -> None:
    path = tmp_path / "peiling.dta"
    frame = pd.DataFrame({"id": range(20), "t01": [1 + n % 5 for n in range(20)]})
    pyreadstat.write_dta(
        frame,
        path,
        column_labels=["nummer", "Hoe tevreden bent u?"],
        variable_value_labels={"t01": dict(enumerate(SATISFIED, start=1))},
    )
    _, survey = drafted(path, tmp_path / "contract")
    assert (survey.headline_item, survey.item("t01").wording) == ("t01", "Hoe tevreden bent u?")
    assert judged(path, survey, tmp_path / "home").accepted == 20


def test_a_form_with_joined_options_keeps_them_in_one_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Id", "Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Welke kanalen gebruikte u?"])
    for n in range(40):
        sheet.append(
            [
                n,
                "2026-02-03 10:00",
                "2026-02-03 10:05",
                "x@y.nl",
                "A",
                ["balie;telefoon;", "telefoon;", "internet;"][n % 3],
            ]
        )
    path = tmp_path / "form.xlsx"
    book.save(path)
    _, survey = drafted(path, tmp_path / "contract")
    (item,) = [item for item in survey.items if survey.scale_of(item).kind == "multiple"]
    assert survey.sources[0].profile == "microsoft_forms"
    assert survey.sources[0].fields[item.id].separator == ";"
    assert judged(path, survey, tmp_path / "home").accepted == 40


HOSTILE = [
    "a: b",
    "- x",
    "#y",
    "'q'",
    '"w"',
    "{z}",
    "[l]",
    "null",
    "yes",
    "on",
    "1.0",
    "𝔘nïcode ✓",
    "a\u0085b",
    "%TAG",
    "@at",
    "`t`",
    "x|y",
    "-",
]


def test_hostile_headings_and_answers_stay_text(tmp_path: Path) -> None:
    header = ["id", *(f"{text} {n}" for n, text in enumerate(HOSTILE))]
    made = [[row, *(HOSTILE[(column + row) % 3 + column % 12] for column in range(len(HOSTILE)))] for row in range(45)]
    path = write_csv(tmp_path / "hostile [x] 2026-03.csv", header, made)
    _, survey = drafted(path, tmp_path / "contract")
    for name in ("survey", "items", "scales", "sources", "channels", "themes", "codes", "target_groups"):
        plain(tmp_path / "contract", f"{name}.yaml")  # another YAML reader takes it too
    columns = {field.column for field in survey.sources[0].fields.values()} | set(survey.sources[0].ignore_columns)
    assert set(header) - columns <= {item.id for item in survey.items}
    assert judged(path, survey, tmp_path / "home").status == "taken"


@pytest.mark.parametrize(
    ("header", "first", "reason"),
    [
        (["12", "2026-03-01", "4"], ["13", "2026-03-02", "5"], "first row seems to hold answers"),
        (["naam@example.nl", "b", "c"], ["1", "2", "3"], "first row seems to hold answers"),
    ],
)
def test_a_file_without_names_of_columns_is_refused(
    tmp_path: Path, header: list[str], first: list[str], reason: str
) -> None:
    with pytest.raises(DraftError, match=reason) as raised:
        draft_contract(write_csv(tmp_path / "x.csv", header, [first]))
    assert "naam@example.nl" not in str(raised.value)


def test_two_columns_of_one_name_are_refused_as_the_intake_does(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile, match="duplicate_column"):
        draft_contract(write_csv(tmp_path / "x.csv", ["id", "q", "Q"], [[1, 2, 3]]))


def test_a_draft_replaces_the_files_of_a_contract_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "contract"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "survey.yaml").write_text("old")
    draft = draft_contract(export(tmp_path))
    write_contract(draft, folder)
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "survey.yaml").read_text("utf-8") == draft.files["survey.yaml"]


@pytest.mark.parametrize(
    "text", [*HOSTILE, "true", "2026-03-01", "007", "1e5", " lead", "trail ", "", "Nee", "no", "a\nb", "€ 900"]
)
def test_text_is_written_so_that_every_reader_takes_it_for_text(text: str) -> None:
    import yaml

    assert yaml.safe_load(f"k: {scalar(text)}") == {"k": text}
    assert yaml.safe_load(f"k: {flow([text, {text or 'x': text}])}") == {"k": [text, {text or "x": text}]}


def test_a_comment_can_not_be_left() -> None:
    lines = comment("one\ntwo: 'x' # three " + "word " * 60, 2)
    assert all(line.startswith("  # ") and len(line) <= 120 for line in lines)
