"""A sheet of held back rows: nothing runs in a spreadsheet, and what comes back is exactly what went out."""

from __future__ import annotations

import csv
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.quarantine import RefusedRepairError
from assets.quarantine_sheet import Sheet, SheetRow, line_ends, plain, read_sheet, write_sheet

HOSTILE = (
    "=1+1", "+31612345678", "-5", "@SUM(A1)", "'=1+1", "''=1+1", "'s-Hertogenbosch", "'", "\t=1", "\n=1", "",
    ' "quoted"; and ; more', "two\nlines", "0123", "12345678901234567", "1,50", "3-4", "=cmd|' /C calc'!A0", "é ß 漢",
    "_x000D_", "TRUE", "#N/A", " blanks ",
)  # fmt: skip


def sheet_row(number: int, **cells: str) -> SheetRow:
    return SheetRow(f"d1:{number}", "contacts_2026-03.csv", number, ("Reden.",), ("Doe iets.",), cells)


def written(folder: Path, suffix: str, texts: list[str]) -> Path:
    path = folder / f"sheet{suffix}"
    write_sheet(path, ["team", "=odd"], [sheet_row(n, **{"team": t, "=odd": "x"}) for n, t in enumerate(texts, 1)])
    return path


def teams(sheet: Sheet) -> list[str]:
    return [plain(row["team"]) if sheet.is_guarded else row["team"] for row in sheet.rows.values()]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_hostile_cells_come_back_as_they_went_out(tmp_path: Path, suffix: str) -> None:
    sheet = read_sheet(written(tmp_path, suffix, list(HOSTILE)))
    expected = [line_ends(text) for text in HOSTILE]
    if suffix == ".xlsx":  # how Excel writes a carriage return
        expected = [text.replace("_x000D_", "\n") for text in expected]
    assert teams(sheet) == expected
    assert {row["=odd"] for row in sheet.rows.values()} == {"x"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), min_size=1, max_size=4))
def test_any_text_survives_a_csv_sheet(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        sheet = read_sheet(written(Path(folder), ".csv", texts))
    assert teams(sheet) == [line_ends(text) for text in texts]


def test_no_cell_of_a_csv_sheet_starts_a_formula(tmp_path: Path) -> None:
    path = written(tmp_path, ".csv", list(HOSTILE))
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []


def test_every_cell_of_an_xlsx_sheet_is_text_and_stays_text(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path, ".xlsx", list(HOSTILE)))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert all(cell.quotePrefix for cell in cells)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_sheet_is_private_and_takes_no_place_of_another(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix, ["x"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(RefusedRepairError, match="is there already"):
        written(tmp_path, suffix, ["y"])
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "nothing unfinished stays behind"


def test_what_excel_cannot_hold_is_replaced_in_the_sheet(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, ".xlsx", ["bell\x07", "long " * 10_000]))
    assert teams(sheet)[0] == "bell\ufffd"
    assert len(teams(sheet)[1]) == 32_767


def test_a_sheet_saved_by_a_dutch_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes("_repairs;team;_apostrophe\r\nd1:1;Súdwest;\r\n;;\r\nd1:2;'=x;team\r\n".encode("cp1252"))
    sheet = read_sheet(path)
    assert teams(sheet) == ["Súdwest", "=x"]
    assert list(sheet.rows) == [2, 4], "an empty row is no row, and the others keep their number"


def test_another_file_is_no_sheet(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("contact_id;team\nc1;Noord\n", "utf-8")
    with pytest.raises(RefusedRepairError, match="quarantine export"):
        read_sheet(path)


def test_a_column_of_a_delivery_may_not_be_called_like_a_helper(tmp_path: Path) -> None:
    with pytest.raises(RefusedRepairError, match="columns _File"):
        write_sheet(tmp_path / "sheet.csv", ["team", "_File"], [sheet_row(1)])
