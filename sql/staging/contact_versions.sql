-- Which row of a contact counts. Every row of staging.contact_rows is here once.
-- Newest wins, row by row: the newest good row of a contact is accepted, and older rows are superseded. A refused row
-- never replaces a good one, but it does replace an older refused one: what is held back is held back once.
-- A row and its repairs are one row, whatever their ids. A withdrawn row takes no part.
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
        r.row_hash,
        len(r.faults) > 0 as faulty,
        min(r.row_hash) over one_file <> max(r.row_hash) over one_file as conflicting
    from staging.contact_rows as r
    inner join repeated_ids as i on r.contact_id = i.contact_id
    window one_file as (partition by r.contact_id, r.delivery_id)
),

repair_versions as (
    select
        p.delivery_id,
        p.row_number,
        p.root_delivery_id,
        p.root_row_number,
        r.sequence,
        len(r.faults) = 0 and not coalesce(k.conflicting, false) as good
    from staging.row_repairs as p
    inner join staging.contact_rows as r on p.delivery_id = r.delivery_id and p.row_number = r.row_number
    left join copies as k on p.delivery_id = k.delivery_id and p.row_number = k.row_number
    where p.kind = 'contacts'
),

-- the newest good version stands for all of them; the newest if none is good
ranked_versions as (
    select
        delivery_id,
        row_number,
        row_number() over versions as place,
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
    where kind = 'contacts' and vanished = 'withdrawn'
),

-- a copy that was repaired is no longer in conflict with the others
standing_copies as (
    select
        k.delivery_id,
        k.row_number,
        k.sequence,
        k.contact_id,
        k.faulty,
        min(k.row_hash) over one_file <> max(k.row_hash) over one_file as conflicting,
        p.row_number is null and w.row_number is null as takes_part
    from copies as k
    left join replaced_rows as p on k.delivery_id = p.delivery_id and k.row_number = p.row_number
    left join withdrawn_rows as w on k.delivery_id = w.delivery_id and k.row_number = w.row_number
    where not coalesce(p.by_good, false)
    window one_file as (partition by k.contact_id, k.delivery_id)
),

ranked_copies as (
    select
        delivery_id,
        row_number,
        conflicting,
        faulty or conflicting as refused,
        sequence = max(sequence) over (partition by contact_id) as is_newest,
        row_number() over (
            partition by contact_id
            order by faulty or conflicting asc, sequence desc, delivery_id desc, row_number asc
        ) as place
    from standing_copies
    where takes_part
),

fates as (
    select
        r.delivery_id,
        r.row_number,
        r.contact_id,
        case
            when p.row_number is not null or w.row_number is not null then 'superseded'
            when k.refused then if(k.is_newest, 'quarantined', 'superseded')
            when k.place > 1 then 'superseded'
            when len(r.faults) > 0 then 'quarantined'
            else 'accepted'
        end as status,
        case
            when p.row_number is not null then if(p.by_good and p.by_newer, 'repaired', null)
            when w.is_newest then 'withdrawn'
        end as note,
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
    left join replaced_rows as p on r.delivery_id = p.delivery_id and r.row_number = p.row_number
    left join withdrawn_rows as w on r.delivery_id = w.delivery_id and r.row_number = w.row_number
)

select
    f.delivery_id,
    f.row_number,
    f.contact_id,
    f.status,
    if(f.status = 'accepted' and v.row_number is not null, 'vanished', f.note) as note,
    f.faults
from fates as f
left join staging.vanished_rows as v
    on f.delivery_id = v.delivery_id and f.row_number = v.row_number and v.kind = 'contacts' and v.vanished = 'kept'
