"""Writing and reading small deliveries in the tests of the readers."""

import csv
import json
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pytest

from assets.importers import open_file
from assets.importers.refusal import RefusedFile
from expectations.model import Source

HOSTILE = [
    "gewoon",
    'met "aanhaling"',
    "regel 1\nregel 2\n\nregel 4",
    "tab\thier",
    "punt;komma, komma",
    "=1+1",
    "@SUM(A1)",
    "😀 én ëën €",
    "\u202eomgekeerd\u202c \u200b",
    "<script>alert(1)</script>",
    "  blanks  hier",
    "0900-8844",
    "0900",
    "1e5",
    "TRUE",
    "NULL",
    "",
]


def read(path, **settings):
    """A reading and all its rows as text."""
    source = Source(name="s", kind="responses", files="*", **settings)
    reading = open_file(path, source, path.with_name("scratch"))
    return reading, [list(row.values()) for batch in reading.rows for row in batch.to_pylist()]


def refusal(path, **settings):
    """The refusal of a file that must be refused: it names the file and says what to do."""
    with pytest.raises(RefusedFile) as caught:
        read(path, **settings)
    assert path.name in caught.value.message
    assert caught.value.remedy
    return caught.value


def delimited(path, rows, delimiter=";", encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def workbook(path, rows, title="Blad1", more=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for r, row in enumerate(rows, start=1):
        for c, value in enumerate(row, start=1):
            cell = sheet.cell(r, c)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # text that looks like a formula is text
    for name in more:
        book.create_sheet(name)
    book.save(path)
    return path


_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:version="1.3"><office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>
</office:document-content>"""
_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def spreadsheet(path, rows, title="Blad1", more=""):
    """An .ods as LibreOffice writes it; a row may be XML of its own."""
    body = "".join(row if isinstance(row, str) else f"<table:table-row>{_cells(row)}</table:table-row>" for row in rows)
    sheet = f"<table:table table:name={quoteattr(title)}>{body}</table:table>"
    return ods_of(path, _ODS.format(sheets=sheet + more))


def ods_of(path, content, manifest=_MANIFEST):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def _cells(row):
    return "".join(_cell(value) for value in row)


def _cell(value):
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string">{_paragraphs(value)}</table:table-cell>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'


def _paragraphs(text):
    lines = (
        escape(line).replace("\t", "<text:tab/>").replace("  ", ' <text:s text:c="1"/>') for line in text.split("\n")
    )
    return "".join(f"<text:p>{'<text:s/>' + line[1:] if line.startswith(' ') else line}</text:p>" for line in lines)


def json_lines(path, records):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def zipped(path, *files, method=zipfile.ZIP_DEFLATED):
    """A zip of files, each a path or a pair of name and bytes."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in files:
            name, content = (file.name, file.read_bytes()) if isinstance(file, Path) else file
            archive.writestr(name, content)
    return path
