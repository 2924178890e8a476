-- What became of every row of every taken file. A combined file is counted once, by its responses.
-- Erased rows are the ones that were read once and are no longer among the raw rows.
with
row_versions as (
    select
        v.delivery_id,
        v.status,
        v.note,
        false as is_without_contact,
        v.status = 'accepted' and a.contact_id is null as is_without_answer
    from staging.contact_versions as v
    inner join raw.deliveries as d on v.delivery_id = d.delivery_id
    left join staging.response_versions as a on v.contact_id = a.contact_id and a.status = 'accepted'
    where d.status = 'taken' and d.kind = 'contacts'
    union all
    select
        delivery_id,
        status,
        note,
        status = 'quarantined' and list_contains(
            list_transform(faults, lambda fault: fault['rule_id']), 'contact_id.unknown_contact'
        ) as is_without_contact,
        false as is_without_answer
    from staging.response_versions
),

counts as (
    select
        delivery_id,
        count(*) as rows_kept,
        count_if(status = 'accepted') as rows_accepted,
        count_if(status = 'superseded') as rows_superseded,
        count_if(status = 'quarantined') as rows_quarantined,
        count_if(status = 'superseded' and note = 'withdrawn') as rows_withdrawn,
        count_if(status = 'superseded' and note = 'repaired') as rows_repaired,
        count_if(status = 'accepted' and note = 'vanished') as rows_vanished,
        count_if(is_without_contact) as rows_without_contact,
        count_if(is_without_answer) as rows_without_answer
    from row_versions
    group by delivery_id
),

-- Of files with contacts only: answers come later by nature.
contact_months as (
    select
        r.delivery_id,
        count_if(date_trunc('month', r.contact_date) <> d.month) / nullif(count(r.contact_date), 0)
            as share_other_month
    from staging.contact_rows as r
    inner join raw.deliveries as d on r.delivery_id = d.delivery_id
    group by r.delivery_id
)

select
    d.delivery_id,
    d.rows_read,
    coalesce(c.rows_accepted, 0) as rows_accepted,
    coalesce(c.rows_superseded, 0) as rows_superseded,
    coalesce(c.rows_quarantined, 0) as rows_quarantined,
    d.rows_read - coalesce(c.rows_kept, 0) as rows_erased,
    coalesce(c.rows_withdrawn, 0) as rows_withdrawn,
    coalesce(c.rows_repaired, 0) as rows_repaired,
    coalesce(c.rows_vanished, 0) as rows_vanished,
    coalesce(c.rows_without_contact, 0) as rows_without_contact,
    coalesce(c.rows_without_answer, 0) as rows_without_answer,
    coalesce(c.rows_kept - c.rows_accepted - c.rows_superseded - c.rows_quarantined, 0) as rows_unaccounted,
    c.rows_quarantined / nullif(d.rows_read, 0) as share_quarantined,
    c.rows_withdrawn / nullif(d.rows_read, 0) as share_withdrawn,
    m.share_other_month
from raw.deliveries as d
left join counts as c on d.delivery_id = c.delivery_id
left join contact_months as m on d.delivery_id = m.delivery_id
where d.status = 'taken'
