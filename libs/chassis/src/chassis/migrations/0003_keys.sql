-- Keys of personal data. A root key outside of the database wraps these; they wrap the data keys; data keys seal values.

CREATE TABLE key_encryption_key (
    id              uuid        PRIMARY KEY,
    provider        text        NOT NULL,  -- who holds the root key: 'file' or 'kms'
    provider_key_id text        NOT NULL,
    wrapped         bytea       NOT NULL,
    purpose         text        NOT NULL CHECK (purpose = 'DATA'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    retired_at      timestamptz
);
-- New data keys have one place to go.
CREATE UNIQUE INDEX key_encryption_key_current ON key_encryption_key (purpose) WHERE retired_at IS NULL;

CREATE TABLE data_key (
    id           uuid        PRIMARY KEY,
    subject_kind text        NOT NULL CHECK (subject_kind <> ''),
    subject_id   uuid        NOT NULL,
    kek_id       uuid        NOT NULL REFERENCES key_encryption_key,
    wrapped      bytea       NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),  -- the vault relies on this default: a row of the own transaction has now()
    UNIQUE (subject_kind, subject_id)
);

-- The register of erasure. It is kept for ever, exported with every backup and applied again after a restore: a subject in it has
-- no key, whatever data_key says.
CREATE TABLE erased_subject (
    subject_kind text        NOT NULL,
    subject_id   uuid        NOT NULL,
    data_key_id  uuid,       -- NULL when it never had one
    erased_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject_kind, subject_id)
);
CREATE INDEX erased_subject_key ON erased_subject (data_key_id) WHERE data_key_id IS NOT NULL;

-- The key of digests (HMAC-SHA256), sealed by a data key of the service.
CREATE TABLE digest_key (
    one    boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
    sealed bytea   NOT NULL
);

-- Whom the register names stays in it, and the key of digests stays what it is.
DO $$ DECLARE app text := current_schema() || '_app'; BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON erased_subject, digest_key FROM %I', app);
    EXECUTE format('GRANT UPDATE (data_key_id) ON erased_subject TO %I', app);
END $$;
