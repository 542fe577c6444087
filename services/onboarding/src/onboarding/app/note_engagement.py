"""A client and a contractor have a contract before them: the client sees who it is."""

from __future__ import annotations

from dataclasses import dataclass

from onboarding.app.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class NoteEngagement:
    organisation_id: str
    contractor_id: str


async def note_engagement(uow: UnitOfWork, command: NoteEngagement) -> None:
    """Once for every pair; a contractor nobody knows, or who was erased, is passed over."""
    await uow.engagements.add(command.organisation_id, command.contractor_id)
