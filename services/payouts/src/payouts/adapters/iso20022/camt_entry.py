"""One `Ntry` of a camt.053/054, and its details, as bank entries.

What the account moved is the entry's own amount. Details of a batch-booked entry are given one by one,
and what they leave of the entry's amount once more, so that the records add up to the entry.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from lxml.etree import _Element

from payouts.adapters.iso20022.amounts import parse_minor
from payouts.adapters.iso20022.dates import parse_date
from payouts.adapters.iso20022.free_text import without_accounts
from payouts.adapters.iso20022.xml_stream import MessageStream
from payouts.domain.bank_messages import BankEntry, EntryKind, EntryStatus, Statement

_KIND: Final = {"CRDT": EntryKind.CREDIT, "DBIT": EntryKind.DEBIT}
# BankTransactionCode sub-families of money coming back to a credit transfer's sender.
_RETURN_SUB_FAMILIES: Final = frozenset({"RRTN", "RPCR"})


@dataclass(slots=True)
class KeyMaker:
    """Makes the key that a movement has in every message that reports it.

    With the bank's reference (`AcctSvcrRef`) the key rests on it. Without, it rests on the content and
    the how-manieth equal movement of that day this is: a notification and a statement then agree, and
    two equal payments stay two.
    """

    _seen: Counter[bytes]

    @classmethod
    def fresh(cls) -> "KeyMaker":
        return cls(Counter())

    def key(self, entry: BankEntry, entry_total_minor: int, detail: str) -> str:
        day = str(entry.booked_on or entry.value_date)
        parts = [entry.account, entry.kind.value, entry.currency, day, entry.status.value]
        if entry.bank_reference:
            parts += ["ref", entry.bank_reference, str(entry_total_minor), detail]
        else:
            ids = (
                entry.end_to_end_id,
                entry.instruction_id,
                entry.original_message_id,
                entry.remittance_text,
            )
            parts += ["content", str(entry.amount_minor), *(each or "" for each in ids)]
        content = hashlib.sha256("\x1f".join(parts).encode()).digest()
        self._seen[content] += 1
        return hashlib.sha256(content + str(self._seen[content]).encode()).hexdigest()[:40]


class EntryReader:
    """Turns the stream between an `Ntry`'s start and end into bank entries, one detail held at a time."""

    def __init__(self, stream: MessageStream, statement: Statement, keys: KeyMaker) -> None:
        self._stream = stream
        self._statement = statement
        self._keys = keys
        self._base: BankEntry | None = None
        self._held: BankEntry | None = None
        self._count = 0
        self._explained_minor = 0
        self._priced = False

    def open_details(self, entry: _Element) -> None:
        """Reads the entry itself; everything before its details is there when the first one starts."""
        if self._base is None:
            self._base = self._entry(entry)

    def detail(self, element: _Element) -> Iterator[BankEntry]:
        """A finished `TxDtls`: gives the one before it, since a lone one is priced by its entry.

        One of several that states no amount in the entry's currency stays in the entry's rest.
        """
        assert self._base is not None
        yield from self._of_many()
        self._held, self._priced = self._detail(self._base, element)
        self._count += 1

    def close(self, element: _Element) -> Iterator[BankEntry]:
        """The finished `Ntry`: what is left to give of it."""
        self.open_details(element)
        base = self._base
        assert base is not None
        further = without_accounts(self._stream.text(element, "AddtlNtryInf") or "")
        base = replace(base, additional_text=base.additional_text or further)
        if self._count == 1 and self._held is not None:
            lone = replace(
                self._held,
                amount_minor=base.amount_minor,
                currency=base.currency,
                kind=base.kind,
                additional_text=self._held.additional_text or further,
            )
            yield self._keyed(lone, "")
            return
        yield from self._of_many()
        rest = base.signed_minor - self._explained_minor
        if rest or not self._count:
            kind = EntryKind.CREDIT if rest > 0 else EntryKind.DEBIT if rest < 0 else base.kind
            yield self._keyed(replace(base, amount_minor=abs(rest), kind=kind), "rest" if self._count else "")

    def _of_many(self) -> Iterator[BankEntry]:
        held = self._held
        if held is not None and self._priced:
            self._explained_minor += held.signed_minor
            yield self._keyed(held, held.end_to_end_id or held.instruction_id or str(held.amount_minor))

    def _keyed(self, entry: BankEntry, detail: str) -> BankEntry:
        assert self._base is not None
        return replace(entry, entry_key=self._keys.key(entry, self._base.amount_minor, detail))

    def _money(self, element: _Element, path: str) -> tuple[int, str] | None:
        amount = self._stream.find(element, path)
        if amount is None:
            return None
        currency = amount.get("Ccy", "")
        return parse_minor(self._stream.own_text(amount) or "", currency, path), currency

    def _kind(self, code: str) -> EntryKind:
        if code not in _KIND:
            raise self._stream.unreadable(f"CdtDbtInd is {code[:10]!r}, neither CRDT nor DBIT")
        return _KIND[code]

    def _entry(self, element: _Element) -> BankEntry:
        stream = self._stream
        money = self._money(element, "Amt")
        if money is None:
            raise stream.unreadable("Ntry/Amt is missing")
        code = stream.require(element, "Sts/Cd")
        if code not in {status.value for status in EntryStatus}:
            raise stream.unreadable(f"Ntry/Sts is {code[:10]!r}, which says not whether the money moved")
        return BankEntry(
            entry_key="",
            message_id=self._statement.message_id,
            account=self._statement.account,
            kind=self._kind(stream.require(element, "CdtDbtInd")),
            amount_minor=money[0],
            currency=money[1],
            status=EntryStatus(code),
            booked_on=parse_date(stream, element, "BookgDt/Dt", "BookgDt/DtTm"),
            value_date=parse_date(stream, element, "ValDt/Dt", "ValDt/DtTm"),
            original_message_id=stream.text(element, "NtryDtls/Btch/MsgId"),
            payment_information_id=stream.text(element, "NtryDtls/Btch/PmtInfId"),
            entry_reference=stream.text(element, "NtryRef"),
            bank_reference=stream.text(element, "AcctSvcrRef"),
            transaction_code=self._transaction_code(element),
            is_return=stream.text(element, "BkTxCd/Domn/Fmly/SubFmlyCd") in _RETURN_SUB_FAMILIES,
            is_reversal=stream.text(element, "RvslInd") in ("true", "1"),
        )

    def _transaction_code(self, element: _Element) -> str | None:
        domain = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
        codes = [code for path in domain if (code := self._stream.text(element, path))]
        return "/".join(codes) or self._stream.text(element, "BkTxCd/Prtry/Cd")

    def _detail(self, base: BankEntry, element: _Element) -> tuple[BankEntry, bool]:
        stream = self._stream
        money = self._money(element, "Amt") or self._money(element, "AmtDtls/TxAmt/Amt")
        instructed = self._money(element, "AmtDtls/InstdAmt/Amt")
        kind = stream.text(element, "CdtDbtInd")
        end_to_end_id = stream.text(element, "Refs/EndToEndId")
        other = "Dbtr" if base.kind is EntryKind.CREDIT and not base.is_return else "Cdtr"
        entry = replace(
            base,
            amount_minor=money[0] if money else 0,
            currency=money[1] if money else base.currency,
            kind=self._kind(kind) if kind else base.kind,
            end_to_end_id=None if end_to_end_id == "NOTPROVIDED" else end_to_end_id,
            instruction_id=stream.text(element, "Refs/InstrId"),
            original_message_id=stream.text(element, "Refs/MsgId") or base.original_message_id,
            payment_information_id=stream.text(element, "Refs/PmtInfId") or base.payment_information_id,
            is_return=base.is_return or stream.find(element, "RtrInf") is not None,
            return_reason_code=stream.first(element, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
            instructed_amount_minor=instructed[0] if instructed else None,
            instructed_currency=instructed[1] if instructed else None,
            counterparty_name=stream.first(element, f"RltdPties/{other}/Pty/Nm", f"RltdPties/{other}/Nm"),
            remittance_text=self._remittance(element),
            additional_text=without_accounts(
                " ".join([*stream.texts(element, "RtrInf/AddtlInf"), stream.text(element, "AddtlTxInf") or ""]).strip()
            ),
        )
        return entry, money is not None and money[1] == base.currency

    def _remittance(self, element: _Element) -> str:
        lines = self._stream.texts(element, "RmtInf/Ustrd")
        return " ".join(lines + self._stream.texts(element, "RmtInf/Strd/CdtrRefInf/Ref"))
