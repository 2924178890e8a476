-- What the rows of every file look like in counts: how many of them (`counted`) of how many (`base`) have something.
-- Each accepted row belongs to one file, so that the counts of a month are the sum over its files.
-- An area measure carries its level in its name; categories of `item` are columns of staging.responses.
with
contacts as (
    select
        delivery_id,
        channel,
        target_group,
        area_code,
        excluded_by
    from staging.contacts
),

contacts_per_file as (
    select
        delivery_id,
        count(*) as base
    from contacts
    group by delivery_id
),

contact_measures as (
    select
        delivery_id,
        unnest(
            [
                struct_pack(measure := 'channel', category := channel),
                struct_pack(measure := 'target_group', category := target_group),
                struct_pack(
                    measure := 'unallocated', category := case when area_code = 'unallocated' then 'all' end
                ),
                struct_pack(measure := 'left_out', category := case when excluded_by is not null then 'all' end),
                struct_pack(measure := 'excluded', category := excluded_by)
            ]
        ) as found
    from contacts
    union all
    select
        c.delivery_id,
        struct_pack(measure := 'area.' || u.level, category := u.area_code) as found
    from contacts as c
    inner join reference.area_rollup as u on c.area_code = u.leaf_code
    where c.area_code <> 'unallocated'
),

responses_per_file as (
    select
        delivery_id,
        count(*) as base
    from staging.responses
    group by delivery_id
),

response_marks as (
    select
        delivery_id,
        unnest(
            list_concat(
                list_transform(flags, lambda flag: struct_pack(measure := 'flagged', category := flag)),
                [
                    struct_pack(measure := 'flagged', category := case when len(flags) > 0 then 'all' end),
                    struct_pack(measure := 'answers_excluded', category := excluded_by)
                ]
            )
        ) as found
    from staging.responses
),

answered_columns as (
    select
        delivery_id,
        count(columns(* exclude (delivery_id)))
    from staging.responses
    group by delivery_id
),

answered_cells as (
    unpivot answered_columns
    on columns(* exclude (delivery_id))
    into name category value answered
),

-- "not applicable" is an answer, kept beside the answers
not_applicable_cells as (
    select
        delivery_id,
        unnest(not_applicable) as category,
        1 as answered
    from staging.responses
),

cells as (
    select
        delivery_id,
        category,
        answered
    from answered_cells
    union all
    select
        delivery_id,
        category,
        answered
    from not_applicable_cells
),

item_answers as (
    select
        cells.delivery_id,
        cells.category,
        sum(cells.answered) as answered
    from cells
    inner join reference.items on cells.category = items.item
    group by cells.delivery_id, cells.category
)

select
    m.delivery_id,
    m.found.measure,
    m.found.category,
    count(*) as counted,
    b.base
from contact_measures as m
inner join contacts_per_file as b on m.delivery_id = b.delivery_id
where m.found.category is not null
group by m.delivery_id, m.found.measure, m.found.category, b.base
union all
select
    m.delivery_id,
    m.found.measure,
    m.found.category,
    count(*) as counted,
    b.base
from response_marks as m
inner join responses_per_file as b on m.delivery_id = b.delivery_id
where m.found.category is not null
group by m.delivery_id, m.found.measure, m.found.category, b.base
union all
select
    i.delivery_id,
    'item' as measure,
    i.category,
    cast(b.base - i.answered as bigint) as counted,
    b.base
from item_answers as i
inner join responses_per_file as b on i.delivery_id = b.delivery_id
union all
select
    delivery_id,
    'contacts' as measure,
    'all' as category,
    base as counted,
    base
from contacts_per_file
union all
select
    delivery_id,
    'responses' as measure,
    'all' as category,
    base as counted,
    base
from responses_per_file
union all
select
    delivery_id,
    'rows' as measure,
    'all' as category,
    rows_accepted + rows_quarantined as counted,
    rows_accepted + rows_quarantined as base
from staging.delivery_accounts
union all
select
    delivery_id,
    'quarantined' as measure,
    'all' as category,
    rows_quarantined as counted,
    rows_accepted + rows_quarantined as base
from staging.delivery_accounts
