-- name: insert_marks
INSERT INTO blind_index (contractor_id, owner_id, kind, digest)
SELECT $1, $2, k, d FROM unnest($3::text[], $4::bytea[]) AS m (k, d)

-- name: delete_marks
DELETE FROM blind_index WHERE owner_id = $1

-- name: shared_marks
-- Who has a number or an account that another open case has too.
SELECT DISTINCT b.contractor_id, b.kind FROM blind_index b
WHERE b.contractor_id = ANY ($1::uuid[]) AND b.kind <> 'EMAIL' AND ($2::uuid IS NULL OR b.owner_id = $2) AND EXISTS (
    SELECT FROM blind_index o JOIN contractor c ON c.id = o.contractor_id
    WHERE o.kind = b.kind AND o.digest = b.digest AND o.contractor_id <> b.contractor_id AND c.state NOT IN ('REJECTED', 'CLOSED'))

-- name: find_marked
SELECT DISTINCT contractor_id FROM blind_index WHERE kind = $1 AND digest = ANY ($2::bytea[]) ORDER BY contractor_id DESC LIMIT $3
