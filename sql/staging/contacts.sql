-- The accepted contacts, and which rule keeps a contact out of every figure.
-- What the row itself tells was judged before; whether a person was invited a short time ago shows here only.
-- Few rows are not accepted and few persons are invited again: both are looked up, the many others only pass by.
with
other_rows as (
    select
        delivery_id,
        row_number
    from staging.contact_versions
    where status <> 'accepted'
),

-- two invitations with enough days between them need no further look; of more than two each pair does
persons_invited_again as (
    select r.person_id
    from staging.contact_rows as r
    inner join reference.response_rules as s on s.setting = 'one_invitation_in_days'
    where r.person_id is not null and r.invitation_date is not null
    group by r.person_id, s.amount
    having
        count(*) > 2
        or (count(*) = 2 and date_diff('day', min(r.invitation_date), max(r.invitation_date)) < s.amount)
),

-- the first of two invitations on one day is the one of the earlier contact
invitations as (
    select
        r.delivery_id,
        r.row_number,
        r.invitation_date,
        lag(r.invitation_date) over (
            partition by r.person_id
            order by r.invitation_date, r.contact_date, r.sequence, r.delivery_id, r.row_number
        ) as previous_date
    from staging.contact_rows as r
    inner join persons_invited_again as p on r.person_id = p.person_id
    left join other_rows as o on r.delivery_id = o.delivery_id and r.row_number = o.row_number
    where r.invitation_date is not null and o.row_number is null
),

invited_too_soon as (
    select
        i.delivery_id,
        i.row_number
    from invitations as i
    inner join reference.response_rules as s on s.setting = 'one_invitation_in_days'
    where date_diff('day', i.previous_date, i.invitation_date) < s.amount
)

select
    r.contact_id,
    r.person_id,
    r.contact_date,
    r.channel,
    r.target_group,
    r.incident_class,
    r.area_code,
    r.area_recorded,
    r.answering_organisation,
    r.age_band,
    r.exclusion_reason,
    r.invitation_date,
    r.invitation_mode,
    coalesce(
        r.excluded_by, e.excluded_by, case when t.row_number is not null then 'recently_invited' end
    ) as excluded_by,
    r.delivery_id,
    r.row_number
from staging.contact_rows as r
left join other_rows as o on r.delivery_id = o.delivery_id and r.row_number = o.row_number
left join invited_too_soon as t on r.delivery_id = t.delivery_id and r.row_number = t.row_number
-- of a person whose earlier contact is past its retention period
left join staging.archived_exclusions as e on r.delivery_id = e.delivery_id and r.row_number = e.row_number
where o.row_number is null
