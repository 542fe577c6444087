"""By the clock: proofs are signed and filed, and what a restored backup brought back is erased again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.audit.working import Working
from chassis.db.pool import Connection
from chassis.erasure_sweep import erased_in
from chassis.events.whole_topic import ReadWhole
from chassis.logging import logger
from chassis.schedules import Schedule

from onboarding.app.complete_register import complete_register
from onboarding.app.ports import UnitOfWork
from onboarding.app.publish_proofs import Signer, note_filed, proofs_to_file, sign_proofs
from onboarding.app.reapply_erasures import reapply_erasures
from onboarding.domain.erasure import ErasureProof

_PROOFS, _REGISTER = "erasure-proofs", "erasure-register"
_SIGN_EVERY_S, _SWEEP_EVERY_S = 1.0, 3600.0


class File(Protocol):
    """Where proofs lie outside of the database."""

    def read(self) -> list[ErasureProof]: ...
    def append(self, signed: Sequence[str]) -> None: ...


@dataclass(frozen=True)
class ErasureUpkeep:
    """signer, file: None where the settings name none. register: reads what Kafka keeps of erasures."""

    working: Working
    make_uow: Callable[[Connection, str], UnitOfWork]
    signer: Signer | None
    file: File | None
    register: ReadWhole
    at_once: int = 500

    def schedules(self) -> list[Schedule]:
        found = [
            Schedule("erase-again", _SWEEP_EVERY_S, self.reapply), Schedule(_REGISTER, _SWEEP_EVERY_S, self.complete_register),
        ]  # fmt: skip
        if self.signer:
            found.append(Schedule(_PROOFS, _SIGN_EVERY_S, self.publish))
        return found

    async def reapply(self) -> bool:
        """At the start, before anybody is served, and every hour. Raises Unusable for a file that cannot be trusted."""
        filed = await asyncio.to_thread(self.file.read) if self.file else []

        async def work(connection: Connection) -> int:
            return await reapply_erasures(self.make_uow(connection, "system:erase-again"), filed)

        if count := await self.working.run("erase-again", work):
            logger().warning("contractors erased before had come back and were erased again", count=count)
        return False

    async def complete_register(self) -> bool:
        """A topic that was lost or cut is made whole again."""
        known: set[UUID] = set()

        async def note(messages: Sequence[Any]) -> None:
            known.update(erased_in(messages))

        await self.register(note)
        after, told = await self._tell_missing(known, None)
        while after is not None:
            after, count = await self._tell_missing(known, after)
            told += count
        if told:
            logger().warning("erasures that the register in Kafka did not name were told again", count=told)
        return False

    async def _tell_missing(self, known: Collection[UUID], after: UUID | None) -> tuple[UUID | None, int]:
        return await self.working.run(
            _REGISTER, lambda c: complete_register(self.make_uow(c, f"system:{_REGISTER}"), known, after, self.at_once)
        )

    async def publish(self) -> bool:
        """Signs what is not signed and files what is not filed; whether there may be more."""
        signer, file = self.signer, self.file
        assert signer is not None
        signed = await self.working.run(_PROOFS, lambda c: sign_proofs(self._uow(c), signer, self.at_once))
        waiting = await self.working.run(_PROOFS, lambda c: proofs_to_file(self._uow(c), self.at_once)) if file else ()
        if file and waiting:
            await asyncio.to_thread(file.append, [proof.jws for proof in waiting])
            await self.working.run(_PROOFS, lambda c: note_filed(self._uow(c), waiting))
        return self.at_once in (signed, len(waiting))

    def _uow(self, connection: Connection) -> UnitOfWork:
        return self.make_uow(connection, f"system:{_PROOFS}")
