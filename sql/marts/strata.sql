-- The strata of the variance: leaf area x quarter of contact. All answers of a stratum count in it, also those that are
-- not in the base of a question, and the contacts that could have been invited are its population.
with quarters as (
    select
        area_code,
        cast(date_trunc('quarter', month) as date) as quarter,
        cast(sum(contacts - excluded) as bigint) as contacts,
        cast(sum(responses) as bigint) as responses
    from marts.leaf_counts
    group by area_code, quarter
)

select
    area_code,
    quarter,
    contacts,
    responses
from quarters
where responses > 0
