-- name: insert_method
INSERT INTO payout_method (id, contractor_id, organisation_id, state, country, currency, version, current, usable_from, suspected,
                           name_match, purpose_code, partner_bank, bic, bank_name, created_at)
VALUES ($1, $2, (SELECT organisation_id FROM contractor WHERE id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: method_owner
SELECT contractor_id FROM payout_method WHERE id = $1

-- name: lock_method
SELECT m.id, m.contractor_id, m.state, m.country, m.currency, m.version, m.current, m.usable_from, m.suspected, m.name_match, m.purpose_code,
       m.partner_bank, m.bic, m.bank_name, m.created_at, p.content AS account
FROM payout_method m LEFT JOIN personal_data p ON p.owner_id = m.id AND p.kind = 'ACCOUNT'
WHERE m.id = $1 FOR UPDATE OF m

-- name: current_methods
SELECT m.id, m.contractor_id, m.state, m.country, m.currency, m.version, m.current, m.usable_from, m.suspected, m.name_match, m.purpose_code,
       m.partner_bank, m.bic, m.bank_name, m.created_at, p.content AS account
FROM payout_method m LEFT JOIN personal_data p ON p.owner_id = m.id AND p.kind = 'ACCOUNT'
WHERE m.contractor_id = ANY ($1::uuid[]) AND m.current
ORDER BY m.id

-- name: all_methods
SELECT m.id, m.contractor_id, m.state, m.country, m.currency, m.version, m.current, m.usable_from, m.suspected, m.name_match, m.purpose_code,
       m.partner_bank, m.bic, m.bank_name, m.created_at, p.content AS account
FROM payout_method m JOIN personal_data p ON p.owner_id = m.id AND p.kind = 'ACCOUNT'
WHERE m.contractor_id = ANY ($1::uuid[])
ORDER BY m.id

-- name: pending_methods
SELECT m.id, m.contractor_id, m.state, m.country, m.currency, m.version, m.current, m.usable_from, m.suspected, m.name_match, m.purpose_code,
       m.partner_bank, m.bic, m.bank_name, m.created_at, p.content AS account
FROM payout_method m LEFT JOIN personal_data p ON p.owner_id = m.id AND p.kind = 'ACCOUNT'
WHERE m.contractor_id = ANY ($1::uuid[]) AND m.state = 'PENDING'
ORDER BY m.id

-- name: has_methods
SELECT EXISTS (SELECT FROM payout_method WHERE contractor_id = $1)

-- name: last_method_version
SELECT coalesce(max(version), 0) FROM payout_method WHERE contractor_id = $1 AND currency = $2

-- name: update_method
UPDATE payout_method SET state = $2, current = $3, usable_from = $4, suspected = $5 WHERE id = $1

-- name: suspected_methods
SELECT id FROM payout_method WHERE current AND suspected AND usable_from <= $1 ORDER BY usable_from LIMIT $2

-- name: shared_while_cooling
-- Who decided about a shared account knew those that had it by then: only a later one is news.
SELECT m.id FROM payout_method m JOIN contractor c ON c.id = m.contractor_id
WHERE m.current AND NOT m.suspected AND m.state = 'VERIFIED' AND m.usable_from > $1 AND m.usable_from <= $2
  AND coalesce(c.suspended_from, c.state) = ANY ($3::text[])
  AND EXISTS (
    SELECT FROM blind_index b
    JOIN blind_index o ON o.kind = b.kind AND o.digest = b.digest AND o.contractor_id <> b.contractor_id
    JOIN payout_method theirs ON theirs.id = o.owner_id
    JOIN contractor other ON other.id = o.contractor_id
    WHERE b.owner_id = m.id AND other.state NOT IN ('REJECTED', 'CLOSED')
      AND theirs.created_at > (
        SELECT coalesce(max(r.decided_at), '-infinity') FROM review r
        WHERE r.contractor_id = m.contractor_id AND r.state = 'APPROVED' AND 'DUPLICATE_ACCOUNT' = ANY (r.risk_reasons)))
ORDER BY m.contractor_id, m.id LIMIT $4

-- name: page_methods
SELECT m.id, m.contractor_id, m.state, m.country, m.currency, m.version, m.current, m.usable_from, m.suspected, m.name_match, m.purpose_code,
       m.partner_bank, m.bic, m.bank_name, m.created_at, p.content AS account
FROM payout_method m LEFT JOIN personal_data p ON p.owner_id = m.id AND p.kind = 'ACCOUNT'
WHERE m.contractor_id = $1 AND ($2::uuid IS NULL OR m.id < $2)
ORDER BY m.id DESC LIMIT $3
