-- Files to and from banks, their entries, and what needs a person.

CREATE TABLE bank_message (
    id                 uuid        PRIMARY KEY,
    bank               text        NOT NULL,
    direction          text        NOT NULL CHECK (direction IN ('OUT', 'IN')),
    type               text        NOT NULL,
    message_id         text        NOT NULL,
    sha256             text        NOT NULL CHECK (length(sha256) = 64),  -- of the bytes as they travel
    content            bytea       NOT NULL,  -- sealed for the organisation, or for the service
    state              text        NOT NULL CHECK (state IN ('PREPARED', 'WRITTEN', 'SENT', 'UNCERTAIN', 'REFUSED', 'PROCESSED', 'UNREADABLE')),
    items              int         NOT NULL,
    error              text        NOT NULL DEFAULT '',
    run_id             uuid,
    funding_account_id uuid,
    organisation_id    uuid,
    not_before         timestamptz,  -- a file that could not be handed over waits until then
    handovers          int         NOT NULL DEFAULT 0 CHECK (handovers >= 0),  -- how often its bytes may have reached the bank
    sent_at            timestamptz,
    created_at         timestamptz NOT NULL,
    CHECK (state IN ('PROCESSED', 'UNREADABLE') = (direction = 'IN'))
);
ALTER TABLE bank_message ALTER COLUMN content SET STORAGE EXTERNAL;  -- sealed bytes cannot be compressed
-- A file is written once under its message id; its bytes never change.
CREATE UNIQUE INDEX bank_message_out_id ON bank_message (bank, message_id) WHERE direction = 'OUT';
CREATE UNIQUE INDEX bank_message_out_bytes ON bank_message (sha256) WHERE direction = 'OUT';
-- A message handed over twice has one effect.
CREATE UNIQUE INDEX bank_message_in ON bank_message (bank, message_id, sha256) WHERE direction = 'IN';
CREATE INDEX bank_message_prepared ON bank_message (run_id, id) WHERE state = 'PREPARED';
CREATE INDEX bank_message_to_send ON bank_message (created_at) WHERE state = 'WRITTEN';
CREATE INDEX bank_message_awaiting ON bank_message (sent_at) WHERE direction = 'OUT' AND state IN ('SENT', 'UNCERTAIN');
CREATE INDEX bank_message_run ON bank_message (run_id, id DESC) WHERE run_id IS NOT NULL;

CREATE FUNCTION bank_message_keep_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.sha256, NEW.message_id, NEW.bank) IS DISTINCT FROM (OLD.content, OLD.sha256, OLD.message_id, OLD.bank) THEN
        RAISE EXCEPTION 'a bank file is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_message_bytes BEFORE UPDATE ON bank_message FOR EACH ROW EXECUTE FUNCTION bank_message_keep_bytes();

-- Each movement on an account is matched once, by the key it has in every message that reports it.
CREATE TABLE bank_entry (
    bank            text        NOT NULL,
    entry_key       text        NOT NULL,
    bank_message_id uuid        NOT NULL REFERENCES bank_message,
    account         text        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('DEBIT', 'CREDIT')),
    amount_minor    bigint      NOT NULL,
    currency        char(3)     NOT NULL,
    end_to_end_id   text        NOT NULL,
    is_return       boolean     NOT NULL,
    booked_on       date,
    attempt_id      uuid,
    outcome         text        NOT NULL,       -- MATCHED, or the code of the exception
    confirmed_by    uuid,                       -- the statement (camt.053) that shows it
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (bank, entry_key)
);
CREATE INDEX bank_entry_attempt ON bank_entry (attempt_id) WHERE attempt_id IS NOT NULL;

-- A return that was told before its debit waits for that.
CREATE TABLE early_return (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt_id   uuid        NOT NULL REFERENCES attempt,
    field        text        NOT NULL CHECK (field IN ('return_entry_key', 'return_message_key')),
    key          text        NOT NULL,
    amount_minor bigint      NOT NULL,
    currency     text        NOT NULL,
    reason_code  text,
    text         bytea,      -- the bank's words, sealed for the contractor; NULL: none
    created_at   timestamptz NOT NULL,
    replayed_at  timestamptz
);
CREATE INDEX early_return_waiting ON early_return (attempt_id) WHERE replayed_at IS NULL;

CREATE TABLE reconciliation_exception (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank_message_id uuid        REFERENCES bank_message,  -- NULL: found by an inquiry
    code            text        NOT NULL,
    message         text        NOT NULL,
    amount_minor    bigint      NOT NULL,
    currency        text        NOT NULL,
    end_to_end_id   text        NOT NULL,
    created_at      timestamptz NOT NULL
);

-- A bank may send names of any length, hence a hash.
CREATE INDEX reconciliation_exception_payment ON reconciliation_exception USING hash (end_to_end_id);

-- Two people settle what the bank cannot answer.
CREATE TABLE unknown_resolution (
    attempt_id   uuid        PRIMARY KEY REFERENCES attempt,
    resolution   text        NOT NULL CHECK (resolution IN ('EXECUTED', 'NOT_EXECUTED')),
    evidence     bytea       NOT NULL,  -- sealed for the organisation, as the confirmation
    proposed_by  text        NOT NULL,
    proposed_at  timestamptz NOT NULL,
    confirmed_by text        NOT NULL DEFAULT '',
    confirmation bytea,
    confirmed_at timestamptz,
    CHECK (confirmed_by <> proposed_by)
);
