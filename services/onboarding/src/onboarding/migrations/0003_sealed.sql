-- Sealed words of people, and the keyed hashes by which sealed values are found.

-- What somebody said at a step; the step itself (transition) has a code only.
CREATE TABLE remark (
    contractor_id uuid   NOT NULL REFERENCES contractor,
    aggregate_id  uuid   NOT NULL,
    version       bigint NOT NULL,
    content       bytea  NOT NULL,
    PRIMARY KEY (aggregate_id, version)
);
CREATE INDEX remark_contractor ON remark (contractor_id);

-- owner_id is the contractor, or the payout method of the account. Kept as long as the value is, in the same transaction.
CREATE TABLE blind_index (
    contractor_id uuid  NOT NULL REFERENCES contractor,
    owner_id      uuid  NOT NULL,
    kind          text  NOT NULL CHECK (kind IN ('IDENTITY_NUMBER', 'ACCOUNT_NUMBER', 'EMAIL')),
    digest        bytea NOT NULL CHECK (length(digest) = 32),
    key_id        bytea NOT NULL CHECK (length(key_id) = 8),   -- while keys change a value has a row by each
    PRIMARY KEY (owner_id, kind, digest)
);
CREATE INDEX blind_index_value ON blind_index (kind, digest);
CREATE INDEX blind_index_contractor ON blind_index (contractor_id);

-- Whoever may change the case writes them; only the platform reads them.
DO $$
DECLARE
    giver text := 'contractor_id = (SELECT acting_contractor())
        OR EXISTS (SELECT FROM contractor c WHERE c.id = contractor_id AND c.organisation_id = (SELECT acting_organisation()))';
BEGIN
    PERFORM guard_table('remark', NULL, giver, NULL, '{}', true);
    PERFORM guard_table('blind_index', NULL, giver, NULL, '{}', true);
END $$;
