"""The inbox: every file is taken, recognised as a repeat, or refused in words; the others never notice."""

import csv
import datetime as dt
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from assets import intake
from assets.importers import raw_file
from assets.importers.refusal import catalogue
from assets.intake import deliveries_of, deliveries_table, in_order, known_by_id, take_inbox
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import CONTACT_FIELDS, FieldMap, Source

CONTACT_COLUMNS = [{"area": "team"}.get(f, f) for f in CONTACT_FIELDS]
MARCH, APRIL = dt.date(2024, 3, 1), dt.date(2024, 4, 1)


@pytest.fixture(scope="session")
def survey():
    """The real contract, with one item that starts and one that ends in 2024."""
    contract = load_survey(DEFAULT_SURVEY)
    items = [i for i in contract.items if i.id in ("satisfaction", "mark")]
    late = contract.item("treatment").model_copy(update={"first_wave": dt.date(2024, 4, 1)})
    gone = contract.item("result").model_copy(update={"last_wave": dt.date(2024, 3, 31)})
    sources = (
        Source(name="contacts", kind="contacts", files="contacts_*", month=r"(\d{4}-\d{2})",
               fields={"area": FieldMap(column="team")}),
        Source(name="responses", kind="responses", files="responses_*", month=r"(\d{4}-\d{2})"),
    )  # fmt: skip
    return contract.model_copy(update={"items": (*items, late, gone), "sources": sources})


class Home:
    """An inbox and a raw folder, and short ways to fill and take them."""

    def __init__(self, root, survey):
        self.survey = survey
        self.inbox = root / "inbox"
        self.raw = root / "raw"
        self.inbox.mkdir()

    def contacts(self, name="contacts_2024-03.csv", columns=CONTACT_COLUMNS, rows=2, encoding="utf-8", salt=""):
        body = [[f"c{salt}{i}", *(f"é{i}" for _ in columns[1:])] for i in range(rows)]
        return self._csv(name, columns, body, encoding)

    def responses(self, name="responses_2024-03.csv", items=("satisfaction", "mark", "result"), rows=2):
        columns = ["response_id", "contact_id", "response_date", *items]
        return self._csv(name, columns, [[f"r{i}", f"c{i}", "2024-03-09", *("5" for _ in items)] for i in range(rows)])

    def _csv(self, name, columns, rows, encoding="utf-8"):
        path = self.inbox / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=";").writerows([columns, *rows])
        return path

    def put(self, name, content):
        path = self.inbox / name
        path.write_bytes(content)
        return path

    def take(self, known=(), month=None, survey=None):
        return take_inbox(survey or self.survey, self.inbox, self.raw, known_by_id(known), month)

    def raw_files(self):
        return sorted(p.relative_to(self.raw).as_posix() for p in self.raw.rglob("*") if p.is_file())


@pytest.fixture
def home(tmp_path, survey):
    return Home(tmp_path, survey)


def only(deliveries, name):
    return next(d for d in deliveries if d.file_name == name)


def test_a_taken_file_becomes_text_with_its_id_and_row_number(home):
    home.contacts(rows=3)
    (delivery,) = home.take()
    assert (delivery.status, delivery.source, delivery.kind, delivery.month) == ("taken", "contacts", "contacts", MARCH)
    assert (delivery.format, delivery.encoding, delivery.delimiter, delivery.rows_read) == ("csv", "utf-8", ";", 3)
    assert delivery.delivery_id == delivery.sha256[:16]
    path = home.raw / "contacts" / f"{delivery.delivery_id}.parquet"
    assert delivery.path == str(path)
    rows = duckdb.execute("select * from read_parquet(?)", [str(path)])
    types = {name: str(kind) for name, kind, *_ in rows.description}
    assert list(types) == ["_delivery_id", "_row", *CONTACT_COLUMNS]
    assert types.pop("_row") == "BIGINT"
    assert set(types.values()) == {"VARCHAR"}
    assert [row[:3] for row in rows.fetchall()] == [(delivery.delivery_id, i + 1, f"c{i}") for i in range(3)]


def test_the_shape_says_where_the_rows_are_and_what_the_file_declares(home):
    frame = pd.DataFrame({"response_id": ["r1"], "contact_id": ["c1"], "response_date": ["2024-03-09"],
                          "satisfaction": [5.0], "mark": [99.0], "result": [4.0]})  # fmt: skip
    labels = {"satisfaction": {5: "zeer tevreden"}}
    path = home.inbox / "responses_2024-03.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels, missing_ranges={"mark": [99]})
    (delivery,) = home.take()
    shape = delivery.shape()
    assert shape.path == delivery.path
    assert shape.columns == tuple(frame.columns)
    assert shape.missing_codes == {"mark": ("99",)}
    assert shape.labels == {"satisfaction": {"5": "zeer tevreden"}}
    assert home.take()[0].shape() == shape  # also when the raw file was there already


def _truncated_workbook(home):
    path = home.inbox / "contacts_2024-03.xlsx"
    book = openpyxl.Workbook()
    book.active.append(CONTACT_COLUMNS)
    for i in range(50):
        book.active.append([f"c{i}"] * len(CONTACT_COLUMNS))
    book.save(path)
    path.write_bytes(path.read_bytes()[:-400])


def _other_columns(change):
    def build(home):
        columns = list(CONTACT_COLUMNS)
        change(columns)
        home.contacts(columns=columns)

    return build


FAULTS = {
    "wrong encoding": (
        lambda h: h.put("contacts_2024-03.csv", (";".join(CONTACT_COLUMNS) + "\n\x81\xe9").encode("latin-1")),
        "wrong_encoding", "UTF-8"),
    "missing column": (_other_columns(lambda c: c.remove("age_band")), "missing_column", "age_band"),
    "misspelt column": (
        _other_columns(lambda c: c.__setitem__(0, "Contact ID")), "missing_column",
        "Lijkt op 'contact_id': 'Contact ID'"),
    "extra column": (_other_columns(lambda c: c.append("bsn")), "extra_column", "'bsn'"),
    "column without name": (_other_columns(lambda c: c.append("")), "extra_column", "kolom 13"),
    "duplicate column": (_other_columns(lambda c: c.append("Team")), "duplicate_column", "'team', 'Team'"),
    "reserved name": (_other_columns(lambda c: c.append("_row")), "duplicate_column", "'_row'"),
    "empty file": (lambda h: h.put("contacts_2024-03.csv", b""), "empty_file", "leeg"),
    "header only": (lambda h: h.contacts(rows=0), "no_rows", "geen rijen"),
    "truncated workbook": (_truncated_workbook, "damaged_file", "Excel"),
    "a sav that is not": (lambda h: h.put("contacts_2024-03.sav", b"dit is tekst"), "damaged_file", "SPSS"),
    "ragged row": (
        lambda h: h.put("contacts_2024-03.csv", (";".join(CONTACT_COLUMNS) + "\nc1;2\n").encode()),
        "ragged_row", "rij 1"),
    "unknown format": (lambda h: h.put("contacts_2024-03.docx", b"x"), "unknown_format", "CSV, Excel"),
    "unknown source": (lambda h: h.put("klachten_2024-03.csv", b"a\n1\n"), "unknown_source", "'contacts_*'"),
    "unknown month": (lambda h: h.contacts("contacts_maart.csv"), "unknown_month", "contacts_2026-03.csv"),
    "no such month": (lambda h: h.contacts("contacts_2024-13.csv"), "unknown_month", "contacts_2026-03.csv"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_does_not_fit_is_refused_and_nothing_else_is_disturbed(home, fault):
    build, code, words = FAULTS[fault]
    home.contacts("contacts_2024-04.csv")
    home.responses()
    expected = {d.file_name: (d.delivery_id, d.rows_read, d.status) for d in home.take()}
    build(home)
    deliveries = home.take()
    (refused,) = [d for d in deliveries if d.status == "refused"]
    assert refused.reason == code
    assert refused.file_name in refused.message
    assert words in f"{refused.message} {refused.remedy}"
    assert refused.remedy
    assert refused.rows_read == 0
    assert refused.columns == ()
    others = {d.file_name: (d.delivery_id, d.rows_read, d.status) for d in deliveries if d is not refused}
    assert others == expected
    assert home.raw_files() == sorted(f"{Path(d.path).parent.name}/{Path(d.path).name}" for d in deliveries if d.path)
    with pytest.raises(ValueError, match="not taken"):
        refused.shape()


def test_a_file_without_header_shows_none_of_its_first_row(home):
    home.put("contacts_2024-03.csv", b"Jan Jansen;0612345678;2024\nPiet;0687654321;2024\n")
    (refused,) = home.take()
    assert refused.reason == "missing_column"
    assert "eerste rij" in refused.message
    assert not any(word in refused.message for word in ("Jan", "0612345678", "2024;"))


def test_every_reason_has_words_and_a_remedy():
    for reason, words in catalogue().items():
        assert set(words) == {"message", "remedy"}, reason
        assert "{file}" in words["message"] or "{file}" in words["remedy"], reason


class TestColumns:
    def test_a_person_id_may_be_absent(self, home):
        home.contacts(columns=[c for c in CONTACT_COLUMNS if c != "person_id"])
        assert home.take()[0].status == "taken"

    @pytest.mark.parametrize(
        ("month", "items", "status"),
        [
            ("2024-03", ("satisfaction", "mark", "result"), "taken"),
            ("2024-03", ("satisfaction", "mark", "result", "treatment"), "taken"),
            ("2024-03", ("satisfaction", "mark"), "refused"),
            ("2024-04", ("satisfaction", "mark", "treatment"), "taken"),
            ("2024-04", ("satisfaction", "mark", "result"), "refused"),
        ],
    )
    def test_an_item_is_expected_in_the_months_it_was_asked(self, home, month, items, status):
        home.responses(f"responses_{month}.csv", items)
        assert home.take()[0].status == status

    @pytest.mark.parametrize("allow", [{"ignore_extra_columns": True}, {"ignore_columns": ("x_*", "bsn")}])
    def test_extra_columns_are_kept_where_the_contract_lets_them_be(self, home, survey, allow):
        home.contacts(columns=[*CONTACT_COLUMNS, "bsn", "x_1"])
        source = survey.sources[0].model_copy(update=allow)
        (delivery,) = home.take(survey=survey.model_copy(update={"sources": (source,)}))
        assert delivery.columns[-2:] == ("bsn", "x_1")

    def test_a_constant_needs_no_column(self, home, survey):
        home.contacts(columns=[c for c in CONTACT_COLUMNS if c != "age_band"])
        fields = {**survey.sources[0].fields, "age_band": FieldMap(constant="")}
        source = survey.sources[0].model_copy(update={"fields": fields})
        assert home.take(survey=survey.model_copy(update={"sources": (source,)}))[0].status == "taken"

    def test_a_changed_contract_judges_again_what_was_read_before(self, home, survey):
        home.contacts(columns=[*CONTACT_COLUMNS, "bsn"])
        assert home.take()[0].reason == "extra_column"
        free = survey.sources[0].model_copy(update={"ignore_columns": ("bsn",)})
        assert home.take(survey=survey.model_copy(update={"sources": (free,)}))[0].status == "taken"
        assert home.take()[0].reason == "extra_column"

    def test_a_changed_dialect_reads_again(self, home, survey):
        home.contacts()
        home.take()
        fixed = survey.sources[0].model_copy(update={"encoding": "latin-1"})
        assert home.take(survey=survey.model_copy(update={"sources": (fixed,)}))[0].reason == "wrong_encoding"


class TestOrder:
    NAMES = ("contacts_2024-04.csv", "contacts_2024-03_v10.csv", "contacts_2024-03_v2.csv", "responses_2024-03.csv")

    def fill(self, home):
        for i, name in enumerate(self.NAMES[:3]):
            home.contacts(name, salt=i)
        home.responses(self.NAMES[3])
        home.put("notulen.txt", b"x")

    def test_deliveries_are_ordered_by_month_and_natural_name(self, home):
        self.fill(home)
        assert [d.file_name for d in home.take()] == [
            "contacts_2024-03_v2.csv",
            "contacts_2024-03_v10.csv",
            "responses_2024-03.csv",
            "contacts_2024-04.csv",
            "notulen.txt",
        ]
        assert [d.sequence for d in home.take()] == [1, 2, 3, 4, 5]

    def test_times_of_files_do_not_matter(self, home):
        self.fill(home)
        before = home.take()
        for i, path in enumerate(random.Random(1).sample(sorted(home.inbox.iterdir()), 5)):
            os.utime(path, (1000 + i, 1000 + i))
        assert home.take() == before

    def test_taking_months_one_by_one_is_taking_all(self, home, tmp_path):
        self.fill(home)
        home.contacts("contacts_2024-04_again.csv", salt=2)  # the bytes of contacts_2024-03_v2.csv
        apart = [home.take(month={month}) for month in (APRIL, MARCH)]
        whole = home.take()
        assert apart[0] == [d for d in whole if d.month == APRIL]
        assert apart[1] == [d for d in whole if d.month == MARCH]
        assert only(apart[0], "contacts_2024-04_again.csv").status == "repeat"

    def test_takes_of_several_months_become_one_series(self, home):
        self.fill(home)
        whole = [d for d in home.take() if d.month is not None]
        apart = [*home.take(month={APRIL}), *home.take(month={MARCH})]
        assert in_order(apart) == whole
        home.contacts("contacts_2024-01.csv", salt=9)
        early = home.take(month={dt.date(2024, 1, 1)})
        assert in_order([*apart, *early]) == [d for d in home.take() if d.month is not None]

    def test_one_month_reads_nothing_of_another(self, home):
        self.fill(home)
        home.take(month={APRIL})
        assert len(home.raw_files()) == 1

    def test_hidden_files_folders_and_unfinished_copies_are_left_alone(self, home):
        for name in (".DS_Store", "contacts_2024-03.csv.part", "contacts_2024-03.tmp", "~$contacts_2024-03.xlsx"):
            home.put(name, b"x")
        (home.inbox / "contacts_2024-03").mkdir()
        assert home.take() == []

    def test_an_inbox_that_is_not_there_is_empty(self, home):
        home.inbox.rmdir()
        assert home.take() == []

    def test_capitals_in_a_file_name_do_not_matter(self, home):
        home.contacts("Contacts_2024-03.CSV")
        assert home.take()[0].status == "taken"


class TestRepeats:
    def test_the_same_bytes_again_change_nothing(self, home):
        home.contacts()
        (home.inbox / "contacts_2024-03 (1).csv").write_bytes((home.inbox / "contacts_2024-03.csv").read_bytes())
        first, second = home.take()
        assert (first.status, second.status) == ("taken", "repeat")
        assert second.rows_read == 0
        assert "contacts_2024-03" in second.message
        assert len(home.raw_files()) == 1

    def test_taking_again_reads_nothing_again(self, home, monkeypatch):
        home.contacts()
        home.responses()
        before = home.take()
        monkeypatch.setattr(intake.importers, "open_file", lambda *_: pytest.fail("read again"))
        assert home.take() == before

    def test_a_refused_file_is_no_original(self, home):
        content = b"a;b\n1;2\n"
        home.put("contacts_2024-03_a.csv", content)
        home.put("contacts_2024-03_b.csv", content)
        assert [d.status for d in home.take()] == ["refused", "refused"]


class TestKnown:
    def test_clearing_the_inbox_is_not_withdrawing_data(self, home):
        path = home.contacts()
        home.responses()
        before = home.take()
        path.unlink()
        assert home.take(known=before) == before
        assert [d.file_name for d in home.take()] == ["responses_2024-03.csv"]

    def test_a_repeat_does_not_hide_what_it_repeats(self, home):
        path = home.contacts()
        home.contacts("contacts_2024-03_again.csv")
        before = home.take()
        for file in home.inbox.iterdir():
            file.unlink()
        (kept,) = home.take(known=before)
        assert (kept.file_name, kept.status) == (path.name, "taken")

    def test_a_file_that_was_replaced_or_renamed_is_not_there_twice(self, home):
        old = home.contacts()
        before = home.take()
        old.rename(home.inbox / "contacts_2024-04.csv")
        (moved,) = home.take(known=before)
        assert (moved.month, moved.delivery_id) == (APRIL, before[0].delivery_id)
        home.contacts("contacts_2024-04.csv", rows=7)
        (replaced,) = home.take(known=[moved])
        assert replaced.rows_read == 7

    def test_without_its_raw_file_it_is_gone(self, home):
        home.contacts().rename(home.inbox / "contacts_2024-03_x.csv")
        before = home.take()
        (home.inbox / "contacts_2024-03_x.csv").unlink()
        Path(before[0].path).unlink()
        assert home.take(known=before) == []


class TestWholeOrNothing:
    def test_a_raw_file_that_was_damaged_is_made_again(self, home):
        home.contacts()
        (delivery,) = home.take()
        whole = Path(delivery.path).read_bytes()
        Path(delivery.path).write_bytes(whole[: len(whole) // 2])
        assert home.take() == [delivery]
        assert Path(delivery.path).read_bytes() == whole

    def test_a_run_killed_while_writing_leaves_no_half_file(self, home):
        path = home.contacts(rows=3)
        target = home.raw / "contacts" / "half.parquet"
        target.parent.mkdir(parents=True)
        script = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from assets.importers import open_file\n"
            "from assets.importers.raw_file import write_raw\n"
            "from expectations.model import Source\n"
            "source = Source(name='s', kind='contacts', files='*')\n"
            "reading = open_file(Path(sys.argv[1]), source, Path(sys.argv[2] + '.scratch'))\n"
            "def rows(batches=reading.rows):\n"
            "    yield from batches\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
            "reading.rows = rows()\n"
            "write_raw(reading, Path(sys.argv[2]), 'half', 'o', 'f')\n"
        )
        command = [sys.executable, "-c", script, str(path), str(target)]
        done = subprocess.run(command, check=False, cwd=Path(__file__).parents[3])
        assert done.returncode < 0
        assert not target.exists()
        assert len(home.raw_files()) == 1  # the unfinished one
        (delivery,) = home.take()
        assert home.raw_files() == [f"contacts/{delivery.delivery_id}.parquet"]

    def test_what_another_run_is_writing_is_left_alone(self, home):
        busy = home.raw / "contacts" / f".x.parquet.{os.getppid()}.unfinished"
        busy.parent.mkdir(parents=True)
        busy.write_bytes(b"x")
        raw_file.remove_unfinished(home.raw)
        assert busy.exists()

    def test_a_refusal_halfway_leaves_nothing(self, home):
        rows = "\n".join(";".join(["x"] * len(CONTACT_COLUMNS)) for _ in range(60_000))
        home.put("contacts_2024-03.csv", f"{';'.join(CONTACT_COLUMNS)}\n{rows}\nte;kort\n".encode())
        (refused,) = home.take()
        assert (refused.reason, home.raw_files()) == ("ragged_row", [])
        assert "rij 60001 (" in refused.message

    def test_a_copy_in_another_encoding_is_removed(self, home):
        home.contacts(encoding="utf-16")
        (delivery,) = home.take()
        assert delivery.encoding == "utf-16-le"
        assert len(home.raw_files()) == 1

    def test_a_file_that_grows_while_it_is_read_is_refused(self, home, monkeypatch):
        path = home.contacts()
        opened = intake.importers.open_file

        def grow(*args):
            with path.open("a") as file:
                file.write("nog een rij")
            return opened(*args)

        monkeypatch.setattr(intake.importers, "open_file", grow)
        (refused,) = home.take()
        assert refused.status == "refused"
        assert home.raw_files() == []

    def test_a_file_that_cannot_be_opened_is_refused(self, home, monkeypatch):
        home.contacts()
        home.responses()

        def refuse(file, algorithm):
            if "contacts" in file.name:
                raise PermissionError(13, "Permission denied")
            return real(file, algorithm)

        real = intake.hashlib.file_digest
        monkeypatch.setattr(intake.hashlib, "file_digest", refuse)
        deliveries = home.take()
        assert only(deliveries, "contacts_2024-03.csv").reason == "unreadable"
        assert only(deliveries, "responses_2024-03.csv").status == "taken"


def test_the_table_of_deliveries_comes_back_as_deliveries(home):
    home.contacts()
    home.contacts("contacts_2024-03_again.csv")
    home.put("contacts_2024-05.csv", b"")
    home.put("zomaar.csv", b"x")
    deliveries = home.take()
    table = deliveries_table(reversed(deliveries))
    assert table.column("status").to_pylist() == ["taken", "repeat", "refused", "refused"]
    assert "path" not in table.column_names
    assert str(home.raw) not in json.dumps(table.to_pylist(), default=str)
    assert deliveries_of(table, home.raw) == deliveries


def test_two_takes_write_the_same_bytes(home):
    home.contacts(rows=1000)
    (delivery,) = home.take()
    first = Path(delivery.path).read_bytes()
    Path(delivery.path).unlink()
    home.take()
    assert Path(delivery.path).read_bytes() == first
    assert pq.read_metadata(delivery.path).num_rows == 1000


def test_two_sources_with_one_pattern_are_told_apart_by_format_and_columns(home, survey):
    wide = survey.sources[0].model_copy(update={"name": "wide", "fields": {}})
    sheets = survey.sources[0].model_copy(update={"name": "sheets", "format": "xlsx"})
    both = survey.model_copy(update={"sources": (sheets, wide, survey.sources[0])})
    home.contacts()
    assert home.take(survey=both)[0].source == "contacts"
    assert home.raw_files() == [f"contacts/{home.take(survey=both)[0].delivery_id}.parquet"]
