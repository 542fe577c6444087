"""A bank that took a file and says nothing more: after a while its payments are UNKNOWN, never failed and never sent again."""

from datetime import date, datetime, timedelta

from payouts.app.ports import UnitOfWork

BATCH = 5_000
# A report that a file was taken in promises the value date: that many days on which banks work later somebody has to ask.
GRACE_DAYS = 3
ASK_AGAIN_AFTER = timedelta(days=1)
_SATURDAY = 5


async def lose_sight_of_silent(uow: UnitOfWork, sent_before: datetime) -> bool:
    """Moves a batch of attempts without a status report, or without a booking long after their value date; whether there was
    one."""
    overdue = working_days_before(uow.now.date(), GRACE_DAYS)
    silent = await uow.lines.silent(sent_before, overdue, uow.now - ASK_AGAIN_AFTER, BATCH)
    if not silent:
        return False
    book = await uow.lines.load(silent)
    for attempt_id in silent:
        if book.can(attempt_id, "lose_sight"):
            answered = book.attempts[attempt_id].answered
            book.lose_sight(attempt_id, f"the bank is silent: {'not booked' if answered else 'no status report'} in time")
    await uow.lines.save(book)
    return True


def working_days_before(day: date, count: int) -> date:
    """Weekends only: a holiday more or less decides just when the bank is asked."""
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day
