-- An organisation's transaction reaches the contractors it registered, and of those it only engages the case and the legal name; a
-- contractor's reaches its own; the platform's all. Reviews, screenings with what they found, and decisions are the platform's alone:
-- what an organisation's or a contractor's act means for them is written for the platform (chassis.db.database).
-- Watchlists are public data of their issuers and have no policy.

-- Which organisation engages whom, as the contracts service tells.
CREATE TABLE engagement (
    organisation_id uuid NOT NULL,
    contractor_id   uuid NOT NULL REFERENCES contractor,
    PRIMARY KEY (organisation_id, contractor_id)
);
CREATE INDEX engagement_contractor ON engagement (contractor_id);

DO $$
DECLARE
    own_organisation text := 'organisation_id = (SELECT acting_organisation())';
    own_contractor   text := 'contractor_id = (SELECT acting_contractor())';
    registered       text := 'EXISTS (SELECT FROM contractor AS c WHERE c.id = contractor_id AND c.organisation_id = (SELECT acting_organisation()))';
    giver            text := own_contractor || ' OR ' || registered;
    filled_in        text := 'c.organisation_id = (SELECT acting_organisation())
        AND coalesce(c.suspended_from, c.state) NOT IN (''APPROVED'', ''APPROVED_WITH_DUE'', ''REVERIFY_DUE'', ''RESTRICTED'')';
BEGIN
    PERFORM guard_table('engagement', own_organisation || ' OR ' || own_contractor, NULL, NULL, '{}', true);
    PERFORM guard_table('contractor',
        own_organisation || ' OR id = (SELECT acting_contractor())
            OR id IN (SELECT e.contractor_id FROM engagement e WHERE e.organisation_id = (SELECT acting_organisation()))',
        own_organisation, own_organisation || ' OR id = (SELECT acting_contractor())',
        '{external_id, state, suspended_from, country, person_type, capabilities, requirements, required_by, version, updated_at, erased_at}',
        false);
    -- The contractor gives its accounts and takes them out of use. Whoever registered it does so until it is approved: from then on
    -- others pay there as well.
    PERFORM guard_table('payout_method', own_organisation || ' OR ' || own_contractor,
        format('EXISTS (SELECT FROM contractor AS c WHERE c.id = contractor_id AND c.organisation_id IS NOT DISTINCT FROM payout_method.organisation_id
            AND (c.id = (SELECT acting_contractor()) OR %s))', filled_in),
        own_organisation || ' OR ' || own_contractor, '{state, current, usable_from, suspected, purpose_code, partner_bank, bic, bank_name}', false,
        format('%s OR EXISTS (SELECT FROM contractor AS c WHERE c.id = contractor_id AND %s)', own_contractor, filled_in));
    -- What was found by screening is none of what the contractor gave. An account is never given another content.
    PERFORM guard_table('personal_data',
        format('kind <> ''FINDINGS'' AND (%s) OR kind = ''NAME'' AND EXISTS (SELECT FROM engagement e
            WHERE e.contractor_id = personal_data.contractor_id AND e.organisation_id = (SELECT acting_organisation()))', giver),
        format('kind <> ''FINDINGS'' AND (%s) AND (owner_id = contractor_id OR EXISTS (SELECT FROM payout_method AS m
            WHERE m.id = owner_id AND m.contractor_id = personal_data.contractor_id))', giver),
        format('kind IN (''PROFILE'', ''NAME'', ''REQUEST'') AND (%s)', giver), '{content}', true);
    PERFORM guard_table('review', NULL, NULL, NULL,
        '{state, priority, risk_reasons, claimed_by, first_approved_by, decided_by, decision_reason, decided_at, version}', false);
    PERFORM guard_table('screening', NULL, NULL, NULL,
        '{subject_fingerprint, state, lists_key, watched, screened_at, faults}', true);
    PERFORM guard_table('screening_decision', NULL, NULL, NULL, '{subject_fingerprint, reason}', false);
END $$;

-- A step is written by whoever may see what takes it, with it.
DO $$
DECLARE
    seen text := 'CASE aggregate_type
        WHEN ''contractor'' THEN aggregate_id = (SELECT acting_contractor())
            OR EXISTS (SELECT FROM contractor c WHERE c.id = aggregate_id AND c.organisation_id = (SELECT acting_organisation()))
        WHEN ''method'' THEN EXISTS (SELECT FROM payout_method m WHERE m.id = aggregate_id)
        ELSE false END';
BEGIN
    PERFORM guard_table('transition', seen, seen, NULL, '{}', false);
END $$;
