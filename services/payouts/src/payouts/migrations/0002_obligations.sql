-- Who may be paid, where, and what is owed to them.

-- What onboarding has told of a contractor; no personal data but the sealed instruction.
CREATE TABLE payee (
    contractor_id    uuid PRIMARY KEY,
    case_state       text        NOT NULL DEFAULT '',
    receive_payout   text        NOT NULL DEFAULT '',  -- state of the capability RECEIVE_PAYOUT
    reason_code      text        NOT NULL DEFAULT '',
    screening_result text        NOT NULL DEFAULT '',
    screened_at      timestamptz,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE payout_method (
    id            uuid        PRIMARY KEY,
    contractor_id uuid        NOT NULL,
    version       int         NOT NULL,
    country       char(2)     NOT NULL,
    currency      char(3)     NOT NULL,
    usable_from   timestamptz NOT NULL,
    sealed        bytea       NOT NULL,  -- HPKE; opened only in memory, while a bank file is written
    partner_bank  text        NOT NULL,
    state         text        NOT NULL CHECK (state IN ('CURRENT', 'SUPERSEDED', 'DISABLED')),
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX payout_method_current ON payout_method (contractor_id, currency) WHERE state = 'CURRENT';

CREATE TABLE obligation (
    id              uuid        PRIMARY KEY,
    invoice_id      uuid        NOT NULL CONSTRAINT obligation_invoice UNIQUE,  -- natural key, for ever
    invoice_number  text        NOT NULL,
    organisation_id uuid        NOT NULL,
    contractor_id   uuid        NOT NULL,
    contract_id     uuid        NOT NULL,
    terms_version   int         NOT NULL,
    work_item_ids   uuid[]      NOT NULL,
    amount_minor    bigint      NOT NULL,
    credited_minor  bigint      NOT NULL DEFAULT 0 CHECK (credited_minor >= 0),
    currency        char(3)     NOT NULL,
    due_date        date,
    state           text        NOT NULL
        CHECK (state IN ('OPEN', 'SCHEDULED', 'IN_FLIGHT', 'PAID', 'SHORT_PAID', 'CANCELLED')),
    attempts        int         NOT NULL DEFAULT 0,
    version         bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX obligation_organisation ON obligation (organisation_id, id DESC);
CREATE INDEX obligation_contractor ON obligation (contractor_id, id DESC);
CREATE INDEX obligation_open ON obligation (organisation_id, currency, due_date) WHERE state = 'OPEN';

-- The same work on two invoices is paid once: the duplicate guard looks here.
CREATE TABLE obligation_work_item (
    work_item_id  uuid NOT NULL,
    obligation_id uuid NOT NULL REFERENCES obligation,
    PRIMARY KEY (work_item_id, obligation_id)
);
