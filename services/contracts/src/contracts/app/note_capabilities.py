"""Keeps what onboarding says a contractor may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.app.ports import UnitOfWork
from contracts.domain.capability import CapabilityStatus


@dataclass(frozen=True, slots=True)
class NoteCapabilities:
    """The complete set, by name."""

    contractor_id: str
    capabilities: Mapping[str, CapabilityStatus]


async def note_capabilities(uow: UnitOfWork, command: NoteCapabilities) -> None:
    await uow.capabilities.replace(command.contractor_id, command.capabilities)
