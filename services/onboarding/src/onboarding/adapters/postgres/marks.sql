-- name: take_turns
-- $2 is sorted: everybody locks in one order. The look comes in a later statement, which sees what was committed meanwhile.
SELECT pg_advisory_xact_lock($1, turn) FROM unnest($2::int[]) AS t (turn)

-- name: insert_marks
INSERT INTO blind_index (contractor_id, owner_id, kind, digest, key_id)
SELECT c, o, k, d, i FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS m (c, o, k, d, i)
ORDER BY o, k, d

-- name: delete_marks
DELETE FROM blind_index WHERE owner_id = ANY ($1::uuid[])

-- name: shared_marks
-- Who has a number or an account that another open case has too.
SELECT DISTINCT b.contractor_id, b.kind FROM blind_index b
WHERE b.contractor_id = ANY ($1::uuid[]) AND b.kind <> 'EMAIL' AND ($2::uuid IS NULL OR b.owner_id = $2) AND EXISTS (
    SELECT FROM blind_index o JOIN contractor c ON c.id = o.contractor_id
    WHERE o.kind = b.kind AND o.digest = b.digest AND o.contractor_id <> b.contractor_id AND c.state NOT IN ('REJECTED', 'CLOSED'))

-- name: find_marked
SELECT DISTINCT contractor_id FROM blind_index WHERE kind = $1 AND digest = ANY ($2::bytea[]) ORDER BY contractor_id DESC LIMIT $3

-- name: marked_by_older_keys
-- Contractors behind $2 of whom something has no row by the key $1 yet.
SELECT DISTINCT b.contractor_id FROM blind_index b
WHERE ($2::uuid IS NULL OR b.contractor_id > $2) AND b.key_id <> $1
  AND NOT EXISTS (SELECT FROM blind_index n WHERE n.owner_id = b.owner_id AND n.key_id = $1)
ORDER BY b.contractor_id LIMIT $3

-- name: drop_older_marks
-- Rows by another key than $1 that have one by it beside them.
DELETE FROM blind_index WHERE ctid = ANY (ARRAY(
    SELECT b.ctid FROM blind_index b
    WHERE b.key_id <> $1 AND EXISTS (SELECT FROM blind_index n WHERE n.owner_id = b.owner_id AND n.key_id = $1)
    LIMIT $2))
