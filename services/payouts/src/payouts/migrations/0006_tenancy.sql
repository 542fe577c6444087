-- A client's transaction reaches the client's rows; a contractor's what is owed and paid to it, with every client; a bank's the accounts
-- it keeps; the platform's workers reach all. The API narrows further.

CREATE INDEX attempt_contractor ON attempt (contractor_id, id DESC);
CREATE INDEX attempt_funding_account ON attempt (funding_account_id);
CREATE INDEX bank_entry_message ON bank_entry (bank_message_id);

-- What a row belongs to, in the words of its policy. `acting` subselects are evaluated once for a statement.
CREATE FUNCTION guard(p_table regclass, p_visible text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('CREATE POLICY tenant ON %s USING ((SELECT acts_for_platform()) OR %s)', p_table, p_visible);
END $$;

DO $$
DECLARE
    own_organisation text := 'organisation_id = (SELECT acting_organisation())';
    own_contractor   text := 'contractor_id = (SELECT acting_contractor())';
BEGIN
    -- both sides are named
    PERFORM guard('obligation', format('%s OR %s', own_organisation, own_contractor));
    PERFORM guard('attempt', format('%s OR %s', own_organisation, own_contractor));
    -- the client's alone; a contractor reaches the run and the account its own payment is in
    PERFORM guard('run', own_organisation || ' OR ((SELECT acting_contractor()) IS NOT NULL
        AND EXISTS (SELECT FROM attempt AS part WHERE part.run_id = run.id))');
    PERFORM guard('funding_account', own_organisation || ' OR ((SELECT acting_contractor()) IS NOT NULL
        AND EXISTS (SELECT FROM attempt AS paid WHERE paid.funding_account_id = funding_account.id))');
    PERFORM guard('approval_policy', own_organisation);
    -- a file is reached with a payment it carries, a bank's message with one it speaks of, though both hold others' as well: the API
    -- gives their bytes to the platform's people only
    PERFORM guard('bank_message', own_organisation || ' OR EXISTS (SELECT FROM attempt AS carried WHERE carried.bank_message_id = bank_message.id)
        OR EXISTS (SELECT FROM bank_entry AS told WHERE told.bank_message_id = bank_message.id)');
    PERFORM guard('ledger_account', own_organisation);
    -- a client reaches the payee it owes
    PERFORM guard('payee', own_contractor || ' OR ((SELECT acting_organisation()) IS NOT NULL
        AND EXISTS (SELECT FROM obligation AS owed WHERE owed.contractor_id = payee.contractor_id))');
    PERFORM guard('payout_method', own_contractor || ' OR ((SELECT acting_organisation()) IS NOT NULL
        AND EXISTS (SELECT FROM obligation AS owed WHERE owed.contractor_id = payout_method.contractor_id))');
    -- a client's act may settle a payment, which moves the credit on the payee's account
    PERFORM guard('freelancer_account', own_contractor || ' OR bank = (SELECT acting_bank()) OR ((SELECT acting_organisation()) IS NOT NULL
        AND EXISTS (SELECT FROM attempt AS paid WHERE paid.contractor_id = freelancer_account.contractor_id
            AND paid.partner_bank = freelancer_account.bank))');
    -- what hangs on one of these is reached with it
    PERFORM guard('obligation_work_item', 'EXISTS (SELECT FROM obligation AS owner WHERE owner.id = obligation_id)');
    PERFORM guard('deposit', '(SELECT acting_contractor()) IS NULL AND EXISTS (SELECT FROM funding_account AS owner WHERE owner.id = funding_account_id)');
    PERFORM guard('run_approval', '(SELECT acting_contractor()) IS NULL AND EXISTS (SELECT FROM run AS owner WHERE owner.id = run_id)');
    PERFORM guard('run_screening', '(SELECT acting_contractor()) IS NULL AND EXISTS (SELECT FROM run AS owner WHERE owner.id = run_id)');
    PERFORM guard('attempt_hold', 'EXISTS (SELECT FROM attempt AS owner WHERE owner.id = attempt_id)');
    PERFORM guard('bank_entry', 'EXISTS (SELECT FROM attempt AS owner WHERE owner.id = attempt_id)');
    PERFORM guard('early_return', 'EXISTS (SELECT FROM attempt AS owner WHERE owner.id = attempt_id)');
    PERFORM guard('unknown_resolution', 'EXISTS (SELECT FROM attempt AS owner WHERE owner.id = attempt_id)');
    PERFORM guard('reconciliation_exception',
        'EXISTS (SELECT FROM attempt AS owner WHERE owner.end_to_end_id = reconciliation_exception.end_to_end_id)');
    PERFORM guard('credit', 'CASE WHEN (SELECT acting_organisation()) IS NULL
        THEN EXISTS (SELECT FROM freelancer_account AS owner WHERE owner.id = account_id)
        ELSE EXISTS (SELECT FROM attempt AS owner WHERE owner.id = attempt_id) END');
    PERFORM guard('ledger_balance', 'EXISTS (SELECT FROM ledger_account AS owner WHERE owner.id = account_id)');
    PERFORM guard('ledger_posting', 'EXISTS (SELECT FROM ledger_account AS owner WHERE owner.id = account_id)');
    PERFORM guard('ledger_hold', 'EXISTS (SELECT FROM ledger_account AS owner WHERE owner.id = account_id)');
END $$;
DROP FUNCTION guard(regclass, text);

-- Whoever posts makes the transaction first; it is seen by whom it touches.
ALTER TABLE ledger_transaction ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_transaction FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON ledger_transaction FOR INSERT WITH CHECK (true);
CREATE POLICY tenant ON ledger_transaction FOR SELECT USING (
    (SELECT acts_for_platform()) OR EXISTS (SELECT FROM ledger_posting AS part WHERE part.transaction_id = ledger_transaction.id));

-- A step is seen by those who see what took it.
ALTER TABLE transition ENABLE ROW LEVEL SECURITY;
ALTER TABLE transition FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON transition FOR INSERT WITH CHECK (true);
CREATE POLICY blanks ON transition FOR UPDATE USING ((SELECT acts_for_platform()));  -- reasons of the erased
CREATE POLICY tenant ON transition FOR SELECT USING (
    (SELECT acts_for_platform()) OR CASE aggregate_type
        WHEN 'obligation' THEN EXISTS (SELECT FROM obligation AS owner WHERE owner.id = aggregate_id)
        WHEN 'attempt' THEN EXISTS (SELECT FROM attempt AS owner WHERE owner.id = aggregate_id)
        -- what a client's people say about a run concerns others as well
        WHEN 'run' THEN (SELECT acting_contractor()) IS NULL AND EXISTS (SELECT FROM run AS owner WHERE owner.id = aggregate_id)
        WHEN 'credit' THEN EXISTS (SELECT FROM credit AS owner WHERE owner.id = aggregate_id)
        ELSE EXISTS (SELECT FROM freelancer_account AS owner WHERE owner.id = aggregate_id) END);
