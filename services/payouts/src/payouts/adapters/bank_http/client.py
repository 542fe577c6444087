"""The connection to one bank, over HTTP."""

from collections.abc import Collection
from types import TracebackType
from typing import Self

from payouts.adapters.bank_http import inquiry, submission
from payouts.adapters.bank_http.http import BankHttp
from payouts.adapters.bank_http.mailbox import Mailbox
from payouts.adapters.bank_http.settings import BankHttpSettings
from payouts.domain.bank_connection import HeldPayment, Inquiry, MailboxMessage, SubmissionReceipt


class BankHttpClient:
    """Close it with `aclose`, or use it as an async context. It retries nothing that moves money."""

    def __init__(self, settings: BankHttpSettings) -> None:
        self._settings = settings
        self._http = BankHttp(settings)
        self._mailbox = Mailbox(self._http, settings.paths, settings.ask_timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def submit(self, message_id: str, content: bytes, sha256: str) -> SubmissionReceipt:
        """Hands in a file once. `sha256` is the recorded hash: other bytes are not sent.

        Raises SubmissionNotSent, SubmissionRejected or SubmissionUncertain. A cancelled call is as
        uncertain as a timeout.
        """
        settings = self._settings
        return await submission.submit(self._http, settings.paths.submit, message_id, content, sha256, settings.submit_timeout_s)

    async def collect(self, kind: str = "") -> tuple[MailboxMessage, ...]:
        """What waits in the mailbox, oldest first, left there; `kind` is a prefix ("camt.").

        Raises MailboxError.
        """
        return await self._mailbox.peek(kind)

    async def acknowledge(self, messages: Collection[MailboxMessage]) -> None:
        """Takes messages out of the mailbox, after they have been committed. Raises MailboxError."""
        await self._mailbox.acknowledge(messages)

    async def sent(self, kind: str = "") -> tuple[MailboxMessage, ...]:
        """Everything the bank has sent, taken or not: the sweep that finds what a crash hid.

        Raises MailboxError.
        """
        return await self._mailbox.sent(kind)

    async def inquire(self, end_to_end_id: str) -> Inquiry:
        """What the bank holds for one payment. Raises InquiryError."""
        settings = self._settings
        return await inquiry.inquire(self._http, settings.paths.payments, end_to_end_id, settings.ask_timeout_s)

    async def held_payments(self) -> tuple[HeldPayment, ...]:
        """Every payment the bank decided on, newest first. Raises InquiryError."""
        return await inquiry.held_payments(self._http, self._settings.paths.payments, self._settings.ask_timeout_s)
