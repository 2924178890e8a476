"""Text is decoded in a proven encoding, or refused with the byte where the proof fails."""

from pathlib import Path

import pytest

from assets.importers import open_file
from assets.importers.encoding import mojibake
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


NAUGHTY = Path(__file__).parents[4] / "../shared/data/bad_input/text/naughty_strings.txt"
MANY_LANGUAGES = (
    "„Spaß“, «É», l'été – déjà… à » œuvre",
    "شكرا جزيلا",
    "👮‍♀️ top",
    "Zażółć gęślą jaźń",
    "Größe ‚Ä‘ “São Paulo” – AÇÃO",
    "Ευχαριστώ, спасибо, 謝謝, תודה, İyi günler",
    "’s avonds € 5,– coöperatie",
)


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["café", "één", "’24", "€ 5", "łąka", "شكرا", "👮‍♀️", "спасибо", "謝謝"])
def test_letters_that_were_decoded_wrongly_are_known_by_the_way_back(text, codec):
    broken = "".join(
        bytes([b]).decode(codec) if codec == "latin-1" or b not in b"\x81\x8d\x8f\x90\x9d" else chr(b)
        for b in text.encode()
    )
    assert "".join(mojibake(broken)) == "".join(c for c in broken if ord(c) > 127)


@pytest.mark.parametrize("text", MANY_LANGUAGES)
def test_good_text_of_any_language_is_not_taken_for_broken(text):
    assert mojibake(text) == []


def test_broken_letters_are_not_outweighed_by_scripts_that_could_not_break(tmp_path):
    sound = "".join(f"{i};شكرا جزيلا 👮‍♀️ спасибо\n" for i in range(50))
    broken = "".join(f"{i};Ã©Ã©n\n" for i in range(5))
    with pytest.raises(RefusedFile) as caught:
        read(tmp_path, f"a;b\n{sound}{broken}".encode())
    assert caught.value.reason == "wrong_encoding.mojibake"


def test_broken_letters_of_other_scripts_count_too(tmp_path):
    broken = "a;b\n1;شكرا جزيلا\n2;👮‍♀️ top\n3;спасибо\n".encode().decode("latin-1")
    with pytest.raises(RefusedFile) as caught:
        read(tmp_path, broken.encode())
    assert caught.value.reason == "wrong_encoding.mojibake"


@pytest.mark.parametrize(
    ("broken", "sound", "refused"),
    [
        (1, 0, False),  # one citizen, however much was pasted
        (2, 4, True),  # a third of the lines with such letters
        (2, 5, False),
        (30, 61, False),
        (30, 60, True),
    ],
)
def test_broken_letters_cost_the_file_where_they_are_many(tmp_path, broken, sound, refused):
    text = "a;b\n" + "1;cafÃ© Ã©Ã©n\n" * broken + "2;café één\n" * sound
    if refused:
        with pytest.raises(RefusedFile):
            read(tmp_path, text.encode())
    else:
        assert len(read(tmp_path, text.encode())[2]) == broken + sound


def test_rows_to_repair_come_back_with_the_letters_they_had(tmp_path):
    rows = "d1:1;cafÃ©\n" * 4
    assert len(read(tmp_path, f"_repairs;b\n{rows}".encode())[2]) == 4
    with pytest.raises(RefusedFile):  # saved in another encoding it is broken now
        read(tmp_path, f"_repairs;b\n{rows}".encode() + b"d1:2;caf\xe9\n")


def test_naughty_strings_are_not_refused_for_broken_letters(tmp_path):
    if not NAUGHTY.exists():
        pytest.skip("no naughty strings here")
    lines = [line for line in NAUGHTY.read_text("utf-8").split("\n") if '"' not in line and "\x00" not in line]
    rows = "".join(f"{i}|{line.replace('|', ' ')}\n" for i, line in enumerate(lines))
    assert len(read(tmp_path, f"a|b\n{rows}".encode())[2]) > 100
