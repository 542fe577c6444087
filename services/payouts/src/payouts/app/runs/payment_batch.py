"""A run's lines as a payment file's content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from payouts.app.ledger.register_funding_account import is_iban_like
from payouts.app.ports import (
    Calendar,
    FileWriter,
    Instruction,
    InstructionOpener,
    SealedLine,
)
from payouts.domain.bank_messages import AccountId, AgentId, CreditTransfer, CreditTransferBatch
from payouts.domain.funding import FundingAccount

TYPE = "pain.001.001.09"
BATCH = 2_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileTools:
    opener: InstructionOpener
    write: FileWriter
    calendar: Calendar
    max_lines: int
    initiating_party: str


def batches(lines: Sequence[T]) -> Iterator[Sequence[T]]:
    """In pieces, so that the database is never left waiting for long."""
    for start in range(0, len(lines), BATCH):
        yield lines[start : start + BATCH]


def transfer(line: SealedLine, instruction: Instruction, currency: str) -> CreditTransfer:
    account = AccountId(instruction.iban) if instruction.iban else AccountId(instruction.account_number, "")
    agent = None
    if instruction.bic or instruction.clearing_code:
        agent = AgentId(
            instruction.bic or None, instruction.clearing_system or None, instruction.clearing_code or None,
            country=instruction.country,
        )  # fmt: skip
    return CreditTransfer(
        end_to_end_id=line.end_to_end_id, amount_minor=line.net_minor, currency=currency, creditor_name=instruction.holder_name,
        creditor_account=account, creditor_agent=agent, creditor_country=instruction.country,
        creditor_address_lines=instruction.address_lines, instruction_id=line.end_to_end_id, remittance_text=line.invoice_number,
        purpose_code=instruction.purpose_code or None,
    )  # fmt: skip


def payment_batch(
    message_id: str, account: FundingAccount, transfers: Sequence[CreditTransfer], initiating_party: str, day: date, now: datetime
) -> CreditTransferBatch:
    debtor = AccountId(account.account) if is_iban_like(account.account) else AccountId(account.account, "")
    return CreditTransferBatch(
        message_id=message_id, created_at=now, initiating_party=initiating_party, debtor_name=account.holder_name,
        debtor_account=debtor, debtor_agent=AgentId(bic=account.bic), currency=account.currency, requested_execution_date=day,
        transfer_count=len(transfers), total_minor=sum(each.amount_minor for each in transfers), transfers=transfers,
    )  # fmt: skip
