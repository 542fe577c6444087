-- name: export_transitions
SELECT aggregate_type, version, from_state, to_state, actor, reason, occurred_at FROM transition
WHERE aggregate_id = $1 OR aggregate_id IN (SELECT id FROM payout_method WHERE contractor_id = $1)
   OR aggregate_id IN (SELECT id FROM review WHERE contractor_id = $1)
ORDER BY id

-- name: export_remarks
SELECT contractor_id, aggregate_id, version, content FROM remark WHERE contractor_id = $1 ORDER BY aggregate_id, version

-- name: export_engagements
SELECT organisation_id FROM engagement WHERE contractor_id = $1 ORDER BY organisation_id

-- name: export_events
-- Those that wait to be sent; of the others only their number is known here.
SELECT type, aggregate_version AS sequence, created_at FROM outbox
WHERE aggregate_id = $1 AND shard = outbox_shard($1) ORDER BY id

-- name: export_audit
SELECT occurred_at, kind, method, actor, roles FROM audit_entry WHERE $1 = ANY (subjects) ORDER BY id DESC LIMIT 10000

-- name: export_marks
SELECT kind, count(*) AS count FROM blind_index WHERE contractor_id = $1 GROUP BY kind ORDER BY kind
