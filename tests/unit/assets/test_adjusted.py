"""``marts.adjusted`` from respondents written by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.adjusted import SCHEMA, adjusted
from assets.figure_axes import Axes
from assets.reference_tables import reference_tables
from expectations.compile_respondents import statistics_columns
from tests.tiny_survey import tiny_survey

FIRST, SECOND = dt.date(2024, 2, 1), dt.date(2024, 5, 1)
CHANNELS = {"web": "online", "phone": "voice"}
TEXTS = ("person_id", "area_code", "channel", "channel_class", "target_group", "age_band", "incident_class")


@pytest.fixture(scope="module")
def axes() -> Axes:
    reference = reference_tables(tiny_survey(), dt.date(2025, 6, 1))
    return Axes(tiny_survey(), *(reference[name] for name in ("areas", "periods", "measures")))


def person(area: str, channel: str, mark: int, month: dt.date = FIRST, **more: Any) -> dict[str, Any]:
    return {
        "person_id": None, "area_code": area, "channel": channel, "channel_class": CHANNELS[channel],
        "target_group": "reporter", "age_band": None, "incident_class": None, "month": month,
        "y_mark__mean": mark, "y_mark__positive": int(mark >= 8), **more,
    }  # fmt: skip


def mixed(month: dt.date = FIRST) -> list[dict[str, Any]]:
    """On the phone marks are two points higher; T1 has mostly web, T2 mostly phone, and nobody knows where T9 is."""
    counts = {("T1", "web"): 15, ("T1", "phone"): 5, ("T2", "web"): 5, ("T2", "phone"): 15}
    rows = [
        person(area, channel, mark + 2 * (channel == "phone"), month)
        for (area, channel), times in counts.items() for mark in (5, 7) for _ in range(times)
    ]  # fmt: skip
    return [*rows, *(person("unallocated", "web", mark, month) for mark in (5, 7))]


def respondents(rows: list[dict[str, Any]]) -> pa.Table:
    columns = [column.column_name for column in statistics_columns(tiny_survey())]
    schema = pa.schema(
        [(name, pa.string()) for name in TEXTS] + [("month", pa.date32())] + [(name, pa.int8()) for name in columns]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def weights(rows: list[dict[str, Any]], weight: int = 1000) -> pa.Table:
    cells = {
        (r["month"].replace(month=3 * ((r["month"].month - 1) // 3) + 1), r["area_code"], r["channel"],
         r["target_group"], r["age_band"] or "unknown")
        for r in rows
    }  # fmt: skip
    names = ("quarter", "area_code", "channel", "target_group", "age_band")
    return pa.Table.from_pylist([dict(zip(names, cell, strict=True)) | {"weight": weight} for cell in sorted(cells)])


def archived_counts(*months: dt.date) -> pa.Table:
    return pa.table({"month": pa.array(list(months), pa.date32())})


def build(axes: Axes, rows: list[dict[str, Any]], archived: pa.Table | None = None, *gone: dt.date) -> pa.Table:
    kept = SCHEMA.empty_table() if archived is None else archived
    return adjusted(axes, respondents(rows), weights(rows), kept, archived_counts(*gone))


def figures(found: pa.Table, **where: Any) -> dict[str, dict[str, Any]]:
    """Rows of the mean mark of the first quarter by area."""
    wanted = {"item": "mark", "measure": "mean", "window": "quarter", "period_start": dt.date(2024, 1, 1)} | where
    return {
        str(row["area_code"]): row for row in found.to_pylist() if all(row[name] == v for name, v in wanted.items())
    }


def test_columns_are_those_of_the_table_contracts(axes: Axes) -> None:
    found = build(axes, mixed())
    for table in ("adjusted", "archived_adjusted"):
        assert found.column_names == [column.name for column in tiny_survey().tables[f"marts.{table}"].columns]


def test_areas_with_another_mix_and_the_same_service_score_the_same(axes: Axes) -> None:
    found = figures(build(axes, mixed()))
    assert set(found) == {"T1", "T2"}, "an unknown area has no figure, but is part of the whole"
    assert (found["T1"]["raw"], found["T2"]["raw"], found["T1"]["n"]) == (6.5, 7.5, 40)
    assert found["T1"]["adjusted"] == pytest.approx(found["T2"]["adjusted"]) == pytest.approx(6 + 2 * 40 / 82)
    assert found["T1"]["expected_for_mix"] == pytest.approx(6.5)
    assert found["T1"]["mix_effect"] == pytest.approx(found["T1"]["raw"] - found["T1"]["adjusted"])
    assert found["T1"]["standardised"] == pytest.approx(found["T1"]["adjusted"])
    assert 0.1 < found["T1"]["adjusted_se"] < 0.3
    assert found["T1"]["slopes"] == 1


def test_four_quarters_are_the_sum_of_quarters(axes: Axes) -> None:
    rows = mixed() + mixed(SECOND)
    found = figures(build(axes, rows), window="four_quarters")
    assert (found["T1"]["n"], found["T1"]["raw"]) == (80, 6.5)
    one = figures(build(axes, mixed()))["T1"]["adjusted_se"]
    assert found["T1"]["adjusted_se"] == pytest.approx(one / np.sqrt(2), rel=0.02)


def test_the_order_of_rows_and_the_names_of_persons_do_not_matter(axes: Axes) -> None:
    rows = [{**row, "person_id": f"p{number % 25}"} for number, row in enumerate(mixed())]
    renamed = [{**row, "person_id": f"q{24 - int(row['person_id'][1:])}"} for row in reversed(rows)]
    assert build(axes, renamed).equals(build(axes, rows))
    assert not build(axes, mixed()).equals(build(axes, rows)), "a person who answers twice counts as one"


def test_weights_have_no_unit(axes: Axes) -> None:
    rows = mixed()
    empty = SCHEMA.empty_table()
    thrice = adjusted(axes, respondents(rows), weights(rows, 3000), empty, archived_counts())
    for name in ("adjusted", "adjusted_se"):
        np.testing.assert_allclose(
            thrice.column(name).to_numpy(zero_copy_only=False),
            build(axes, rows).column(name).to_numpy(False),
            rtol=1e-5,
        )


def test_a_survey_with_one_of_everything_adjusts_nothing(axes: Axes) -> None:
    found = figures(build(axes, [row for row in mixed() if row["channel"] == "web"]))
    assert (found["T1"]["adjusted"], found["T1"]["mix_effect"], found["T1"]["slopes"]) == (found["T1"]["raw"], 0, 0)


def test_what_was_made_of_archived_months_is_kept_as_it_was(axes: Axes) -> None:
    before = build(axes, mixed() + mixed(SECOND))
    kept = before.filter(pa.compute.field("period_start") < pa.scalar(dt.date(2024, 4, 1)))
    after = build(axes, mixed(SECOND), kept, dt.date(2024, 1, 1), FIRST)
    keys = [(name, "ascending") for name in ("window", "period_start", "area_code", "item", "measure")]
    assert after.sort_by(keys).equals(before.sort_by(keys))
    gone = kept.set_column(0, "area_code", pa.array(["T0"] * kept.num_rows, pa.string()))
    assert "T0" not in build(axes, mixed(SECOND), gone, FIRST).column("area_code").to_pylist()


def test_a_respondent_without_weight_stops_the_release(axes: Axes) -> None:
    rows = mixed()
    with pytest.raises(ValueError, match="2 respondents have no weight"):
        adjusted(axes, respondents(rows), weights(rows[:-2]), SCHEMA.empty_table(), archived_counts())


def test_without_respondents_there_are_no_rows(axes: Axes) -> None:
    assert build(axes, []).num_rows == 0
    late = [person("T1", "web", 5, dt.date(2025, 5, 1))]
    assert build(axes, late).num_rows == 0, "its quarter has not closed"
