"""An SPSS file with zero bytes in its texts was damaged on the way: no cell of it is taken for blank."""

import struct
import zlib
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from assets.importers import spss_layout
from assets.importers.spss_layout import layout_of, refuse_broken_texts
from tests.unit.assets.importers.delivered import read, refusal

REAL = Path(__file__).parents[4] / "../shared/data/survey_exports/spss"
WAYS = {"plain": {}, "compressed": {"row_compress": True}, "zipped": {"compress": True}}
ROWS = 40
FRAME = pd.DataFrame(
    {
        "n": [1.0, 2.5, None, 300.0] * (ROWS // 4),
        "short": ["ja", "", "één", None] * (ROWS // 4),
        "wide": ["precies8", "zeventien letters", "x", ""] * (ROWS // 4),
        "very_long": [f"antwoord {i} " + "x" * 700 for i in range(ROWS)],
    }
)


def written(path, way):
    path = path.with_suffix(".zsav" if way == "zipped" else ".sav")
    pyreadstat.write_sav(FRAME, str(path), **WAYS[way])
    return path


def zeroed(path, way, text):
    """Sixteen zero bytes in a text, which in a .zsav is under the lid."""
    content = path.read_bytes()
    if way == "zipped":
        with path.open("rb") as file:
            start = layout_of(file).start
        behind, size = struct.unpack("<2q", content[start + 8 : start + 24])
        data = broken(zlib.decompress(content[start + 24 : behind]), text)
        packed = zlib.compress(data)
        trailer = bytearray(content[behind : behind + size])
        trailer[-8:] = struct.pack("<2i", len(data), len(packed))
        header = struct.pack("<3q", start, start + 24 + len(packed), size)
        path.write_bytes(content[:start] + header + packed + trailer)
    else:
        path.write_bytes(broken(content, text))
    return path


def broken(content, text):
    place = content.index(text)
    return content[:place] + bytes(16) + content[place + 16 :]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_whole_is_read(tmp_path, way, monkeypatch):
    monkeypatch.setattr(spss_layout, "_PIECE", 100)  # every piece ends within a case
    path = written(tmp_path / "f", way)
    rows = read(path)[1]
    assert [row[3] for row in rows] == FRAME["very_long"].to_list()
    assert [row[2] for row in rows] == FRAME["wide"].to_list()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [100, 4 << 20])
def test_a_zero_byte_in_a_text_is_damage_and_the_row_is_told(tmp_path, way, piece, monkeypatch):
    monkeypatch.setattr(spss_layout, "_PIECE", piece)
    path = zeroed(written(tmp_path / "f", way), way, b"woord 17 xx")
    refused = refusal(path)
    assert refused.reason == "damaged_file.nul"
    assert refused.position == "in rij 18"
    assert "woord" not in str(refused)


def test_zero_bytes_of_numbers_are_numbers(tmp_path):
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(pd.DataFrame({"n": [0.0, 0.0], "t": ["a", "b"]}), str(path))
    assert read(path)[1] == [["0", "a"], ["0", "b"]]


def test_commands_that_were_wiped_out_lose_no_row_in_silence(tmp_path):
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(pd.DataFrame({f"n{i}": [1.0, 2.0, 3.0, 4.0] for i in range(8)}), str(path), row_compress=True)
    with path.open("rb") as file:
        start = layout_of(file).start
    content = path.read_bytes()
    path.write_bytes(content[:start] + bytes(8) + content[start + 8 :])
    assert refusal(path).reason == "damaged_file"


@pytest.mark.parametrize("path", sorted(REAL.glob("*.sav")) or [None], ids=lambda p: getattr(p, "name", "none"))
def test_no_real_file_is_taken_for_damaged(path):
    if path is None:
        pytest.skip("no real SPSS files here")
    refuse_broken_texts(path)
