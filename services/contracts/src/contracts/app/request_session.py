"""The client asks for a session: its price is fixed now, within the contract's budget."""

from __future__ import annotations

from contracts.app.find_work import require_budget
from contracts.app.ports import UnitOfWork
from contracts.app.quote_session import QuoteSession, price_of
from contracts.domain import contract as contracts
from contracts.domain import session
from contracts.domain.work import SessionDetails, WorkItem


async def request_session(uow: UnitOfWork, command: QuoteSession) -> WorkItem:
    contract = await uow.contracts.lock(command.contract_id)
    price = price_of(contract, command, uow.now)
    contracts.require_running(contract)
    await require_budget(uow, contract, price.amount)
    details = SessionDetails(command.skill, command.start, command.minutes, uow.now)
    item, events = session.request(uow.ids.new("work"), contract, price, details, uow.now)
    await uow.work.add(item, events)
    return item
