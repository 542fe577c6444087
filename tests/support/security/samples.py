"""Real ids of one tenant of the demo, those of its neighbour, and a stranger that owns nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import ids
from chassis.db.pool import Connection

from support.security.callers import Identity

# By prefix of the id, or by prefix and kind. Each row: id, and whom it belongs to; $1 is the organisation.
_QUERIES = {
    "org": "SELECT id, id AS organisation_id FROM contracts.organisation WHERE id = $1",
    "contractor": "SELECT id, $1::uuid AS organisation_id, id AS contractor_id FROM onboarding.contractor WHERE id = $2",
    "contract": "SELECT id, organisation_id, contractor_id FROM contracts.contract"
    " WHERE organisation_id = $1 AND contractor_id = $2",
    "contract:SESSION": "SELECT id, organisation_id, contractor_id FROM contracts.contract"
    " WHERE organisation_id = $1 AND kind = 'SESSION'",
    "po": "SELECT p.id, p.organisation_id, c.contractor_id FROM contracts.purchase_order p"
    " JOIN contracts.contract c ON c.purchase_order_id = p.id WHERE p.organisation_id = $1",
    "invoice": "SELECT i.id, i.organisation_id, i.contractor_id FROM contracts.invoice i"
    " JOIN payouts.obligation o ON o.invoice_id = i.id WHERE i.organisation_id = $1",
    "obligation": "SELECT o.id, o.organisation_id, o.contractor_id FROM payouts.obligation o"
    " JOIN payouts.attempt a ON a.obligation_id = o.id WHERE o.organisation_id = $1",
    "attempt": "SELECT id, organisation_id, contractor_id FROM payouts.attempt WHERE organisation_id = $1",
    "end_to_end": "SELECT end_to_end_id AS id, organisation_id, contractor_id FROM payouts.attempt WHERE organisation_id = $1",
    "run": "SELECT id, organisation_id FROM payouts.run WHERE organisation_id = $1",
    "funding": "SELECT id, organisation_id FROM payouts.funding_account WHERE organisation_id = $1",
    "ledger": "SELECT path AS id, organisation_id FROM payouts.ledger_account WHERE organisation_id = $1",
    "bankmsg": "SELECT id, organisation_id FROM payouts.bank_message WHERE organisation_id = $1",
    "account": "SELECT f.id, $1::uuid AS organisation_id, f.contractor_id, f.bank FROM payouts.freelancer_account f"
    " JOIN payouts.credit c ON c.account_id = f.id WHERE f.contractor_id = $2",
    "method": "SELECT id, $1::uuid AS organisation_id, contractor_id FROM onboarding.payout_method WHERE contractor_id = $2",
    "review": "SELECT id, $1::uuid AS organisation_id, contractor_id FROM onboarding.review WHERE contractor_id = $2",
    # those that the organisation registered itself
    "contractor:registered": "SELECT id, organisation_id, id AS contractor_id FROM onboarding.contractor"
    " WHERE organisation_id = $1 AND erased_at IS NULL",
    "contractor:erased": "SELECT id, organisation_id, id AS contractor_id FROM onboarding.contractor"
    " WHERE organisation_id = $1 AND erased_at IS NOT NULL",
    "hold": "SELECT h.id, c.organisation_id, c.id AS contractor_id FROM onboarding.legal_hold h"
    " JOIN onboarding.contractor c ON c.id = h.contractor_id WHERE c.organisation_id = $1",
    "method:registered": "SELECT m.id, c.organisation_id, c.id AS contractor_id FROM onboarding.payout_method m"
    " JOIN onboarding.contractor c ON c.id = m.contractor_id WHERE c.organisation_id = $1",
    "event:onboarding": "SELECT id, $1::uuid AS organisation_id FROM onboarding.failed_event",
    "event:contracts": "SELECT id, $1::uuid AS organisation_id FROM contracts.failed_event",
    "event:payouts": "SELECT id, $1::uuid AS organisation_id FROM payouts.failed_event",
}  # fmt: skip
_WORK = "SELECT id, organisation_id, contractor_id FROM contracts.work_item WHERE organisation_id = $1 AND kind = '{}'"
_QUERIES |= {f"work:{kind}": _WORK.format(kind) for kind in ("MILESTONE", "TIMESHEET", "SESSION")}

# A tenant with a contractor that has everything, and another one with a contractor that has nothing to do with the first.
_TENANTS = """
SELECT c.organisation_id, c.contractor_id, f.bank, n.organisation_id AS other_organisation, n.contractor_id AS other_contractor
FROM contracts.contract c JOIN payouts.freelancer_account f USING (contractor_id)
    JOIN payouts.credit ON credit.account_id = f.id
    JOIN contracts.contract n ON n.organisation_id <> c.organisation_id
WHERE EXISTS (SELECT FROM contracts.work_item w WHERE w.organisation_id = c.organisation_id AND w.kind = 'SESSION')
    AND NOT EXISTS (SELECT FROM contracts.contract mine JOIN contracts.contract theirs USING (contractor_id)
        WHERE mine.organisation_id = c.organisation_id AND theirs.organisation_id = n.organisation_id)
ORDER BY 1, 2, 4, 5 LIMIT 1
"""


class SampleMissing(Exception):
    """The data of the demo has nothing of a kind the walk needs."""


@dataclass(frozen=True)
class Sample:
    """An id as it stands in requests, and whom it belongs to, "" where nobody does."""

    id: str
    org: str = ""
    contractor: str = ""
    bank: str = ""


@dataclass(frozen=True)
class Samples:
    """`owner` has the rows; `neighbour` is another real tenant; `stranger` exists nowhere but in tokens."""

    by_kind: Mapping[str, Sample]
    owner: Identity
    neighbour: Identity
    stranger: Identity


def _type_id(prefix: str, value: Any) -> str:
    return ids.encode(prefix, value) if isinstance(value, UUID) else str(value or "")


async def owner(database: Connection) -> Identity:
    """Whose rows the others ask for."""
    tenants = await _tenants(database)
    org, contractor = _type_id("org", tenants["organisation_id"]), _type_id("contractor", tenants["contractor_id"])
    return Identity(org, contractor, tenants["bank"])


async def _tenants(database: Connection) -> dict[str, Any]:
    tenants = await database.fetchrow(_TENANTS)
    if tenants is None:
        raise SampleMissing("two organisations that share no contractor, one with a freelancer account")
    return dict(tenants)


async def collect(database: Connection) -> Samples:
    """Raises SampleMissing, naming what is not there."""
    tenants = await _tenants(database)
    found = {}
    for kind, query in _QUERIES.items():
        prefix = kind.partition(":")[0]
        # the type of $1 is known wherever $2 is used alone
        given = [tenants["organisation_id"], *([tenants["contractor_id"]] if "$2" in query else [])]
        row = await database.fetchrow(f"{query} ORDER BY 1 LIMIT 1", *given)
        if row is None:
            raise SampleMissing(kind)
        owners = dict(row)
        found[kind] = Sample(
            _type_id(prefix, row["id"]), _type_id("org", owners.get("organisation_id")),
            _type_id("contractor", owners.get("contractor_id")), owners.get("bank") or "",
        )  # fmt: skip
    new = ids.RandomIds()
    return Samples(
        found,
        await owner(database),
        Identity(
            _type_id("org", tenants["other_organisation"]), _type_id("contractor", tenants["other_contractor"]), "neighbour"
        ),
        Identity(new.new("org"), new.new("contractor"), "stranger"),
    )
