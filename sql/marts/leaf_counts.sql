-- Contacts in scope, of which left out, and responses that count in the figures: per leaf area, channel, target group,
-- age band and month of contact. Months whose rows are past their retention period come from the archive.
with contacts as (
    select
        contacts.area_code,
        cast(date_trunc('month', contacts.contact_date) as date) as month,
        contacts.channel,
        contacts.target_group,
        coalesce(contacts.age_band, 'unknown') as age_band,
        count(*) as contacts,
        count(contacts.excluded_by) as excluded,
        0 as responses
    from staging.contacts
    inner join reference.target_groups
        on contacts.target_group = target_groups.target_group
    where target_groups.in_scope
    group by
        contacts.area_code,
        date_trunc('month', contacts.contact_date),
        contacts.channel,
        contacts.target_group,
        contacts.age_band
),

responses as (
    select
        area_code,
        month,
        channel,
        target_group,
        coalesce(age_band, 'unknown') as age_band,
        0 as contacts,
        0 as excluded,
        count(*) as responses
    from marts.respondents
    group by area_code, month, channel, target_group, age_band
),

counts as (
    select
        area_code,
        month,
        channel,
        target_group,
        age_band,
        contacts,
        excluded,
        responses
    from contacts
    union all
    select
        area_code,
        month,
        channel,
        target_group,
        age_band,
        contacts,
        excluded,
        responses
    from responses
    union all
    select
        area_code,
        month,
        channel,
        target_group,
        age_band,
        contacts,
        excluded,
        responses
    from marts.archived_counts
)

select
    area_code,
    month,
    channel,
    target_group,
    age_band,
    cast(sum(contacts) as bigint) as contacts,
    cast(sum(excluded) as bigint) as excluded,
    cast(sum(responses) as bigint) as responses
from counts
group by area_code, month, channel, target_group, age_band
