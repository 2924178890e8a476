"""One set of answers, fifteen ways to write it: the same staging tables, cell by cell.

Texts are as hostile as people and tools make them: quotes, line ends, delimiters, formulas, HTML, right-to-left,
emoji, "NA", leading zeros, numbers as text, very long ones. What is compared is everything the row rules make of a
delivery (types, faults, flags, hashes of rows) and what becomes of every row.

What a format cannot carry is not in the texts; the writers refuse it, or it never was a text in that format:

* NUL: no text in any tool. CSV and Parquet could hold it, and the intake refuses them then.
* Control characters (but tab and line ends), U+FFFE and U+FFFF: not in XML 1.0, so not in xlsx and ods.
* Lone surrogates: not in UTF-8, so not in any of them.
* A line end in an ods cell is a paragraph, so a carriage return becomes a line feed: none in the texts.
* More than 2045 bytes: not in a Stata text variable; more than 32767 characters: not in a cell of Excel.
* Blanks at the end: SPSS pads with them. They are no part of an answer in any format.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.resources import House, contract_at
from tests.pipeline.small_police import AS_OF, small_contract
from tests.torture.dialects import DIALECTS
from tests.torture.valid import Table, valid_tables
from tests.torture.without_dagster import build

MONTH = "2025-08"
NAMES = list(DIALECTS)
OF_THE_DELIVERY = {"delivery_id", "sequence"}
NASTY = (
    'Zij zei: "bel terug"', '"', '""', "'", ";", ",", "\t", "|", "regel 1\nregel 2", "\n", "NA", "n.v.t.", "NULL",
    "nan", "None", "0012", "1e5", "4.0", "4,0", "-0", "+31 6", "=1+1", '=HYPERLINK("http://x","y")', "@SUM(A1)",
    "TRUE", "<b>&amp;</b>", "</text:p>", "<!--", "]]>", "&#10;", "_x000D_", "_x0041_", "\\", "\\N", "%s{0}", "שלום",
    "مرحبا ١٢٣", "\u202eabc", "👩\u200d👧", "e\u0301", "ﬁ", "İ", "\u2028", "\u0085", "\u00a0", "\ufeff", "\u200b",
    "2025-02-30", "sep=;", "25-08-2025", "#N/A", "  twee  spaties  ", "x" * 2000, "é" * 900,
)  # fmt: skip
LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(LETTERS, max_size=40),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map(lambda parts: " ".join(parts)[:600]),
)
ODD_IDS = ("0012", "NA", "é", "=1", "1e5", "١٢", "a;b", 'q"', "x\ny", "#", "4.0.")


class Delivery(dict[str, Table]):
    """The tables of a delivery; its cells are not printed when a test fails."""

    def __repr__(self) -> str:
        return "a hostile delivery"


@st.composite
def hostile(draw: st.DrawFn, valid: dict[str, Table]) -> Delivery:
    """A valid delivery with hostile texts, odd ids, and some cells that break a rule."""
    contacts, answers = valid["contacts"], valid["responses"]
    for row in range(len(answers.rows)):
        for name in ("went_well", "could_be_better"):
            answers = answers.at(row, answers.column(name), draw(TEXT))
    for row in draw(st.sets(st.integers(0, len(answers.rows) - 1), max_size=6)):
        odd = f"{row}{draw(st.sampled_from(ODD_IDS))}"
        contacts = contacts.at(row, contacts.column("contact_id"), odd)
        answers = answers.at(row, answers.column("contact_id"), odd)
        answers = answers.at(row, answers.column("response_id"), "r" + odd)
    for row in draw(st.sets(st.integers(0, len(answers.rows) - 1), max_size=4)):
        name = draw(st.sampled_from(["satisfaction", "mark", "need", "response_date", "contact_id"]))
        answers = answers.at(row, answers.column(name), draw(st.sampled_from(["", "99", "NA", "onzin", "2031-01-01"])))
    for row in draw(st.sets(st.integers(0, len(contacts.rows) - 1), max_size=4)):
        name = draw(st.sampled_from(["channel", "team", "contact_date", "person_id", "age_band"]))
        contacts = contacts.at(row, contacts.column(name), draw(TEXT))
    return Delivery(contacts=contacts, responses=answers)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A home with a contract in which a second file of a month only adds: every dialect may stand beside the others."""
    folder = tmp_path_factory.mktemp("template")
    survey = small_contract(folder)
    house = House(home=str(folder / "home"), survey=str(survey), as_of=AS_OF.isoformat())
    house.inbox.mkdir(parents=True)
    build(house, "raw", "reference", "staging")
    return house


def staged(template: House, folder: Path, names: list[str], tables: dict[str, Table]) -> House:
    """A home that took a delivery in these dialects."""
    shutil.rmtree(folder, ignore_errors=True)
    house = House(home=str(shutil.copytree(template.root, folder)), survey=template.survey, as_of=template.as_of)
    for name in names:
        for kind, table in tables.items():
            dialect = DIALECTS[name]
            path = house.inbox / f"{kind}_{MONTH}_{NAMES.index(name):02d}.{dialect.suffix}"
            path.write_bytes(dialect.write(table))
    build(house, "raw", "staging")
    return house


def content(house: House, table: str) -> dict[str, list[dict[str, Any]]]:
    """Rows per dialect, in the order of the file, without what names the delivery."""
    rows = house.warehouse.read(
        f"select d.file_name, t.* from staging.{table} as t inner join raw.deliveries as d "
        "on t.delivery_id = d.delivery_id order by d.file_name, t.row_number"
    ).to_pylist()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        name = NAMES[int(row.pop("file_name").rpartition("_")[2][:2])]
        found.setdefault(name, []).append({k: v for k, v in row.items() if k not in OF_THE_DELIVERY})
    return found


def refusals(house: House) -> list[str]:
    rows = house.warehouse.read("select file_name, message from raw.deliveries where status <> 'taken'").to_pylist()
    return [f"{row['file_name']}: {row['message']}" for row in rows]


@pytest.fixture(scope="module")
def survey_tables(template: House) -> dict[str, Table]:
    return valid_tables(contract_at(Path(template.survey)), MONTH)


@pytest.mark.slow
def test_typed_rows_are_the_same_in_every_format(
    template: House, survey_tables: dict[str, Table], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("formats") / "home"
    seen: Counter[str] = Counter()
    texts: set[str | None] = set()

    # No shrinking: what differs is told by row and column, and every example costs a second.
    @settings(
        max_examples=6,
        phases=[Phase.generate],
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile(survey_tables))
    def every_dialect_agrees(tables: Delivery) -> None:
        house = staged(template, folder, NAMES, tables)
        assert refusals(house) == []
        for name in ("contact_rows", "response_rows"):
            found = content(house, name)
            assert list(found) == NAMES
            texts.update(row.get("went_well") for row in found["csv"])
            for dialect in NAMES[1:]:
                differences = [
                    (number, column, row[column], other[column])
                    for number, (row, other) in enumerate(zip(found["csv"], found[dialect], strict=True), start=1)
                    for column in row
                    if row[column] != other[column]
                ]
                assert not differences, f"{dialect}, {name}: {differences[:4]}"
                seen[dialect] += len(found[dialect])

    every_dialect_agrees()
    assert min(seen.values()) >= 300 and len(texts) >= 50  # a property over nothing proves nothing


def test_what_becomes_of_rows_is_the_same_in_every_format(
    template: House, survey_tables: dict[str, Table], tmp_path: Path
) -> None:
    """Copies, conflicting copies, an unknown contact, a fault: each format alone in a home, with the same fates."""
    answers, contacts = survey_tables["responses"], survey_tables["contacts"]
    answers = answers.at(1, answers.column("contact_id"), "onbekend").at(5, answers.column("mark"), "11")
    answers = Table(answers.header, (*answers.rows, answers.rows[7], answers.rows[8]))
    answers = answers.at(len(answers.rows) - 1, answers.column("went_well"), "iets anders\nop twee regels")
    tables = {"contacts": contacts.at(3, contacts.column("channel"), "postduif"), "responses": answers}

    fates = {}
    for dialect in (
        "csv",
        "xlsx, typed",
        "ods",
        "sav, typed and compressed",
        "dta",
        "parquet, typed",
        "jsonl, typed",
        "zip",
    ):
        house = staged(template, tmp_path / "home", [dialect], tables)
        # pseudonyms differ from home to home only by their key, which a copy of a home shares
        fates[dialect] = {name: content(house, name)[dialect] for name in ("contact_versions", "response_versions")}

    assert {row["status"] for row in fates["csv"]["response_versions"]} == {"accepted", "superseded", "quarantined"}
    for dialect, fate in fates.items():
        assert fate == fates["csv"], dialect
