"""Reads payment returns: pacs.004.001.09."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from lxml.etree import _Element

from payouts.adapters.iso20022.amounts import parse_minor
from payouts.adapters.iso20022.dates import parse_date
from payouts.adapters.iso20022.free_text import without_accounts
from payouts.adapters.iso20022.xml_stream import MessageStream
from payouts.domain.bank_messages import PaymentReturn, ReturnReport

MESSAGES: Final = {"pacs.004.001.09": ("PmtRtr", "TxInf")}


def stream_returns(stream: MessageStream) -> Iterator[PaymentReturn]:
    """One record per `TxInf`. Raises at the end when the head counts another number of them."""
    body: _Element | None = None
    head: _Head | None = None
    count = 0
    for kind, name, element in stream:
        if kind == "start" and name == "PmtRtr":
            body = element
        elif kind == "start" and name == "TxInf" and head is None and body is not None:
            head = _Head(stream, body)
        elif kind == "end" and name == "TxInf" and head is not None:
            count += 1
            yield _return(stream, head, element)
            stream.release(element)
    if head is None:
        raise stream.unreadable("it holds no TxInf, so it returns nothing")
    if head.count != str(count):
        raise stream.unreadable(f"GrpHdr/NbOfTxs is {head.count}, but it holds {count}")


def read_returns(stream: MessageStream) -> ReturnReport:
    returns = tuple(stream_returns(stream))
    return ReturnReport(returns[0].message_id, returns)


class _Head:
    def __init__(self, stream: MessageStream, body: _Element) -> None:
        self.message_id = stream.message_id(body)
        self.count = stream.require(body, "GrpHdr/NbOfTxs")
        self.settled_on = parse_date(stream, body, "GrpHdr/IntrBkSttlmDt")
        self.original_message_id = stream.text(body, "OrgnlGrpInf/OrgnlMsgId")


def _money(stream: MessageStream, element: _Element, path: str) -> tuple[int, str] | None:
    amount = stream.find(element, path)
    if amount is None:
        return None
    currency = amount.get("Ccy", "")
    return parse_minor(stream.own_text(amount) or "", currency, f"TxInf/{path}"), currency


def _return(stream: MessageStream, head: _Head, element: _Element) -> PaymentReturn:
    returned = _money(stream, element, "RtrdIntrBkSttlmAmt")
    if returned is None:
        raise stream.unreadable("TxInf/RtrdIntrBkSttlmAmt is missing")
    original = _money(stream, element, "OrgnlIntrBkSttlmAmt")
    end_to_end_id = stream.text(element, "OrgnlEndToEndId")
    settled_on: date | None = parse_date(stream, element, "IntrBkSttlmDt") or head.settled_on
    return PaymentReturn(
        message_id=head.message_id,
        return_id=stream.text(element, "RtrId"),
        end_to_end_id=None if end_to_end_id == "NOTPROVIDED" else end_to_end_id,
        amount_minor=returned[0],
        currency=returned[1],
        reason_code=stream.first(element, "RtrRsnInf/Rsn/Cd", "RtrRsnInf/Rsn/Prtry"),
        settled_on=settled_on,
        original_message_id=stream.text(element, "OrgnlGrpInf/OrgnlMsgId") or head.original_message_id,
        original_amount_minor=original[0] if original else None,
        original_currency=original[1] if original else None,
        text=without_accounts(" ".join(stream.texts(element, "RtrRsnInf/AddtlInf"))),
    )
