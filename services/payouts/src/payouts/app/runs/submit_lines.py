"""Lines follow the file they were assigned to: SUBMITTING, a batch in a transaction. With the last of them the file's money is
posted and the file may be handed over. Killed in between, it goes on where it was."""

from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.ports import UnitOfWork
from payouts.app.runs.payment_batch import BATCH
from payouts.domain.ledger import entries
from payouts.domain.ledger.entries import Amount
from payouts.domain.obligations.states import AttemptState


async def submit_lines(uow: UnitOfWork, run_id: UUID) -> bool:
    """Whether there was a batch."""
    run = await uow.runs.lock(run_id)
    file_id = await uow.files.prepared(run_id)
    if file_id is None:
        return False
    waiting = await uow.lines.of_file(file_id, [AttemptState.RESERVED])
    book = await uow.lines.load(waiting[:BATCH])
    for attempt_id in waiting[:BATCH]:
        book.submit(attempt_id, file_id)
    await uow.lines.save(book)
    if len(waiting) <= BATCH:
        await _finish(uow, file_id, run.funding_account_id)
    return True


async def _finish(uow: UnitOfWork, file_id: UUID, funding_account_id: UUID) -> None:
    account = await uow.funding.get(funding_account_id)
    amounts = [Amount(encode("attempt", attempt_id), minor) for attempt_id, minor in await uow.lines.amounts_of_file(file_id)]
    posting = entries.submitted(raw(uow.ids.new("ledgertx")), account.ledger, encode("bankmsg", file_id), amounts)
    await uow.ledger.post([posting], [amount.attempt for amount in amounts])
    await uow.files.set_state(file_id, "WRITTEN", "", sent_at=None, not_before=None)
