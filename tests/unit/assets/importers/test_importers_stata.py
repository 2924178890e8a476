"""A Stata file gives codes, dates and reasons for missing as Stata shows them, with its labels."""

import datetime as dt

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from tests.unit.assets.importers.delivered import read, refusal


def test_labels_question_texts_and_missing_values_come_with_the_answers(tmp_path):
    path = tmp_path / "f.dta"
    pyreadstat.write_dta(
        pd.DataFrame({"q1": pd.Series([1, "a", "b", np.nan], dtype=object), "q2": [7.5, 1.0, np.nan, 2.0]}),
        str(path),
        column_labels=["Hoe tevreden\nbent u?", None],
        variable_value_labels={"q1": {1: "zeer", "a": "weet niet", "c": "geweigerd"}},
        missing_user_values={"q1": ["a", "b", "c"]},
    )
    reading, rows = read(path)
    assert rows == [["1", "7.5"], [".a", "1"], [".b", None], [None, "2"]]
    assert reading.labels == {"q1": {"1": "zeer", ".a": "weet niet", ".c": "geweigerd"}}
    assert reading.missing_codes == {"q1": (".a", ".b", ".c")}
    assert reading.wordings == {"q1": "Hoe tevreden bent u?"}
    assert reading.format == "dta"


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_every_release_gives_the_same_values(tmp_path, version):
    moments = ["2024-02-29 00:00:00", "1959-12-20 00:00:00", None]
    frame = pd.DataFrame({name: pd.to_datetime(moments) for name in ("td", "tc", "tm", "tq", "th", "tw", "ty")})
    frame["text"] = ["één café", "  ", ""]
    frame["single"] = np.array([0.1, 4, np.nan], dtype=np.float32)
    frame["small"] = np.array([1, -5, 100], dtype=np.int8)
    path = tmp_path / "f.dta"
    dates = {name: name for name in ("td", "tc", "tm", "tq", "th", "tw", "ty")}
    frame.to_stata(path, version=version, write_index=False, convert_dates=dates)
    _, rows = read(path)
    assert rows == [
        ["2024-02-29", "2024-02-29", "2024m2", "2024q1", "2024h1", "2024w9", "2024", "één café", "0.1", "1"],
        ["1959-12-20", "1959-12-20", "1959m12", "1959q4", "1959h2", "1959w51", "1959", "  ", "4", "-5"],
        [None, None, None, None, None, None, None, "", None, "100"],
    ]


def test_a_moment_has_its_time_and_a_long_text_is_whole(tmp_path):
    path = tmp_path / "f.dta"
    frame = pd.DataFrame({"when": [dt.datetime(2024, 2, 29, 9, 5, 7)], "text": ["x" * 5000]})
    frame.to_stata(path, version=118, write_index=False, convert_dates={"when": "tc"}, convert_strl=["text"])
    assert read(path)[1] == [["2024-02-29 09:05:07", "x" * 5000]]


def test_a_clock_with_leap_seconds_is_refused_by_column(tmp_path):
    path = tmp_path / "f.dta"
    pyreadstat.write_dta(pd.DataFrame({"when": [1.0]}), str(path), variable_format={"when": "%tC"})
    refused = refusal(path)
    assert refused.reason == "unreadable.column_type"
    assert "'when'" in refused.message


def test_rows_beyond_one_piece_stay_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("assets.importers.statistical.BATCH_ROWS", 7)
    path = tmp_path / "f.dta"
    pyreadstat.write_dta(pd.DataFrame({"n": np.arange(21.0)}), str(path))
    assert [row[0] for row in read(path)[1]] == [str(i) for i in range(21)]


def test_an_encoding_is_proven_before_it_is_believed(tmp_path):
    new, old = tmp_path / "new.dta", tmp_path / "old.dta"
    frame = pd.DataFrame({"t": ["café"]})
    frame.to_stata(new, version=118, write_index=False)
    frame.to_stata(old, version=117, write_index=False)
    assert read(new, encoding="utf-8")[1] == read(old, encoding="cp1252")[1] == read(old)[1] == [["café"]]
    assert refusal(new, encoding="cp1252").reason == "wrong_encoding.other"
    # readstat would take the last letter for cut off, and drop it
    refused = refusal(old, encoding="utf-8")
    assert refused.reason == "wrong_encoding.labels"
    assert refused.position == "rij 1, kolom 1"
