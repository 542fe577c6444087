"""Work by the clock: runs go on, files go out, the mailbox comes in, silence is noticed, what is unknown is asked for.

The outside world is only ever met between two transactions. Every step finds its work in the database, so that a process that is
killed between any two of them leaves nothing behind that the next one would not find.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from chassis.audit.working import Working
from chassis.clock import Clock
from chassis.db.database import is_unreachable
from chassis.db.pool import Connection
from chassis.errors import DeadlineExceeded
from chassis.events.doorbell import Doorbell
from chassis.logging import fault, logger
from chassis.schedules import Schedule

from payouts.app.ports import BankFile
from payouts.app.rails.lose_sight_of_silent import lose_sight_of_silent
from payouts.app.rails.record_handover import record_handover
from payouts.app.rails.record_inquiry import record_inquiry
from payouts.app.rails.take_in_message import TakeInMessage, take_in_message
from payouts.app.runs.close_run import close_run
from payouts.app.runs.draw_lines import draw_lines
from payouts.app.runs.expire_approvals import expire_approvals
from payouts.app.runs.expire_reservations import expire_reservations
from payouts.app.runs.payment_batch import FileTools
from payouts.app.runs.prepare_files import prepare
from payouts.app.runs.reserve_lines import reserve_lines
from payouts.app.runs.screen_lines import screen_lines
from payouts.app.runs.submit_lines import submit_lines
from payouts.app.runs.write_file import write_file
from payouts.entrypoints.bank import Bank
from payouts.entrypoints.requests import TransactionUow

T = TypeVar("T")
Failpoint = Callable[[str], Awaitable[None]]
INQUIRIES = 50
HOUSEKEEPING_S = 60.0


async def no_failpoint(_step: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds."""

    run_poll_s: float
    bank_poll_s: float
    bank_silence_s: float
    inquiry_every_s: float


class Workers:
    """`failpoint` lets tests end the process at a named step."""

    def __init__(
        self, working: Working, doorbell: Doorbell, clock: Clock, make_uow: Callable[[Connection, str], TransactionUow],
        bank: Bank, tools: FileTools, rhythm: Rhythm, failpoint: Failpoint = no_failpoint,
    ) -> None:  # fmt: skip
        self._working, self._doorbell, self._clock, self._make_uow = working, doorbell, clock, make_uow
        self._bank, self._tools, self._rhythm, self._failpoint = bank, tools, rhythm, failpoint

    def schedules(self) -> Sequence[Schedule]:
        rhythm = self._rhythm
        return [
            Schedule("runs", rhythm.run_poll_s, self.advance_runs),
            Schedule("files", rhythm.run_poll_s, self.send_files),
            Schedule("mailbox", rhythm.bank_poll_s, self.collect_mailbox),
            Schedule("silence", min(1.0, rhythm.bank_silence_s), self.notice_silence),
            Schedule("inquiries", min(1.0, rhythm.inquiry_every_s), self.inquire),
            Schedule("expiry", HOUSEKEEPING_S, self.expire),
        ]

    async def _transaction(self, part: str, work: Callable[[TransactionUow], Awaitable[T]]) -> T:
        name = f"payouts.{part}"
        result = await self._working.run(name, lambda connection: work(self._make_uow(connection, f"system:{name}")))
        self._doorbell.ring()
        return result

    async def advance_runs(self) -> bool:
        """One step of every run that is executing. A run that fails is logged and does not stop the others."""
        moved = False
        for run_id in await self._transaction("runs", lambda uow: uow.reads.executing_runs()):
            try:
                moved = await self._advance(run_id) or moved
            except Exception as error:
                logger().warning("run does not go on", run_id=str(run_id), **fault(error))
        return moved

    async def _advance(self, run_id: UUID) -> bool:
        steps: Sequence[Callable[[TransactionUow], Awaitable[bool]]] = (
            lambda uow: screen_lines(uow, run_id),
            lambda uow: reserve_lines(uow, run_id),
            lambda uow: submit_lines(uow, run_id),
            lambda uow: close_run(uow, run_id),
        )
        screened, reserved, submitted, closed = (partial(self._transaction, "runs", step) for step in steps)
        moved = False
        for name, step in (
            ("screened", screened), ("reserved", reserved), ("written", partial(self._write, run_id)), ("submitted", submitted),
            ("closed", closed),
        ):  # fmt: skip
            if await step():
                moved = True
                await self._failpoint(name)
        return moved

    async def _write(self, run_id: UUID) -> bool:
        """Instructions are opened and files rendered between two transactions, in a thread: neither a lock, nor a connection,
        nor other calls wait for it."""
        drawn = await self._transaction("runs", lambda uow: draw_lines(uow, run_id, self._tools.max_lines))
        if drawn is None:
            return False
        prepared = await asyncio.to_thread(prepare, drawn, self._tools)
        return await self._transaction("runs", lambda uow: write_file(uow, run_id, prepared))

    async def send_files(self) -> bool:
        """Hands over the oldest file that was written. Killed in between, it is handed over again with the same bytes, and the
        bank's own duplicate check answers."""
        file: BankFile | None = await self._transaction("files", lambda uow: uow.files.next_to_send(uow.now))
        if file is None:
            return False
        await self._failpoint("sending")
        result = await self._bank.hand_over(file)
        await self._failpoint("sent")
        await self._transaction("files", lambda uow: record_handover(uow, file.id, result))
        await self._failpoint("recorded")
        return True

    async def collect_mailbox(self) -> bool:
        """Each message in a transaction of its own; acknowledged only after they are committed."""
        messages = await self._bank.collect()
        for message in messages:
            await self._take_in(self._bank.read(message.content))
            await self._failpoint("taken in")
        if messages:
            await self._bank.acknowledge(messages)
            await self._failpoint("acknowledged")
        return bool(messages)

    async def _take_in(self, command: TakeInMessage) -> None:
        """A message that cannot be applied is kept for a person and does not stop those behind it."""
        try:
            await self._transaction("mailbox", lambda uow: take_in_message(uow, command))
        except Exception as error:
            if is_unreachable(error) or isinstance(error, DeadlineExceeded):
                raise
            logger().error("bank message cannot be applied", sha256=command.sha256, **fault(error))
            kept = replace(command, decoded=None, error=f"it cannot be applied ({type(error).__name__})")
            await self._transaction("mailbox", lambda uow: take_in_message(uow, kept))

    async def notice_silence(self) -> bool:
        before = self._clock.now() - timedelta(seconds=self._rhythm.bank_silence_s)
        return await self._transaction("silence", lambda uow: lose_sight_of_silent(uow, before))

    async def inquire(self) -> bool:
        before = self._clock.now() - timedelta(seconds=self._rhythm.inquiry_every_s)
        for attempt_id, end_to_end_id in await self._transaction(
            "inquiries", lambda uow: uow.lines.to_inquire(before, INQUIRIES)
        ):
            answer = await self._bank.inquire(end_to_end_id)
            await self._transaction(
                "inquiries",
                lambda uow, attempt_id=attempt_id, answer=answer: record_inquiry(uow, attempt_id, self._bank.name, answer),  # type: ignore[misc]
            )
        return False

    async def expire(self) -> bool:
        approvals = await self._transaction("expiry", expire_approvals)
        return await self._transaction("expiry", expire_reservations) or approvals
