-- What people who answered more than once add to the variance of a figure that holds two or more of their answers: the
-- cross products of every two answers i and j of one person (Wolter 2007, ch. 6: the person is the sampling unit).
--     v_yy = sum of 2 w_i w_j y_i y_j, v_y1 = sum of w_i w_j (y_i + y_j), v_11 = sum of 2 w_i w_j
-- The two may lie in different strata: fpc_* carry the square root of the two corrections. Per window, as answers of
-- different quarters meet in four quarters only. Windows of which rows are gone come from the archive.
with repeaters as (
    select person_id
    from marts.respondents
    where person_id is not null
    group by person_id
    having count(*) > 1
),

people as (
    select
        respondents.person_id,
        respondents.response_id,
        respondents.area_code,
        respondents.channel,
        respondents.channel_class,
        respondents.target_group,
        respondents.month,
        weights.weight,
        1 - strata.responses / strata.contacts as not_surveyed
    from marts.respondents
    inner join repeaters
        on respondents.person_id = repeaters.person_id
    inner join marts.weights
        on
            cast(date_trunc('quarter', respondents.month) as date) = weights.quarter
            and respondents.area_code = weights.area_code
            and respondents.channel = weights.channel
            and respondents.target_group = weights.target_group
            and coalesce(respondents.age_band, 'unknown') = weights.age_band
    inner join marts.strata
        on
            respondents.area_code = strata.area_code
            and weights.quarter = strata.quarter
),

pairs as (
    select
        one.response_id as one_id,
        other.response_id as other_id,
        one.area_code as one_area,
        other.area_code as other_area,
        least(one.month, other.month) as first_month,
        greatest(one.month, other.month) as last_month,
        case when one.channel = other.channel then one.channel end as channel,
        case when one.channel_class = other.channel_class then one.channel_class end as channel_class,
        case when one.target_group = other.target_group then one.target_group end as target_group,
        cast(one.weight as double) * other.weight as weights,
        sqrt(one.not_surveyed * other.not_surveyed) as not_surveyed
    from people as one
    inner join people as other
        on
            one.person_id = other.person_id
            and one.response_id < other.response_id
),

periods as (
    select
        "window",
        period_start,
        period_end
    from reference.periods
    where
        closed
        and not exists (
            select 1
            from marts.archived_counts
            where archived_counts.month between periods.period_start and periods.period_end
        )
),

figures as (
    select
        pairs.one_id,
        pairs.other_id,
        pairs.weights,
        pairs.not_surveyed,
        frame.level,
        one_rollup.area_code,
        frame.channel,
        frame.target_group,
        periods."window",
        periods.period_start
    from pairs
    inner join periods
        on
            pairs.first_month >= periods.period_start
            and pairs.last_month <= periods.period_end
    inner join reference.area_rollup as one_rollup
        on pairs.one_area = one_rollup.leaf_code
    inner join reference.area_rollup as other_rollup
        on
            pairs.other_area = other_rollup.leaf_code
            and one_rollup.level = other_rollup.level
            and one_rollup.area_code = other_rollup.area_code
    inner join reference.frame
        on
            one_rollup.level = frame.level
            and periods."window" = frame."window"
            and frame.channel in ('all', pairs.channel, pairs.channel_class)
            and frame.target_group in ('all', pairs.target_group)
),

wide_answers as (
    select
        respondents.response_id,
        columns('^y_')
    from marts.respondents
    inner join people
        on respondents.response_id = people.response_id
),

answers as (
    unpivot wide_answers
    on columns('^y_')
    into name column_name value y
),

products as (
    select
        figures.level,
        figures.area_code,
        figures.channel,
        figures.target_group,
        figures."window",
        figures.period_start,
        measures.item,
        measures.measure,
        figures.not_surveyed,
        round(2 * figures.weights * one.y * other.y) as v_yy,
        round(figures.weights * (one.y + other.y)) as v_y1,
        round(2 * figures.weights) as v_11
    from figures
    inner join answers as one
        on figures.one_id = one.response_id
    inner join answers as other
        on
            figures.other_id = other.response_id
            and one.column_name = other.column_name
    inner join reference.measures
        on one.column_name = 'y_' || measures.item || '__' || measures.measure
),

sums as (
    select
        level,
        area_code,
        channel,
        target_group,
        "window",
        period_start,
        item,
        measure,
        cast(sum(cast(v_yy as bigint)) as bigint) as v_yy,
        cast(sum(cast(v_y1 as bigint)) as bigint) as v_y1,
        cast(sum(cast(v_11 as bigint)) as bigint) as v_11,
        cast(sum(cast(round(v_yy * not_surveyed) as bigint)) as bigint) as fpc_yy,
        cast(sum(cast(round(v_y1 * not_surveyed) as bigint)) as bigint) as fpc_y1,
        cast(sum(cast(round(v_11 * not_surveyed) as bigint)) as bigint) as fpc_11
    from products
    group by level, area_code, channel, target_group, "window", period_start, item, measure
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
    v_yy,
    v_y1,
    v_11,
    fpc_yy,
    fpc_y1,
    fpc_11
from sums
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
    v_yy,
    v_y1,
    v_11,
    fpc_yy,
    fpc_y1,
    fpc_11
from marts.archived_repeats
