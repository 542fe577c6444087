"""What entrypoints need of a bank connection."""

from collections.abc import Sequence
from typing import Protocol

from payouts.app.ports import BankFile
from payouts.app.rails.take_in_message import TakeInMessage
from payouts.domain.bank_connection import Inquiry, MailboxMessage
from payouts.domain.rails.submission import HandoverResult


class Bank(Protocol):
    name: str

    async def hand_over(self, file: BankFile) -> HandoverResult: ...
    async def collect(self) -> Sequence[MailboxMessage]: ...
    async def acknowledge(self, messages: Sequence[MailboxMessage]) -> None: ...
    async def inquire(self, end_to_end_id: str) -> Inquiry | None: ...
    def read(self, content: bytes) -> TakeInMessage: ...
