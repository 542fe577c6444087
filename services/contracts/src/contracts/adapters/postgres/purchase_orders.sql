-- name: get_purchase_order
SELECT id, organisation_id, number, state, currency, ceiling_minor, committed_minor, invoiced_minor, tolerance_bps, version, created_at
FROM purchase_order WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2);

-- name: purchase_orders_by_id
SELECT id, organisation_id, number, state, currency, ceiling_minor, committed_minor, invoiced_minor, tolerance_bps, version, created_at
FROM purchase_order WHERE id = ANY ($1::uuid[]);

-- name: lock_purchase_order
SELECT id, organisation_id, number, state, currency, ceiling_minor, committed_minor, invoiced_minor, tolerance_bps, version, created_at
FROM purchase_order WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2) FOR NO KEY UPDATE;

-- name: list_purchase_orders
SELECT id, organisation_id, number, state, currency, ceiling_minor, committed_minor, invoiced_minor, tolerance_bps, version, created_at
FROM purchase_order WHERE organisation_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3;

-- name: lines_of_purchase_orders
SELECT purchase_order_id, line_number, description, cost_centre, ceiling_minor
FROM purchase_order_line WHERE purchase_order_id = ANY ($1::uuid[]) ORDER BY purchase_order_id, line_number;

-- name: add_purchase_order
INSERT INTO purchase_order (id, organisation_id, number, state, currency, ceiling_minor, tolerance_bps, version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: add_purchase_order_lines
INSERT INTO purchase_order_line (purchase_order_id, organisation_id, line_number, description, cost_centre, ceiling_minor)
SELECT $1, $2, l.line_number, l.description, l.cost_centre, l.ceiling_minor
FROM unnest($3::int[], $4::text[], $5::text[], $6::bigint[]) AS l (line_number, description, cost_centre, ceiling_minor);

-- name: save_purchase_order
UPDATE purchase_order SET state = $3, committed_minor = $4, invoiced_minor = $5, version = $6, ceiling_minor = $7
WHERE id = $1 AND version = $2;

-- name: amend_lines
WITH amended AS (
    SELECT a.line_number, a.from_minor, a.to_minor, a.place
    FROM unnest($3::int[], $4::bigint[], $5::bigint[]) WITH ORDINALITY AS a (line_number, from_minor, to_minor, place)
), changed AS (
    UPDATE purchase_order_line l SET ceiling_minor = a.to_minor FROM amended a
    WHERE l.purchase_order_id = $1 AND l.line_number = a.line_number
)
INSERT INTO purchase_order_amendment (purchase_order_id, organisation_id, version, line_number, from_minor, to_minor, actor, reason,
    occurred_at)
SELECT $1, $2, $6, line_number, from_minor, to_minor, $7, $8, $9 FROM amended ORDER BY place;

-- name: amendments_of_purchase_order
SELECT a.id, a.version, a.line_number, a.from_minor, a.to_minor, o.currency, a.actor, a.reason, a.occurred_at
FROM purchase_order_amendment a JOIN purchase_order o ON o.id = a.purchase_order_id
WHERE a.purchase_order_id = $1 AND a.id > $2 ORDER BY a.id LIMIT $3;

-- name: get_commitment
SELECT contract_id, purchase_order_id, c.organisation_id, reserved_minor, remaining_minor, c.invoiced_minor, o.currency
FROM commitment c JOIN purchase_order o ON o.id = c.purchase_order_id WHERE c.contract_id = $1;

-- name: keep_commitment
INSERT INTO commitment (contract_id, purchase_order_id, organisation_id, reserved_minor, remaining_minor, invoiced_minor)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (contract_id) DO UPDATE SET remaining_minor = excluded.remaining_minor, invoiced_minor = excluded.invoiced_minor;
