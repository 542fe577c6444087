-- name: over_since
SELECT max(occurred_at) FROM transition
WHERE aggregate_id = $1 AND to_state IN ('REJECTED', 'CLOSED') AND from_state <> to_state

-- name: remove_rows
-- One row for each table: how many rows there were, and SHA-256 over what they held, in an order of its own.
WITH personal AS (
    DELETE FROM personal_data WHERE contractor_id = ANY ($1::uuid[]) RETURNING uuid_send(owner_id) || kind::bytea || content AS held
), marks AS (
    DELETE FROM blind_index WHERE contractor_id = ANY ($1::uuid[]) RETURNING digest AS held
), engaged AS (
    DELETE FROM engagement WHERE contractor_id = ANY ($1::uuid[]) RETURNING uuid_send(organisation_id) AS held
), said AS (
    DELETE FROM remark WHERE contractor_id = ANY ($1::uuid[]) RETURNING content AS held
), screened AS (
    DELETE FROM screening WHERE contractor_id = ANY ($1::uuid[]) RETURNING subject_fingerprint::bytea AS held
), decided AS (
    UPDATE screening_decision SET subject_fingerprint = '', reason = ''
    WHERE contractor_id = ANY ($1::uuid[]) AND reason <> '' RETURNING OLD.reason AS held
), reviewed AS (
    UPDATE review SET decision_reason = NULL
    WHERE contractor_id = ANY ($1::uuid[]) AND decision_reason IS NOT NULL RETURNING OLD.decision_reason AS held
), accounts AS (
    UPDATE payout_method SET bic = '', bank_name = '', purpose_code = '', partner_bank = ''
    WHERE contractor_id = ANY ($1::uuid[]) RETURNING convert_to(OLD.bic || OLD.bank_name, 'UTF8') AS held
), held_legally AS (
    UPDATE legal_hold SET reason = '' WHERE contractor_id = ANY ($1::uuid[]) AND reason <> '' RETURNING OLD.reason AS held
), replies AS (
    DELETE FROM idempotent_reply WHERE subjects && $1::uuid[] RETURNING reply AS held
), gone AS (
    SELECT 'personal_data' AS name, held FROM personal UNION ALL SELECT 'blind_index', held FROM marks
    UNION ALL SELECT 'engagement', held FROM engaged UNION ALL SELECT 'remark', held FROM said
    UNION ALL SELECT 'screening', held FROM screened UNION ALL SELECT 'screening_decision', held FROM decided
    UNION ALL SELECT 'review', held FROM reviewed UNION ALL SELECT 'payout_method', held FROM accounts
    UNION ALL SELECT 'legal_hold', held FROM held_legally UNION ALL SELECT 'idempotent_reply', held FROM replies
)
SELECT name, count(*) AS rows, sha256(string_agg(sha256(held), ''::bytea ORDER BY sha256(held))) AS digest
FROM gone GROUP BY name ORDER BY name

-- name: mark_erased
UPDATE contractor SET erased_at = coalesce(erased_at, $2), external_id = '', requirements = '[]', required_by = NULL
WHERE id = ANY ($1::uuid[])

-- name: close_returned
-- The steps are told apart by their reason; the version stays, for no event goes out.
WITH closed AS (
    UPDATE contractor SET state = 'CLOSED', suspended_from = NULL, capabilities = $2
    WHERE id = ANY ($1::uuid[]) AND state NOT IN ('REJECTED', 'CLOSED')
    RETURNING id, version, OLD.state AS before
)
INSERT INTO transition (aggregate_type, aggregate_id, version, from_state, to_state, actor, reason, occurred_at)
SELECT 'contractor', id, version, before, 'CLOSED', $3, 'ERASED_AGAIN', $4 FROM closed

-- name: close_returned_reviews
UPDATE review SET state = 'REJECTED', decided_by = $2, decided_at = $3, version = version + 1
WHERE contractor_id = ANY ($1::uuid[]) AND state IN ('OPEN', 'CLAIMED', 'PENDING_SECOND')

-- name: find_returned
WITH named AS (
    SELECT unnest($1::uuid[]) AS id UNION SELECT subject_id FROM erased_subject WHERE subject_kind = 'CONTRACTOR'
)
SELECT n.id FROM named n
WHERE NOT EXISTS (SELECT FROM erased_subject e WHERE e.subject_kind = 'CONTRACTOR' AND e.subject_id = n.id)
   OR EXISTS (SELECT FROM contractor c WHERE c.id = n.id AND c.erased_at IS NULL)
   OR EXISTS (SELECT FROM personal_data p WHERE p.contractor_id = n.id)
   OR EXISTS (SELECT FROM blind_index b WHERE b.contractor_id = n.id)
   OR EXISTS (SELECT FROM engagement g WHERE g.contractor_id = n.id)
   OR EXISTS (SELECT FROM remark r WHERE r.contractor_id = n.id)
   OR EXISTS (SELECT FROM screening s WHERE s.contractor_id = n.id)
ORDER BY n.id

-- name: keep_proofs
INSERT INTO erasure_proof (contractor_id, erased_at, actor, reason, removed, digest, jws, filed)
SELECT p.contractor_id, p.erased_at, p.actor, p.reason, p.removed, p.digest, nullif(p.jws, ''), $8
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::jsonb[], $6::bytea[], $7::text[])
     AS p (contractor_id, erased_at, actor, reason, removed, digest, jws)
ON CONFLICT (contractor_id) DO NOTHING
RETURNING contractor_id, erased_at

-- name: page_proofs
SELECT contractor_id, erased_at FROM erasure_proof WHERE ($1::uuid IS NULL OR contractor_id > $1) ORDER BY contractor_id LIMIT $2

-- name: get_proof
SELECT contractor_id, erased_at, actor, reason, removed, digest, coalesce(jws, '') AS jws FROM erasure_proof WHERE contractor_id = $1

-- name: erased_at
SELECT erased_at FROM contractor WHERE id = $1

-- name: unsigned_proofs
SELECT contractor_id, erased_at, actor, reason, removed, digest, '' AS jws FROM erasure_proof
WHERE jws IS NULL ORDER BY erased_at LIMIT $1 FOR UPDATE SKIP LOCKED

-- name: note_signatures
UPDATE erasure_proof p SET jws = n.jws FROM unnest($1::uuid[], $2::text[]) AS n (contractor_id, jws)
WHERE p.contractor_id = n.contractor_id

-- name: unfiled_proofs
SELECT contractor_id, erased_at, actor, reason, removed, digest, jws FROM erasure_proof
WHERE jws IS NOT NULL AND NOT filed ORDER BY erased_at LIMIT $1

-- name: note_filed
UPDATE erasure_proof SET filed = true WHERE contractor_id = ANY ($1::uuid[])

-- name: insert_hold
INSERT INTO legal_hold (id, contractor_id, reason, placed_by, placed_at, until) VALUES ($1, $2, $3, $4, $5, $6)

-- name: lock_hold
SELECT id, contractor_id, reason, placed_by, placed_at, until, released_by, released_at FROM legal_hold WHERE id = $1 FOR UPDATE

-- name: release_hold
UPDATE legal_hold SET released_by = $2, released_at = $3 WHERE id = $1

-- name: page_holds (newest first; $2: only what holds at that moment)
SELECT id, contractor_id, reason, placed_by, placed_at, until, released_by, released_at FROM legal_hold
WHERE ($1::uuid IS NULL OR contractor_id = $1) AND ($3::uuid IS NULL OR id < $3)
  AND ($2::timestamptz IS NULL OR (released_at IS NULL AND (until IS NULL OR until > $2)))
ORDER BY id DESC LIMIT $4

-- name: holds_of
SELECT id, contractor_id, reason, placed_by, placed_at, until, released_by, released_at FROM legal_hold
WHERE contractor_id = $1 AND released_at IS NULL ORDER BY id
