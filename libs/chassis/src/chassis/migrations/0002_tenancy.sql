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

-- What row-level security lets tenants do with a table, command by command. Each condition is SQL over its columns; NULL: the platform
-- alone, which may all of it. p_columns: what is ever updated, by anybody. What is not among them never changes: a row does not change
-- hands. p_after: what holds of a row that was updated, besides p_updates. Rows are deleted by the platform, if at all.
CREATE FUNCTION guard_table(
    p_table regclass, p_reads text, p_inserts text, p_updates text, p_columns text[], p_deletes boolean, p_after text DEFAULT 'true'
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    app      text := current_schema() || '_app';
    platform text := '(SELECT acts_for_platform())';
    columns  text := (SELECT string_agg(quote_ident(c), ', ') FROM unnest(p_columns) AS c);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('REVOKE UPDATE, DELETE ON %s FROM %I', p_table, app);
    EXECUTE format('CREATE POLICY reads ON %s FOR SELECT USING (%s)', p_table, concat_ws(' OR ', platform, p_reads));
    EXECUTE format('CREATE POLICY inserts ON %s FOR INSERT WITH CHECK (%s)', p_table, concat_ws(' OR ', platform, p_inserts));
    IF columns IS NOT NULL THEN
        EXECUTE format('CREATE POLICY updates ON %s FOR UPDATE USING (%s) WITH CHECK (%s)', p_table,
            concat_ws(' OR ', platform, p_updates), concat_ws(' OR ', platform, '(' || p_updates || ') AND (' || p_after || ')'));
        EXECUTE format('GRANT UPDATE (%s) ON %s TO %I', columns, p_table, app);
    END IF;
    IF p_deletes THEN
        EXECUTE format('CREATE POLICY deletes ON %s FOR DELETE USING (%s)', p_table, platform);
        EXECUTE format('GRANT DELETE ON %s TO %I', p_table, app);
    END IF;
END $$;
REVOKE ALL ON FUNCTION guard_table(regclass, text, text, text, text[], boolean, text) FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON FUNCTION guard_table(regclass, text, text, text, text[], boolean, text) FROM %I', current_schema() || '_app');
END $$;
