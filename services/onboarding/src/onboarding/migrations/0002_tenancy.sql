-- An organisation's transaction reaches the contractors it registered, and of those it only engages the case and the legal name; a
-- contractor's reaches its own; the platform's all. Reviews, screenings with what they found, and decisions are the platform's alone:
-- what an organisation's or a contractor's act means for them is written for the platform (adapters/postgres/platform.py).
-- Watchlists are public data of their issuers and have no policy.

-- Which organisation engages whom, as the contracts service tells.
CREATE TABLE engagement (
    organisation_id uuid NOT NULL,
    contractor_id   uuid NOT NULL REFERENCES contractor,
    PRIMARY KEY (organisation_id, contractor_id)
);
CREATE INDEX engagement_contractor ON engagement (contractor_id);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contractor', 'personal_data', 'payout_method', 'engagement', 'review', 'screening',
        'screening_decision', 'transition']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY platform ON %I USING ((SELECT acts_for_platform()))', name);
    END LOOP;
END $$;

CREATE POLICY tenant_reads ON engagement FOR SELECT USING (
    organisation_id = (SELECT acting_organisation()) OR contractor_id = (SELECT acting_contractor()));

CREATE POLICY tenant_reads ON contractor FOR SELECT USING (
    organisation_id = (SELECT acting_organisation()) OR id = (SELECT acting_contractor())
    OR id IN (SELECT e.contractor_id FROM engagement e WHERE e.organisation_id = (SELECT acting_organisation())));
CREATE POLICY tenant_registers ON contractor FOR INSERT WITH CHECK (organisation_id = (SELECT acting_organisation()));
CREATE POLICY tenant_changes ON contractor FOR UPDATE USING (
    organisation_id = (SELECT acting_organisation()) OR id = (SELECT acting_contractor()));

CREATE POLICY tenant ON payout_method USING (
    organisation_id = (SELECT acting_organisation()) OR contractor_id = (SELECT acting_contractor()));

-- What was found by screening is none of what the contractor gave.
CREATE POLICY giver ON personal_data USING (
    kind <> 'FINDINGS' AND (contractor_id = (SELECT acting_contractor()) OR EXISTS (
        SELECT FROM contractor c WHERE c.id = contractor_id AND c.organisation_id = (SELECT acting_organisation()))));
CREATE POLICY engaging ON personal_data FOR SELECT USING (
    kind = 'NAME' AND EXISTS (SELECT FROM engagement e WHERE e.contractor_id = personal_data.contractor_id
        AND e.organisation_id = (SELECT acting_organisation())));

-- A step is written with whatever took it, and read by those whose case or account took it.
CREATE POLICY writes ON transition FOR INSERT WITH CHECK (true);
CREATE POLICY tenant_reads ON transition FOR SELECT USING (CASE aggregate_type
    WHEN 'contractor' THEN aggregate_id = (SELECT acting_contractor())
        OR EXISTS (SELECT FROM contractor c WHERE c.id = aggregate_id AND c.organisation_id = (SELECT acting_organisation()))
    WHEN 'method' THEN EXISTS (SELECT FROM payout_method m WHERE m.id = aggregate_id)
    ELSE false END);
