"""Text is decoded in a proven encoding, or refused with the byte where the proof fails."""

import pytest

from assets.importers import open_file
from assets.importers.refusal import RefusedFile
from expectations.model import Source

TEXT = "naam;antwoord\ncafé;één € voor 'n “ei”\n"


def read(tmp_path, content, encoding=None):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    source = Source(name="s", kind="contacts", files="*", encoding=encoding)
    reading = open_file(path, source, tmp_path / "scratch")
    rows = [list(row.values()) for batch in reading.rows for row in batch.to_pylist()]
    return reading.encoding, reading.columns, rows


@pytest.mark.parametrize(
    ("codec", "declared", "found"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8-sig", None, "utf-8"),
        ("utf-8-sig", "utf-8", "utf-8"),
        ("utf-8", "UTF8", "utf-8"),
        ("utf-16", None, "utf-16-le"),
        ("utf-16", "utf-16", "utf-16-le"),
        ("utf-16-le", None, "utf-16-le"),
        ("utf-16-be", None, "utf-16-be"),
        ("utf-32", None, "utf-32-le"),
        ("cp1252", None, "cp1252"),
        ("cp1252", "windows-1252", "cp1252"),
    ],
)
def test_every_encoding_gives_the_same_text(tmp_path, codec, declared, found):
    encoding, columns, rows = read(tmp_path, TEXT.encode(codec), declared)
    assert encoding == found
    assert columns == ("naam", "antwoord")
    assert rows == [["café", "één € voor 'n “ei”"]]


def test_latin_1_is_read_where_it_is_declared(tmp_path):
    text = "naam;antwoord\ncafé;één\n"
    assert read(tmp_path, text.encode("latin-1"), "latin-1")[2] == [["café", "één"]]


@pytest.mark.parametrize(
    ("content", "declared", "words"),
    [
        (b"a;b\ncaf\xe9;1\n", "utf-8", "byte 7"),
        (b"a;b\n1;2\n" * 800_000 + b"caf\xe9;1\n", "utf-8", "byte 6400003"),
        ("a;b\n1;2\ncafé".encode() + b"\xc3", "utf-8", "byte 13"),
        (b"a;b\n\x81;\xe9\n", None, "byte 4"),
        ("a;b\ncafé;1\n".encode(), "latin-1", "utf-8"),
        ("a;b\ncafé;1\n".encode(), "cp1252", "utf-8"),
        ("a;b\n€ 5;1\n".encode("cp1252"), "latin-1", "teken 5"),
        ("a;b\n€ 5;1\n".encode("utf-16"), "cp1252", "utf-16-le"),
        ("a;b\n1;2\n".encode("utf-8-sig"), "latin-1", "utf-8"),
        (b"a;b\n1;2\n", "klingon", "klingon"),
        ("a;cafÃ©\n1;2\n".encode(), None, "kolomnamen"),
        ("a;b\ncafÃ©;€ 5\nÃ©Ã©n;â‚¬ 5\n".encode(), None, "cellen"),
        ("a;b\ncafé;één euro\n".encode() + b"\xff;1\n", None, "byte"),
    ],
)
def test_a_wrong_encoding_is_refused_and_says_where(tmp_path, content, declared, words):
    with pytest.raises(RefusedFile) as caught:
        read(tmp_path, content, declared)
    assert caught.value.code == "wrong_encoding"
    assert words in caught.value.message
    assert "f.csv" in caught.value.message


def test_one_citizen_who_pastes_broken_letters_does_not_cost_the_file(tmp_path):
    text = "a;b\ncafé;één\nbroken cafÃ©;œuvre çava\n"
    assert read(tmp_path, text.encode())[2][1][0] == "broken cafÃ©"


def test_a_refused_file_leaves_the_text_it_could_not_prove_out_of_the_message(tmp_path):
    with pytest.raises(RefusedFile) as caught:
        read(tmp_path, b"a;b\nGeheim\xe9;1\n", "utf-8")
    assert "Geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("codec", "mark", "declared"),
    [
        ("utf-8", b"\xef\xbb\xbf", None),
        ("utf-16-le", b"\xff\xfe", None),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "windows-1252"),
        ("latin-1", b"", "iso-8859-1"),
    ],
)
def test_decimal_commas_and_dutch_dates_stay_as_they_were_typed(tmp_path, codec, mark, declared):
    text = "datum;cijfer;toelichting\r\n31-12-2024;7,5;geïrriteerd, zei zij\r\n01-01-2025;1.234,50;ÿ\r\n"
    _, columns, rows = read(tmp_path, mark + text.encode(codec), declared)
    assert columns == ("datum", "cijfer", "toelichting")
    assert rows == [["31-12-2024", "7,5", "geïrriteerd, zei zij"], ["01-01-2025", "1.234,50", "ÿ"]]
