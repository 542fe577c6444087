-- Organisations, purchase orders, contracts, work, invoices. Amounts are minor units of the row's currency.

CREATE TABLE organisation (
    id          uuid        PRIMARY KEY,
    legal_name  text        NOT NULL,
    country     char(2)     NOT NULL,
    external_id text        NOT NULL DEFAULT '',
    version     bigint      NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX organisation_external_id ON organisation (external_id) WHERE external_id <> '';

-- The checks make overspending impossible whatever the code above them does.
CREATE TABLE purchase_order (
    id              uuid        PRIMARY KEY,
    organisation_id uuid        NOT NULL REFERENCES organisation,
    number          text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    currency        char(3)     NOT NULL,
    ceiling_minor   bigint      NOT NULL CHECK (ceiling_minor > 0),
    committed_minor bigint      NOT NULL DEFAULT 0,
    invoiced_minor  bigint      NOT NULL DEFAULT 0,
    tolerance_bps   int         NOT NULL CHECK (tolerance_bps BETWEEN 0 AND 10000),
    version         bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    CONSTRAINT purchase_order_number UNIQUE (organisation_id, number),
    CONSTRAINT purchase_order_budget
        CHECK (committed_minor >= 0 AND invoiced_minor >= 0 AND committed_minor + invoiced_minor <= ceiling_minor)
);
CREATE INDEX purchase_order_tenant ON purchase_order (organisation_id, id);

CREATE TABLE purchase_order_line (
    purchase_order_id uuid   NOT NULL REFERENCES purchase_order,
    organisation_id   uuid   NOT NULL,
    line_number       int    NOT NULL,
    description       text   NOT NULL,
    cost_centre       text   NOT NULL,
    ceiling_minor     bigint NOT NULL CHECK (ceiling_minor > 0),
    PRIMARY KEY (purchase_order_id, line_number)
);

CREATE TABLE purchase_order_amendment (
    id                bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    purchase_order_id uuid        NOT NULL REFERENCES purchase_order,
    organisation_id   uuid        NOT NULL,
    version           bigint      NOT NULL,  -- of the purchase order after it
    line_number       int         NOT NULL,
    from_minor        bigint      NOT NULL,
    to_minor          bigint      NOT NULL CHECK (to_minor <> from_minor),
    actor             text        NOT NULL,
    reason            text        NOT NULL,
    occurred_at       timestamptz NOT NULL
);
CREATE INDEX purchase_order_amendment_order ON purchase_order_amendment (purchase_order_id, id);

CREATE TABLE contract (
    id                    uuid        PRIMARY KEY,
    organisation_id       uuid        NOT NULL REFERENCES organisation,
    contractor_id         uuid        NOT NULL,  -- of onboarding: known here by its events only
    purchase_order_id     uuid        NOT NULL REFERENCES purchase_order,
    state                 text        NOT NULL CHECK (state IN (
        'DRAFT', 'PENDING_APPROVAL', 'AWAITING_CLIENT_SIGNATURE', 'AWAITING_CONTRACTOR_SIGNATURE', 'SCHEDULED', 'ACTIVE',
        'PAUSED', 'ENDING', 'ENDED', 'VOIDED', 'DECLINED', 'EXPIRED')),
    kind                  text        NOT NULL CHECK (kind IN ('FIXED', 'TIME', 'SESSION')),
    terms                 jsonb       NOT NULL,
    terms_version         int         NOT NULL CHECK (terms_version > 0),
    currency              char(3)     NOT NULL,
    total_minor           bigint      NOT NULL CHECK (total_minor > 0),
    start_date            date        NOT NULL,
    document_sha256       text        NOT NULL DEFAULT '',
    invitation_expires_at timestamptz,
    external_id           text        NOT NULL DEFAULT '',
    version               bigint      NOT NULL,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL
);
CREATE INDEX contract_tenant ON contract (organisation_id, id);
CREATE INDEX contract_contractor ON contract (contractor_id, id);
CREATE UNIQUE INDEX contract_external_id ON contract (organisation_id, external_id) WHERE external_id <> '';
CREATE INDEX contract_to_expire ON contract (invitation_expires_at) WHERE state = 'AWAITING_CONTRACTOR_SIGNATURE';
CREATE INDEX contract_to_start ON contract (start_date) WHERE state = 'SCHEDULED';

CREATE TABLE contract_signature (
    contract_id     uuid        NOT NULL REFERENCES contract,
    organisation_id uuid        NOT NULL,
    terms_version   int         NOT NULL,
    party           text        NOT NULL CHECK (party IN ('CLIENT', 'CONTRACTOR')),
    signer_name     bytea       NOT NULL,  -- sealed for who signed: the contractor, or the client
    signed_by       text        NOT NULL,
    signed_at       timestamptz NOT NULL,
    document_sha256 text        NOT NULL,
    PRIMARY KEY (contract_id, terms_version, party)
);

-- What the parties signed, as they saw it: written once per version of the terms.
CREATE TABLE contract_document (
    contract_id     uuid        NOT NULL REFERENCES contract,
    organisation_id uuid        NOT NULL,
    terms_version   int         NOT NULL,
    sha256          text        NOT NULL CHECK (length(sha256) = 64),  -- of the PDF as it was signed
    pdf             bytea       NOT NULL,  -- sealed for the contractor
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (contract_id, terms_version)
);
ALTER TABLE contract_document ALTER COLUMN pdf SET STORAGE EXTERNAL;  -- sealed bytes cannot be compressed

-- Part of its purchase order: how much of it one contract holds. Sum of remaining_minor = purchase_order.committed_minor.
CREATE TABLE commitment (
    contract_id       uuid   PRIMARY KEY REFERENCES contract,
    purchase_order_id uuid   NOT NULL REFERENCES purchase_order,
    organisation_id   uuid   NOT NULL,
    reserved_minor    bigint NOT NULL CHECK (reserved_minor > 0),
    remaining_minor   bigint NOT NULL CHECK (remaining_minor BETWEEN 0 AND reserved_minor),
    invoiced_minor    bigint NOT NULL DEFAULT 0 CHECK (invoiced_minor >= 0)
);
CREATE INDEX commitment_purchase_order ON commitment (purchase_order_id);

CREATE TABLE invoice (
    id                uuid        PRIMARY KEY,
    organisation_id   uuid        NOT NULL REFERENCES organisation,
    contractor_id     uuid        NOT NULL,
    contract_id       uuid        NOT NULL REFERENCES contract,
    terms_version     int         NOT NULL,
    purchase_order_id uuid        NOT NULL REFERENCES purchase_order,
    number            text        NOT NULL,
    state             text        NOT NULL CHECK (state IN (
        'DRAFT', 'ISSUED', 'MATCHED', 'MATCH_EXCEPTION', 'APPROVED', 'SCHEDULED', 'PAID', 'RETURNED', 'VOID', 'CREDITED',
        'EXTERNALLY_PAID')),
    currency          char(3)     NOT NULL,
    total_minor       bigint      NOT NULL CHECK (total_minor > 0),
    paid_minor        bigint      NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
    issue_date        date        NOT NULL,
    due_date          date        NOT NULL,
    holds             jsonb       NOT NULL DEFAULT '[]',
    accepted_by       text        NOT NULL,  -- who accepted the work: somebody else approves an exception
    version           bigint      NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT invoice_number UNIQUE (contractor_id, number)
);
CREATE INDEX invoice_tenant ON invoice (organisation_id, id);
CREATE INDEX invoice_contract ON invoice (contract_id, id);

-- Gap-free: the row stays locked until its transaction ends, and a rollback takes the number back.
CREATE TABLE invoice_counter (
    contractor_id uuid   NOT NULL,
    year          int    NOT NULL,
    last          bigint NOT NULL CHECK (last > 0),
    PRIMARY KEY (contractor_id, year)
) WITH (fillfactor = 70);

CREATE TABLE work_item (
    id              uuid        PRIMARY KEY,
    contract_id     uuid        NOT NULL REFERENCES contract,
    terms_version   int         NOT NULL,
    organisation_id uuid        NOT NULL REFERENCES organisation,
    contractor_id   uuid        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('MILESTONE', 'TIMESHEET', 'SESSION')),
    state           text        NOT NULL CHECK (state IN (
        'PLANNED', 'FUNDED', 'IN_PROGRESS', 'OPEN', 'SUBMITTED', 'CHANGES_REQUESTED', 'RETURNED', 'ACCEPTED', 'APPROVED', 'DISPUTED',
        'SPLIT', 'CANCELLED', 'REQUESTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED_LATE', 'NO_SHOW_CLIENT', 'NO_SHOW_CONTRACTOR',
        'INVOICED', 'PAID')),
    currency        char(3)     NOT NULL,
    amount_minor    bigint      NOT NULL CHECK (amount_minor >= 0),
    price_lines     jsonb       NOT NULL,
    details         jsonb       NOT NULL,
    notes           bytea,      -- what the contractor wrote in its timesheet, sealed for it: a JSON list, one for each entry
    week_start      date        CHECK (extract(isodow FROM week_start) = 1),
    place           int,        -- number of a milestone within its contract
    invoice_id      uuid        REFERENCES invoice,
    auto_accept_at  timestamptz,
    version         bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT work_item_week UNIQUE (contract_id, week_start),
    CONSTRAINT work_item_place UNIQUE (contract_id, place)
);
CREATE INDEX work_item_tenant ON work_item (organisation_id, id);
CREATE INDEX work_item_contractor ON work_item (contractor_id, id);
CREATE INDEX work_item_contract ON work_item (contract_id, id);
CREATE INDEX work_item_silent ON work_item (auto_accept_at, id) WHERE auto_accept_at IS NOT NULL;

CREATE TABLE invoice_line (
    invoice_id      uuid    NOT NULL REFERENCES invoice,
    organisation_id uuid    NOT NULL,
    place           int     NOT NULL,
    work_item_id    uuid    NOT NULL REFERENCES work_item,
    description     text    NOT NULL,
    amount_minor    bigint  NOT NULL,
    live            boolean NOT NULL DEFAULT true,  -- false once the invoice is void
    PRIMARY KEY (invoice_id, place)
);
-- The same work is never on two invoices that count.
CREATE UNIQUE INDEX invoice_line_one_live ON invoice_line (work_item_id) WHERE live;

-- Projection of onboarding's events: what a contractor may do.
CREATE TABLE contractor_capability (
    contractor_id uuid NOT NULL,
    capability    text NOT NULL,
    state         text NOT NULL,
    reason_code   text NOT NULL,
    PRIMARY KEY (contractor_id, capability)
);
