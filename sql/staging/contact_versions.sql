-- Which row of a contact counts. Every row of staging.contact_rows is here once.
-- A refused row never replaces a good one; a good row of a newer delivery replaces every older row.
with
repeated_ids as (
    select contact_id
    from staging.contact_rows
    where contact_id is not null
    group by contact_id
    having count(*) > 1
),

copies as (
    select
        r.delivery_id,
        r.row_number,
        r.sequence,
        r.contact_id,
        len(r.faults) > 0 as faulty,
        min(r.row_hash) over one_file <> max(r.row_hash) over one_file as conflicting
    from staging.contact_rows as r
    inner join repeated_ids as i on r.contact_id = i.contact_id
    window one_file as (partition by r.contact_id, r.delivery_id)
),

ranked_copies as (
    select
        delivery_id,
        row_number,
        sequence,
        conflicting,
        faulty or conflicting as refused,
        row_number() over (
            partition by contact_id
            order by faulty or conflicting asc, sequence desc, delivery_id desc, row_number asc
        ) as place,
        max(case when not (faulty or conflicting) then sequence end) over (partition by contact_id) as newest_good
    from copies
)

select
    r.delivery_id,
    r.row_number,
    r.contact_id,
    case
        when k.place = 1 and not k.refused then 'accepted'
        when not k.refused or k.newest_good > k.sequence then 'superseded'
        when k.refused or len(r.faults) > 0 then 'quarantined'
        else 'accepted'
    end as status,
    case
        when k.conflicting
            then list_append(
                r.faults,
                struct_pack(
                    rule_id := 'contact_id.conflicting_copies',
                    column_name := 'contact_id',
                    value := null::varchar
                )
            )
        else r.faults
    end as faults
from staging.contact_rows as r
left join ranked_copies as k on r.delivery_id = k.delivery_id and r.row_number = k.row_number
