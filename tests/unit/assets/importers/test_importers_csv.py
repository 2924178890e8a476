"""A csv file is read cell by cell as it stands, or refused with the place where it goes wrong."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.importers import csv_file, open_file
from assets.importers.refusal import RefusedFile
from expectations.model import Source


def source(**dialect):
    return Source(name="s", kind="contacts", files="*", **dialect)


def read(path, **dialect):
    """Column names and rows of text."""
    reading = open_file(path, source(**dialect), path.with_name("scratch"))
    rows = [list(row.values()) for batch in reading.rows for row in batch.to_pylist()]
    return reading, rows


@pytest.fixture
def given_file(tmp_path):
    def write(content, name="f.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(path, **dialect):
    with pytest.raises(RefusedFile) as caught:
        read(path, **dialect)
    assert path.name in caught.value.message
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        ("a,b\n1,2\n", ("a", "b"), [["1", "2"]]),
        ("a;b\r\n0900;Yes\r\n", ("a", "b"), [["0900", "Yes"]]),
        ("a\tb\n1,5\tnull\n", ("a", "b"), [["1,5", "null"]]),
        ("a|b\nNA|#N/A\n", ("a", "b"), [["NA", "#N/A"]]),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ("a", "b"), [["1,5", "2,5"], ["3,5", "4,5"]]),
        ('a,b\n"x, ""y""","1\r\n\r\n2"\n', ("a", "b"), [['x, "y"', "1\r\n\r\n2"]]),
        ('a,b\n"",\n,""\n', ("a", "b"), [["", ""], ["", ""]]),
        ("a,b\n 1 ,\t2\n", ("a", "b"), [[" 1 ", "\t2"]]),
        ('a,b\n "x",2\n', ("a", "b"), [[' "x"', "2"]]),
        ('a,b\n5" pijp,2\n', ("a", "b"), [['5" pijp', "2"]]),
        ("a,b\n1,2\n\n3,4\n\n\n", ("a", "b"), [["1", "2"], ["3", "4"]]),
        ("a,b\r1,2\r3,4\r", ("a", "b"), [["1", "2"], ["3", "4"]]),
        ("a,b\r\n1,2\n3,4\r\n", ("a", "b"), [["1", "2"], ["3", "4"]]),
        ("a,b\n1,2", ("a", "b"), [["1", "2"]]),
        ('"a\nx",b\n1,2\n', ("a\nx", "b"), [["1", "2"]]),
        ("a\n1\n\n2\n", ("a",), [["1"], [""], ["2"]]),
        ("\n\na\n1\n", ("a",), [["1"]]),
        ("\n\na,b\n1,2\n", ("a", "b"), [["1", "2"]]),
        ("sep=;\na;b\n1;2\n", ("a", "b"), [["1", "2"]]),
        ("a,,c\n1,2,3\n", ("a", "_column_2", "c"), [["1", "2", "3"]]),
    ],
)
def test_cells_are_verbatim(given_file, content, columns, rows):
    reading, found = read(given_file(content))
    assert reading.columns == columns
    assert found == rows


def test_the_dialect_of_the_contract_goes_before_what_the_file_looks_like(given_file):
    reading, rows = read(given_file("a,x;b\n1,2;3\n4,5;6\n"), delimiter=";")
    assert reading.columns == ("a,x", "b")
    assert rows == [["1,2", "3"], ["4,5", "6"]]


def test_a_tab_separated_file_may_be_written_without_quoting(given_file):
    _, rows = read(given_file('a\tb\n"Native" graphics\t5"\n"x\t2\n'))
    assert rows == [['"Native" graphics', '5"'], ['"x', "2"]]


def test_quotes_in_a_tab_separated_file_are_quotes_where_they_can_be(given_file):
    _, rows = read(given_file('a\tb\n"x\ty"\t5"\n"q"\t2\n'))
    assert rows == [["x\ty", '5"'], ["q", "2"]]


def test_quotes_that_hold_neither_way_are_refused(given_file):
    assert refusal(given_file('a\tb\n"x"y\t2\n3\n')).reason == "unreadable.quotes"


def test_further_header_rows_are_kept_aside_and_are_no_data(given_file):
    reading, rows = read(given_file('q1,q2\n"How\nare you?",Why?\n"{""id"":1}",{}\n4,5\n'), header_rows=3)
    assert reading.columns == ("q1", "q2")
    assert reading.header_notes == (("How\nare you?", "Why?"), ('{"id":1}', "{}"))
    assert rows == [["4", "5"]]


def test_a_file_without_header_gets_names_by_position(given_file):
    reading, rows = read(given_file("1,2\n3,4\n"), header_rows=0)
    assert reading.columns == ("_column_1", "_column_2")
    assert rows == [["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("content", "code", "position"),
    [
        ("a,b\n1,2\n3\n", "ragged_row", "rij 2 (regel 3"),
        ("a,b\n1,2\n3,4,5\n", "ragged_row", "rij 2 (regel 3"),
        ('a,b\n"1\n1",2\n3\n', "ragged_row", "rij 2 (regel 4"),
        ('a,b\n1,2\n"x"y,2\n', "unreadable", "rij 2 (regel 3"),
        ('a,b\n1,2\n3,"4\n5,6\n', "unreadable", "rij 2"),
        ('"a,b\n1,2\n', "unreadable", "regel"),
        ("a,b\n1,2\n\x1a", "ragged_row", "rij 2"),
        ("a,b\n1\x00,2\n", "damaged_file", "bij teken 6"),
        ("", "empty_file", ""),
        ("\n\r\n  \n", "empty_file", ""),
        ("\ufeff", "empty_file", ""),
        ("<!DOCTYPE html><html></html>", "unknown_format", ""),
    ],
)
def test_what_is_not_certain_is_refused_with_its_place(given_file, content, code, position):
    refused = refusal(given_file(content))
    assert refused.code == code
    assert refused.position.startswith(position)
    assert position in refused.message


def test_a_ragged_row_past_the_first_block_is_found_where_it_is(given_file):
    lines = ["a;b"] + [f"{i};{'x' * 300}" for i in range(30_000)] + ["1;2;3", "4;5"]
    refused = refusal(given_file("\n".join(lines)))
    assert refused.code == "ragged_row"
    assert refused.position.startswith("rij 30001 (regel 30002")


def test_a_message_never_shows_a_cell(given_file):
    refused = refusal(given_file("a,b\nJan Jansen,2\nGeheim,2,3\n"))
    assert "Geheim" not in str(refused)


def test_another_delimiter_than_agreed_is_named(given_file):
    refused = refusal(given_file("a;b\n1;2\n"), delimiter=",")
    assert refused.code == "unreadable"
    assert "','" in refused.message
    assert "';'" in refused.message


def test_fewer_rows_than_agreed_header_rows_is_refused(given_file):
    assert refusal(given_file("a,b\n"), header_rows=3).reason == "unreadable.header"


def test_a_very_long_cell_is_read(given_file):
    text = "x" * (9 << 20)
    _, rows = read(given_file(f"a,b\n1,2\n3,{text}\n5,6\n"))
    assert [row[0] for row in rows] == ["1", "3", "5"]
    assert rows[1][1] == text


def test_an_endless_cell_is_refused(given_file, monkeypatch):
    monkeypatch.setattr(csv_file, "_LARGEST_CELL", 1000)
    refused = refusal(given_file('a,b\n1,2\n3,"' + "x" * 2000))
    assert refused.reason == "unreadable.cell"


HOSTILE = st.text(st.sampled_from(list("a\"';,\t\r\n 0é€😀\u202e=+|\\")), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=8), eol=st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_written_by_the_rules_comes_back(tmp_path, rows, eol):
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        # Without quotes around it Python writes a lone carriage return that would end the row.
        writer = csv.writer(file, lineterminator=eol, quoting=csv.QUOTE_MINIMAL if eol == "\r\n" else csv.QUOTE_ALL)
        writer.writerow(("first", "second"))
        writer.writerows(rows)
    assert read(path, delimiter=",", encoding="utf-8")[1] == [list(row) for row in rows]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.sampled_from(list('a,"\n\r ')), max_size=24))
def test_on_any_bytes_it_agrees_with_the_strict_parser_or_refuses(tmp_path, body):
    path = tmp_path / "f.csv"
    text = "x,y\n" + body
    path.write_bytes(text.encode())
    try:
        expected = [r for r in csv.reader(io.StringIO(text, newline=""), strict=True) if r][1:]
    except csv.Error:
        expected = None
    if expected is not None and any(len(r) != 2 for r in expected):
        expected = None
    try:
        found = read(path, delimiter=",", encoding="utf-8")[1]
    except RefusedFile:
        found = None
    assert found == expected


def test_the_proof_on_quotes_does_not_depend_on_how_the_file_is_cut():
    data = b'a,"b""c","\n""","",x\r\n"y"\n'
    for size in range(1, len(data) + 1):
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        assert csv_file.quotes_are_regular(chunks, ord(","))
        assert not csv_file.quotes_are_regular([*chunks, b'"z"q\n'], ord(","))
        assert not csv_file.quotes_are_regular([*chunks, b'"'], ord(","))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": 1, "b": "geheim"}\n{"a": 2}\n', "JSON-lines"),
        ('\n  {"a": "x;y"}', "JSON-lines"),
        ('[{"a": 1}, {"a": 2}]', "een JSON-bestand"),
        ('{\n "rows": [{"a": 1}]\n}\n', "een JSON-bestand"),
        ("[" + ",\n".join(['{"a": "geheim"}'] * 40_000) + "]", "een JSON-bestand"),
    ],
)
def test_json_under_another_name_is_called_what_it_is(given_file, content, words):
    refused = refusal(given_file(content))
    assert refused.reason == "unknown_format.content"
    assert words in refused.message
    assert "geheim" not in str(refused)


@pytest.mark.parametrize("content", ["{a};[b]\n1;2\n", "[1];[2]\n3;4\n", '{"a": 1};b\n1;2\n'])
def test_names_in_brackets_are_names(given_file, content):
    assert read(given_file(content), delimiter=";")[0].delimiter == ";"
