-- Accounts paid from, payout runs, their lines (attempts), approvals and screenings.

CREATE TABLE funding_account (
    id                    uuid        PRIMARY KEY,
    organisation_id       uuid        NOT NULL,
    bank                  text        NOT NULL,
    account               text        NOT NULL,
    bic                   text        NOT NULL,
    currency              char(3)     NOT NULL,
    holder_name           text        NOT NULL,
    bank_account_id       bigint      NOT NULL REFERENCES ledger_account,  -- what the bank's books hold
    settlement_account_id bigint      NOT NULL REFERENCES ledger_account,  -- what the client may spend
    in_transit_account_id bigint      NOT NULL REFERENCES ledger_account,  -- sent, not booked: returns to zero
    version               bigint      NOT NULL,
    created_at            timestamptz NOT NULL,
    -- another client may name the same one: whose it is the platform settles, and tells neither
    CONSTRAINT funding_account_once UNIQUE (organisation_id, bank, account, currency)
);
CREATE INDEX funding_account_number ON funding_account (bank, account, currency);
CREATE INDEX funding_account_organisation ON funding_account (organisation_id, id);

CREATE TABLE deposit (
    id                 uuid        PRIMARY KEY,
    funding_account_id uuid        NOT NULL REFERENCES funding_account,
    bank_reference     text        NOT NULL,
    amount_minor       bigint      NOT NULL CHECK (amount_minor > 0),
    created_at         timestamptz NOT NULL,
    CONSTRAINT deposit_once UNIQUE (funding_account_id, bank_reference)
);

-- How many people approve a run from an amount on; the highest threshold reached counts. No row: one.
CREATE TABLE approval_policy (
    organisation_id    uuid    NOT NULL,
    currency           char(3) NOT NULL,
    from_minor         bigint  NOT NULL CHECK (from_minor >= 0),
    approvals_required int     NOT NULL CHECK (approvals_required BETWEEN 1 AND 20),
    PRIMARY KEY (organisation_id, currency, from_minor)
);

CREATE TABLE run (
    id                  uuid        PRIMARY KEY,
    organisation_id     uuid        NOT NULL,
    funding_account_id  uuid        NOT NULL REFERENCES funding_account,
    currency            char(3)     NOT NULL,
    mode                text        NOT NULL CHECK (mode IN ('ATOMIC', 'PARTIAL')),
    state               text        NOT NULL CHECK (state IN ('DRAFT', 'CALCULATED', 'PENDING_APPROVAL', 'APPROVED', 'EXECUTING',
                                                              'CLOSED', 'APPROVAL_EXPIRED', 'CANCELLED')),
    digest              text        NOT NULL,
    net_total_minor     bigint      NOT NULL,
    line_count          bigint      NOT NULL,
    maker               text        NOT NULL,
    last_editor         text        NOT NULL,
    round               int         NOT NULL,  -- a recall or a rejection begins a new round: earlier approvals are void
    approvals_required  int         NOT NULL,
    approval_expires_at timestamptz,
    value_date          date        NOT NULL,
    external_id         text        NOT NULL,
    screening_until     timestamptz,           -- payees who have not answered by then are held
    version             bigint      NOT NULL,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);
CREATE INDEX run_organisation ON run (organisation_id, id DESC);
CREATE INDEX run_executing ON run (id) WHERE state = 'EXECUTING';
CREATE UNIQUE INDEX run_external_id ON run (organisation_id, external_id) WHERE external_id <> '';

CREATE TABLE run_approval (
    run_id      uuid        NOT NULL REFERENCES run,
    round       int         NOT NULL,
    approver    text        NOT NULL,
    digest      text        NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT run_approval_once PRIMARY KEY (run_id, round, approver)
);

CREATE TABLE run_screening (
    run_id        uuid        NOT NULL REFERENCES run,
    contractor_id uuid        NOT NULL,
    requested_at  timestamptz NOT NULL,
    result        text        NOT NULL DEFAULT '',  -- '' until the answer to this run came
    PRIMARY KEY (run_id, contractor_id)
);

CREATE TABLE attempt (
    id                    uuid        PRIMARY KEY DEFAULT uuidv7(),
    obligation_id         uuid        NOT NULL REFERENCES obligation,
    run_id                uuid        NOT NULL REFERENCES run,
    organisation_id       uuid        NOT NULL,
    contractor_id         uuid        NOT NULL,
    funding_account_id    uuid        NOT NULL,
    number                int         NOT NULL CHECK (number BETWEEN 1 AND 4095),
    end_to_end_id         text        NOT NULL CONSTRAINT attempt_end_to_end_id UNIQUE CHECK (length(end_to_end_id) <= 35),
    state                 text        NOT NULL CHECK (state IN ('PLANNED', 'HELD', 'READY', 'QUOTED', 'RESERVED', 'SUBMITTING', 'ACCEPTED',
                                                                'CREDITED', 'RETURNED', 'RECALLED', 'REJECTED', 'UNKNOWN', 'CANCELLED')),
    payout_method_id      uuid,
    payout_method_version int         NOT NULL,
    partner_bank          text        NOT NULL,
    gross_minor           bigint      NOT NULL,
    fees_minor            bigint      NOT NULL DEFAULT 0,
    withheld_minor        bigint      NOT NULL DEFAULT 0,
    net_minor             bigint      NOT NULL,
    credited_minor        bigint,       -- what the beneficiary's bank reported
    returned_minor        bigint,
    currency              char(3)     NOT NULL,
    rail                  text        NOT NULL,
    value_date            date        NOT NULL,
    topped_up             boolean     NOT NULL DEFAULT false,  -- credited short, and finance has had the rest planned
    bank_message_id       uuid,         -- the file it went out in
    answered              boolean     NOT NULL DEFAULT false,  -- a status report has spoken of it
    booking_entry_key     text        NOT NULL DEFAULT '',     -- the one entry that debits us; empty while only an inquiry told
    return_entry_key      text        NOT NULL DEFAULT '',     -- the one entry and the one pacs.004 of its return
    return_message_key    text        NOT NULL DEFAULT '',
    failure_code          text        NOT NULL DEFAULT '',
    bank_code             text        NOT NULL DEFAULT '',
    failure_text          bytea,        -- the bank's words, sealed for the contractor; NULL: none
    inquired_at           timestamptz,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    UNIQUE (obligation_id, number),
    CHECK (net_minor = gross_minor - fees_minor - withheld_minor)
) WITH (fillfactor = 80);
-- No contractor is paid twice: at most one live try per obligation, whatever races.
CREATE UNIQUE INDEX attempt_one_live ON attempt (obligation_id)
    WHERE state NOT IN ('REJECTED', 'RETURNED', 'RECALLED', 'CANCELLED') AND NOT topped_up;
CREATE INDEX attempt_run ON attempt (run_id, state);
CREATE INDEX attempt_organisation ON attempt (organisation_id, id DESC);
CREATE INDEX attempt_bank_message ON attempt (bank_message_id) WHERE bank_message_id IS NOT NULL;
CREATE INDEX attempt_unanswered ON attempt (bank_message_id) WHERE state IN ('SUBMITTING', 'ACCEPTED') AND NOT answered;
CREATE INDEX attempt_overdue ON attempt (value_date) WHERE state IN ('SUBMITTING', 'ACCEPTED');
CREATE INDEX attempt_unknown ON attempt (inquired_at) WHERE state = 'UNKNOWN';

CREATE TABLE attempt_hold (
    attempt_id uuid        NOT NULL REFERENCES attempt,
    code       text        NOT NULL,
    message    text        NOT NULL,
    who_acts   text        NOT NULL,
    remedy     text        NOT NULL,
    due_at     timestamptz,
    subject    text        NOT NULL,  -- id as text of what is blocked or blocking
    PRIMARY KEY (attempt_id, code)
);

-- Deterministic and never used again: K, the obligation's UUID without its version digit, the number of the try as up to three
-- hexadecimal digits. 35 characters at most.
CREATE FUNCTION end_to_end_id(obligation_id uuid, number int) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN upper('k' || overlay(replace(obligation_id::text, '-', '') PLACING '' FROM 13 FOR 1) || to_hex(number));

-- What stands in the way of paying these obligations now, by rule: PlanRun holds by it, ExecuteRun looks for drift with it, a bank
-- file is not written against it, and WhyNotPaid tells it. It reads bank_entry, which a later migration makes.
SET LOCAL check_function_bodies = off;
CREATE FUNCTION payout_blockers(p_obligation_ids uuid[], p_at timestamptz)
RETURNS TABLE (obligation_id uuid, code text, due_at timestamptz, subject_kind text, subject_id uuid, detail text)
LANGUAGE sql STABLE AS $$
    WITH owed AS (
        SELECT o.id, o.contractor_id, o.currency, o.amount_minor - o.credited_minor AS outstanding_minor, o.state, o.attempts,
               o.created_at, o.work_item_ids, p.contractor_id AS payee_id, p.case_state, p.receive_payout, p.reason_code,
               p.screening_result, m.id AS method_id, m.usable_from
        FROM obligation o
        JOIN unnest(p_obligation_ids) AS asked (id) ON asked.id = o.id
        LEFT JOIN payee p ON p.contractor_id = o.contractor_id
        LEFT JOIN payout_method m ON m.contractor_id = o.contractor_id AND m.currency = o.currency AND m.state = 'CURRENT'
    )
    SELECT id, 'AMOUNT_NOT_POSITIVE', NULL::timestamptz, 'obligation', id, '' FROM owed WHERE outstanding_minor <= 0
    UNION ALL
    SELECT id, 'TRIES_USED_UP', NULL, 'obligation', id, '' FROM owed WHERE state IN ('OPEN', 'SHORT_PAID') AND attempts >= 4095
    UNION ALL
    SELECT id, 'PAYEE_UNKNOWN', NULL, 'contractor', contractor_id, '' FROM owed WHERE payee_id IS NULL
    UNION ALL
    SELECT id, 'CONTRACTOR_STATE', NULL, 'contractor', contractor_id, case_state FROM owed
    WHERE payee_id IS NOT NULL AND case_state NOT IN ('APPROVED', 'APPROVED_WITH_DUE', 'REVERIFY_DUE', 'RESTRICTED')
    UNION ALL
    SELECT id, 'CAPABILITY_MISSING', NULL, 'contractor', contractor_id, reason_code FROM owed
    WHERE payee_id IS NOT NULL AND receive_payout <> 'ACTIVE'
    UNION ALL
    SELECT id, CASE screening_result WHEN 'ERROR' THEN 'SCREENING_INCOMPLETE' ELSE 'SCREENING_HIT' END, NULL, 'contractor',
        contractor_id, screening_result FROM owed
    WHERE screening_result NOT IN ('', 'NO_HIT')
    UNION ALL
    SELECT id, 'PAYOUT_METHOD_MISSING', NULL, 'contractor', contractor_id, currency FROM owed WHERE method_id IS NULL
    UNION ALL
    SELECT id, 'PAYOUT_METHOD_COOLING_OFF', usable_from, 'method', method_id, '' FROM owed WHERE usable_from > p_at
    UNION ALL
    -- the older invoice may be paid, and the newer one once the older is cancelled; what went out already blocks either
    SELECT l.id, 'DUPLICATE_WORK', NULL, 'obligation', (array_agg(o.id ORDER BY o.created_at, o.id))[1], ''
    FROM owed l
    JOIN obligation_work_item w ON w.work_item_id = ANY(l.work_item_ids) AND w.obligation_id <> l.id
    JOIN obligation o ON o.id = w.obligation_id
    WHERE o.state <> 'CANCELLED'
      AND ((o.created_at, o.id) < (l.created_at, l.id) OR o.state IN ('IN_FLIGHT', 'PAID', 'SHORT_PAID'))
    GROUP BY l.id
    UNION ALL
    -- the bank took money for a try that had failed, and has not given it back: another try would pay twice
    SELECT l.id, 'DEBITED_BY_BANK', NULL, 'attempt', a.id, a.end_to_end_id
    FROM owed l
    JOIN attempt a ON a.obligation_id = l.id
    JOIN funding_account f ON f.id = a.funding_account_id
    JOIN bank_entry e ON e.attempt_id = a.id AND (e.kind = 'DEBIT' OR e.account = f.account)
    GROUP BY l.id, a.id, a.end_to_end_id
    HAVING bool_or(e.kind = 'DEBIT' AND e.outcome <> 'MATCHED')
       AND sum(CASE e.kind WHEN 'DEBIT' THEN e.amount_minor ELSE -e.amount_minor END) > 0
$$;
SET LOCAL check_function_bodies = on;
