-- Cells of the leaf areas with totals over channels and target groups: per channel, class, target group, class and
-- group, and over everything ('all'); per quarter, and per month where some level publishes months. Each coarser
-- breakdown of a quarter is added up from the next finer one. Only combinations that some level publishes leave this
-- file. A channel or target group that is not known counts in the totals only.
-- With the sums comes what can be added up over strata (leaf area x quarter) and not over cells of one stratum: the
-- variances and covariance of the estimated totals of values (y) and of people (1), in squared units of weight.
--     v_yy = n_h / (n_h - 1) * (sum w^2 y^2 - (sum w y)^2 / n_h), n_h = all answers of the stratum
-- likewise v_y1 and v_11 (Wolter 2007, ch. 6). The one answer of a stratum has nothing it can be compared with: it
-- counts in full (R: survey.lonely.psu = 'adjust'). fpc_*: times 1 - n_h / N_h, N_h = contacts that could have been
-- invited. Products are doubles: squares of sums do not fit in 64 bits. Each is rounded once, so sums stay exact.
with combinations as (
    select distinct
        channel,
        target_group,
        case "window" when 'month' then 'month' else 'quarter' end as "window"
    from reference.frame
),

quarter_cells as not materialized (
    select
        cells.area_code,
        cells.channel,
        channels.channel_class,
        cells.target_group,
        cast(date_trunc('quarter', cells.month) as date) as quarter,
        cells.month,
        cells.item,
        cells.measure,
        cells.n,
        cells.sum_w,
        cells.sum_w2,
        cells.sum_wy,
        cells.sum_w2y,
        cells.sum_wy2,
        cells.sum_w2y2
    from marts.cells
    left join reference.channels
        on cells.channel = channels.channel
),

single_channels as (
    select distinct channel
    from combinations
    where
        target_group = 'all'
        and "window" = 'quarter'
),

channel_totals as (
    select
        quarter_cells.area_code,
        quarter_cells.channel,
        'all' as target_group,
        quarter_cells.quarter,
        quarter_cells.item,
        quarter_cells.measure,
        cast(sum(quarter_cells.n) as bigint) as n,
        cast(sum(quarter_cells.sum_w) as bigint) as sum_w,
        cast(sum(quarter_cells.sum_w2) as bigint) as sum_w2,
        cast(sum(quarter_cells.sum_wy) as bigint) as sum_wy,
        cast(sum(quarter_cells.sum_w2y) as bigint) as sum_w2y,
        cast(sum(quarter_cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(quarter_cells.sum_w2y2) as bigint) as sum_w2y2
    from quarter_cells
    inner join single_channels
        on quarter_cells.channel = single_channels.channel
    group by
        quarter_cells.area_code,
        quarter_cells.channel,
        quarter_cells.quarter,
        quarter_cells.item,
        quarter_cells.measure
),

classes_by_group as (
    select
        area_code,
        channel_class as channel,
        target_group,
        quarter,
        item,
        measure,
        cast(sum(n) as bigint) as n,
        cast(sum(sum_w) as bigint) as sum_w,
        cast(sum(sum_w2) as bigint) as sum_w2,
        cast(sum(sum_wy) as bigint) as sum_wy,
        cast(sum(sum_w2y) as bigint) as sum_w2y,
        cast(sum(sum_wy2) as bigint) as sum_wy2,
        cast(sum(sum_w2y2) as bigint) as sum_w2y2
    from quarter_cells
    group by area_code, channel_class, target_group, quarter, item, measure
),

class_totals as (
    select
        area_code,
        channel,
        'all' as target_group,
        quarter,
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
    group by area_code, channel, quarter, item, measure
),

group_totals as (
    select
        area_code,
        'all' as channel,
        target_group,
        quarter,
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
    group by area_code, target_group, quarter, item, measure
),

grand_totals as (
    select
        area_code,
        'all' as channel,
        'all' as target_group,
        quarter,
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
    group by area_code, quarter, item, measure
),

months as (
    select
        quarter_cells.area_code,
        combinations.channel,
        combinations.target_group,
        quarter_cells.quarter,
        quarter_cells.month,
        quarter_cells.item,
        quarter_cells.measure,
        cast(sum(quarter_cells.n) as bigint) as n,
        cast(sum(quarter_cells.sum_w) as bigint) as sum_w,
        cast(sum(quarter_cells.sum_w2) as bigint) as sum_w2,
        cast(sum(quarter_cells.sum_wy) as bigint) as sum_wy,
        cast(sum(quarter_cells.sum_w2y) as bigint) as sum_w2y,
        cast(sum(quarter_cells.sum_wy2) as bigint) as sum_wy2,
        cast(sum(quarter_cells.sum_w2y2) as bigint) as sum_w2y2
    from quarter_cells
    inner join combinations
        on
            combinations."window" = 'month'
            and combinations.channel in ('all', quarter_cells.channel, quarter_cells.channel_class)
            and combinations.target_group in ('all', quarter_cells.target_group)
    group by
        quarter_cells.area_code,
        combinations.channel,
        combinations.target_group,
        quarter_cells.quarter,
        quarter_cells.month,
        quarter_cells.item,
        quarter_cells.measure
),

breakdowns as (
    select
        area_code,
        channel,
        target_group,
        'quarter' as "window",
        quarter,
        quarter as period_start,
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
        area_code,
        channel,
        target_group,
        'quarter' as "window",
        quarter,
        quarter as period_start,
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
        area_code,
        channel,
        target_group,
        'quarter' as "window",
        quarter,
        quarter as period_start,
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
        area_code,
        channel,
        target_group,
        'quarter' as "window",
        quarter,
        quarter as period_start,
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
        area_code,
        channel,
        target_group,
        'quarter' as "window",
        quarter,
        quarter as period_start,
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
    union all
    select
        area_code,
        channel,
        target_group,
        'month' as "window",
        quarter,
        month as period_start,
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
),

strata as (
    select
        area_code,
        quarter,
        responses,
        case when responses > 1 then responses / (responses - 1) else 1 end as factor,
        cast(responses > 1 as double) as centred,
        1 - responses / contacts as not_surveyed
    from marts.strata
),

variances as (
    select
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
        breakdowns.sum_wy2,
        strata.not_surveyed,
        strata.factor
        * (breakdowns.sum_w2y2 - strata.centred * breakdowns.sum_wy * breakdowns.sum_wy / strata.responses) as v_yy,
        strata.factor
        * (breakdowns.sum_w2y - strata.centred * breakdowns.sum_wy * breakdowns.sum_w / strata.responses) as v_y1,
        strata.factor
        * (breakdowns.sum_w2 - strata.centred * breakdowns.sum_w * breakdowns.sum_w / strata.responses) as v_11
    from breakdowns
    inner join combinations
        on
            breakdowns.channel = combinations.channel
            and breakdowns.target_group = combinations.target_group
            and breakdowns."window" = combinations."window"
    left join strata
        on
            breakdowns.area_code = strata.area_code
            and breakdowns.quarter = strata.quarter
)

select
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
    cast(round(v_yy) as bigint) as v_yy,
    cast(round(v_y1) as bigint) as v_y1,
    cast(round(v_11) as bigint) as v_11,
    cast(round(v_yy * not_surveyed) as bigint) as fpc_yy,
    cast(round(v_y1 * not_surveyed) as bigint) as fpc_y1,
    cast(round(v_11 * not_surveyed) as bigint) as fpc_11
from variances
