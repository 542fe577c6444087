"""A payout run asks for its payees to be screened before money leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import ids

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.screen_contractors import screen_contractors
from onboarding.app.screening_desk import ScreeningDesk

_SLICE = 200  # a transaction may stay idle for 10 s only: names are compared at some hundred a second


@dataclass(frozen=True, slots=True)
class ScreenPayees:
    run_id: str
    contractor_ids: Sequence[str]


async def screen_payees(uow: UnitOfWork, checks: Checks, desk: ScreeningDesk, command: ScreenPayees) -> None:
    """Answers for every contractor there is, whatever the state of the case. One that is unknown or was erased gets no
    answer: its line stays held, which is right."""
    wanted = sorted({ids.decode(contractor_id, "contractor") for contractor_id in command.contractor_ids})
    for start in range(0, len(wanted), _SLICE):
        contractors = await uow.contractors.lock_many(wanted[start : start + _SLICE])
        known = [contractor for contractor in contractors if contractor.erased_at is None]
        await screen_contractors(uow, checks, desk, known, command.run_id)
