"""The database keeps the ledger: zero-sum, append-only, nothing overdrawn, no way around the posting functions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.databases import Templates, TestDatabase

POST = "SELECT ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9)"
SUMS = """
SELECT (SELECT count(*) FROM (SELECT FROM ledger_posting GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0) u) = 0
   AND NOT EXISTS (SELECT FROM ledger_balance b WHERE b.balance_minor <> coalesce(
           (SELECT sum(amount_minor) FROM ledger_posting p WHERE p.account_id = b.account_id), 0)
       OR b.held_minor <> coalesce(
           (SELECT sum(amount_minor) FROM ledger_hold h WHERE h.account_id = b.account_id AND state = 'OPEN'), 0))
"""


@pytest.fixture(scope="module")
async def database(templates: Templates) -> AsyncIterator[TestDatabase]:
    async with templates.database("payouts", "payouts.migrations") as made:
        yield made


@pytest.fixture
async def app(database: TestDatabase) -> AsyncIterator[asyncpg.Connection[Any]]:
    """As the application role."""
    connection = await asyncpg.connect(database.platform_url)
    yield connection
    await connection.close()


async def _accounts(connection: Any) -> tuple[int, int]:
    """A client's guarded account with 100.00 on it, and its counterpart."""
    name = uuid4().hex
    client = await connection.fetchval("SELECT ledger_open_account($1, 'EUR', NULL, true)", f"client:{name}")
    other = await connection.fetchval("SELECT ledger_open_account($1, 'EUR', NULL, false)", f"bank:{name}")
    await _post(connection, [(other, 100_00), (client, -100_00)], kind="DEPOSIT")
    return client, other


async def _post(
    connection: Any, entries: list[tuple[int, int]], *, kind: str = "PAYOUT", holds: tuple[str, ...] = (), reference: str = ""
) -> UUID:
    transaction = uuid4()
    await connection.execute(
        POST, [transaction], [kind], [reference or str(transaction)], [None], [transaction] * len(entries),
        [account for account, _ in entries], [minor for _, minor in entries], [""] * len(entries), list(holds),
    )  # fmt: skip
    return transaction


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO ledger_posting (transaction_id, account_id, amount_minor, currency, reference) "
        "VALUES (uuidv7(), 1, 1, 'EUR', '')",
        "INSERT INTO ledger_transaction (id, kind, reference) VALUES (uuidv7(), 'DEPOSIT', 'x')",
        "UPDATE ledger_balance SET balance_minor = 0",
        "UPDATE ledger_posting SET amount_minor = 0",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "DELETE FROM ledger_hold",
        "INSERT INTO ledger_account (path, currency, guarded) VALUES ('x', 'EUR', false)",
        "SELECT ledger_lock(ARRAY[1]::bigint[])",
    ],
)
async def test_application_cannot_write_the_tables(app: Any, statement: str) -> None:
    """Every direct write by the application role is refused by the database."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)


async def test_unbalanced_transaction_is_refused(app: Any) -> None:
    """A transaction that does not sum to zero, or has no postings, is not kept."""
    client, other = await _accounts(app)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await _post(app, [(client, 10), (other, -9)])
    assert refused.value.constraint_name == "ledger_zero_sum"
    with pytest.raises(asyncpg.CheckViolationError):
        await _post(app, [])


async def test_currencies_do_not_mix(app: Any) -> None:
    """Zero over two currencies is not zero."""
    client, _ = await _accounts(app)
    dollars = await app.fetchval("SELECT ledger_open_account($1, 'USD', NULL, false)", uuid4().hex)
    with pytest.raises(asyncpg.CheckViolationError):
        await _post(app, [(client, 10), (dollars, -10)])


async def test_not_even_the_owner_edits(database: TestDatabase) -> None:
    """What was posted stays; an unbalanced insert is refused for the owner, too."""
    owner = await asyncpg.connect(database.owner_url + "?kamai.tenant=platform")
    try:
        client, other = await _accounts(owner)
        transaction = await _post(owner, [(client, 1), (other, -1)])
        for statement in ("UPDATE ledger_posting SET reference = 'x'", "DELETE FROM ledger_transaction"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await owner.execute(statement)
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(
                "INSERT INTO ledger_posting (transaction_id, account_id, amount_minor, currency, reference) "
                "VALUES ($1, $2, 5, 'EUR', '')",
                transaction, client,
            )  # fmt: skip
    finally:
        await owner.close()


async def test_a_temporary_table_does_not_fool_the_functions(app: Any) -> None:
    """The search path of the functions is pinned: a table of the caller's own is not looked at."""
    client, other = await _accounts(app)
    await app.execute("CREATE TEMPORARY TABLE ledger_balance (account_id bigint, balance_minor bigint, held_minor bigint)")
    await _post(app, [(client, 10_00), (other, -10_00)])
    assert await app.fetchval("SELECT count(*) FROM pg_temp.ledger_balance") == 0
    await app.execute("DROP TABLE pg_temp.ledger_balance")
    assert await app.fetchval("SELECT balance_minor FROM ledger_balance WHERE account_id = $1", client) == -90_00


async def test_one_cause_one_effect(app: Any) -> None:
    """The same kind and reference is posted once."""
    client, other = await _accounts(app)
    await _post(app, [(client, 1), (other, -1)], reference="attempt-1", kind="PAYOUT_RETURNED")
    with pytest.raises(asyncpg.UniqueViolationError):
        await _post(app, [(client, 1), (other, -1)], reference="attempt-1", kind="PAYOUT_RETURNED")


async def test_concurrent_reservations_never_exceed_what_is_there(app: Any, database: TestDatabase) -> None:
    """Thirty sessions reserve 10.00 of 100.00 at once: ten get it."""
    client, _ = await _accounts(app)

    async def reserve() -> int:
        connection = await asyncpg.connect(database.platform_url)
        try:
            rows = await connection.fetch(
                "SELECT ledger_reserve($1, $2, $3, now() + interval '1 hour', false)", client, [uuid4().hex], [10_00]
            )
            return len(rows)
        finally:
            await connection.close()

    assert sum(await asyncio.gather(*(reserve() for _ in range(30)))) == 10
    assert await app.fetchval("SELECT held_minor FROM ledger_balance WHERE account_id = $1", client) == 100_00
    with pytest.raises(asyncpg.CheckViolationError):
        await _post(app, [(client, 1), (client, -1), (client, 5), (await _other(app), -5)])


async def _other(app: Any) -> int:
    account: int = await app.fetchval("SELECT ledger_open_account($1, 'EUR', NULL, false)", uuid4().hex)
    return account


INSERT_ATTEMPT = """
INSERT INTO attempt (obligation_id, run_id, organisation_id, contractor_id, funding_account_id, number, end_to_end_id, state,
    payout_method_version, partner_bank, gross_minor, net_minor, currency, rail, value_date, created_at, updated_at)
VALUES ($1, $2, $3, $1, $4, $5, end_to_end_id($1, $5), 'PLANNED', 1, '', 100, 100, 'EUR', 'iso20022', now(), now(), now())
"""
STEPS = st.lists(
    st.tuples(st.sampled_from(["deposit", "reserve", "post", "void", "post_free"]), st.integers(1, 60_00), st.integers(0, 9)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_any_history_adds_up(app: Any, steps: list[tuple[str, int, int]]) -> None:
    """Whatever is reserved, posted and given back: transactions are zero, balances and holds equal their entries."""
    client, other = await _accounts(app)
    held: dict[str, int] = {}
    expected = 100_00
    for verb, minor, pick in steps:
        chosen = sorted(held)[pick % len(held)] if held else ""
        if verb == "deposit":
            await _post(app, [(other, minor), (client, -minor)], kind="DEPOSIT")
            expected += minor
        elif verb == "reserve":
            name = uuid4().hex
            got = await app.fetch("SELECT ledger_reserve($1, $2, $3, now(), false)", client, [name], [minor])
            assert bool(got) == (minor <= expected - sum(held.values()))
            if got:
                held[name] = minor
        elif verb == "post" and chosen:
            await _post(app, [(client, held[chosen]), (other, -held[chosen])], holds=(chosen,))
            expected -= held.pop(chosen)
        elif verb == "void" and chosen:
            await app.fetch("SELECT ledger_void($1)", [chosen])
            del held[chosen]
        elif verb == "post_free":
            if minor <= expected - sum(held.values()):
                await _post(app, [(client, minor), (other, -minor)])
                expected -= minor
            else:
                with pytest.raises(asyncpg.CheckViolationError):
                    await _post(app, [(client, minor), (other, -minor)])
        row = await app.fetchrow("SELECT -balance_minor AS balance, held_minor FROM ledger_balance WHERE account_id = $1", client)
        assert (row["balance"], row["held_minor"]) == (expected, sum(held.values()))
    assert await app.fetchval(SUMS)


async def test_one_live_attempt_under_a_race(database: TestDatabase) -> None:
    """The partial unique index lets one live try per obligation through, whatever the code above it does."""
    owner = await asyncpg.connect(database.owner_url + "?kamai.tenant=platform")
    ids = {name: uuid4() for name in ("org", "funding", "run", "obligation")}
    try:
        client, other = await _accounts(owner)
        await owner.execute(
            "INSERT INTO funding_account VALUES ($1, $2, 'b', 'A', 'B', 'EUR', 'H', $3, $4, $3, 1, now())",
            ids["funding"], ids["org"], other, client,
        )  # fmt: skip
        await owner.execute(
            "INSERT INTO run VALUES ($1, $2, $3, 'EUR', 'PARTIAL', 'CALCULATED', '', 0, 1, 'm', 'm', 1, 1, NULL, now(), '', "
            "NULL, 1, now(), now())",
            ids["run"], ids["org"], ids["funding"],
        )  # fmt: skip
        await owner.execute(
            "INSERT INTO obligation VALUES ($1, $1, 'i', $2, $1, $1, 1, '{}', 100, 0, 'EUR', NULL, 'OPEN', 0, 1, now(), now())",
            ids["obligation"], ids["org"],
        )  # fmt: skip
    finally:
        await owner.close()

    async def insert(number: int) -> bool:
        connection = await asyncpg.connect(database.platform_url)
        try:
            await connection.execute(
                INSERT_ATTEMPT, ids["obligation"], ids["run"], ids["org"], ids["funding"], number,
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            return False
        finally:
            await connection.close()
        return True

    assert sum(await asyncio.gather(*(insert(number) for number in range(1, 21)))) == 1
