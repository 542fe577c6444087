-- A client's transaction reaches the client's rows; a contractor's the contracts it is named in and what hangs on them; the platform's
-- workers reach all. The API narrows further. What a contractor's act means for an order (a declined invitation gives it its money
-- back) is written for the platform (chassis.db.database).

-- A function, for the policy of purchase_order reads contract.
CREATE FUNCTION organisation_of_order(p_order uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT organisation_id FROM purchase_order WHERE id = p_order);
END $$;

DO $$
DECLARE
    own_organisation text := 'organisation_id = (SELECT acting_organisation())';
    own_contractor   text := 'contractor_id = (SELECT acting_contractor())';
    sides            text := own_organisation || ' OR ' || own_contractor;
    -- a contractor reaches what hangs on what it reaches, and the orders its contracts draw on
    hangs            text := own_organisation || ' OR ((SELECT acting_contractor()) IS NOT NULL
        AND EXISTS (SELECT FROM %I AS parent WHERE parent.id = %I.%I))';
    draws            text := own_organisation || ' OR ((SELECT acting_contractor()) IS NOT NULL
        AND EXISTS (SELECT FROM contract AS drawing WHERE drawing.purchase_order_id = %I.%I))';
    -- nothing is hung on a row of another tenant
    with_owner       text := 'EXISTS (SELECT FROM %1$I AS parent WHERE parent.id = %2$I AND parent.organisation_id = %3$I.organisation_id)';
    ours             text := own_organisation || ' AND ' || with_owner;
BEGIN
    PERFORM guard_table('contract', sides, own_organisation || ' AND organisation_id = organisation_of_order(purchase_order_id)', sides,
        '{state, document_sha256, invitation_expires_at, version, updated_at}', false);
    -- a contractor hands work in and takes it back; it does not accept it, nor puts it on an invoice
    PERFORM guard_table('work_item', sides,
        '(' || sides || ') AND EXISTS (SELECT FROM contract AS parent WHERE parent.id = contract_id
            AND parent.organisation_id = work_item.organisation_id AND parent.contractor_id = work_item.contractor_id)',
        sides, '{state, amount_minor, price_lines, details, notes, invoice_id, auto_accept_at, version, updated_at}', false,
        own_organisation || ' OR invoice_id IS NULL AND state NOT IN (''ACCEPTED'', ''APPROVED'', ''SPLIT'', ''INVOICED'', ''PAID'')');
    PERFORM guard_table('invoice', sides,
        own_organisation || ' AND EXISTS (SELECT FROM contract AS parent WHERE parent.id = contract_id
            AND parent.organisation_id = invoice.organisation_id AND parent.contractor_id = invoice.contractor_id)',
        own_organisation, '{state, paid_minor, holds, version, updated_at}', false);

    PERFORM guard_table('contract_signature', format(hangs, 'contract', 'contract_signature', 'contract_id'),
        format('CASE party WHEN ''CLIENT'' THEN %s ELSE (SELECT acting_contractor()) IS NOT NULL END AND %s', own_organisation,
            format(with_owner, 'contract', 'contract_id', 'contract_signature')), NULL, '{}', false);
    PERFORM guard_table('contract_document', format(hangs, 'contract', 'contract_document', 'contract_id'),
        format(ours, 'contract', 'contract_id', 'contract_document'), NULL, '{}', false);
    PERFORM guard_table('commitment', format(hangs, 'contract', 'commitment', 'contract_id'),
        format(ours, 'contract', 'contract_id', 'commitment') || ' AND '
            || format(with_owner, 'purchase_order', 'purchase_order_id', 'commitment'),
        own_organisation, '{remaining_minor, invoiced_minor}', false);
    PERFORM guard_table('invoice_line', format(hangs, 'invoice', 'invoice_line', 'invoice_id'),
        format(ours, 'invoice', 'invoice_id', 'invoice_line') || ' AND ' || format(with_owner, 'work_item', 'work_item_id', 'invoice_line'),
        own_organisation, '{live}', false);

    PERFORM guard_table('purchase_order', format(draws, 'purchase_order', 'id'), own_organisation, own_organisation,
        '{state, committed_minor, invoiced_minor, version, ceiling_minor}', false);
    PERFORM guard_table('purchase_order_line', format(draws, 'purchase_order_line', 'purchase_order_id'),
        format(ours, 'purchase_order', 'purchase_order_id', 'purchase_order_line'), own_organisation, '{ceiling_minor}', false);
    PERFORM guard_table('purchase_order_amendment', format(draws, 'purchase_order_amendment', 'purchase_order_id'),
        format(ours, 'purchase_order', 'purchase_order_id', 'purchase_order_amendment'), NULL, '{}', false);

    PERFORM guard_table('organisation', 'id = (SELECT acting_organisation()) OR ((SELECT acting_contractor()) IS NOT NULL
        AND EXISTS (SELECT FROM contract AS engaging WHERE engaging.organisation_id = organisation.id))', NULL, NULL, '{}', false);

    -- Whether a contractor may sign or submit: a client asks before there is a contract. No personal value is in it.
    PERFORM guard_table('contractor_capability', own_contractor || ' OR (SELECT acting_organisation()) IS NOT NULL', NULL, NULL,
        '{}', true);
END $$;
CREATE INDEX contract_order ON contract (purchase_order_id);

-- Numbers invoices of a contractor; whichever of its clients' act makes the invoice counts on, by one.
DO $$
DECLARE
    engages text := 'EXISTS (SELECT FROM contract AS engaging WHERE engaging.contractor_id = invoice_counter.contractor_id
        AND engaging.organisation_id = (SELECT acting_organisation()))';
BEGIN
    PERFORM guard_table('invoice_counter', 'contractor_id = (SELECT acting_contractor()) OR (SELECT acting_organisation()) IS NOT NULL',
        engages, engages, '{last}', false);
END $$;
CREATE FUNCTION invoice_counter_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.last <> 1 OR TG_OP = 'UPDATE' AND NEW.last <> OLD.last + 1 THEN
        RAISE EXCEPTION 'invoice numbers have no gaps' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER by_one BEFORE INSERT OR UPDATE ON invoice_counter FOR EACH ROW EXECUTE FUNCTION invoice_counter_by_one();

-- A step is seen, and written with what it says, by those who see what took it.
DO $$
DECLARE
    seen text := 'CASE aggregate_type
        WHEN ''contract'' THEN EXISTS (SELECT FROM contract AS owner WHERE owner.id = aggregate_id)
        WHEN ''invoice'' THEN EXISTS (SELECT FROM invoice AS owner WHERE owner.id = aggregate_id)
        WHEN ''po'' THEN EXISTS (SELECT FROM purchase_order AS owner WHERE owner.id = aggregate_id)
        ELSE EXISTS (SELECT FROM work_item AS owner WHERE owner.id = aggregate_id) END';
BEGIN
    PERFORM guard_table('transition', seen, seen, NULL, '{reason}', false);  -- reasons of the erased
END $$;
