-- The accepted responses. The star stands for one column per item of the survey contract.
select r.* exclude (sequence, row_hash, faults)
from staging.response_rows as r
inner join staging.response_versions as v on r.delivery_id = v.delivery_id and r.row_number = v.row_number
where v.status = 'accepted'
