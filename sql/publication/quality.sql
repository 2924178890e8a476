-- What was wrong, per file and rule: how many rows and which row first. No value of any row.
with
findings as (
    select
        delivery_id,
        row_number,
        rule_id
    from staging.quarantine
    union all
    -- answers that were set aside: the row itself counts
    select
        delivery_id,
        row_number,
        unnest(set_aside) || '.not_asked' as rule_id
    from staging.responses
)

select
    d.delivery_id,
    d.file_name,
    d.source,
    f.rule_id,
    any_value(r.reason) as reason,
    any_value(r.remedy) as remedy,
    count(distinct f.row_number) as rows,
    min(f.row_number) as first_row
from findings as f
inner join raw.deliveries as d on f.delivery_id = d.delivery_id and d.status = 'taken'
inner join reference.rules as r on f.rule_id = r.rule_id
group by d.delivery_id, d.file_name, d.source, f.rule_id
