"""What a session would cost; also the first half of requesting one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.errors import InvalidFields, PreconditionFailed

from contracts.app.ports import UnitOfWork
from contracts.domain import pricing
from contracts.domain.contract import Contract
from contracts.domain.limits import MAX_AHEAD
from contracts.domain.pricing import Price
from contracts.domain.terms import SessionTerms


@dataclass(frozen=True, slots=True)
class QuoteSession:
    contract_id: str
    skill: str
    start: datetime
    minutes: int


def session_terms(contract: Contract) -> SessionTerms:
    if not isinstance(contract.terms.kind, SessionTerms):
        raise PreconditionFailed.one("WRONG_KIND", contract.id, "sessions are for session contracts")
    return contract.terms.kind


def price_of(contract: Contract, command: QuoteSession, now: datetime) -> Price:
    """A start that has passed has no notice: the highest premium applies."""
    terms = session_terms(contract)
    if abs(command.start - now) > MAX_AHEAD:
        raise InvalidFields.one("start_time", f"must be within {MAX_AHEAD.days} days of now", "OUT_OF_RANGE")
    if not contract.terms.covers(command.start.astimezone(terms.zone).date()):
        period = f"{contract.terms.start_date} to {contract.terms.end_date or 'open'}"
        raise InvalidFields.one("start_time", f"is outside of the contract ({period})", "OUTSIDE_CONTRACT")
    return pricing.session_price(terms, command.skill, command.start, command.minutes, now)


async def quote_session(uow: UnitOfWork, command: QuoteSession) -> Price:
    return price_of(await uow.contracts.get(command.contract_id), command, uow.now)
