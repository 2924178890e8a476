"""A line of JSON is a row: keys are columns, numbers keep their digits, doubt is a refusal with its line."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.assets.importers.delivered import read, refusal


@pytest.fixture
def given_file(tmp_path):
    def write(content, name="f.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_columns_are_the_keys_in_order_of_appearance_and_a_missing_key_is_null(given_file):
    reading, rows = read(given_file('{"b": "1", "a": "2"}\n{"a": "3", "c": null}\n{}\n'))
    assert reading.columns == ("b", "a", "c")
    assert rows == [["1", "2", None], [None, "3", None], [None, None, None]]
    assert reading.format == "jsonl"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4", "4"),
        ("4.0", "4"),
        ("4.50", "4.5"),
        ("-0", "-0"),
        ("-0.0", "0"),
        ("1e3", "1000"),
        ("9223372036854775807123", "9223372036854775807123"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("1e400", "1e400"),
        ("1e-99999999999999999999", "1e-99999999999999999999"),
        ("true", "TRUE"),
        ("null", None),
        ('""', ""),
        ('"0900"', "0900"),
        (r'"\u00e9\n\ud83d\ude00"', "é\n😀"),
        ('[1, 2.50, {"x": "é"}]', '[1, 2.50, {"x": "é"}]'),
        ('{"x": [true, null]}', '{"x": [true, null]}'),
        ("[]", "[]"),
    ],
)
def test_values_become_text_without_loss(given_file, value, text):
    assert read(given_file(f'{{"a": {value}}}'))[1] == [[text]]


def test_blank_lines_are_no_rows_and_line_ends_do_not_matter(given_file):
    assert read(given_file('\n{"a": "1"}\r\n\r\n  \n{"a": "2"}'))[1] == [["1"], ["2"]]


def test_a_line_separator_within_text_ends_no_line(given_file):
    assert read(given_file('{"a": "x\u2028y\u0085z"}\n'))[1] == [["x\u2028y\u0085z"]]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_proven_as_in_a_csv_file(given_file, codec):
    assert read(given_file('{"vraag": "één café"}\n'.encode(codec), "f.ndjson"))[1] == [["één café"]]


@pytest.mark.parametrize(
    ("content", "reason", "position"),
    [
        ('{"a": 1}\n\n{"a": 1, "a": 2}\n', "unreadable.json_key", "rij 2 (regel 3"),
        ('{"a": {"x": 1, "x": 1}}\n', "unreadable.json_key", "rij 1 (regel 1"),
        ('{"a": 1}\n[1, 2]\n', "unreadable.json_object", "rij 2 (regel 2"),
        ('[{"a": 1}]\n', "unreadable.json_object", "rij 1"),
        ('{"a": 1}\n"x"\n', "unreadable.json_object", "rij 2"),
        ('{"a": 1}\n{"a": 2\n', "unreadable.json", "rij 2"),
        ('{"a": 1} {"a": 2}\n', "unreadable.json", "rij 1"),
        ('{"a": NaN}\n', "unreadable.json", "rij 1"),
        ('{"a": Infinity}\n', "unreadable.json", "rij 1"),
        ('{"a": "\\ud83d"}\n', "unreadable.json", "rij 1"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "unreadable.json", "rij 1"),
        ("{'a': 1}\n", "unreadable.json", "rij 1"),
        ("", "empty_file", ""),
        ("{}\n{}\n", "no_rows", ""),
    ],
)
def test_what_is_not_certain_is_refused_with_its_line(given_file, content, reason, position):
    refused = refusal(given_file(content))
    assert refused.reason == reason
    assert refused.position.startswith(position)


def test_a_message_never_shows_a_value(given_file):
    assert "Geheim" not in str(refusal(given_file('{"naam": "Geheim", "naam": "Geheim"}')))


def test_keys_without_end_are_refused(given_file, monkeypatch):
    monkeypatch.setattr("assets.importers.json_lines._MOST_COLUMNS", 100)
    lines = "".join(f'{{"k{i}": 1}}\n' for i in range(200))
    assert refusal(given_file(lines)).reason == "unreadable.columns"


def test_rows_come_in_bounded_batches_and_stay_in_order(given_file, monkeypatch):
    monkeypatch.setattr("assets.importers.json_lines._BATCH_BYTES", 100)
    assert [row[0] for row in read(given_file("".join(f'{{"n": {i}}}\n' for i in range(50))))[1]] == list(
        map(str, range(50))
    )


VALUES = st.one_of(st.none(), st.text(max_size=8), st.integers(), st.lists(st.text(max_size=3), max_size=2))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), min_size=1, max_size=6))
def test_whatever_python_writes_comes_back(tmp_path, records):
    path = tmp_path / "f.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    if any("\x00" in str(v) for r in records for v in r.values()):
        return  # a NUL is for the raw file to refuse
    reading, rows = read(path)

    def text(value):
        return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    assert rows == [[text(r.get(c)) for c in reading.columns] for r in records]
