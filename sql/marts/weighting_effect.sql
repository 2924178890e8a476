-- What weighting does to a figure: the same answers with and without weights, per quarter of contact and leaf area.
select
    cast(date_trunc('quarter', month) as date) as quarter,
    area_code,
    item,
    measure,
    cast(sum(n) as bigint) as n,
    cast(sum(sum_y) as bigint) as sum_y,
    cast(sum(sum_w) as bigint) as sum_w,
    cast(sum(sum_wy) as bigint) as sum_wy
from marts.cells
group by date_trunc('quarter', month), area_code, item, measure
