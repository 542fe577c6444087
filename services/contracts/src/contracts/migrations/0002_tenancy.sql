-- A client's transaction reaches the client's rows; a contractor's the contracts it is named in and what hangs on them, which its own
-- acts change as well (a declined invitation gives the order its money back); the platform's workers reach all. The API narrows further.

-- Contracts, work and invoices name both sides.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contract', 'work_item', 'invoice'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (
            organisation_id = (SELECT acting_organisation()) OR contractor_id = (SELECT acting_contractor())
            OR (SELECT acts_for_platform()))', name);
    END LOOP;
END $$;

-- What belongs to a contract or an invoice.
DO $$
DECLARE child record;
BEGIN
    FOR child IN
        SELECT c.name, c.key, c.parent FROM (VALUES ('contract_signature', 'contract_id', 'contract'), ('contract_document', 'contract_id', 'contract'),
            ('commitment', 'contract_id', 'contract'), ('invoice_line', 'invoice_id', 'invoice')) AS c (name, key, parent)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child.name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (
            organisation_id = (SELECT acting_organisation()) OR (SELECT acts_for_platform())
            OR ((SELECT acting_contractor()) IS NOT NULL AND EXISTS (SELECT FROM %I AS parent WHERE parent.id = %I.%I)))',
            child.name, child.parent, child.name, child.key);
    END LOOP;
END $$;

-- What belongs to an order: a contractor reaches those its contracts draw on.
DO $$
DECLARE child record;
BEGIN
    FOR child IN
        SELECT c.name, c.key FROM (VALUES ('purchase_order', 'id'), ('purchase_order_line', 'purchase_order_id'),
            ('purchase_order_amendment', 'purchase_order_id')) AS c (name, key)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child.name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (
            organisation_id = (SELECT acting_organisation()) OR (SELECT acts_for_platform())
            OR ((SELECT acting_contractor()) IS NOT NULL
                AND EXISTS (SELECT FROM contract AS drawing WHERE drawing.purchase_order_id = %I.%I)))', child.name, child.name, child.key);
    END LOOP;
END $$;
CREATE INDEX contract_order ON contract (purchase_order_id);

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON organisation USING (
    id = (SELECT acting_organisation()) OR (SELECT acts_for_platform())
    OR ((SELECT acting_contractor()) IS NOT NULL AND EXISTS (SELECT FROM contract AS engaging WHERE engaging.organisation_id = organisation.id)));

-- Numbers invoices of a contractor; whichever client's act makes the invoice counts on.
ALTER TABLE invoice_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoice_counter FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON invoice_counter USING (
    contractor_id = (SELECT acting_contractor()) OR (SELECT acting_organisation()) IS NOT NULL OR (SELECT acts_for_platform()));

-- Whether a contractor may sign or submit: a client asks before there is a contract. No personal value is in it.
ALTER TABLE contractor_capability ENABLE ROW LEVEL SECURITY;
ALTER TABLE contractor_capability FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON contractor_capability FOR SELECT USING (
    contractor_id = (SELECT acting_contractor()) OR (SELECT acting_organisation()) IS NOT NULL OR (SELECT acts_for_platform()));
CREATE POLICY platform_writes ON contractor_capability USING ((SELECT acts_for_platform()));

-- A step is seen by those who see what took it.
ALTER TABLE transition ENABLE ROW LEVEL SECURITY;
ALTER TABLE transition FORCE ROW LEVEL SECURITY;
CREATE POLICY writes ON transition FOR INSERT WITH CHECK (true);
CREATE POLICY blanks ON transition FOR UPDATE USING ((SELECT acts_for_platform()));  -- reasons of the erased
CREATE POLICY tenant ON transition FOR SELECT USING (
    (SELECT acts_for_platform()) OR CASE aggregate_type
        WHEN 'contract' THEN EXISTS (SELECT FROM contract AS owner WHERE owner.id = aggregate_id)
        WHEN 'invoice' THEN EXISTS (SELECT FROM invoice AS owner WHERE owner.id = aggregate_id)
        WHEN 'po' THEN EXISTS (SELECT FROM purchase_order AS owner WHERE owner.id = aggregate_id)
        ELSE EXISTS (SELECT FROM work_item AS owner WHERE owner.id = aggregate_id) END);
