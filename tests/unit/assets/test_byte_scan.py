"""The scan of every byte can fail: hidden numbers and personal data planted in every kind of file are found and named.

A finding names file, kind and place; never the value.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.byte_scan import Closed, make_closed, scan_release
from assets.byte_scan_tables import Finding, HiddenCells, scan_tables
from tests.unit.assets.release_folder import (
    HIDDEN,
    PSEUDONYM,
    RESPONSE,
    SAID,
    TEAM,
    hashed_data,
    into,
    make_release,
    pdf,
    rows_to,
    save,
)

CANARY = "KANARIE-77-zonnebloem"
NUMBER = "hidden cell with a number"
WORDS = "words of a respondent"
Scan = Callable[[], list[tuple[str, str]]]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_release(hashed_data(), tmp_path_factory.mktemp("bytes") / "release")
    for folder in ("districts", "units", "national", "assets", *(f"teams/T{n}" for n in range(2, 7))):
        shutil.rmtree(root / folder)  # one page is enough here
    return root


@pytest.fixture
def release(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "release"))


@pytest.fixture
def closed() -> Closed:
    ids = [("response_id as delivered", RESPONSE), ("response_id", PSEUDONYM), ("contact_id", "1234")]
    return make_closed(ids, [SAID, "Prima!", "niet van toepassing"], ["keuze: niet van toepassing"], [CANARY])


def told(release: Path, closed: Closed) -> set[tuple[str, str]]:
    found = scan_release(release, closed, [10])
    said = " ".join(map(str, found))
    for secret in (RESPONSE, PSEUDONYM, SAID, CANARY, "zonnebloem"):
        assert secret not in said, "a finding repeats what it found"
    return {(f.file.removeprefix(f"{TEAM}/"), f.kind) for f in found}


def test_a_release_as_it_should_be_has_no_finding(clean: Path, closed: Closed) -> None:
    assert scan_release(clean, closed, [10]) == []


def test_a_hidden_number_is_found_in_every_kind_of_file(release: Path, closed: Closed) -> None:
    team = release / TEAM
    into(team / "index.html", "</main>", f'<p data-figure-id="{HIDDEN}" data-n="7">–</p></main>')
    into(team / "index.html", "<main", f'<p data-figure-id="{HIDDEN}">–<b>64%</b></p><main')
    described = json.dumps({"figure_id": HIDDEN, "values": {"n": 7}})
    into(team / "index.html", "</footer>", f'</footer><script type="application/json">{described}</script>')
    (team / "a.json").write_text(json.dumps({HIDDEN: {"estimate": 0.64}}), "utf-8")
    (team / "b.json").write_text(json.dumps([{"id": HIDDEN, "said": "7 mensen antwoordden"}]), "utf-8")
    (team / "a.js").write_text(f'herkomst("ab", {json.dumps({HIDDEN: ["71%"]})});', "utf-8")
    (team / "a-704.svg").write_text(f'<svg><g id="{HIDDEN}"><text>64%</text></g></svg>', "utf-8")
    rows_to(team / "list.csv", [("figure_id", "n"), (HIDDEN, 7)])
    book = openpyxl.Workbook()
    book.active.append([HIDDEN, 7])
    book.save(team / "list.xlsx")
    (team / "rapport.pdf").write_bytes(pdf("Onder de tien", "8642 mensen"))
    assert told(release, closed) == {
        ("index.html", NUMBER),
        ("a.json", NUMBER),
        ("b.json", NUMBER),
        ("a.js", NUMBER),
        ("a-704.svg", NUMBER),
        ("list.csv", NUMBER),
        ("list.xlsx", NUMBER),
        ("rapport.pdf", "number that is not on the page"),
    }
    places = {f.place for f in scan_release(release, closed, [10]) if f.file == f"{TEAM}/index.html"}
    assert {place.split(" ", 1)[1] for place in places if ":" in place} == {"<p data-n>", "<b>"}
    assert "script.values.n" in places


def test_why_a_figure_is_hidden_may_be_said(release: Path, closed: Closed) -> None:
    """A threshold in a sentence is no number of the cell; the same digits alone are."""
    why = f'<p data-figure-id="{HIDDEN}" title="Minder dan 10 mensen">–</p>'
    into(release / TEAM / "index.html", "</main>", why + "</main>")
    facts = {"figure_id": HIDDEN, "area": "RE01-D1-T1", "period": "2026-07-01", "why": "Minder dan 10 mensen"}
    (release / TEAM / "a.json").write_text(json.dumps(facts), "utf-8")
    assert told(release, closed) == set()
    (release / TEAM / "b.json").write_text(json.dumps({"figure_id": HIDDEN, "n": "10"}), "utf-8")
    assert told(release, closed) == {("b.json", NUMBER)}


@pytest.mark.parametrize(
    ("entry", "lines", "told_of"),
    [
        ({"w": 0, "c": 0, "h": 1}, ["Gebied", "Sneek"], set()),
        ({"w": 0, "c": 0, "h": 1}, ["Kanaal", "112"], set()),
        ({"w": 0, "c": 0, "h": 1}, ["Antwoorden", "7"], {("herkomst/gegevens/9f.js", NUMBER)}),
        ({"w": 0, "h": 1, "n": 0}, ["Gebied", "Sneek"], {("herkomst/gegevens/9f.js", NUMBER)}),
        ({"w": 0, "h": 7}, ["Gebied", "Sneek"], {("herkomst/gegevens/9f.js", NUMBER)}),
        ({"w": 0, "c": 7, "h": 1}, ["Gebied", "Sneek"], {("herkomst/gegevens/9f.js", NUMBER)}),
    ],
)
def test_where_a_hidden_figure_comes_from_is_told_without_numbers(
    entry: dict[str, int], lines: list[str], told_of: set[tuple[str, str]], release: Path, closed: Closed
) -> None:
    save(release, "channels", pd.DataFrame({"channel": ["tel_112"], "label": ["112"]}))
    folder = release / "herkomst" / "gegevens"
    folder.mkdir(parents=True)
    basis = {
        "lines": [lines],
        "places": [[0]],
        "decisions": ["Verborgen: minder dan 10"],
        "definitions": [],
        "spans": [],
    }
    (folder / "basis.js").write_text(f"herkomst.basis({json.dumps(basis)});", "utf-8")
    (folder / "9f.js").write_text(f'herkomst.deel("9f",{json.dumps({HIDDEN: entry})});', "utf-8")
    assert told(release, closed) == told_of


def rewritten(release: Path, kind: str, column: str) -> None:
    """Give the hidden figure a number in one of its two tables."""
    path = release / f"tables/estimates.{kind}"
    aside = path.with_name("aside")
    read = "read_parquet" if kind == "parquet" else "read_csv"
    with duckdb.connect() as connection:
        connection.execute(
            f'copy (select * replace (case when figure_id = \'{HIDDEN}\' then 7 else "{column}" end as "{column}") '
            f"from {read}('{path.as_posix()}')) to '{aside.as_posix()}' (format {kind})"
        )
    aside.rename(path)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("column", ["n", "estimate"])
def test_a_hidden_number_in_a_table_is_found(kind: str, column: str, release: Path, closed: Closed) -> None:
    rewritten(release, kind, column)
    (finding,) = scan_release(release, closed)
    assert (finding.file, finding.kind) == (f"tables/estimates.{kind}", NUMBER)
    assert finding.place.startswith(f"column {column}, row ") and finding.place.endswith("1 row(s)")


def cell_of_the_hidden_figure(release: Path) -> dict[str, object]:
    columns = 'level, area_code, target_group, channel, item, measure, "window", period_start, period_end'
    with duckdb.connect() as connection:
        path = (release / "tables/estimates.parquet").as_posix()
        table = connection.execute(f"select {columns} from read_parquet('{path}') where figure_id = '{HIDDEN}'")
        return dict(zip([c[0] for c in table.description], table.fetchall()[0], strict=True))


def derived(release: Path) -> Iterator[tuple[str, dict[str, object], str]]:
    """Tables that follow from estimates, each with one row about the hidden cell and one number too many."""
    cell = cell_of_the_hidden_figure(release)
    plain = {k: v for k, v in cell.items() if k not in {"target_group", "channel"}}
    other = {"figure_id": "f" * 16}
    nation = {"against": "nation", "reference_figure_id": "e" * 16}
    yield "comparisons", {**cell, **nation, "figure_id": HIDDEN, "estimate": 0.7}, "estimate"
    against = {**cell, **nation, **other, "item": "another", "reference_figure_id": HIDDEN}
    yield "comparisons", {**against, "reference_estimate": 0.7}, "reference_estimate"
    yield "comparisons", {**against, "difference": 0.1}, "difference"
    yield "adjusted", {**cell, **other, "estimate_adjusted": 0.7}, "estimate_adjusted"  # by its place
    group = {**plain, **other, "dimension": "target_group", "category": cell["target_group"]}
    yield "group_gaps", {**group, "estimate": 0.7}, "estimate"
    yield (
        "group_gaps",
        {**group, "category": "x", "other_category": cell["target_group"], "difference": 0.1},
        "difference",
    )
    yield "response", {"level": "team", "status": "hidden", "n": 7}, "n"
    yield "verdicts", {"figure_id": HIDDEN, "rule_id": "funnel.differs", "inputs": '{"least_answers":50,"n":7}'}, "n,"
    yield "rungs", {**plain, "figure_id": HIDDEN, "estimate": 0.7}, "estimate"


def test_a_hidden_number_in_a_derived_table_is_found(release: Path) -> None:
    for name, row, column in derived(release):
        save(release, name, pd.DataFrame([row]))
        with duckdb.connect() as connection:
            hidden = HiddenCells(connection, release / "tables/estimates.parquet")
            found = list(scan_tables(release, hidden))
        assert {(f.file, f.kind) for f in found} == {(f"tables/{name}.{k}", NUMBER) for k in ("parquet", "csv")}, name
        assert all(column in f.place for f in found)
        for kind in ("parquet", "csv"):
            (release / f"tables/{name}.{kind}").unlink()


def test_inputs_of_a_rule_against_a_hidden_figure_are_held_back(release: Path, closed: Closed) -> None:
    row = {"figure_id": "f" * 16, "against": "nation", "reference_figure_id": HIDDEN}
    save(release, "comparisons", pd.DataFrame([row]))
    verdict = {"figure_id": "f" * 16, "rule_id": "funnel.differs", "inputs": '{"n":80,"reference_n":7}'}
    save(release, "verdicts", pd.DataFrame([verdict]))
    found = scan_release(release, closed)
    assert {f.kind for f in found} == {"hidden reference with a number"}
    assert all("reference_n" in f.place for f in found)


def test_a_statistic_without_its_value_is_found(release: Path, closed: Closed) -> None:
    """The rows are blank and the bounds of the row group still tell the number."""
    path = release / "tables/adjusted.parquet"
    pq.write_table(pa.table({"n": pa.array([8, 12], pa.int64())}), path, compression="none", use_dictionary=False)
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    seven, eight = (7).to_bytes(8, "little"), (8).to_bytes(8, "little")
    assert eight in content[footer:]
    path.write_bytes(content[:footer] + content[footer:].replace(eight, seven))
    assert pq.read_table(path)["n"].to_pylist() == [8, 12]
    found = scan_release(release, closed)
    assert [(f.file, f.kind) for f in found] == [("tables/adjusted.parquet", "statistic that its rows do not bear out")]


@pytest.mark.parametrize("lowest", ["", "Basisteam"])
def test_a_long_text_whose_bound_was_shortened_is_no_finding_and_another_text_is(
    release: Path, closed: Closed, lowest: str
) -> None:
    path, longest = release / "tables/places.parquet", "Zwolle " * 40
    texts = pa.table({"place": [lowest, longest]})
    duckdb.from_arrow(texts).write_parquet(str(path))
    assert scan_release(release, closed) == []
    pq.write_table(texts, path, compression="none", use_dictionary=False)
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    path.write_bytes(content[:footer] + content[footer:].replace(b"Zwolle", b"Zwalle"))
    assert {f.kind for f in scan_release(release, closed)} >= {"statistic that its rows do not bear out"}


PERSONAL = {
    RESPONSE: "response_id as delivered",
    PSEUDONYM: "response_id",
    SAID: WORDS,
    SAID[18:60]: WORDS,
    CANARY: "canary 1",
}


@pytest.mark.parametrize("secret", PERSONAL, ids=["id", "pseudonym", "text", "part of a text", "canary"])
def test_personal_data_is_found_in_every_kind_of_file(secret: str, release: Path, closed: Closed) -> None:
    team, kind = release / TEAM, PERSONAL[secret]
    plants: dict[str, Callable[[Path], object]] = {
        "a.html": lambda p: p.write_text(f'<p title="{secret}">x</p>', "utf-8"),
        "b.html": lambda p: p.write_text(f"<p><!-- {secret} --></p>", "utf-8"),
        "a.json": lambda p: p.write_text(json.dumps({"a": [secret]}), "utf-8"),
        "a.js": lambda p: p.write_text(f"const a = '{secret}';", "utf-8"),
        "a-704.svg": lambda p: p.write_text(f"<svg><text>{secret}</text></svg>", "utf-8"),
        "a.csv": lambda p: rows_to(p, [("a", "b"), ("1", secret)]),
        "rapport.pdf": lambda p: p.write_bytes(pdf("Titel", secret)),
    }
    for name, plant in plants.items():
        plant(team / name)
    save(release, "quality", pd.DataFrame({"rule_id": ["x"], "reason": [f"Kolom: {secret}"]}))
    save(release, "quarantine", pd.DataFrame({"rule_id": [secret], "reason": ["x"]}))

    found = {(file, what) for file, what in told(release, closed) if what == kind}

    tables = {f"tables/{name}.{k}" for name in ("quality", "quarantine") for k in ("parquet", "csv")}
    assert found == {(file, kind) for file in {*plants, *tables}}


def test_personal_data_in_the_metadata_of_a_table_is_found(release: Path, closed: Closed) -> None:
    path = release / "tables/quality.parquet"
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({"note": f"van {RESPONSE}"}), path)
    assert told(release, closed) == {("tables/quality.parquet", "response_id as delivered")}


def test_what_cannot_be_read_to_its_last_byte_stops_the_release(release: Path, closed: Closed) -> None:
    for name, content in (("a.bin", b"x"), ("a.json", b"{"), ("a.txt", b"\xff\xfe"), ("rapport.pdf", b"%PDF-1.7")):
        (release / TEAM / name).write_bytes(content)
    (release / "tables/adjusted.parquet").write_bytes(b"PAR1 and no more")
    unreadable = "cannot be read to its last byte"
    assert told(release, closed) == {
        *((name, unreadable) for name in ("a.bin", "a.json", "a.txt", "rapport.pdf")),
        ("tables/adjusted.parquet", unreadable),
    }
    (release / "tables/estimates.parquet").unlink()
    assert [f.kind for f in scan_release(release, closed)] == ["cannot be read: what is hidden is unknown"]


def test_words_of_the_contract_tell_of_nobody(closed: Closed) -> None:
    assert not closed.has_run("Dit is niet van toepassing hier")
    assert not closed.has_run("Prima!")
    assert closed.has_run(f"Iemand zei: {SAID[3:]}")


def test_a_finding_reads_as_a_line() -> None:
    assert str(Finding("a.html", NUMBER, "3:1 <p>")) == "a.html: hidden cell with a number (3:1 <p>)"
