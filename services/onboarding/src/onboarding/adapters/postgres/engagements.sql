-- name: insert_engagement
-- Nobody becomes visible anew who was erased, or is not known here.
INSERT INTO engagement (organisation_id, contractor_id)
SELECT $1, c.id FROM contractor c WHERE c.id = $2 AND c.erased_at IS NULL
ON CONFLICT DO NOTHING
