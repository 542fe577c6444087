-- Freelancer accounts kept by partner banks, and the credits on them.

CREATE TABLE freelancer_account (
    id              uuid        PRIMARY KEY,
    contractor_id   uuid        NOT NULL,
    bank            text        NOT NULL,
    currency        char(3)     NOT NULL,
    tracking_number text        NOT NULL UNIQUE,
    state           text        NOT NULL CHECK (state IN ('APPLIED', 'UNDER_REVIEW', 'DECLINED', 'OPENED_DEBIT_BLOCKED', 'ACTIVE', 'FROZEN',
                                                          'DORMANT', 'CLOSED')),
    credited_minor  bigint      NOT NULL DEFAULT 0,
    decision_due_at timestamptz NOT NULL,
    version         bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
-- A declined or closed account makes room for another application.
CREATE UNIQUE INDEX freelancer_account_once ON freelancer_account (contractor_id, bank, currency) WHERE state NOT IN ('DECLINED', 'CLOSED');

CREATE TABLE credit (
    id             uuid        PRIMARY KEY,
    account_id     uuid        NOT NULL REFERENCES freelancer_account,
    attempt_id     uuid        NOT NULL CONSTRAINT credit_once UNIQUE REFERENCES attempt,
    end_to_end_id  text        NOT NULL,
    expected_minor bigint      NOT NULL,
    credited_minor bigint,
    currency       char(3)     NOT NULL,
    state          text        NOT NULL CHECK (state IN ('ADVICE_RECEIVED', 'AWAITING_FORM_R', 'PROCESSING', 'SPLIT', 'CREDITED', 'CERTIFIED',
                                                         'RETURNED')),
    short_credit   boolean     NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX credit_account ON credit (account_id, id DESC);
