-- Every cell that may be published: closed periods and combinations of reference.frame only. Months and quarters are
-- taken as they are; longer windows are the sum of their quarters, so windows and quarters always add up.
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
        breakdown_cells.level,
        breakdown_cells.area_code,
        breakdown_cells.channel,
        breakdown_cells.target_group,
        breakdown_cells."window",
        breakdown_cells.period_start,
        closed_periods.period_end,
        breakdown_cells.item,
        breakdown_cells.measure,
        breakdown_cells.n,
        breakdown_cells.sum_w,
        breakdown_cells.sum_w2,
        breakdown_cells.sum_wy,
        breakdown_cells.sum_w2y,
        breakdown_cells.sum_wy2,
        breakdown_cells.sum_w2y2
    from marts.breakdown_cells
    inner join closed_periods
        on
            breakdown_cells."window" = closed_periods."window"
            and breakdown_cells.period_start = closed_periods.period_start
),

longer_cells as (
    select
        breakdown_cells.level,
        breakdown_cells.area_code,
        breakdown_cells.channel,
        breakdown_cells.target_group,
        longer_windows."window",
        longer_windows.period_start,
        longer_windows.period_end,
        breakdown_cells.item,
        breakdown_cells.measure,
        cast(sum(breakdown_cells.n) as bigint) as n,
        cast(sum(breakdown_cells.sum_w) as bigint) as sum_w,
        cast(sum(breakdown_cells.sum_w2) as bigint) as sum_w2,
        cast(sum(breakdown_cells.sum_wy) as bigint) as sum_wy,
        cast(sum(breakdown_cells.sum_w2y) as bigint) as sum_w2y,
        cast(sum(breakdown_cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(breakdown_cells.sum_w2y2) as bigint) as sum_w2y2
    from marts.breakdown_cells
    inner join longer_windows
        on
            breakdown_cells.period_start = longer_windows.quarter_start
            and breakdown_cells."window" = 'quarter'
    group by
        breakdown_cells.level,
        breakdown_cells.area_code,
        breakdown_cells.channel,
        breakdown_cells.target_group,
        longer_windows."window",
        longer_windows.period_start,
        longer_windows.period_end,
        breakdown_cells.item,
        breakdown_cells.measure
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
        sum_w2y,
        sum_wy2,
        sum_w2y2
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
        sum_w2y,
        sum_wy2,
        sum_w2y2
    from longer_cells
)

select
    cells_of_windows.level,
    cells_of_windows.area_code,
    cells_of_windows.channel,
    cells_of_windows.target_group,
    cells_of_windows.item,
    cells_of_windows.measure,
    cells_of_windows."window",
    cells_of_windows.period_start,
    cells_of_windows.period_end,
    cells_of_windows.n,
    cells_of_windows.sum_w,
    cells_of_windows.sum_w2,
    cells_of_windows.sum_wy,
    cells_of_windows.sum_w2y,
    cells_of_windows.sum_wy2,
    cells_of_windows.sum_w2y2
from cells_of_windows
inner join reference.frame
    on
        cells_of_windows.level = frame.level
        and cells_of_windows.channel = frame.channel
        and cells_of_windows.target_group = frame.target_group
        and cells_of_windows."window" = frame."window"
