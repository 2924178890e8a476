"""Who was erased stays out: a later file with the same id is read without those rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.intake import Delivery, known_by_id, take_inbox
from assets.privacy.keys import Key
from assets.privacy.tombstones import FILE, add_tombstones, count_tombstones, read_tombstones
from expectations.model import FieldMap, Source, Survey
from tests.tiny_survey import tiny_survey

DAY = dt.date(2026, 3, 1)
KEY = Key("k1", DAY, bytes(32))
MONTH = r"(\d{4}-\d{2})"
CONTACTS = (
    "contact_id;person_id;contact_date;channel;target_group;incident_class;team;answering_organisation;age_band;"
    "exclusion_reason;invitation_date;invitation_mode"
)


def line(contact: str, person: str) -> str:
    return f"{contact};{person};2024-02-01;web;reporter;;Noord;;;;;"


@pytest.fixture
def survey() -> Survey:
    team = {"area": FieldMap(column="team")}
    sources = (Source(name="contacts", kind="contacts", files="contacts_*", month=MONTH, fields=team),)
    return tiny_survey().model_copy(update={"sources": sources})


class Home:
    """A home with an inbox."""

    def __init__(self, root: Path, survey: Survey) -> None:
        self.root, self.survey = root, survey
        self.known: dict[str, Delivery] = {}
        (root / "inbox").mkdir(parents=True)

    def put(self, name: str, *lines: str) -> None:
        (self.root / "inbox" / name).write_text("\n".join([CONTACTS, *lines]) + "\n", "utf-8")

    def take(self) -> list[Delivery]:
        found = take_inbox(
            self.survey, self.root / "inbox", self.root / "raw", self.known, tombstones=read_tombstones(self.root, KEY)
        )
        self.known = known_by_id(found)
        return found


@pytest.fixture
def home(tmp_path: Path, survey: Survey) -> Home:
    return Home(tmp_path / "home", survey)


def contact_ids(delivery: Delivery) -> list[str]:
    return [str(value) for value in pq.read_table(delivery.path).to_pydict()["contact_id"]]


@pytest.mark.parametrize("erased", [("contact_id", "c2"), ("person_id", "p2")])
def test_rows_of_erased_ids_are_counted_and_never_written(home: Home, erased: tuple[str, str]) -> None:
    add_tombstones(home.root, KEY, DAY, {erased: 2})
    home.put("contacts_2024-02.csv", line("c1", "p1"), line("c2", "p2"), line(" c2", "p2"), line("c3", "p3"))
    (delivery,) = home.take()
    assert (delivery.status, delivery.rows_read) == ("taken", 4)
    assert contact_ids(delivery) == ["c1", "c3"]


def test_an_id_of_one_kind_does_not_erase_another_kind(home: Home) -> None:
    add_tombstones(home.root, KEY, DAY, {("response_id", "c1"): 1, ("person_id", "c1"): 1})
    home.put("contacts_2024-02.csv", line("c1", "p1"))
    assert contact_ids(home.take()[0]) == ["c1"]


def test_a_file_of_erased_rows_only_is_taken_and_empty(home: Home) -> None:
    add_tombstones(home.root, KEY, DAY, {("contact_id", "c1"): 1})
    home.put("contacts_2024-02.csv", line("c1", "p1"))
    (delivery,) = home.take()
    assert (delivery.status, delivery.rows_read, contact_ids(delivery)) == ("taken", 1, [])


def test_the_file_of_tombstones_holds_no_id_and_adds_up(home: Home) -> None:
    add_tombstones(home.root, KEY, DAY, {("contact_id", "contact-4711"): 2, ("response_id", "response-4711"): 1})
    add_tombstones(home.root, KEY, dt.date(2027, 1, 1), {("contact_id", "contact-4711"): 1})
    assert count_tombstones(home.root) == 2
    rows = pq.read_table(home.root / FILE).to_pylist()
    assert not [row for row in rows if "4711" in str(row)]
    assert {(r["kind"], r["erased_on"], r["rows"]) for r in rows} == {("contact_id", DAY, 3), ("response_id", DAY, 1)}
    assert [r["tombstone"] for r in rows] == [
        r["tombstone"] for r in sorted(rows, key=lambda r: (r["kind"], r["tombstone"]))
    ]


def test_with_another_key_a_tombstone_means_nothing(home: Home) -> None:
    add_tombstones(home.root, KEY, DAY, {("contact_id", "c1"): 1})
    assert read_tombstones(home.root, KEY)
    assert not read_tombstones(home.root, Key("k2", DAY, bytes(range(32))))


def test_a_kept_delivery_counts_whichever_reader_made_its_raw_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.put("contacts_2024-02.csv", line("c1", "p1"))
    (before,) = home.take()
    (home.root / "inbox" / "contacts_2024-02.csv").unlink()
    monkeypatch.setattr("assets.importers.VERSION", 999)
    (after,) = home.take()
    assert (after.status, after.delivery_id, after.content_marker) == (
        "taken",
        before.delivery_id,
        before.content_marker,
    )
