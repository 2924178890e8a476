-- Which rows are versions of one row: a row that was held back, what repairs it, what repairs that, and so on.
-- A row repairs an older row of the same kind; a position that is not there (any more) repairs nothing.
with recursive
repairing_rows as (
    select
        'contacts' as kind,
        delivery_id,
        row_number,
        sequence,
        split_part(repairs, ':', 1) as repaired_delivery_id,
        try_cast(split_part(repairs, ':', 2) as bigint) as repaired_row_number
    from staging.contact_rows
    where repairs is not null
    union all
    select
        'responses' as kind,
        delivery_id,
        row_number,
        sequence,
        split_part(repairs, ':', 1) as repaired_delivery_id,
        try_cast(split_part(repairs, ':', 2) as bigint) as repaired_row_number
    from staging.response_rows
    where repairs is not null
),

repairs as (
    select
        p.kind,
        p.delivery_id,
        p.row_number,
        p.repaired_delivery_id,
        p.repaired_row_number
    from repairing_rows as p
    inner join staging.contact_rows as r
        on p.repaired_delivery_id = r.delivery_id and p.repaired_row_number = r.row_number
    where p.kind = 'contacts' and r.sequence < p.sequence
    union all
    select
        p.kind,
        p.delivery_id,
        p.row_number,
        p.repaired_delivery_id,
        p.repaired_row_number
    from repairing_rows as p
    inner join staging.response_rows as r
        on p.repaired_delivery_id = r.delivery_id and p.repaired_row_number = r.row_number
    where p.kind = 'responses' and r.sequence < p.sequence
),

ancestors as (
    select
        kind,
        delivery_id,
        row_number,
        repaired_delivery_id,
        repaired_row_number
    from repairs
    union
    select
        a.kind,
        a.delivery_id,
        a.row_number,
        p.repaired_delivery_id,
        p.repaired_row_number
    from ancestors as a
    inner join repairs as p
        on
            a.kind = p.kind
            and a.repaired_delivery_id = p.delivery_id
            and a.repaired_row_number = p.row_number
),

-- the ancestor that repairs nothing itself
roots as (
    select
        a.kind,
        a.delivery_id,
        a.row_number,
        a.repaired_delivery_id as root_delivery_id,
        a.repaired_row_number as root_row_number
    from ancestors as a
    left join repairs as p
        on
            a.kind = p.kind
            and a.repaired_delivery_id = p.delivery_id
            and a.repaired_row_number = p.row_number
    where p.row_number is null
)

select
    kind,
    delivery_id,
    row_number,
    root_delivery_id,
    root_row_number
from roots
union
select
    kind,
    root_delivery_id as delivery_id,
    root_row_number as row_number,
    root_delivery_id,
    root_row_number
from roots
