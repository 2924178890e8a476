"""The same answers give the same raw text, whatever program they come from; a damaged file is refused in words."""

import contextlib
import csv
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

from assets.importers import FORMATS, format_of, open_file
from assets.importers.refusal import RefusedFile
from assets.importers.text import array_text, value_text
from expectations.model import Source

SHARED = Path(__file__).parents[4] / "../shared/data"
SPSS = sorted((SHARED / "survey_exports/spss").glob("*.sav"))
TABULAR = sorted(p for p in (SHARED / "survey_exports").rglob("*") if p.suffix in (".csv", ".tsv"))

HOSTILE = [
    "gewoon",
    'met "aanhaling"',
    "regel 1\nregel 2\n\nregel 4",
    "tab\thier",
    "punt;komma, komma",
    "=1+1",
    "@SUM(A1)",
    "😀 én ëën €",
    "\u202eomgekeerd\u202c \u200b",
    "<script>alert(1)</script>",
    "0900-8844",
    "0900",
    "1e5",
    "TRUE",
    "NULL",
    "",
]


def read(path, **settings):
    source = Source(name="s", kind="responses", files="*", **settings)
    reading = open_file(path, source, path.with_name("scratch"))
    return reading, [list(row.values()) for batch in reading.rows for row in batch.to_pylist()]


def refusal(path, **settings):
    with pytest.raises(RefusedFile) as caught:
        read(path, **settings)
    assert path.name in caught.value.message
    assert caught.value.remedy
    return caught.value


def workbook(path, rows, title="Blad1", more=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for r, row in enumerate(rows, start=1):
        for c, value in enumerate(row, start=1):
            cell = sheet.cell(r, c)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # text that looks like a formula is text
    for name in more:
        book.create_sheet(name)
    book.save(path)
    return path


@pytest.fixture
def same_answers(tmp_path):
    """Hostile text, whole numbers and a date, as four programs would write them."""
    n = len(HOSTILE)
    ids = [f"r{i}" for i in range(n)]
    marks = [i % 10 + 1 for i in range(n)]
    days = [dt.date(2024, 2, i % 28 + 1) for i in range(n)]
    header = ["id", "mark", "day", "text"]
    with (tmp_path / "f.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *zip(ids, marks, days, HOSTILE, strict=True)])
    workbook(tmp_path / "f.xlsx", [header, *zip(ids, marks, days, HOSTILE, strict=True)])
    frame = pd.DataFrame({"id": ids, "mark": np.array(marks, dtype=float), "day": days, "text": HOSTILE})
    pyreadstat.write_sav(frame, str(tmp_path / "f.sav"))
    pyreadstat.write_sav(frame, str(tmp_path / "f.zsav"), compress=True)
    frame.to_parquet(tmp_path / "f.parquet")
    expected = [[i, str(m), d.isoformat(), t] for i, m, d, t in zip(ids, marks, days, HOSTILE, strict=True)]
    return tmp_path, tuple(header), expected


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "sav", "zsav", "parquet"])
def test_every_format_gives_the_same_raw_values(same_answers, suffix):
    folder, header, expected = same_answers
    reading, rows = read(folder / f"f.{suffix}")
    assert reading.columns == header
    assert rows == expected


@pytest.mark.parametrize("suffix", ["xlsx", "sav", "zsav", "parquet"])
def test_a_file_that_breaks_off_is_refused(same_answers, suffix):
    whole = (same_answers[0] / f"f.{suffix}").read_bytes()
    for part in (0.2, 0.5, 0.9, 0.99):
        path = same_answers[0] / f"half.{suffix}"
        path.write_bytes(whole[: int(len(whole) * part)])
        assert refusal(path).code == "damaged_file"


@pytest.mark.parametrize("suffix", ["xlsx", "sav", "zsav", "parquet"])
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


def test_a_workbook_called_csv_is_recognised(tmp_path):
    path = workbook(tmp_path / "f.xlsx", [["a"], ["1"]]).rename(tmp_path / "f.csv")
    assert refusal(path).reason == "unknown_format.content"


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

    def test_what_excel_escapes_within_text_comes_back(self, tmp_path):
        assert read(workbook(tmp_path / "f.xlsx", [["a"], ["x_x000D_\ny"]]))[1] == [["x\r\ny"]]

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


class TestSpss:
    def test_codes_labels_and_missing_values_are_kept_apart(self, tmp_path):
        frame = pd.DataFrame(
            {
                "q1": [1.0, 5.0, 99.0, np.nan],
                "q2": [7.5, -998.0, -3.0, 8.0],
                "when": [dt.date(2024, 1, 2)] * 3 + [None],
                "word": ["a", "Z", "", "b"],
            }
        )
        path = tmp_path / "f.sav"
        pyreadstat.write_sav(
            frame,
            str(path),
            variable_value_labels={"q1": {1: "zeer ontevreden", 5: "zeer tevreden", 99: "weet niet"}},
            missing_ranges={"q1": [99], "q2": [{"lo": -999, "hi": -1}], "word": ["Z"]},
        )
        reading, rows = read(path)
        assert rows == [
            ["1", "7.5", "2024-01-02", "a"],
            ["5", "-998", "2024-01-02", "Z"],
            ["99", "-3", "2024-01-02", ""],
            [None, "8", None, "b"],
        ]
        assert reading.labels == {"q1": {"1": "zeer ontevreden", "5": "zeer tevreden", "99": "weet niet"}}
        assert reading.missing_codes == {"q1": ("99",), "q2": ("-998", "-3"), "word": ("Z",)}

    def test_more_rows_than_one_batch_stay_in_order(self, tmp_path, monkeypatch):
        monkeypatch.setattr("assets.importers.spss.BATCH_ROWS", 7)
        path = tmp_path / "f.sav"
        pyreadstat.write_sav(pd.DataFrame({"n": np.arange(21.0)}), str(path))
        assert [row[0] for row in read(path)[1]] == [str(i) for i in range(21)]

    @pytest.mark.skipif(not SPSS, reason="../shared/data is not beside the checkout")
    @pytest.mark.parametrize("path", SPSS, ids=lambda path: path.stem)
    def test_real_files_agree_with_the_labels_and_numbers_of_another_reading(self, path):
        reading, rows = read(path)
        frame, meta = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
        assert reading.columns == tuple(frame.columns)
        assert len(rows) == len(frame)
        assert set(reading.labels) == set(meta.variable_value_labels)
        for position, column in enumerate(frame.columns):
            if meta.original_variable_types[column][0] in "FA" and "DATE" not in meta.original_variable_types[column]:
                texts = [row[position] for row in rows]
                if frame[column].dtype.kind == "f":
                    numbers = [np.nan if t is None else float(t) for t in texts]
                    assert np.array_equal(numbers, frame[column], equal_nan=True)
                else:
                    assert texts == list(frame[column])

    @pytest.mark.skipif(not SPSS, reason="../shared/data is not beside the checkout")
    def test_the_dutch_format_of_2022_declares_its_missing_codes(self):
        path = next(p for p in SPSS if p.stem.startswith("burgerpeiling"))
        reading, _ = read(path)
        assert reading.missing_codes["wl01"] == ("-1", "88", "99")
        assert reading.labels["kw"]["1"] == "kwartaal 1"


class TestParquet:
    def test_every_type_becomes_text_without_loss(self):
        cases = [
            (pa.array([1, None], pa.int8()), ["1", None]),
            (pa.array([2**63 - 1], pa.int64()), ["9223372036854775807"]),
            (pa.array([1.0, 2.5, None, float("nan")]), ["1", "2.5", None, None]),
            (pa.array([1.0, 2.0]), ["1", "2"]),
            (pa.array([0.1], pa.float32()), [repr(float(np.float32(0.1)))]),
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


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "sav", "zsav", "parquet"])
def test_random_damage_is_read_or_refused_and_never_a_traceback(same_answers, suffix):
    whole = (same_answers[0] / f"f.{suffix}").read_bytes()
    chance = random.Random(suffix)
    path = same_answers[0] / f"damaged.{suffix}"
    for _ in range(40):
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


@pytest.mark.skipif(not TABULAR, reason="../shared/data is not beside the checkout")
@pytest.mark.parametrize("path", TABULAR, ids=lambda path: path.name)
def test_real_exports_are_read_as_another_reader_does(path, tmp_path):
    source = Source(name="s", kind="responses", files="*")
    reading = open_file(path, source, tmp_path / "scratch")
    rows = [list(row.values()) for batch in reading.rows for row in batch.to_pylist()]
    with path.open(encoding=reading.encoding, newline="") as file:
        quoting = csv.QUOTE_NONE if path.suffix == ".tsv" else csv.QUOTE_MINIMAL
        expected = [r for r in csv.reader(file, delimiter=reading.delimiter, quoting=quoting) if r]
    assert rows == expected[1:]
