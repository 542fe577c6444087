-- name: erased_among
SELECT subject_id FROM erased_subject WHERE subject_kind = 'CONTRACTOR' AND subject_id = ANY($1::uuid[])

-- name: clear_methods_of
UPDATE payout_method SET sealed = '', state = 'DISABLED'
WHERE contractor_id = ANY($1::uuid[]) AND (sealed <> '' OR state <> 'DISABLED')
RETURNING contractor_id

-- name: clear_payees
-- What is left says why nothing is paid any more; later events about the person change nothing.
INSERT INTO payee AS p (contractor_id, case_state) SELECT c, 'ERASED' FROM unnest($1::uuid[]) AS c
ON CONFLICT (contractor_id) DO UPDATE
SET case_state = 'ERASED', receive_payout = '', reason_code = '', screening_result = '', screened_at = NULL, updated_at = now()
WHERE p.case_state <> 'ERASED'
RETURNING p.contractor_id

-- name: forget_screenings_of
-- A run that is under way still looks for its answers: the next sweep has those.
DELETE FROM run_screening s USING run r
WHERE r.id = s.run_id AND r.state <> 'EXECUTING' AND s.contractor_id = ANY($1::uuid[])
RETURNING s.contractor_id

-- name: blank_reasons_of
-- What a bank's people wrote about this person's accounts.
UPDATE transition t SET reason = '' FROM freelancer_account f
WHERE t.aggregate_id = f.id AND t.reason <> '' AND f.contractor_id = ANY($1::uuid[])
RETURNING f.contractor_id
