-- name: get_work_item
SELECT id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor, price_lines, details,
    notes, invoice_id, auto_accept_at, version, created_at, updated_at
FROM work_item WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2);

-- name: lock_work_item
SELECT id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor, price_lines, details,
    notes, invoice_id, auto_accept_at, version, created_at, updated_at
FROM work_item WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2) FOR NO KEY UPDATE;

-- name: lock_week
SELECT id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor, price_lines, details,
    notes, invoice_id, auto_accept_at, version, created_at, updated_at
FROM work_item WHERE contract_id = $1 AND week_start = $2 FOR NO KEY UPDATE;

-- name: lock_work_of_contract
SELECT id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor, price_lines, details,
    notes, invoice_id, auto_accept_at, version, created_at, updated_at
FROM work_item WHERE contract_id = $1 ORDER BY id FOR NO KEY UPDATE;

-- name: lock_work_of_invoice
SELECT id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor, price_lines, details,
    notes, invoice_id, auto_accept_at, version, created_at, updated_at
FROM work_item WHERE id IN (SELECT work_item_id FROM invoice_line WHERE invoice_id = $1) AND invoice_id = $1 ORDER BY id FOR NO KEY UPDATE;

-- name: list_work_items
SELECT id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor, price_lines, details,
    notes, invoice_id, auto_accept_at, version, created_at, updated_at
FROM work_item
WHERE ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR contractor_id = $2)
    AND ($3::uuid IS NULL OR contract_id = $3) AND (cardinality($4::text[]) = 0 OR state = ANY ($4))
    AND ($5::uuid IS NULL OR id < $5)
ORDER BY id DESC LIMIT $6;

-- name: add_work_item
INSERT INTO work_item (id, contract_id, terms_version, organisation_id, contractor_id, kind, state, currency, amount_minor,
    price_lines, details, notes, week_start, place, auto_accept_at, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18);

-- name: save_work_item
UPDATE work_item SET state = $3, amount_minor = $4, price_lines = $5, details = $6, notes = $7, invoice_id = $8, auto_accept_at = $9,
    version = $10, updated_at = $11
WHERE id = $1 AND version = $2;

-- name: claimed_by_work
SELECT coalesce(sum(amount_minor), 0)::bigint FROM work_item WHERE contract_id = $1 AND state NOT IN ('RETURNED', 'CANCELLED');

-- name: unsettled_work
-- Delivered and neither invoiced nor free, or on an invoice that waits for approval: its money is still in the commitment.
SELECT coalesce(sum(w.amount_minor), 0)::bigint FROM work_item w LEFT JOIN invoice i ON i.id = w.invoice_id
WHERE w.contract_id = $1 AND (
    w.state IN ('SUBMITTED', 'CHANGES_REQUESTED', 'RETURNED', 'DELIVERED')
    OR (w.state IN ('NO_SHOW_CLIENT', 'CANCELLED_LATE') AND w.invoice_id IS NULL)
    OR i.state = 'MATCH_EXCEPTION');

-- name: work_to_accept
SELECT id FROM work_item WHERE auto_accept_at <= $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3;
