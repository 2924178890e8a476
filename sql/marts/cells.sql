-- Exact sufficient statistics per cell: leaf area x channel x target group x contact month x item x measure.
-- One pass over the respondents: every statistics column (y_<item>__<measure>) becomes a struct of its sums, then one
-- row per column. Sums of integers stay integers, so the result does not depend on the order in which threads add up.
-- A weight belongs to the respondent's quarter, leaf area, channel, group and age band (marts.weights).
-- Months whose respondents are past their retention period come from the archive.
with weighted_respondents as (
    select
        respondents.area_code,
        respondents.channel,
        respondents.target_group,
        respondents.month,
        coalesce(weights.weight, error('marts.weights has no weight for a respondent')) as weight,
        columns('^y_')
    from marts.respondents
    left join marts.weights
        on
            date_trunc('quarter', respondents.month) = weights.quarter
            and respondents.area_code = weights.area_code
            and respondents.channel = weights.channel
            and respondents.target_group = weights.target_group
            and coalesce(respondents.age_band, 'unknown') = weights.age_band
),

sums as (
    select
        area_code,
        channel,
        target_group,
        month,
        struct_pack(
            n := count(columns('^y_')),
            sum_y := sum(columns('^y_')),
            sum_w := sum(case when columns('^y_') is not null then weight end),
            sum_w2 := sum(case when columns('^y_') is not null then weight * weight end),
            sum_wy := sum(weight * columns('^y_')),
            sum_w2y := sum(weight * weight * columns('^y_')),
            sum_wy2 := sum(weight * columns('^y_') * columns('^y_')),
            sum_w2y2 := sum(weight * weight * columns('^y_') * columns('^y_'))
        ) as '\0' -- noqa: RF05
    from weighted_respondents
    group by area_code, channel, target_group, month
),

long_sums as (
    unpivot sums
    on columns('^y_')
    into name column_name value s
),

cells_of_respondents as (
    select
        long_sums.area_code,
        long_sums.channel,
        long_sums.target_group,
        long_sums.month,
        measures.item,
        measures.measure,
        long_sums.s.n,
        cast(long_sums.s.sum_y as bigint) as sum_y,
        cast(long_sums.s.sum_w as bigint) as sum_w,
        cast(long_sums.s.sum_w2 as bigint) as sum_w2,
        cast(long_sums.s.sum_wy as bigint) as sum_wy,
        cast(long_sums.s.sum_w2y as bigint) as sum_w2y,
        cast(long_sums.s.sum_wy2 as bigint) as sum_wy2,
        cast(long_sums.s.sum_w2y2 as bigint) as sum_w2y2
    from long_sums
    inner join reference.measures
        on long_sums.column_name = 'y_' || measures.item || '__' || measures.measure
    where long_sums.s.n > 0
)

select
    area_code,
    channel,
    target_group,
    month,
    item,
    measure,
    n,
    sum_y,
    sum_w,
    sum_w2,
    sum_wy,
    sum_w2y,
    sum_wy2,
    sum_w2y2
from cells_of_respondents
union all
select
    area_code,
    channel,
    target_group,
    month,
    item,
    measure,
    n,
    sum_y,
    sum_w,
    sum_w2,
    sum_wy,
    sum_w2y,
    sum_wy2,
    sum_w2y2
from marts.archived_cells
