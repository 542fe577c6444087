-- name: lock_plannable
-- A concurrent plan waits here and then sees that they are no longer open. What was credited short is topped up only by name.
SELECT id FROM obligation
WHERE organisation_id = $1 AND currency = $2 AND (state = 'OPEN' OR state = 'SHORT_PAID' AND id = ANY($3)) AND attempts < 4095
  AND ($3::uuid[] IS NULL OR id = ANY($3)) AND ($4::date IS NULL OR due_date IS NULL OR due_date <= $4)
ORDER BY id FOR UPDATE

-- name: mark_topped_up
UPDATE attempt SET topped_up = true WHERE obligation_id = ANY($1::uuid[]) AND state = 'CREDITED' AND NOT topped_up

-- name: insert_lines
INSERT INTO attempt (obligation_id, run_id, organisation_id, contractor_id, funding_account_id, number, end_to_end_id, state,
    payout_method_id, payout_method_version, partner_bank, gross_minor, net_minor, currency, rail, value_date, created_at, updated_at)
SELECT o.id, $2, o.organisation_id, o.contractor_id, $3, o.attempts + 1, end_to_end_id(o.id, o.attempts + 1), 'PLANNED',
    m.id, coalesce(m.version, 0), coalesce(m.partner_bank, ''), o.amount_minor - o.credited_minor, o.amount_minor - o.credited_minor,
    o.currency, 'iso20022', $4, $5, $5
FROM obligation o
LEFT JOIN payout_method m ON m.contractor_id = o.contractor_id AND m.currency = o.currency AND m.state = 'CURRENT'
WHERE o.id = ANY($1::uuid[])
ORDER BY o.id
RETURNING id

-- name: blockers_of_run
SELECT a.id AS attempt_id, b.code, b.due_at, b.subject_kind, b.subject_id, b.detail
FROM payout_blockers(ARRAY(SELECT obligation_id FROM attempt WHERE run_id = $1), $2) b
JOIN attempt a ON a.obligation_id = b.obligation_id AND a.run_id = $1

-- name: lock_payees_of
SELECT contractor_id FROM payee WHERE contractor_id IN (SELECT contractor_id FROM attempt WHERE id = ANY($1::uuid[]))
ORDER BY contractor_id FOR SHARE

-- name: lock_methods_of
SELECT id FROM payout_method
WHERE state = 'CURRENT' AND contractor_id IN (SELECT contractor_id FROM attempt WHERE id = ANY($1::uuid[]))
ORDER BY id FOR SHARE

-- name: obstacles
-- What has come in the way since the lines were planned, a change of what was approved among it.
SELECT a.id AS attempt_id, b.code, b.due_at, b.subject_kind, b.subject_id, b.detail
FROM payout_blockers(ARRAY(SELECT obligation_id FROM attempt WHERE id = ANY($1::uuid[])), $2) b
JOIN attempt a ON a.obligation_id = b.obligation_id AND a.id = ANY($1::uuid[])
UNION ALL
SELECT a.id, 'PAYOUT_METHOD_CHANGED', NULL, 'method', m.id, ''
FROM attempt a JOIN payout_method m ON m.contractor_id = a.contractor_id AND m.currency = a.currency AND m.state = 'CURRENT'
WHERE a.id = ANY($1::uuid[]) AND (m.id, m.version) IS DISTINCT FROM (a.payout_method_id, a.payout_method_version)
UNION ALL
SELECT a.id, 'AMOUNT_CHANGED', NULL, 'obligation', o.id, ''
FROM attempt a JOIN obligation o ON o.id = a.obligation_id
WHERE a.id = ANY($1::uuid[]) AND a.gross_minor <> o.amount_minor - o.credited_minor

-- name: insert_holds
INSERT INTO attempt_hold (attempt_id, code, message, who_acts, remedy, due_at, subject)
SELECT h.attempt_id, h.code, h.message, h.who_acts, h.remedy, h.due_at, h.subject
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    AS h (attempt_id, code, message, who_acts, remedy, due_at, subject)
ON CONFLICT (attempt_id, code) DO NOTHING

-- name: digest
-- What approvers sign: sorted lines (what is owed, what is sent, to which method and version, under which reference, or that it
-- is held) and the totals.
WITH line AS (
    SELECT a.obligation_id, a.state = 'HELD' AS held, a.net_minor,
           concat_ws('|', a.obligation_id, a.net_minor, a.payout_method_id, a.payout_method_version, a.end_to_end_id,
                     CASE WHEN a.state = 'HELD' THEN 'held' ELSE 'pay' END) AS text
    FROM attempt a WHERE a.run_id = $1
), total AS (
    SELECT count(*) AS lines, coalesce(sum(net_minor) FILTER (WHERE NOT held), 0)::bigint AS net,
           string_agg(text, E'\n' ORDER BY obligation_id) AS body FROM line
)
SELECT encode(sha256(convert_to(concat_ws('|', r.id, r.funding_account_id, r.currency, r.mode, r.value_date, t.lines, t.net)
           || E'\n' || coalesce(t.body, ''), 'UTF8')), 'hex') AS digest, t.lines, t.net
FROM total t, run r WHERE r.id = $1

-- name: drift
-- Held lines are not sent, so only lines to be paid can drift.
SELECT a.id AS attempt_id, a.end_to_end_id, d.what
FROM attempt a
JOIN obligation o ON o.id = a.obligation_id
LEFT JOIN payout_method m ON m.contractor_id = a.contractor_id AND m.currency = a.currency AND m.state = 'CURRENT'
CROSS JOIN LATERAL (
    SELECT 'AMOUNT' AS what WHERE a.gross_minor <> o.amount_minor - o.credited_minor
    UNION ALL SELECT 'PAYOUT_METHOD' WHERE (m.id, m.version) IS DISTINCT FROM (a.payout_method_id, a.payout_method_version)
) d
WHERE a.run_id = $1 AND a.state = 'PLANNED'
UNION ALL
SELECT a.id, a.end_to_end_id, b.code
FROM payout_blockers(ARRAY(SELECT obligation_id FROM attempt WHERE run_id = $1 AND state = 'PLANNED'), $2) b
JOIN attempt a ON a.obligation_id = b.obligation_id AND a.run_id = $1
ORDER BY 2, 3 LIMIT $3

-- name: lock_obligations_of
SELECT o.id, o.invoice_id, o.invoice_number, o.organisation_id, o.contractor_id, o.contract_id, o.terms_version, o.work_item_ids,
       o.amount_minor, o.credited_minor, o.currency, o.due_date, o.state, o.attempts, o.version, o.created_at, o.updated_at
FROM obligation o
WHERE o.id IN (SELECT a.obligation_id FROM attempt a WHERE a.id = ANY($1::uuid[]))
ORDER BY o.id FOR UPDATE

-- name: lock_attempts
SELECT id, obligation_id, run_id, organisation_id, contractor_id, funding_account_id, number, end_to_end_id, state, payout_method_id,
       payout_method_version, partner_bank, gross_minor, fees_minor, withheld_minor, net_minor, credited_minor, returned_minor,
       currency, rail, value_date, bank_message_id, answered, booking_entry_key, return_entry_key, return_message_key, failure_code,
       bank_code, failure_text, created_at, updated_at
FROM attempt WHERE id = ANY($1::uuid[]) ORDER BY obligation_id, id FOR UPDATE

-- name: attempts_for_message
SELECT a.id FROM attempt a WHERE a.end_to_end_id = ANY($1::text[])
UNION
SELECT a.id FROM attempt a JOIN bank_message m ON m.id = a.bank_message_id
WHERE m.direction = 'OUT' AND m.bank = $3 AND m.message_id = $2

-- name: attempts_of_file
SELECT a.id FROM attempt a JOIN bank_message m ON m.id = a.bank_message_id
WHERE m.direction = 'OUT' AND m.bank = $1 AND m.message_id = $2 AND a.id = ANY($3::uuid[])

-- name: update_attempts
UPDATE attempt a SET state = c.state, credited_minor = c.credited_minor, returned_minor = c.returned_minor,
    bank_message_id = c.bank_message_id, answered = c.answered, booking_entry_key = c.booking_entry_key,
    return_entry_key = c.return_entry_key, return_message_key = c.return_message_key, failure_code = c.failure_code,
    bank_code = c.bank_code, failure_text = c.failure_text, updated_at = $13
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::boolean[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::bytea[])
    AS c (id, state, credited_minor, returned_minor, bank_message_id, answered, booking_entry_key, return_entry_key,
          return_message_key, failure_code, bank_code, failure_text)
WHERE a.id = c.id

-- name: update_obligations
UPDATE obligation o SET state = c.state, credited_minor = c.credited_minor, attempts = c.attempts, version = c.version,
    updated_at = $7
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::int[], $6::bigint[])
    AS c (id, old_version, state, credited_minor, attempts, version)
WHERE o.id = c.id AND o.version = c.old_version

-- name: lines_of_run
SELECT id FROM attempt WHERE run_id = $1 AND state = ANY($2::text[]) ORDER BY obligation_id LIMIT $3

-- name: lines_without_file
SELECT id FROM attempt WHERE run_id = $1 AND state = ANY($2::text[]) AND bank_message_id IS NULL ORDER BY obligation_id LIMIT $3

-- name: amounts_of_run
SELECT id, net_minor FROM attempt WHERE run_id = $1 AND state = ANY($2::text[]) ORDER BY obligation_id LIMIT $3

-- name: assign_lines
UPDATE attempt SET bank_message_id = $1 WHERE id = ANY($2::uuid[]) AND state = 'RESERVED' AND bank_message_id IS NULL

-- name: committed_lines
-- Until the last of a file's lines has followed it, all their money is still reserved.
SELECT a.id FROM attempt a JOIN bank_message m ON m.id = a.bank_message_id WHERE m.state = 'PREPARED'

-- name: amounts_of_file
SELECT id, net_minor FROM attempt WHERE bank_message_id = $1 ORDER BY obligation_id

-- name: lines_of_file
SELECT id FROM attempt WHERE bank_message_id = $1 AND state = ANY($2::text[]) ORDER BY obligation_id

-- name: count_lines
SELECT count(*) FROM attempt WHERE run_id = $1 AND state = ANY($2::text[])

-- name: screened_lines
SELECT a.id,
       CASE WHEN s.result = '' THEN 'SCREENING_TIMEOUT'
            WHEN s.result NOT IN ('NO_HIT', 'ERROR') OR p.screening_result NOT IN ('', 'NO_HIT', 'ERROR') THEN 'SCREENING_HIT'
            WHEN s.result = 'ERROR' OR p.screening_result = 'ERROR' THEN 'SCREENING_INCOMPLETE'
            WHEN p.receive_payout IS DISTINCT FROM 'ACTIVE' THEN 'CAPABILITY_MISSING'
            ELSE '' END AS code,
       CASE WHEN s.result NOT IN ('', 'NO_HIT') THEN s.result
            WHEN p.screening_result NOT IN ('', 'NO_HIT') THEN p.screening_result
            ELSE coalesce(p.reason_code, '') END AS detail
FROM attempt a
JOIN run r ON r.id = a.run_id
JOIN run_screening s ON s.run_id = a.run_id AND s.contractor_id = a.contractor_id
LEFT JOIN payee p ON p.contractor_id = a.contractor_id
WHERE a.run_id = $1 AND a.state = 'PLANNED' AND (s.result <> '' OR r.screening_until <= $2)
ORDER BY a.obligation_id LIMIT $3

-- name: sealed_lines
-- The method the line was planned with: drift was refused, and a later change must not move money elsewhere.
SELECT a.id AS attempt_id, a.end_to_end_id, a.contractor_id, a.payout_method_id, m.sealed, a.net_minor, o.invoice_number
FROM attempt a JOIN obligation o ON o.id = a.obligation_id JOIN payout_method m ON m.id = a.payout_method_id
WHERE a.run_id = $1 AND a.state = 'RESERVED' AND a.bank_message_id IS NULL
ORDER BY a.obligation_id LIMIT $2

-- name: silent_lines
SELECT id FROM (
    SELECT a.id, a.obligation_id FROM attempt a JOIN bank_message m ON m.id = a.bank_message_id
    WHERE a.state IN ('SUBMITTING', 'ACCEPTED') AND NOT a.answered AND m.state = 'SENT' AND m.sent_at <= $1
    UNION
    -- a word that it was taken in is none that it was paid; asked again only after a while
    SELECT a.id, a.obligation_id FROM attempt a JOIN bank_message m ON m.id = a.bank_message_id
    WHERE a.state IN ('SUBMITTING', 'ACCEPTED') AND a.value_date < $3 AND m.state = 'SENT' AND m.sent_at < $3
      AND (a.inquired_at IS NULL OR a.inquired_at < $4)
) AS silent
ORDER BY obligation_id LIMIT $2

-- name: lines_to_inquire
SELECT id, end_to_end_id FROM attempt
WHERE state = 'UNKNOWN' AND (inquired_at IS NULL OR inquired_at <= $1)
ORDER BY inquired_at NULLS FIRST LIMIT $2

-- name: inquired
UPDATE attempt SET inquired_at = $2 WHERE id = $1
