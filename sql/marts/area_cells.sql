-- Cells of every area at every level, in the calendar periods that are added up further: quarters everywhere, months
-- where a level publishes months. Channel and target group are still the finest.
-- Time first (quarters from months), then space, so no coarser figure goes back to respondents. Areas that consist of
-- one leaf area (the leaf areas themselves) are copied, the others added up.
-- Contacts without a known area ('unallocated') count at the top level only: reference.area_rollup says so.
with rollups as (
    select
        level,
        area_code,
        leaf_code,
        count(*) over (partition by level, area_code) as leaf_areas
    from reference.area_rollup
),

monthly_levels as (
    select distinct level
    from reference.frame
    where "window" = 'month'
),

leaf_quarters as (
    select
        area_code as leaf_code,
        channel,
        target_group,
        cast(date_trunc('quarter', month) as date) as period_start,
        item,
        measure,
        cast(sum(n) as bigint) as n,
        cast(sum(sum_w) as bigint) as sum_w,
        cast(sum(sum_w2) as bigint) as sum_w2,
        cast(sum(sum_wy) as bigint) as sum_wy,
        cast(sum(sum_w2y) as bigint) as sum_w2y,
        cast(sum(sum_wy2) as bigint) as sum_wy2,
        cast(sum(sum_w2y2) as bigint) as sum_w2y2
    from marts.cells
    group by leaf_code, channel, target_group, period_start, item, measure
),

quarters_of_single_areas as (
    select
        rollups.level,
        rollups.area_code,
        leaf_quarters.channel,
        leaf_quarters.target_group,
        'quarter' as "window",
        leaf_quarters.period_start,
        leaf_quarters.item,
        leaf_quarters.measure,
        leaf_quarters.n,
        leaf_quarters.sum_w,
        leaf_quarters.sum_w2,
        leaf_quarters.sum_wy,
        leaf_quarters.sum_w2y,
        leaf_quarters.sum_wy2,
        leaf_quarters.sum_w2y2
    from leaf_quarters
    inner join rollups
        on leaf_quarters.leaf_code = rollups.leaf_code
    where rollups.leaf_areas = 1
),

quarters_of_joined_areas as (
    select
        rollups.level,
        rollups.area_code,
        leaf_quarters.channel,
        leaf_quarters.target_group,
        'quarter' as "window",
        leaf_quarters.period_start,
        leaf_quarters.item,
        leaf_quarters.measure,
        cast(sum(leaf_quarters.n) as bigint) as n,
        cast(sum(leaf_quarters.sum_w) as bigint) as sum_w,
        cast(sum(leaf_quarters.sum_w2) as bigint) as sum_w2,
        cast(sum(leaf_quarters.sum_wy) as bigint) as sum_wy,
        cast(sum(leaf_quarters.sum_w2y) as bigint) as sum_w2y,
        cast(sum(leaf_quarters.sum_wy2) as bigint) as sum_wy2,
        cast(sum(leaf_quarters.sum_w2y2) as bigint) as sum_w2y2
    from leaf_quarters
    inner join rollups
        on leaf_quarters.leaf_code = rollups.leaf_code
    where rollups.leaf_areas > 1
    group by
        rollups.level,
        rollups.area_code,
        leaf_quarters.channel,
        leaf_quarters.target_group,
        leaf_quarters.period_start,
        leaf_quarters.item,
        leaf_quarters.measure
),

months as (
    select
        rollups.level,
        rollups.area_code,
        cells.channel,
        cells.target_group,
        'month' as "window",
        cells.month as period_start,
        cells.item,
        cells.measure,
        cast(sum(cells.n) as bigint) as n,
        cast(sum(cells.sum_w) as bigint) as sum_w,
        cast(sum(cells.sum_w2) as bigint) as sum_w2,
        cast(sum(cells.sum_wy) as bigint) as sum_wy,
        cast(sum(cells.sum_w2y) as bigint) as sum_w2y,
        cast(sum(cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(cells.sum_w2y2) as bigint) as sum_w2y2
    from marts.cells
    inner join rollups
        on cells.area_code = rollups.leaf_code
    inner join monthly_levels
        on rollups.level = monthly_levels.level
    group by
        rollups.level,
        rollups.area_code,
        cells.channel,
        cells.target_group,
        cells.month,
        cells.item,
        cells.measure
)

select
    level,
    area_code,
    channel,
    target_group,
    "window",
    period_start,
    item,
    measure,
    n,
    sum_w,
    sum_w2,
    sum_wy,
    sum_w2y,
    sum_wy2,
    sum_w2y2
from quarters_of_single_areas
union all
select
    level,
    area_code,
    channel,
    target_group,
    "window",
    period_start,
    item,
    measure,
    n,
    sum_w,
    sum_w2,
    sum_wy,
    sum_w2y,
    sum_wy2,
    sum_w2y2
from quarters_of_joined_areas
union all
select
    level,
    area_code,
    channel,
    target_group,
    "window",
    period_start,
    item,
    measure,
    n,
    sum_w,
    sum_w2,
    sum_wy,
    sum_w2y,
    sum_wy2,
    sum_w2y2
from months
