"""One bank connection as the rest of payouts sees it: hand over, collect, acknowledge, ask. Outside of any transaction."""

import hashlib
import re
from collections.abc import Sequence

from payouts.adapters.bank_http import BankHttpClient
from payouts.adapters.iso20022 import decode
from payouts.adapters.iso20022.free_text import without_accounts
from payouts.app.ports import BankFile
from payouts.app.rails.take_in_message import TakeInMessage
from payouts.domain.bank_connection import (
    DuplicateSubmission,
    Inquiry,
    InquiryError,
    MailboxMessage,
    SubmissionNotSent,
    SubmissionRejected,
    SubmissionUncertain,
)
from payouts.domain.bank_messages import UnreadableBankMessage
from payouts.domain.rails.submission import Handover, HandoverResult

_NAMESPACE = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.\d{3}\.\d{3}\.\d{2})")
_LOOKED_AT = 2_000


class BankGateway:
    def __init__(self, name: str, client: BankHttpClient) -> None:
        self.name, self._client = name, client

    async def hand_over(self, file: BankFile) -> HandoverResult:
        """What is known after it; never raises for anything the bank or the network does."""
        try:
            await self._client.submit(file.message_id, file.content, file.sha256)
        except DuplicateSubmission as error:
            return HandoverResult(Handover.HELD_ALREADY, without_accounts(error.problem))
        except SubmissionRejected as error:
            return HandoverResult(Handover.REFUSED, without_accounts(error.problem), error.reason_code)
        except SubmissionNotSent as error:
            return HandoverResult(Handover.NOT_SENT, error.problem)
        except SubmissionUncertain as error:
            return HandoverResult(Handover.UNCERTAIN, error.problem)
        return HandoverResult(Handover.TAKEN)

    async def collect(self) -> Sequence[MailboxMessage]:
        """What waits at the bank, oldest first, left there. Raises MailboxError."""
        return await self._client.collect()

    async def acknowledge(self, messages: Sequence[MailboxMessage]) -> None:
        """After they were committed. Raises MailboxError."""
        await self._client.acknowledge(messages)

    async def inquire(self, end_to_end_id: str) -> Inquiry | None:
        """None: the bank could not be asked."""
        try:
            return await self._client.inquire(end_to_end_id)
        except InquiryError:
            return None

    def read(self, content: bytes) -> TakeInMessage:
        """A message's content, decoded if it can be read."""
        found = _NAMESPACE.search(content[:_LOOKED_AT])
        kind = found[1].decode() if found else "unknown"
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            return TakeInMessage(self.name, kind, content, sha256, decode(content))
        except UnreadableBankMessage as error:
            return TakeInMessage(self.name, kind, content, sha256, None, str(error))
