"""A raw file loses rows or texts for good: it stays whole, counts what was read, and is never read anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.importers.raw_file import edit_raw, raw_facts, write_raw
from assets.importers.reading import Reading, text_rows

ROWS = [["r1", "4", "secret one"], ["r2", "5", "secret two"], ["r3", "3", ""]]


def written(path: Path, rows: Iterable[list[str]] = ROWS) -> Path:
    columns = ("response_id", "satisfaction", "comment")
    reading = Reading("csv", columns, iter([text_rows(list(rows), 3)]), wordings={"satisfaction": "How satisfied?"})
    write_raw(reading, path, "d1", "origin", "responses.csv")
    return path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return written(tmp_path / "d1.parquet")


def test_rows_keep_their_number_when_others_go(raw: Path) -> None:
    edit_raw(raw, drop={2})
    assert pq.read_table(raw).to_pydict()["_row"] == [1, 3]
    facts = raw_facts(raw)
    assert facts is not None
    assert (facts["rows"], facts["rows_read"], facts["wordings"]) == (2, 3, {"satisfaction": "How satisfied?"})
    assert b"secret two" not in b"".join(str(v).encode() for v in pq.read_table(raw).to_pylist())


def test_all_rows_may_go(raw: Path) -> None:
    edit_raw(raw, drop={1, 2, 3})
    facts = raw_facts(raw)
    assert facts is not None and (facts["rows"], facts["rows_read"]) == (0, 3)
    edit_raw(raw, drop={1})
    assert raw_facts(raw) is not None


def test_texts_go_and_answers_stay(raw: Path) -> None:
    edit_raw(raw, blank={1, 3}, columns=["comment"])
    assert pq.read_table(raw).to_pydict()["comment"] == [None, "secret two", None]
    assert pq.read_table(raw).to_pydict()["satisfaction"] == ["4", "5", "3"]


def test_the_marker_follows_the_edits_and_nothing_else(raw: Path, tmp_path: Path) -> None:
    same = written(tmp_path / "d2.parquet")

    def markers() -> tuple[object, object]:
        one, two = raw_facts(raw), raw_facts(same)
        assert one is not None and two is not None
        return one["content"], two["content"]

    first = markers()
    assert first[0] == first[1]
    edit_raw(raw, drop={2})
    assert markers()[0] != first[0]
    edit_raw(same, drop=[2])
    assert markers()[0] == markers()[1]
    edit_raw(raw, blank={1}, columns=["comment"])
    edit_raw(same, blank={1}, columns=["satisfaction"])
    assert markers()[0] != markers()[1]


def test_an_edited_file_counts_whatever_reader_made_it(raw: Path) -> None:
    assert raw_facts(raw, "another reader") is None
    edit_raw(raw, drop={1})
    assert raw_facts(raw, "another reader") is not None, "reading the delivery again would bring the row back"


def test_rows_can_be_left_out_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "d1.parquet"
    columns = ("response_id", "satisfaction", "comment")
    read = write_raw(
        Reading("csv", columns, iter([text_rows(ROWS, 3)])), path, "d1", "origin", "f.csv",
        leave_out=lambda batch: pa.array([value == "r2" for value in batch.column("response_id").to_pylist()]),
    )  # fmt: skip
    facts = raw_facts(path)
    assert facts is not None and (read, facts["rows"], facts["rows_read"]) == (3, 2, 3)
    assert pq.read_table(path).to_pydict()["_row"] == [1, 3]
