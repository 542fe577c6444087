-- Keys of personal data. None of these is bound to a tenant: the keys are the service's.

-- name: list_keks
SELECT id, provider, provider_key_id, wrapped, purpose, retired_at IS NULL AS current
FROM key_encryption_key ORDER BY created_at, id

-- name: insert_kek
-- Whoever comes second finds the first one's.
INSERT INTO key_encryption_key (id, provider, provider_key_id, wrapped, purpose) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (purpose) WHERE retired_at IS NULL DO NOTHING

-- name: retire_keks
UPDATE key_encryption_key SET retired_at = now() WHERE purpose = $1 AND retired_at IS NULL

-- name: wrap_kek_anew
UPDATE key_encryption_key SET provider = $2, provider_key_id = $3, wrapped = $4 WHERE id = $1

-- name: delete_unused_keks
DELETE FROM key_encryption_key AS k
WHERE k.retired_at IS NOT NULL AND NOT EXISTS (SELECT FROM data_key AS d WHERE d.kek_id = k.id)
RETURNING k.id

-- name: keys_of_subjects
-- One row for every subject. `own`: made in this transaction, which may yet fail.
SELECT s.kind AS subject_kind, s.id AS subject_id, d.id, d.kek_id, d.wrapped, d.created_at = now() AS own,
       e.subject_id IS NOT NULL AS erased
FROM unnest($1::text[], $2::uuid[]) AS s (kind, id)
LEFT JOIN erased_subject AS e ON e.subject_kind = s.kind AND e.subject_id = s.id
LEFT JOIN data_key AS d ON d.subject_kind = s.kind AND d.subject_id = s.id AND e.subject_id IS NULL

-- name: keys_by_id
-- A key of an erased subject comes without its bytes, wherever its row came from.
SELECT d.subject_kind, d.subject_id, k.id, CASE WHEN e.subject_id IS NULL THEN d.kek_id END AS kek_id,
       CASE WHEN e.subject_id IS NULL THEN d.wrapped END AS wrapped, d.created_at = now() AS own,
       e.subject_id IS NOT NULL OR EXISTS (SELECT FROM erased_subject AS g WHERE g.data_key_id = k.id) AS erased
FROM unnest($1::uuid[]) AS k (id)
LEFT JOIN data_key AS d ON d.id = k.id
LEFT JOIN erased_subject AS e ON e.subject_kind = d.subject_kind AND e.subject_id = d.subject_id

-- name: make_keys
-- Nothing is made under a retired key-encryption key, and $1 is not deleted before this transaction ends. The locks stand against
-- `destroy_keys`: after them the next statement sees whether one of the subjects was erased meanwhile.
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared($6, b.number) FROM unnest($7::int[]) AS b (number)),
kek AS MATERIALIZED (SELECT id FROM key_encryption_key WHERE id = $1 AND retired_at IS NULL FOR KEY SHARE)
INSERT INTO data_key (id, subject_kind, subject_id, kek_id, wrapped)
SELECT n.id, n.kind, n.subject_id, kek.id, n.wrapped
FROM kek, unnest($2::uuid[], $3::text[], $4::uuid[], $5::bytea[]) AS n (id, kind, subject_id, wrapped)
WHERE (SELECT count(*) FROM turn) > 0
ORDER BY n.kind, n.subject_id
ON CONFLICT (subject_kind, subject_id) DO NOTHING

-- name: unmake_keys
DELETE FROM data_key WHERE id = ANY($1::uuid[])

-- name: lock_subjects
SELECT pg_advisory_xact_lock($1, b.number) FROM unnest($2::int[]) AS b (number)

-- name: destroy_keys
WITH gone AS (
    DELETE FROM data_key AS d USING unnest($1::text[], $2::uuid[]) AS s (kind, id)
    WHERE d.subject_kind = s.kind AND d.subject_id = s.id
    RETURNING d.subject_kind, d.subject_id, d.id
)
INSERT INTO erased_subject (subject_kind, subject_id, data_key_id)
SELECT s.kind, s.id, gone.id
FROM unnest($1::text[], $2::uuid[]) AS s (kind, id)
LEFT JOIN gone ON gone.subject_kind = s.kind AND gone.subject_id = s.id
ON CONFLICT (subject_kind, subject_id) DO UPDATE SET data_key_id = coalesce(erased_subject.data_key_id, excluded.data_key_id)

-- name: list_erased
SELECT subject_id FROM erased_subject WHERE subject_kind = $1 AND ($2::uuid IS NULL OR subject_id > $2)
ORDER BY subject_id LIMIT $3

-- name: find_not_erased
SELECT s.id FROM (SELECT DISTINCT unnest($2::uuid[]) AS id) AS s
WHERE NOT EXISTS (SELECT FROM erased_subject AS e WHERE e.subject_kind = $1 AND e.subject_id = s.id)
ORDER BY s.id

-- name: sweep_keys
WITH gone AS (
    DELETE FROM data_key AS d USING erased_subject AS e
    WHERE d.subject_kind = e.subject_kind AND d.subject_id = e.subject_id
    RETURNING d.subject_kind, d.subject_id, d.id
), noted AS (
    UPDATE erased_subject AS e SET data_key_id = gone.id FROM gone
    WHERE e.subject_kind = gone.subject_kind AND e.subject_id = gone.subject_id AND e.data_key_id IS NULL
)
-- All go; the first $1 are named.
SELECT subject_kind, subject_id, count(*) OVER () AS total FROM gone LIMIT $1

-- name: count_outdated_keys
SELECT count(*) FROM data_key WHERE kek_id <> $1

-- name: hold_kek
-- It may be retired now, but not deleted before this transaction ends.
SELECT id FROM key_encryption_key WHERE id = $1 FOR KEY SHARE

-- name: next_outdated_keys
SELECT id, subject_kind, subject_id, kek_id, wrapped FROM data_key
WHERE id > $1 AND kek_id <> $2
ORDER BY id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED

-- name: wrap_keys_anew
UPDATE data_key AS d SET kek_id = $1, wrapped = n.wrapped
FROM unnest($2::uuid[], $3::bytea[]) AS n (id, wrapped) WHERE d.id = n.id

-- name: get_digest_key
SELECT sealed FROM digest_key

-- name: insert_digest_key
-- Whoever comes second finds the first one's.
INSERT INTO digest_key (sealed) VALUES ($1) ON CONFLICT DO NOTHING
