-- name: find_screenings
SELECT s.contractor_id, s.subject_fingerprint, s.state, s.screened_at, s.faults, p.content AS findings
FROM screening s LEFT JOIN personal_data p ON p.owner_id = s.contractor_id AND p.kind = 'FINDINGS'
WHERE s.contractor_id = ANY ($1::uuid[])

-- name: put_screenings
INSERT INTO screening (contractor_id, subject_fingerprint, state, lists_key, watched, screened_at, faults)
SELECT s.contractor_id, s.fingerprint, s.state, s.lists_key, true, s.screened_at, s.faults
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::jsonb[])
     AS s (contractor_id, fingerprint, state, lists_key, screened_at, faults)
ON CONFLICT (contractor_id) DO UPDATE
SET subject_fingerprint = excluded.subject_fingerprint, state = excluded.state, lists_key = excluded.lists_key,
    screened_at = excluded.screened_at, faults = excluded.faults

-- name: expire_screening
-- No set of lists has this key.
UPDATE screening SET lists_key = 'outdated' WHERE contractor_id = $1

-- name: unwatch_screening
UPDATE screening SET watched = false WHERE contractor_id = $1

-- name: insert_decision
INSERT INTO screening_decision (id, contractor_id, list, entry_id, entry_fingerprint, subject_fingerprint, verdict, decided_by, reason,
                                decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: find_decisions
SELECT id, contractor_id, list, entry_id, entry_fingerprint, subject_fingerprint, verdict, decided_by, reason, decided_at
FROM screening_decision WHERE contractor_id = ANY ($1::uuid[]) ORDER BY id
