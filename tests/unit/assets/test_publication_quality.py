"""Published accounts of deliveries and fieldwork: what may be said of few rows, and what a month is compared with."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from assets.publication_profile import delivery_profile
from assets.publication_quality import delivery_marks, fieldwork, held_back_rows
from expectations.model import Survey
from tests.tiny_survey import tiny_survey

MONTHS = [dt.date(2024 + m // 12, m % 12 + 1, 1) for m in range(14)]


@pytest.fixture(scope="module")
def survey() -> Survey:
    return tiny_survey()


def files(months: list[dt.date], source: str = "contacts") -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"delivery_id": f"d{n}", "file_name": f"f{n}.csv", "source": source, "status": "taken"}
            | {"month": month, "sequence": n}
            for n, month in enumerate(months)
        ]
    )


def counts(*rows: tuple[str, str, str, int]) -> pa.Table:
    names = ("delivery_id", "measure", "category", "counted")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def contacts(number: int, web: int, phone: int, unallocated: int = 0) -> list[tuple[str, str, str, int]]:
    delivery = f"d{number}"
    rows = [("rows", "all", web + phone), ("contacts", "all", web + phone), ("channel", "web", web)]
    rows += [("channel", "phone", phone), ("unallocated", "all", unallocated)]
    return [(delivery, *row) for row in rows]


def found(table: pa.Table, month: dt.date, measure: str, category: str = "all") -> dict[str, Any]:
    (row,) = [
        row
        for row in table.to_pylist()
        if (row["month"], row["measure"], row["category"]) == (month, measure, category)
    ]
    return row


def steady(extra: list[tuple[str, str, str, int]], months: int = 12) -> pa.Table:
    usual = [row for n in range(months) for row in contacts(n, 600 + n, 400 - n)]
    return counts(*usual, *extra)


def test_a_month_that_looks_like_the_months_before_gives_no_warning(survey: Survey) -> None:
    profile = delivery_profile(survey, files(MONTHS[:13]), steady(contacts(12, 605, 400)))
    assert not [row for row in profile.to_pylist() if row["warning"]]
    row = found(profile, MONTHS[12], "rows")
    assert row["expected_low"] <= 1005 <= row["expected_high"]
    assert row["history_months"] == 12


def test_half_a_file_and_another_mix_are_warned_about(survey: Survey) -> None:
    profile = delivery_profile(survey, files(MONTHS[:13]), steady(contacts(12, 250, 250)))
    warned = {(row["measure"], row["category"]) for row in profile.to_pylist() if row["warning"]}
    assert warned == {("rows", "all"), ("channel", "web"), ("channel", "phone")}
    assert found(profile, MONTHS[12], "channel", "web")["observed"] == 0.5


def test_a_month_never_belongs_to_its_own_yardstick_nor_to_that_of_earlier_months(survey: Survey) -> None:
    odd = delivery_profile(survey, files(MONTHS[:13]), steady(contacts(12, 5, 5000)))
    plain = delivery_profile(survey, files(MONTHS[:12]), steady([]))
    earlier = [row for row in odd.to_pylist() if row["month"] < MONTHS[12]]
    assert earlier == plain.to_pylist()


def test_too_short_a_history_is_said_and_gives_no_warning(survey: Survey) -> None:
    few = [row for n in range(3) for row in contacts(n, 600, 400)]
    profile = delivery_profile(survey, files(MONTHS[:4]), counts(*few, *contacts(3, 1, 9999)))
    row = found(profile, MONTHS[3], "rows")
    assert (row["status"], row["warning"], row["expected_low"], row["history_months"]) == (
        "short_history",
        False,
        None,
        3,
    )


def test_the_files_of_one_month_count_together_under_the_newest(survey: Survey) -> None:
    parts = [*contacts(12, 300, 200), *contacts(13, 305, 200)]
    profile = delivery_profile(survey, files([*MONTHS[:13], MONTHS[12]]), steady(parts))
    row = found(profile, MONTHS[12], "rows")
    assert (row["observed"], row["delivery_id"], row["last_file"]) == (1005, "d13", "f13.csv")
    assert not row["warning"], "a correction of a few rows is not a small month"


def test_sources_are_compared_with_themselves(survey: Survey) -> None:
    both = pa.concat_tables([files(MONTHS[:12]), files(MONTHS[:1], "responses").set_column(0, "delivery_id", [["r0"]])])
    profile = delivery_profile(survey, both, steady([("r0", "rows", "all", 7)]))
    row = next(row for row in profile.to_pylist() if row["source"] == "responses")
    assert (row["observed"], row["history_months"]) == (7, 0)


def test_a_share_of_few_rows_is_hidden_together_with_what_it_would_follow_from(survey: Survey) -> None:
    profile = delivery_profile(survey, files(MONTHS[:1]), counts(*contacts(0, 996, 4, unallocated=3)))
    assert [found(profile, MONTHS[0], "channel", c)["observed"] for c in ("web", "phone")] == [None, None]
    assert found(profile, MONTHS[0], "unallocated")["status"] == "hidden"
    assert found(profile, MONTHS[0], "rows")["observed"] == 1000


def test_a_channel_that_falls_silent_is_warned_about_without_its_number(survey: Survey) -> None:
    profile = delivery_profile(survey, files(MONTHS[:13]), steady(contacts(12, 996, 4)))
    row = found(profile, MONTHS[12], "channel", "phone")
    assert row["warning"] and row["observed"] is None and row["expected_low"] > 0.2
    rare = delivery_profile(
        survey, files(MONTHS[:13]), counts(*(r for n in range(12) for r in contacts(n, 985, 15)), *contacts(12, 996, 4))
    )
    row = found(rare, MONTHS[12], "channel", "phone")
    assert (row["warning"], row["expected_low"]) == (False, None), "what is expected would tell how small it is"


def test_a_question_is_compared_only_with_months_in_which_it_was_asked(survey: Survey) -> None:
    rows = []
    for n in range(12):
        rows += [(f"d{n}", "responses", "all", 500), (f"d{n}", "item", "retired", 20 if n < 3 else 500)]
    profile = delivery_profile(survey, files(MONTHS[:12], "responses"), counts(*rows))
    months = [row["month"] for row in profile.to_pylist() if row["category"] == "retired"]
    assert months == MONTHS[:3]


def test_marks_are_counted_per_reason_without_small_counts(survey: Survey) -> None:
    exclusions = pa.table(
        {"excluded_by": ["young", "safety"], "label": ["Jong", "Veilig"], "reason": ["Te jong.", "Zo."]}
    )
    rules = pa.table({"rule_id": ["response.speeder", "mark.out_of_range"], "reason": ["Te snel.", "-"]})
    numbers = counts(
        ("d0", "excluded", "young", 40), ("d0", "excluded", "safety", 3),
        ("d1", "flagged", "speeder", 12), ("d1", "flagged", "all", 12),
    )  # fmt: skip
    table = delivery_marks(survey, files(MONTHS[:2]), numbers, exclusions, rules).to_pylist()
    assert [(r["file_name"], r["mark_kind"], r["code"], r["rows"], r["status"]) for r in table] == [
        ("f0.csv", "excluded", "all", 43, "published"),
        ("f0.csv", "excluded", "safety", None, "hidden"),
        ("f0.csv", "excluded", "young", None, "hidden"),  # 43 - 40 would tell the other
        ("f1.csv", "flagged", "all", 12, "published"),
        ("f1.csv", "flagged", "speeder", 12, "published"),
    ]
    assert [row["reason"] for row in table] == [None, "Zo.", "Te jong.", None, "Te snel."]


def held_back(*rows: tuple[int, str, str | None], kind: str = "contacts") -> pa.Table:
    texts = {"file_name": "f.csv", "delivery_id": "d", "kind": kind, "reason": "r", "remedy": "m"}
    return pa.Table.from_pylist(
        [texts | {"row_number": n, "rule_id": f"{c}.x", "column_name": c, "value": v} for n, c, v in rows],
        schema=pa.schema(
            [(n, pa.string()) for n in ("kind", "delivery_id", "file_name")]
            + [("row_number", pa.int64())]
            + [(n, pa.string()) for n in ("rule_id", "column_name", "value", "reason", "remedy")]
        ),
    )


def test_a_value_is_shown_only_where_many_rows_of_its_column_share_it(survey: Survey) -> None:
    many = [(n, "channel", "postduif") for n in range(1, 11)]
    rows = held_back(*many, (11, "channel", "jan"), (12, "area", "postduif"), (13, "person_id", None))
    table = held_back_rows(survey, rows).to_pylist()
    assert len(table) == 13
    assert {row["row_number"] for row in table if row["spelling"] == "postduif"} == set(range(1, 11))
    assert {row["spelling"] for row in table if row["row_number"] > 10} == {None}


def test_a_combined_row_is_one_row(survey: Survey) -> None:
    nine = [(n, "channel", "postduif") for n in range(1, 10)]
    twice = pa.concat_tables([held_back(*nine), held_back(*nine, kind="responses")])
    table = held_back_rows(survey, twice).to_pylist()
    assert len(table) == 9
    assert {row["spelling"] for row in table} == {None}, "nine rows do not become eighteen"


def window(category: str, dimension: str = "channel", **numbers: int) -> dict[str, Any]:
    period = {"window": "month", "period_start": MONTHS[0], "period_end": dt.date(2024, 1, 31), "closed": True}
    usual = {"contacts": 500, "excluded": 100, "invited": 400, "responses": 80, "lead_days": 2800, "lead_n": 400}
    return (
        period | {"dimension": dimension, "category": category} | usual | {"answer_days": 240, "answer_n": 80} | numbers
    )


def test_invitations_and_answers_with_their_days(survey: Survey) -> None:
    (row,) = fieldwork(survey, pa.Table.from_pylist([window("all", "all")])).to_pylist()
    assert (row["invited"], row["responses"], row["unanswered"], row["response_rate"]) == (400, 80, 320, 0.2)
    assert (row["lead_days_mean"], row["answer_days_mean"], row["status"]) == (7.0, 3.0, "published")


def test_few_answers_hide_the_row_and_another_with_it(survey: Survey) -> None:
    rows = [window("web", responses=4, answer_n=4), window("phone"), window("desk", responses=60)]
    table = {r["category"]: r for r in fieldwork(survey, pa.Table.from_pylist(rows)).to_pylist()}
    assert {name: row["status"] for name, row in table.items()} == {
        "web": "hidden", "desk": "hidden", "phone": "published",
    }  # fmt: skip
    assert {table["web"][name] for name in ("contacts", "invited", "responses", "unanswered", "lead_days_mean")} == {
        None
    }


def test_means_of_few_and_few_left_out_are_not_shown(survey: Survey) -> None:
    (row,) = fieldwork(survey, pa.Table.from_pylist([window("web", excluded=3, answer_n=4, answer_days=8)])).to_pylist()
    assert (row["contacts"], row["excluded"], row["invited"]) == (None, None, 400)
    assert row["answer_days_mean"] is None and row["lead_days_mean"] == 7.0


def test_nothing_delivered_makes_empty_tables_of_the_right_shape(survey: Survey) -> None:
    empty, none = files(MONTHS[:1]).slice(0, 0), counts(*contacts(0, 1, 1)).slice(0, 0)
    assert delivery_profile(survey, empty, none).num_rows == 0
    assert held_back_rows(survey, held_back()).num_rows == 0
    assert fieldwork(survey, pa.Table.from_pylist([window("all", "all")]).slice(0, 0)).num_rows == 0
