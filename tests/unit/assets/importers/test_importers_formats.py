"""The same answers give the same raw text, whatever program they come from; a damaged file is refused in words."""

import contextlib
import datetime as dt
import random
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from assets.importers import FORMATS, format_of
from assets.importers.refusal import RefusedFile
from assets.importers.text import array_text, value_text
from tests.unit.assets.importers.delivered import (
    HOSTILE,
    delimited,
    json_lines,
    read,
    refusal,
    spreadsheet,
    workbook,
    zipped,
)

ALL = ["csv", "xlsx", "ods", "sav", "zsav", "dta", "parquet", "jsonl", "zip"]
BINARY = ["xlsx", "ods", "sav", "zsav", "dta", "parquet", "zip"]


@pytest.fixture
def same_answers(tmp_path):
    """Hostile text, whole numbers and a date, as many programs would write them."""
    n = len(HOSTILE)
    ids = [f"r{i}" for i in range(n)]
    marks = [i % 10 + 1 for i in range(n)]
    days = [dt.date(2024, 2, i % 28 + 1) for i in range(n)]
    header = ["id", "mark", "day", "text"]
    rows = [header, *zip(ids, marks, days, HOSTILE, strict=True)]
    delimited(tmp_path / "f.csv", rows)
    workbook(tmp_path / "f.xlsx", rows)
    spreadsheet(tmp_path / "f.ods", rows)
    frame = pd.DataFrame({"id": ids, "mark": np.array(marks, dtype=float), "day": days, "text": HOSTILE})
    pyreadstat.write_sav(frame, str(tmp_path / "f.sav"))
    pyreadstat.write_sav(frame, str(tmp_path / "f.zsav"), compress=True)
    pyreadstat.write_dta(frame, str(tmp_path / "f.dta"))
    frame.to_parquet(tmp_path / "f.parquet")
    records = [dict(zip(header, (i, m, d.isoformat(), t), strict=True)) for i, m, d, t in rows[1:]]
    json_lines(tmp_path / "f.jsonl", records)
    zipped(tmp_path / "f.zip", tmp_path / "f.csv")
    return tmp_path, tuple(header), [[r["id"], str(r["mark"]), r["day"], r["text"]] for r in records]


@pytest.mark.parametrize("suffix", ALL)
def test_every_format_gives_the_same_raw_values(same_answers, suffix):
    folder, header, expected = same_answers
    reading, rows = read(folder / f"f.{suffix}")
    assert reading.columns == header
    assert rows == expected


@pytest.mark.parametrize("suffix", BINARY)
def test_a_file_that_breaks_off_is_refused(same_answers, suffix):
    whole = (same_answers[0] / f"f.{suffix}").read_bytes()
    for part in (0.2, 0.5, 0.9, 0.99):
        path = same_answers[0] / f"half.{suffix}"
        path.write_bytes(whole[: int(len(whole) * part)])
        assert refusal(path).code == "damaged_file"


@pytest.mark.parametrize("suffix", BINARY)
@pytest.mark.parametrize("content", [b"hallo, ik ben een tekst", b"\x00" * 500, b"PK\x03\x04", b"$FL2", b"PAR1" * 9])
def test_a_file_that_is_not_what_it_is_called_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"f.{suffix}"
    path.write_bytes(content)
    assert refusal(path).code in ("damaged_file", "unknown_format")


@pytest.mark.parametrize("name", sorted(s for f in FORMATS.values() for s in f.suffixes))
def test_an_empty_file_is_refused_in_every_format(tmp_path, name):
    path = tmp_path / f"f{name}"
    path.write_bytes(b"")
    assert refusal(path).code == "empty_file"


def test_formats_are_told_by_the_extension():
    assert format_of(Path("A.CSV")) == "csv"
    assert format_of(Path("a.zsav")) == "sav"
    assert format_of(Path("a.docx")) is None


def test_an_unknown_extension_and_one_that_was_not_agreed_are_refused(tmp_path):
    (tmp_path / "f.docx").write_bytes(b"x")
    (tmp_path / "f.csv").write_bytes(b"a\n1\n")
    assert refusal(tmp_path / "f.docx").reason == "unknown_format"
    assert refusal(tmp_path / "f.csv", format="sav").reason == "unknown_format.expected"


@pytest.mark.parametrize(("real", "called"), [("xlsx", "csv"), ("ods", "xlsx"), ("xlsx", "zip"), ("sav", "dta")])
def test_a_file_with_the_extension_of_another_is_recognised(same_answers, real, called):
    path = (same_answers[0] / f"f.{real}").rename(same_answers[0] / f"g.{called}")
    refused = refusal(path)
    assert refused.reason == "unknown_format.content"
    assert FORMATS[real].label in refused.message


@pytest.mark.parametrize(
    ("name", "reason", "remedy"),
    [
        ("vragenlijst.lss", "unknown_format.codebook", "politiemonitor contract draft vragenlijst.lss"),
        ("oud.xls", "unknown_format.xls", ".xlsx"),
        ("lijst.json", "unknown_format.json", ".jsonl"),
        ("brief.docx", "unknown_format", "CSV"),
    ],
)
def test_what_is_no_table_of_answers_is_refused_with_what_to_do(tmp_path, name, reason, remedy):
    (tmp_path / name).write_bytes(b"x")
    refused = refusal(tmp_path / name)
    assert refused.reason == reason
    assert remedy in refused.remedy


def test_a_file_that_does_not_fit_in_memory_is_refused(tmp_path, monkeypatch):
    def exhausted(*_):
        raise MemoryError
        yield

    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"a": ["1"]}), path)
    monkeypatch.setattr("assets.importers.parquet._batches", exhausted)
    assert refusal(path).reason == "unreadable.memory"


class TestExcel:
    def test_numbers_dates_and_truth_are_as_a_csv_export_shows_them(self, tmp_path):
        values = [4.0, 4, 7.5, 0.1, True, dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 9, 5), dt.time(9, 5), None]
        reading, rows = read(workbook(tmp_path / "f.xlsx", [[f"c{i}" for i in range(9)], values]))
        assert rows == [["4", "4", "7.5", "0.1", "TRUE", "2024-03-01", "2024-03-01 09:05:00", "09:05:00", ""]]
        assert reading.format == "xlsx"

    def test_the_only_filled_sheet_is_taken(self, tmp_path):
        _, rows = read(workbook(tmp_path / "f.xlsx", [["a"], ["1"]], more=("leeg", "ook leeg")))
        assert rows == [["1"]]

    def test_two_filled_sheets_need_a_choice(self, tmp_path):
        path = workbook(tmp_path / "f.xlsx", [["a"], ["1"]], title="Data", more=("Uitleg",))
        book = openpyxl.load_workbook(path)
        book["Uitleg"]["A1"] = "lees dit"
        book.save(path)
        refused = refusal(path)
        assert refused.reason == "unreadable.sheets"
        assert "'Data', 'Uitleg'" in refused.message
        assert read(path, sheet="Data")[1] == [["1"]]

    def test_a_sheet_that_is_not_there_is_named(self, tmp_path):
        path = workbook(tmp_path / "f.xlsx", [["a"], ["1"]])
        assert refusal(path, sheet="Antwoorden").reason == "unreadable.sheet"

    def test_empty_rows_at_the_end_are_no_rows_and_in_between_they_are(self, tmp_path):
        rows = [[None], ["a", "b"], ["1", "2"], [None, None], ["3", "4"], [None, None], [None, None]]
        reading, found = read(workbook(tmp_path / "f.xlsx", rows))
        assert reading.columns == ("a", "b")
        assert found == [["1", "2"], ["", ""], ["3", "4"]]

    def test_a_value_beside_the_columns_is_refused_with_its_row(self, tmp_path):
        refused = refusal(workbook(tmp_path / "f.xlsx", [["a", "b"], ["1", "2"], ["3", "4", "5"]]))
        assert refused.code == "ragged_row"
        assert refused.position == "rij 2 (rij 3 van het werkblad)"

    def test_further_header_rows_are_kept_aside(self, tmp_path):
        reading, rows = read(workbook(tmp_path / "f.xlsx", [["q1", "q2"], ["Hoe?", None], [1, 2]]), header_rows=2)
        assert reading.header_notes == (("Hoe?", ""),)
        assert rows == [["1", "2"]]

    def test_a_formula_without_result_is_not_read_as_empty(self, tmp_path):
        path = tmp_path / "f.xlsx"
        book = openpyxl.Workbook()
        book.active.append(["a", "b"])
        book.active.append(["1", "=1+1"])
        book.save(path)
        assert refusal(path).reason == "unreadable.formula"

    def test_a_formula_gives_the_result_that_was_saved(self, tmp_path):
        path = workbook(tmp_path / "f.xlsx", [["a"], [41.5]])
        changed = tmp_path / "g.xlsx"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
            for part in old.namelist():
                content = old.read(part).replace(b"<v>41.5</v>", b"<f>40+1.5</f><v>41.5</v>")
                new.writestr(part, content)
        assert read(changed)[1] == [["41.5"]]

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("x_x000D_\ny", "x\r\ny"),
            ("bel_x0007_", "bel\x07"),
            ("_x005F_x000D_", "_x000D_"),
            ("half _xD83D_ teken", "half _xD83D_ teken"),
            ("a_x12_b", "a_x12_b"),
        ],
    )
    def test_what_excel_escapes_within_text_comes_back(self, tmp_path, written, meant):
        assert read(workbook(tmp_path / "f.xlsx", [["a"], [written]]))[1] == [[meant]]

    def test_dates_are_the_same_whatever_day_the_workbook_counts_from(self, tmp_path):
        for epoch in (CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904):
            book = openpyxl.Workbook()
            book.epoch = epoch
            book.active.append(["dag", "getal", "duur"])
            book.active.append([dt.date(2024, 3, 31), 45382, dt.timedelta(hours=26, minutes=5)])
            book.save(tmp_path / "f.xlsx")
            # A number without a date format is a number: only the contract can say that it is a day.
            assert read(tmp_path / "f.xlsx")[1] == [["2024-03-31", "45382", "26:05:00"]]

    def test_a_row_number_beyond_any_worksheet_does_not_keep_the_reader_busy(self, tmp_path):
        path, changed = workbook(tmp_path / "f.xlsx", [["a"], [41.5]]), tmp_path / "g.xlsx"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
            for part in old.namelist():
                new.writestr(part, old.read(part).replace(b'r="2"', b'r="999999999"').replace(b"A2", b"A999999999"))
        assert refusal(changed).reason == "unreadable.rows"

    def test_a_workbook_that_unpacks_to_a_thousandfold_is_refused(self, tmp_path):
        path = workbook(tmp_path / "f.xlsx", [["a"], ["1"]])
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
            book.writestr("xl/media/image1.png", bytes(100 << 20))
        assert refusal(path).reason == "unreadable.zip_bomb"

    def test_a_password_is_told_apart_from_damage(self, tmp_path):
        path = tmp_path / "f.xlsx"
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
        assert refusal(path).reason == "damaged_file.encrypted"

    def test_a_workbook_without_any_cell_is_empty(self, tmp_path):
        assert refusal(workbook(tmp_path / "f.xlsx", [])).code == "empty_file"

    def test_a_flipped_byte_is_noticed(self, tmp_path):
        path = workbook(tmp_path / "f.xlsx", [["a", "b"], *([str(i), "x"] for i in range(200))])
        content = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as book:
            content[book.getinfo("xl/worksheets/sheet1.xml").header_offset + 120] ^= 0xFF
        path.write_bytes(content)
        assert refusal(path).code == "damaged_file"


class TestParquet:
    def test_every_type_becomes_text_without_loss(self):
        cases = [
            (pa.array([1, None], pa.int8()), ["1", None]),
            (pa.array([2**63 - 1], pa.int64()), ["9223372036854775807"]),
            (pa.array([1.0, 2.5, None, float("nan")]), ["1", "2.5", None, None]),
            (pa.array([1.0, 2.0]), ["1", "2"]),
            (pa.array([0.1], pa.float32()), ["0.1"]),
            (pa.array([1e300, float("inf")]), ["1e+300", "inf"]),
            (pa.array([True, None]), ["TRUE", None]),
            (pa.array(["0900", ""]).dictionary_encode(), ["0900", ""]),
            (pa.array([dt.date(2024, 1, 2)]), ["2024-01-02"]),
            (
                pa.array([dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5, 60)], pa.timestamp("us")),
                ["2024-01-02", "2024-01-02 03:04:05.000060"],
            ),
            (pa.array([dt.datetime(2024, 1, 2)], pa.timestamp("us", "UTC")), ["2024-01-02 00:00:00+00:00"]),
            (pa.array([Decimal("1.50")]), ["1.50"]),
            (pa.array([["a", "b"]]), ['["a", "b"]']),
            (pa.array([b"abc"]), ["abc"]),
            (pa.array([None, None]), [None, None]),
            (pa.array(["x"], pa.large_string()), ["x"]),
            (pa.array(["x"], pa.string_view()), ["x"]),
        ]
        for array, expected in cases:
            text = array_text(array)
            assert text.type == pa.string(), array.type
            assert text.to_pylist() == expected, array.type

    def test_bytes_that_are_no_text_are_refused_by_column(self, tmp_path):
        path = tmp_path / "f.parquet"
        pq.write_table(pa.table({"photo": pa.array([b"\xff\xfe"])}), path)
        refused = refusal(path)
        assert refused.reason == "unreadable.column_type"
        assert "'photo'" in refused.message


def test_a_decimal_or_a_number_is_shown_once_and_the_same():
    assert value_text(Decimal("4.10")) == "4.10"
    assert value_text(-0.0) == "0"
    assert value_text(2.0**60) == repr(2.0**60)


@pytest.mark.parametrize("suffix", ALL)
def test_random_damage_is_read_or_refused_and_never_a_traceback(same_answers, suffix):
    whole = (same_answers[0] / f"f.{suffix}").read_bytes()
    chance = random.Random(suffix)
    path = same_answers[0] / f"damaged.{suffix}"
    for _ in range(8 if suffix in ("sav", "zsav", "dta") else 40):  # those are read in a process of their own
        content = bytearray(whole)
        place = chance.randrange(len(content))
        damage = chance.choice(("flip", "zero", "insert", "cut"))
        if damage == "flip":
            content[place] ^= 1 << chance.randrange(8)
        elif damage == "zero":
            content[place : place + 20] = bytes(len(content[place : place + 20]))
        elif damage == "insert":
            content[place:place] = chance.randbytes(5)
        else:
            del content[place:]
        path.write_bytes(content)
        with contextlib.suppress(RefusedFile):
            read(path)
