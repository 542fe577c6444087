-- name: current_watchlists
SELECT v.id, v.list, v.version, v.entries FROM watchlist w JOIN watchlist_version v ON v.id = w.current_id ORDER BY w.list

-- name: watchlist_entries
SELECT entry::text AS entry FROM watchlist_entry WHERE version_id = $1 ORDER BY entry_id

-- name: insert_watchlist
INSERT INTO watchlist (list) VALUES ($1) ON CONFLICT DO NOTHING

-- name: lock_watchlist
SELECT current_id FROM watchlist WHERE list = $1 FOR UPDATE

-- name: get_watchlist_version
SELECT v.id, v.list, v.version, v.format, v.entries, v.rejected_lines, v.imported_by, v.imported_at, w.current_id = v.id AS current
FROM watchlist_version v JOIN watchlist w ON w.list = v.list WHERE v.id = $1

-- name: find_watchlist_version
SELECT v.id, v.list, v.version, v.format, v.entries, v.rejected_lines, v.imported_by, v.imported_at,
       coalesce(w.current_id = v.id, false) AS current
FROM watchlist_version v JOIN watchlist w ON w.list = v.list WHERE v.list = $1 AND v.version = $2

-- name: insert_watchlist_version
INSERT INTO watchlist_version (id, list, version, format, entries, rejected_lines, imported_by, imported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: insert_watchlist_entries
INSERT INTO watchlist_entry (version_id, entry_id, entry)
SELECT $1, e.entry_id, e.entry FROM unnest($2::text[], $3::jsonb[]) AS e (entry_id, entry)
ON CONFLICT DO NOTHING

-- name: set_current_watchlist
UPDATE watchlist SET current_id = $2 WHERE list = $1

-- name: drop_old_entries
-- The version before stays, so that a process that is just loading it does not find half of it.
DELETE FROM watchlist_entry e USING watchlist_version v
WHERE e.version_id = v.id AND v.list = $1 AND v.id <> $2 AND v.id IS DISTINCT FROM $3

-- name: page_watchlists
SELECT v.id, v.list, v.version, v.format, v.entries, v.rejected_lines, v.imported_by, v.imported_at,
       coalesce(w.current_id = v.id, false) AS current
FROM watchlist_version v JOIN watchlist w ON w.list = v.list
WHERE ($1::uuid IS NULL OR v.id < $1)
ORDER BY v.id DESC LIMIT $2
