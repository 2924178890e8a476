-- Every reason for which a row is held back, with what to do about it.
with
refused_rows as (
    select
        'contacts' as kind,
        delivery_id,
        row_number,
        unnest(faults) as fault
    from staging.contact_versions
    where status = 'quarantined'
    union all
    select
        'responses' as kind,
        delivery_id,
        row_number,
        unnest(faults) as fault
    from staging.response_versions
    where status = 'quarantined'
)

select
    q.kind,
    q.delivery_id,
    d.file_name,
    q.row_number,
    q.fault['rule_id'] as rule_id,
    q.fault['column_name'] as column_name,
    q.fault['value'] as value,
    r.reason,
    r.remedy
from refused_rows as q
inner join raw.deliveries as d on q.delivery_id = d.delivery_id and d.status = 'taken'
inner join reference.rules as r on q.fault['rule_id'] = r.rule_id
