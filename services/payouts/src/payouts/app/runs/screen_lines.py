"""A screened hit stops the payout: lines go on once their payee was screened for this very run without a hit."""

from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.blockers import blocker

BATCH = 2_000


async def screen_lines(uow: UnitOfWork, run_id: UUID) -> bool:
    """Moves a batch of lines whose payee has answered, or has not in time; whether there was one."""
    decided = await uow.lines.screened(run_id, uow.now, BATCH)
    if not decided:
        return False
    book = await uow.lines.load([attempt_id for attempt_id, _, _ in decided])
    holds = []
    for attempt_id, code, detail in decided:
        if code:
            book.hold(attempt_id, code)
            subject = encode("contractor", book.attempts[attempt_id].contractor_id)
            holds.append((attempt_id, blocker(code, subject, detail)))
        else:
            book.make_ready(attempt_id)
    await uow.lines.add_holds(holds)
    await uow.lines.save(book)
    return True
