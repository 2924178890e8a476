"""An SPSS file gives codes with their labels, and says which codes are missing and which columns are one question."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from assets.importers import spss, statistical
from assets.importers.reading import Reading
from tests.unit.assets.importers.delivered import read, refusal


def one_byte_sav(path, text):
    """An SPSS file without Unicode: the text of a Unicode file in one byte per letter, declared as Windows-1252."""
    pyreadstat.write_sav(pd.DataFrame({"t": [text]}), str(path))
    content = path.read_bytes()
    wide, narrow = text.encode(), text.encode("cp1252")
    content = content.replace(wide, narrow + b" " * (len(wide) - len(narrow)))
    path.write_bytes(
        content.replace(b"UTF-8", b"CP125").replace((65001).to_bytes(4, "little"), (1252).to_bytes(4, "little"))
    )
    return path


def test_codes_labels_and_missing_values_are_kept_apart(tmp_path):
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


def test_more_rows_than_one_batch_stay_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("assets.importers.statistical.BATCH_ROWS", 7)
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(pd.DataFrame({"n": np.arange(21.0)}), str(path))
    assert [row[0] for row in read(path)[1]] == [str(i) for i in range(21)]


def test_question_texts_and_multiple_response_sets_come_with_the_answers(tmp_path):
    frame = pd.DataFrame({"q1": [1.0], "q2_a": [1.0], "q2_b": [0.0]})
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels=["Hoe tevreden\nbent u?", "Via  telefoon", None],
    )
    reading, _ = read(path)
    assert reading.wordings == {"q1": "Hoe tevreden bent u?", "q2_a": "Via telefoon"}
    assert reading.multiple == {}


def test_only_yes_no_sets_are_options_of_one_question():
    def declared(dichotomy, options):
        return {"is_dichotomy": dichotomy, "counted_value": 1, "label": "Wat deed u?", "variable_list": options}

    meta = SimpleNamespace(
        mr_sets={
            "q2": declared(True, ["Q2_A", "q2_b"]),
            "codes": declared(False, ["q1"]),
            "gone": declared(True, ["q9"]),
        }
    )
    reading = Reading("sav", ("q1", "q2_a", "q2_b"), iter(()))
    spss._multiple_response(meta, reading)
    assert reading.multiple == {"q2": ("q2_a", "q2_b")}
    assert reading.counted == {"q2": "1"}
    assert reading.wordings == {"q2": "Wat deed u?"}


@pytest.mark.parametrize("declared", ["latin-1", "windows-1252", "cp1252"])
def test_an_old_file_in_a_declared_encoding_is_read(tmp_path, declared):
    path = one_byte_sav(tmp_path / "f.sav", "café")
    assert read(path, encoding=declared)[1] == [["café"]]


def test_an_encoding_that_does_not_hold_is_refused_with_what_to_declare(tmp_path):
    refused = refusal(one_byte_sav(tmp_path / "f.sav", "café"), encoding="utf-8")
    assert refused.reason == "wrong_encoding.labels"
    assert "windows-1252" in refused.remedy
    assert refusal(tmp_path / "f.sav", encoding="klingon").reason == "wrong_encoding.unknown"


def test_a_unicode_file_is_not_read_as_something_else(tmp_path):
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(pd.DataFrame({"t": ["café"]}), str(path))
    assert read(path, encoding="utf-8")[1] == [["café"]]
    assert refusal(path, encoding="windows-1252").reason == "wrong_encoding.other"


@pytest.mark.parametrize(
    "child",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "raise SystemExit(0)",
        "print('geen bericht van hier')",
        "import time; time.sleep(60)",
    ],
)
def test_a_file_that_the_library_dies_of_is_refused_and_the_run_goes_on(tmp_path, monkeypatch, child):
    script = tmp_path / "child.py"
    script.write_text(child, encoding="utf-8")
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(pd.DataFrame({"n": [1.0]}), str(path))
    with monkeypatch.context() as patched:
        patched.setattr("assets.importers.readstat_child.__file__", str(script))
        patched.setattr("assets.importers.statistical._SILENCE", 1)
        assert refusal(path).reason == "damaged_file"
    assert read(path)[1] == [["1"]]


def test_the_process_that_reads_goes_when_the_rows_are_not_read(tmp_path):
    path = tmp_path / "f.sav"
    pyreadstat.write_sav(pd.DataFrame({"t": ["x" * 100] * 20_000}), str(path))
    file = statistical.StatisticalFile(path, "sav", None)
    process = file._process
    assert process.poll() is None
    del file
    assert process.poll() is not None
