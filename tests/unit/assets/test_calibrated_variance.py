"""Variances under calibrated weights as a table: the dense residual formula per figure, and quarters without rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assets.calibrated_variance import SCHEMA, Reference, calibrated_variance, exact_levels
from assets.statistics import design
from expectations.compile_respondents import statistics_columns
from expectations.load import DEFAULT_SURVEY, load_survey
from tests.tiny_survey import tiny_survey

SURVEY = tiny_survey()
Q1, Q2 = dt.date(2024, 1, 1), dt.date(2024, 4, 1)
REFERENCE = Reference(
    area_rollup=pa.table(
        {"leaf_code": ["T1", "T2", "unallocated", "T1"], "level": ["nation", "nation", "nation", "team"],
         "area_code": ["NL", "NL", "NL", "T1"]}
    ),
    frame=pa.table(
        {"level": ["nation"] * 4, "channel": ["all", "all", "web", "all"],
         "target_group": ["all", "all", "all", "reporter"], "window": ["month", "quarter", "quarter", "four_quarters"]}
    ),
)  # fmt: skip
CELL = ("area_code", "channel", "target_group", "age_band")
COUNTS_GONE = pa.schema([("month", pa.date32())])
NOTHING, NOTHING_GONE = SCHEMA.empty_table(), COUNTS_GONE.empty_table()


class Police:
    """Respondents of one quarter at random, with weights that were calibrated to area and channel."""

    def __init__(self, quarter: dt.date = Q1) -> None:
        chance = np.random.default_rng(20240101)
        count = 60
        self.area = chance.choice(["T1", "T2", "unallocated"], count)
        self.channel = chance.choice(["web", "phone"], count)
        self.group = chance.choice(["reporter", "suspect"], count)
        self.month = [dt.date(quarter.year, quarter.month + int(m), 1) for m in chance.integers(0, 3, count)]
        self.mark = chance.integers(1, 11, count).astype(np.float64)
        self.mark[chance.random(count) < 0.2] = np.nan
        cells = sorted({*zip(self.area, self.channel, self.group, strict=True)})
        margins = sorted({a for a, *_ in cells} | {c for _, c, _ in cells})
        base = dict(zip(cells, chance.uniform(2, 9, len(cells)), strict=True))
        g = dict(zip(cells, chance.uniform(0.7, 1.4, len(cells)), strict=True))
        here = list(zip(self.area, self.channel, self.group, strict=True))
        self.base = np.array([base[cell] for cell in here])
        self.weight = np.array([round(1000 * base[cell] * g[cell]) for cell in here], dtype=np.float64)
        self.x = np.array([[float(m in cell) for m in margins] for cell in here])
        columns: dict[str, Any] = {c.column_name: [None] * count for c in statistics_columns(SURVEY)}
        columns["y_mark__mean"] = [None if np.isnan(m) else int(m) for m in self.mark]
        self.respondents = pa.table(
            {"area_code": self.area, "channel": self.channel, "channel_class": ["digital"] * count,
             "target_group": self.group, "age_band": pa.nulls(count, pa.string()), "month": self.month,
             **{name: pa.array(values, pa.int8()) for name, values in columns.items()}}
        )  # fmt: skip
        self.weights = pa.table(
            {
                "quarter": [quarter] * len(cells),
                **{name: [cell[n] for cell in cells] for n, name in enumerate(CELL[:3])},
                "age_band": ["unknown"] * len(cells),
                "base_weight": [base[cell] for cell in cells],
                "weight": pa.array([round(1000 * base[cell] * g[cell]) for cell in cells], pa.int64()),
                "margins": pa.array(
                    [[n for n, m in enumerate(margins) if m in cell] for cell in cells], pa.list_(pa.int32())
                ),
            }
        )
        names, self.stratum = np.unique(self.area, return_inverse=True)
        self.size = np.bincount(self.stratum).astype(np.float64)
        self.strata = pa.table(
            {"area_code": names, "quarter": [quarter] * len(names), "responses": self.size.astype(np.int64)}
        )

    def built(self, **other: pa.Table) -> list[dict[str, Any]]:
        tables = {"weights": self.weights, "archived": NOTHING, "gone": NOTHING_GONE} | other
        made = calibrated_variance(
            SURVEY, self.respondents, tables["weights"], self.strata, REFERENCE, tables["archived"], tables["gone"]
        )
        assert made.column_names == [c.name for c in SURVEY.tables["marts.calibrated_variance"].columns]
        return list(made.to_pylist())

    def dense(self, inside: np.ndarray[Any, Any]) -> tuple[int, list[float]]:
        """Answers and triple of the mean mark in a domain, from the residual of every respondent."""
        answered = inside & ~np.isnan(self.mark)
        z = np.column_stack([np.where(answered, self.mark, 0), answered])
        influence = self.weight[:, None] * design.residuals(z, self.base, self.x)
        v = design.covariance(influence, design.Design(self.stratum, size=self.size))
        return int(answered.sum()), [v[0, 0], v[0, 1], v[1, 1]]


@pytest.fixture(scope="module")
def police() -> Police:
    return Police()


def test_each_figure_has_the_variance_of_its_residuals(police: Police) -> None:
    rows = {(r["channel"], r["target_group"], r["window"], r["period_start"]): r for r in police.built()}
    month = np.array(police.month)
    everyone = np.ones(len(month), dtype=bool)
    expected = {("all", "all", "quarter", Q1): everyone, ("web", "all", "quarter", Q1): police.channel == "web"}
    expected |= {("all", "reporter", "quarter", Q1): police.group == "reporter"}
    expected |= {("all", "all", "month", m): month == m for m in sorted(set(police.month))}
    assert rows.keys() == expected.keys(), "what the frame of the level has, and nothing else"
    for place, inside in expected.items():
        n, triple = police.dense(inside)
        row = rows[place]
        assert (row["level"], row["area_code"], row["item"], row["measure"]) == ("nation", "NL", "mark", "mean")
        assert row["n"] == n
        assert [row["v_yy"], row["v_y1"], row["v_11"]] == pytest.approx(triple, rel=1e-6, abs=1)


def test_two_runs_give_the_same_rows(police: Police) -> None:
    assert police.built() == police.built()


def test_without_calibration_the_fixed_weights_stand(police: Police) -> None:
    empty = pa.array([[]] * police.weights.num_rows, pa.list_(pa.int32()))
    plain = police.weights.set_column(police.weights.schema.get_field_index("margins"), "margins", empty)
    assert police.built(weights=plain) == []


def test_a_quarter_that_has_lost_rows_is_what_the_archive_says(police: Police) -> None:
    kept = [{**dict.fromkeys(SCHEMA.names, "x"), "period_start": Q1, "n": 1, "v_yy": 2, "v_y1": 3, "v_11": 4}]
    gone = pa.table({"month": [dt.date(2024, 2, 1)]}, schema=COUNTS_GONE)
    assert police.built(archived=pa.Table.from_pylist(kept, SCHEMA), gone=gone) == kept


def test_a_respondent_without_a_weight_stops_the_release(police: Police) -> None:
    with pytest.raises(ValueError, match="have no weight"):
        police.built(weights=police.weights.slice(1))


def test_a_survey_without_respondents_has_no_rows(police: Police) -> None:
    made = calibrated_variance(
        SURVEY, police.respondents.slice(0, 0), police.weights, police.strata, REFERENCE, NOTHING, NOTHING_GONE
    )
    assert made.num_rows == 0


def test_the_higher_levels_are_exact_and_the_top_always_is() -> None:
    assert [level.code for level in exact_levels(load_survey(DEFAULT_SURVEY))] == ["nation", "unit"]
    assert [level.code for level in exact_levels(SURVEY)] == ["nation"]
    alone = SURVEY.model_copy(update={"levels": SURVEY.levels[:1]})
    assert [level.code for level in exact_levels(alone)] == ["nation"]
