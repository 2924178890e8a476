"""The same answers of Kansas City in other clothes give the same published tables.

The file as the city published it is comma separated UTF-8 with one header row. Here it is delivered as a Dutch export
(Windows-1252, semicolons, ``1,0`` for 1, days as dd-mm-jjjj), as an Excel workbook, and as a survey tool writes it:
with a row of question texts and a row of import ids below the names. Only ``sources.yaml`` knows the difference.

There is no accented letter in the city's file, so the Dutch export has a column with some: without them it would be
UTF-8 as well. Every asset up to the published tables is built; pages are made from these tables alone.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from assets.resources import House
from tests.torture.without_dagster import LAYERS, build

from .command import ROOT
from .small_police import edit

SURVEY = ROOT / "tests/surveys/kansas_city"
FILE = ROOT / "../shared/data/satisfaction/kansas_city/FY2022_RS_Cleaned_safe.csv"
OF_THE_FILE = {"delivery_id", "file_name", "last_file", "format", "encoding", "delimiter", "sha256"}
CODED_DAY = 'quarte, values: {1QSEP2021: "2021-09-15"}'
MISSING = 'missing: ["", "NA"]'

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the Kansas City file is not beside this checkout"),
]


def as_published(raw: pd.DataFrame, inbox: Path) -> None:
    """The file itself."""
    shutil.copyfile(FILE, inbox / FILE.name)


def dutch_export(raw: pd.DataFrame, inbox: Path) -> None:
    """Windows-1252, a decimal comma in every whole number, days as dd-mm-jjjj."""
    text = raw.drop(columns="quarte").map(lambda cell: f"{cell},0" if cell.isdecimal() else cell)
    text = text.assign(id=raw["id"], dag="15-09-2021", opmerking="één café – ‘prima’ € 5")
    text.to_csv(inbox / "FY2022_RS_export.csv", sep=";", index=False, encoding="cp1252")


def workbook(raw: pd.DataFrame, inbox: Path) -> None:
    """Numbers as numbers and the day as a day, as a person who opens and saves the file leaves it."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Responses")
    answers = raw.drop(columns="quarte")
    sheet.append([*answers.columns, "dag"])
    for row in answers.itertuples(index=False):
        sheet.append([*(int(cell) if cell.isdecimal() else cell for cell in row), dt.datetime(2021, 9, 15)])
    book.save(inbox / "FY2022_RS_export.xlsx")


def three_header_rows(raw: pd.DataFrame, inbox: Path) -> None:
    """Names, question texts with line ends and quotes, import ids: what survey tools put above the answers."""
    texts = [f'Question "{name}":\nhow satisfied are you, 1 to 5?' for name in raw.columns]
    ids = [f'{{"ImportId":"{name}"}}' for name in raw.columns]
    head = pd.DataFrame([texts, ids], columns=raw.columns)
    pd.concat([head, raw]).to_csv(inbox / "FY2022_RS_export.csv", index=False)


@dataclass(frozen=True)
class Variant:
    """One way the answers may arrive, and what the contract must say about it."""

    name: str
    write: Callable[[pd.DataFrame, Path], None]
    edits: tuple[tuple[str, str], ...] = ()


DATED = tuple(
    (f"{field}: {{column: {CODED_DAY}}}", f"{field}: {{column: dag}}") for field in ("contact_date", "response_date")
)
DUTCH = f'{MISSING}\n    encoding: windows-1252\n    decimal: ","\n    date_formats: ["%d-%m-%Y"]'
VARIANTS = (
    Variant("Windows-1252 with decimal commas and Dutch dates", dutch_export, ((MISSING, DUTCH), *DATED)),
    Variant("a workbook", workbook, DATED),
    Variant("three header rows", three_header_rows, ((MISSING, f"{MISSING}\n    header_rows: 3"),)),
)


def published(variant: Variant, folder: Path) -> dict[str, pd.DataFrame]:
    """Every published table of one variant, without the columns that name the file."""
    survey = folder / "survey"
    shutil.copytree(SURVEY, survey)
    for old, new in variant.edits:
        edit(survey / "sources.yaml", old, new)
    house = House(home=str(folder / "home"), survey=str(survey), as_of="2022-01-01")
    house.inbox.mkdir(parents=True)
    variant.write(pd.read_csv(FILE, dtype=str, keep_default_na=False), house.inbox)
    build(house, *LAYERS)
    tables = [t.name for t in house.contract.tables.values() if t.layer == "publication"]
    return {name: _comparable(house.warehouse.read(f"from publication.{name}").to_pandas()) for name in tables}


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    kept = frame[[c for c in frame if c not in OF_THE_FILE]]
    return kept.sort_values([c for c in kept if kept[c].dtype != object], ignore_index=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return published(Variant("as published", as_published), tmp_path_factory.mktemp("kansas"))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_every_published_table_is_the_same(variant: Variant, original: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    assert original["estimates"].query("status == 'published'").shape[0] > 100
    assert original["deliveries"]["rows_accepted"].tolist() == [1033]

    tables = published(variant, tmp_path)

    assert tables.keys() == original.keys()
    for name, table in original.items():
        pd.testing.assert_frame_equal(tables[name], table, obj=name)
