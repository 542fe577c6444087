"""Reads status reports: pain.002.001.03 and .10 (what is read here is spelt alike in both)."""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element

from payouts.adapters.iso20022.free_text import without_accounts
from payouts.adapters.iso20022.xml_stream import MessageStream
from payouts.domain.bank_messages import BatchStatus, StatusItem, StatusReport

_NAMES: Final = ("CstmrPmtStsRpt", "OrgnlPmtInfAndSts", "TxInfAndSts")
MESSAGES: Final = {"pain.002.001.03": _NAMES, "pain.002.001.10": _NAMES}
StatusRecord = StatusReport | BatchStatus | StatusItem


def stream_status_report(stream: MessageStream) -> Iterator[StatusRecord]:
    """First the report's head (a StatusReport without batches and items), then batches and items."""
    return _Reader(stream).records()


class _Reader:
    """Gives each part as soon as the part after it begins, and forgets it."""

    def __init__(self, stream: MessageStream) -> None:
        self._stream = stream
        self._report: _Element | None = None
        self._head_given = False
        self._batch_given = False
        self._handlers = {
            ("start", "CstmrPmtStsRpt"): self._open,
            ("end", "CstmrPmtStsRpt"): self._give_head,
            ("start", "OrgnlPmtInfAndSts"): self._open_batch,
            ("end", "OrgnlPmtInfAndSts"): self._close_batch,
            ("start", "TxInfAndSts"): self._open_item,
            ("end", "TxInfAndSts"): self._close_item,
        }

    def records(self) -> Iterator[StatusRecord]:
        for kind, name, element in self._stream:
            if handler := self._handlers.get((kind, name)):
                yield from handler(element)
        if not self._head_given:
            raise self._stream.unreadable("CstmrPmtStsRpt is missing")

    def _open(self, element: _Element) -> Iterator[StatusRecord]:
        self._report = element
        yield from ()

    def _give_head(self, _: _Element) -> Iterator[StatusRecord]:
        if self._report is None:
            raise self._stream.unreadable("CstmrPmtStsRpt is missing")
        if not self._head_given:
            self._head_given = True
            yield _head(self._stream, self._report)

    def _open_batch(self, element: _Element) -> Iterator[StatusRecord]:
        self._batch_given = False
        return self._give_head(element)

    def _give_batch(self, element: _Element) -> Iterator[StatusRecord]:
        if not self._batch_given:
            self._batch_given = True
            yield _batch(self._stream, element)

    def _close_batch(self, element: _Element) -> Iterator[StatusRecord]:
        yield from self._give_batch(element)
        self._stream.release(element)

    def _open_item(self, element: _Element) -> Iterator[StatusRecord]:
        return self._give_batch(self._stream.parent(element))

    def _close_item(self, element: _Element) -> Iterator[StatusRecord]:
        yield _item(self._stream, element)
        self._stream.release(element)


def read_status_report(stream: MessageStream) -> StatusReport:
    head: StatusReport | None = None
    batches: list[BatchStatus] = []
    items: list[StatusItem] = []
    for record in stream_status_report(stream):
        match record:
            case StatusReport():
                head = record
            case BatchStatus():
                batches.append(record)
            case StatusItem():
                items.append(record)
    if head is None:
        raise stream.unreadable("CstmrPmtStsRpt is missing")
    return StatusReport(
        head.message_id,
        head.original_message_id,
        head.group_status,
        head.reason_code,
        head.text,
        tuple(batches),
        tuple(items),
    )


def _reason(stream: MessageStream, element: _Element) -> tuple[str | None, str]:
    reasons = stream.all(element, "StsRsnInf")
    codes = (stream.first(each, "Rsn/Cd", "Rsn/Prtry") for each in reasons)
    text = " ".join(line for each in reasons for line in stream.texts(each, "AddtlInf"))
    return next((code for code in codes if code), None), without_accounts(text)


def _head(stream: MessageStream, report: _Element) -> StatusReport:
    original = stream.find(report, "OrgnlGrpInfAndSts")
    if original is None:
        raise stream.unreadable("OrgnlGrpInfAndSts is missing")
    return StatusReport(
        stream.message_id(report),
        stream.require(original, "OrgnlMsgId"),
        stream.text(original, "GrpSts"),
        *_reason(stream, original),
    )


def _batch(stream: MessageStream, element: _Element) -> BatchStatus:
    return BatchStatus(stream.text(element, "OrgnlPmtInfId"), stream.text(element, "PmtInfSts"), *_reason(stream, element))


def _item(stream: MessageStream, element: _Element) -> StatusItem:
    end_to_end_id = stream.text(element, "OrgnlEndToEndId")
    return StatusItem(
        None if end_to_end_id == "NOTPROVIDED" else end_to_end_id,
        stream.text(element, "OrgnlInstrId"),
        stream.text(element, "TxSts"),
        *_reason(stream, element),
    )
