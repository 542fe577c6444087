-- name: get_capabilities
SELECT capability, state, reason_code FROM contractor_capability WHERE contractor_id = $1;

-- name: forget_capabilities
DELETE FROM contractor_capability WHERE contractor_id = $1;

-- name: keep_capabilities
INSERT INTO contractor_capability (contractor_id, capability, state, reason_code)
SELECT $1, c.capability, c.state, c.reason_code FROM unnest($2::text[], $3::text[], $4::text[]) AS c (capability, state, reason_code)
WHERE NOT EXISTS (SELECT FROM erased_subject AS e WHERE e.subject_kind = 'CONTRACTOR' AND e.subject_id = $1);
