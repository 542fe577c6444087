-- name: forget_capabilities_of
DELETE FROM contractor_capability WHERE contractor_id = ANY ($1::uuid[]) RETURNING contractor_id

-- name: blank_reasons_of
-- What people wrote about steps of this person's contracts, work and invoices; our own workers write codes and dates.
UPDATE transition t SET reason = ''
FROM (
    SELECT id, contractor_id FROM contract WHERE contractor_id = ANY ($1::uuid[])
    UNION ALL SELECT id, contractor_id FROM work_item WHERE contractor_id = ANY ($1::uuid[])
    UNION ALL SELECT id, contractor_id FROM invoice WHERE contractor_id = ANY ($1::uuid[])
) AS owned
WHERE t.aggregate_id = owned.id AND t.reason <> '' AND t.actor NOT LIKE 'system:%'
RETURNING owned.contractor_id
