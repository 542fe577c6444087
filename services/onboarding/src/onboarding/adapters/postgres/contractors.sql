-- name: insert_contractor
INSERT INTO contractor (id, organisation_id, external_id, state, country, person_type, capabilities, requirements, version, created_at,
                        updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)

-- name: put_personal
INSERT INTO personal_data (contractor_id, owner_id, kind, content)
SELECT c, o, k, d FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS r (c, o, k, d)
ON CONFLICT (owner_id, kind) DO UPDATE SET content = excluded.content

-- name: get_contractors
-- Row-level security decides which of the sealed columns a caller gets: one that only engages the contractor has the name alone.
SELECT c.id, c.organisation_id, c.external_id, c.state, c.suspended_from, c.capabilities, c.requirements, c.required_by, c.version,
       c.created_at, c.updated_at, c.erased_at, c.country, c.person_type, p.content AS profile, r.content AS request,
       n.content AS name
FROM contractor c LEFT JOIN personal_data p ON p.owner_id = c.id AND p.kind = 'PROFILE'
LEFT JOIN personal_data r ON r.owner_id = c.id AND r.kind = 'REQUEST'
LEFT JOIN personal_data n ON n.owner_id = c.id AND n.kind = 'NAME' AND p.owner_id IS NULL
WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id DESC

-- name: lock_contractors
SELECT c.id, c.organisation_id, c.external_id, c.state, c.suspended_from, c.capabilities, c.requirements, c.required_by, c.version,
       c.created_at, c.updated_at, c.erased_at, c.country, c.person_type, p.content AS profile, r.content AS request
FROM contractor c LEFT JOIN personal_data p ON p.owner_id = c.id AND p.kind = 'PROFILE'
LEFT JOIN personal_data r ON r.owner_id = c.id AND r.kind = 'REQUEST'
WHERE c.id = ANY ($1::uuid[])
ORDER BY c.id FOR UPDATE OF c

-- name: lock_submitted
SELECT c.id, c.organisation_id, c.external_id, c.state, c.suspended_from, c.capabilities, c.requirements, c.required_by, c.version,
       c.created_at, c.updated_at, c.erased_at, c.country, c.person_type, p.content AS profile, r.content AS request
FROM contractor c LEFT JOIN personal_data p ON p.owner_id = c.id AND p.kind = 'PROFILE'
LEFT JOIN personal_data r ON r.owner_id = c.id AND r.kind = 'REQUEST'
WHERE c.state = 'SUBMITTED'
ORDER BY c.id LIMIT $1 FOR UPDATE OF c SKIP LOCKED

-- name: lock_stale
-- Two ranges instead of <>, so that the index finds them and an idle look costs nothing.
WITH stale AS (
    (SELECT contractor_id FROM screening WHERE watched AND lists_key < $1 ORDER BY lists_key LIMIT $2)
    UNION ALL
    (SELECT contractor_id FROM screening WHERE watched AND lists_key > $1 ORDER BY lists_key LIMIT $2)
)
SELECT c.id, c.organisation_id, c.external_id, c.state, c.suspended_from, c.capabilities, c.requirements, c.required_by, c.version,
       c.created_at, c.updated_at, c.erased_at, c.country, c.person_type, p.content AS profile, r.content AS request
FROM contractor c JOIN stale s ON s.contractor_id = c.id
LEFT JOIN personal_data p ON p.owner_id = c.id AND p.kind = 'PROFILE'
LEFT JOIN personal_data r ON r.owner_id = c.id AND r.kind = 'REQUEST'
ORDER BY c.id LIMIT $2 FOR UPDATE OF c SKIP LOCKED

-- name: page_contractors
-- External ids are the words of the organisation that registered: another one ($4) does not find by them.
SELECT c.id, c.organisation_id, c.external_id, c.state, c.suspended_from, c.capabilities, c.requirements, c.required_by, c.version,
       c.created_at, c.updated_at, c.erased_at, c.country, c.person_type, p.content AS profile, r.content AS request,
       n.content AS name
FROM contractor c LEFT JOIN personal_data p ON p.owner_id = c.id AND p.kind = 'PROFILE'
LEFT JOIN personal_data r ON r.owner_id = c.id AND r.kind = 'REQUEST'
LEFT JOIN personal_data n ON n.owner_id = c.id AND n.kind = 'NAME' AND p.owner_id IS NULL
WHERE (cardinality($1::text[]) = 0 OR c.state = ANY ($1::text[]))
  AND ($2 = '' OR c.country = $2)
  AND ($3 = '' OR (c.external_id = $3 AND ($4::uuid IS NULL OR c.organisation_id = $4)))
  AND ($5::uuid IS NULL OR c.id < $5)
ORDER BY c.id DESC LIMIT $6

-- name: update_contractors
UPDATE contractor c
SET state = n.state, suspended_from = n.suspended_from, country = n.country, person_type = n.person_type, capabilities = n.capabilities,
    requirements = n.requirements, required_by = n.required_by, version = n.new_version, updated_at = $11
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::jsonb[],
            $10::timestamptz[])
     AS n (id, old_version, new_version, state, suspended_from, country, person_type, capabilities, requirements, required_by)
WHERE c.id = n.id AND c.version = n.old_version

-- name: insert_remarks
INSERT INTO remark (contractor_id, aggregate_id, version, content)
SELECT c, a, v, d FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[]) AS r (c, a, v, d)

-- name: find_remarks
SELECT version, content FROM remark WHERE aggregate_id = $1
