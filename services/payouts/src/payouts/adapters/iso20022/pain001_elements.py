"""The parts of a pain.001.001.09 as elements, in the schema's order.

Elements carry no namespace of their own: they are written inside `Document`, whose default namespace
covers them, so it is stated once in a file and not per transfer.
"""

from collections.abc import Sequence
from datetime import UTC

from lxml.etree import Element, SubElement, _Element

from payouts.adapters.iso20022.amounts import format_minor
from payouts.adapters.iso20022.checks import MAX_ADDRESS_LINE, MAX_ADDRESS_LINES, MAX_NAME, MAX_REMITTANCE, MAX_TOWN
from payouts.adapters.iso20022.latin import to_latin
from payouts.domain.bank_messages import IBAN, AccountId, AgentId, CreditTransfer, CreditTransferBatch

# ExternalAccountIdentification1Code values that may stand as a code; other schemes are proprietary.
_ACCOUNT_SCHEME_CODES = frozenset({"BBAN", "CUID", "UPIC"})
_CLEARING_SYSTEM_CODE_LENGTH = 5


def _leaf(parent: _Element, tag: str, text: str) -> _Element:
    element = SubElement(parent, tag)
    element.text = text
    return element


def _code_or_proprietary(parent: _Element, tag: str, value: str, *, is_code: bool) -> None:
    _leaf(SubElement(parent, tag), "Cd" if is_code else "Prtry", value)


def _totals(parent: _Element, batch: CreditTransferBatch) -> None:
    _leaf(parent, "NbOfTxs", str(batch.transfer_count))
    _leaf(parent, "CtrlSum", format_minor(batch.total_minor, batch.currency))


def _account(parent: _Element, tag: str, account: AccountId, currency: str | None = None) -> None:
    element = SubElement(parent, tag)
    identification = SubElement(element, "Id")
    if account.scheme == IBAN:
        _leaf(identification, "IBAN", account.number)
    else:
        other = SubElement(identification, "Othr")
        _leaf(other, "Id", account.number)
        if account.scheme:
            is_code = account.scheme in _ACCOUNT_SCHEME_CODES
            _code_or_proprietary(other, "SchmeNm", account.scheme, is_code=is_code)
    if currency:
        _leaf(element, "Ccy", currency)


def _agent(parent: _Element, tag: str, agent: AgentId) -> None:
    institution = SubElement(SubElement(parent, tag), "FinInstnId")
    if agent.bic:
        _leaf(institution, "BICFI", agent.bic)
    if agent.member_id:
        member = SubElement(institution, "ClrSysMmbId")
        if agent.clearing_system:
            is_code = len(agent.clearing_system) == _CLEARING_SYSTEM_CODE_LENGTH
            _code_or_proprietary(member, "ClrSysId", agent.clearing_system, is_code=is_code)
        _leaf(member, "MmbId", agent.member_id)
    if agent.name and (name := to_latin(agent.name, MAX_NAME)):
        _leaf(institution, "Nm", name)
    if agent.country:
        _leaf(SubElement(institution, "PstlAdr"), "Ctry", agent.country)


def _party(
    parent: _Element, tag: str, name: str, country: str | None, town: str | None = None, lines: Sequence[str] = ()
) -> None:  # fmt: skip
    element = SubElement(parent, tag)
    _leaf(element, "Nm", to_latin(name, MAX_NAME))
    latin_town = to_latin(town or "", MAX_TOWN)
    latin_lines = [line for each in lines if (line := to_latin(each, MAX_ADDRESS_LINE))][:MAX_ADDRESS_LINES]
    if country or latin_town or latin_lines:
        address = SubElement(element, "PstlAdr")
        if latin_town:
            _leaf(address, "TwnNm", latin_town)
        if country:
            _leaf(address, "Ctry", country)
        for line in latin_lines:
            _leaf(address, "AdrLine", line)


def group_header(batch: CreditTransferBatch) -> _Element:
    """`GrpHdr`; the creation time is UTC to the second."""
    header = Element("GrpHdr")
    _leaf(header, "MsgId", batch.message_id)
    _leaf(header, "CreDtTm", batch.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _totals(header, batch)
    _leaf(SubElement(header, "InitgPty"), "Nm", to_latin(batch.initiating_party, MAX_NAME))
    return header


def batch_head(batch: CreditTransferBatch) -> list[_Element]:
    """What `PmtInf` says before its transfers.

    Single booking is asked for (`BtchBookg` false), so that a statement names each transfer.
    """
    head = Element("PmtInf")
    _leaf(head, "PmtInfId", batch.message_id)
    _leaf(head, "PmtMtd", "TRF")
    _leaf(head, "BtchBookg", "false")
    _totals(head, batch)
    if batch.service_level:
        _leaf(SubElement(SubElement(head, "PmtTpInf"), "SvcLvl"), "Cd", batch.service_level)
    _leaf(SubElement(head, "ReqdExctnDt"), "Dt", batch.requested_execution_date.isoformat())
    _party(head, "Dbtr", batch.debtor_name, batch.debtor_country)
    _account(head, "DbtrAcct", batch.debtor_account, batch.currency)
    _agent(head, "DbtrAgt", batch.debtor_agent)
    _leaf(head, "ChrgBr", batch.charge_bearer.value)
    return list(head)


def transfer_element(transfer: CreditTransfer) -> _Element:
    """`CdtTrfTxInf`."""
    element = Element("CdtTrfTxInf")
    ids = SubElement(element, "PmtId")
    if transfer.instruction_id:
        _leaf(ids, "InstrId", transfer.instruction_id)
    _leaf(ids, "EndToEndId", transfer.end_to_end_id)
    amount = _leaf(SubElement(element, "Amt"), "InstdAmt", format_minor(transfer.amount_minor, transfer.currency))
    amount.set("Ccy", transfer.currency)
    if transfer.ultimate_debtor_name:
        _party(element, "UltmtDbtr", transfer.ultimate_debtor_name, None)
    if transfer.creditor_agent:
        _agent(element, "CdtrAgt", transfer.creditor_agent)
    _party(
        element,
        "Cdtr",
        transfer.creditor_name,
        transfer.creditor_country,
        transfer.creditor_town,
        transfer.creditor_address_lines,
    )
    _account(element, "CdtrAcct", transfer.creditor_account)
    _purpose_and_remittance(element, transfer)
    return element


def _purpose_and_remittance(element: _Element, transfer: CreditTransfer) -> None:
    purpose = transfer.purpose_code
    if purpose:
        is_code = len(purpose) == 4 and purpose.isalpha() and purpose.isupper()
        _code_or_proprietary(element, "Purp", purpose, is_code=is_code)
    if transfer.regulatory_code:
        reporting = SubElement(element, "RgltryRptg")
        _leaf(reporting, "DbtCdtRptgInd", "CRED")
        _leaf(SubElement(reporting, "Authrty"), "Ctry", transfer.creditor_country)
        _leaf(SubElement(reporting, "Dtls"), "Cd", transfer.regulatory_code)
    if remittance := to_latin(transfer.remittance_text, MAX_REMITTANCE):
        _leaf(SubElement(element, "RmtInf"), "Ustrd", remittance)
