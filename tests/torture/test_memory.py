"""Every format is read within 2 GiB of address space, however long the file.

A process of its own takes generated registers of contacts, with the limit of the kernel set before the first library is
loaded. ``make test`` does so with files of twenty thousand rows, ``make test-slow`` with three hundred thousand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import duckdb
import pandas as pd
import pyreadstat
import pytest

from assets.resources import contract_at
from expectations.load import DEFAULT_SURVEY
from tests.torture.valid import ODS_MANIFEST, ODS_SPACES, valid_tables, xlsx_bytes

ROOT = Path(__file__).parents[2]
FEW, MANY = 20_000, 300_000
ROWS = """
select
    'c' || lpad(i::varchar, 9, '0') as contact_id,
    'p' || lpad(i::varchar, 9, '0') as person_id,
    (date '2025-08-01' + (i % 28)::integer)::varchar as contact_date,
    ['tel_0900', 'desk', 'internet_report'][1 + i % 3] as channel,
    ['aangever', 'melder'][1 + i % 2] as target_group,
    '' as incident_class,
    'RE01-D1-T1' as team,
    '' as answering_organisation,
    '25-44' as age_band,
    '' as exclusion_reason,
    '2025-09-01' as invitation_date,
    '' as invitation_mode
from range({rows}) as numbers(i)
"""
TAKE = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from pathlib import Path
from assets.intake import take_inbox
from expectations.load import DEFAULT_SURVEY, load_survey
inbox, raw = map(Path, sys.argv[1:])
taken = take_inbox(load_survey(DEFAULT_SURVEY), inbox, raw, {})
status = Path("/proc/self/status").read_text().splitlines()  # ru_maxrss would count what the parent used as well
peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:"))
print(json.dumps({"peak": peak, "files": {d.file_name: [d.status, d.rows_read, d.message] for d in taken}}))
"""


def _frame(sql: str) -> pd.DataFrame:
    with duckdb.connect() as connection:
        return connection.sql(sql).to_arrow_table().to_pandas()


def _copied(options: str) -> Callable[[str, Path], object]:
    def write(sql: str, path: Path) -> None:
        with duckdb.connect() as connection:
            connection.execute(f"copy ({sql}) to '{path}' ({options})")

    return write


def _sheet(sql: str, path: Path) -> None:
    """A workbook with a sheet written line by line: the libraries that write them take minutes."""
    frame = _frame(sql)
    survey = contract_at(DEFAULT_SURVEY)
    empty = path.with_suffix(".empty")
    empty.write_bytes(xlsx_bytes(valid_tables(survey, "2025-08")["contacts"]))
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    with zipfile.ZipFile(empty) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for part in source.infolist():
            if not part.filename.endswith("sheet1.xml"):
                target.writestr(part.filename, source.read(part))
        with target.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            for row in chain([tuple(frame.columns)], frame.itertuples(index=False)):
                sheet.write(f"<row>{''.join(map(cell, row))}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
    empty.unlink()


def _ods(sql: str, path: Path) -> None:
    frame = _frame(sql)
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'.format
    head = f"<office:document-content {ODS_SPACES}><office:body><office:spreadsheet><table:table table:name='Blad1'>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        target.writestr("META-INF/manifest.xml", ODS_MANIFEST)
        with target.open("content.xml", "w", force_zip64=True) as sheet:
            sheet.write(head.encode())
            for row in chain([tuple(frame.columns)], frame.itertuples(index=False)):
                sheet.write(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>".encode())
            sheet.write(b"</table:table></office:spreadsheet></office:body></office:document-content>")


WRITERS: dict[str, Callable[[str, Path], object]] = {
    "csv": _copied("format csv, header"),
    "parquet": _copied("format parquet, row_group_size 1000000"),
    "jsonl": _copied("format json"),
    "sav": lambda sql, path: pyreadstat.write_sav(_frame(sql), str(path)),
    "dta": lambda sql, path: pyreadstat.write_dta(_frame(sql), str(path), version=14),
    "xlsx": _sheet,
    "ods": _ods,
}


def taken(inbox: Path, raw: Path) -> dict[str, list[object]]:
    """What a process with little memory says of an inbox."""
    done = subprocess.run(
        [sys.executable, "-c", TAKE, str(inbox), str(raw)],
        cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    print(f"at most {result['peak']} MiB")
    files: dict[str, list[object]] = result["files"]
    return files


def deliver(inbox: Path, rows: int, *formats: str) -> None:
    inbox.mkdir()
    for number, name in enumerate(formats):
        WRITERS[name](ROWS.format(rows=rows), inbox / f"contacts_2025-08_{number}.{name}")


@pytest.mark.slow
def test_files_of_every_format_are_read_within_two_gibibytes(tmp_path: Path) -> None:
    deliver(tmp_path / "inbox", FEW, *WRITERS)

    files = taken(tmp_path / "inbox", tmp_path / "raw")

    assert len(files) == len(WRITERS)
    for name, (status, rows, message) in files.items():
        assert (status, rows) == ("taken", FEW), f"{name}: {message}"


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_a_long_file_is_read_within_two_gibibytes(name: str, tmp_path: Path) -> None:
    deliver(tmp_path / "inbox", MANY, name)

    files = taken(tmp_path / "inbox", tmp_path / "raw")

    assert [tuple(f[:2]) for f in files.values()] == [("taken", MANY)], files
