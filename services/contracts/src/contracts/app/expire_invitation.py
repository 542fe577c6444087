"""An invitation that the contractor left unsigned runs out; the commitment is released."""

from __future__ import annotations

from contracts.app.ports import UnitOfWork
from contracts.app.release_commitment import release_commitment
from contracts.domain import contract
from contracts.domain.contract import ContractState


async def expire_invitation(uow: UnitOfWork, contract_id: str) -> None:
    """Has no effect when the contract was changed meanwhile."""
    before = await uow.contracts.lock(contract_id)
    due = before.invitation_expires_at
    if before.state is not ContractState.AWAITING_CONTRACTOR_SIGNATURE or due is None or due > uow.now:
        return
    expired, events = contract.expire(before, uow.now)
    await uow.contracts.save(expired, events, "invitation ran out")
    await release_commitment(uow, expired)
