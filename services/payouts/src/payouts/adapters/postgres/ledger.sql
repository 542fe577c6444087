-- name: open_account
SELECT ledger_open_account($1, $2, $3, $4)

-- name: post
SELECT ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: reserve
SELECT ledger_reserve($1, $2, $3, $4, $5)

-- name: open_holds
SELECT reference FROM ledger_hold WHERE reference = ANY($1::text[]) AND state = 'OPEN'

-- name: void
SELECT ledger_void($1)

-- name: expired_holds
-- NOT IN of a query is hashed, however few references the plan was made for.
SELECT reference FROM ledger_hold
WHERE state = 'OPEN' AND expires_at <= $1 AND reference NOT IN (SELECT unnest($3::text[]))
ORDER BY expires_at LIMIT $2

-- name: transactions_of
SELECT DISTINCT ON (p.reference) p.reference, p.transaction_id
FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id
WHERE t.kind = $1 AND p.reference = ANY($2::text[])
ORDER BY p.reference, p.id DESC

-- name: list_ledger_accounts
SELECT a.id, a.path, a.currency, b.balance_minor, b.held_minor
FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
WHERE ($1::uuid IS NULL OR a.organisation_id = $1) AND a.path > coalesce((SELECT path FROM ledger_account WHERE id = $2), '')
ORDER BY a.path LIMIT $3

-- name: find_ledger_account
SELECT id, organisation_id FROM ledger_account WHERE path = $1

-- name: list_postings
SELECT p.id, p.transaction_id, a.path, p.amount_minor, p.currency, t.kind, p.reference, p.posted_at
FROM ledger_posting p JOIN ledger_transaction t ON t.id = p.transaction_id JOIN ledger_account a ON a.id = p.account_id
WHERE p.account_id = $1 AND ($2::bigint IS NULL OR p.id < $2)
ORDER BY p.id DESC LIMIT $3

-- name: postings_of_attempts
-- Each transaction as far as it concerns these attempts: the netted side by their share, so that what is shown sums to zero.
WITH own AS (
    SELECT p.id, p.transaction_id, p.account_id, p.amount_minor, p.currency, p.reference, p.posted_at
    FROM ledger_posting p WHERE p.reference = ANY($1::text[])
), share AS (
    SELECT n.transaction_id, n.account_id, -sum(o.amount_minor)::bigint AS amount_minor, n.currency, n.posted_at, max(o.id) AS id
    FROM ledger_posting n JOIN own o ON o.transaction_id = n.transaction_id AND o.currency = n.currency
    WHERE n.reference = '' GROUP BY n.id, n.transaction_id, n.account_id, n.currency, n.posted_at
)
SELECT x.transaction_id, a.path, x.amount_minor, x.currency, x.posted_at, t.kind
FROM (SELECT id, transaction_id, account_id, amount_minor, currency, posted_at FROM own
      UNION ALL SELECT id, transaction_id, account_id, amount_minor, currency, posted_at FROM share) x
JOIN ledger_account a ON a.id = x.account_id JOIN ledger_transaction t ON t.id = x.transaction_id
ORDER BY x.id, a.path

-- name: check_ledger
SELECT
    (SELECT count(*) FROM ledger_transaction) AS transactions,
    (SELECT count(*) FROM ledger_posting) AS postings,
    (SELECT count(*) FROM (
        SELECT FROM ledger_posting GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0) u) AS unbalanced,
    (SELECT count(*) FROM ledger_balance b
     FULL JOIN (SELECT account_id, sum(amount_minor) AS total FROM ledger_posting GROUP BY account_id) p USING (account_id)
     FULL JOIN (SELECT account_id, sum(amount_minor) AS held FROM ledger_hold WHERE state = 'OPEN' GROUP BY account_id) h
         USING (account_id)
     WHERE b.balance_minor IS DISTINCT FROM coalesce(p.total, 0) OR b.held_minor IS DISTINCT FROM coalesce(h.held, 0)) AS wrong
