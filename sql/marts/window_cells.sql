-- Every cell that may be published: closed periods and combinations of reference.frame only. Months and quarters are
-- taken as they are; longer windows are the sum of their quarters, so windows and quarters always add up. The variance
-- has on top what people add who answered more than once within the window.
with closed_periods as (
    select
        "window",
        period_start,
        period_end
    from reference.periods
    where closed
),

longer_windows as (
    select
        closed_periods."window",
        closed_periods.period_start,
        closed_periods.period_end,
        quarters.period_start as quarter_start
    from closed_periods
    inner join reference.periods as quarters
        on
            closed_periods.period_start <= quarters.period_start
            and closed_periods.period_end >= quarters.period_end
    where
        closed_periods."window" = 'four_quarters'
        and quarters."window" = 'quarter'
),

calendar_cells as (
    select
        area_cells.level,
        area_cells.area_code,
        area_cells.channel,
        area_cells.target_group,
        area_cells."window",
        area_cells.period_start,
        closed_periods.period_end,
        area_cells.item,
        area_cells.measure,
        area_cells.n,
        area_cells.sum_w,
        area_cells.sum_w2,
        area_cells.sum_wy,
        area_cells.sum_wy2,
        area_cells.v_yy,
        area_cells.v_y1,
        area_cells.v_11,
        area_cells.fpc_yy,
        area_cells.fpc_y1,
        area_cells.fpc_11,
        area_cells.strata
    from marts.area_cells
    inner join closed_periods
        on
            area_cells."window" = closed_periods."window"
            and area_cells.period_start = closed_periods.period_start
),

longer_cells as (
    select
        area_cells.level,
        area_cells.area_code,
        area_cells.channel,
        area_cells.target_group,
        longer_windows."window",
        longer_windows.period_start,
        longer_windows.period_end,
        area_cells.item,
        area_cells.measure,
        cast(sum(area_cells.n) as bigint) as n,
        cast(sum(area_cells.sum_w) as bigint) as sum_w,
        cast(sum(area_cells.sum_w2) as bigint) as sum_w2,
        cast(sum(area_cells.sum_wy) as bigint) as sum_wy,
        cast(sum(area_cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(area_cells.v_yy) as bigint) as v_yy,
        cast(sum(area_cells.v_y1) as bigint) as v_y1,
        cast(sum(area_cells.v_11) as bigint) as v_11,
        cast(sum(area_cells.fpc_yy) as bigint) as fpc_yy,
        cast(sum(area_cells.fpc_y1) as bigint) as fpc_y1,
        cast(sum(area_cells.fpc_11) as bigint) as fpc_11,
        cast(sum(area_cells.strata) as bigint) as strata
    from marts.area_cells
    inner join longer_windows
        on
            area_cells.period_start = longer_windows.quarter_start
            and area_cells."window" = 'quarter'
    group by
        area_cells.level,
        area_cells.area_code,
        area_cells.channel,
        area_cells.target_group,
        longer_windows."window",
        longer_windows.period_start,
        longer_windows.period_end,
        area_cells.item,
        area_cells.measure
),

cells_of_windows as (
    select
        level,
        area_code,
        channel,
        target_group,
        "window",
        period_start,
        period_end,
        item,
        measure,
        n,
        sum_w,
        sum_w2,
        sum_wy,
        sum_wy2,
        v_yy,
        v_y1,
        v_11,
        fpc_yy,
        fpc_y1,
        fpc_11,
        strata
    from calendar_cells
    union all
    select
        level,
        area_code,
        channel,
        target_group,
        "window",
        period_start,
        period_end,
        item,
        measure,
        n,
        sum_w,
        sum_w2,
        sum_wy,
        sum_wy2,
        v_yy,
        v_y1,
        v_11,
        fpc_yy,
        fpc_y1,
        fpc_11,
        strata
    from longer_cells
)

select
    cells.level,
    cells.area_code,
    cells.channel,
    cells.target_group,
    cells.item,
    cells.measure,
    cells."window",
    cells.period_start,
    cells.period_end,
    cells.n,
    cells.sum_w,
    cells.sum_w2,
    cells.sum_wy,
    cells.sum_wy2,
    cells.v_yy + coalesce(repeats.v_yy, 0) as v_yy,
    cells.v_y1 + coalesce(repeats.v_y1, 0) as v_y1,
    cells.v_11 + coalesce(repeats.v_11, 0) as v_11,
    cells.fpc_yy + coalesce(repeats.fpc_yy, 0) as fpc_yy,
    cells.fpc_y1 + coalesce(repeats.fpc_y1, 0) as fpc_y1,
    cells.fpc_11 + coalesce(repeats.fpc_11, 0) as fpc_11,
    cells.strata
from cells_of_windows as cells
inner join reference.frame
    on
        cells.level = frame.level
        and cells.channel = frame.channel
        and cells.target_group = frame.target_group
        and cells."window" = frame."window"
left join marts.repeat_persons as repeats
    on
        cells.level = repeats.level
        and cells.area_code = repeats.area_code
        and cells.channel = repeats.channel
        and cells.target_group = repeats.target_group
        and cells."window" = repeats."window"
        and cells.period_start = repeats.period_start
        and cells.item = repeats.item
        and cells.measure = repeats.measure
