-- The fieldwork added up to what is published: per month (closed or not) and per closed longer period, in all, per
-- channel, and per way of inviting.
with
windows as (
    select
        "window",
        period_start,
        period_end,
        closed
    from reference.periods
    where closed or "window" = 'month'
),

slices as (
    select
        month,
        contacts,
        excluded,
        invited,
        responses,
        lead_days,
        lead_n,
        answer_days,
        answer_n,
        unnest(
            [
                struct_pack(dimension := 'all', category := 'all'),
                struct_pack(dimension := 'channel', category := channel),
                struct_pack(dimension := 'invitation_mode', category := invitation_mode)
            ]
        ) as slice
    from marts.fieldwork
)

select
    windows."window",
    windows.period_start,
    windows.period_end,
    windows.closed,
    slices.slice.dimension,
    slices.slice.category,
    cast(sum(slices.contacts) as bigint) as contacts,
    cast(sum(slices.excluded) as bigint) as excluded,
    cast(sum(slices.invited) as bigint) as invited,
    cast(sum(slices.responses) as bigint) as responses,
    cast(sum(slices.lead_days) as bigint) as lead_days,
    cast(sum(slices.lead_n) as bigint) as lead_n,
    cast(sum(slices.answer_days) as bigint) as answer_days,
    cast(sum(slices.answer_n) as bigint) as answer_n
from slices
inner join windows on slices.month between windows.period_start and windows.period_end
group by
    windows."window",
    windows.period_start,
    windows.period_end,
    windows.closed,
    slices.slice.dimension,
    slices.slice.category
