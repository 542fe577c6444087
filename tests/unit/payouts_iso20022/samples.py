"""Sample batches and bank messages; every person, account and bank in them is invented."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from payouts.domain.bank_messages import AccountId, AgentId, CreditTransfer, CreditTransferBatch

TRANSFER = CreditTransfer(
    end_to_end_id="E2E-0001",
    instruction_id="INS-0001",
    amount_minor=125_050,
    currency="EUR",
    creditor_name="Zoë Ünal & Söhne",
    creditor_account=AccountId("NL30MOCK0000000005"),
    creditor_agent=AgentId(bic="MOCKNL2AXXX"),
    creditor_country="NL",
    creditor_town="Köln",
    remittance_text="Invoice № 12 // Юрий",
    purpose_code="SUPP",
    ultimate_debtor_name="Example Client AG",
)
PAKISTAN = replace(
    TRANSFER,
    end_to_end_id="E2E-0002",
    creditor_account=AccountId("PK56MEZN0001234567890123"),
    creditor_agent=AgentId(bic="MEZNPKKA"),
    creditor_country="PK",
    purpose_code="9186",
    regulatory_code="9186",
)
NIGERIA = replace(
    TRANSFER,
    end_to_end_id="E2E-0003",
    creditor_account=AccountId("0123456789", "NUBAN"),
    creditor_agent=AgentId(bic="GTBINGLA", clearing_system="NIBSS", member_id="058152036", name="Bank", country="NG"),
    creditor_country="NG",
    instruction_id=None,
    remittance_text="",
    purpose_code=None,
    ultimate_debtor_name=None,
    creditor_town=None,
)
INDIA = replace(
    NIGERIA,
    end_to_end_id="E2E-0004",
    creditor_account=AccountId("50100012345678", "BBAN"),
    creditor_agent=AgentId(clearing_system="INFSC", member_id="HDFC0000001"),
    creditor_country="IN",
)


def in_currency(transfers: Iterable[CreditTransfer], currency: str) -> list[CreditTransfer]:
    return [replace(transfer, currency=currency) for transfer in transfers]


def batch_of(transfers: list[CreditTransfer], currency: str = "EUR") -> CreditTransferBatch:
    return CreditTransferBatch(
        message_id="KAMAI-20261123-0001",
        created_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        initiating_party="Kamai",
        debtor_name="Example Clients Ltd",
        debtor_account=AccountId("NL41MOCK0000000001"),
        debtor_agent=AgentId(bic="MOCKNL2A"),
        debtor_country="NL",
        currency=currency,
        requested_execution_date=date(2026, 11, 23),
        transfer_count=len(transfers),
        total_minor=sum(transfer.amount_minor for transfer in transfers),
        transfers=transfers,
    )


def document(message: str, body: str) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}">'
    return f"{head}{body}</Document>".encode()


def pain002(body: str, message: str = "pain.002.001.10") -> bytes:
    head = "<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-23T10:00:00</CreDtTm></GrpHdr>"
    return document(message, f"<CstmrPmtStsRpt>{head}{body}</CstmrPmtStsRpt>")


def detail(ids: str, amount: str | None = None, more: str = "", currency: str = "EUR") -> str:
    priced = f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>' if amount else ""
    return f"<TxDtls><Refs>{ids}</Refs>{priced}{more}</TxDtls>"


def entry(amount: str, details: str = "", *, side: str = "DBIT", status: str = "BOOK", ref: str | None = "REF-1") -> str:
    reference = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    inside = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>2026-11-23</Dt></BookgDt><ValDt><DtTm>2026-11-24T01:00:00+05:00</DtTm></ValDt>{reference}"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"{inside}</Ntry>"
    )


_ACCOUNT = "<Acct><Id><IBAN>NL41MOCK0000000001</IBAN></Id><Ccy>EUR</Ccy></Acct>"
_HEAD = "<GrpHdr><MsgId>BANK-{0}</MsgId><CreDtTm>2026-11-23T18:00:00</CreDtTm></GrpHdr>"


def balance(code: str, amount: str, side: str = "CRDT") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>"
    )


def camt053(entries: str, opening: str = "1000.00", closing: str = "900.00") -> bytes:
    balances = balance("OPBD", opening) + balance("CLBD", closing)
    body = f"<Stmt><Id>ST-7</Id><ElctrncSeqNb>7</ElctrncSeqNb>{_ACCOUNT}{balances}{entries}</Stmt>"
    return document("camt.053.001.08", f"<BkToCstmrStmt>{_HEAD.format(53)}{body}</BkToCstmrStmt>")


def camt054(entries: str) -> bytes:
    body = f"<Ntfctn><Id>NT-7</Id>{_ACCOUNT}{entries}</Ntfctn>"
    return document("camt.054.001.08", f"<BkToCstmrDbtCdtNtfctn>{_HEAD.format(54)}{body}</BkToCstmrDbtCdtNtfctn>")


def pacs004(returns: str, count: int = 1) -> bytes:
    head = (
        f"<GrpHdr><MsgId>BANK-4</MsgId><CreDtTm>2026-11-26T08:00:00</CreDtTm><NbOfTxs>{count}</NbOfTxs>"
        "<IntrBkSttlmDt>2026-11-26</IntrBkSttlmDt><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>"
        "<OrgnlGrpInf><OrgnlMsgId>KAMAI-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInf>"
    )
    return document("pacs.004.001.09", f"<PmtRtr>{head}{returns}</PmtRtr>")


def returned(end_to_end_id: str, amount: str, original: str) -> str:
    return (
        f"<TxInf><RtrId>R-1</RtrId><OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId>"
        f'<OrgnlIntrBkSttlmAmt Ccy="EUR">{original}</OrgnlIntrBkSttlmAmt>'
        f'<RtrdIntrBkSttlmAmt Ccy="EUR">{amount}</RtrdIntrBkSttlmAmt>'
        "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>less our fee</AddtlInf></RtrRsnInf></TxInf>"
    )
