"""A tiny police in DuckDB: one nation, two units, three teams, three channels in two classes, two groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

SQL = Path(__file__).parents[3] / "sql"
MARTS = ("cells", "area_cells", "breakdown_cells", "window_cells")
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
    measure varchar, n bigint, sum_w bigint, sum_w2 bigint, sum_wy bigint, sum_w2y bigint, sum_wy2 bigint,
    sum_w2y2 bigint);
create table marts.archived_counts (area_code varchar, month date, channel varchar, target_group varchar,
    age_band varchar, contacts bigint, excluded bigint, responses bigint);
create table marts.archived_fieldwork (month date, channel varchar, invitation_mode varchar, contacts bigint,
    excluded bigint, invited bigint, responses bigint, lead_days bigint, lead_n bigint, answer_days bigint,
    answer_n bigint);
"""
RESPONDENTS = """
create or replace table marts.respondents as
select response_id, area_code, channel, channel_class, target_group, age_band, cast(month as date) as month,
    cast(weight as bigint) as weight, cast(y_mark__mean as tinyint) as y_mark__mean,
    cast(y_mark__mean >= 8 as tinyint) as y_mark__positive, cast("y_back__share.no" as tinyint) as "y_back__share.no"
from (values {rows}) t(
    response_id, area_code, channel, channel_class, target_group, age_band, month, weight, y_mark__mean,
    "y_back__share.no"
)
"""


class TinyPolice:
    """Marts over rows given by the test."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(REFERENCE)
        self.connection.execute(ARCHIVE)

    def respond(self, *rows: tuple[Any, ...]) -> None:
        """(area, channel, group, month, weight, mark, heard nothing back) per respondent."""
        classes = {"phone": "voice", "112": "voice", "web": "digital"}
        values = ", ".join(
            f"('r{n}', '{area}', '{channel}', '{classes[channel]}', '{group}', 'young', '{month}-01', {weight}, "
            f"{'null' if mark is None else mark}, {'null' if back is None else back})"
            for n, (area, channel, group, month, weight, mark, back) in enumerate(rows)
        )
        self.connection.execute(RESPONDENTS.format(rows=values))

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
