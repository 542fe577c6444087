-- A client's transaction reaches the client's rows; a contractor's what is owed and paid to it, with every client; a bank's the accounts
-- it keeps; the platform's workers reach all. The API narrows further. What a client's act means for others (an answer of the bank
-- settles a payment and moves the credit on the payee's account) is written for the platform (chassis.db.database).

CREATE INDEX attempt_contractor ON attempt (contractor_id, id DESC);
CREATE INDEX attempt_funding_account ON attempt (funding_account_id);
CREATE INDEX bank_entry_message ON bank_entry (bank_message_id);

-- A line, its obligation, its run and its funding account are of one client, whoever puts it in: all lines of a plan at once.
CREATE FUNCTION attempt_of_one_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_attempt AS a
        LEFT JOIN obligation AS o ON o.id = a.obligation_id AND o.organisation_id = a.organisation_id AND o.contractor_id = a.contractor_id
        LEFT JOIN run AS r ON r.id = a.run_id AND r.organisation_id = a.organisation_id AND r.funding_account_id = a.funding_account_id
        WHERE o.id IS NULL OR r.id IS NULL
    ) THEN
        RAISE EXCEPTION 'a line belongs to the client of its obligation and of its run' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER of_one_client AFTER INSERT ON attempt
    REFERENCING NEW TABLE AS new_attempt FOR EACH STATEMENT EXECUTE FUNCTION attempt_of_one_client();

-- What a row belongs to, in the words of its policy. `acting` subselects are evaluated once for a statement.
DO $$
DECLARE
    own_organisation text := 'organisation_id = (SELECT acting_organisation())';
    own_contractor   text := 'contractor_id = (SELECT acting_contractor())';
    no_contractor    text := '(SELECT acting_contractor()) IS NULL AND ';
    of_attempt       text := 'EXISTS (SELECT FROM attempt AS owner WHERE owner.id = attempt_id)';
    of_account       text := 'EXISTS (SELECT FROM ledger_account AS owner WHERE owner.id = account_id)';
    of_run           text := no_contractor || 'EXISTS (SELECT FROM run AS owner WHERE owner.id = run_id)';
BEGIN
    -- both sides are named; a client plans and cancels, what the bank said is the platform's to write
    PERFORM guard_table('obligation', own_organisation || ' OR ' || own_contractor, NULL, own_organisation,
        '{state, credited_minor, attempts, version, updated_at}', false, 'state NOT IN (''IN_FLIGHT'', ''PAID'', ''CANCELLED'')');
    PERFORM guard_table('attempt', own_organisation || ' OR ' || own_contractor,
        own_organisation || ' AND state = ''PLANNED''',
        own_organisation,
        '{state, credited_minor, returned_minor, topped_up, bank_message_id, answered, booking_entry_key, return_entry_key,
          return_message_key, failure_code, bank_code, failure_text, inquired_at, updated_at}', false,
        'state IN (''PLANNED'', ''HELD'', ''CANCELLED'') OR state = ''CREDITED'' AND topped_up');
    -- the client's alone; a contractor reaches the run and the account its own payment is in
    PERFORM guard_table('run', own_organisation || ' OR ((SELECT acting_contractor()) IS NOT NULL
            AND EXISTS (SELECT FROM attempt AS part WHERE part.run_id = run.id))',
        own_organisation || ' AND EXISTS (SELECT FROM funding_account AS paying WHERE paying.id = funding_account_id
            AND paying.organisation_id = run.organisation_id)',
        own_organisation,
        '{state, digest, net_total_minor, line_count, last_editor, round, approvals_required, approval_expires_at, screening_until,
          version, updated_at}', false);
    PERFORM guard_table('funding_account', own_organisation || ' OR ((SELECT acting_contractor()) IS NOT NULL
            AND EXISTS (SELECT FROM attempt AS paid WHERE paid.funding_account_id = funding_account.id))',
        own_organisation, NULL, '{version}', false);
    PERFORM guard_table('approval_policy', own_organisation, NULL, NULL, '{approvals_required}', true);
    -- a file is reached with a payment it carries, a bank's message with one it speaks of, though both hold others' as well: the API
    -- gives their bytes to the platform's people only
    PERFORM guard_table('bank_message', own_organisation || ' OR EXISTS (SELECT FROM attempt AS carried WHERE carried.bank_message_id = bank_message.id)
            OR EXISTS (SELECT FROM bank_entry AS told WHERE told.bank_message_id = bank_message.id)',
        NULL, NULL, '{state, error, sent_at, not_before, handovers}', false);
    -- a client reaches the payee it owes
    PERFORM guard_table('payee', own_contractor || ' OR ((SELECT acting_organisation()) IS NOT NULL
            AND EXISTS (SELECT FROM obligation AS owed WHERE owed.contractor_id = payee.contractor_id))',
        NULL, NULL, '{case_state, receive_payout, reason_code, screening_result, screened_at, updated_at}', false);
    PERFORM guard_table('payout_method', own_contractor || ' OR ((SELECT acting_organisation()) IS NOT NULL
            AND EXISTS (SELECT FROM obligation AS owed WHERE owed.contractor_id = payout_method.contractor_id))',
        NULL, NULL, '{state, usable_from, sealed}', false);
    -- a contractor applies, the bank decides
    PERFORM guard_table('freelancer_account', own_contractor || ' OR bank = (SELECT acting_bank()) OR ((SELECT acting_organisation()) IS NOT NULL
            AND EXISTS (SELECT FROM attempt AS paid WHERE paid.contractor_id = freelancer_account.contractor_id
                AND paid.partner_bank = freelancer_account.bank))',
        own_contractor || ' AND state = ''APPLIED'' AND credited_minor = 0', 'bank = (SELECT acting_bank())',
        '{state, credited_minor, version, updated_at}', false);
    PERFORM guard_table('credit', 'CASE WHEN (SELECT acting_organisation()) IS NULL
            THEN EXISTS (SELECT FROM freelancer_account AS owner WHERE owner.id = account_id) ELSE ' || of_attempt || ' END',
        NULL, NULL, '{credited_minor, state, short_credit, updated_at}', false);
    -- what hangs on one of these is reached with it
    PERFORM guard_table('obligation_work_item', 'EXISTS (SELECT FROM obligation AS owner WHERE owner.id = obligation_id)', NULL, NULL,
        '{}', false);
    PERFORM guard_table('deposit', no_contractor || 'EXISTS (SELECT FROM funding_account AS owner WHERE owner.id = funding_account_id)',
        NULL, NULL, '{}', false);
    PERFORM guard_table('run_approval', of_run, of_run, NULL, '{}', false);
    PERFORM guard_table('run_screening', of_run, of_run || ' AND result = ''''', NULL, '{result}', true);
    PERFORM guard_table('attempt_hold', of_attempt, no_contractor || of_attempt, NULL, '{}', false);
    PERFORM guard_table('bank_entry', of_attempt, NULL, NULL, '{confirmed_by, outcome}', false);
    PERFORM guard_table('early_return', of_attempt, NULL, NULL, '{replayed_at}', false);
    PERFORM guard_table('unknown_resolution', of_attempt, NULL, NULL,
        '{resolution, evidence, proposed_at, confirmed_by, confirmation, confirmed_at}', false);
    PERFORM guard_table('reconciliation_exception',
        'EXISTS (SELECT FROM attempt AS owner WHERE owner.end_to_end_id = reconciliation_exception.end_to_end_id)', NULL, NULL, '{}',
        false);
    -- the functions of the ledger write these as their owner, who is held by the policies: a client opens accounts of its own
    PERFORM guard_table('ledger_account', own_organisation, own_organisation, NULL, '{}', false);
    PERFORM guard_table('ledger_balance', of_account, of_account || ' AND balance_minor = 0 AND held_minor = 0', NULL,
        '{balance_minor, held_minor}', false);
    PERFORM guard_table('ledger_posting', of_account, NULL, NULL, '{}', false);
    PERFORM guard_table('ledger_hold', of_account, NULL, NULL, '{state, transaction_id}', false);
    PERFORM guard_table('ledger_transaction',
        'EXISTS (SELECT FROM ledger_posting AS part WHERE part.transaction_id = ledger_transaction.id)', NULL, NULL, '{}', false);
    REVOKE UPDATE ON ledger_balance, ledger_hold FROM payouts_app;
END $$;

-- A step is seen, and written with what it says, by those who see what took it.
DO $$
DECLARE
    seen text := 'CASE aggregate_type
        WHEN ''obligation'' THEN EXISTS (SELECT FROM obligation AS owner WHERE owner.id = aggregate_id)
        WHEN ''attempt'' THEN EXISTS (SELECT FROM attempt AS owner WHERE owner.id = aggregate_id)
        -- what a client''s people say about a run concerns others as well
        WHEN ''run'' THEN (SELECT acting_contractor()) IS NULL AND EXISTS (SELECT FROM run AS owner WHERE owner.id = aggregate_id)
        WHEN ''credit'' THEN EXISTS (SELECT FROM credit AS owner WHERE owner.id = aggregate_id)
        ELSE EXISTS (SELECT FROM freelancer_account AS owner WHERE owner.id = aggregate_id) END';
BEGIN
    PERFORM guard_table('transition', seen, seen, NULL, '{reason}', false);  -- reasons of the erased
END $$;
