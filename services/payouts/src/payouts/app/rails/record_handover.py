"""Records what became of handing a file to the bank: the second of the two transactions around the outside world."""

from datetime import timedelta
from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import UnitOfWork
from payouts.app.rails.settle import settle
from payouts.domain.failure_codes import classify
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.states import AttemptState
from payouts.domain.rails.effects import Effects
from payouts.domain.rails.submission import Handover, HandoverResult

RETRY_AFTER = timedelta(seconds=2)
_STATES = {
    Handover.TAKEN: "SENT", Handover.HELD_ALREADY: "SENT", Handover.UNCERTAIN: "UNCERTAIN", Handover.REFUSED: "REFUSED",
    Handover.NOT_SENT: "WRITTEN",
}  # fmt: skip


async def record_handover(uow: UnitOfWork, file_id: UUID, result: HandoverResult) -> None:
    """A file whose outcome is recorded already is left as it is."""
    file = await uow.files.lock(file_id)
    if file.state != "WRITTEN":
        return
    state = _STATES[result.outcome]
    sent_at = uow.now if state in ("SENT", "UNCERTAIN") else None
    not_before = uow.now + RETRY_AFTER if result.outcome is Handover.NOT_SENT else None
    await uow.files.set_state(file_id, state, result.problem[:500], sent_at=sent_at, not_before=not_before)
    if result.outcome is Handover.NOT_SENT:
        return
    book = await uow.lines.load(await uow.lines.of_file(file_id, [AttemptState.SUBMITTING]))
    await settle(uow, book, _apply(book, result), file.bank, encode("bankmsg", file_id), None)


def _apply(book: LineBook, result: HandoverResult) -> Effects:
    effects = Effects()
    # a bank that is quick may have spoken already: its word outranks the receipt
    for attempt_id in [each.id for each in book.attempts.values() if each.state is AttemptState.SUBMITTING]:
        if result.outcome is Handover.TAKEN:
            book.accept(attempt_id, "the bank took the file")
        elif result.outcome is Handover.REFUSED:
            book.reject(attempt_id, classify(result.reason_code, result.problem), "the bank refused the file")
            effects.rejected.append(attempt_id)
        else:
            had = result.outcome is Handover.HELD_ALREADY
            book.lose_sight(attempt_id, "the bank has had the file before" if had else "no receipt for the file")
    return effects
