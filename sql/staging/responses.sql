-- The accepted responses. The stars stand for one column per item of the survey contract.
-- Whether several responses hold the same long comment shows here only: it is added to the flags.
-- Few rows are not accepted: those are looked up, the many others only pass by.
with
other_rows as (
    select
        delivery_id,
        row_number
    from staging.response_versions
    where status <> 'accepted'
),

text_keys as (
    select
        r.delivery_id,
        r.row_number,
        unnest(r.text_keys) as text_key
    from staging.response_rows as r
    left join other_rows as o on r.delivery_id = o.delivery_id and r.row_number = o.row_number
    where len(r.text_keys) > 0 and o.row_number is null
),

repeated_texts as (
    select k.text_key
    from text_keys as k
    inner join reference.response_rules as s on s.setting = 'same_text_from'
    group by k.text_key, s.amount
    having count(*) >= s.amount
),

responses_with_repeated_text as (
    select distinct
        k.delivery_id,
        k.row_number
    from text_keys as k
    inner join repeated_texts as t on k.text_key = t.text_key
)

select
    r.* exclude (sequence, row_hash, faults, repairs, text_keys, flags),
    case when t.row_number is null then r.flags else list_append(r.flags, 'same_text') end as flags
from staging.response_rows as r
left join other_rows as o on r.delivery_id = o.delivery_id and r.row_number = o.row_number
left join responses_with_repeated_text as t on r.delivery_id = t.delivery_id and r.row_number = t.row_number
where o.row_number is null
