-- How the survey was carried out, per month of contact, channel and way of inviting: who was left out, who was invited,
-- how long after the contact, who answered (in answers that count in the figures) and how long that took.
-- In the target groups in scope only. Sums and their numbers, so that any mean over months or channels is exact.
-- A contact without a recorded way of inviting stands under 'none'. Months past their retention period: the archive.
with contacts as (
    select
        contacts.contact_id,
        cast(date_trunc('month', contacts.contact_date) as date) as month,
        contacts.channel,
        coalesce(nullif(contacts.invitation_mode, ''), 'none') as invitation_mode,
        contacts.excluded_by is not null as is_excluded,
        contacts.invitation_date,
        date_diff('day', contacts.contact_date, contacts.invitation_date) as lead_days
    from staging.contacts
    inner join reference.target_groups
        on contacts.target_group = target_groups.target_group
    where target_groups.in_scope
),

answers as (
    select
        responses.contact_id,
        responses.response_date
    from staging.responses
    inner join marts.respondents
        on responses.response_id = respondents.response_id
),

fieldwork_of_rows as (
    select
        contacts.month,
        contacts.channel,
        contacts.invitation_mode,
        count(*) as contacts,
        count(*) filter (where contacts.is_excluded) as excluded,
        count(*) filter (where not contacts.is_excluded) as invited,
        count(answers.contact_id) as responses,
        cast(coalesce(sum(contacts.lead_days) filter (where not contacts.is_excluded), 0) as bigint) as lead_days,
        count(contacts.lead_days) filter (where not contacts.is_excluded) as lead_n,
        cast(
            coalesce(sum(date_diff('day', contacts.invitation_date, answers.response_date)), 0) as bigint
        ) as answer_days,
        count(date_diff('day', contacts.invitation_date, answers.response_date)) as answer_n
    from contacts
    left join answers
        on contacts.contact_id = answers.contact_id
    group by contacts.month, contacts.channel, contacts.invitation_mode
)

select
    month,
    channel,
    invitation_mode,
    contacts,
    excluded,
    invited,
    responses,
    lead_days,
    lead_n,
    answer_days,
    answer_n
from fieldwork_of_rows
union all
select
    month,
    channel,
    invitation_mode,
    contacts,
    excluded,
    invited,
    responses,
    lead_days,
    lead_n,
    answer_days,
    answer_n
from marts.archived_fieldwork
