"""Every real file is read as an independent reader does, or refused with file, place and remedy."""

import csv
import datetime as dt
import json
import math
import re
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from assets.importers.refusal import RefusedFile
from tests.contracts import real_files
from tests.contracts.real_files import OUTCOMES, SHARED, Read, Refused
from tests.unit.assets.importers import delivered

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not beside the checkout")

ADDRESS_SPACE = 2 << 30
SURVEY_EXPORTS = [n for n, o in OUTCOMES.items() if isinstance(o, Read) and n.startswith("survey_exports")]
TABULAR = [n for n in SURVEY_EXPORTS if not n.endswith(".sav")]
SPSS = [n for n in SURVEY_EXPORTS if n.endswith(".sav")]
SPECTRUM = [n for n in OUTCOMES if n.endswith(".csv") and n.startswith("bad_input")]
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]")


def test_every_file_has_the_outcome_of_the_table(tmp_path):
    found = {name: real_files.outcome(name, tmp_path / "scratch") for name in real_files.present()}
    for name, outcome in found.items():
        print(f"{name:70} {outcome}")
    assert found == OUTCOMES


def test_all_of_them_are_read_within_two_gigabytes_of_address_space():
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.real_files"],
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {name: repr(outcome) for name, outcome in OUTCOMES.items()}


@pytest.mark.parametrize("name", [n for n, o in OUTCOMES.items() if isinstance(o, Refused)])
def test_a_refusal_names_the_file_and_what_to_do(name, tmp_path):
    with pytest.raises(RefusedFile) as caught:
        real_files.read(name, tmp_path / "scratch")
    assert Path(name).name in caught.value.message
    assert caught.value.position in caught.value.message
    assert len(caught.value.remedy) > 20


def test_the_codebook_is_sent_to_the_command_that_reads_it(tmp_path):
    name = next(n for n in OUTCOMES if n.endswith(".lss"))
    with pytest.raises(RefusedFile, match=r"politiemonitor contract draft limesurvey_survey_987793\.lss"):
        real_files.read(name, tmp_path / "scratch")


@pytest.mark.parametrize("profile", [None, "own"])
@pytest.mark.parametrize("name", TABULAR)
def test_the_cells_of_a_survey_tool_are_what_the_csv_module_reads(name, profile, tmp_path):
    reading, rows = real_files.read(name, tmp_path / "scratch", OUTCOMES[name].profile if profile else None)
    with (SHARED / name).open(encoding=reading.encoding, newline="") as file:
        quoting = csv.QUOTE_NONE if name.endswith(".tsv") else csv.QUOTE_MINIMAL
        expected = [r for r in csv.reader(file, delimiter=reading.delimiter, quoting=quoting) if r]
    heads = {"qualtrics": 3, "surveymonkey": 2} if OUTCOMES[name].recognised else {}
    head = heads.get(reading.profile, 1)
    assert rows == expected[head:]
    assert reading.header_notes == tuple(map(tuple, expected[1:head]))
    if reading.profile is None:
        assert [n for i, n in enumerate(reading.columns, start=1) if i not in reading.nameless] == [
            n for n in expected[0] if n
        ]


@pytest.mark.parametrize("name", TABULAR)
def test_a_profile_gives_every_column_one_name_of_its_own(name, tmp_path):
    reading, _ = real_files.read(name, tmp_path / "scratch", OUTCOMES[name].profile)
    assert len({c.casefold() for c in reading.columns}) == len(reading.columns)
    assert not any("\n" in c or c != c.strip() for c in reading.columns)
    assert set(reading.wordings) <= set(reading.columns)


def test_what_the_profiles_make_of_real_headers(tmp_path):
    def reading(name):
        full = next(n for n in TABULAR if name in n)
        return real_files.read(full, tmp_path / "scratch", OUTCOMES[full].profile)[0]

    lime = reading("2017_us")
    assert lime.columns[1:6] == ("socio1", "edu1", "edu2", "rse1", "rse3[SQ001]")
    assert lime.wordings["currentEmp13[17]"].endswith("(select as many as apply) [Computer Science]")
    assert reading("2016_uk").columns[57] == "skill2-1"
    assert reading("three_header").wordings["RecipientLastName"] == "Nachname des Empfängers"
    monkey = reading("sleeping-alone")
    reasons = "What are the reasons that you sleep in separate beds? Please select all that apply. - "
    assert sum(c.startswith(reasons) for c in monkey.columns) == 11
    assert monkey.columns[:3] == (
        "StartDate",
        "EndDate",
        "Which of the following best describes your current relationship status?",
    )
    assert reading("learning_r").columns[27] == "_column_28"


def shown(value):
    """A value of pyreadstat's own frame as raw text shows it."""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        text = value.isoformat(sep=" ")
        return text.removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


@pytest.mark.parametrize("name", SPSS)
def test_the_values_of_an_spss_file_are_what_another_reading_shows(name, tmp_path):
    reading, rows = real_files.read(name, tmp_path / "scratch")
    _, meta = pyreadstat.read_sav(SHARED / name, metadataonly=True)
    quarters = [kind for kind in meta.original_variable_types.values() if kind.startswith("QYR")]
    frame, _ = pyreadstat.read_sav(SHARED / name, user_missing=True, extra_date_formats=quarters)
    assert reading.columns == tuple(frame.columns)
    for position, column in enumerate(frame.columns):
        assert [row[position] for row in rows] == [shown(v) for v in frame[column].astype(object)], column
    assert set(reading.labels) == set(meta.variable_value_labels)
    labelled = {c: w for c, w in meta.column_names_to_labels.items() if w and w.strip()}
    assert {c: w for c, w in reading.wordings.items() if c in frame.columns} == {
        c: " ".join(w.split()) for c, w in labelled.items()
    }
    dichotomies = {n: tuple(s["variable_list"]) for n, s in meta.mr_sets.items() if s["is_dichotomy"]}
    assert reading.multiple == dichotomies


def test_missing_values_of_the_dutch_format_and_of_ranges_are_declared(tmp_path):
    dutch, _ = real_files.read(next(n for n in SPSS if "burgerpeiling" in n), tmp_path / "scratch")
    assert dutch.missing_codes["wl01"] == ("-1", "88", "99")
    assert dutch.labels["kw"]["1"] == "kwartaal 1"
    assert dutch.multiple["zw05"] == ("zw05_0", "zw05_1", "zw05_2", "zw05_3", "zw05_4")
    assert dutch.counted["zw05"] == "1"
    assert dutch.wordings["zw05"].startswith("In welke van onderstaande verenigingen")
    name = next(n for n in SPSS if "sample_missing" in n)
    ranged, _ = real_files.read(name, tmp_path / "scratch")
    frame, _ = pyreadstat.read_sav(SHARED / name, user_missing=True)
    within = {shown(v) for v in frame["mynum"] if 2000 <= v <= 3000 or v == -1}
    assert set(ranged.missing_codes["mynum"]) == within | {"-1"}


@pytest.mark.parametrize("name", SPECTRUM)
def test_csv_spectrum_gives_the_json_beside_it(name, tmp_path):
    path = SHARED / name
    expected = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
    content = path.read_bytes()
    if path.stem.endswith("_crlf") and b"\r" not in content:
        content = content.replace(b"\n", b"\r\n")  # a checkout took the carriage returns that the name promises
    copy = tmp_path / path.name
    copy.write_bytes(content)
    reading, rows = delivered.read(copy)
    assert [dict(zip(reading.columns, row, strict=True)) for row in rows] == expected


@pytest.fixture(scope="module")
def naughty():
    return (SHARED / "bad_input/text/naughty_strings.txt").read_text(encoding="utf-8").split("\n")


def numbered(lines):
    return [("id", "text"), *((str(i), line) for i, line in enumerate(lines, start=1))]


def excel_text(text):
    """As Excel stores text: what XML cannot hold, and what would pass for that, is escaped."""
    escaped = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_", escaped)


def frame_of(lines):
    return pd.DataFrame({"id": [str(i) for i in range(1, len(lines) + 1)], "text": lines})


WRITERS = {
    "csv": lambda path, lines: delivered.delimited(path, numbered(lines)),
    "xlsx": lambda path, lines: delivered.workbook(path, [[i, excel_text(t)] for i, t in numbered(lines)]),
    "jsonl": lambda path, lines: delivered.json_lines(path, frame_of(lines).to_dict("records")),
    "parquet": lambda path, lines: frame_of(lines).to_parquet(path),
    "dta": lambda path, lines: pyreadstat.write_dta(frame_of(lines), str(path)),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_naughty_string_survives(suffix, naughty, tmp_path):
    path = tmp_path / f"naughty.{suffix}"
    WRITERS[suffix](path, naughty)
    assert delivered.read(path)[1] == [[str(i), line] for i, line in enumerate(naughty, start=1)]


def test_every_naughty_string_survives_spss_but_for_blanks_at_the_end(naughty, tmp_path):
    path = tmp_path / "naughty.sav"
    pyreadstat.write_sav(frame_of(naughty), str(path))
    found = [row[1] for row in delivered.read(path)[1]]
    assert found == [line.rstrip(" ") for line in naughty]  # SPSS fills every text with blanks
    assert sum(a != b for a, b in zip(found, naughty, strict=True)) == 2


def test_every_naughty_string_survives_ods_or_is_refused_with_its_row(naughty, tmp_path):
    path = tmp_path / "naughty.ods"
    possible = [line for line in naughty if not CONTROL.search(line)]
    delivered.spreadsheet(path, numbered(possible))
    assert [row[1] for row in delivered.read(path)[1]] == possible
    impossible = [line for line in naughty if CONTROL.search(line)]
    assert len(impossible) == 6
    for line in impossible:  # XML has no way to write these
        refused = delivered.refusal(delivered.spreadsheet(path, numbered(["goed", line])))
        assert refused.reason == "damaged_file.xml"
        assert refused.position == "rij 3 van werkblad 'Blad1'"
