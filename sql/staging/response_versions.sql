-- Which row of a response counts. Every row of staging.response_rows is here once.
-- First what only the contact can tell; then the same rules as for contacts (see contact_versions.sql); then the first
-- response to a contact counts.
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
        j.row_hash,
        len(j.faults) > 0 as faulty,
        min(j.row_hash) over one_file <> max(j.row_hash) over one_file as conflicting
    from judged_rows as j
    inner join repeated_ids as i on j.response_id = i.response_id
    window one_file as (partition by j.response_id, j.delivery_id)
),

repair_versions as (
    select
        p.delivery_id,
        p.row_number,
        p.root_delivery_id,
        p.root_row_number,
        j.sequence,
        len(j.faults) = 0 and not coalesce(k.conflicting, false) as good
    from staging.row_repairs as p
    inner join judged_rows as j on p.delivery_id = j.delivery_id and p.row_number = j.row_number
    left join copies as k on p.delivery_id = k.delivery_id and p.row_number = k.row_number
    where p.kind = 'responses'
),

-- the newest good version stands for all of them; the newest if none is good
ranked_versions as (
    select
        delivery_id,
        row_number,
        row_number() over versions as place,
        first_value(delivery_id) over versions as standing_delivery_id,
        first_value(row_number) over versions as standing_row_number,
        first_value(good) over versions as by_good,
        first_value(sequence) over versions > sequence as by_newer
    from repair_versions
    window versions as (
        partition by root_delivery_id, root_row_number
        order by good desc, sequence desc, delivery_id desc, row_number asc
    )
),

replaced_rows as (
    select
        delivery_id,
        row_number,
        standing_delivery_id,
        standing_row_number,
        by_good,
        by_newer
    from ranked_versions
    where place > 1
),

withdrawn_rows as (
    select
        delivery_id,
        row_number,
        is_newest
    from staging.vanished_rows
    where kind = 'responses' and vanished = 'withdrawn'
),

-- a copy that was repaired is no longer in conflict with the others
standing_copies as (
    select
        k.delivery_id,
        k.row_number,
        k.sequence,
        k.response_id,
        k.faulty,
        min(k.row_hash) over one_file <> max(k.row_hash) over one_file as conflicting,
        p.row_number is null and w.row_number is null as takes_part
    from copies as k
    left join replaced_rows as p on k.delivery_id = p.delivery_id and k.row_number = p.row_number
    left join withdrawn_rows as w on k.delivery_id = w.delivery_id and k.row_number = w.row_number
    where not coalesce(p.by_good, false)
    window one_file as (partition by k.response_id, k.delivery_id)
),

ranked_copies as (
    select
        delivery_id,
        row_number,
        conflicting,
        faulty or conflicting as refused,
        sequence = max(sequence) over (partition by response_id) as is_newest,
        row_number() over (
            partition by response_id
            order by faulty or conflicting asc, sequence desc, delivery_id desc, row_number asc
        ) as place
    from standing_copies
    where takes_part
),

fates as (
    select
        j.delivery_id,
        j.row_number,
        j.sequence,
        j.response_id,
        j.contact_id,
        j.response_date,
        case
            when p.row_number is not null or w.row_number is not null then 'superseded'
            when k.refused then if(k.is_newest, 'quarantined', 'superseded')
            when k.place > 1 then 'superseded'
            when len(j.faults) > 0 then 'quarantined'
            else 'accepted'
        end as status,
        case
            when p.row_number is not null then if(p.by_good and p.by_newer, 'repaired', null)
            when w.is_newest then 'withdrawn'
        end as note,
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
        end as faults,
        p.standing_delivery_id,
        p.standing_row_number
    from judged_rows as j
    left join ranked_copies as k on j.delivery_id = k.delivery_id and j.row_number = k.row_number
    left join replaced_rows as p on j.delivery_id = p.delivery_id and j.row_number = p.row_number
    left join withdrawn_rows as w on j.delivery_id = w.delivery_id and j.row_number = w.row_number
),

contacts_answered_twice as (
    select contact_id
    from fates
    where status = 'accepted'
    group by contact_id
    having count(*) > 1
),

later_responses as (
    select
        f.delivery_id,
        f.row_number
    from fates as f
    inner join contacts_answered_twice as t on f.contact_id = t.contact_id
    where f.status = 'accepted'
    qualify
        row_number() over (
            partition by f.contact_id
            order by f.response_date, f.sequence, f.row_number, f.delivery_id
        ) > 1
)

select
    f.delivery_id,
    f.row_number,
    f.response_id,
    f.contact_id,
    if(l.row_number is null, f.status, 'quarantined') as status,
    case
        -- what stands in for a repaired row is itself held back: repaired once more, it will count
        when s.row_number is not null then null
        when l.row_number is null and f.status = 'accepted' and v.row_number is not null then 'vanished'
        else f.note
    end as note,
    if(
        l.row_number is null,
        f.faults,
        [struct_pack(rule_id := 'contact_id.already_answered', column_name := 'contact_id', value := null::varchar)]
    ) as faults
from fates as f
left join later_responses as l on f.delivery_id = l.delivery_id and f.row_number = l.row_number
left join later_responses as s on f.standing_delivery_id = s.delivery_id and f.standing_row_number = s.row_number
left join staging.vanished_rows as v
    on f.delivery_id = v.delivery_id and f.row_number = v.row_number and v.kind = 'responses' and v.vanished = 'kept'
