-- name: insert_reviews
INSERT INTO review (id, contractor_id, kind, state, priority, risk_reasons, due_at, created_at, version)
SELECT r.id, r.contractor_id, r.kind, r.state, r.priority, string_to_array(r.risks, ','), r.due_at, $8, 1
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[])
     AS r (id, contractor_id, kind, state, priority, risks, due_at)

-- name: review_owner
SELECT contractor_id FROM review WHERE id = $1

-- name: get_review
SELECT r.id, r.contractor_id, r.kind, r.state, r.priority, r.risk_reasons, r.claimed_by, r.first_approved_by, r.decided_by,
       r.decision_reason, r.due_at, r.created_at, r.decided_at, r.version
FROM review r WHERE r.id = $1

-- name: lock_review
SELECT r.id, r.contractor_id, r.kind, r.state, r.priority, r.risk_reasons, r.claimed_by, r.first_approved_by, r.decided_by,
       r.decision_reason, r.due_at, r.created_at, r.decided_at, r.version
FROM review r WHERE r.id = $1 FOR UPDATE OF r

-- name: lock_open_reviews
SELECT r.id, r.contractor_id, r.kind, r.state, r.priority, r.risk_reasons, r.claimed_by, r.first_approved_by, r.decided_by,
       r.decision_reason, r.due_at, r.created_at, r.decided_at, r.version
FROM review r WHERE r.contractor_id = ANY ($1::uuid[]) AND r.state IN ('OPEN', 'CLAIMED', 'PENDING_SECOND')
ORDER BY r.id FOR UPDATE OF r

-- name: update_reviews
UPDATE review r
SET state = n.state, priority = n.priority, risk_reasons = string_to_array(n.risks, ','), claimed_by = n.claimed_by,
    first_approved_by = n.first_approved_by, decided_by = n.decided_by, decision_reason = n.decision_reason,
    decided_at = n.decided_at, version = n.old_version + 1
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
            $10::timestamptz[])
     AS n (id, old_version, state, priority, risks, claimed_by, first_approved_by, decided_by, decision_reason, decided_at)
WHERE r.id = n.id AND r.version = n.old_version

-- name: page_reviews
-- Most urgent first, oldest first among equals. The place of the last row given is looked up by its id.
SELECT r.id, r.contractor_id, r.kind, r.state, r.priority, r.risk_reasons, r.claimed_by, r.first_approved_by, r.decided_by,
       r.decision_reason, r.due_at, r.created_at, r.decided_at, r.version
FROM review r
WHERE r.state = ANY ($1::text[])
  AND ($2::uuid IS NULL OR r.contractor_id = $2)
  AND ($3::uuid IS NULL OR (r.priority, r.id) > (SELECT l.priority, l.id FROM review l WHERE l.id = $3))
ORDER BY r.priority, r.id LIMIT $4
