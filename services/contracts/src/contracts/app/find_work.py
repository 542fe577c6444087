"""Loading work for a change, with the checks that every verb makes; shared by the use cases on work."""

from __future__ import annotations

from chassis.errors import NotFound, PermissionDenied, PreconditionFailed
from chassis.money import Money

from contracts.app.ports import UnitOfWork
from contracts.domain import capability
from contracts.domain.contract import Contract
from contracts.domain.work import WorkItem, WorkKind


async def with_contract(uow: UnitOfWork, work_id: str, kind: WorkKind) -> tuple[WorkItem, Contract]:
    """The item and its contract, both locked, contract first; work of another kind is not found."""
    seen = await uow.work.get(work_id)
    if seen.kind is not kind:
        raise NotFound(kind.lower(), work_id)
    contract = await uow.contracts.lock(seen.contract_id)
    return await uow.work.lock(work_id), contract


async def require_submitter(uow: UnitOfWork, contract: Contract) -> None:
    """The contractor's verbs: raises PermissionDenied for a token of the client, PreconditionFailed without SUBMIT_WORK."""
    if uow.organisation_id:
        raise PermissionDenied("a token of the client cannot act for the contractor")
    capability.require(await uow.capabilities.of(contract.contractor_id), capability.SUBMIT_WORK, contract.contractor_id)


async def require_budget(uow: UnitOfWork, contract: Contract, amount: Money) -> None:
    """Called under the contract's lock, before the work is stored: all work together stays within the agreed budget."""
    left = contract.total - await uow.work.claimed(contract)
    if left < amount:
        raise PreconditionFailed.one("BUDGET_CAP", contract.id, f"{amount} is needed, {left} is left of the contract's budget")
