-- Contacts in scope, of which left out and of which invited, and responses that count in the figures: per leaf area,
-- channel, target group, age band and month of contact. Months whose rows are past their retention period come from the
-- archive. Invited is who was not left out and has an invitation date or answered; in a quarter that records no
-- invitation date at all, everyone who was not left out.
with contacts_in_scope as (
    select
        contacts.contact_id,
        contacts.area_code,
        contacts.contact_date,
        contacts.channel,
        contacts.target_group,
        contacts.age_band,
        contacts.excluded_by,
        contacts.invitation_date
    from staging.contacts
    inner join reference.target_groups
        on contacts.target_group = target_groups.target_group
    where target_groups.in_scope
),

answered as (
    select distinct contact_id
    from staging.responses
),

dated_quarters as (
    select date_trunc('quarter', contact_date) as quarter_start
    from contacts_in_scope
    where excluded_by is null and invitation_date is not null
    union distinct
    select date_trunc('quarter', month) as quarter_start
    from marts.archived_fieldwork
    where lead_n > 0
),

contacts as (
    select
        contacts_in_scope.area_code,
        cast(date_trunc('month', contacts_in_scope.contact_date) as date) as month,
        contacts_in_scope.channel,
        contacts_in_scope.target_group,
        coalesce(contacts_in_scope.age_band, 'unknown') as age_band,
        count(*) as contacts,
        count(contacts_in_scope.excluded_by) as excluded,
        count(*) filter (
            where contacts_in_scope.excluded_by is null
            and (
                contacts_in_scope.invitation_date is not null
                or answered.contact_id is not null
                or dated_quarters.quarter_start is null
            )
        ) as invited,
        0 as responses
    from contacts_in_scope
    left join answered
        on contacts_in_scope.contact_id = answered.contact_id
    left join dated_quarters
        on date_trunc('quarter', contacts_in_scope.contact_date) = dated_quarters.quarter_start
    group by
        contacts_in_scope.area_code,
        date_trunc('month', contacts_in_scope.contact_date),
        contacts_in_scope.channel,
        contacts_in_scope.target_group,
        contacts_in_scope.age_band
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
        0 as invited,
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
        invited,
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
        invited,
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
        invited,
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
    cast(sum(invited) as bigint) as invited,
    cast(sum(responses) as bigint) as responses
from counts
group by area_code, month, channel, target_group, age_band
