"""Tick all that apply: how ticked options are read, what they become, and that they stay right down to the measures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.importers.expected_columns import expected_columns
from assets.reference_tables import reference_tables
from expectations import suites
from expectations.compile_responses import response_rows_sql
from expectations.ddl import create_table_sql
from expectations.derived import derived_expectations
from expectations.model import Condition, DerivedItem, FieldMap, Item, Scale, ScalePoint, Survey
from expectations.rules import DeliveryShape, statistics_columns
from tests.tiny_survey import AS_OF, FIRST, House, contact, response, tiny_survey

HELP = Scale(
    code="help",
    kind="multiple",
    points=(
        ScalePoint(code="agent", label="Een agent", spellings=("Politieagent",)),
        ScalePoint(code="yes_soon", label="Ja, binnen 14 dagen"),
        ScalePoint(code="yes_soon_late", label="Ja, binnen 14 dagen, maar te laat"),
        ScalePoint(code="yes", label="Ja"),
        ScalePoint(code="site", label="De website"),
    ),
    not_applicable=("Niemand", "n.v.t."),
)
COLUMNS = {"agent": "Q1[1]", "yes_soon": "Q1[2]", "yes_soon_late": "Q1[3]", "yes": "Q1[4]", "site": "Q1[5]"}


def _item(code: str, scale: str, **more: Any) -> Item:
    return Item(id=code, wording=code, label=code, theme="overall", scale=scale, first_wave=FIRST, **more)


def survey(mapped: FieldMap | None = None, **source: Any) -> Survey:
    """The tiny survey with the one question, and a follow-up on one of its options."""
    shared = tiny_survey()
    follow_up = _item("follow_up", "five", asked_when=Condition(item="helped", values=("agent", "site")))
    fields = {} if mapped is None else {"helped": mapped}
    changed = {"fields": fields} | source
    derived = DerivedItem(
        id="satisfaction_site", of="satisfaction", where=Condition(item="helped", values=("site",)), label="x"
    )
    helped_heard = DerivedItem(
        id="helped_heard", of="helped", where=Condition(item="heard", values=("yes",)), label="x"
    )
    return shared.model_copy(
        update={
            "scales": {**shared.scales, "help": HELP},
            "items": (*shared.items, _item("helped", "help"), follow_up),
            "derived_items": (*shared.derived_items, derived, helped_heard),
            "sources": tuple(s.model_copy(update=changed) if s.kind == "responses" else s for s in shared.sources),
        }
    )


Read = tuple[list[str] | None, list[str], list[tuple[str, str | None]]]


def read(contract: Survey, folder: Path, cells: list[dict[str, str | None]], **shape: Any) -> list[Read]:
    """The answer, whether n.v.t. was answered, and the faults of the item, per row of one file."""
    rows = [response(f"r{n}", f"c{n}", follow_up="", **row) for n, row in enumerate(cells)]
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    raw = pa.table(
        {
            "_delivery_id": pa.array(["d1"] * len(rows)),
            "_row": pa.array(range(1, len(rows) + 1), pa.int64()),
            **{column: pa.array([row.get(column) for row in rows], pa.string()) for column in columns},
        }
    )
    path = folder / "raw.parquet"
    pq.write_table(raw, path)
    found = DeliveryShape("d1", "responses", "responses", FIRST, 1, str(path), columns, **shape)
    sql = response_rows_sql(contract, [found], AS_OF)
    select = f"select helped, not_applicable, faults from ({sql}) order by row_number"
    with duckdb.connect() as connection:
        return [
            (
                answer,
                [item for item in outside if item == "helped"],
                [(fault["rule_id"], fault["value"]) for fault in faults if fault["column_name"] == "helped"],
            )
            for answer, outside, faults in connection.execute(select).fetchall()
        ]


def answers(contract: Survey, folder: Path, cells: list[str | None]) -> list[list[str] | None]:
    return [answer for answer, _, _ in read(contract, folder, [{"helped": cell} for cell in cells])]


def test_joined_options_are_a_sorted_list_without_doubles(tmp_path: Path) -> None:
    cells = ["De website;Een agent", "agent; SITE ;agent", "politieagent;", ";;yes", "", None, "NA", "  "]
    assert answers(survey(), tmp_path, cells) == [
        ["agent", "site"], ["agent", "site"], ["agent"], ["yes"], None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "ticked"),
    [
        ("Ja", ["yes"]),
        ("Ja, binnen 14 dagen", ["yes_soon"]),
        ("Ja, binnen 14 dagen, maar te laat", ["yes_soon_late"]),
        ("Ja, Ja, binnen 14 dagen", ["yes", "yes_soon"]),
        ("Een agent, Ja, binnen 14 dagen, De website", ["agent", "site", "yes_soon"]),
        ("Ja,  binnen 14 dagen,maar te laat, ja", ["yes", "yes_soon_late"]),
        ("De website, yes_soon", ["site", "yes_soon"]),
    ],
)
def test_an_option_may_hold_the_separator_the_longest_one_that_fits_is_meant(
    tmp_path: Path, cell: str, ticked: list[str]
) -> None:
    assert answers(survey(FieldMap(separator=", ")), tmp_path, [cell]) == [ticked]


def test_a_known_tool_brings_its_own_separator(tmp_path: Path) -> None:
    assert answers(survey(profile="google_forms"), tmp_path, ["Een agent, De website"]) == [["agent", "site"]]
    assert answers(survey(profile="microsoft_forms"), tmp_path, ["Een agent;De website;"]) == [["agent", "site"]]


def test_what_is_no_option_is_a_fault_that_shows_the_first_such_thing(tmp_path: Path) -> None:
    cells: list[dict[str, str | None]] = [
        {"helped": "Een agent;De burgemeester;De pastoor"},
        {"helped": "De buurvrouw van nummer 12 die altijd alles ziet"},  # too long to be an option: not repeated
        {"helped": "agent;!!!"},
    ]
    assert read(survey(), tmp_path, cells) == [
        (None, [], [("helped.not_an_answer", "De burgemeester")]),
        (None, [], [("helped.not_an_answer", None)]),
        (None, [], [("helped.not_an_answer", "!!!")]),
    ]
    # Parts of options that do not make an option together, and a strange part among long options.
    joined = survey(FieldMap(separator=","))
    for cell in ("binnen 14 dagen", "Ja, maar te laat, ???"):
        assert read(joined, tmp_path, [{"helped": cell}])[0][2][0][0] == "helped.not_an_answer"


def test_not_applicable_is_an_answer_outside_the_base_and_says_nothing_beside_an_option(tmp_path: Path) -> None:
    found = read(survey(), tmp_path, [{"helped": "Niemand"}, {"helped": "n.v.t.;Een agent"}])
    assert found == [(None, ["helped"], []), (["agent"], [], [])]


def ticked(**cells: str) -> dict[str, str | None]:
    """One cell per option; what is not named is empty."""
    return {column: cells.get(option, "") for option, column in COLUMNS.items()}


def test_an_option_with_a_column_of_its_own_is_ticked_in_the_way_of_any_tool(tmp_path: Path) -> None:
    marks = ("Y", "yes", "Ja", "1", "1.0", "X", "TRUE", "Een agent", "agent", "Politieagent")
    none = ("N", "no", "Nee", "0", "FALSE", "", "NA", "-")
    cells = [ticked(agent=mark, site="x") for mark in marks] + [ticked(agent=mark, site="x") for mark in none]
    found = [answer for answer, _, _ in read(survey(FieldMap(columns=COLUMNS)), tmp_path, cells)]
    assert found == [["agent", "site"]] * len(marks) + [["site"]] * len(none)


def test_nothing_ticked_is_no_answer_and_anything_else_is_a_fault(tmp_path: Path) -> None:
    cells = [ticked(), ticked(agent="N", site="0"), ticked(agent="misschien", site="Y"), ticked(site="De agent")]
    assert read(survey(FieldMap(columns=COLUMNS)), tmp_path, cells) == [
        (None, [], []),
        (None, [], []),
        (None, [], [("helped.not_an_answer", "misschien")]),
        (None, [], [("helped.not_an_answer", "De agent")]),
    ]


def test_labels_and_missing_codes_of_the_file_count_per_column(tmp_path: Path) -> None:
    contract = survey(FieldMap(columns=COLUMNS))
    labels = {"Q1[1]": {"1": "Niet genoemd", "2": "Genoemd"}}
    cells = [ticked(agent="2", site="1"), ticked(agent="1", site="9")]
    found = read(contract, tmp_path, cells, labels=labels, missing_codes={"Q1[5]": ("9",)})
    assert found == [(["agent", "site"], [], []), (None, [], [])]


def test_values_by_hand_say_what_a_tick_is_and_none_of_these_may_have_a_column(tmp_path: Path) -> None:
    mapped = FieldMap(columns={**COLUMNS, "not_applicable": "Q1[6]"}, values={"genoteerd": "1"})
    cells = [ticked(agent="genoteerd"), ticked() | {"Q1[6]": "Y"}, ticked(site="1") | {"Q1[6]": "Y"}]
    assert read(survey(mapped), tmp_path, cells) == [
        (["agent"], [], []),
        (None, ["helped"], []),
        (["site"], [], []),
    ]


def test_all_columns_of_the_options_are_known_and_required(tmp_path: Path) -> None:
    contract = survey(FieldMap(columns=COLUMNS))
    source = next(s for s in contract.sources if s.kind == "responses")
    expected = expected_columns(contract, source, dt.date(2024, 2, 1))
    assert set(COLUMNS.values()) <= set(expected.names)
    assert set(COLUMNS.values()) <= expected.known
    assert "helped" not in expected.known


def test_files_with_columns_and_files_with_a_separator_stand_side_by_side(tmp_path: Path) -> None:
    contract = survey(FieldMap(columns=COLUMNS))
    responses = next(s for s in contract.sources if s.kind == "responses")
    other = responses.model_copy(update={"name": "forms", "files": "forms_*", "fields": {}})
    house = House(tmp_path, contract.model_copy(update={"sources": (*contract.sources, other)}))
    house.deliver("contacts", [contact(f"c{n}", person_id=f"p{n}") for n in range(6)])
    house.deliver(
        "responses",
        [
            response("r0", "c0", follow_up="5", **ticked(agent="Y", yes="1")),
            response("r1", "c1", follow_up="5", heard="no", news="", **ticked(yes="1")),
            response("r2", "c2", follow_up="", **ticked()),
        ],
    )
    house.deliver(
        "forms",
        [
            response("r3", "c3", helped="De website;Ja", follow_up="2", satisfaction="1"),
            response("r4", "c4", helped="n.v.t.", follow_up="n.v.t."),
            response("r5", "c5", helped="De kapper", follow_up=""),
        ],
    )
    house.build()

    assert house.rows(
        "select response_id, helped, follow_up, set_aside, not_applicable, answered from staging.responses order by 1"
    ) == [
        ("r0", ["agent", "yes"], 5, [], [], 8),
        ("r1", ["yes"], None, ["follow_up"], [], 6),
        ("r2", None, None, [], [], 6),
        ("r3", ["site", "yes"], 2, [], [], 8),
        ("r4", None, None, [], ["helped"], 7),
    ]
    assert house.rows("select rule_id, value from staging.quarantine") == [("helped.not_an_answer", "De kapper")]
    # Everybody who ticked anything is in the base of every option; who skipped it or to whom nothing applies is not.
    assert house.rows(
        'select response_id, "y_helped__share.agent", "y_helped__share.yes", "y_helped__share.yes_soon", '
        'y_satisfaction_site__mean, "y_helped_heard__share.yes" from marts.respondents order by 1'
    ) == [
        ("r0", 1, 1, 0, None, 1),
        ("r1", 0, 1, 0, None, None),
        ("r2", None, None, None, None, None),
        ("r3", 0, 1, 0, 1, 1),
        ("r4", None, None, None, None, None),
    ]


def test_the_measures_of_an_option_are_shares_with_the_words_of_the_option() -> None:
    contract = survey()
    shares = [c.measure for c in statistics_columns(contract) if c.item == "helped"]
    assert shares == [f"share.{point.code}" for point in HELP.points]
    measures = reference_tables(contract, AS_OF)["measures"].to_pylist()
    assert {row["label"] for row in measures if row["item"] == "helped"} == {point.label for point in HELP.points}


def test_the_suites_know_the_options_by_themselves() -> None:
    contract = survey()
    table = contract.tables["staging.responses"]
    added = tuple(
        e for e in derived_expectations(contract, table) if "helped" in suites.columns_of([e]) and "regex" in e.type
    )
    assert len(added) == 1
    frame = pd.DataFrame(
        {"helped": [["agent"], ["agent", "yes_soon"], None, ["agent", "mayor"], ["yes", "site", "agent"]]}
    )
    outcome = suites.validate(table.model_copy(update={"expectations": added}), "contract", frame)
    assert [found.positions for found in outcome.outcomes] == [(3,)]


def test_the_table_itself_refuses_what_is_no_option() -> None:
    contract = survey()
    sql = create_table_sql(contract, contract.tables["staging.responses"], "t")
    assert '"helped" varchar[] check ("helped" <@ [\'agent\', ' in sql
