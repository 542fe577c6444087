"""Records what became of handing a file to the bank: the second of the two transactions around the outside world."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.ids import encode

from payouts.app.ports import BankFile, UnitOfWork
from payouts.app.rails.settle import settle
from payouts.domain.failure_codes import classify, is_repeat
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
    """A bank's report that came first outranks the receipt: then only lines that it left open are moved."""
    file = await uow.files.lock(file_id)
    if file.state not in ("WRITTEN", "SENT"):
        return
    if result.outcome is Handover.NOT_SENT:
        await uow.files.never_handed_over(file_id)
    elif result.outcome is Handover.REFUSED and _may_be_the_second_copy(file, result):
        result = replace(result, outcome=Handover.UNCERTAIN)
    if file.state == "WRITTEN":
        await _set_state(uow, file_id, result)
    if result.outcome is Handover.NOT_SENT:
        return
    book = await uow.lines.load(await uow.lines.of_file(file_id, [AttemptState.SUBMITTING]))
    await settle(uow, book, _apply(book, result), file.bank, encode("bankmsg", file_id), None)


def _may_be_the_second_copy(file: BankFile, result: HandoverResult) -> bool:
    """Killed after an earlier handover, or the bank has spoken of the file: its first copy may be executed all the same."""
    return file.handovers > 1 or file.state == "SENT" or is_repeat(result.reason_code)


async def _set_state(uow: UnitOfWork, file_id: UUID, result: HandoverResult) -> None:
    state = _STATES[result.outcome]
    sent_at = uow.now if state in ("SENT", "UNCERTAIN") else None
    not_before = uow.now + RETRY_AFTER if result.outcome is Handover.NOT_SENT else None
    await uow.files.set_state(file_id, state, result.problem[:500], sent_at=sent_at, not_before=not_before)


def _apply(book: LineBook, result: HandoverResult) -> Effects:
    effects = Effects()
    # an entry that is quick may have spoken already: it outranks the receipt
    for attempt_id in [each.id for each in book.attempts.values() if each.state is AttemptState.SUBMITTING]:
        if result.outcome is Handover.TAKEN:
            book.accept(attempt_id, "the bank took the file")
        elif result.outcome is Handover.REFUSED:
            book.reject(attempt_id, classify(result.reason_code, result.problem, whole=True), "the bank refused the file")
            effects.rejected.append(attempt_id)
        else:
            had = result.outcome is Handover.HELD_ALREADY
            book.lose_sight(attempt_id, "the bank has had the file before" if had else "no receipt for the file")
    return effects
