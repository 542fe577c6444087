-- Contractors are global: organisation_id says who registered one (NULL: the platform itself), not who may engage it.

CREATE TABLE contractor (
    id              uuid        PRIMARY KEY,
    organisation_id uuid,
    external_id     text        NOT NULL DEFAULT '',
    state           text        NOT NULL CHECK (state IN ('DRAFT', 'SUBMITTED', 'SCREENING', 'IN_REVIEW', 'ACTION_REQUIRED', 'APPROVED',
                                    'APPROVED_WITH_DUE', 'REJECTED', 'REVERIFY_DUE', 'RESTRICTED', 'SUSPENDED', 'CLOSED')),
    suspended_from  text,
    country         char(2)     NOT NULL,
    person_type     text        NOT NULL CHECK (person_type IN ('INDIVIDUAL', 'COMPANY')),
    capabilities    jsonb       NOT NULL,
    requirements    jsonb       NOT NULL,   -- codes, fields and texts of ours: no value the contractor gave, no word of a reviewer
    required_by     timestamptz,
    version         bigint      NOT NULL CHECK (version > 0),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    erased_at       timestamptz,            -- since then nothing here tells who it was
    CHECK ((state = 'SUSPENDED') = (suspended_from IS NOT NULL))
);
CREATE UNIQUE INDEX contractor_external_id ON contractor (organisation_id, external_id) NULLS NOT DISTINCT WHERE external_id <> '';
CREATE INDEX contractor_of_organisation ON contractor (organisation_id, id);
CREATE INDEX contractor_submitted ON contractor (id) WHERE state = 'SUBMITTED';

-- Everything a person gave or that tells of them, sealed with the key of the contractor: who destroys that key has erased it.
-- owner_id is the contractor, or the payout method the account belongs to. NAME is the legal name alone, for clients that only
-- engage the contractor; REQUEST is what a reviewer asked for, in the reviewer's words.
CREATE TABLE personal_data (
    contractor_id uuid  NOT NULL REFERENCES contractor,
    owner_id      uuid  NOT NULL,
    kind          text  NOT NULL CHECK (kind IN ('PROFILE', 'NAME', 'REQUEST', 'ACCOUNT', 'FINDINGS')),
    content       bytea NOT NULL,
    PRIMARY KEY (owner_id, kind)
);
CREATE INDEX personal_data_contractor ON personal_data (contractor_id);

CREATE TABLE payout_method (
    id              uuid        PRIMARY KEY,
    contractor_id   uuid        NOT NULL REFERENCES contractor,
    organisation_id uuid,                   -- the contractor's
    state           text        NOT NULL CHECK (state IN ('PENDING', 'VERIFYING', 'VERIFIED', 'FAILED', 'DISABLED')),
    country         char(2)     NOT NULL,
    currency        char(3)     NOT NULL,
    version         int         NOT NULL CHECK (version > 0),
    current         boolean     NOT NULL,   -- not while it waits for a review, nor once a newer one took its place
    usable_from     timestamptz,
    suspected       boolean     NOT NULL DEFAULT false,  -- another open case has it: reviewed while it cools off, and told to nobody
    name_match      text        NOT NULL CHECK (name_match IN ('MATCH', 'CLOSE', 'NO_MATCH', 'NOT_CHECKED')),
    purpose_code    text        NOT NULL DEFAULT '',
    partner_bank    text        NOT NULL DEFAULT '',
    bic             text        NOT NULL DEFAULT '',
    bank_name       text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    UNIQUE (contractor_id, currency, version),
    CHECK (state <> 'VERIFIED' OR usable_from IS NOT NULL)
);
CREATE UNIQUE INDEX payout_method_current ON payout_method (contractor_id, currency) WHERE current;
CREATE INDEX payout_method_of_contractor ON payout_method (contractor_id, id);
CREATE INDEX payout_method_suspected ON payout_method (usable_from) WHERE current AND suspected;
CREATE INDEX payout_method_cooling ON payout_method (usable_from) WHERE current AND NOT suspected;

CREATE TABLE review (
    id                uuid        PRIMARY KEY,
    contractor_id     uuid        NOT NULL REFERENCES contractor,
    kind              text        NOT NULL CHECK (kind IN ('ONBOARDING', 'SCREENING', 'PAYOUT_METHOD')),
    state             text        NOT NULL CHECK (state IN ('OPEN', 'CLAIMED', 'PENDING_SECOND', 'APPROVED', 'REJECTED',
                                      'INFORMATION_REQUESTED')),
    priority          int         NOT NULL CHECK (priority >= 0),
    risk_reasons      text[]      NOT NULL,
    claimed_by        text        NOT NULL DEFAULT '',
    first_approved_by text        NOT NULL DEFAULT '',
    decided_by        text        NOT NULL DEFAULT '',
    decision_reason   bytea,      -- sealed
    due_at            timestamptz NOT NULL,
    created_at        timestamptz NOT NULL,
    decided_at        timestamptz,
    version           bigint      NOT NULL CHECK (version > 0),
    -- the database keeps maker and checker apart as well
    CHECK (state <> 'APPROVED' OR first_approved_by = '' OR first_approved_by <> decided_by)
);
CREATE UNIQUE INDEX review_open ON review (contractor_id) WHERE state IN ('OPEN', 'CLAIMED', 'PENDING_SECOND');
CREATE INDEX review_queue ON review (priority, id) WHERE state IN ('OPEN', 'CLAIMED', 'PENDING_SECOND');
CREATE INDEX review_of_contractor ON review (contractor_id, id);

-- A list by name, pointing at the version that is screened against: one UPDATE swaps it.
CREATE TABLE watchlist (
    list       text PRIMARY KEY,
    current_id uuid
);

CREATE TABLE watchlist_version (
    id             uuid        PRIMARY KEY,
    list           text        NOT NULL REFERENCES watchlist,
    version        text        NOT NULL,   -- SHA-256 over the files
    format         text        NOT NULL,
    entries        int         NOT NULL,
    rejected_lines int         NOT NULL,
    imported_by    text        NOT NULL,
    imported_at    timestamptz NOT NULL,
    UNIQUE (list, version)
);
ALTER TABLE watchlist ADD FOREIGN KEY (current_id) REFERENCES watchlist_version;

-- Public data of the issuers, no personal data of ours.
CREATE TABLE watchlist_entry (
    version_id uuid  NOT NULL REFERENCES watchlist_version,
    entry_id   text  NOT NULL,
    entry      jsonb NOT NULL,
    PRIMARY KEY (version_id, entry_id)
);

-- The last screening of a contractor; its findings quote names and so lie in personal_data.
CREATE TABLE screening (
    contractor_id       uuid        PRIMARY KEY REFERENCES contractor,
    subject_fingerprint text        NOT NULL,
    state               text        NOT NULL CHECK (state IN ('NO_HIT', 'IN_REVIEW', 'CONFIRMED', 'ERROR')),
    -- "list@version,..." in order: a row whose key is not that of the current lists is screened again
    lists_key           text        NOT NULL,
    watched             boolean     NOT NULL,   -- false once the case is over
    screened_at         timestamptz NOT NULL,
    faults              jsonb       NOT NULL  -- why it could not be done whole: codes and names of lists
);
CREATE INDEX screening_lists ON screening (lists_key) WHERE watched;

-- What people decided about hits: kept for ever, never changed; an erasure takes the fingerprint of the person's names.
CREATE TABLE screening_decision (
    id                  uuid        PRIMARY KEY,  -- version 7: in the order of the decisions
    contractor_id       uuid        NOT NULL REFERENCES contractor,
    list                text        NOT NULL,
    entry_id            text        NOT NULL,
    entry_fingerprint   text        NOT NULL,
    subject_fingerprint text        NOT NULL,
    verdict             text        NOT NULL CHECK (verdict IN ('FALSE_POSITIVE', 'TRUE_MATCH')),
    decided_by          text        NOT NULL,
    reason              bytea       NOT NULL,     -- sealed
    decided_at          timestamptz NOT NULL
);
CREATE INDEX screening_decision_contractor ON screening_decision (contractor_id, id);
