"""Row-level security by itself, and that it makes nobody's act do less than it should."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from chassis.ids import RandomIds, raw
from integration.contracts.client_side import Kamai, request_id, usd
from kamai.contracts.v1 import contract_pb2, purchasing_pb2
from support.databases import TestDatabase
from support.trespass import Rights, Trespasser, tenants

_NAMED = ("organisation_id = $1", "contractor_id = $1")
_OF_CONTRACT = "contract_id IN (SELECT id FROM contract WHERE {0})"
_ORDERS = "(SELECT purchase_order_id FROM contract WHERE contractor_id = $1)"
_STEPS = (
    "aggregate_id IN (SELECT id FROM contract WHERE {0} UNION SELECT id FROM work_item WHERE {0}"
    " UNION SELECT id FROM invoice WHERE {0} UNION SELECT id FROM purchase_order WHERE {1})"
)
# Table: what an organisation and a contractor see of it.
ROWS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("contract", "work_item", "invoice"), _NAMED),
    **{
        table: (_OF_CONTRACT.format(_NAMED[0]), _OF_CONTRACT.format(_NAMED[1]))
        for table in ("contract_signature", "contract_document", "commitment")
    },
    "invoice_line": (_NAMED[0], "invoice_id IN (SELECT id FROM invoice WHERE contractor_id = $1)"),
    "purchase_order": (_NAMED[0], f"id IN {_ORDERS}"),
    "purchase_order_line": (_NAMED[0], f"purchase_order_id IN {_ORDERS}"),
    "purchase_order_amendment": (_NAMED[0], f"purchase_order_id IN {_ORDERS}"),
    "organisation": ("id = $1", "id IN (SELECT organisation_id FROM contract WHERE contractor_id = $1)"),
    "invoice_counter": ("$1::uuid IS NOT NULL", _NAMED[1]),
    "contractor_capability": ("$1::uuid IS NOT NULL", _NAMED[1]),
    "transition": (_STEPS.format(*[_NAMED[0]] * 2), _STEPS.format(_NAMED[1], f"id IN {_ORDERS}")),
}  # fmt: skip

_KINDS = ("organisation", "contractor")
_COUNTED = {"organisation": "contractor_id IN (SELECT contractor_id FROM contract WHERE organisation_id = $1)"}
RIGHTS = Rights(
    {table: dict(zip(_KINDS, conditions, strict=True)) for table, conditions in ROWS.items()} | {"invoice_counter": _COUNTED},
    {
        **{table: dict(zip(_KINDS, _NAMED, strict=True)) for table in ("contract", "work_item")},
        **{
            table: {"organisation": _NAMED[0]}
            for table in ("invoice", "invoice_line", "commitment", "purchase_order", "purchase_order_line")
        },
        "invoice_counter": _COUNTED,
    },
    {
        **dict.fromkeys(
            (
                "contract", "invoice", "invoice_line", "commitment", "purchase_order", "purchase_order_line", "contract_document",
                "purchase_order_amendment", "invoice_counter",
            ),
            ("organisation",),
        ),
        **dict.fromkeys(("work_item", "transition"), _KINDS),
        # one row may be of either side: what each may sign is shown by itself
        "contract_signature": _KINDS,
    },
)  # fmt: skip


@pytest.fixture
async def admin(contracts_database: TestDatabase) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The superuser, whom no policy concerns."""
    connection = await asyncpg.connect(contracts_database.admin_url)
    await connection.execute("SET search_path = contracts")
    yield connection
    await connection.close()


async def _rows(connection: asyncpg.Connection[Any], table: str, condition: str = "true", *values: Any) -> set[str]:
    found = await connection.fetch(f"SELECT to_jsonb({table})::text FROM {table} WHERE {condition}", *values)
    return {row[0] for row in found}


async def _populate(kamai: Kamai) -> list[tuple[contract_pb2.Contract, str]]:
    """Two clients and two contractors with everything a contract can lead to: a contract of each, and whom it invited."""
    made = []
    for person in [await kamai.onboarded(), await kamai.onboarded()]:
        contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
        await kamai.accept_milestone((await kamai.submitted_milestone(contract.id)).id)
        amended = purchasing_pb2.AmendPurchaseOrderRequest(
            request_id=request_id(), id=contract.purchase_order_id, etag=(await kamai.budget(contract.purchase_order_id)).etag,
            ceilings=[purchasing_pb2.LineCeiling(line_number=1, ceiling=usd(20_000_00))], reason="more work",
        )  # fmt: skip
        await kamai.orders.AmendPurchaseOrder(amended, **kamai.as_())
        order = await kamai.order(contract.organisation_id, 50_00)
        await kamai.proposed(contract.organisation_id, order, person, kamai.terms(fixed=kamai.fixed(10_00)))
        made.append((contract, person))
    return made


async def test_each_table_to_each_tenant(kamai: Kamai, admin: asyncpg.Connection[Any], contracts_database: TestDatabase) -> None:
    """Two clients and two contractors with everything a contract can lead to: exactly one's own rows; none for nobody."""
    made = await _populate(kamai)
    who = [(f"organisation:{raw(c.organisation_id)}", 0, raw(c.organisation_id)) for c, _ in made]
    who += [(f"contractor:{raw(each)}", 1, raw(each)) for c, person in made for each in (c.contractor_id, person)]
    app = await asyncpg.connect(contracts_database.app_url)
    for table, conditions in ROWS.items():
        for tenant, place, value in who:
            await app.execute("SELECT set_config('kamai.tenant', $1, false)", tenant)
            assert await _rows(app, table) == await _rows(admin, table, conditions[place], value), (table, tenant)
        for tenant in ("", f"contractor:{raw(RandomIds().new('contractor'))}", "bank:indus"):
            await app.execute("SELECT set_config('kamai.tenant', $1, false)", tenant)
            assert await _rows(app, table) == set(), (table, tenant)
        await app.execute("SELECT set_config('kamai.tenant', 'platform', false)")
        assert await _rows(app, table) == (every := await _rows(admin, table)), table
        assert every, f"{table} is empty: nothing is shown by it"
    await app.close()
    guarded = await admin.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'contracts'::regnamespace AND relkind = 'r' AND relforcerowsecurity"
    )
    assert {row["relname"] for row in guarded if not row["relname"].startswith("audit_")} == set(ROWS)


async def _signed_by_the_client(kamai: Kamai) -> contract_pb2.Contract:
    organisation = await kamai.organisation()
    order = await kamai.order(organisation, 100_00)
    contract = await kamai.proposed(organisation, order, await kamai.onboarded(), kamai.terms(fixed=kamai.fixed(10_00, 20_00)))
    return await kamai.sign(contract)


async def test_a_contractor_who_declines_gives_the_order_its_money_back(kamai: Kamai) -> None:
    """The commitment of the client's order is released by the contractor's own act."""
    contract = await _signed_by_the_client(kamai)
    assert (await kamai.budget(contract.purchase_order_id)).committed == usd(30_00)
    request = contract_pb2.DeclineContractRequest(request_id=request_id(), id=contract.id, reason="no time")
    declined = (await kamai.contracts.DeclineContract(request, **kamai.contractor)).contract
    assert declined.state == contract_pb2.CONTRACT_STATE_DECLINED
    assert (await kamai.budget(contract.purchase_order_id)).committed == usd(0)
    assert await kamai.pool.fetchval("SELECT remaining_minor FROM commitment WHERE contract_id = $1", raw(contract.id)) == 0


async def test_a_contractor_who_ends_its_contract(kamai: Kamai) -> None:
    """What was not begun is cancelled, what is delivered stays committed until the client answers, the rest is released."""
    contract = await kamai.sign(await _signed_by_the_client(kamai), by_contractor=True)
    delivered = await kamai.submitted_milestone(contract.id)
    request = contract_pb2.EndContractRequest(request_id=request_id(), id=contract.id, reason="moving away")
    assert (await kamai.contracts.EndContract(request, **kamai.contractor)).contract.state == contract_pb2.CONTRACT_STATE_ENDED
    assert (await kamai.budget(contract.purchase_order_id)).committed == usd(10_00)
    states = {item.id: item.state for item in await kamai.items(contract.id)}
    assert len(set(states.values())) == 2
    await kamai.accept_milestone(delivered.id)
    budget = await kamai.budget(contract.purchase_order_id)
    assert (budget.committed, budget.invoiced) == (usd(0), usd(10_00))


async def test_nobody_writes_what_is_not_its_own(
    kamai: Kamai, admin: asyncpg.Connection[Any], contracts_database: TestDatabase
) -> None:
    """For every table and kind of tenant: a row of another is neither changed, deleted nor put in, and none changes hands."""
    made = await _populate(kamai)
    app = await asyncpg.connect(contracts_database.app_url)
    people = [raw(each) for contract, person in made for each in (contract.contractor_id, person)]
    who = tenants([raw(contract.organisation_id) for contract, _ in made], people)
    assert await Trespasser(admin, app, "contracts", RIGHTS).faults(who) == []
    await app.close()


@pytest.mark.parametrize(
    ("side", "statement"),
    [
        ("contractor", "UPDATE work_item SET state = 'ACCEPTED' WHERE contract_id = $1"),
        ("contractor", "UPDATE contract SET total_minor = total_minor + 1 WHERE id = $1"),
        ("contractor", "UPDATE purchase_order SET ceiling_minor = ceiling_minor + 1 WHERE $1::uuid IS NOT NULL"),
        ("organisation", "UPDATE invoice_counter SET last = last + 2 WHERE $1::uuid IS NOT NULL"),
        (
            "organisation",
            "INSERT INTO contract_signature SELECT contract_id, organisation_id, terms_version + 1, 'CONTRACTOR', signer_name,"
            " signed_by, signed_at, document_sha256 FROM contract_signature WHERE contract_id = $1",
        ),
    ],
)  # fmt: skip
async def test_a_side_does_what_is_its_own(kamai: Kamai, contracts_database: TestDatabase, side: str, statement: str) -> None:
    """A contractor accepts no work and changes no terms and no order; a client signs for no contractor and skips no number."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    await kamai.accept_milestone((await kamai.submitted_milestone(contract.id)).id)
    app = await asyncpg.connect(contracts_database.app_url)
    tenant = f"{side}:{raw(contract.contractor_id if side == 'contractor' else contract.organisation_id)}"
    await app.execute("SELECT set_config('kamai.tenant', $1, false)", tenant)
    with suppress(asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError):
        assert await app.execute(statement, raw(contract.id)) == "UPDATE 0"
    await app.close()
