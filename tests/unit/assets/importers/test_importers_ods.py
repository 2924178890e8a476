"""A sheet of an .ods gives the values of its cells, not what is shown of them; repeats cannot fill the memory."""

import datetime as dt

import pytest
from python_calamine import CalamineWorkbook

from tests.unit.assets.importers.delivered import HOSTILE, ods_of, read, refusal, spreadsheet

TEXT = 'office:value-type="string"'


def cell(attributes="", inside=""):
    return f"<table:table-cell {attributes}>{inside}</table:table-cell>"


def row(*cells, attributes=""):
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def test_another_reader_finds_the_same_cells(tmp_path):
    texts = [text for text in HOSTILE if "\t" not in text]  # which the other reader leaves out
    days = [dt.date(2024, 2, i % 28 + 1) for i in range(len(texts))]
    rows = [["id", "dag", "tekst"], *([i + 0.5, d, t] for i, (d, t) in enumerate(zip(days, texts, strict=True)))]
    path = spreadsheet(tmp_path / "f.ods", rows)
    expected = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert read(path)[1] == [[str(a), b.isoformat(), c] for a, b, c in expected[1:]]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (cell('office:value-type="float" office:value="4"', "<text:p>4,00</text:p>"), "4"),
        (cell('office:value-type="float" office:value="0.1"'), "0.1"),
        (cell('office:value-type="percentage" office:value="0.25"', "<text:p>25%</text:p>"), "0.25"),
        (cell('office:value-type="currency" office:currency="EUR" office:value="9.5"'), "9.5"),
        (cell('office:value-type="boolean" office:boolean-value="true"', "<text:p>WAAR</text:p>"), "TRUE"),
        (cell('office:value-type="date" office:date-value="2024-03-01"', "<text:p>1 mrt</text:p>"), "2024-03-01"),
        (cell('office:value-type="date" office:date-value="2024-03-01T00:00:00"'), "2024-03-01"),
        (cell('office:value-type="date" office:date-value="2024-03-01T09:05:00"'), "2024-03-01 09:05:00"),
        (cell('office:value-type="time" office:time-value="PT09H05M00S"'), "09:05:00"),
        (cell('office:value-type="time" office:time-value="PT26H05M00.5S"'), "26:05:00.5"),
        (cell(TEXT, "<text:p>a<text:s text:c='2'/>b<text:tab/>c</text:p>"), "a  b\tc"),
        (cell(TEXT, "<text:p>een</text:p><text:p>twee<text:line-break/>drie</text:p>"), "een\ntwee\ndrie"),
        (cell(TEXT, "<text:p>een <text:span>vet</text:span> woord</text:p>"), "een vet woord"),
        (cell(TEXT, "<office:annotation><text:p>notitie</text:p></office:annotation><text:p>x</text:p>"), "x"),
        (cell('office:value-type="string" office:string-value="stil"'), "stil"),
        (cell('table:formula="of:=1+1" office:value-type="float" office:value="2"'), "2"),
    ],
)  # fmt: skip
def test_the_value_of_a_cell_counts(tmp_path, written, text):
    path = spreadsheet(tmp_path / "f.ods", [["a"], row(written)])
    assert read(path)[1] == [[text]]


def test_repeated_cells_and_rows_stand_for_themselves(tmp_path):
    one = cell('office:value-type="float" office:value="1" table:number-columns-repeated="2"')
    path = spreadsheet(tmp_path / "f.ods", [["a", "b"], row(one, attributes='table:number-rows-repeated="3"')])
    assert read(path)[1] == [["1", "1"]] * 3


def test_empty_rows_at_the_end_are_no_rows_and_in_between_they_are(tmp_path):
    blank = row(cell('table:number-columns-repeated="16384"'), attributes='table:number-rows-repeated="{}"')
    rows = [blank.format(2), ["a", "b"], ["1", "2"], blank.format(1), ["3", "4"], blank.format(1048570)]
    assert read(spreadsheet(tmp_path / "f.ods", rows))[1] == [["1", "2"], ["", ""], ["3", "4"]]


def test_the_only_filled_sheet_is_taken_and_two_need_a_choice(tmp_path):
    other = '<table:table table:name="{}">{}</table:table>'
    path = spreadsheet(tmp_path / "f.ods", [["a"], ["1"]], title="Data", more=other.format("leeg", row(cell())))
    assert read(path)[1] == [["1"]]
    uitleg = row(cell(TEXT, "<text:p>lees dit</text:p>"))
    path = spreadsheet(tmp_path / "f.ods", [["a"], ["1"]], title="Data", more=other.format("Uitleg", uitleg))
    assert "'Data', 'Uitleg'" in refusal(path).message
    assert read(path, sheet="Data")[1] == [["1"]]
    assert refusal(path, sheet="Antwoorden").reason == "unreadable.sheet"


def test_a_value_beside_the_columns_is_refused_with_its_row(tmp_path):
    refused = refusal(spreadsheet(tmp_path / "f.ods", [["a", "b"], ["1", "2"], ["3", "4", "5"]]))
    assert refused.code == "ragged_row"
    assert refused.position == "rij 2 (rij 3 van het werkblad)"


FILLED = cell('office:value-type="float" office:value="1" table:number-columns-repeated="{}"')


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([["a"], row(cell('table:formula="of:=1+1"'))], "unreadable.formula"),
        ([["a"], row(FILLED.format(2_000_000_000))], "unreadable.columns"),
        ([["a"], row(FILLED.format(1), attributes='table:number-rows-repeated="2000000000"')], "unreadable.rows"),
        ([["a"], row(FILLED.format(9000), attributes='table:number-rows-repeated="9000"')], "unreadable.repeats"),
        ([["a"], row(cell('office:value-type="float" office:value="vier"'))], "damaged_file"),
        ([["a"], row(cell('office:value-type="float"'))], "damaged_file"),
        ([], "empty_file"),
    ],
)
def test_what_cannot_be_or_is_not_certain_is_refused(tmp_path, rows, reason):
    assert refusal(spreadsheet(tmp_path / "f.ods", rows)).reason == reason


def test_a_character_that_cannot_be_there_is_refused_with_its_row(tmp_path):
    refused = refusal(spreadsheet(tmp_path / "f.ods", [["a"], ["goed"], ["bel \x07"]]))
    assert refused.reason == "damaged_file.xml"
    assert refused.position == "rij 3 van werkblad 'Blad1'"


def test_entities_of_its_own_are_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    assert refusal(ods_of(tmp_path / "f.ods", bomb)).code == "damaged_file"


def test_a_password_is_told_apart_from_damage(tmp_path):
    path = ods_of(tmp_path / "f.ods", "x", manifest="<manifest><encryption-data/></manifest>")
    assert refusal(path).reason == "damaged_file.encrypted"


def test_what_is_no_xml_from_the_start_is_damage(tmp_path):
    assert refusal(ods_of(tmp_path / "f.ods", "geen xml")).reason == "damaged_file"


def test_a_sheet_of_another_file_that_formulas_point_to_is_no_sheet_of_this_one(tmp_path):
    copied = row(cell('office:value-type="float" office:value="9"'))
    more = f"<table:table table:name=\"'file:///ander.ods'#$Blad1\">{copied}</table:table>"
    assert read(spreadsheet(tmp_path / "f.ods", [["a"], ["1"]], more=more))[1] == [["1"]]
