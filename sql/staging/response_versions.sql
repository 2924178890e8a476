-- Which row of a response counts. Every row of staging.response_rows is here once.
-- The same rules as for contacts, after what only the contact can tell; then the first response to a contact counts.
with
-- a combined row is contact and response at once: what is wrong with its contact is wrong with the row
contact_faults as (
    select
        delivery_id,
        row_number,
        faults
    from staging.contact_rows
    where len(faults) > 0
),

own_faults as (
    select
        r.delivery_id,
        r.row_number,
        r.sequence,
        r.response_id,
        r.contact_id,
        r.response_date,
        r.row_hash,
        case when f.faults is null then r.faults else list_distinct(list_concat(r.faults, f.faults)) end as faults
    from staging.response_rows as r
    left join contact_faults as f on r.delivery_id = f.delivery_id and r.row_number = f.row_number
),

judged_rows as (
    select
        o.delivery_id,
        o.row_number,
        o.sequence,
        o.response_id,
        o.contact_id,
        o.response_date,
        o.row_hash,
        case
            when c.contact_id is null and len(o.faults) = 0
                then [
                    struct_pack(
                        rule_id := 'contact_id.unknown_contact',
                        column_name := 'contact_id',
                        value := null::varchar
                    )
                ]
            when o.response_date < c.contact_date
                then list_append(
                    o.faults,
                    struct_pack(
                        rule_id := 'response_date.before_contact',
                        column_name := 'response_date',
                        value := o.response_date::varchar
                    )
                )
            else o.faults
        end as faults
    from own_faults as o
    left join staging.contacts as c on o.contact_id = c.contact_id
),

repeated_ids as (
    select response_id
    from judged_rows
    where response_id is not null
    group by response_id
    having count(*) > 1
),

copies as (
    select
        j.delivery_id,
        j.row_number,
        j.sequence,
        j.response_id,
        len(j.faults) > 0 as faulty,
        min(j.row_hash) over one_file <> max(j.row_hash) over one_file as conflicting
    from judged_rows as j
    inner join repeated_ids as i on j.response_id = i.response_id
    window one_file as (partition by j.response_id, j.delivery_id)
),

ranked_copies as (
    select
        delivery_id,
        row_number,
        sequence,
        conflicting,
        faulty or conflicting as refused,
        row_number() over (
            partition by response_id
            order by faulty or conflicting asc, sequence desc, delivery_id desc, row_number asc
        ) as place,
        max(case when not (faulty or conflicting) then sequence end) over (partition by response_id) as newest_good
    from copies
),

versions as (
    select
        j.delivery_id,
        j.row_number,
        j.sequence,
        j.response_id,
        j.contact_id,
        j.response_date,
        case
            when k.place = 1 and not k.refused then 'accepted'
            when not k.refused or k.newest_good > k.sequence then 'superseded'
            when k.refused or len(j.faults) > 0 then 'quarantined'
            else 'accepted'
        end as status,
        case
            when k.conflicting
                then list_append(
                    j.faults,
                    struct_pack(
                        rule_id := 'response_id.conflicting_copies',
                        column_name := 'response_id',
                        value := null::varchar
                    )
                )
            else j.faults
        end as faults
    from judged_rows as j
    left join ranked_copies as k on j.delivery_id = k.delivery_id and j.row_number = k.row_number
),

contacts_answered_twice as (
    select contact_id
    from versions
    where status = 'accepted'
    group by contact_id
    having count(*) > 1
),

later_responses as (
    select
        v.delivery_id,
        v.row_number
    from versions as v
    inner join contacts_answered_twice as t on v.contact_id = t.contact_id
    where v.status = 'accepted'
    qualify
        row_number() over (
            partition by v.contact_id
            order by v.response_date, v.sequence, v.row_number, v.delivery_id
        ) > 1
)

select
    v.delivery_id,
    v.row_number,
    v.response_id,
    v.contact_id,
    case when l.row_number is null then v.status else 'quarantined' end as status,
    case
        when l.row_number is null then v.faults
        else [
            struct_pack(rule_id := 'contact_id.already_answered', column_name := 'contact_id', value := null::varchar)
        ]
    end as faults
from versions as v
left join later_responses as l on v.delivery_id = l.delivery_id and v.row_number = l.row_number
