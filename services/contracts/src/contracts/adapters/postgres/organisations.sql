-- name: get_organisation
SELECT id, legal_name, country, external_id, version, created_at FROM organisation
WHERE id = $1 AND ($2::uuid IS NULL OR id = $2);

-- name: add_organisation
INSERT INTO organisation (id, legal_name, country, external_id, version, created_at) VALUES ($1, $2, $3, $4, $5, $6);

-- name: list_organisations
SELECT id, legal_name, country, external_id, version, created_at FROM organisation
WHERE ($1::uuid IS NULL OR id = $1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3;
