"""How a payout came about and what became of it: tries, steps, ledger entries, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.ids import encode

from payouts.app.obligations.find_obligation import find_obligation
from payouts.app.ports import UnitOfWork
from payouts.domain.obligations.model import Attempt, Obligation


class Story(Protocol):
    """Reading sides of the story; rows have the columns the API names."""

    async def steps_of_payout(self, obligation_id: UUID) -> list[Any]: ...
    async def postings_of_attempts(self, references: Sequence[str]) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Explained:
    obligation: Obligation
    attempts: tuple[Attempt, ...]
    steps: tuple[Any, ...]
    postings: tuple[Any, ...]


async def explain_payout(uow: UnitOfWork, story: Story, obligation_id: UUID | None, invoice_id: UUID | None) -> Explained:
    obligation = await find_obligation(uow, obligation_id, invoice_id)
    attempts = await uow.obligations.attempts(obligation.id)
    steps = await story.steps_of_payout(obligation.id)
    postings = await story.postings_of_attempts([encode("attempt", attempt.id) for attempt in attempts])
    return Explained(obligation, tuple(attempts), tuple(steps), tuple(postings))
