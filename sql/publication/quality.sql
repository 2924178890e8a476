-- What was wrong, per file and rule: how many rows, and where the first of them stand. No value of any row.
with
findings as (
    select
        delivery_id,
        row_number,
        rule_id,
        'quarantined' as effect
    from staging.quarantine
    union
    -- answers that were set aside: the row itself counts
    select
        delivery_id,
        row_number,
        unnest(set_aside) || '.not_asked' as rule_id,
        'set_aside' as effect
    from staging.responses
),

-- rows that follow each other have the same distance to their place in the list
numbered_findings as (
    select
        delivery_id,
        rule_id,
        effect,
        row_number,
        row_number - row_number() over (partition by delivery_id, rule_id, effect order by row_number) as run
    from findings
),

runs as (
    select
        delivery_id,
        rule_id,
        effect,
        min(row_number) as first_row,
        max(row_number) as last_row,
        count(*) as rows,
        row_number() over (partition by delivery_id, rule_id, effect order by min(row_number)) as place
    from numbered_findings
    group by delivery_id, rule_id, effect, run
),

places as (
    select
        delivery_id,
        rule_id,
        effect,
        sum(rows) as rows,
        min(first_row) as first_row,
        string_agg(
            case when first_row = last_row then cast(first_row as varchar) else first_row || '-' || last_row end,
            ', '
            order by first_row
        ) filter (where place <= 8) as row_ranges,
        count(*) > 8 as more_rows
    from runs
    group by delivery_id, rule_id, effect
)

select
    d.delivery_id,
    d.file_name,
    d.source,
    p.rule_id,
    r.column_name,
    p.effect,
    r.reason,
    r.remedy,
    cast(p.rows as bigint) as rows,
    p.first_row,
    p.row_ranges,
    p.more_rows
from places as p
inner join raw.deliveries as d on p.delivery_id = d.delivery_id and d.status = 'taken'
inner join reference.rules as r on p.rule_id = r.rule_id
