"""Two people settle what the bank cannot answer: the first proposes with evidence, the second confirms with evidence."""

from dataclasses import dataclass
from uuid import UUID

from chassis.errors import FourEyes, IllegalState, PreconditionFailed
from chassis.ids import encode

from payouts.app import tenancy
from payouts.app.ports import UnitOfWork
from payouts.app.rails.settle import settle
from payouts.domain.failure_codes import Failure, FailureCode
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import ATTEMPTS, AttemptState
from payouts.domain.rails.effects import Effects

EXECUTED = "EXECUTED"


@dataclass(frozen=True, slots=True)
class ResolveUnknown:
    """`resolution`: EXECUTED or NOT_EXECUTED."""

    attempt_id: UUID
    resolution: str
    evidence: str


async def resolve_unknown(uow: UnitOfWork, command: ResolveUnknown, bank: str) -> Attempt:
    book = await uow.lines.load([command.attempt_id])
    attempt = book.attempts[command.attempt_id]
    subject = encode("attempt", attempt.id)
    tenancy.require(uow, attempt.organisation_id, "attempt", subject)
    if attempt.state is not AttemptState.UNKNOWN:
        raise IllegalState("attempt", attempt.state.value, "resolve", ATTEMPTS.verbs(attempt.state))
    proposed = await uow.files.resolution(attempt.id)
    mine = proposed is not None and proposed.proposed_by == uow.actor
    if proposed is None or (mine and proposed.resolution != command.resolution):
        # whoever was mistaken may say so: nothing follows from a proposal alone
        await uow.files.propose(attempt, command.resolution, command.evidence)
        return attempt
    if mine:
        raise FourEyes("whoever proposed a resolution cannot confirm it: ask another person")
    if proposed.resolution != command.resolution:
        said = f"the first person proposed {proposed.resolution}: agree on one, with evidence"
        raise PreconditionFailed.one("RESOLUTION_DIFFERS", subject, said)
    await uow.files.confirm(attempt, command.evidence)
    effects = _apply(book, attempt.id, command.resolution, f"{proposed.proposed_by} and {uow.actor}")
    await settle(uow, book, effects, bank, subject, None)
    return book.attempts[attempt.id]


def _apply(book: LineBook, attempt_id: UUID, resolution: str, people: str) -> Effects:
    effects = Effects()
    if resolution == EXECUTED:
        book.credit(attempt_id, f"executed, settled by {people}")
        effects.booked.append(attempt_id)
    else:
        failure = Failure(FailureCode.TIMEOUT, None, "not executed by the bank", True)
        book.reject(attempt_id, failure, f"not executed, settled by {people}")
        effects.rejected.append(attempt_id)
    return effects
