-- name: list_failed_events
SELECT id, consumer, topic, partition, record_offset, event_id, type, key, sequence, state, error, attempts, first_failed_at,
       last_failed_at, decided_by, decision_reason
FROM failed_event
WHERE state = ANY($1::text[]) AND id < $2
ORDER BY id DESC LIMIT $3

-- name: get_failed_event
SELECT id, consumer, topic, partition, record_offset, event_id, type, key, sequence, state, error, attempts, first_failed_at,
       last_failed_at, decided_by, decision_reason, headers, payload
FROM failed_event WHERE id = $1

-- name: replay_failed_event
UPDATE failed_event
SET state = 'RETRYING', attempts = 0, not_before = now(), decided_by = $2, decision_reason = $3
WHERE id = $1 AND state IN ('PARKED', 'DEAD', 'RETRYING')
RETURNING id

-- name: discard_failed_event
UPDATE failed_event
SET state = 'DISCARDED', decided_by = $2, decision_reason = $3
WHERE id = $1 AND state IN ('PARKED', 'DEAD', 'RETRYING', 'WAITING')
RETURNING consumer, key, sequence

-- name: skip_position
-- A discarded event counts as handled, so that its key goes on.
INSERT INTO inbox_position (consumer, key, sequence) VALUES ($1, $2, $3)
ON CONFLICT (consumer, key) DO UPDATE SET sequence = excluded.sequence
WHERE inbox_position.sequence = excluded.sequence - 1
