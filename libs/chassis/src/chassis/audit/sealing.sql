-- name: look
-- `ahead`: the database counts its transactions from below what was chained, as after a restore into another server.
SELECT c.xid >= pg_snapshot_xmax(pg_current_snapshot()) AS ahead, EXISTS (
    SELECT FROM audit_entry e WHERE (e.xid, e.id) > (c.xid, c.id) AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
) AS finished
FROM audit_cursor c

-- name: lock_cursor
SELECT xid::text AS xid, id FROM audit_cursor FOR UPDATE

-- name: fetch_finished
-- Rows whose transaction is over: every transaction below the snapshot's xmin is, so none of its rows will appear later.
SELECT id, xid::text::bigint AS xid, entry_id, organisation_id, occurred_at, actor, roles, method, peer, request_id, kind,
       subjects, request_digest, before_digest, after_digest
FROM audit_entry
WHERE (xid, id) > ($1::text::xid8, $2::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY audit_entry.xid, audit_entry.id LIMIT $3

-- name: chain_heads
SELECT organisation_id, sequence, hash FROM audit_chain WHERE organisation_id = ANY($1::uuid[])

-- name: insert_seals
INSERT INTO audit_seal (entry_id, organisation_id, sequence, hash)
SELECT s.entry_id, s.organisation_id, s.sequence, s.hash
FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bytea[]) AS s (entry_id, organisation_id, sequence, hash)

-- name: move_heads
INSERT INTO audit_chain (organisation_id, sequence, hash)
SELECT h.organisation_id, h.sequence, h.hash
FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS h (organisation_id, sequence, hash)
ON CONFLICT (organisation_id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash

-- name: move_cursor
UPDATE audit_cursor SET xid = $1::text::xid8, id = $2

-- name: roots_due
-- Every $2 entries, and the head when the root before is older than $1.
SELECT c.organisation_id, c.root_number, c.root_digest, s.sequence, s.hash
FROM audit_chain c
CROSS JOIN LATERAL (
    SELECT generate_series(c.root_sequence + $2::bigint, c.sequence, $2::bigint) AS sequence
    UNION SELECT c.sequence WHERE coalesce(c.root_at <= $1, true)
) AS due
JOIN audit_seal s ON s.organisation_id = c.organisation_id AND s.sequence = due.sequence
WHERE c.sequence > c.root_sequence
ORDER BY c.organisation_id, s.sequence LIMIT $3

-- name: insert_roots
INSERT INTO audit_root (organisation_id, number, sequence, hash, previous, signed_at, key_id, signature)
SELECT r.organisation_id, r.number, r.sequence, r.hash, r.previous, $6, $7, r.signature
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $8::bytea[]) WITH ORDINALITY
    AS r (organisation_id, number, sequence, hash, previous, signature, place)
ORDER BY r.place

-- name: note_roots
UPDATE audit_chain c SET root_number = r.number, root_sequence = r.sequence, root_digest = r.digest, root_at = $5
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[]) AS r (organisation_id, number, sequence, digest)
WHERE c.organisation_id = r.organisation_id

-- name: newest_roots
SELECT organisation_id, root_number, root_digest FROM audit_chain WHERE root_number > 0

-- name: roots_behind
-- Roots of the tenants $1 with greater numbers than $2, one tenant after the other.
SELECT r.organisation_id, r.number, r.sequence, r.hash, r.previous, r.signed_at, r.key_id, r.signature
FROM unnest($1::uuid[], $2::bigint[]) AS f (organisation_id, number)
CROSS JOIN LATERAL (
    SELECT * FROM audit_root a WHERE a.organisation_id = f.organisation_id AND a.number > f.number ORDER BY a.number LIMIT $3
) AS r
LIMIT $3
