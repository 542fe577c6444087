-- name: insert_bank_message
INSERT INTO bank_message (id, bank, direction, type, message_id, sha256, content, state, items, error, run_id, funding_account_id,
    organisation_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (bank, message_id, sha256) WHERE direction = 'IN' DO NOTHING RETURNING id

-- name: find_bank_message_in
SELECT id, bank, direction, type, message_id, sha256, state, items, error, run_id, funding_account_id, organisation_id, created_at,
       sent_at
FROM bank_message WHERE direction = 'IN' AND bank = $1 AND message_id = $2 AND sha256 = $3

-- name: lock_bank_message
SELECT id, bank, direction, type, message_id, sha256, state, items, error, run_id, funding_account_id, organisation_id, created_at,
       sent_at, handovers
FROM bank_message WHERE id = $1 FOR UPDATE

-- name: get_bank_message
SELECT id, bank, direction, type, message_id, sha256, state, items, error, run_id, funding_account_id, organisation_id, created_at,
       sent_at, CASE WHEN $2 THEN content ELSE ''::bytea END AS content
FROM bank_message WHERE id = $1

-- name: list_bank_messages
SELECT id, bank, direction, type, message_id, sha256, state, items, error, run_id, funding_account_id, organisation_id, created_at,
       sent_at
FROM bank_message
WHERE ($1::uuid IS NULL OR run_id = $1) AND starts_with(type, $2) AND ($3::uuid IS NULL OR organisation_id = $3)
  AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5

-- name: set_message_state
UPDATE bank_message SET state = $2, error = $3, sent_at = coalesce($4, sent_at), not_before = $5 WHERE id = $1

-- name: prepared_file
SELECT id FROM bank_message WHERE run_id = $1 AND state = 'PREPARED' ORDER BY id LIMIT 1

-- name: next_to_send
-- Counted before the bank is called: a refusal after a crash in between may be of a second copy.
UPDATE bank_message SET handovers = handovers + 1
WHERE id = (
    SELECT m.id FROM bank_message m
    WHERE m.state = 'WRITTEN' AND (m.not_before IS NULL OR m.not_before <= $1)
      AND EXISTS (SELECT FROM attempt a WHERE a.bank_message_id = m.id AND a.state = 'SUBMITTING')
    ORDER BY m.created_at, m.id LIMIT 1 FOR UPDATE OF m
) AND state = 'WRITTEN'
RETURNING id, bank, direction, type, message_id, sha256, state, items, error, run_id, funding_account_id, organisation_id, created_at,
    sent_at, content, handovers

-- name: never_handed_over
UPDATE bank_message SET handovers = handovers - 1 WHERE id = $1

-- name: spoken_of
-- A report that names a file which was only written: killed between handing it over and recording that.
UPDATE bank_message SET state = CASE state WHEN 'WRITTEN' THEN 'SENT' ELSE state END,
    sent_at = CASE state WHEN 'WRITTEN' THEN $3 ELSE sent_at END
WHERE direction = 'OUT' AND bank = $1 AND message_id = $2
RETURNING handovers

-- name: known_entries
SELECT entry_key FROM bank_entry WHERE bank = $1 AND entry_key = ANY($2::text[])

-- name: insert_entries
-- An account that is none of ours is a person's: its last four characters tell it apart, as everywhere.
INSERT INTO bank_entry (bank, entry_key, bank_message_id, account, kind, amount_minor, currency, end_to_end_id, is_return, booked_on,
    attempt_id, outcome, created_at)
SELECT $1, e.entry_key, e.message_id,
    CASE WHEN EXISTS (SELECT FROM funding_account f WHERE f.account = e.account) THEN e.account ELSE '…' || right(e.account, 4) END,
    e.kind, e.amount_minor, e.currency, e.end_to_end_id, e.is_return, e.booked_on, e.attempt_id, e.outcome, $12
FROM unnest($2::text[], $13::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::boolean[], $9::date[],
    $10::uuid[], $11::text[])
    AS e (entry_key, message_id, account, kind, amount_minor, currency, end_to_end_id, is_return, booked_on, attempt_id, outcome)

-- name: confirm_entries
UPDATE bank_entry SET confirmed_by = $2 WHERE bank = $1 AND entry_key = ANY($3::text[]) AND confirmed_by IS NULL

-- name: match_entries
UPDATE bank_entry SET outcome = 'MATCHED' WHERE bank = $1 AND entry_key = ANY($2::text[])

-- name: insert_early_returns
INSERT INTO early_return (attempt_id, field, key, amount_minor, currency, reason_code, text, created_at)
SELECT e.*, $8
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bytea[]) AS e

-- name: owners_of_attempts
SELECT id, organisation_id, contractor_id FROM attempt WHERE id = ANY($1::uuid[])

-- name: take_early_returns
WITH taken AS (
    UPDATE early_return AS e SET replayed_at = $2 FROM attempt AS a
    WHERE a.id = e.attempt_id AND e.attempt_id = ANY($1::uuid[]) AND e.replayed_at IS NULL
    RETURNING e.id, a.organisation_id, e.attempt_id, e.field, e.key, e.amount_minor, e.currency, e.reason_code, e.text
)
SELECT organisation_id, attempt_id, field, key, amount_minor, currency, reason_code, text FROM taken ORDER BY id

-- name: insert_exceptions
-- Of inquiries, which are repeated without end, only what no earlier one has found.
INSERT INTO reconciliation_exception (bank_message_id, code, message, amount_minor, currency, end_to_end_id, created_at)
SELECT $1, p.*, $7
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[]) AS p (code, message, amount_minor, currency, end_to_end_id)
WHERE $1::uuid IS NOT NULL OR NOT EXISTS (
    SELECT FROM reconciliation_exception x
    WHERE x.bank_message_id IS NULL AND x.end_to_end_id = p.end_to_end_id AND x.code = p.code AND x.amount_minor = p.amount_minor
)

-- name: list_exceptions
SELECT id, bank_message_id, code, message, amount_minor, currency, end_to_end_id, created_at
FROM reconciliation_exception x
WHERE ($1::bigint IS NULL OR id < $1)
  AND ($3::uuid IS NULL OR EXISTS (SELECT FROM attempt a WHERE a.end_to_end_id = x.end_to_end_id AND a.organisation_id = $3))
ORDER BY id DESC LIMIT $2

-- name: get_resolution
SELECT resolution, proposed_by, confirmed_by FROM unknown_resolution WHERE attempt_id = $1 AND confirmed_at IS NULL

-- name: propose_resolution
INSERT INTO unknown_resolution AS r (attempt_id, resolution, evidence, proposed_by, proposed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (attempt_id) DO UPDATE SET resolution = $2, evidence = $3, proposed_at = $5
WHERE r.proposed_by = $4 AND r.confirmed_at IS NULL

-- name: confirm_resolution
UPDATE unknown_resolution SET confirmed_by = $2, confirmation = $3, confirmed_at = $4 WHERE attempt_id = $1
