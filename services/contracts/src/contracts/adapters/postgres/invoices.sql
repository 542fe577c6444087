-- name: get_invoice
SELECT id, organisation_id, contractor_id, contract_id, terms_version, purchase_order_id, number, state, currency, total_minor,
    paid_minor, issue_date, due_date, holds, accepted_by, version, created_at, updated_at
FROM invoice WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2);

-- name: lock_invoice
SELECT id, organisation_id, contractor_id, contract_id, terms_version, purchase_order_id, number, state, currency, total_minor,
    paid_minor, issue_date, due_date, holds, accepted_by, version, created_at, updated_at
FROM invoice WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2) FOR NO KEY UPDATE;

-- name: list_invoices
SELECT id, organisation_id, contractor_id, contract_id, terms_version, purchase_order_id, number, state, currency, total_minor,
    paid_minor, issue_date, due_date, holds, accepted_by, version, created_at, updated_at
FROM invoice
WHERE ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR contractor_id = $2)
    AND ($3::uuid IS NULL OR contract_id = $3) AND (cardinality($4::text[]) = 0 OR state = ANY ($4))
    AND ($5::uuid IS NULL OR id < $5)
ORDER BY id DESC LIMIT $6;

-- name: lines_of_invoices
SELECT invoice_id, work_item_id, description, amount_minor FROM invoice_line
WHERE invoice_id = ANY ($1::uuid[]) ORDER BY invoice_id, place;

-- name: add_invoice
INSERT INTO invoice (id, organisation_id, contractor_id, contract_id, terms_version, purchase_order_id, number, state, currency,
    total_minor, paid_minor, issue_date, due_date, holds, accepted_by, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18);

-- name: add_invoice_lines
INSERT INTO invoice_line (invoice_id, organisation_id, place, work_item_id, description, amount_minor)
SELECT $1, $2, l.place, l.work_item_id, l.description, l.amount_minor
FROM unnest($3::uuid[], $4::text[], $5::bigint[]) WITH ORDINALITY AS l (work_item_id, description, amount_minor, place);

-- name: save_invoice
UPDATE invoice SET state = $3, paid_minor = $4, holds = $5, version = $6, updated_at = $7 WHERE id = $1 AND version = $2;

-- name: retire_invoice_lines
UPDATE invoice_line SET live = false WHERE invoice_id = $1;

-- name: next_invoice_number
INSERT INTO invoice_counter (contractor_id, year, last) VALUES ($1, $2, 1)
ON CONFLICT (contractor_id, year) DO UPDATE SET last = invoice_counter.last + 1 RETURNING last;
