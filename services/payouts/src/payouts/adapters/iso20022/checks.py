"""What a payment file's fields must be before they are written; identifiers are refused, never altered."""

import re
from collections.abc import Iterator

from chassis.errors import InvalidFields
from chassis.money import exponent

from payouts.adapters.iso20022.amounts import MAX_DIGITS
from payouts.adapters.iso20022.latin import is_latin, to_latin
from payouts.domain.bank_messages import IBAN, AccountId, AgentId, CreditTransfer, CreditTransferBatch

MAX_ID = 35
MAX_NAME = 70
"""Banks' own limit for a party's name; the schema would take 140."""
MAX_REMITTANCE = 140
MAX_TOWN = 35
MAX_ADDRESS_LINE = 70
MAX_ADDRESS_LINES = 7

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_COUNTRY = re.compile(r"[A-Z]{2}")

Found = Iterator[tuple[str, str]]
"""(field, problem) pairs."""


def _iban_checks(number: str) -> bool:
    turned = number[4:] + number[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _identifier(field: str, value: str) -> Found:
    if not 1 <= len(value) <= MAX_ID:
        yield field, f"has {len(value)} characters, 1 to {MAX_ID} are allowed"
    elif not is_latin(value) or value != value.strip():
        yield field, "holds a character outside the SWIFT latin set, or outer blanks"
    elif value.startswith("/") or value.endswith("/") or "//" in value:
        yield field, "begins or ends with a slash, or holds two in a row"


def _account(field: str, account: AccountId) -> Found:
    if account.scheme == IBAN:
        if not _IBAN.fullmatch(account.number) or not _iban_checks(account.number):
            yield field, "is not an IBAN, or its check digits are wrong"
        return
    if not 1 <= len(account.number) <= 34 or not is_latin(account.number) or " " in account.number:
        yield field, "is not an account number of 1 to 34 latin characters without blanks"
    if len(account.scheme) > MAX_ID or (account.scheme and not is_latin(account.scheme)):
        yield f"{field}.scheme", f"is not a latin name of at most {MAX_ID} characters"


def _agent(field: str, agent: AgentId) -> Found:
    if agent.bic is None and agent.member_id is None:
        yield field, "has neither a BIC nor a clearing member id"
    if agent.bic is not None and not _BIC.fullmatch(agent.bic):
        yield f"{field}.bic", "is not a BIC of 8 or 11 characters"
    if agent.member_id is not None:
        yield from _identifier(f"{field}.member_id", agent.member_id)
    if agent.clearing_system is not None:
        yield from _identifier(f"{field}.clearing_system", agent.clearing_system)
    if agent.country is not None:
        yield from _country(f"{field}.country", agent.country)


def _country(field: str, country: str) -> Found:
    if not _COUNTRY.fullmatch(country):
        yield field, "is not a country code of two capital letters"


def _name(field: str, name: str) -> Found:
    if not to_latin(name, MAX_NAME):
        yield field, "is empty, or nothing of it can be written in latin letters"


def _amount(field: str, amount_minor: int) -> Found:
    if amount_minor <= 0 or len(str(amount_minor)) > MAX_DIGITS:
        yield field, f"is not a positive amount of at most {MAX_DIGITS} digits"


def check_head(batch: CreditTransferBatch) -> Found:
    """What is wrong with a file apart from its transfers."""
    yield from _identifier("message_id", batch.message_id)
    if batch.created_at.tzinfo is None:
        yield "created_at", "has no time zone"
    yield from _name("initiating_party", batch.initiating_party)
    yield from _name("debtor_name", batch.debtor_name)
    yield from _account("debtor_account", batch.debtor_account)
    yield from _agent("debtor_agent", batch.debtor_agent)
    if batch.debtor_country is not None:
        yield from _country("debtor_country", batch.debtor_country)
    if batch.service_level is not None and not re.fullmatch("[A-Z0-9]{4}", batch.service_level):
        yield "service_level", "is not a code of four letters or digits"
    try:
        exponent(batch.currency)
    except InvalidFields:
        yield "currency", "is not an ISO 4217 code with minor units"
    yield from _amount("total_minor", batch.total_minor)
    if batch.transfer_count <= 0:
        yield "transfer_count", "a payment file holds at least one transfer"


def _codes(transfer: CreditTransfer) -> Found:
    if transfer.purpose_code is not None:
        yield from _identifier("purpose_code", transfer.purpose_code)
    regulatory = transfer.regulatory_code
    if regulatory is not None and (not 1 <= len(regulatory) <= 10 or not is_latin(regulatory)):
        yield "regulatory_code", "is not a code of 1 to 10 latin characters"


def check_transfer(transfer: CreditTransfer, currency: str) -> Found:
    """What is wrong with one transfer of a file in `currency`."""
    yield from _identifier("end_to_end_id", transfer.end_to_end_id)
    if transfer.instruction_id is not None:
        yield from _identifier("instruction_id", transfer.instruction_id)
    yield from _amount("amount_minor", transfer.amount_minor)
    if transfer.currency != currency:
        yield "currency", f"is not the file's, {currency}"
    yield from _name("creditor_name", transfer.creditor_name)
    yield from _country("creditor_country", transfer.creditor_country)
    yield from _account("creditor_account", transfer.creditor_account)
    if transfer.creditor_agent is not None:
        yield from _agent("creditor_agent", transfer.creditor_agent)
    elif transfer.creditor_account.scheme != IBAN:
        yield "creditor_agent", "is needed: the account number alone does not name its bank"
    if transfer.ultimate_debtor_name is not None:
        yield from _name("ultimate_debtor_name", transfer.ultimate_debtor_name)
    yield from _codes(transfer)
