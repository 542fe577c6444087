-- name: insert_run
INSERT INTO run (id, organisation_id, funding_account_id, currency, mode, state, digest, net_total_minor, line_count, maker, last_editor,
    round, approvals_required, approval_expires_at, value_date, external_id, screening_until, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18, $19)

-- name: lock_run
SELECT id, organisation_id, funding_account_id, currency, mode, state, digest, net_total_minor, line_count, maker, last_editor, round,
       approvals_required, approval_expires_at, value_date, external_id, screening_until, version, created_at, updated_at
FROM run WHERE id = $1 FOR UPDATE

-- name: get_run
SELECT id, organisation_id, funding_account_id, currency, mode, state, digest, net_total_minor, line_count, maker, last_editor, round,
       approvals_required, approval_expires_at, value_date, external_id, screening_until, version, created_at, updated_at
FROM run WHERE id = $1

-- name: list_runs
SELECT id FROM run
WHERE ($1::uuid IS NULL OR organisation_id = $1) AND (cardinality($2::text[]) = 0 OR state = ANY($2)) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC LIMIT $4

-- name: update_run
UPDATE run SET state = $3, digest = $4, net_total_minor = $5, line_count = $6, last_editor = $7, round = $8, approvals_required = $9,
    approval_expires_at = $10, screening_until = $11, version = $12, updated_at = $13
WHERE id = $1 AND version = $2 RETURNING id

-- name: approvals
SELECT approver, digest, approved_at FROM run_approval WHERE run_id = $1 AND round = $2 ORDER BY approved_at, approver

-- name: insert_approval
INSERT INTO run_approval (run_id, round, approver, digest, approved_at) VALUES ($1, $2, $3, $4, $5)

-- name: approvals_required
SELECT approvals_required FROM approval_policy
WHERE organisation_id = $1 AND currency = $2 AND from_minor <= $3 ORDER BY from_minor DESC LIMIT 1

-- name: payees_of_run
SELECT DISTINCT contractor_id FROM attempt WHERE run_id = $1 AND state = 'PLANNED' ORDER BY contractor_id

-- name: ask_screening
INSERT INTO run_screening (run_id, contractor_id, requested_at) SELECT $1, c, $3 FROM unnest($2::uuid[]) AS c

-- name: settlement
SELECT state, count(*) AS lines, sum(net_minor)::bigint AS net_minor FROM attempt WHERE run_id = $1 GROUP BY state ORDER BY state

-- name: funding_of_run
-- Before execution: what the account has for it. After: whether lines are held for want of money.
SELECT -b.balance_minor - b.held_minor AS available_minor,
       EXISTS (SELECT FROM attempt a JOIN attempt_hold h ON h.attempt_id = a.id
               WHERE a.run_id = r.id AND h.code = 'FUNDING_MISSING') AS short,
       EXISTS (SELECT FROM attempt a WHERE a.run_id = r.id
               AND a.state IN ('RESERVED', 'SUBMITTING', 'ACCEPTED', 'CREDITED', 'RETURNED', 'REJECTED', 'UNKNOWN')) AS some
FROM run r JOIN funding_account f ON f.id = r.funding_account_id JOIN ledger_balance b ON b.account_id = f.settlement_account_id
WHERE r.id = $1

-- name: expired_runs
SELECT id FROM run WHERE state IN ('PENDING_APPROVAL', 'APPROVED') AND approval_expires_at <= $1 ORDER BY id LIMIT $2

-- name: executing_runs
SELECT id FROM run WHERE state = 'EXECUTING' ORDER BY id

-- name: insert_funding_account
INSERT INTO funding_account (id, organisation_id, bank, account, bic, currency, holder_name, bank_account_id, settlement_account_id,
    in_transit_account_id, version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: lock_funding_account
-- With those of other clients that name the same account, in one order.
SELECT f.id FROM funding_account f JOIN funding_account o USING (bank, account, currency) WHERE o.id = $1 ORDER BY f.id FOR UPDATE OF f

-- name: funded_accounts
SELECT id FROM funding_account f
WHERE id = ANY($1::uuid[]) AND EXISTS (SELECT FROM deposit d WHERE d.funding_account_id = f.id) ORDER BY id

-- name: claims_of_account
SELECT id, organisation_id FROM funding_account
WHERE bank = $1 AND account = $2 AND currency = $3 AND organisation_id <> $4 ORDER BY id

-- name: tell_of_claims
INSERT INTO reconciliation_exception (code, message, amount_minor, currency, end_to_end_id, created_at) VALUES ($1, $2, 0, $3, '', $4)

-- name: funding_accounts
SELECT f.id, f.organisation_id, f.bank, f.account, f.bic, f.currency, f.holder_name, f.bank_account_id, f.settlement_account_id,
       f.in_transit_account_id, f.version, f.created_at, -s.balance_minor - s.held_minor AS available_minor,
       s.held_minor AS reserved_minor, -t.balance_minor AS in_transit_minor
FROM funding_account f JOIN ledger_balance s ON s.account_id = f.settlement_account_id
JOIN ledger_balance t ON t.account_id = f.in_transit_account_id
WHERE f.id = ANY($1::uuid[]) ORDER BY f.id

-- name: list_funding_accounts
SELECT id FROM funding_account WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3

-- name: insert_deposit
INSERT INTO deposit (id, funding_account_id, bank_reference, amount_minor, created_at) VALUES ($1, $2, $3, $4, $5)

-- name: move_funding_version
UPDATE funding_account SET version = $2 WHERE id = $1 AND version = $2 - 1 RETURNING id
