-- The double-entry ledger. The application reads it and posts through the functions below; it has no right to write the tables.
-- Debits are positive, credits negative. A client's money is a liability: its settlement account stands below zero.

CREATE TABLE ledger_account (
    id              bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path            text    NOT NULL UNIQUE CHECK (length(path) BETWEEN 1 AND 200),
    currency        char(3) NOT NULL,
    organisation_id uuid,
    guarded         boolean NOT NULL,  -- what is owed on it may be neither spent twice nor overdrawn
    UNIQUE (id, currency)
);
CREATE INDEX ledger_account_organisation ON ledger_account (organisation_id, path);

CREATE TABLE ledger_balance (
    account_id    bigint  PRIMARY KEY REFERENCES ledger_account,
    balance_minor bigint  NOT NULL DEFAULT 0,
    held_minor    bigint  NOT NULL DEFAULT 0 CONSTRAINT ledger_balance_held CHECK (held_minor >= 0),
    guarded       boolean NOT NULL,
    CONSTRAINT ledger_balance_available CHECK (NOT guarded OR -balance_minor - held_minor >= 0)
) WITH (fillfactor = 70);

CREATE TABLE ledger_transaction (
    id        uuid        PRIMARY KEY,
    kind      text        NOT NULL CHECK (kind ~ '^[A-Z][A-Z_]{2,39}$'),
    reference text        NOT NULL CHECK (reference <> ''),
    linked_to uuid        REFERENCES ledger_transaction,  -- what a compensating entry compensates
    posted_at timestamptz NOT NULL DEFAULT now(),
    -- one effect per cause, whatever the caller does
    CONSTRAINT ledger_transaction_once UNIQUE (kind, reference)
);

CREATE TABLE ledger_posting (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id uuid        NOT NULL REFERENCES ledger_transaction,
    account_id     bigint      NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor <> 0),
    currency       char(3)     NOT NULL,
    reference      text        NOT NULL,  -- attempt or deposit; empty for the netted side of a batch
    posted_at      timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (account_id, currency) REFERENCES ledger_account (id, currency)
);
CREATE INDEX ledger_posting_account ON ledger_posting (account_id, id);
CREATE INDEX ledger_posting_transaction ON ledger_posting (transaction_id);
CREATE INDEX ledger_posting_reference ON ledger_posting (reference) WHERE reference <> '';

CREATE TABLE ledger_hold (
    reference      text        PRIMARY KEY,  -- attempt
    account_id     bigint      NOT NULL REFERENCES ledger_account,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    state          text        NOT NULL CHECK (state IN ('OPEN', 'POSTED', 'VOIDED')),
    expires_at     timestamptz NOT NULL,
    transaction_id uuid        REFERENCES ledger_transaction,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'POSTED') = (transaction_id IS NOT NULL))
);
CREATE INDEX ledger_hold_open ON ledger_hold (expires_at) WHERE state = 'OPEN';

-- Not even the owner edits what was posted.
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: post a compensating transaction' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- Postings of one transaction come in one statement, whoever inserts them.
CREATE FUNCTION ledger_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_posting GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'a ledger transaction does not sum to zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_zero_sum';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_posting_zero_sum AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_posting FOR EACH STATEMENT EXECUTE FUNCTION ledger_zero_sum();

-- The functions run as the owner of the schema: their search path is pinned, temporary tables last, so that nobody can put a
-- table of his own in the way.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE FUNCTION ledger_open_account(p_path text, p_currency text, p_organisation_id uuid, p_guarded boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    found bigint;
BEGIN
    INSERT INTO ledger_account (path, currency, organisation_id, guarded)
    VALUES (p_path, p_currency, p_organisation_id, p_guarded) ON CONFLICT (path) DO NOTHING;
    SELECT id INTO STRICT found FROM ledger_account WHERE path = p_path AND currency = p_currency AND guarded = p_guarded;
    INSERT INTO ledger_balance (account_id, guarded) VALUES (found, p_guarded) ON CONFLICT DO NOTHING;
    RETURN found;
END $$;

-- A missing row locks nothing, so it is put in first; rows are locked in the order of their ids.
CREATE FUNCTION ledger_lock(p_accounts bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO ledger_balance (account_id, guarded)
    SELECT a.id, a.guarded FROM ledger_account a WHERE a.id = ANY(p_accounts) ORDER BY a.id ON CONFLICT DO NOTHING;
    PERFORM FROM ledger_balance WHERE account_id = ANY(p_accounts) ORDER BY account_id FOR UPDATE;
END $$;

-- Posts many transactions at once: p_ids .. p_links describe them, p_transactions .. p_posting_references their postings.
-- p_holds: references of open holds that these postings use up. Balances move once per account, whatever the number of lines.
CREATE FUNCTION ledger_post(
    p_ids uuid[], p_kinds text[], p_references text[], p_links uuid[],
    p_transactions uuid[], p_accounts bigint[], p_amounts bigint[], p_posting_references text[], p_holds text[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    used int;
BEGIN
    PERFORM ledger_lock(p_accounts);
    INSERT INTO ledger_transaction (id, kind, reference, linked_to)
    SELECT t.id, t.kind, t.reference, t.linked_to
    FROM unnest(p_ids, p_kinds, p_references, p_links) AS t (id, kind, reference, linked_to);
    INSERT INTO ledger_posting (transaction_id, account_id, amount_minor, currency, reference)
    SELECT p.transaction_id, p.account_id, p.amount_minor, a.currency, p.reference
    FROM unnest(p_transactions, p_accounts, p_amounts, p_posting_references) WITH ORDINALITY
        AS p (transaction_id, account_id, amount_minor, reference, place)
    LEFT JOIN ledger_account a ON a.id = p.account_id
    ORDER BY p.place;
    IF NOT p_ids <@ p_transactions OR NOT p_transactions <@ p_ids THEN
        RAISE EXCEPTION 'transactions and postings do not belong together'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_zero_sum';
    END IF;
    UPDATE ledger_hold SET state = 'POSTED', transaction_id = p_ids[1]
    WHERE reference = ANY(p_holds) AND state = 'OPEN' AND account_id = ANY(p_accounts);
    GET DIAGNOSTICS used = ROW_COUNT;
    IF used <> cardinality(p_holds) THEN
        RAISE EXCEPTION 'a hold is not open' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_hold_open';
    END IF;
    UPDATE ledger_balance b SET balance_minor = b.balance_minor + m.moved, held_minor = b.held_minor - m.released
    FROM (
        SELECT p.account_id, sum(p.amount)::bigint AS moved, coalesce((
            SELECT sum(h.amount_minor) FROM ledger_hold h WHERE h.reference = ANY(p_holds) AND h.account_id = p.account_id
        ), 0)::bigint AS released
        FROM unnest(p_accounts, p_amounts) AS p (account_id, amount) GROUP BY p.account_id
    ) m
    WHERE b.account_id = m.account_id;
END $$;

-- Reserves what fits, in the order given, and returns the references reserved; with p_all_or_none, all of them or nothing.
CREATE FUNCTION ledger_reserve(p_account bigint, p_references text[], p_amounts bigint[], p_expires_at timestamptz, p_all_or_none boolean)
RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    available bigint;
    wanted bigint := (SELECT sum(a) FROM unnest(p_amounts) AS a);
BEGIN
    PERFORM ledger_lock(ARRAY[p_account]);
    SELECT -balance_minor - held_minor INTO STRICT available FROM ledger_balance WHERE account_id = p_account;
    IF p_all_or_none AND wanted > available THEN
        RETURN;
    END IF;
    RETURN QUERY WITH fitting AS (
        SELECT r.reference, r.amount FROM (
            SELECT reference, amount, sum(amount) OVER (ORDER BY place) AS running
            FROM unnest(p_references, p_amounts) WITH ORDINALITY AS u (reference, amount, place)
        ) r WHERE r.running <= available
    ), held AS (
        INSERT INTO ledger_hold (reference, account_id, amount_minor, state, expires_at)
        SELECT f.reference, p_account, f.amount, 'OPEN', p_expires_at FROM fitting f RETURNING ledger_hold.reference, amount_minor
    ), moved AS (
        UPDATE ledger_balance SET held_minor = held_minor + (SELECT coalesce(sum(amount_minor), 0) FROM held)
        WHERE account_id = p_account
    )
    SELECT h.reference FROM held h;
END $$;

-- Gives open holds back; returns the references that were open.
CREATE FUNCTION ledger_void(p_references text[]) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM ledger_lock(ARRAY(SELECT DISTINCT account_id FROM ledger_hold WHERE reference = ANY(p_references)));
    RETURN QUERY WITH voided AS (
        UPDATE ledger_hold SET state = 'VOIDED' WHERE ledger_hold.reference = ANY(p_references) AND state = 'OPEN'
        RETURNING ledger_hold.reference, account_id, amount_minor
    ), moved AS (
        UPDATE ledger_balance b SET held_minor = b.held_minor - v.released
        FROM (SELECT account_id, sum(amount_minor)::bigint AS released FROM voided GROUP BY account_id) v
        WHERE b.account_id = v.account_id
    )
    SELECT v.reference FROM voided v;
END $$;

-- Default privileges gave the application role everything.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_account, ledger_balance, ledger_transaction, ledger_posting, ledger_hold
    FROM payouts_app;
REVOKE ALL ON FUNCTION ledger_lock(bigint[]) FROM PUBLIC, payouts_app;
REVOKE ALL ON FUNCTION ledger_open_account(text, text, uuid, boolean),
    ledger_post(uuid[], text[], text[], uuid[], uuid[], bigint[], bigint[], text[], text[]),
    ledger_reserve(bigint, text[], bigint[], timestamptz, boolean), ledger_void(text[]) FROM PUBLIC;
