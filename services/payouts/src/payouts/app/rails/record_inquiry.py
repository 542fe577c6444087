"""Records a bank's answer about one attempt in state UNKNOWN."""

from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.app.rails.settle import settle
from payouts.domain.bank_connection import Inquiry
from payouts.domain.obligations.model import Attempt
from payouts.domain.rails.inquiry import apply_inquiry


async def record_inquiry(uow: UnitOfWork, attempt_id: UUID, bank: str, answer: Inquiry | None) -> Attempt:
    """`answer` None: the bank could not be asked. Returns the attempt after it."""
    book = await uow.lines.load([attempt_id])
    async with uow.consequence():
        await uow.lines.inquired(attempt_id, uow.now)
        if answer is not None:
            effects = apply_inquiry(book, attempt_id, answer)
            await settle(uow, book, effects, bank, encode("attempt", attempt_id), None)
    return book.attempts[attempt_id]
