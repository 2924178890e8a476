"""Repaired rows back into the inbox: what is taken of a sheet, what is refused, and what the deliveries are called."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path
from typing import Any

import pytest

from assets.importers import open_file
from assets.intake import Delivery, take_inbox
from assets.quarantine import Finding, Position, RefusedRepairError, raw_rows
from assets.quarantine_sheet import SheetRow, write_sheet
from assets.resubmission import Repair, deliver, repair_name, repairs_of, sheet_rows
from expectations.declared import declared_meanings
from expectations.model import FieldMap, Source, Survey
from expectations.shapes import DeliveryShape
from tests.tiny_survey import contact, tiny_survey

MARCH = dt.date(2024, 3, 1)
AWKWARD = '=1+1;"so"\r\nnext'


def survey_with(**contacts: Any) -> Survey:
    survey = tiny_survey()
    sources = tuple(
        s.model_copy(update={"month": r"(\d{4}-\d{2})", **(contacts if s.name == "contacts" else {})})
        for s in survey.sources
    )
    return survey.model_copy(update={"sources": sources})


class Desk:
    """A home with one file of contacts, of which some rows are held back."""

    def __init__(self, home: Path, survey: Survey | None = None) -> None:
        self.home = home
        self.survey = survey or survey_with()
        self.inbox = home / "inbox"
        self.inbox.mkdir()
        self.deliveries: dict[str, Delivery] = {}
        self.found: dict[Position, list[Finding]] = {}

    def take(self) -> list[Delivery]:
        taken = take_inbox(self.survey, self.inbox, self.home / "raw", self.deliveries)
        assert [d.message for d in taken if d.status == "refused"] == []
        self.deliveries = {d.delivery_id: d for d in taken}
        return taken

    def hold_back(self, name: str, *rows: int) -> None:
        delivery = next(d for d in self.deliveries.values() if d.file_name == name)
        for row in rows:
            position = Position(delivery.delivery_id, row)
            finding = Finding(position, name, "contacts", "2024-03", "channel.unknown_code", "channel", "?", "R.", "M.")
            self.found[position] = [finding]

    def export(self, suffix: str = ".csv") -> Path:
        columns, rows = sheet_rows(self.found, self.deliveries)["contacts"]
        path = self.home / f"sheet{suffix}"
        write_sheet(path, columns, rows)
        return path

    def resubmit(self, path: Path, **options: bool) -> list[Path]:
        repairs = repairs_of(path, self.found, self.deliveries, **options)
        return deliver(self.survey, self.inbox, self.home, repairs.rows, self.deliveries)


def write_contacts(path: Path, rows: list[dict[str, str | None]]) -> None:
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "answering_organisation"], delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    rows = [contact("c1"), contact("c2", channel="?", team=AWKWARD), contact("c3", channel="?"), contact("c4")]
    write_contacts(made.inbox / "contacts_2024-03.csv", rows)
    made.take()
    made.hold_back("contacts_2024-03.csv", 2, 3)
    return made


def edit(path: Path, old: str, new: str, times: int = 1) -> None:
    text = path.read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, times), "utf-8-sig", newline="")


def test_only_changed_rows_are_delivered_and_the_rest_of_a_row_is_exactly_what_came(desk: Desk) -> None:
    path = desk.export()
    edit(path, ";?;", ";web;")
    repairs = repairs_of(path, desk.found, desk.deliveries)
    assert (len(repairs.rows), repairs.unchanged, repairs.changed_cells) == (1, 1, {"channel": 1})

    (file,) = deliver(desk.survey, desk.inbox, desk.home, repairs.rows, desk.deliveries)

    assert file.name == "contacts_2024-03_herstel-1.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first, second = desk.take()
    assert (first.sequence, second.sequence) == (1, 2)
    came, repaired = raw_rows(first, [2])[2], raw_rows(second, [1])[1]
    assert repaired.pop("_repairs") == f"{first.delivery_id}:2"
    assert repaired == came | {"channel": "web"} and came["team"] == AWKWARD


def test_an_xlsx_sheet_brings_back_what_excel_cannot_show(desk: Desk) -> None:
    import openpyxl

    write_contacts(desk.inbox / "contacts_2024-03.csv", [contact("c1", channel="?", team="bell\x07 =2")])
    desk.found = {}
    desk.take()
    desk.hold_back("contacts_2024-03.csv", 1)
    path = desk.export(".xlsx")
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book.active[1]]
    book.active.cell(2, header.index("channel") + 1).value = "phone"
    book.save(path)

    desk.resubmit(path)

    repaired = raw_rows(desk.take()[1], [1])[1]
    assert (repaired["channel"], repaired["team"]) == ("phone", "bell\x07 =2")


def test_a_sheet_that_nobody_touched_delivers_nothing_unless_asked(desk: Desk) -> None:
    path = desk.export()
    repairs = repairs_of(path, desk.found, desk.deliveries)
    assert (repairs.rows, repairs.unchanged) == ((), 2)
    assert len(repairs_of(path, desk.found, desk.deliveries, with_unchanged=True).rows) == 2


def test_a_sheet_saved_without_its_helper_columns_still_works(desk: Desk) -> None:
    lines = ["_repairs;" + ";".join(contact()) + ";answering_organisation"]
    position = next(p for p in desk.found if p.row == 3)
    lines.append(f"{position};" + ";".join(str(v) for v in contact("c3", channel="web").values()) + ";")
    path = desk.home / "by_hand.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    assert repairs_of(path, desk.found, desk.deliveries).changed_cells == {"channel": 1}


REFUSED = {
    "a row that is not held back": (lambda t, d: t.replace(f"{d}:2", f"{d}:1").replace(";2;R", ";1;R"), "Sheet row 2"),
    "a row that does not exist": (lambda t, d: t.replace(f"{d}:3", f"{d}:99").replace(";3;R", ";99;R"), "row 99"),
    "a delivery that does not exist": (
        lambda t, d: t.replace(f"{d}:2", "0123456789abcdef:2"),
        "a delivery that is not",
    ),
    "a position that is none": (lambda t, d: t.replace(f"{d}:2", "two"), "does not name a row"),
    "the same row twice": (
        lambda t, d: t.replace(f"{d}:3", f"{d}:2").replace(";3;R", ";2;R"),
        "same row as sheet row 2",
    ),
    "columns sorted apart": (lambda t, d: t.replace(";2;R", ";3;R"), "sorted apart"),
    "a column that is gone": (lambda t, d: t.replace(";channel;", ";kanaal;"), "Column 'channel' is not in the sheet"),
    "a column that is new": (lambda t, d: t.replace(";channel;", ";kanaal;"), "Column 'kanaal' is no column"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_sheet_that_is_wrong_anywhere_is_refused_whole_with_the_place(desk: Desk, fault: str) -> None:
    change, says = REFUSED[fault]
    path = desk.export()
    edit(path, ";?;", ";web;", times=2)
    text = path.read_text("utf-8-sig")
    path.write_text(change(text, next(iter(desk.deliveries))), "utf-8-sig")
    with pytest.raises(RefusedRepairError) as refused:
        desk.resubmit(path)
    assert says in str(refused.value)
    assert "c2" not in str(refused.value) and "c3" not in str(refused.value), "no value of a row in a message"
    assert [p.name for p in desk.inbox.iterdir()] == ["contacts_2024-03.csv"]


def test_a_row_whose_raw_row_was_erased_meanwhile_is_not_brought_back(desk: Desk) -> None:
    path = desk.export()
    from assets.importers.raw_file import edit_raw

    edit_raw(Path(next(iter(desk.deliveries.values())).path), drop=[2])
    edit(path, ";?;", ";web;", times=2)
    with pytest.raises(RefusedRepairError, match=r"row 2 of contacts_2024-03\.csv is not held back"):
        desk.resubmit(path)


def test_rows_of_two_months_become_two_deliveries(desk: Desk) -> None:
    write_contacts(desk.inbox / "contacts_2024-04.csv", [contact("c9", channel="?")])
    desk.take()
    desk.hold_back("contacts_2024-04.csv", 1)
    path = desk.export()
    edit(path, ";?;", ";web;", times=3)
    names = [file.name for file in desk.resubmit(path)]
    assert names == ["contacts_2024-03_herstel-1.csv", "contacts_2024-04_herstel-1.csv"]
    assert [d.file_name for d in desk.take()] == [
        "contacts_2024-03.csv",
        "contacts_2024-03_herstel-1.csv",
        "contacts_2024-04.csv",
        "contacts_2024-04_herstel-1.csv",
    ]


def test_a_repair_that_is_still_held_back_is_repaired_in_its_turn(desk: Desk) -> None:
    path = desk.export()
    edit(path, ";?;", ";??;")
    desk.resubmit(path)
    path.unlink()
    desk.take()
    desk.found = {}
    desk.hold_back("contacts_2024-03_herstel-1.csv", 1)
    path = desk.export()
    assert path.read_text("utf-8-sig").count("_repairs") == 1
    edit(path, ";??;", ";web;")
    (file,) = desk.resubmit(path)
    assert file.name == "contacts_2024-03_herstel-2.csv"
    last = desk.take()[-1]
    assert last.file_name == file.name and raw_rows(last, [1])[1]["channel"] == "web"


def test_repairs_work_when_the_inbox_was_cleared(desk: Desk) -> None:
    path = desk.export()
    (desk.inbox / "contacts_2024-03.csv").unlink()
    edit(path, ";?;", ";web;", times=2)
    desk.resubmit(path)
    assert [d.file_name for d in desk.take()] == ["contacts_2024-03.csv", "contacts_2024-03_herstel-1.csv"]


@pytest.mark.parametrize(
    ("settings", "names", "expected"),
    [
        ({}, ["contacts_2024-03.csv"], "contacts_2024-03_herstel-1.csv"),
        ({}, ["contacts_2024-03.csv", "contacts_2024-03_herstel-1.csv"], "contacts_2024-03_herstel-2.csv"),
        ({}, ["contacts_2024-03.csv", "CONTACTS_2024-03_HERSTEL-1.csv"], "contacts_2024-03_herstel-2.csv"),
        ({}, ["contacts_2024-03.sav"], "contacts_2024-03_herstel-1.csv"),
        ({}, ["contacts_2024-03.csv", "contacts_2024-03_herlevering.csv"], "contacts_2024-03_herstel-1.csv"),
        ({}, ["contacts_2024-03.csv", "contacts_2024-03_v2.csv"], "contacts_2024-03_v2_herstel-1.csv"),
        ({}, ["contacts_2024-03.csv", "contacts_2024-04.csv"], "contacts_2024-03_herstel-1.csv"),
        ({"month": None, "month_constant": "2024-03"}, ["contacts_FY22.csv"], "contacts_FY22_herstel-1.csv"),
        ({"files": "*_contacts*"}, ["2024-03_contacts.csv"], "2024-03_contacts_herstel-1.csv"),
    ],
)
def test_a_file_of_repairs_comes_after_everything_it_may_repair(
    settings: dict[str, Any], names: list[str], expected: str
) -> None:
    survey = survey_with(**settings)
    assert repair_name(survey, survey.sources[0], MARCH, names) == expected


def test_a_pattern_that_leaves_no_room_is_told() -> None:
    survey = survey_with(files="contacts_2*.xlsx")
    with pytest.raises(RefusedRepairError, match=r"sources\.yaml"):
        repair_name(survey, survey.sources[0], MARCH, ["contacts_2024-03.xlsx"])


@pytest.mark.parametrize(
    "settings",
    [{"format": "xlsx"}, {"delimiter": "|", "encoding": "cp1252"}, {"profile": "qualtrics"}, {"header_rows": 3}],
    ids=str,
)
def test_a_file_of_repairs_is_read_in_its_own_dialect(tmp_path: Path, settings: dict[str, Any], desk: Desk) -> None:
    survey = survey_with(**settings)
    delivery = next(iter(desk.deliveries.values()))
    cells = raw_rows(delivery, [2])[2]
    (file,) = deliver(
        survey, desk.inbox, desk.home, [Repair(Position(delivery.delivery_id, 2), cells)], desk.deliveries
    )
    reading = open_file(file, survey.sources[0], tmp_path / "copy")
    rows = [row for batch in reading.rows for row in batch.to_pylist()]
    assert reading.columns == ("_repairs", *cells)
    assert [list(row.values()) for row in rows] == [[f"{delivery.delivery_id}:2", *cells.values()]]


def test_codes_that_only_the_original_file_explains_are_written_out() -> None:
    """A file of repairs is csv: it cannot say that 99 is missing, or that 2 is the label "phone"."""
    survey = tiny_survey()
    source = Source(
        name="responses", kind="responses", files="*", missing=("", "NA"),
        fields={"heard": FieldMap(column="q3", values={"8": "no"})},
    )  # fmt: skip
    shape = DeliveryShape(
        "d1", "responses", "responses", MARCH, 1, "", ("satisfaction", "q3"),
        missing_codes={"satisfaction": ("99",), "q3": ("8", "9")},
        labels={
            "satisfaction": {"1": "Zeer tevreden", "99": "Tevreden", "7": "Geen idee"},
            "q3": {"1": "Ja", "2": "NA", "8": "Ja"},
        },
    )  # fmt: skip
    assert declared_meanings(survey, source, shape) == {
        "satisfaction": {"1": "Zeer tevreden", "99": ""},
        "q3": {"1": "Ja", "9": ""},
    }


def test_a_row_of_another_month_keeps_columns_of_its_own(desk: Desk) -> None:
    sheets = sheet_rows(desk.found, desk.deliveries)
    columns, rows = sheets["contacts"]
    assert columns == [*contact(), "answering_organisation"]
    assert [type(row) for row in rows] == [SheetRow, SheetRow]
    assert rows[0].cells["team"] == AWKWARD
