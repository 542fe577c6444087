"""Row-level security by itself: which rows of each table the application role sees, acting for whom."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from chassis.ids import raw
from integration.payouts.bank_words import camt054, entry, tell
from integration.payouts.stage import ELSEWHERE, IDS, PARTNER, Stage
from integration.payouts.test_freelancer_accounts import _apply, _open
from integration.payouts.test_unknown import AHEAD, _resolve
from kamai.payouts.v1 import bank_pb2
from support.trespass import Rights, Trespasser, tenants

_NAMED = ("organisation_id = $1", "contractor_id = $1")
_LEDGER = "account_id IN (SELECT id FROM ledger_account WHERE organisation_id = $1)"
_ATTEMPT = "attempt_id IN (SELECT id FROM attempt WHERE {0})"
_OF_ATTEMPT = (_ATTEMPT.format(_NAMED[0]), _ATTEMPT.format(_NAMED[1]))
_PAYEE = "contractor_id IN (SELECT contractor_id FROM obligation WHERE organisation_id = $1)"
_TOLD = "id IN (SELECT bank_message_id FROM bank_entry WHERE attempt_id IN (SELECT id FROM attempt WHERE {0})"
_FILES = _TOLD + " UNION SELECT bank_message_id FROM attempt WHERE {0})"
_STEPS = (
    "aggregate_id IN (SELECT id FROM obligation WHERE {0} UNION SELECT id FROM attempt WHERE {0}"
    " UNION SELECT c.id FROM credit c JOIN attempt a ON a.id = c.attempt_id WHERE a.{0}"
)
_ACCOUNT = (
    "EXISTS (SELECT FROM attempt a WHERE a.contractor_id = {0}.contractor_id AND a.partner_bank = {0}.bank"
    " AND a.organisation_id = $1)"
)
_OWED = "obligation_id IN (SELECT id FROM obligation WHERE {0})"
_PAID_FROM = "IN (SELECT funding_account_id FROM attempt WHERE contractor_id = $1)"
# Table: what an organisation, a contractor and a bank see of it; "" is nothing.
ROWS: dict[str, tuple[str, str, str]] = {
    "obligation": (*_NAMED, ""),
    "attempt": (*_NAMED, ""),
    "run": (_NAMED[0], "id IN (SELECT run_id FROM attempt WHERE contractor_id = $1)", ""),
    "funding_account": (_NAMED[0], f"id {_PAID_FROM}", ""),
    "approval_policy": (_NAMED[0], "", ""),
    "bank_message": (f"{_NAMED[0]} OR {_FILES.format(_NAMED[0])}", _FILES.format(_NAMED[1]), ""),
    "ledger_account": (_NAMED[0], "", ""),
    "ledger_balance": (_LEDGER, "", ""),
    "ledger_posting": (_LEDGER, "", ""),
    "ledger_hold": (_LEDGER, "", ""),
    "ledger_transaction": (f"id IN (SELECT transaction_id FROM ledger_posting WHERE {_LEDGER})", "", ""),
    "payee": (_PAYEE, _NAMED[1], ""),
    "payout_method": (_PAYEE, _NAMED[1], ""),
    "freelancer_account": (_ACCOUNT.format("freelancer_account"), _NAMED[1], "bank = $1"),
    "credit": (
        _OF_ATTEMPT[0], "account_id IN (SELECT id FROM freelancer_account WHERE contractor_id = $1)",
        "account_id IN (SELECT id FROM freelancer_account WHERE bank = $1)",
    ),
    "obligation_work_item": (
        _OWED.format(_NAMED[0]), _OWED.format(_NAMED[1]), "",
    ),
    "deposit": (f"funding_account_id IN (SELECT id FROM funding_account WHERE {_NAMED[0]})", "", ""),
    "run_approval": (f"run_id IN (SELECT id FROM run WHERE {_NAMED[0]})", "", ""),
    "run_screening": (f"run_id IN (SELECT id FROM run WHERE {_NAMED[0]})", "", ""),
    "attempt_hold": (*_OF_ATTEMPT, ""),
    "bank_entry": (*_OF_ATTEMPT, ""),
    "early_return": (*_OF_ATTEMPT, ""),
    "unknown_resolution": (*_OF_ATTEMPT, ""),
    "reconciliation_exception": (
        f"end_to_end_id IN (SELECT end_to_end_id FROM attempt WHERE {_NAMED[0]})",
        f"end_to_end_id IN (SELECT end_to_end_id FROM attempt WHERE {_NAMED[1]})", "",
    ),
    "transition": (
        _STEPS.format(_NAMED[0]) + f" UNION SELECT id FROM run WHERE {_NAMED[0]}"
        f" UNION SELECT f.id FROM freelancer_account f WHERE {_ACCOUNT.format('f')})",
        _STEPS.format(_NAMED[1]) + f" UNION SELECT id FROM freelancer_account WHERE {_NAMED[1]})",
        "aggregate_id IN (SELECT id FROM freelancer_account WHERE bank = $1"
        " UNION SELECT c.id FROM credit c JOIN freelancer_account f ON f.id = c.account_id WHERE f.bank = $1)",
    ),
}  # fmt: skip

_KINDS = ("organisation", "contractor", "bank")
RIGHTS = Rights(
    {table: dict(zip(_KINDS, conditions, strict=True)) for table, conditions in ROWS.items()},
    {
        **{table: {"organisation": _NAMED[0]} for table in ("obligation", "attempt", "run")},
        "freelancer_account": {"bank": "bank = $1"},
    },
    {
        **dict.fromkeys(
            ("attempt", "run", "funding_account", "run_approval", "run_screening", "attempt_hold"), ("organisation",)
        ),
        "freelancer_account": ("contractor",), "transition": _KINDS,
    },
)  # fmt: skip


async def _populate(stage: Stage) -> tuple[list[str], list[str]]:
    """Two clients, two contractors, both paid by both: rows in every table. The clients and the contractors."""
    contractors = [await stage.payee(PARTNER, partner_bank="indus"), await stage.payee()]
    await _open(stage, await _apply(stage, contractors[0]))
    clients = [stage.organisation, IDS.new("org")]
    for client, account in zip(clients, ("", ELSEWHERE), strict=True):
        stage.organisation = client
        if account:
            await stage.fund(account=account)
        for contractor in contractors:
            await stage.owe(contractor, 40_00)
            await stage.owe(contractor, 0)  # a line that is held
        run = await stage.sent(value_date=AHEAD)
        await stage.sql("INSERT INTO approval_policy VALUES ($1, 'EUR', 0, 1)", raw(client))
        one = next(each for each in await stage.attempts(run) if each.contractor_id == contractors[1] and each.net.amount_minor)
        back = camt054(entry("40.00", one.end_to_end_id, "CRDT", f"B{one.id}", returned_for="AC04"), message=f"C{one.id[-9:]}")
        await tell(stage, back)
        await stage.sql("UPDATE attempt SET state = 'UNKNOWN' WHERE id = $1", raw(one.id))
        await _resolve(stage, one, "first", bank_pb2.UNKNOWN_RESOLUTION_EXECUTED)
    await stage.sql(
        "INSERT INTO freelancer_account SELECT uuidv7(), $1, 'other', currency, 'KA-OTHER', state, 0, decision_due_at, 1, "
        "now(), now() FROM freelancer_account", raw(contractors[1]),
    )  # fmt: skip
    return clients, contractors


async def _seen(stage: Stage, table: str, tenant: str) -> set[str]:
    connection = await asyncpg.connect(stage.database.app_url)
    try:
        await connection.execute("SELECT set_config('kamai.tenant', $1, false)", tenant)
        return {row[0] for row in await connection.fetch(f"SELECT to_jsonb(t)::text FROM {table} t")}
    finally:
        await connection.close()


async def _expected(stage: Stage, table: str, condition: str, value: Any) -> set[str]:
    if not condition:
        return set()
    return {row[0] for row in await stage.sql(f"SELECT to_jsonb({table})::text FROM {table} WHERE {condition}", value)}


async def test_each_table_to_each_tenant(stage: Stage) -> None:
    """Exactly its own rows, of every table; all of them to the platform, none to nobody."""
    clients, contractors = await _populate(stage)
    tenants: list[tuple[str, int, Any]] = [(f"organisation:{raw(each)}", 0, raw(each)) for each in clients]
    tenants += [(f"contractor:{raw(each)}", 1, raw(each)) for each in contractors]
    tenants += [("bank:indus", 2, "indus"), ("bank:other", 2, "other")]
    for table, conditions in ROWS.items():
        every = await _expected(stage, table, "$1", True)
        assert every, f"{table} is empty: nothing is shown by it"
        assert await _seen(stage, table, "platform") == every, table
        assert await _seen(stage, table, "") == set(), table
        assert await _seen(stage, table, f"organisation:{raw(IDS.new('org'))}") == set(), table
        for tenant, place, value in tenants:
            assert await _seen(stage, table, tenant) == await _expected(stage, table, conditions[place], value), (table, tenant)


async def test_nobody_writes_what_is_not_its_own(stage: Stage) -> None:
    """For every table and each kind of tenant: a row of another is neither changed, deleted nor put in, and none changes hands.
    The ledger's are written by its functions alone."""
    clients, contractors = await _populate(stage)
    admin, app = await asyncpg.connect(stage.database.admin_url), await asyncpg.connect(stage.database.app_url)
    await admin.execute("SET search_path = payouts")
    who = tenants([raw(each) for each in clients], [raw(each) for each in contractors], ("indus", "other"))
    assert await Trespasser(admin, app, "payouts", RIGHTS).faults(who) == []
    await admin.close()
    await app.close()


async def test_nobody_raises_what_it_is_owed(stage: Stage) -> None:
    """Nor does a client give a payee another account or say that a debt is paid, nor anybody else write a step of its run."""
    contractor = await stage.payee(PARTNER)
    await stage.owe(contractor, 40_00)
    connection = await asyncpg.connect(stage.database.app_url)
    step = (
        "INSERT INTO transition (aggregate_type, aggregate_id, version, from_state, to_state, actor, reason, occurred_at)"
        " VALUES ('run', uuidv7(), 9, 'APPROVED', 'CANCELLED', 'somebody', '', now())"
    )
    tried = [
        (f"organisation:{raw(stage.organisation)}", "UPDATE payout_method SET sealed = 'other'"),
        (f"organisation:{raw(stage.organisation)}", "UPDATE obligation SET state = 'PAID'"),
        (f"contractor:{raw(contractor)}", "UPDATE obligation SET amount_minor = 1000000"),
        (f"contractor:{raw(contractor)}", "UPDATE obligation SET organisation_id = uuidv7()"),
        (f"organisation:{raw(IDS.new('org'))}", step),
        ("", step),
    ]
    for tenant, statement in tried:
        await connection.execute("SELECT set_config('kamai.tenant', $1, false)", tenant)
        try:
            assert await connection.execute(statement) == "UPDATE 0", (tenant, statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
    await connection.close()


async def test_blockers_do_not_depend_on_who_asks(stage: Stage) -> None:
    """What stands in the way of a payment is told to its client and to its contractor as to the platform."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    work = (IDS.new("work"),)
    await stage.owe(contractor, 40_00, work)
    await stage.owe(contractor, 50_00, work)
    await stage.sql("UPDATE payee SET case_state = 'SUSPENDED', receive_payout = 'BLOCKED', screening_result = 'HIT'")
    await stage.sql("UPDATE payout_method SET usable_from = now() + interval '1 day'")
    run = await stage.plan()
    one = (await stage.attempts(run))[0]
    await tell(stage, camt054(entry("40.00", one.end_to_end_id, "DBIT", "B1")))
    statement = "SELECT * FROM payout_blockers(ARRAY(SELECT id FROM obligation), now()) ORDER BY obligation_id, code"
    told = []
    for tenant in ("platform", f"organisation:{raw(stage.organisation)}", f"contractor:{raw(contractor)}"):
        connection = await asyncpg.connect(stage.database.app_url)
        await connection.execute("SELECT set_config('kamai.tenant', $1, false)", tenant)
        told.append([(row["obligation_id"], row["code"]) for row in await connection.fetch(statement)])
        await connection.close()
    assert told[0] == told[1] == told[2]
    assert {code for _, code in told[0]} == {
        "CONTRACTOR_STATE", "CAPABILITY_MISSING", "SCREENING_HIT", "PAYOUT_METHOD_COOLING_OFF", "DUPLICATE_WORK",
        "DEBITED_BY_BANK",
    }  # fmt: skip


async def test_no_table_is_forgotten(stage: Stage) -> None:
    """Every table of ours has row-level security and stands in the list above; none that names a tenant is without."""
    found = await stage.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'payouts'::regnamespace AND relkind = 'r' AND relforcerowsecurity"
    )
    assert {row["relname"] for row in found if not row["relname"].startswith("audit_")} == set(ROWS)
    open_to_all = await stage.sql(
        "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' "
        "AND c.relnamespace = 'payouts'::regnamespace AND NOT c.relforcerowsecurity "
        "AND a.attname IN ('organisation_id', 'contractor_id', 'attempt_id', 'obligation_id', 'run_id')"
    )
    assert open_to_all == []


@pytest.mark.parametrize("tenant", ["organisation", "contractor", "bank"])
async def test_nobody_writes_for_another(stage: Stage, tenant: str) -> None:
    """A row of another tenant is neither changed nor put in."""
    contractor = await stage.payee(PARTNER, partner_bank="indus")
    await _apply(stage, contractor)
    await stage.owe(contractor, 40_00)
    value = {"organisation": str(raw(IDS.new("org"))), "contractor": str(raw(IDS.new("contractor"))), "bank": "other"}[tenant]
    connection = await asyncpg.connect(stage.database.app_url)
    await connection.execute("SELECT set_config('kamai.tenant', $1, false)", f"{tenant}:{value}")
    for table, column in (("obligation", "version"), ("freelancer_account", "version"), ("payee", "case_state")):
        assert await connection.execute(f"UPDATE {table} SET {column} = {column}") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("INSERT INTO payee (contractor_id) VALUES (uuidv7())")
    await connection.close()
