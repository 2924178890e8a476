"""How one cell is read: plain text, spellings, labels, missing codes. Days: ``test_rules_dates``."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.compile_cells import Fault, faults_sql, grouped_by_shape, text_sql
from expectations.model import FieldMap, Source
from expectations.rules import DeliveryShape, area_spelling_key, spelling_key
from expectations.spelling import plain_text
from expectations.spelling_sql import area_spelling_key_sql, plain_text_sql, scale_spellings, spelling_key_sql
from tests.tiny_survey import FIRST, SCALES, evaluate

CONNECTION = duckdb.connect()


def shape(columns: tuple[str, ...] = ("x",), **more: object) -> DeliveryShape:
    return DeliveryShape("d1", "s", "responses", FIRST, 1, "x.parquet", columns, **more)  # type: ignore[arg-type]


def source(**more: object) -> Source:
    return Source(name="s", kind="responses", files="*", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("0900 - 8844", "09008844"),
        ("Één gesprek", "eengesprek"),
        ("4", "4"),
        ("4.0", "4"),
        (" 4,00 ", "4"),
        ("-9", "-9"),
        ("16-24", "1624"),
        ("65+", "65"),
        ("---", ""),
    ],
)
def test_spellings_that_mean_the_same_have_one_key(raw: str, key: str) -> None:
    assert spelling_key(raw) == key


@pytest.mark.parametrize("raw", ["Sneek", "Basisteam Sneek", "sneek (BT)", "Team Sneek", "SNEEK BT"])
def test_what_is_written_around_the_name_of_an_area_does_not_matter(raw: str) -> None:
    assert area_spelling_key(raw) == "sneek"


def test_a_decimal_code_is_not_another_code() -> None:
    assert area_spelling_key("1.0") == "1"
    assert spelling_key("1.0") != spelling_key("10")


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
    | st.from_regex(r"-?[0-9]{1,3}[.,]?0{0,2}", fullmatch=True)
)
def test_python_and_sql_make_the_same_keys(text: str) -> None:
    plain = CONNECTION.execute(f"select {plain_text_sql('$1')}", [text]).fetchone()
    assert plain == (plain_text(text),)
    for compiled, key in ((spelling_key_sql, spelling_key), (area_spelling_key_sql, area_spelling_key)):
        sql = compiled("x")
        found = CONNECTION.execute(f"select {sql} from (select $1::varchar as x)", plain).fetchone()
        assert found == (key(text),)


def test_missing_is_null_or_a_declared_missing_code() -> None:
    sql = text_sql(source(missing=("", "NA")), shape(missing_codes={"x": ("99.0",)}), "x")
    assert [evaluate(sql, x=x) for x in (None, "", " ", "NA", "99", "4.0", "na")] == [None] * 5 + ["4", "na"]


def test_a_hand_made_mapping_goes_before_missing_and_may_name_nothing() -> None:
    mapped = source(missing=("", "9"), fields={"x": FieldMap(values={"": "none", "9": "unknown"})})
    sql = text_sql(mapped, shape(), "x")
    assert [evaluate(sql, x=x) for x in (None, "", "9", "8")] == ["none", "none", "unknown", "8"]


def test_a_label_of_the_file_says_what_its_code_means() -> None:
    reversed_scale = {"x": {"1.0": "Zeer tevreden", "2": "Tevreden", "8": "Geen idee", "9": "Neutraal"}}
    labelled = shape(labels=reversed_scale, missing_codes={"x": ("9",)})
    sql = text_sql(source(), labelled, "x", scale_spellings(SCALES["five"]))
    assert [evaluate(sql, x=x) for x in ("1", "2", "8", "9", "5")] == ["5", "4", "8", None, "5"]


def test_a_field_may_have_another_column_a_constant_or_nothing() -> None:
    fields = {"x": FieldMap(column="Vraag 1"), "y": FieldMap(constant="it's"), "z": FieldMap(constant="")}
    there = shape(columns=("Vraag 1",))
    assert '"Vraag 1"' in text_sql(source(fields=fields), there, "x")
    assert evaluate(text_sql(source(fields=fields), there, "y"), unused=1) == "it's"
    assert text_sql(source(fields=fields), there, "z") == text_sql(source(), there, "absent") == "cast(null as varchar)"


def test_open_text_is_kept_as_it_is() -> None:
    sql = text_sql(source(), shape(), "x", open_text=True)
    assert evaluate(sql, x=" 4.0 was mijn cijfer\n") == "4.0 was mijn cijfer\n"


def test_a_declared_spelling_goes_before_the_value_of_another_answer() -> None:
    turned = SCALES["five"].model_copy(
        update={
            "points": tuple(
                p.model_copy(update={"spellings": (str(6 - (p.value or 0)),)}) for p in SCALES["five"].points
            )
        }
    )
    assert scale_spellings(turned)["1"] == "5"
    assert scale_spellings(SCALES["ten"])["10"] == "10"


def test_files_of_one_shape_are_read_by_one_select() -> None:
    one, other = shape(("a", "b")), shape(("b", "a"))
    assert [len(group) for group in grouped_by_shape([one, other, one])] == [2, 1]


@pytest.mark.parametrize(
    ("column", "cell", "is_shown"),
    [
        ("channel", "postduif", True),
        ("channel", "0900", True),
        ("channel", "Balie (2025)", True),
        ("age_band", "16-24 jaar", True),
        ("mark", "11", True),
        ("mark", "1.000", True),
        ("channel", "jan@example.nl", False),
        ("channel", "06-12 34 56 78", False),
        ("channel", "c9b94e63b5ab5", False),
        ("channel", "2025-08-25", False),
        ("channel", "eerste\n123456", False),
        ("channel", "x" * 41, False),
        ("contact_date", "2025-02-30", True),
        ("contact_date", "20250230", True),
        ("contact_date", "30 februari 2025", True),
        ("contact_date", "2025-08-25T24:01:00+02:00", True),
        ("contact_date", "c9b94e63b5ab5", False),
        ("contact_date", "123456789", False),
        ("contact_date", "jan@example.nl", False),
    ],
)
def test_a_wrong_cell_is_shown_unless_it_may_say_who_someone_is(column: str, cell: str, is_shown: bool) -> None:
    (fault,) = evaluate(faults_sql([Fault("rule", column, "true", "cell")]), cell=cell)
    assert fault["value"] == (cell if is_shown else None)
