"""What a bank connection answers, and how it fails, told apart by what is then known.

Only two failures prove that the bank did not take a file in: `SubmissionNotSent` (send the same bytes
again) and `SubmissionRejected` (the bank read it and refused it). Everything else is
`SubmissionUncertain`: the transfers are UNKNOWN until an inquiry, a report or a person says otherwise.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class BankConnectionError(Exception):
    """A bank could not be asked; nothing about any payment follows from it."""


class SubmissionError(BankConnectionError):
    """A file's submission ended without a receipt."""

    def __init__(self, message_id: str, problem: str) -> None:
        self.message_id = message_id
        self.problem = problem
        super().__init__(f"{message_id}: {problem}")


class SubmissionNotSent(SubmissionError):
    """The bank certainly has not taken the file: never connected, or turned away at its door."""


class SubmissionUncertain(SubmissionError):
    """The bank may have the file: cut off or timed out after sending began, or an unreadable answer."""


class DuplicateSubmission(SubmissionUncertain):
    """The bank says it has a file with this message id already.

    After a re-send of the same bytes this is good news, and never a rejection of its transfers:
    ask about each one.
    """


class SubmissionRejected(SubmissionError):
    """The bank read the file and refused it whole; `reason_code` is the bank's."""

    def __init__(self, message_id: str, problem: str, reason_code: str | None) -> None:
        self.reason_code = reason_code
        super().__init__(message_id, problem)


class MailboxError(BankConnectionError):
    """The mailbox could not be read or acknowledged; nothing was lost, collect again."""


class InquiryError(BankConnectionError):
    """The bank gave no usable answer about a payment: it stays as it was."""


@dataclass(frozen=True, slots=True)
class SubmissionReceipt:
    """The bank took the file in. `group_status` is a first word, not a settlement."""

    message_id: str
    group_status: str


@dataclass(frozen=True, slots=True)
class MailboxMessage:
    """One message waiting at the bank. `mailbox_id` acknowledges it; `sha256` is of `content`.

    Store it under `sha256` (or the ISO message id inside) before acknowledging: an id may recur
    when a bank restarts its numbering, and a message may be handed over more than once.
    """

    mailbox_id: str
    kind: str
    content: bytes
    sha256: str


class HeldState(StrEnum):
    """What a bank's books say about a payment."""

    UNKNOWN_TO_BANK = "UNKNOWN_TO_BANK"
    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class HeldPayment:
    """One payment as the bank's books have it; amounts in minor units."""

    end_to_end_id: str
    message_id: str
    state: HeldState
    amount_minor: int
    currency: str
    creditor_account: str | None = None
    debtor_account: str | None = None
    reason_code: str | None = None
    text: str = ""
    settlement_date: date | None = None


# A payment held twice is judged by its most binding record: money that left outranks a refusal.
_MOST_BINDING = (HeldState.SETTLED, HeldState.ACCEPTED, HeldState.RETURNED, HeldState.REJECTED)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The answer about one end-to-end id. More than one record means it was sent more than once."""

    end_to_end_id: str
    held: tuple[HeldPayment, ...]

    @property
    def state(self) -> HeldState:
        """The most binding state; UNKNOWN_TO_BANK proves non-execution only once no send is under way."""
        states = {payment.state for payment in self.held}
        return next((state for state in _MOST_BINDING if state in states), HeldState.UNKNOWN_TO_BANK)
