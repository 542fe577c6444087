-- name: get_contract
SELECT id, organisation_id, contractor_id, purchase_order_id, state, kind, terms, terms_version, document_sha256,
    invitation_expires_at, external_id, version, created_at, updated_at
FROM contract WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2);

-- name: lock_contract
SELECT id, organisation_id, contractor_id, purchase_order_id, state, kind, terms, terms_version, document_sha256,
    invitation_expires_at, external_id, version, created_at, updated_at
FROM contract WHERE id = $1 AND ($2::uuid IS NULL OR organisation_id = $2) FOR NO KEY UPDATE;

-- name: list_contracts
SELECT id, organisation_id, contractor_id, purchase_order_id, state, kind, terms, terms_version, document_sha256,
    invitation_expires_at, external_id, version, created_at, updated_at
FROM contract
WHERE ($1::uuid IS NULL OR organisation_id = $1) AND ($2::uuid IS NULL OR contractor_id = $2)
    AND (cardinality($3::text[]) = 0 OR state = ANY ($3)) AND ($4::uuid IS NULL OR id < $4)
ORDER BY id DESC LIMIT $5;

-- name: signatures_of_contracts
SELECT s.contract_id, s.organisation_id, s.terms_version, s.party, s.signer_name, s.signed_by, s.signed_at, s.document_sha256
FROM contract_signature s JOIN contract c ON c.id = s.contract_id AND c.terms_version = s.terms_version
WHERE s.contract_id = ANY ($1::uuid[]) ORDER BY s.contract_id, s.signed_at, s.party;

-- name: add_contract
INSERT INTO contract (id, organisation_id, contractor_id, purchase_order_id, state, kind, terms, terms_version, currency,
    total_minor, start_date, external_id, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: save_contract
UPDATE contract SET state = $3, document_sha256 = $4, invitation_expires_at = $5, version = $6, updated_at = $7
WHERE id = $1 AND version = $2;

-- name: keep_signatures
INSERT INTO contract_signature (contract_id, organisation_id, terms_version, party, signer_name, signed_by, signed_at, document_sha256)
SELECT $1, $2, $3, s.party, s.signer_name, s.signed_by, s.signed_at, s.document_sha256
FROM unnest($4::text[], $5::bytea[], $6::text[], $7::timestamptz[], $8::text[])
    AS s (party, signer_name, signed_by, signed_at, document_sha256)
ON CONFLICT DO NOTHING;

-- name: keep_contract_document
INSERT INTO contract_document (contract_id, organisation_id, terms_version, sha256, pdf, created_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: get_contract_document
SELECT sha256, pdf FROM contract_document WHERE contract_id = $1 AND terms_version = $2;

-- name: contracts_to_start
SELECT id FROM contract WHERE state = 'SCHEDULED' AND start_date <= ($1::timestamptz AT TIME ZONE 'UTC')::date AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3;

-- name: contracts_to_expire
SELECT id FROM contract WHERE state = 'AWAITING_CONTRACTOR_SIGNATURE' AND invitation_expires_at <= $1
    AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3;
