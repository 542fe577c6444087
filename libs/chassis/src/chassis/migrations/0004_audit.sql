-- Who did what: rows, their chain, and its signed roots. docs/audit.md says how they hang together.
-- Nothing here makes a business transaction wait: its rows are chained later, by the sealer.

CREATE TABLE audit_entry (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid             xid8        NOT NULL DEFAULT pg_current_xact_id(),  -- which transaction wrote it, so that its end is known
    entry_id        uuid        NOT NULL DEFAULT uuidv7(),
    organisation_id uuid,                                               -- the tenant; NULL is the platform
    occurred_at     timestamptz NOT NULL,
    actor           text        NOT NULL,
    roles           text[]      NOT NULL,
    method          text        NOT NULL,
    peer            text        NOT NULL,
    request_id      uuid,
    kind            text        NOT NULL CHECK (kind IN ('CHANGE', 'READ')),
    subjects        text[]      NOT NULL,
    request_digest  bytea       NOT NULL CHECK (length(request_digest) = 32),
    before_digest   bytea       CHECK (length(before_digest) = 32),
    after_digest    bytea       CHECK (length(after_digest) = 32)
);
CREATE INDEX audit_entry_position ON audit_entry (xid, id);
CREATE INDEX audit_entry_organisation ON audit_entry (organisation_id, id);
CREATE INDEX audit_entry_occurred ON audit_entry USING brin (occurred_at);

-- The chain: one row for each chained entry. The tenant of the platform's own entries is the nil UUID.
CREATE TABLE audit_seal (
    entry_id        bigint NOT NULL PRIMARY KEY REFERENCES audit_entry (id),
    organisation_id uuid   NOT NULL,
    sequence        bigint NOT NULL CHECK (sequence > 0),
    hash            bytea  NOT NULL CHECK (length(hash) = 32),
    CONSTRAINT audit_seal_sequence UNIQUE (organisation_id, sequence)
);

-- Signed heads of the chains. `number` counts a tenant's roots from 1; `place` is for the pages of a list only. Numbers may go on
-- from the file of roots, and then leave a gap; a sequence may be signed again, under another number, after the chain was cut off.
CREATE TABLE audit_root (
    place           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid        NOT NULL,
    number          bigint      NOT NULL CHECK (number > 0),
    sequence        bigint      NOT NULL,
    hash            bytea       NOT NULL,
    previous        bytea       NOT NULL,  -- SHA-256 of the tenant's root before, zeros before the first
    signed_at       timestamptz NOT NULL,
    key_id          text        NOT NULL,
    signature       bytea       NOT NULL,
    CONSTRAINT audit_root_number UNIQUE (organisation_id, number)
);

-- Where the sealer is. Its row lock keeps two sealers apart, whatever became of their advisory lock.
CREATE TABLE audit_cursor (
    one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    xid xid8    NOT NULL,
    id  bigint  NOT NULL
);
INSERT INTO audit_cursor (xid, id) VALUES ('0', 0);

-- Heads of the chains, for the sealer only: a verifier reads the chain itself.
CREATE TABLE audit_chain (
    organisation_id uuid        NOT NULL PRIMARY KEY,
    sequence        bigint      NOT NULL,
    hash            bytea       NOT NULL,
    root_number     bigint      NOT NULL DEFAULT 0,
    root_sequence   bigint      NOT NULL DEFAULT 0,
    root_digest     bytea       NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    root_at         timestamptz
) WITH (fillfactor = 70);
CREATE INDEX audit_chain_without_root ON audit_chain (organisation_id) WHERE sequence > root_sequence;

-- Against mistakes. The protection against whoever may switch a trigger off is the chain with its roots elsewhere.
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_root
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- The application role is named after the schema (chassis.db.migrate).
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry, audit_seal, audit_root FROM %I', current_schema() || '_app');
    EXECUTE format('REVOKE DELETE, TRUNCATE ON audit_cursor, audit_chain FROM %I', current_schema() || '_app');
    EXECUTE format('REVOKE UPDATE ON audit_chain FROM %I', current_schema() || '_app');
    EXECUTE format('GRANT UPDATE (sequence, hash, root_number, root_sequence, root_digest, root_at) ON audit_chain TO %I',
        current_schema() || '_app');
END $$;

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_entry_read ON audit_entry FOR SELECT
    USING ((SELECT acts_for_platform()) OR organisation_id = (SELECT acting_organisation()));
-- Contractors and banks act for no organisation: they write rows of the platform and read none.
CREATE POLICY audit_entry_write ON audit_entry FOR INSERT
    WITH CHECK ((SELECT acts_for_platform()) OR organisation_id IS NOT DISTINCT FROM (SELECT acting_organisation()));

ALTER TABLE audit_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_seal FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_seal_read ON audit_seal FOR SELECT
    USING ((SELECT acts_for_platform()) OR organisation_id = (SELECT acting_organisation()));
CREATE POLICY audit_seal_write ON audit_seal FOR INSERT WITH CHECK ((SELECT acts_for_platform()));

ALTER TABLE audit_root ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_root FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_root_read ON audit_root FOR SELECT
    USING ((SELECT acts_for_platform()) OR organisation_id = (SELECT acting_organisation()));
CREATE POLICY audit_root_write ON audit_root FOR INSERT WITH CHECK ((SELECT acts_for_platform()));

ALTER TABLE audit_chain ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chain FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_chain_platform ON audit_chain USING ((SELECT acts_for_platform()));
