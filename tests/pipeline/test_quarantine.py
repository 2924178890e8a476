"""The analyst's loop: see what is held back, repair the contract or the row, and watch the count go to zero."""

from __future__ import annotations

import csv
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from assets.resources import contract_at
from expectations.load import load_survey

from .command import Done, politiemonitor
from .small_police import AS_OF, contacts, edit, responses, small_contract, write_csv

MONTH = "2025-09"
REGISTER, ANSWERS = f"contacts_{MONTH}.csv", f"responses_{MONTH}.csv"
SPELLED, NO_ID, FUTURE = range(3), 3, 4  # rows of the register
MARKS, COPIES = (10, 11), (20, 21)  # rows of the answers
FORMULA = "=HYPERLINK(1)"


@dataclass
class Loop:
    """A home with rows that are held back, and what was there before somebody spoilt it."""

    home: Path
    survey: Path
    true_id: str
    true_response: str

    def quarantine(self, *arguments: object) -> Done:
        done = politiemonitor("quarantine", *arguments, "--home", self.home)
        assert "Traceback" not in done.out + done.err
        return done

    def held(self) -> dict[tuple[str, str], int]:
        record = self.quarantine("list", "--json").record
        return {(g["file_name"], g["rule_id"]): g["rows"] for g in record["groups"]}

    def run(self) -> None:
        contract_at.cache_clear()  # a command of a person is a process of its own, which reads the contract anew
        done = politiemonitor("run", "--home", self.home)
        assert done.code == 0, done.err

    def accounts(self) -> dict[str, dict[str, Any]]:
        found = politiemonitor("status", "--home", self.home, "--json").record["deliveries"]
        return {row["file_name"]: row for row in found}


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """A month in which rows of the register and of the answers are held back."""
    folder = tmp_path_factory.mktemp("loop")
    survey, home = small_contract(folder), folder / "home"
    (home / "inbox").mkdir(parents=True)
    register = contacts(MONTH)
    answers = responses(register, load_survey(survey))
    true_id, true_response = register.loc[NO_ID, "contact_id"], answers.loc[COPIES[1], "response_id"]
    register.loc[list(SPELLED), "channel"] = "Postduif"
    register.loc[NO_ID, ["contact_id", "person_id"]] = ["", FORMULA]
    register.loc[FUTURE, ["contact_date", "invitation_date"]] = ["2031-01-01", ""]
    answers.loc[list(MARKS), "mark"] = "11"
    answers.loc[COPIES[1], "response_id"] = answers.loc[COPIES[0], "response_id"]
    write_csv(register, home / "inbox" / REGISTER)
    write_csv(answers, home / "inbox" / ANSWERS)
    done = politiemonitor("run", "--home", home, "--survey", survey, "--as-of", AS_OF)
    assert done.code == 0, done.err
    return Loop(home, survey, str(true_id), str(true_response))


def test_list_and_show_say_what_is_held_back_and_nothing_personal(loop: Loop) -> None:
    assert loop.held() == {
        (REGISTER, "channel.unknown_code"): 3,
        (REGISTER, "contact_id.required"): 1,
        (REGISTER, "contact_date.future"): 1,
        (ANSWERS, "contact_id.unknown_contact"): 5,
        (ANSWERS, "mark.out_of_range"): 2,
        (ANSWERS, "response_id.conflicting_copies"): 2,
    }
    listed = loop.quarantine("list")
    assert f"{REGISTER}: 3 x channel.unknown_code (rows 1, 2, 3)" in listed.out
    assert "14 rows are held back." in listed.out

    one = loop.quarantine("show", "--file", REGISTER, "--row", 1)
    assert "channel.unknown_code" in one.out and "'Postduif'" in one.out and "schrijfwijze" in one.out
    personal = loop.quarantine("show", "--rule", "contact_id", "--json")
    assert len(personal.record["shown"]) == 6
    assert {r["value"] for row in personal.record["shown"] for r in row["reasons"]} == {None}
    assert loop.true_id not in listed.out + personal.out and FORMULA not in listed.out + personal.out
    assert loop.quarantine("show", "--limit", 2, "--json").record["rows"] == 14


def test_an_export_does_not_go_where_it_would_be_published(loop: Loop, tmp_path: Path) -> None:
    for place in ("releases/held.csv", "releases/current/held.csv", "inbox/held.csv"):
        refused = loop.quarantine("export", "--to", loop.home / place)
        assert refused.code == 2 and not (loop.home / place).exists()
    assert loop.quarantine("export", "--to", tmp_path / "held.docx").code == 2
    assert loop.quarantine("resubmit", tmp_path / "nothing.csv").code == 2


def test_the_contract_or_the_row_is_repaired_and_the_count_goes_to_zero(loop: Loop, tmp_path: Path) -> None:
    # Repair the contract: the same raw rows are judged again.
    raw = {path: path.stat().st_mtime_ns for path in (loop.home / "warehouse/raw").rglob("*.parquet")}
    edit(loop.survey / "channels.yaml", "spellings: [", "spellings: [Postduif, ")
    loop.run()
    assert {path: path.stat().st_mtime_ns for path in raw} == raw
    assert loop.held() == {
        (REGISTER, "contact_id.required"): 1,
        (REGISTER, "contact_date.future"): 1,
        (ANSWERS, "contact_id.unknown_contact"): 2,  # of those that waited for their contact three count now
        (ANSWERS, "mark.out_of_range"): 2,
        (ANSWERS, "response_id.conflicting_copies"): 2,
    }

    # Take the rest out, one sheet per source.
    sheets = loop.quarantine("export", "--to", tmp_path / "held.csv")
    assert "PERSONAL DATA" in sheets.err
    register, answers = (Path(line) for line in sheets.out.split())
    assert (register.name, answers.name) == ("held-contacts.csv", "held-responses.csv")
    assert stat.S_IMODE(register.stat().st_mode) == 0o600
    assert loop.quarantine("export", "--to", tmp_path / "held.csv").code == 2, "a sheet is never written over"
    book = tmp_path / "answers.xlsx"
    loop.quarantine("export", "--file", ANSWERS, "--to", book)

    # Repair cells: in csv by hand, in xlsx as a spreadsheet does.
    with register.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert rows[0]["person_id"] == f"'{FORMULA}"
    rows[0]["contact_id"], rows[1]["contact_date"] = loop.true_id, f"{MONTH}-10"
    with register.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=",")
        writer.writeheader()
        writer.writerows(rows)
    repaired_in(book, {MARKS[0] + 1: ("mark", 10), MARKS[1] + 1: ("mark", "9")})
    repaired_in(book, {COPIES[1] + 1: ("response_id", loop.true_response)})

    # Bring them back, with an inbox that was cleared meanwhile.
    for path in (loop.home / "inbox").iterdir():
        path.unlink()
    waiting = loop.quarantine("resubmit", book, "--no-run", "--json").record
    assert (waiting["rows"], waiting["unchanged"]) == (3, 3)
    assert waiting["changed_cells"] == {"mark": 2, "response_id": 1}
    assert [Path(p).name for p in waiting["files"]] == [f"responses_{MONTH}_herstel-1.csv"]
    done = loop.quarantine("resubmit", register)
    assert done.code == 0, done.err
    assert f"contacts_{MONTH}_herstel-1.csv" in done.err and "0 are still held back" in done.err

    assert loop.held() == {}
    assert "Nothing is held back." in loop.quarantine("list").out
    files = loop.accounts()
    assert [files[REGISTER][f"rows_{part}"] for part in ("accepted", "superseded", "repaired")] == [238, 2, 2]
    assert [files[ANSWERS][f"rows_{part}"] for part in ("accepted", "superseded", "repaired")] == [117, 3, 3]
    assert files[f"contacts_{MONTH}_herstel-1.csv"]["rows_accepted"] == 2
    assert files[f"responses_{MONTH}_herstel-1.csv"]["rows_accepted"] == 3

    # What was repaired cannot be sent in once more.
    again = loop.quarantine("resubmit", register)
    assert again.code == 1 and "is not held back (any more)" in again.err
    assert loop.true_id not in again.err


def repaired_in(path: Path, cells: dict[int, tuple[str, Any]]) -> None:
    """Change cells of an xlsx sheet, by data record of the delivery."""
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book.active[1]]
    for row in book.active.iter_rows(min_row=2):
        column, value = cells.get(int(row[header.index("_row")].value), (None, None))
        if column is not None:
            row[header.index(column)].value = value
    book.save(path)
