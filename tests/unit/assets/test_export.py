"""Tables of a release: readable everywhere, run nowhere, the same bytes every time."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.export import BYTE_ORDER_MARK, export_held_back, export_tables, exported_tables
from assets.warehouse import Warehouse
from expectations.load import DEFAULT_SURVEY, load_survey
from expectations.model import Survey

HOSTILE = "=cmd|' /C calc'!A1.csv"
COUNTED = (
    "read", "accepted", "vanished", "superseded", "withdrawn", "repaired", "quarantined", "erased",
    "without_contact", "without_answer",
)  # fmt: skip


@pytest.fixture(scope="module")
def survey() -> Survey:
    loaded = load_survey(DEFAULT_SURVEY)
    kept = {k: t for k, t in loaded.tables.items() if k in {"publication.deliveries", "publication.peers"}}
    return loaded.model_copy(update={"tables": kept})


def home(folder: Path, survey: Survey) -> Warehouse:
    warehouse = Warehouse(folder)
    deliveries = pa.table(
        {
            "delivery_id": ["b", "a"],
            "file_name": [HOSTILE, "contacts_2025-01.csv"],
            "source": [None, "contacts"],
            "kind": [None, "contacts"],
            "month": pa.array([None, None], pa.date32()),
            "status": ["refused", "taken"],
            "message": ["no source", None],
            "remedy": ["-", None],
            "sequence": pa.array([2, 1], pa.int32()),
            **{f"rows_{c}": [0, 5] for c in COUNTED},
        }
    )
    peers = pa.table(
        {
            "area_code": ["T1"],
            "item": ["mark"],
            "measure": ["mean"],
            "window": ["quarter"],
            "period_start": pa.array([0], pa.date32()),
            "period_end": pa.array([89], pa.date32()),
            "peer_count": pa.array([9], pa.int32()),
            "peer_mean": [1 / 3],
            "peer_q25": [0.25],
            "peer_q75": [0.5],
            "positions": [[0.2, 0.4]],
        }
    )
    warehouse.build_frame(survey.tables["publication.deliveries"], deliveries, survey, "1")
    warehouse.build_frame(survey.tables["publication.peers"], peers, survey, "1")
    return warehouse


def test_every_table_stands_there_twice_with_the_release_in_front(tmp_path: Path, survey: Survey) -> None:
    export_tables(home(tmp_path, survey), survey, "2025K1-x", tmp_path / "tables")
    with (tmp_path / "tables/peers.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["release_id"] == "2025K1-x"
    assert row["peer_mean"] == "0.333333" and row["positions"] == "0.2; 0.4"
    exact = pq.read_table(tmp_path / "tables/peers.parquet").to_pylist()[0]
    assert exact["peer_mean"] == 1 / 3


def test_text_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path, survey: Survey) -> None:
    export_tables(home(tmp_path, survey), survey, "r", tmp_path / "tables")
    with (tmp_path / "tables/deliveries.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["file_name"] for row in rows} == {f"'{HOSTILE}", "contacts_2025-01.csv"}
    assert {row["remedy"] for row in rows} == {"'-", ""}


def test_the_data_package_describes_every_column(tmp_path: Path, survey: Survey) -> None:
    export_tables(home(tmp_path, survey), survey, "r", tmp_path / "tables")
    package = json.loads((tmp_path / "tables/datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        with (tmp_path / "tables" / resource["path"]).open(encoding="utf-8") as file:
            header = next(csv.reader(file))
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])


def test_two_exports_have_the_same_bytes(tmp_path: Path, survey: Survey) -> None:
    for place in ("a", "b"):
        export_tables(home(tmp_path / place, survey), survey, "r", tmp_path / place / "tables")
    names = sorted(p.name for p in (tmp_path / "a/tables").iterdir())
    assert len(names) == 2 * len(exported_tables(survey)) + 1
    for name in names:
        assert (tmp_path / "a/tables" / name).read_bytes() == (tmp_path / "b/tables" / name).read_bytes()


def test_held_back_rows_open_in_a_spreadsheet_and_run_nothing(tmp_path: Path) -> None:
    survey = load_survey(DEFAULT_SURVEY)
    warehouse = Warehouse(tmp_path)
    texts = {
        "delivery_id": "d",
        "file_name": "contacts.csv",
        "rule_id": "channel.unknown_code",
        "column_name": "channel",
    }
    rows = [
        texts | {"row_number": 2, "spelling": "=1+1", "reason": "Onbekend; zie lijst.", "remedy": "Vraag na."},
        texts | {"row_number": 1, "spelling": None, "reason": "Onbekend; zie lijst.", "remedy": "-"},
    ]
    warehouse.build_frame(survey.tables["publication.quarantine"], pa.Table.from_pylist(rows), survey, "1")
    export_held_back(warehouse, survey, tmp_path / "quarantine.csv")
    content = (tmp_path / "quarantine.csv").read_bytes()
    assert content.startswith(BYTE_ORDER_MARK)
    with (tmp_path / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert list(found[0]) == ["Bestand", "Rijnummer", "Kolom", "Regel", "Reden", "Wat te doen", "Waarde"]
    assert [row["Rijnummer"] for row in found] == ["1", "2"], "in the order of the file"
    assert [row["Waarde"] for row in found] == ["", "'=1+1"]
    assert [row["Wat te doen"] for row in found] == ["'-", "Vraag na."]
    assert {row["Reden"] for row in found} == {"Onbekend; zie lijst."}
    assert sorted(p.name for p in tmp_path.glob("quarantine*")) == ["quarantine.csv"]
