"""Everything held about a contractor."""

from __future__ import annotations

from dataclasses import replace

from onboarding.app.personal_ports import Export
from onboarding.app.ports import UnitOfWork

# What compliance officers found and did. To tell somebody that a suspicion is looked into is forbidden ("tipping off",
# directive (EU) 2015/849, art. 39): an officer exports these as well and decides what is given out.
WITHHELD = frozenset({"reviews", "screening", "decisions", "remarks", "audit_entries"})


async def export_contractor(uow: UnitOfWork, contractor_id: str) -> Export:
    """Raises NotFound: a contractor gets itself only, and nothing of WITHHELD."""
    found = await uow.exports.collect(await uow.contractors.get(contractor_id))
    if not uow.contractor_id:
        return found
    steps = [step for step in found["transitions"] if step["aggregate_type"] != "review"]
    accounts = [replace(account, suspected=False) for account in found["accounts"]]
    given = {name: content for name, content in found.items() if name not in WITHHELD}
    return given | {"transitions": steps, "accounts": accounts}
