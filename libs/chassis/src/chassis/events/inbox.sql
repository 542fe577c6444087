-- name: claim
INSERT INTO inbox (consumer, event_id)
SELECT $1, e FROM unnest($2::uuid[]) AS e ORDER BY e
ON CONFLICT DO NOTHING RETURNING event_id

-- name: lock_positions
SELECT key, sequence FROM inbox_position WHERE consumer = $1 AND key = ANY($2::text[]) ORDER BY key FOR UPDATE

-- name: open_positions
-- A missing row locks nothing, so it is put in and then locked by a statement of its own, which sees what others committed.
INSERT INTO inbox_position (consumer, key, sequence)
SELECT $1, k, 0 FROM unnest($2::text[]) AS k ORDER BY k
ON CONFLICT DO NOTHING

-- name: move_positions
UPDATE inbox_position p SET sequence = m.sequence
FROM unnest($2::text[], $3::bigint[]) AS m (key, sequence)
WHERE p.consumer = $1 AND p.key = m.key AND p.sequence < m.sequence

-- name: keep_failed
INSERT INTO failed_event (consumer, topic, partition, record_offset, event_id, type, key, sequence, headers, payload, state, error,
                          attempts, not_before)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + make_interval(secs => $14))
ON CONFLICT DO NOTHING
RETURNING id

-- name: due_keys
-- Keys whose next event has come (its gap is closed), is due for another try, was discarded while it waited, or is final ($3).
SELECT DISTINCT f.key
FROM failed_event f LEFT JOIN inbox_position p ON p.consumer = f.consumer AND p.key = f.key
WHERE f.consumer = $1 AND f.not_before <= now()
  AND (f.state IN ('RETRYING', 'WAITING')
       AND (f.sequence <= coalesce(p.sequence, 0) + 1 OR ($2 AND coalesce(p.sequence, 0) = 0) OR f.type = ANY ($3::text[]))
       OR f.state = 'DISCARDED' AND f.sequence = coalesce(p.sequence, 0) + 1)
LIMIT 100

-- name: pass_discarded
-- A discarded event counts as handled once its turn comes, so that the key goes on.
UPDATE inbox_position p SET sequence = p.sequence + 1
WHERE p.consumer = $1 AND p.key = $2
  AND EXISTS (SELECT FROM failed_event f
              WHERE f.consumer = p.consumer AND f.key = p.key AND f.sequence = p.sequence + 1 AND f.state = 'DISCARDED')
RETURNING p.sequence

-- name: lock_next_of_key
SELECT id, topic, partition, record_offset, event_id, type, key, sequence, headers, payload, state, attempts,
       first_failed_at
FROM failed_event
WHERE consumer = $1 AND key = $2 AND state IN ('RETRYING', 'WAITING') AND not_before <= now()
ORDER BY type = ANY ($3::text[]) DESC, sequence, id LIMIT 1
FOR UPDATE SKIP LOCKED

-- name: resolve
UPDATE failed_event SET state = 'RESOLVED' WHERE id = $1

-- name: fail_again
UPDATE failed_event
SET state = $2, error = $3, attempts = attempts + 1, last_failed_at = now(), not_before = now() + make_interval(secs => $4)
WHERE id = $1 AND state IN ('RETRYING', 'WAITING')  -- somebody may have discarded it meanwhile
RETURNING id

-- name: alarm_gaps
UPDATE failed_event SET alarmed_at = now()
WHERE consumer = $1 AND state = 'WAITING' AND alarmed_at IS NULL AND first_failed_at < now() - make_interval(secs => $2)
RETURNING key, sequence

-- name: forget_failed_of
-- What was kept of somebody who is erased. An event that holds its key's place goes on holding it, without its content and
-- without the words of whoever decided about it.
WITH gone AS (DELETE FROM failed_event WHERE key = ANY ($1::text[]) AND state = 'RESOLVED' RETURNING key), emptied AS (
    UPDATE failed_event SET payload = NULL, decision_reason = '', state = 'DISCARDED'
    WHERE key = ANY ($1::text[]) AND state <> 'RESOLVED'
      AND (state <> 'DISCARDED' OR payload IS NOT NULL OR decision_reason <> '')
    RETURNING key
)
SELECT key FROM gone UNION SELECT key FROM emptied

-- name: forget_inbox
DELETE FROM inbox WHERE received_at < now() - interval '30 days'

-- name: forget_failed
DELETE FROM failed_event WHERE state = 'RESOLVED' AND last_failed_at < now() - interval '30 days'

-- name: forget_replies
DELETE FROM idempotent_reply WHERE created_at < now() - interval '30 days'
