-- name: list_entries
SELECT id, xid::text::bigint AS xid, entry_id, organisation_id, occurred_at, actor, roles, method, peer, request_id, kind,
       subjects, request_digest, before_digest, after_digest
FROM audit_entry
WHERE id < $1 AND ($2::uuid IS NULL OR organisation_id = $2) AND ($3::text = '' OR actor = $3) AND ($4::text = '' OR method = $4)
  AND ($5::text = '' OR $5 = ANY(subjects)) AND ($6::timestamptz IS NULL OR occurred_at >= $6)
  AND ($7::timestamptz IS NULL OR occurred_at < $7)
ORDER BY id DESC LIMIT $8

-- name: list_chains
-- Jumps from tenant to tenant in the index.
WITH RECURSIVE chain AS (
    (SELECT organisation_id FROM audit_seal ORDER BY organisation_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.organisation_id FROM audit_seal s WHERE s.organisation_id > c.organisation_id
            ORDER BY s.organisation_id LIMIT 1)
    FROM chain c WHERE c.organisation_id IS NOT NULL
)
SELECT organisation_id FROM chain WHERE organisation_id IS NOT NULL

-- name: count_entries
SELECT count(*) FROM audit_entry WHERE $1::uuid IS NULL OR organisation_id = $1

-- name: read_chain
-- A place whose entry is gone is still a place.
SELECT s.sequence, s.hash, s.entry_id AS place_id, e.id, e.xid::text::bigint AS xid, e.entry_id::text AS entry_id,
       e.organisation_id, e.occurred_at, e.actor, e.roles, e.method, e.peer, e.request_id::text AS request_id, e.kind, e.subjects,
       e.request_digest, e.before_digest, e.after_digest
FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
WHERE s.organisation_id = $1 AND s.sequence > $2 ORDER BY s.sequence LIMIT $3

-- name: read_unchained
SELECT 0::bigint AS sequence, ''::bytea AS hash, e.id AS place_id, e.id, e.xid::text::bigint AS xid, e.entry_id::text AS entry_id,
       e.organisation_id, e.occurred_at, e.actor, e.roles, e.method, e.peer, e.request_id::text AS request_id, e.kind, e.subjects,
       e.request_digest, e.before_digest, e.after_digest
FROM audit_entry e
WHERE e.id > $2 AND ($1::uuid IS NULL OR e.organisation_id = $1)
  AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)
ORDER BY e.id LIMIT $3

-- name: list_roots
SELECT place, organisation_id, number, sequence, hash, previous, signed_at, key_id, signature
FROM audit_root WHERE place > $1 AND ($2::uuid IS NULL OR organisation_id = $2) ORDER BY place LIMIT $3
