-- Area cells with totals over channels and target groups: per channel, per channel class, per target group, per class
-- and group, and over everything ('all'). Each coarser breakdown is added up from the next finer one.
-- Only combinations of reference.frame leave this file, in the calendar period their windows are made of.
-- A channel or target group that is not known counts in the totals only.
with combinations as (
    select distinct
        level,
        channel,
        target_group,
        case "window" when 'month' then 'month' else 'quarter' end as "window"
    from reference.frame
),

channel_cells as not materialized (
    select
        area_cells.level,
        area_cells.area_code,
        area_cells.channel,
        channels.channel_class,
        area_cells.target_group,
        area_cells."window",
        area_cells.period_start,
        area_cells.item,
        area_cells.measure,
        area_cells.n,
        area_cells.sum_w,
        area_cells.sum_w2,
        area_cells.sum_wy,
        area_cells.sum_w2y,
        area_cells.sum_wy2,
        area_cells.sum_w2y2
    from marts.area_cells
    left join reference.channels
        on area_cells.channel = channels.channel
),

channel_totals as (
    select
        channel_cells.level,
        channel_cells.area_code,
        channel_cells.channel,
        'all' as target_group,
        channel_cells."window",
        channel_cells.period_start,
        channel_cells.item,
        channel_cells.measure,
        cast(sum(channel_cells.n) as bigint) as n,
        cast(sum(channel_cells.sum_w) as bigint) as sum_w,
        cast(sum(channel_cells.sum_w2) as bigint) as sum_w2,
        cast(sum(channel_cells.sum_wy) as bigint) as sum_wy,
        cast(sum(channel_cells.sum_w2y) as bigint) as sum_w2y,
        cast(sum(channel_cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(channel_cells.sum_w2y2) as bigint) as sum_w2y2
    from channel_cells
    inner join combinations
        on
            channel_cells.level = combinations.level
            and channel_cells.channel = combinations.channel
            and channel_cells."window" = combinations."window"
            and combinations.target_group = 'all'
    group by
        channel_cells.level,
        channel_cells.area_code,
        channel_cells.channel,
        channel_cells."window",
        channel_cells.period_start,
        channel_cells.item,
        channel_cells.measure
),

classes_by_group as (
    select
        level,
        area_code,
        channel_class as channel,
        target_group,
        "window",
        period_start,
        item,
        measure,
        cast(sum(n) as bigint) as n,
        cast(sum(sum_w) as bigint) as sum_w,
        cast(sum(sum_w2) as bigint) as sum_w2,
        cast(sum(sum_wy) as bigint) as sum_wy,
        cast(sum(sum_w2y) as bigint) as sum_w2y,
        cast(sum(sum_wy2) as bigint) as sum_wy2,
        cast(sum(sum_w2y2) as bigint) as sum_w2y2
    from channel_cells
    group by level, area_code, channel_class, target_group, "window", period_start, item, measure
),

class_totals as (
    select
        level,
        area_code,
        channel,
        'all' as target_group,
        "window",
        period_start,
        item,
        measure,
        cast(sum(n) as bigint) as n,
        cast(sum(sum_w) as bigint) as sum_w,
        cast(sum(sum_w2) as bigint) as sum_w2,
        cast(sum(sum_wy) as bigint) as sum_wy,
        cast(sum(sum_w2y) as bigint) as sum_w2y,
        cast(sum(sum_wy2) as bigint) as sum_wy2,
        cast(sum(sum_w2y2) as bigint) as sum_w2y2
    from classes_by_group
    group by level, area_code, channel, "window", period_start, item, measure
),

group_totals as (
    select
        level,
        area_code,
        'all' as channel,
        target_group,
        "window",
        period_start,
        item,
        measure,
        cast(sum(n) as bigint) as n,
        cast(sum(sum_w) as bigint) as sum_w,
        cast(sum(sum_w2) as bigint) as sum_w2,
        cast(sum(sum_wy) as bigint) as sum_wy,
        cast(sum(sum_w2y) as bigint) as sum_w2y,
        cast(sum(sum_wy2) as bigint) as sum_wy2,
        cast(sum(sum_w2y2) as bigint) as sum_w2y2
    from classes_by_group
    group by level, area_code, target_group, "window", period_start, item, measure
),

grand_totals as (
    select
        level,
        area_code,
        'all' as channel,
        'all' as target_group,
        "window",
        period_start,
        item,
        measure,
        cast(sum(n) as bigint) as n,
        cast(sum(sum_w) as bigint) as sum_w,
        cast(sum(sum_w2) as bigint) as sum_w2,
        cast(sum(sum_wy) as bigint) as sum_wy,
        cast(sum(sum_w2y) as bigint) as sum_w2y,
        cast(sum(sum_wy2) as bigint) as sum_wy2,
        cast(sum(sum_w2y2) as bigint) as sum_w2y2
    from group_totals
    group by level, area_code, "window", period_start, item, measure
),

breakdowns as (
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
    from channel_cells
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
    from channel_totals
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
    from classes_by_group
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
    from class_totals
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
    from group_totals
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
    from grand_totals
)

select
    breakdowns.level,
    breakdowns.area_code,
    breakdowns.channel,
    breakdowns.target_group,
    breakdowns."window",
    breakdowns.period_start,
    breakdowns.item,
    breakdowns.measure,
    breakdowns.n,
    breakdowns.sum_w,
    breakdowns.sum_w2,
    breakdowns.sum_wy,
    breakdowns.sum_w2y,
    breakdowns.sum_wy2,
    breakdowns.sum_w2y2
from breakdowns
inner join combinations
    on
        breakdowns.level = combinations.level
        and breakdowns.channel = combinations.channel
        and breakdowns.target_group = combinations.target_group
        and breakdowns."window" = combinations."window"
