"""A tiny police in DuckDB: one nation, two units, three teams, three channels in two classes, two groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

SQL = Path(__file__).parents[3] / "sql"
MARTS = ("cells", "strata", "breakdown_cells", "area_cells", "repeat_persons", "window_cells")
CONTACTS_PER_ANSWER = 4
REFERENCE = """
create schema reference; create schema staging; create schema marts;
create table reference.measures as
    select * from (values ('mark', 'mean'), ('mark', 'positive'), ('back', 'share.no')) t(item, measure);
create table reference.channels as
    select * from (values ('phone', 'voice'), ('112', 'voice'), ('web', 'digital')) t(channel, channel_class);
create table reference.target_groups as
    select * from (values ('victim', true), ('caller', true), ('other', false)) t(target_group, in_scope);
create table reference.area_rollup as select * from (values
    ('T1', 'team', 'T1'), ('T2', 'team', 'T2'), ('T3', 'team', 'T3'),
    ('T1', 'unit', 'U1'), ('T2', 'unit', 'U1'), ('T3', 'unit', 'U2'),
    ('T1', 'nation', 'NL'), ('T2', 'nation', 'NL'), ('T3', 'nation', 'NL'), ('unallocated', 'nation', 'NL')
) t(leaf_code, level, area_code);
create table reference.periods as
    select 'month' as "window", cast(d as date) as period_start, last_day(cast(d as date)) as period_end,
        cast(d as date) < date '2025-04-01' as closed
    from range(timestamp '2024-01-01', timestamp '2025-07-01', interval 1 month) t(d)
    union all
    select 'quarter', cast(d as date), last_day(cast(d + interval 2 month as date)), cast(d as date) < date '2025-04-01'
    from range(timestamp '2024-01-01', timestamp '2025-07-01', interval 3 month) t(d)
    union all
    select 'four_quarters', cast(d as date), last_day(cast(d + interval 11 month as date)), d < timestamp '2024-06-01'
    from range(timestamp '2024-01-01', timestamp '2024-10-01', interval 3 month) t(d);
create table reference.frame as
    with windows as (select unnest(['quarter', 'four_quarters']) as "window")
    select * from (
        select 'nation' as level, 'all' as channel, 'all' as target_group, 'month' as "window"
        union all select l, 'all', 'all', "window" from windows, unnest(['nation', 'unit', 'team']) t(l)
        union all select 'nation', c, 'all', "window" from windows, unnest(['phone', '112', 'web']) t(c)
        union all select l, k, 'all', "window"
            from windows, unnest(['nation', 'team']) a(l), unnest(['voice', 'digital']) t(k)
        union all select l, 'all', g, "window"
            from windows, unnest(['nation', 'team']) a(l), unnest(['victim', 'caller']) t(g)
        union all select 'nation', k, g, "window"
            from windows, unnest(['voice', 'digital']) t(k), unnest(['victim', 'caller']) u(g)
    );
"""
ARCHIVE = """
create table marts.archived_cells (area_code varchar, channel varchar, target_group varchar, month date, item varchar,
    measure varchar, n bigint, sum_y bigint, sum_w bigint, sum_w2 bigint, sum_wy bigint, sum_w2y bigint, sum_wy2 bigint,
    sum_w2y2 bigint);
create table marts.archived_counts (area_code varchar, month date, channel varchar, target_group varchar,
    age_band varchar, contacts bigint, excluded bigint, invited bigint, responses bigint);
create table marts.archived_fieldwork (month date, channel varchar, invitation_mode varchar, contacts bigint,
    excluded bigint, invited bigint, responses bigint, lead_days bigint, lead_n bigint, answer_days bigint,
    answer_n bigint);
create table marts.archived_repeats (level varchar, area_code varchar, channel varchar, target_group varchar,
    "window" varchar, period_start date, item varchar, measure varchar, v_yy bigint, v_y1 bigint, v_11 bigint,
    fpc_yy bigint, fpc_y1 bigint, fpc_11 bigint);
create table marts.calibrated_variance (level varchar, area_code varchar, channel varchar, target_group varchar,
    "window" varchar, period_start date, item varchar, measure varchar, n bigint, v_yy bigint, v_y1 bigint,
    v_11 bigint);
"""
RESPONDENTS = """
create or replace table marts.respondents as
select response_id, person_id, area_code, channel, channel_class, target_group, age_band, cast(month as date) as month,
    cast(y_mark__mean as tinyint) as y_mark__mean,
    cast(y_mark__mean >= 8 as tinyint) as y_mark__positive, cast("y_back__share.no" as tinyint) as "y_back__share.no"
from (values {rows}) t(
    response_id, person_id, area_code, channel, channel_class, target_group, age_band, month, y_mark__mean,
    "y_back__share.no"
)
"""
COUNTS = """
create or replace table marts.leaf_counts as
select area_code, month, channel, target_group, coalesce(age_band, 'unknown') as age_band,
    {contacts} + 1 as contacts, 1 as excluded, {contacts} as invited, 1 as responses
from marts.respondents
"""
WEIGHTS = """
create or replace table marts.weights as
select cast(date_trunc('quarter', cast(month as date)) as date) as quarter, area_code, channel, target_group, age_band,
    cast(1 as bigint) as contacts, cast(1 as bigint) as invited, cast(1 as bigint) as responses,
    cast(1 as double) as base_weight, cast(weight as bigint) as weight, cast([] as integer[]) as margins,
    0 as margin_set
from (values {rows}) t(month, area_code, channel, target_group, age_band, weight)
"""


class TinyPolice:
    """Marts over rows given by the test."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(REFERENCE)
        self.connection.execute(ARCHIVE)

    def respond(self, *rows: tuple[Any, ...]) -> None:
        """(area, channel, group, month, weight, mark, heard nothing back[, person]) per respondent.

        A weight belongs to a cell, so the first respondent is young and the others have an age band of their own. Each
        stands for the same number of contacts in its stratum, besides one that was left out.
        """
        classes = {"phone": "voice", "112": "voice", "web": "digital"}
        ages = ["young", *(f"age {n}" for n in range(1, len(rows)))]
        values = ", ".join(
            f"('r{n}', '{(person or [f'p{n}'])[0]}', '{area}', '{channel}', '{classes[channel]}', '{group}', "
            f"'{ages[n]}', '{month}-01', {'null' if mark is None else mark}, {'null' if back is None else back})"
            for n, (area, channel, group, month, _, mark, back, *person) in enumerate(rows)
        )
        self.connection.execute(RESPONDENTS.format(rows=values))
        self.connection.execute(COUNTS.format(contacts=CONTACTS_PER_ANSWER))
        cells = ", ".join(
            f"('{month}-01', '{area}', '{channel}', '{group}', '{age}', {weight})"
            for (area, channel, group, month, weight, *_), age in zip(rows, ages, strict=True)
        )
        self.connection.execute(WEIGHTS.format(rows=cells))

    def build(self, *tables: str) -> None:
        for table in tables:
            sql = (SQL / "marts" / f"{table}.sql").read_text(encoding="utf-8")
            self.connection.execute(f"create or replace table marts.{table} as {sql}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def figure(
        self,
        level: str,
        area: str,
        window: str,
        start: str,
        channel: str = "all",
        group: str = "all",
        item: str = "mark",
        measure: str = "mean",
    ) -> tuple[Any, ...] | None:
        """(n, sum_w, sum_wy) of one window cell."""
        found = self.rows(
            f"""select n, sum_w, sum_wy from marts.window_cells where level = '{level}' and area_code = '{area}'
            and "window" = '{window}' and period_start = '{start}' and channel = '{channel}'
            and target_group = '{group}' and item = '{item}' and measure = '{measure}'"""
        )
        assert len(found) <= 1
        return found[0] if found else None


@pytest.fixture
def police() -> TinyPolice:
    return TinyPolice()
