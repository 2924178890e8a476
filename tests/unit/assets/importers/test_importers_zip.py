"""A zip of one file is that file; anything else in a zip is refused in words, and nothing unpacked stays behind."""

import gc
import zipfile

import pytest

from assets.importers import open_file
from expectations.model import Source
from tests.unit.assets.importers.delivered import delimited, read, refusal, spreadsheet, workbook, zipped

SOURCE = Source(name="s", kind="responses", files="*")


def left_behind(folder):
    return sorted(p.name for p in folder.iterdir() if p.name.startswith(".unpacked"))


@pytest.fixture
def answers(tmp_path):
    return delimited(tmp_path / "antwoorden.csv", [["a", "b"], ["1", "é"]])


def test_the_file_in_it_counts_whatever_its_format(tmp_path, answers):
    rows = [["a", "b"], ["1", "é"]]
    for inner in (answers, workbook(tmp_path / "x.xlsx", rows), spreadsheet(tmp_path / "x.ods", rows)):
        reading, found = read(zipped(tmp_path / "f.zip", inner))
        assert (reading.format, reading.columns, found) == (inner.suffix[1:], ("a", "b"), [["1", "é"]])
        assert left_behind(tmp_path) == []


def test_folders_and_litter_of_file_managers_do_not_count(tmp_path, answers):
    path = zipped(
        tmp_path / "f.zip",
        ("map/", b""),
        ("map/antwoorden.csv", answers.read_bytes()),
        ("__MACOSX/map/._antwoorden.csv", b"x"),
        ("map/.DS_Store", b"x"),
    )
    assert read(path)[1] == [["1", "é"]]


def test_the_agreed_format_is_that_of_the_file_in_it(tmp_path, answers):
    path = zipped(tmp_path / "f.zip", answers)
    assert read(path, format="csv")[1] == [["1", "é"]]
    assert refusal(path, format="xlsx").reason == "unknown_format.expected"


def test_a_name_that_points_elsewhere_writes_nothing_there(tmp_path, answers):
    (tmp_path / "in").mkdir()
    path = zipped(tmp_path / "in/f.zip", ("../../elders.csv", answers.read_bytes()))
    assert read(path)[1] == [["1", "é"]]
    assert not list(tmp_path.rglob("elders.csv"))


def test_a_fault_in_the_file_names_both_files(tmp_path):
    inner = tmp_path / "scheef.csv"
    inner.write_bytes(b"a,b\n1,2\n3\n")
    refused = refusal(zipped(tmp_path / "f.zip", inner))
    assert refused.code == "ragged_row"
    assert "f.zip (scheef.csv)" in refused.message
    assert "rij 2" in refused.message
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([("a.csv", b"a\n1\n"), ("b.csv", b"a\n1\n")], "unknown_format.zip_of_many"),
        ([("a.zip", b"PK\x03\x04")], "unknown_format.zip_in_zip"),
        ([("a.lss", b"<document/>")], "unknown_format.codebook"),
        ([("a.pdf", b"%PDF")], "unknown_format"),
        ([("a.csv", b"")], "empty_file"),
        ([("map/", b"")], "empty_file.zip"),
        ([], "empty_file.zip"),
        ([("a.csv", bytes(100 << 20))], "unreadable.zip_bomb"),
    ],
)
def test_anything_else_is_refused_in_words(tmp_path, files, reason):
    refused = refusal(zipped(tmp_path / "f.zip", *files))
    assert refused.reason == reason
    assert left_behind(tmp_path) == []


def test_a_password_a_rare_method_and_a_wrong_checksum_are_refused(tmp_path, answers):
    path = zipped(tmp_path / "f.zip", answers)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        directory = archive.start_dir
    locked = bytearray(content)
    locked[directory + 8] |= 1
    path.write_bytes(locked)
    assert refusal(path).reason == "damaged_file.zip_password"
    wrong = bytearray(content)
    wrong[directory + 16] ^= 0xFF
    path.write_bytes(wrong)
    assert refusal(path).reason == "damaged_file"
    assert refusal(zipped(tmp_path / "g.zip", answers, method=zipfile.ZIP_LZMA)).reason == "unreadable.zip_method"
    assert left_behind(tmp_path) == []


def test_a_size_beyond_all_tables_is_refused_before_anything_is_unpacked(tmp_path, answers, monkeypatch):
    monkeypatch.setattr("assets.importers.archive.LARGEST_GB", 0)
    assert refusal(zipped(tmp_path / "f.zip", answers)).reason == "unreadable.too_large"


def test_what_was_unpacked_goes_when_the_rows_are_not_read(tmp_path, answers):
    reading = open_file(zipped(tmp_path / "f.zip", answers), SOURCE, tmp_path / ".f.utf8.1.unfinished")
    # beside the scratch file, with a name that the clean-up after a killed run knows
    assert left_behind(tmp_path) == [".unpacked.f.utf8.1.unfinished"]
    reading.close()
    gc.collect()
    assert left_behind(tmp_path) == []
