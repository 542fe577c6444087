-- name: insert_obligation
INSERT INTO obligation (id, invoice_id, invoice_number, organisation_id, contractor_id, contract_id, terms_version, work_item_ids,
    amount_minor, currency, due_date, state, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'OPEN', 1, $12, $12)
ON CONFLICT ON CONSTRAINT obligation_invoice DO NOTHING RETURNING id

-- name: insert_work_items
INSERT INTO obligation_work_item (work_item_id, obligation_id) SELECT DISTINCT w, $1::uuid FROM unnest($2::uuid[]) AS w

-- name: get_obligation
SELECT id, invoice_id, invoice_number, organisation_id, contractor_id, contract_id, terms_version, work_item_ids, amount_minor,
       credited_minor, currency, due_date, state, attempts, version, created_at, updated_at
FROM obligation WHERE CASE WHEN $1::uuid IS NULL THEN invoice_id = $2::uuid ELSE id = $1 END

-- name: list_obligations
SELECT id, invoice_id, invoice_number, organisation_id, contractor_id, contract_id, terms_version, work_item_ids, amount_minor,
       credited_minor, currency, due_date, state, attempts, version, created_at, updated_at
FROM obligation
WHERE ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR contractor_id = $2)
  AND (cardinality($3::text[]) = 0 OR state = ANY($3)) AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5

-- name: list_attempts
SELECT id, obligation_id, run_id, organisation_id, contractor_id, funding_account_id, number, end_to_end_id, state, payout_method_id,
       payout_method_version, partner_bank, gross_minor, fees_minor, withheld_minor, net_minor, credited_minor, returned_minor,
       currency, rail, value_date, bank_message_id, answered, booking_entry_key, return_entry_key, return_message_key, failure_code,
       bank_code, failure_text, created_at, updated_at
FROM attempt
WHERE ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR obligation_id = $2) AND ($3::uuid IS NULL OR run_id = $3)
  AND ($4 = '' OR end_to_end_id = $4) AND (cardinality($5::text[]) = 0 OR state = ANY($5)) AND ($6::uuid IS NULL OR id < $6)
ORDER BY id DESC LIMIT $7

-- name: get_attempt
SELECT id, obligation_id, run_id, organisation_id, contractor_id, funding_account_id, number, end_to_end_id, state, payout_method_id,
       payout_method_version, partner_bank, gross_minor, fees_minor, withheld_minor, net_minor, credited_minor, returned_minor,
       currency, rail, value_date, bank_message_id, answered, booking_entry_key, return_entry_key, return_message_key, failure_code,
       bank_code, failure_text, created_at, updated_at
FROM attempt WHERE id = $1

-- name: holds_of
SELECT attempt_id, code, message, who_acts, remedy, due_at, subject FROM attempt_hold WHERE attempt_id = ANY($1::uuid[])
ORDER BY attempt_id, code

-- name: file_of_attempt
SELECT (m.created_at AT TIME ZONE 'UTC')::date AS written_on, CASE m.state WHEN 'WRITTEN' THEN m.error ELSE '' END AS not_taken
FROM bank_message m JOIN attempt a ON a.bank_message_id = m.id WHERE a.id = $1

-- name: exceptions_of_attempt
SELECT DISTINCT ON (code) code, message FROM reconciliation_exception
WHERE end_to_end_id = $1 ORDER BY code, id DESC

-- name: standing_blockers
SELECT code, due_at, subject_kind, subject_id, detail FROM payout_blockers(ARRAY[$1::uuid], $2)

-- name: method_changed
SELECT EXISTS (
    SELECT FROM payout_method m WHERE m.contractor_id = $1 AND m.currency = $2 AND m.state = 'CURRENT' AND m.id IS DISTINCT FROM $3
)

-- name: keep_state
INSERT INTO payee (contractor_id, case_state) VALUES ($1, $2)
ON CONFLICT (contractor_id) DO UPDATE SET case_state = excluded.case_state, updated_at = now()
WHERE payee.case_state <> 'ERASED'

-- name: keep_capability
INSERT INTO payee (contractor_id, receive_payout, reason_code) VALUES ($1, $2, $3)
ON CONFLICT (contractor_id) DO UPDATE
SET receive_payout = excluded.receive_payout, reason_code = excluded.reason_code, updated_at = now()
WHERE payee.case_state <> 'ERASED'

-- name: supersede_method
UPDATE payout_method SET state = 'SUPERSEDED' WHERE contractor_id = $1 AND currency = $2 AND state = 'CURRENT' AND id <> $3

-- name: insert_method
INSERT INTO payout_method (id, contractor_id, version, country, currency, usable_from, sealed, partner_bank, state)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'CURRENT'
WHERE NOT EXISTS (SELECT FROM erased_subject AS e WHERE e.subject_kind = 'CONTRACTOR' AND e.subject_id = $2)
-- One that was held comes back after its review.
ON CONFLICT (id) DO UPDATE SET state = 'CURRENT', usable_from = excluded.usable_from
WHERE payout_method.state = 'DISABLED' AND payout_method.sealed <> ''

-- name: disable_method
UPDATE payout_method SET state = 'DISABLED' WHERE id = $1

-- name: keep_screening
INSERT INTO payee (contractor_id, screening_result, screened_at) VALUES ($1, $2, $3)
ON CONFLICT (contractor_id) DO UPDATE
SET screening_result = excluded.screening_result, screened_at = excluded.screened_at, updated_at = now()
WHERE payee.case_state <> 'ERASED'

-- name: answer_screening
UPDATE run_screening SET result = $3 WHERE run_id = $1 AND contractor_id = $2 AND result = ''

-- name: partner_bank
SELECT partner_bank FROM payout_method WHERE contractor_id = $1 AND currency = $2 AND state = 'CURRENT'

-- name: steps_of_payout
-- The story of an obligation: its own steps, those of its tries, of their runs, the approvals and the bank's messages.
WITH try AS (SELECT id, run_id, bank_message_id FROM attempt WHERE obligation_id = $1)
SELECT occurred_at, message, attempt_id, reference_id, reference_kind FROM (
    SELECT t.occurred_at, t.aggregate_type || ' ' || t.to_state || ': ' || t.reason AS message,
           CASE WHEN t.aggregate_type = 'attempt' THEN t.aggregate_id END AS attempt_id,
           t.aggregate_id, t.aggregate_type, t.id
    FROM transition t
    WHERE t.aggregate_id = $1 OR t.aggregate_id IN (SELECT id FROM try) OR t.aggregate_id IN (SELECT run_id FROM try)
    UNION ALL
    SELECT p.approved_at, 'approved by ' || p.approver, NULL, p.run_id, 'run', 0
    FROM run_approval p WHERE p.run_id IN (SELECT run_id FROM try)
    UNION ALL
    SELECT m.created_at, 'bank file ' || m.type || ' written', t.id, m.id, 'bankmsg', 0
    FROM try t JOIN bank_message m ON m.id = t.bank_message_id
    UNION ALL
    SELECT e.created_at, 'bank entry ' || e.kind || ' ' || e.outcome || ' in ' || m.type, e.attempt_id, m.id, 'bankmsg', 0
    FROM bank_entry e JOIN bank_message m ON m.id = e.bank_message_id WHERE e.attempt_id IN (SELECT id FROM try)
) s (occurred_at, message, attempt_id, reference_id, reference_kind, place)
ORDER BY occurred_at, place
