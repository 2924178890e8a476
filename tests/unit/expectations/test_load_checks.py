"""What must hold in survey.yaml, channels, groups, codes, themes and sources: every rule broken once, line named."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_breaks import SURVEY, Break, assert_refused, copy_contract, refusal

SURVEY_YAML = [
    Break(
        "survey",
        "headline_item: satisfaction",
        "headline_item: mark",
        "headline_item",
        "it must be ordinal",
        "headline kind",
    ),
    Break(
        "survey",
        "headline_item: satisfaction",
        "headline_item: nothing",
        "headline_item",
        "'nothing' is not in items.yaml",
        "headline unknown",
    ),
    Break("survey", "mark_item: mark", "mark_item: result", "mark_item", "it must be mark", "mark kind"),
    Break(
        "survey",
        "feedback_item: heard_back",
        "feedback_item: feedback",
        "feedback_item",
        "it must be nominal",
        "feedback kind",
    ),
    Break(
        "survey",
        "breaks: []",
        "breaks:\n  - {date: 2025-01-01, reason: r, items: [gone]}",
        "items: [gone]",
        "'gone' is not an item",
        "break of nothing",
    ),
    Break(
        "survey",
        "breaks: []",
        "breaks:\n  - {date: 2025-01-01, reason: r}\n  - {date: 2025-01-01, reason: s, same_meaning: true}",
        "reason: s",
        "a break of all items on 2025-01-01 stands on line",
        "break declared twice",
    ),
    Break(
        "survey",
        "percentage_from: 50",
        "percentage_from: 20",
        "percentage_from",
        "percentage_from (20) is lower than compare_means_from (30)",
        "ladder",
    ),
    Break(
        "survey",
        "minimum_n: 10",
        "minimum_n: 40",
        "mean_indicative_below",
        "is lower than minimum_n (40)",
        "ladder at the foot",
    ),
    Break(
        "survey",
        "relevant_difference: 0.05",
        "relevant_difference: 5",
        "relevant_difference: 5",
        "between 0 and 1",
        "percent for proportion",
    ),
    Break("survey", "confidence: 0.95", "confidence: 1.0", "confidence", "between 0 and 1", "confidence"),
    Break(
        "survey",
        "maximum_mean_half_width: 1.0",
        "maximum_mean_half_width: 0",
        "maximum_mean",
        "more than 0",
        "half width",
    ),
    Break(
        "survey",
        "first_month: 2023-10-01",
        "first_month: 2023-11-01",
        "first_month",
        "first day of a quarter",
        "first month",
    ),
    Break("survey", "four_quarters_from: 4", "four_quarters_from: 2", "four_quarters_from", "at least 4", "start-up"),
    Break(
        "survey",
        "folder: teams",
        "folder: Districts",
        "folder: Districts",
        "level folder 'Districts' was already used",
        "folder twice",
    ),
    Break("survey", "folder: teams", "folder: quality", "code: team", "taken by the system", "folder taken"),
    Break("survey", 'title: "Basisteam {name}"', "title: Basisteam", "title: Basisteam", "holds {name}", "title"),
    Break("survey", "    single: true\n", "", "code: nation", "the first level has one area", "top not single"),
    Break(
        "survey",
        "    folder: units\n",
        "    folder: units\n    area: {code: X, name: Y}\n",
        "area: {code: X",
        "only a single level",
        "area on wide level",
    ),
    Break(
        "survey",
        "area: {code: NL, name: Nederland}",
        "area: {NL: Nederland}",
        "area: {NL",
        "with 'code' and 'name'",
        "area keys",
    ),
    Break(
        "survey",
        "breakdown_windows: [four_quarters]\n    headline_window: four_quarters\n  - code: team",
        "breakdown_windows: [month]\n    headline_window: four_quarters\n  - code: team",
        "breakdown_windows: [month]",
        "'month' is not one of the windows",
        "breakdown window",
    ),
    Break(
        "survey",
        "headline_window: four_quarters\n    relevant_difference: 0.01\n  - code: unit",
        "headline_window: year\n    relevant_difference: 0.01\n  - code: unit",
        "headline_window: year",
        "headline_window",
        "unknown window",
    ),
]

CODES = [
    Break(
        "channels",
        "channel_class: telefonisch",
        "channel_class: fax",
        "channel_class: fax",
        "channel class 'fax' is not one of the classes",
        "unknown class",
    ),
    Break(
        "channels",
        "code: desk",
        "code: digitaal",
        "code: digitaal\n",
        "channel or class 'digitaal' was already used",
        "channel is class",
    ),
    Break("channels", "code: desk", "code: all", "code: all", "taken by the system", "channel is all"),
    Break("channels", "code: desk", "code: tel_112", "LAST code: tel_112", "was already used", "channel twice"),
    Break(
        "channels",
        "label: Digitaal}\n",
        "label: Digitaal}\n  - {code: brief, label: Brief}\n",
        "code: brief",
        "has no channel",
        "empty class",
    ),
    Break(
        "channels",
        "[Wout, Chatbot]",
        "[Wout, Chatbot, 0900/8844]",
        "0900/8844",
        "means 'chatbot_wout' here and 'tel_0900' on line",
        "spelling twice",
    ),
    Break("channels", "[Wout, Chatbot]", "[Wout, '???']", "'???'", "no letter or digit", "spelling of nothing"),
    Break(
        "target_groups",
        "code: melder",
        "code: unallocated",
        "code: unallocated",
        "taken by the system",
        "group reserved",
    ),
    Break("target_groups", "code: melder", "code: aangever", "LAST code: aangever", "was already used", "group twice"),
    Break(
        "target_groups",
        "Beller]",
        "Beller, SO]",
        "Beller, SO]",
        "means 'melder' here and 'slachtoffer' on line",
        "group spelling twice",
    ),
    Break(
        "codes",
        "field: age_band",
        "field: age",
        "field: age\n",
        "not a field with a code list",
        "list of nothing",
    ),
    Break(
        "codes",
        "field: age_band",
        "field: incident_class",
        "LAST field: incident_class",
        "was already used",
        "list twice",
    ),
    Break("codes", "code: sms", "code: email", "LAST code: email", "code 'email' was already used", "code twice"),
    Break(
        "codes",
        "spellings: [Mail]",
        "spellings: [Mail, brief]",
        "code: letter",
        "means 'letter' here and 'email' on line",
        "code spelling twice",
    ),
    Break(
        "themes",
        '"vriendelijk"',
        '"vriendelijk("',
        'positive: ["vriendelijk("',
        "is not a regular expression",
        "pattern",
    ),
    Break("themes", "code: fit", "code: result", "LAST code: result", "theme 'result' was already used", "theme twice"),
]

SOURCES = [
    Break(
        "sources",
        "area: {column: team}",
        "aera: {column: team}",
        "aera",
        "'aera' is not a field of contacts",
        "unknown field",
    ),
    Break(
        "sources",
        "area: {column: team}",
        "mark: {column: team}",
        "mark:",
        "'mark' is not a field of contacts",
        "item among contacts",
    ),
    Break(
        "sources",
        "area: {column: team}",
        "area: {column: team, constant: x}",
        "area:",
        "not both",
        "column and constant",
    ),
    Break(
        "sources",
        "area: {column: team}",
        "area: {constant: x, values: {a: b}}",
        "area:",
        "nothing to map",
        "constant and values",
    ),
    Break(
        "sources",
        "    fields:\n",
        "    ignore_columns: [team]\n    fields:\n",
        "area:",
        "both used and ignored",
        "used and ignored",
    ),
    Break(
        "sources",
        "name: responses",
        "name: contacts",
        "LAST name: contacts",
        "source 'contacts' was already used",
        "source twice",
    ),
    Break(
        "sources",
        'files: "responses_*"',
        'files: "contacts_*"',
        'LAST files: "contacts_*"',
        "file pattern",
        "pattern twice",
    ),
    Break(
        "sources",
        "holds: whole_month ",
        "holds: changes ",
        "vanished: withdrawn",
        "rows can only vanish from files that hold a whole month",
        "withdrawn from changes",
    ),
    Break(
        "sources",
        "area: {column: team}",
        "area: {column: _row}",
        "area:",
        "it can be an id, not 'area'",
        "place of a row as something else",
    ),
    Break(
        "sources",
        'missing: ["", "NA"]',
        'missing: ["", "NA"]\n    fields:\n      response_id: {column: _row}',
        "response_id:",
        "rows without an id need 'holds: whole_month'",
        "place of a row as id where files hold changes",
    ),
    Break("sources", "kind: responses", "kind: contacts", "sources:", "one of responses", "no responses"),
    Break("sources", "kind: responses", "kind: combined", "sources:", "either combined files", "combined and contacts"),
    Break(
        "sources",
        "files: \"responses_*\"\n    month: '(\\d{4}-\\d{2})'",
        "files: responses_*\n    month: '(\\d{4'",
        "month: '(\\d{4'",
        "is not a regular expression",
        "month pattern",
    ),
    Break(
        "sources",
        "files: \"responses_*\"\n    month: '(\\d{4}-\\d{2})'",
        "files: responses_*\n    month: '\\d+'",
        "month: '\\d+'",
        "needs one group",
        "month group",
    ),
    Break(
        "sources",
        "files: \"responses_*\"\n    month: '(\\d{4}-\\d{2})'",
        "files: responses_*",
        "name: responses",
        "one of the two",
        "no month",
    ),
    Break(
        "sources",
        "files: \"responses_*\"\n    month: '(\\d{4}-\\d{2})'",
        "files: responses_*\n    month_constant: 2026-13",
        "month_constant",
        "is not a month",
        "month constant",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    encoding: utf-9\n",
        "encoding",
        "there is no encoding 'utf-9'",
        "encoding",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    delimiter: ';;'\n",
        "delimiter",
        "one character",
        "delimiter",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    header_rows: 0\n",
        "header_rows",
        "at least one header row",
        "header rows",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    date_formats: []\n",
        "date_formats",
        "at least one way",
        "no date format",
    ),
    Break(
        "sources",
        "kind: responses\n",
        "kind: responses\n    date_formats: ['%Y-%d', '%d-%m-%y']\n",
        "date_formats",
        "does not hold day, month and year",
        "date format",
    ),
]


@pytest.mark.parametrize("case", [*SURVEY_YAML, *CODES, *SOURCES], ids=lambda case: case.name)
def test_one_wrong_edit_is_refused_with_file_and_line(tmp_path: Path, case: Break) -> None:
    assert_refused(copy_contract(tmp_path), case)


def test_no_target_group_in_scope_is_refused(tmp_path: Path) -> None:
    house = copy_contract(tmp_path)
    path = house / SURVEY / "target_groups.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("spellings:", "in_scope: false, spellings:"), encoding="utf-8"
    )
    assert "no target group is in scope" in str(refusal(house))


def test_all_problems_of_all_files_are_reported_at_once_in_order(tmp_path: Path) -> None:
    house = copy_contract(tmp_path)
    for name, old, new in (
        ("items", "scale: mark10", "scale: mark11"),
        ("channels", "code: desk", "code: all"),
        ("sources", "area: {", "aera: {"),
    ):
        path = house / SURVEY / f"{name}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    names = [Path(p.file).name for p in refusal(house).problems]
    assert names == sorted(names)
    assert {"channels.yaml", "items.yaml", "sources.yaml"} <= set(names)
