-- Erasing a contractor, what keeps it from being erased, and the proof that stays.

CREATE TABLE legal_hold (
    id            uuid        PRIMARY KEY,
    contractor_id uuid        NOT NULL REFERENCES contractor,
    reason        bytea       NOT NULL,   -- sealed
    placed_by     text        NOT NULL,
    placed_at     timestamptz NOT NULL,
    until         timestamptz,            -- NULL: until it is released
    released_by   text        NOT NULL DEFAULT '',
    released_at   timestamptz,
    CHECK ((released_at IS NULL) = (released_by = ''))
);
CREATE INDEX legal_hold_active ON legal_hold (contractor_id) WHERE released_at IS NULL;

-- Without a reference to contractor: after a restore to before the registration the proof is all there is.
CREATE TABLE erasure_proof (
    contractor_id uuid        PRIMARY KEY,
    erased_at     timestamptz NOT NULL,
    actor         text        NOT NULL,
    reason        text        NOT NULL,   -- a code or a reference that names nobody
    removed       jsonb       NOT NULL,   -- rows by table
    digest        bytea       NOT NULL CHECK (length(digest) = 32),
    jws           text,                   -- signed by `work` afterwards
    filed         boolean     NOT NULL DEFAULT false
);
CREATE INDEX erasure_proof_waiting ON erasure_proof (erased_at) WHERE jws IS NULL OR NOT filed;

SELECT guard_table('legal_hold', NULL, NULL, NULL, '{reason, released_by, released_at}', false),
    guard_table('erasure_proof', 'contractor_id = (SELECT acting_contractor())', NULL, NULL, '{jws, filed}', false);
