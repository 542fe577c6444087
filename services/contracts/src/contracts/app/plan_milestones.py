"""Makes the milestones of a fixed contract that becomes ACTIVE; part of signing and of starting."""

from __future__ import annotations

from contracts.app.ports import UnitOfWork
from contracts.domain import milestone
from contracts.domain.contract import Contract
from contracts.domain.terms import FixedTerms


async def plan_milestones(uow: UnitOfWork, contract: Contract) -> None:
    if isinstance(contract.terms.kind, FixedTerms):
        for number, terms in enumerate(contract.terms.kind.milestones, 1):
            await uow.work.add(*milestone.plan(uow.ids.new("work"), contract, number, terms, uow.now))
