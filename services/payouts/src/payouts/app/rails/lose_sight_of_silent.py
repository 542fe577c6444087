"""A bank that took a file and says nothing more: after a while its payments are UNKNOWN, never failed and never sent again."""

from datetime import datetime

from payouts.app.ports import UnitOfWork

BATCH = 5_000


async def lose_sight_of_silent(uow: UnitOfWork, sent_before: datetime) -> bool:
    """Moves a batch of attempts without any status report; whether there was one."""
    silent = await uow.lines.silent(sent_before, BATCH)
    if not silent:
        return False
    book = await uow.lines.load(silent)
    for attempt_id in silent:
        if book.can(attempt_id, "lose_sight"):
            book.lose_sight(attempt_id, "the bank is silent: no status report in time")
    await uow.lines.save(book)
    return True
