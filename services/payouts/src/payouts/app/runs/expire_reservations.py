"""Reserved money that was not sent in time is given back; its lines are held."""

from chassis.ids import encode, raw

from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.blockers import blocker

BATCH = 5_000


async def expire_reservations(uow: UnitOfWork) -> bool:
    """Whether there was one."""
    # a file is committed to: its lines follow, and its posting takes this money
    references = await uow.ledger.expired(BATCH, [encode("attempt", each) for each in await uow.lines.committed()])
    if not references:
        return False
    book = await uow.lines.load([raw(reference) for reference in references])
    # a file may have been committed to just now
    committed = {each.id for each in book.attempts.values() if each.bank_message_id}
    references = [reference for reference in references if raw(reference) not in committed]
    if not references:
        return False
    stuck = [each for each in book.attempts if each not in committed and book.can(each, "hold")]
    for attempt_id in stuck:
        book.hold(attempt_id, "RESERVATION_EXPIRED")
    lapsed = [(each, blocker("RESERVATION_EXPIRED", encode("run", book.attempts[each].run_id))) for each in stuck]
    await uow.lines.add_holds(lapsed)
    await uow.lines.save(book)
    await uow.ledger.void(references)
    return True
