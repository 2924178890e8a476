-- What became of every row of every taken file. A combined file is counted once, by its responses.
-- Erased rows are the ones that were read once and are no longer among the raw rows.
with
row_versions as (
    select
        v.delivery_id,
        v.status
    from staging.contact_versions as v
    inner join raw.deliveries as d on v.delivery_id = d.delivery_id
    where d.status = 'taken' and d.kind = 'contacts'
    union all
    select
        delivery_id,
        status
    from staging.response_versions
),

counts as (
    select
        delivery_id,
        count(*) as rows_kept,
        count_if(status = 'accepted') as rows_accepted,
        count_if(status = 'superseded') as rows_superseded,
        count_if(status = 'quarantined') as rows_quarantined
    from row_versions
    group by delivery_id
)

select
    d.delivery_id,
    d.rows_read,
    coalesce(c.rows_accepted, 0) as rows_accepted,
    coalesce(c.rows_superseded, 0) as rows_superseded,
    coalesce(c.rows_quarantined, 0) as rows_quarantined,
    d.rows_read - coalesce(c.rows_kept, 0) as rows_erased,
    coalesce(c.rows_kept - c.rows_accepted - c.rows_superseded - c.rows_quarantined, 0) as rows_unaccounted,
    c.rows_quarantined / nullif(d.rows_read, 0) as share_quarantined
from raw.deliveries as d
left join counts as c on d.delivery_id = c.delivery_id
where d.status = 'taken'
