-- name: forget_capabilities_of
DELETE FROM contractor_capability WHERE contractor_id = ANY ($1::uuid[]);

-- name: blank_reasons_of
-- What people wrote about steps of this person's contracts, work and invoices; our own workers write codes and dates.
UPDATE transition SET reason = ''
WHERE reason <> '' AND actor NOT LIKE 'system:%' AND aggregate_id IN (
    SELECT id FROM contract WHERE contractor_id = ANY ($1::uuid[])
    UNION ALL SELECT id FROM work_item WHERE contractor_id = ANY ($1::uuid[])
    UNION ALL SELECT id FROM invoice WHERE contractor_id = ANY ($1::uuid[]));
