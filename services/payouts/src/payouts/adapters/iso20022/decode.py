"""One door for whatever a bank sends: the document's own namespace says what it is."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from payouts.adapters.iso20022 import camt, pacs004, pain002
from payouts.adapters.iso20022.xml_stream import DEFAULT_LIMITS, MessageStream, ReadLimits
from payouts.domain.bank_messages import (
    BankEntry,
    BankMessage,
    BatchStatus,
    PaymentReturn,
    Statement,
    StatusItem,
    StatusReport,
)

BankRecord = StatusReport | BatchStatus | StatusItem | Statement | BankEntry | PaymentReturn
READABLE: Final = {**pain002.MESSAGES, **camt.MESSAGES, **pacs004.MESSAGES}


def decode(source: bytes | BinaryIO, limits: ReadLimits = DEFAULT_LIMITS) -> BankMessage:
    """The whole message. Raises UnreadableBankMessage: what it was about is then UNKNOWN."""
    opened = MessageStream(source, READABLE, limits)
    if opened.message in pain002.MESSAGES:
        return pain002.read_status_report(opened)
    if opened.message in camt.MESSAGES:
        return camt.read_account_report(opened)
    return pacs004.read_returns(opened)


def stream(source: bytes | BinaryIO, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[BankRecord]:
    """The message record by record, in memory that does not grow with the file.

    A head (StatusReport or Statement, without items or entries) comes before what belongs to it. The
    end of the file may still prove it unreadable: act on the records in one transaction.
    """
    opened = MessageStream(source, READABLE, limits)
    if opened.message in pain002.MESSAGES:
        yield from pain002.stream_status_report(opened)
    elif opened.message in camt.MESSAGES:
        yield from camt.stream_account_report(opened)
    else:
        yield from pacs004.stream_returns(opened)
