"""Days, roles and ticks: what columns are by their names and by what they hold."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from drafting_files import write_csv

from assets.drafting.kinds import decide
from assets.drafting.material import Material, dates_of, read_material
from assets.drafting.multiples import tick_questions
from assets.drafting.roles import Roles, UnknownColumnError, roles_of


def days(*values: str) -> tuple[str, ...] | None:
    found = dates_of(dict.fromkeys(values, 1))
    return found.formats if found else None


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (("2026-03-01 12:30", "2026-03-31"), ("%Y-%m-%d",)),
        (("2026-03-01T12:30:00Z",), ("%Y-%m-%d",)),
        (("31-03-2026", "1-4-2026 9:05"), ("%d-%m-%Y",)),
        (("12/31/2018 11:57:58",), ("%m/%d/%Y",)),
        (("31/12/2018",), ("%d/%m/%Y",)),
        (("7/30/14 18:37",), ("%m/%d/%y",)),
        (("31.12.2018",), ("%d.%m.%Y",)),
    ],
)
def test_days_are_read_in_the_one_way_that_fits_all(values: tuple[str, ...], formats: tuple[str, ...]) -> None:
    assert days(*values) == formats


@pytest.mark.parametrize("values", [("2015", "2016"), ("4.5",), ("2026-02-30",), ("2026-03-01", "onbekend"), ()])
def test_years_marks_and_texts_are_no_days(values: tuple[str, ...]) -> None:
    assert days(*values) is None


def test_day_and_month_that_could_be_swapped_are_told_in_both_ways() -> None:
    found = dates_of({"3/4/2026": 1, "5/6/2026": 1})
    assert found is not None and found.other is not None
    assert (found.first, found.other.first) == (dt.date(2026, 3, 4), dt.date(2026, 4, 3))


HEADER = [
    "Respondent ID",
    "Startdatum",
    "Einddatum",
    "Kanaal",
    "Team",
    "Leeftijd",
    "weging",
    "E-mail",
    "IP adres",
    "q1",
]


def export(tmp_path: Path, rows: int = 40) -> Material:
    made = [
        [n, "2026-01-02", "2026-02-03", ["balie", "telefoon"][n % 2], ["Noord", "Zuid"][n % 2], ["16-24", "25+"][n % 2],
         f"0.{n}", f"p{n}@example.nl", f"10.0.0.{n}", ["ja", "nee"][n % 2]]
        for n in range(rows)
    ]  # fmt: skip
    return read_material(write_csv(tmp_path / "export.csv", HEADER, made))


def names(roles: Roles) -> dict[str, str]:
    lists = {r: c.column.name for r in ("channel", "area", "age_band") if (c := getattr(roles, r))}
    single = {r: c.name for r in ("response_id", "contact_date", "response_date") if (c := getattr(roles, r))}
    return lists | single


def test_fields_are_found_by_name_and_content(tmp_path: Path) -> None:
    assert names(roles_of(export(tmp_path))) == {
        "response_id": "Respondent ID",
        "contact_date": "Startdatum",
        "response_date": "Einddatum",
        "channel": "Kanaal",
        "area": "Team",
        "age_band": "Leeftijd",
    }


def test_weights_and_people_are_left_out(tmp_path: Path) -> None:
    material = export(tmp_path)
    kinds = {d.column.name: d.kind for d in decide(material, roles_of(material))}
    assert (kinds["weging"], kinds["E-mail"], kinds["IP adres"], kinds["q1"]) == (
        "weight",
        "personal",
        "personal",
        "closed",
    )


def test_a_channel_with_values_of_few_people_is_no_channel(tmp_path: Path) -> None:
    assert roles_of(export(tmp_path, rows=8)).channel is None


def test_the_analyst_may_say_which_column_is_the_id(tmp_path: Path) -> None:
    material = export(tmp_path)
    found = roles_of(material, "Startdatum").response_id
    assert found is not None and found.name == "Startdatum"
    with pytest.raises(UnknownColumnError):
        roles_of(material, "nummer")


def test_an_id_that_does_not_tell_rows_apart_is_none(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", ["id", "vraag een"], [[1, "ja"], [1, "nee"], [1, "ja"], [2, "nee"]])
    assert roles_of(read_material(path)).response_id is None


def test_one_column_per_option_is_one_question(tmp_path: Path) -> None:
    header = ["id", "tool[1]", "tool[2]", "tool[3]", "mood[1]", "mood[2]"]
    rows = [[n, ["Yes", "No"][n % 2], "No", "", "good", "bad"] for n in range(30)]
    material = read_material(write_csv(tmp_path / "x.csv", header, rows))
    (question,) = tick_questions(material, decide(material, roles_of(material)))
    assert question.name == "tool" and [column.name for _, column in question.options] == header[1:4]


def test_options_joined_in_one_cell_are_one_question(tmp_path: Path) -> None:
    cells = ["balie;telefoon", "telefoon", "balie;telefoon;internet", "internet"] * 10
    rows = [[n, cell] for n, cell in enumerate(cells)]
    material = read_material(write_csv(tmp_path / "x.csv", ["id", "Welke kanalen gebruikte u?"], rows, delimiter=","))
    (question,) = tick_questions(material, decide(material, roles_of(material)))
    assert question.separator == ";" and [option for option, _ in question.options] == ["telefoon", "balie", "internet"]


def test_an_answer_with_a_comma_in_it_is_not_cut(tmp_path: Path) -> None:
    cells = ["Master (MA, MSc)", "Bachelor (BA, BSc)"] * 15
    rows = [[f"12/{n % 28 + 1}/2018 1:{n:02d}:00", cell] for n, cell in enumerate(cells)]
    material = read_material(write_csv(tmp_path / "form.csv", ["Timestamp", "What degree do you have?"], rows))
    assert material.profile == "google_forms"
    assert tick_questions(material, decide(material, roles_of(material))) == []
