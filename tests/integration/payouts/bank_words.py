"""What a bank says, word for word, and how a test hands it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from integration.payouts.stage import DEBTOR, Stage, request_id
from kamai.payouts.v1 import bank_pb2

_XML = '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{0}">{1}</Document>'
_CREATED = "<CreDtTm>2026-11-22T10:00:00Z</CreDtTm>"


def pain002(file: str, group: str, reason: str = "", items: Sequence[tuple[str, str, str]] = (), message: str = "S1") -> bytes:
    """A status report on `file`; items: end-to-end id, status, reason."""
    told = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId><TxSts>{status}</TxSts>{_why(code)}</TxInfAndSts>"
        for end_to_end_id, status, code in items
    )
    batch = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{file}</OrgnlPmtInfId>{told}</OrgnlPmtInfAndSts>" if told else ""
    original = (
        f"<OrgnlMsgId>{file}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>{group}</GrpSts>{_why(reason)}"
    )
    body = f"<GrpHdr><MsgId>{message}</MsgId>{_CREATED}</GrpHdr><OrgnlGrpInfAndSts>{original}</OrgnlGrpInfAndSts>{batch}"
    return _XML.format("pain.002.001.10", f"<CstmrPmtStsRpt>{body}</CstmrPmtStsRpt>").encode()


def _why(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""


def camt054(*entries: str, message: str = "C1") -> bytes:
    account = f"<Acct><Id><IBAN>{DEBTOR}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    body = f"<GrpHdr><MsgId>{message}</MsgId>{_CREATED}</GrpHdr><Ntfctn><Id>N1</Id>{account}{''.join(entries)}</Ntfctn>"
    return _XML.format("camt.054.001.08", f"<BkToCstmrDbtCdtNtfctn>{body}</BkToCstmrDbtCdtNtfctn>").encode()


def entry(amount: str, end_to_end_id: str, kind: str, reference: str, returned_for: str = "") -> str:
    """A booked movement: kind DBIT or CRDT."""
    returned = f"<RtrInf><Rsn><Cd>{returned_for}</Cd></Rsn></RtrInf>" if returned_for else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{kind}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>2026-11-23</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs>{returned}</TxDtls></NtryDtls></Ntry>"
    )


def pacs004(amount: str, end_to_end_id: str, reason: str, message: str = "P1") -> bytes:
    head = f"<GrpHdr><MsgId>{message}</MsgId>{_CREATED}<NbOfTxs>1</NbOfTxs></GrpHdr>"
    item = (
        f"<TxInf><RtrId>R1</RtrId><OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId>"
        f'<RtrdIntrBkSttlmAmt Ccy="EUR">{amount}</RtrdIntrBkSttlmAmt><RtrRsnInf><Rsn><Cd>{reason}</Cd></Rsn></RtrRsnInf></TxInf>'
    )
    return _XML.format("pacs.004.001.09", f"<PmtRtr>{head}{item}</PmtRtr>").encode()


async def tell(stage: Stage, content: bytes) -> Any:
    """The message as it was taken in."""
    request = bank_pb2.ImportBankMessageRequest(request_id=request_id(), bank="counterparty", content=content)
    return (await stage.banks.ImportBankMessage(request, metadata=stage.tokens.metadata("ops"))).bank_message


async def last_file(stage: Stage) -> str:
    """Message id of the newest file of ours."""
    found = await stage.sql("SELECT message_id FROM bank_message WHERE direction = 'OUT' ORDER BY id DESC LIMIT 1")
    return str(found[0]["message_id"])


def workers(stage: Stage) -> Any:
    return next(schedule for schedule in stage.parts.schedules if schedule.name == "files").run.__self__  # type: ignore[attr-defined]
