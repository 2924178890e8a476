-- Every file that came in and what became of its rows. Of a file that was not taken no row was read.
select
    d.delivery_id,
    d.file_name,
    d.source,
    d.kind,
    d.month,
    d.sequence,
    d.status,
    d.message,
    d.remedy,
    coalesce(a.rows_read, 0) as rows_read,
    coalesce(a.rows_accepted, 0) as rows_accepted,
    coalesce(a.rows_vanished, 0) as rows_vanished,
    coalesce(a.rows_superseded, 0) as rows_superseded,
    coalesce(a.rows_withdrawn, 0) as rows_withdrawn,
    coalesce(a.rows_repaired, 0) as rows_repaired,
    coalesce(a.rows_quarantined, 0) as rows_quarantined,
    coalesce(a.rows_erased, 0) as rows_erased,
    coalesce(a.rows_without_contact, 0) as rows_without_contact,
    coalesce(a.rows_without_answer, 0) as rows_without_answer
from raw.deliveries as d
left join staging.delivery_accounts as a on d.delivery_id = a.delivery_id and d.status = 'taken'
