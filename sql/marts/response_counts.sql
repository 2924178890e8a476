-- Who was asked and who answered, per area and closed period: contacts in scope, of which left out of the survey,
-- invited, and responses that count in the figures. Broken down by one characteristic at a time.
-- Periods follow the contact date, as in the figures. A contact without a known area counts at the top level only.
with counts as (
    select
        leaf_counts.area_code,
        leaf_counts.month,
        channels.channel_class,
        leaf_counts.target_group,
        leaf_counts.age_band,
        leaf_counts.contacts,
        leaf_counts.excluded,
        leaf_counts.invited,
        leaf_counts.responses
    from marts.leaf_counts
    left join reference.channels
        on leaf_counts.channel = channels.channel
),

area_counts as (
    select
        area_rollup.level,
        area_rollup.area_code,
        counts.month,
        counts.channel_class,
        counts.target_group,
        counts.age_band,
        sum(counts.contacts) as contacts,
        sum(counts.excluded) as excluded,
        sum(counts.invited) as invited,
        sum(counts.responses) as responses
    from counts
    inner join reference.area_rollup
        on counts.area_code = area_rollup.leaf_code
    group by
        area_rollup.level,
        area_rollup.area_code,
        counts.month,
        counts.channel_class,
        counts.target_group,
        counts.age_band
),

level_periods as (
    select distinct
        frame.level,
        periods."window",
        periods.period_start,
        periods.period_end
    from reference.frame
    inner join reference.periods
        on frame."window" = periods."window"
    where periods.closed
),

window_counts as (
    select
        area_counts.level,
        area_counts.area_code,
        level_periods."window",
        level_periods.period_start,
        level_periods.period_end,
        coalesce(area_counts.channel_class, 'unknown') as channel_class,
        coalesce(area_counts.target_group, 'unknown') as target_group,
        area_counts.age_band,
        sum(area_counts.contacts) as contacts,
        sum(area_counts.excluded) as excluded,
        sum(area_counts.invited) as invited,
        sum(area_counts.responses) as responses
    from area_counts
    inner join level_periods
        on
            area_counts.level = level_periods.level
            and area_counts.month between level_periods.period_start and level_periods.period_end
    group by
        area_counts.level,
        area_counts.area_code,
        level_periods."window",
        level_periods.period_start,
        level_periods.period_end,
        area_counts.channel_class,
        area_counts.target_group,
        area_counts.age_band
),

dimensions as (
    select
        level,
        area_code,
        "window",
        period_start,
        period_end,
        contacts,
        excluded,
        invited,
        responses,
        unnest(
            [
                struct_pack(dimension := 'all', category := 'all'),
                struct_pack(dimension := 'channel_class', category := channel_class),
                struct_pack(dimension := 'target_group', category := target_group),
                struct_pack(dimension := 'age_band', category := age_band)
            ]
        ) as slice
    from window_counts
)

select
    level,
    area_code,
    "window",
    period_start,
    period_end,
    slice.dimension,
    slice.category,
    cast(sum(contacts) as bigint) as contacts,
    cast(sum(excluded) as bigint) as excluded,
    cast(sum(invited) as bigint) as invited,
    cast(sum(responses) as bigint) as responses
from dimensions
group by
    level,
    area_code,
    "window",
    period_start,
    period_end,
    slice.dimension,
    slice.category
