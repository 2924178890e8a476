-- Rows that the newest full delivery of their source and month lacks, and every file after it too.
-- A row that is there but refused has not vanished. A file of repaired rows is never a full delivery.
with
files as (
    select
        d.delivery_id,
        d.source,
        d.month,
        d.sequence,
        s.vanished,
        s.holds = 'whole_month' and not coalesce(list_contains(d.columns, '_repairs'), false) as holds_whole_month
    from raw.deliveries as d
    inner join reference.sources as s on d.source = s.source
    where d.status = 'taken'
),

redelivered_months as (
    select
        source,
        month,
        max(case when holds_whole_month then sequence end) as newest_whole
    from files
    group by source, month
    having min(sequence) < max(case when holds_whole_month then sequence end)
),

placed_files as (
    select
        f.delivery_id,
        f.source,
        f.month,
        f.vanished,
        f.sequence < m.newest_whole as is_older
    from files as f
    inner join redelivered_months as m on f.source = m.source and f.month = m.month
),

delivered_ids as (
    select
        'contacts' as kind,
        f.source,
        f.month,
        f.vanished,
        f.is_older,
        r.delivery_id,
        r.row_number,
        r.sequence,
        r.contact_id as id
    from staging.contact_rows as r
    inner join placed_files as f on r.delivery_id = f.delivery_id
    union all
    select
        'responses' as kind,
        f.source,
        f.month,
        f.vanished,
        f.is_older,
        r.delivery_id,
        r.row_number,
        r.sequence,
        r.response_id as id
    from staging.response_rows as r
    inner join placed_files as f on r.delivery_id = f.delivery_id
),

ids_still_there as (
    select distinct
        kind,
        source,
        month,
        id
    from delivered_ids
    where not is_older and id is not null
)

select
    o.kind,
    o.delivery_id,
    o.row_number,
    o.vanished,
    -- of several rows with one id the newest is counted; rows without an id are all different
    o.id is null or row_number() over (
        partition by o.kind, o.source, o.month, o.id
        order by o.sequence desc, o.row_number asc
    ) = 1 as is_newest
from delivered_ids as o
left join ids_still_there as t on o.kind = t.kind and o.source = t.source and o.month = t.month and o.id = t.id
where o.is_older and t.id is null
