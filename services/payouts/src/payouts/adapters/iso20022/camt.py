"""Reads statements and notifications: camt.053.001.08 and camt.054.001.08."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from lxml.etree import _Element

from payouts.adapters.iso20022.amounts import parse_minor
from payouts.adapters.iso20022.camt_entry import EntryReader, KeyMaker
from payouts.adapters.iso20022.dates import parse_date
from payouts.adapters.iso20022.xml_stream import MessageStream
from payouts.domain.bank_messages import AccountReport, BankEntry, ReportKind, Statement

_ENTRY_NAMES: Final = ("Ntry", "NtryDtls", "TxDtls")
# The element of one account's part, by message.
_PART: Final = {"camt.053.001.08": "Stmt", "camt.054.001.08": "Ntfctn"}
_KIND: Final = {"camt.053.001.08": ReportKind.STATEMENT, "camt.054.001.08": ReportKind.NOTIFICATION}
MESSAGES: Final = {message: (part, *_ENTRY_NAMES) for message, part in _PART.items()}
# PRCD is the previous period's closing balance, which some banks give in place of the opening one.
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)


def stream_account_report(stream: MessageStream) -> Iterator[Statement | BankEntry]:
    """Each account's Statement (without entries), followed by its entries."""
    return _Reader(stream).records()


class _Reader:
    """Gives each account's head when its first entry begins, and each entry as its details end."""

    def __init__(self, stream: MessageStream) -> None:
        self._stream = stream
        self._keys = KeyMaker.fresh()
        self._statement: Statement | None = None
        self._entry: EntryReader | None = None
        self._parts = 0
        self._part_name = _PART[stream.message]
        self._handlers: dict[tuple[str, str], Callable[[_Element], Iterator[Statement | BankEntry]]] = {
            ("end", self._part_name): self._close_part,
            ("start", "Ntry"): self._open_entry,
            ("end", "Ntry"): self._close_entry,
            ("start", "TxDtls"): self._open_detail,
            ("end", "TxDtls"): self._close_detail,
            ("end", "NtryDtls"): self._close_details,
        }

    def records(self) -> Iterator[Statement | BankEntry]:
        for kind, name, element in self._stream:
            if handler := self._handlers.get((kind, name)):
                yield from handler(element)
        if not self._parts:
            raise self._stream.unreadable(f"{self._part_name} is missing")

    def _head(self, part: _Element) -> Iterator[Statement]:
        if self._statement is None:
            self._statement = _statement(self._stream, self._stream.parent(part), part)
            yield self._statement

    def _close_part(self, element: _Element) -> Iterator[Statement]:
        yield from self._head(element)
        self._statement = None
        self._parts += 1
        self._stream.release(element, and_before=False)

    def _open_entry(self, element: _Element) -> Iterator[Statement]:
        yield from self._head(self._stream.parent(element))
        assert self._statement is not None
        self._entry = EntryReader(self._stream, self._statement, self._keys)

    def _opened(self) -> EntryReader:
        if self._entry is None:
            raise self._stream.unreadable("details stand outside an entry (Ntry)")
        return self._entry

    def _close_entry(self, element: _Element) -> Iterator[BankEntry]:
        yield from self._opened().close(element)
        self._entry = None
        self._stream.release(element)

    def _open_detail(self, element: _Element) -> Iterator[BankEntry]:
        self._opened().open_details(self._stream.parent(self._stream.parent(element)))
        yield from ()

    def _close_detail(self, element: _Element) -> Iterator[BankEntry]:
        yield from self._opened().detail(element)
        self._stream.release(element)

    def _close_details(self, element: _Element) -> Iterator[BankEntry]:
        self._opened().open_details(self._stream.parent(element))
        self._stream.release(element)
        yield from ()


def read_account_report(stream: MessageStream) -> AccountReport:
    statements: list[Statement] = []
    entries: list[BankEntry] = []
    kind = _KIND[stream.message]
    for record in stream_account_report(stream):
        if isinstance(record, BankEntry):
            entries.append(record)
            continue
        if statements:
            statements[-1] = replace(statements[-1], entries=tuple(entries))
        statements.append(record)
        entries = []
    statements[-1] = replace(statements[-1], entries=tuple(entries))
    return AccountReport(kind, statements[0].message_id, tuple(statements))


def _statement(stream: MessageStream, body: _Element, part: _Element) -> Statement:
    account = stream.first(part, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    if account is None:
        raise stream.unreadable("Acct/Id is missing")
    opening_minor, opening_on = _balance(stream, part, _OPENING)
    closing_minor, closing_on = _balance(stream, part, _CLOSING)
    return Statement(
        message_id=stream.message_id(body),
        statement_id=stream.require(part, "Id"),
        account=account,
        currency=stream.text(part, "Acct/Ccy"),
        sequence_number=stream.first(part, "ElctrncSeqNb", "LglSeqNb"),
        opening_minor=opening_minor,
        opening_on=opening_on,
        closing_minor=closing_minor,
        closing_on=closing_on,
    )


def _balance(stream: MessageStream, part: _Element, codes: tuple[str, ...]) -> tuple[int | None, date | None]:
    found = {stream.text(each, "Tp/CdOrPrtry/Cd"): each for each in reversed(stream.all(part, "Bal"))}
    balance = next((found[code] for code in codes if code in found), None)
    if balance is None:
        return None, None
    amount = stream.find(balance, "Amt")
    sign = stream.require(balance, "CdtDbtInd")
    if amount is None or sign not in ("CRDT", "DBIT"):
        raise stream.unreadable("Bal has no Amt, or its CdtDbtInd is neither CRDT nor DBIT")
    minor = parse_minor(stream.own_text(amount) or "", amount.get("Ccy", ""), "Bal/Amt")
    return (minor if sign == "CRDT" else -minor), parse_date(stream, balance, "Dt/Dt", "Dt/DtTm")
