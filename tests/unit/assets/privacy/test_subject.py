"""From one id to everything of a person, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.importers.raw_file import write_raw
from assets.importers.reading import Reading, text_rows
from assets.privacy.raw_files import source_of, text_columns
from assets.privacy.subject import MOST_ROWS, AmbiguousIdError, SharedIdError, Subject, find_subject
from tests.tiny_survey import tiny_survey

CONTACTS = ("contact_id", "person_id", "contact_date")
RESPONSES = ("response_id", "contact_id", "response_date", "comment")


class RawFiles:
    """Raw files written by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, source: str, delivery: str, columns: tuple[str, ...], *rows: tuple[str, ...]) -> None:
        path = self.folder / source / f"{delivery}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        reading = Reading("csv", columns, iter([text_rows([list(row) for row in rows], len(columns))]))
        write_raw(reading, path, delivery, "origin", "f.csv")

    def find(self, identifier: str, kind: str | None = None) -> dict[str, list[int]]:
        return places(find_subject(tiny_survey(), self.folder, identifier, kind))


def places(subject: Subject | None) -> dict[str, list[int]]:
    return {path.stem: sorted(rows) for path, rows in subject.rows.items()} if subject else {}


@pytest.fixture
def raw(tmp_path: Path) -> RawFiles:
    files = RawFiles(tmp_path)
    files.put("contacts", "jan", CONTACTS, ("c1", "p1", "2024-01-01"), ("c2", "p2", "2024-01-02"))
    files.put("contacts", "feb", CONTACTS, ("c3", "p1", "2024-02-01"), ("c4", "p4", "2024-02-02"))
    files.put("contacts", "again", CONTACTS, ("c2", "p2", "2024-01-03"), (" c1 ", "p1", "2024-01-01"))
    files.put("responses", "rjan", RESPONSES, ("r1", "c1", "", "Hello"), ("r2", "c2", "", ""))
    files.put("responses", "rfeb", RESPONSES, ("r3", "c3", "", "c1"), ("r9", "c9", "", ""))
    return files


EVERYTHING = {"jan": [1], "feb": [1], "again": [2], "rjan": [1], "rfeb": [1]}


@pytest.mark.parametrize("identifier", ["c1", "c3", "p1", "r1", "r3"])
def test_any_id_of_a_person_leads_to_every_row(raw: RawFiles, identifier: str) -> None:
    assert raw.find(identifier) == EVERYTHING


def test_an_answer_without_a_contact_is_found_by_its_own_ids(raw: RawFiles) -> None:
    assert raw.find("r9") == raw.find("c9") == {"rfeb": [2]}


def test_an_id_nobody_has_finds_nothing(raw: RawFiles) -> None:
    assert raw.find("c") == raw.find("") == raw.find("c1", "response_id") == {}


def test_every_id_is_known_afterwards(raw: RawFiles) -> None:
    subject = find_subject(tiny_survey(), raw.folder, "r1")
    assert subject is not None
    assert subject.ids == {
        ("contact_id", "c1"): 3, ("contact_id", "c3"): 2, ("person_id", "p1"): 3,
        ("response_id", "r1"): 1, ("response_id", "r3"): 1,
    }  # fmt: skip
    assert "c1" not in repr(subject)


def test_one_id_of_two_persons_has_to_be_told_apart(raw: RawFiles) -> None:
    raw.put("responses", "rmar", RESPONSES, ("c1", "c4", "", ""))
    with pytest.raises(AmbiguousIdError):
        raw.find("c1")
    assert raw.find("c1", "contact_id") == EVERYTHING
    assert raw.find("c1", "response_id") == {"rmar": [1], "feb": [2]}


def test_a_filler_is_nobody_and_leads_to_nobody(raw: RawFiles) -> None:
    crowd = [(f"x{n}", "unknown", "2024-03-01") for n in range(MOST_ROWS + 1)]
    raw.put("contacts", "mar", CONTACTS, *crowd)
    with pytest.raises(SharedIdError):
        raw.find("unknown")
    assert raw.find("x7") == {"mar": [8]}


def test_raw_files_that_are_no_longer_of_a_source_are_searched_too(raw: RawFiles) -> None:
    raw.put("gone_source", "old", ("contact_id", "anything"), ("c1", "z"), ("c2", "z"))
    assert raw.find("p1") == EVERYTHING | {"old": [1]}


def test_combined_rows_are_found_by_either_id(tmp_path: Path) -> None:
    files = RawFiles(tmp_path)
    files.put("both", "b", ("response_id", "satisfaction"), ("r1", "4"), ("r2", "5"))
    assert files.find("r2") == files.find("r2", "contact_id") == {"b": [2]}


def test_texts_are_open_questions_and_columns_that_nothing_reads() -> None:
    survey = tiny_survey()
    columns = ("response_id", "contact_id", "satisfaction", "comment", "remarks of the tool", "_repairs")
    assert text_columns(survey, source_of(survey, "responses"), columns) == ["comment", "remarks of the tool"]
    assert text_columns(survey, source_of(survey, "contacts"), ("contact_id", "team", "channel")) == []


REPAIRED = ("_repairs", *RESPONSES)


def test_a_row_without_an_id_goes_with_the_row_that_repaired_it(raw: RawFiles) -> None:
    raw.put("responses", "rmar", RESPONSES, ("r5", "", "", "mine"), ("", "c4", "", "not mine"))
    raw.put("responses", "once", REPAIRED, ("rmar:1", "r5", "", "", "mine"))
    raw.put("responses", "twice", REPAIRED, ("once:1", "r6", "c3", "", "mine"))

    assert raw.find("p1") == {**EVERYTHING, "rmar": [1], "once": [1], "twice": [1]}


def test_a_mistaken_id_in_a_repaired_row_does_not_lead_to_the_other_person(raw: RawFiles) -> None:
    raw.put("responses", "rmar", RESPONSES, ("r5", "c2", "", "mine"))
    raw.put("responses", "once", REPAIRED, ("rmar:1", "r5", "c3", "", "mine"))

    assert raw.find("p1") == {**EVERYTHING, "rmar": [1], "once": [1]}
    assert raw.find("p2") == {"jan": [2], "again": [1], "rjan": [2], "rmar": [1]}
