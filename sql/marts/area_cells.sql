-- Cells of every area at every level, in the calendar periods that are added up further: quarters everywhere, months
-- where a level publishes months. Strata lie within leaf areas, so everything is a sum, the variances too.
-- Areas that consist of one leaf area (the leaf areas themselves) are copied, the others added up.
-- Answers without a known area ('unallocated') count at the top level only: reference.area_rollup says so.
-- Where weights were calibrated and the table marts.calibrated_variance has the figure, its variance takes the place of
-- the one with fixed weights, which is slightly too large; fpc_* are those of fixed weights everywhere. Not where the
-- figure is about other answers (n): an archived quarter of a unit that got or lost a leaf area since.
with combinations as (
    select distinct
        level,
        channel,
        target_group,
        case "window" when 'month' then 'month' else 'quarter' end as "window"
    from reference.frame
),

rollups as (
    select
        level,
        area_code,
        leaf_code,
        count(*) over (partition by level, area_code) as leaf_areas
    from reference.area_rollup
),

single_areas as (
    select
        rollups.level,
        rollups.area_code,
        cells.channel,
        cells.target_group,
        cells."window",
        cells.period_start,
        cells.item,
        cells.measure,
        cells.n,
        cells.sum_w,
        cells.sum_w2,
        cells.sum_wy,
        cells.sum_wy2,
        cells.v_yy,
        cells.v_y1,
        cells.v_11,
        cells.fpc_yy,
        cells.fpc_y1,
        cells.fpc_11,
        1 as strata
    from marts.breakdown_cells as cells
    inner join rollups
        on cells.area_code = rollups.leaf_code
    inner join combinations
        on
            rollups.level = combinations.level
            and cells.channel = combinations.channel
            and cells.target_group = combinations.target_group
            and cells."window" = combinations."window"
    where rollups.leaf_areas = 1
),

joined_areas as (
    select
        rollups.level,
        rollups.area_code,
        cells.channel,
        cells.target_group,
        cells."window",
        cells.period_start,
        cells.item,
        cells.measure,
        cast(sum(cells.n) as bigint) as n,
        cast(sum(cells.sum_w) as bigint) as sum_w,
        cast(sum(cells.sum_w2) as bigint) as sum_w2,
        cast(sum(cells.sum_wy) as bigint) as sum_wy,
        cast(sum(cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(cells.v_yy) as bigint) as v_yy,
        cast(sum(cells.v_y1) as bigint) as v_y1,
        cast(sum(cells.v_11) as bigint) as v_11,
        cast(sum(cells.fpc_yy) as bigint) as fpc_yy,
        cast(sum(cells.fpc_y1) as bigint) as fpc_y1,
        cast(sum(cells.fpc_11) as bigint) as fpc_11,
        count(*) as strata
    from marts.breakdown_cells as cells
    inner join rollups
        on cells.area_code = rollups.leaf_code
    inner join combinations
        on
            rollups.level = combinations.level
            and cells.channel = combinations.channel
            and cells.target_group = combinations.target_group
            and cells."window" = combinations."window"
    where rollups.leaf_areas > 1
    group by
        rollups.level,
        rollups.area_code,
        cells.channel,
        cells.target_group,
        cells."window",
        cells.period_start,
        cells.item,
        cells.measure
),

areas as (
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
        sum_wy2,
        v_yy,
        v_y1,
        v_11,
        fpc_yy,
        fpc_y1,
        fpc_11,
        strata
    from single_areas
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
        sum_wy2,
        v_yy,
        v_y1,
        v_11,
        fpc_yy,
        fpc_y1,
        fpc_11,
        strata
    from joined_areas
)

select
    areas.level,
    areas.area_code,
    areas.channel,
    areas.target_group,
    areas."window",
    areas.period_start,
    areas.item,
    areas.measure,
    areas.n,
    areas.sum_w,
    areas.sum_w2,
    areas.sum_wy,
    areas.sum_wy2,
    coalesce(calibrated.v_yy, areas.v_yy) as v_yy,
    coalesce(calibrated.v_y1, areas.v_y1) as v_y1,
    coalesce(calibrated.v_11, areas.v_11) as v_11,
    areas.fpc_yy,
    areas.fpc_y1,
    areas.fpc_11,
    areas.strata
from areas
left join marts.calibrated_variance as calibrated
    on
        areas.level = calibrated.level
        and areas.area_code = calibrated.area_code
        and areas.channel = calibrated.channel
        and areas.target_group = calibrated.target_group
        and areas."window" = calibrated."window"
        and areas.period_start = calibrated.period_start
        and areas.item = calibrated.item
        and areas.measure = calibrated.measure
        and areas.n = calibrated.n
