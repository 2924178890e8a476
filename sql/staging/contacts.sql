-- The accepted contacts.
select
    r.contact_id,
    r.person_id,
    r.contact_date,
    r.channel,
    r.target_group,
    r.incident_class,
    r.area_code,
    r.area_recorded,
    r.answering_organisation,
    r.age_band,
    r.exclusion_reason,
    r.invitation_date,
    r.invitation_mode,
    r.delivery_id,
    r.row_number
from staging.contact_rows as r
inner join staging.contact_versions as v on r.delivery_id = v.delivery_id and r.row_number = v.row_number
where v.status = 'accepted'
