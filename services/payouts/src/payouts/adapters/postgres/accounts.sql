-- name: insert_account
INSERT INTO freelancer_account (id, contractor_id, bank, currency, tracking_number, state, credited_minor, decision_due_at, version,
    created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: lock_account
SELECT id, contractor_id, bank, currency, tracking_number, state, credited_minor, decision_due_at, version, created_at, updated_at
FROM freelancer_account WHERE id = $1 FOR UPDATE

-- name: get_account
SELECT id, contractor_id, bank, currency, tracking_number, state, credited_minor, decision_due_at, version, created_at, updated_at
FROM freelancer_account WHERE id = $1

-- name: list_accounts
SELECT id, contractor_id, bank, currency, tracking_number, state, credited_minor, decision_due_at, version, created_at, updated_at
FROM freelancer_account
WHERE ($1::uuid IS NULL OR contractor_id = $1) AND ($2 = '' OR bank = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4

-- name: lock_accounts_of
-- Accounts that take the credits of these payouts, and those that have one of them already.
SELECT f.id, f.contractor_id, f.bank, f.currency, f.tracking_number, f.state, f.credited_minor, f.decision_due_at, f.version,
       f.created_at, f.updated_at
FROM freelancer_account f
WHERE f.id IN (
    SELECT x.id FROM freelancer_account x
    JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS w (contractor_id, bank, currency) USING (contractor_id, bank, currency)
    WHERE x.state IN ('OPENED_DEBIT_BLOCKED', 'ACTIVE')
    UNION SELECT c.account_id FROM credit c WHERE c.attempt_id = ANY($4::uuid[])
)
ORDER BY f.id FOR UPDATE

-- name: credits_of_attempts
SELECT id, account_id, attempt_id, end_to_end_id, expected_minor, credited_minor, currency, state, short_credit, created_at, updated_at
FROM credit WHERE attempt_id = ANY($1::uuid[])

-- name: list_credits
SELECT id, account_id, attempt_id, end_to_end_id, expected_minor, credited_minor, currency, state, short_credit, created_at, updated_at
FROM credit WHERE ($1::uuid IS NULL OR account_id = $1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3

-- name: update_accounts
UPDATE freelancer_account f SET state = c.state, credited_minor = c.credited_minor, version = c.version, updated_at = $5
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) AS c (id, state, credited_minor, version) WHERE f.id = c.id

-- name: save_credits
INSERT INTO credit (id, account_id, attempt_id, end_to_end_id, expected_minor, credited_minor, currency, state, short_credit,
    created_at, updated_at)
SELECT c.id, c.account_id, c.attempt_id, c.end_to_end_id, c.expected_minor, c.credited_minor, c.currency, c.state, c.short_credit,
    c.created_at, c.updated_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::boolean[],
    $10::timestamptz[], $11::timestamptz[])
    AS c (id, account_id, attempt_id, end_to_end_id, expected_minor, credited_minor, currency, state, short_credit, created_at,
          updated_at)
ON CONFLICT (id) DO UPDATE SET credited_minor = excluded.credited_minor, state = excluded.state, short_credit = excluded.short_credit,
    updated_at = excluded.updated_at
