-- Who a transaction acts for, set by the chassis for that transaction only: 'platform', 'organisation:<uuid>',
-- 'contractor:<uuid>' or 'bank:<name>'. Nothing set is nobody: every policy then hides every row.
-- In a policy these stand in a subselect, so that they are called once for a statement and not for every row.

CREATE FUNCTION acts_for_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('kamai.tenant', true) = 'platform';

CREATE FUNCTION acting_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN starts_with(current_setting('kamai.tenant', true), 'organisation:')
        THEN substr(current_setting('kamai.tenant', true), 14)::uuid END;

CREATE FUNCTION acting_contractor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN starts_with(current_setting('kamai.tenant', true), 'contractor:')
        THEN substr(current_setting('kamai.tenant', true), 12)::uuid END;

CREATE FUNCTION acting_bank() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN starts_with(current_setting('kamai.tenant', true), 'bank:')
        THEN substr(current_setting('kamai.tenant', true), 6) END;
